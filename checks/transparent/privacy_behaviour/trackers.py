"""Services that follow visitors, by their hosts, and whether a sentence owns up to them or denies them.

Reads words and host names; knows no pages and no visits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from checks.page.wordlist import Phrases, folded, phrases, spread, table

FILE = "transparent/privacy_behaviour/trackers.toml"


@dataclass(frozen=True, slots=True)
class Tracker:
    """name: how the service calls itself. kind: "analytics", "advertising" or "recording"."""

    name: str
    kind: str
    names: tuple[str, ...]
    hosts: tuple[str, ...]


@cache
def known() -> tuple[Tracker, ...]:
    return tuple(
        Tracker(entry["name"][0], entry["kind"], tuple(entry["name"]), tuple(entry["hosts"]))
        for entry in table(FILE)["service"]
    )


def tracker_at(host: str) -> Tracker | None:
    """The service whose host this is, or lies below; None for any other host."""
    name = host.lower().rstrip(".")
    return next(
        (one for one in known() for own in one.hosts if name == own or name.endswith(f".{own}")), None
    )


# What each kind of service refutes a denial of, beside that of its own name.
_REFUTES: dict[str, frozenset[str]] = {
    "analytics": frozenset({"tracking", "analytics"}),
    "advertising": frozenset({"tracking", "advertising"}),
    "recording": frozenset({"tracking"}),
}
_THINGS = ("tracking", "analytics", "advertising", "third_cookies", "cookies")
_TOOLS = ("tracking", "analytics", "advertising", "third_cookies")


@cache
def _named(tracker: Tracker) -> Phrases:
    return Phrases(tracker.names)


@cache
def _kinds() -> dict[str, str]:
    """By folded words: what they are the words for; the name of a service where they are one of its names."""
    listed = {spread(word): kind for kind in _THINGS for word in table(FILE)[kind]}
    return {**listed, **{spread(word): one.name for one in known() for word in one.names}}


@cache
def _denials() -> tuple[re.Pattern[str], ...]:
    things = sorted(_kinds(), key=lambda word: (-len(word), word))
    thing = f"(?P<thing>{'|'.join(map(re.escape, things))})"
    return tuple(
        re.compile(rf"(?<!\w){folded(text).replace('<thing>', thing)}(?!\w)")
        for text in table(FILE)["denials"]
    )


def denied(sentence: str) -> frozenset[str]:
    """What it says is not used at all: keys of the lists, names of services. What is hedged, or about one page, denies nothing."""
    if phrases(FILE, "unless").find(sentence) is not None:
        return frozenset()
    text = spread(sentence[:2000])
    return frozenset(_kinds()[match["thing"]] for pattern in _denials() for match in pattern.finditer(text))


def refuted_by(things: frozenset[str], tracker: Tracker) -> bool:
    """Whether a denial of these things is untrue where the service is in use. A cookie is another matter than a request."""
    return tracker.name in things or bool(things & _REFUTES[tracker.kind])


def owns_up(sentence: str, tracker: Tracker) -> bool:
    """Whether it tells of the service by name, or of such tools in general, and does not deny them."""
    told = _named(tracker).find(sentence) is not None or any(
        phrases(FILE, key).find(sentence) for key in _TOOLS
    )
    return told and not denied(sentence)
