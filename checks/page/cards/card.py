"""The agency's own service card on a page: title, 11-digit code, kind, phases, as real layouts carry them.

Where the values stand is for `layout`, what they mean for `values`. Whose card it is, is for `tie`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from checks.derivations import once
from checks.page.cards.labels import ASKED
from checks.page.cards.layout import Pair, pairs
from checks.page.cards.values import (
    CODE,
    blank,
    code_of,
    fee_of,
    level_of,
    says_electronic,
    unticked,
    visits_of,
)
from checks.page.content import PageContent
from checks.page.lines import TextBlock, selector
from checks.page.wordlist import spread
from claims.model import PHASES, Level
from claims.persian import digits

__all__ = ["CODE", "Card", "card_lines", "cards", "codes", "says_electronic"]

# Fields whose values are prose, which may say how a service is done.
_TOLD = frozenset({"documents", "fee", "time"})
_STARTS = ("title", "code", "sub_title", "sub_code")
_SENTENCE = 160  # Characters of a value. Longer is prose, and no field of a card, as in cards/values.py.
_RAW = 300  # Characters of a value that a finding quotes
_MOST_CARDS = 60  # Cards of one page. Later ones are not read: a page with more is a list.
_MOST_BLOCKS = 60  # Elements in a value that are marked as read. Further ones are not.
# So many fields without a value, and neither title nor code: a card that was never filled in.
_NEVER = 3


@dataclass(frozen=True, slots=True)
class Card:
    """One card. electronic: what it says of the service's kind; None when it does not say.

    title, code: of the sub-service where the card has one, parent_code: of the service above it then.
    fee: whether there is one, visits: how often in person, level: each None when the card does not say.
    fields: raw values by field name; places: a CSS path to each; phases: electronic or not, by phase, where the
    card says so; told: the phases among them that it says in words or with a cross.
    """

    title: str = ""
    code: str = ""
    parent_code: str = ""
    electronic: bool | None = None
    fee: bool | None = None
    visits: int | None = None
    level: Level | None = None
    fields: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    phases: dict[str, bool] = field(default_factory=dict)
    told: frozenset[str] = frozenset()
    line: TextBlock | None = None

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(code for code in (self.code, self.parent_code) if code)

    @property
    def in_person(self) -> str:
        """What says that nothing of the service is electronic: its kind, or every phase of the doing; "" if nothing."""
        if self.electronic is False:
            return self.fields.get("kind", "")
        done = [self.phases.get(phase) for phase in ("request", "production", "delivery")]
        if self.electronic is None and done[0] is False and True not in done and "request" in self.told:
            return self.fields.get("request", "")
        return ""


def cards(reading: PageContent) -> tuple[Card, ...]:
    """Cards of the page's own content, in order. A new title or code after a full set starts a new one."""
    return _read(reading).cards


def card_lines(reading: PageContent) -> frozenset[int]:
    """Identities of the elements that hold a card's short fields: they state a value, no sentence."""
    return _read(reading).stating


def unfilled_card(reading: PageContent) -> Pair | None:
    """The first field of a card that was put up and never filled in; None for any other page."""
    return _read(reading).unfilled


def codes(reading: PageContent) -> tuple[str, ...]:
    """Every 11-digit number of the page's own text, in order, once."""
    return tuple(dict.fromkeys(CODE.findall(digits(reading.text))))


@dataclass(frozen=True, slots=True)
class _Cards:
    """What a page holds of cards. stating: identities of elements with short values."""

    cards: tuple[Card, ...]
    stating: frozenset[int]
    unfilled: Pair | None


@once
def _read(reading: PageContent) -> _Cards:
    """A page is asked for its cards by every claim and every sentence of it."""
    met = list(pairs(reading))
    empty = [pair for pair in met if blank(pair.value, prose=pair.name in _TOLD)]
    found = [pair for pair in met if pair not in empty]
    made = (_card(group) for group in _groups(found))
    kept = tuple(card for card in made if card.codes or (card.title and len(card.fields) >= 3))
    never = len(empty) >= _NEVER and not any(pair.name in _STARTS for pair in found)
    return _Cards(kept[:_MOST_CARDS], frozenset(_stating(found)), empty[0] if never else None)


def _groups(found: list[Pair]) -> Iterator[list[Pair]]:
    group: dict[str, Pair] = {}
    for pair in found:
        name = "kind" if pair.name == ASKED else pair.name
        if name in group:
            if name in _STARTS and spread(group[name].value) != spread(pair.value):
                yield list(group.values())
                group = {}
            else:
                continue
        group[name] = pair
    if group:
        yield list(group.values())


def _stating(found: list[Pair]) -> Iterator[int]:
    for pair in found:
        if pair.name in _TOLD or len(pair.value) > _SENTENCE:
            continue
        yield pair.label.node.mem_id
        for node in pair.nodes:
            # the line belongs to the cell, or to a block inside of it
            yield from (one.mem_id for one in islice(node.traverse(include_text=False), _MOST_BLOCKS))


def _card(group: list[Pair]) -> Card:
    values = {("kind" if pair.name == ASKED else pair.name): pair.value for pair in group}
    nodes = {
        ("kind" if pair.name == ASKED else pair.name): pair.nodes[0] if pair.nodes else pair.label.node
        for pair in group
    }
    own, parent = code_of(values.get("code", "")), ""
    if (sub := code_of(values.get("sub_code", ""))) and sub != own:
        own, parent = sub, own
    phases = _phases(values)
    title = values.get("sub_title") or values.get("title", "")
    return Card(
        title=title[:_RAW],
        code=own,
        parent_code=parent,
        electronic=says_electronic(values.get("kind", "")),
        fee=fee_of(values["fee"]) if "fee" in values else None,
        visits=visits_of(values["visits"]) if "visits" in values else None,
        level=level_of(values["level"]) if "level" in values else None,
        fields={name: value[:_RAW] for name, value in values.items()},
        places={name: selector(node) for name, node in nodes.items() if (node.tag or "") != "-text"},
        phases=phases,
        told=frozenset(phase for phase in phases if not unticked(values[phase])),
        line=group[0].label,
    )


def _phases(values: dict[str, str]) -> dict[str, bool]:
    """Empty boxes say no where another phase is ticked; a card of empty boxes was never filled in."""
    found = {
        phase: stated for phase in PHASES if (stated := says_electronic(values.get(phase, ""))) is not None
    }
    empty = {phase for phase in PHASES if unticked(values.get(phase, ""))}
    if True in found.values():
        found |= dict.fromkeys(empty, False)
    return {phase: found[phase] for phase in PHASES if phase in found}
