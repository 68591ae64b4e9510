"""Services that follow visitors, by their hosts, and whether a sentence owns up to them or denies them.

Reads words and host names; knows no pages and no visits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from checks.wordlist import Phrases, folded, spread, table


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
        for entry in table("trackers.toml")["service"]
    )


def tracker_at(host: str) -> Tracker | None:
    """The service whose host this is, or lies below; None for any other host."""
    name = host.lower().rstrip(".")
    return next(
        (one for one in known() for own in one.hosts if name == own or name.endswith(f".{own}")), None
    )


@cache
def _words(key: str) -> Phrases:
    return Phrases(table("trackers.toml")[key])


@cache
def _named(tracker: Tracker) -> Phrases:
    return Phrases(tracker.names)


@cache
def _denials() -> tuple[re.Pattern[str], ...]:
    known_words = table("trackers.toml")
    tools = [*known_words["tool"], *(name for one in known() for name in one.names)]
    tool, cookie = _any(tools), _any(known_words["cookie"])
    return tuple(
        re.compile(rf"(?<!\w){folded(text).replace('<tool>', tool).replace('<cookie>', cookie)}(?!\w)")
        for text in known_words["denials"]
    )


def _any(words: list[str]) -> str:
    spaced = sorted({spread(word) for word in words}, key=lambda word: (-len(word), word))
    return f"(?:{'|'.join(map(re.escape, spaced))})"


def denies_tools(sentence: str) -> bool:
    """Whether it says that no such tool is used at all. What is hedged, or about one page, denies nothing."""
    return any(not _is_cookie(thing) for thing in _denied(sentence))


def denies_cookies(sentence: str) -> bool:
    """Whether it says that no cookies are used, of whatever kind."""
    return any(_is_cookie(thing) for thing in _denied(sentence))


def _is_cookie(thing: str) -> bool:
    return _words("cookie").is_whole(thing)


def _denied(sentence: str) -> list[str]:
    if _words("unless").find(sentence) is not None:
        return []
    text = spread(sentence[:2000])
    return [match["thing"] for pattern in _denials() for match in pattern.finditer(text)]


def owns_up(sentence: str, tracker: Tracker) -> bool:
    """Whether it tells of the service by name, or of such tools in general, and does not deny them."""
    if _named(tracker).find(sentence) is None and _words("tool").find(sentence) is None:
        return False
    return not denies_tools(sentence)
