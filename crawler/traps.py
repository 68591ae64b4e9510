"""Which pages look like more of the same without end: calendars, facets, endless nesting."""

from __future__ import annotations

import re
from collections import Counter
from typing import Literal

PER_PATTERN = 200
PER_PATTERN_UNPRESSED = 1_000
_SEGMENTS = 25
_REPEATS = 3
_LONGEST = 2_000
_HEX = re.compile(r"(?<![0-9a-z])(?=[0-9a-f-]*[0-9])[0-9a-f-]{8,}(?![0-9a-z])", re.IGNORECASE)
_DIGITS = re.compile(r"\d+|(?:%DB%B\d)+", re.IGNORECASE)  # Persian digits are percent-encoded in URLs

Admission = Literal["page", "suspect", "trap"]


def pattern(url: str) -> str:
    """The URL with digits, hex and dates folded, and its query reduced to its names."""
    head, _, query = url.partition("?")
    folded = _DIGITS.sub("0", _HEX.sub("h", head))
    if not query:
        return folded
    names = sorted({part.partition("=")[0] for part in query.split("&")})
    return f"{folded}?{'&'.join(names)}"


def endless(url: str) -> bool:
    """Nesting that no portal has: the same segment three times, or far too many."""
    if len(url) > _LONGEST:
        return True
    segments = [s for s in url.partition("?")[0].split("/")[3:] if s]
    if len(segments) > _SEGMENTS:
        return True
    return len(segments) >= _REPEATS and max(Counter(segments).values()) >= _REPEATS


class TrapGuard:
    """Counts pages per pattern for one agency.

    A pattern past its share becomes suspect: its pages come after everything else, and no more of them
    than a third of the budget, or a thousand when the budget has room for that many.
    """

    def __init__(self, max_pages: int) -> None:
        self._budget = max_pages
        self._share = max(1, min(PER_PATTERN, max_pages // 3))
        self._met: Counter[str] = Counter()
        self._taken: Counter[str] = Counter()

    def admit(self, url: str) -> Admission:
        """When a page is met."""
        if endless(url):
            return "trap"
        key = pattern(url)
        self._met[key] += 1
        if self._met[key] <= self._share:
            return "page"
        return "suspect"

    def allows(self, url: str, fetched: int) -> bool:
        """When a suspect page is about to be fetched, with so many pages of the agency fetched before."""
        taken = self._taken[pattern(url)]
        pressed = self._budget - (fetched - taken) < PER_PATTERN_UNPRESSED
        return taken < (
            min(PER_PATTERN_UNPRESSED, max(1, self._budget // 3)) if pressed else PER_PATTERN_UNPRESSED
        )

    def taken(self, url: str) -> None:
        self._taken[pattern(url)] += 1
