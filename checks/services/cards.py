"""The agency's own service card on a page: title, 11-digit code, kind, phases, as real layouts carry them.

Read from two-cell table rows, definition lists, two-column grids and «label: value» lines. Whose card it is, is
for `page` to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from checks.lines import Line
from checks.reading import Reading
from checks.wordlist import folded, spread, table
from claims.persian import digits

CODE = re.compile(r"(?<!\d)\d{11}(?!\d)")
_FIELDS = (
    "title",
    "code",
    "kind",
    "documents",
    "fee",
    "time",
    "visits",
    "information",
    "request",
    "production",
    "delivery",
)
# Fields whose values are prose, which may say how a service is done.
_TOLD = frozenset({"documents", "fee", "time"})
_COLON = re.compile(r"^([^:：]{2,60})[:：]\s*(.*)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Card:
    """One card. electronic: what it says of the service's kind; None when it does not say.

    fields: raw values by field name; phases: electronic or not, by phase, where the card says so.
    """

    title: str = ""
    code: str = ""
    electronic: bool | None = None
    fields: dict[str, str] = field(default_factory=dict)
    phases: dict[str, bool] = field(default_factory=dict)
    line: Line | None = None

    @property
    def in_person(self) -> str:
        """What says that nothing of the service is electronic: its kind, or every phase of the doing; "" if nothing."""
        if self.electronic is False:
            return self.fields.get("kind", "")
        done = [self.phases.get(phase) for phase in ("request", "production", "delivery")]
        if self.electronic is None and done[0] is False and True not in done:
            return self.fields.get("request", "")
        return ""


def cards(reading: Reading) -> tuple[Card, ...]:
    """Cards of the page's own content, in order. A new title or code after a full set starts a new one."""
    found: list[Card] = []
    values: dict[str, str] = {}
    first: Line | None = None
    for name, value, line in _pairs(reading.own):
        if name in values and name in ("title", "code"):
            found.append(_card(values, first))
            values, first = {}, None
        values.setdefault(name, value)
        first = first or line
    if values:
        found.append(_card(values, first))
    return tuple(card for card in found if card.code or (card.title and len(card.fields) >= 3))


def codes(reading: Reading) -> tuple[str, ...]:
    """Every 11-digit number of the page's own text, in order, once."""
    return tuple(dict.fromkeys(CODE.findall(digits(reading.text))))


def card_lines(reading: Reading) -> frozenset[int]:
    """Identities of the elements that hold a card's short fields: they state a value, no sentence."""
    return frozenset(
        node
        for name, _, line, value in _placed(reading.own)
        if name not in _TOLD
        for node in (line.node.mem_id, value.node.mem_id)
    )


def _pairs(own: tuple[Line, ...]) -> Iterator[tuple[str, str, Line]]:
    return ((name, value, line) for name, value, line, _ in _placed(own))


def _placed(own: tuple[Line, ...]) -> Iterator[tuple[str, str, Line, Line]]:
    """(field, value, line, line of the value): a label followed by its value in the next cell, or both in one line."""
    for position, line in enumerate(own):
        if line.tag in ("label", "button", "option", "select"):
            continue
        if match := _COLON.match(line.text):
            name = _field(match.group(1))
            if name and match.group(2).strip():
                yield name, match.group(2).strip(), line, line
                continue
            if name and position + 1 < len(own):
                yield name, own[position + 1].text, line, own[position + 1]
                continue
        name = _field(line.text)
        if name and position + 1 < len(own) and not _field(own[position + 1].text):
            follower = own[position + 1]
            if line.tag in ("th", "td", "dt", "div", "span", "p", "li", "h3", "h4", "h5", "dd"):
                yield name, follower.text, line, follower


def _field(label: str) -> str:
    if len(label) > 60:
        return ""
    return _labels().get(spread(label), "")


@cache
def _labels() -> dict[str, str]:
    card = table("pages.toml")["card"]
    return {spread(known): name for name in reversed(_FIELDS) for known in card[name]}


def _card(values: dict[str, str], line: Line | None) -> Card:
    code = CODE.search(digits(re.sub(r"[\s\-/]", "", values.get("code", ""))))
    phases = {
        phase: stated
        for phase in ("information", "request", "production", "delivery")
        if (stated := says_electronic(values.get(phase, ""))) is not None
    }
    return Card(
        title=values.get("title", "")[:300],
        code=code.group() if code else "",
        electronic=says_electronic(values.get("kind", "")),
        fields={name: value[:300] for name, value in values.items()},
        phases=phases,
        line=line,
    )


def says_electronic(value: str) -> bool | None:
    """What a short value says of the way a service is given; None when it says both or nothing."""
    words = spread(value)
    if not words or len(words) > 120:
        return None
    yes = any(pattern.search(words) for pattern in _kind("electronic"))
    no = any(pattern.search(words) for pattern in _kind("not_electronic"))
    return None if yes == no else yes


@cache
def _kind(key: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(folded(pattern)) for pattern in table("pages.toml")["card"][key])
