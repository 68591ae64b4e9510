"""Which pages look like more of the same without end: calendars, facets, endless nesting, farms of links.

Every page belongs to a pattern, to a script (one path, whatever its query) and to a folder. What bounds them is how
many were fetched, and how many in a row brought nothing new (`crawler.discovery.novelty`). Mirrors: `crawler.discovery.url_variants`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

PER_PATTERN = 200  # pages; past that a pattern comes after everything else (docs/operations.md)
PER_PATTERN_UNPRESSED = 1_000  # pages, where `max_pages` leaves room for more
# So many pages in a row that bring nothing new, each met on pages that brought nothing new either, close a pattern:
# a list that a fresh page gives is finite, however alike its entries are. A script, a folder or what such pages
# lead to may hold more than one thing and takes longer.
OLD_IN_PATTERN = 100
OLD_IN_FAMILY = 150  # The same for what patterns share: a script, a folder (docs/operations.md). By hand.
# Pages that are met one after the other, each on the one before it, before they are called a chain.
_STEPS = 10
_SEGMENTS = 25  # Segments of a path. More is `nesting` and not asked for (docs/operations.md).
_MOST_TOLD = 100  # Patterns that the crawl's account names. More are cut, but not named.
_REPEATS = 3  # How often one segment repeats before it is `nesting` (docs/operations.md).
_LONGEST = 2_000  # Characters of an address. Longer is `nesting` and not asked for (docs/operations.md).
# Combinations of parameters on one script: more sets of names than there are names, twice over.
_FACET_SETS = 12
_HEX = re.compile(r"(?<![0-9a-z])(?=[0-9a-f-]*[0-9])[0-9a-f-]{8,}(?![0-9a-z])", re.IGNORECASE)
_TOKEN = re.compile(r"(?<![0-9A-Za-z])(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[0-9A-Za-z]{20,}(?![0-9A-Za-z])")
_DIGITS = re.compile(r"\d+|(?:%DB%B\d)+", re.IGNORECASE)  # Persian digits are percent-encoded in URLs
_YEAR = re.compile(r"(?<!\d)(?:1[34]|19|20)\d\d(?!\d)")
_NUMBERS = re.compile(r"[\d/_-]+(?:\.\w{2,5})?")
_LED_TO = "*"  # the family of all pages that were met on pages without anything new

Admission = Literal["page", "suspect", "trap"]
Why = Literal["nesting", "nothing_new", "facets", "chain", "many"]


@lru_cache(maxsize=1024)  # a page is asked about several times while it is under way
def pattern(url: str) -> str:
    """The URL with digits, hex and dates folded, and its query reduced to its names."""
    head, _, query = url.partition("?")
    folded = _DIGITS.sub("0", _HEX.sub("h", _TOKEN.sub("h", head)))
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
    if len(segments) < _REPEATS:
        return False
    folded = [_DIGITS.sub("0", s) for s in segments]  # `part-1/part-2/part-3`, but not a date
    counted = Counter(s if s.strip("0-") else name for s, name in zip(folded, segments, strict=True))
    return max(counted.values()) >= _REPEATS


def generated(url: str) -> str | None:
    """What is the same of the addresses that one program makes: the script before a query, or all before the first
    number or token; None for an address that has neither."""
    head, mark, _ = url.partition("?")
    if mark:
        return f"{head}?"
    at = min(
        (found.start() for way in (_DIGITS, _HEX, _TOKEN) if (found := way.search(head, _past_host(head)))),
        default=-1,
    )
    return None if at < 0 else head[: head.rfind("/", 0, at) + 1]


def steps(url: str, page: str, before: int) -> int:
    """Over how many pages of one program an address was reached that a page leads to, itself reached over `before`.

    A calendar needs no long way: from one date of a program to another is as good as a chain.
    """
    program = generated(url)
    if program is None or program != generated(page):
        return 0
    dated = all(_is_date(one.removeprefix(program)) for one in (url, page))
    return max(before, _STEPS if dated else 0) + 1


def _is_date(made: str) -> bool:
    """Whether what a program makes of an address is a date, and not one with a title."""
    query = "=" in made
    return _YEAR.search(made) is not None and (query or _NUMBERS.fullmatch(made) is not None)


def _past_host(head: str) -> int:
    at = head.find("/", head.find("://") + 3)
    return len(head) if at < 0 else at


class TrapGuard:
    """Bounds what one agency's patterns may take.

    What is known for a trap takes a tenth of the budget: a script with facets, all that is met on pages which bring
    nothing new, and a chain, whose pages are each met on the one before. A pattern past its share may as well be a
    long list: its pages come after everything else, and no more of them than a third of the budget, or a thousand
    when the budget has room for that many. A pattern whose pages bring nothing new is closed; a folder, a script or
    what old pages lead to is closed to links on old pages only. `cut`: the first patterns that were cut off, and why.
    """

    def __init__(self, max_pages: int) -> None:
        self._budget = max_pages
        self._share = max(1, min(PER_PATTERN, max_pages // 3))
        self._tenth = max(1, max_pages // 10)
        self._fed: Counter[str] = Counter()
        self.cut: set[tuple[str, Why]] = set()
        self._met: Counter[str] = Counter()
        self._taken: Counter[str] = Counter()
        self._old: Counter[str] = Counter()
        self._closed: set[str] = set()
        self._sets: Counter[str] = Counter()
        self._names: defaultdict[str, set[str]] = defaultdict(set)

    def admit(self, url: str, led_to: bool = False, steps: int = 0) -> Admission:
        """When a page is met. led_to: only a page that brought nothing new leads there. steps: pages of the same program
        that it was reached over, each met on the one before."""
        key = pattern(url)
        if endless(url):
            return self._cut(_start(key), "nesting")
        if self._closed and self._shut(key, led_to):
            return self._cut(key, "nothing_new")
        if steps and (program := generated(url)) is not None:
            if steps > _STEPS and self._fed[program] >= self._tenth:
                return self._cut(key, "chain")
            self._fed[program] += 1
        self._met[key] += 1
        if "?" in key:
            self._note_names(key)
        return "suspect" if led_to or self._met[key] > self._share else "page"

    def _cut(self, key: str, why: Why) -> Literal["trap"]:
        if len(self.cut) < _MOST_TOLD:
            self.cut.add((key, why))
        return "trap"

    def _note_names(self, key: str) -> None:
        if self._met[key] == 1:
            script, _, names = key.partition("?")
            self._sets[script] += 1
            self._names[script].update(names.split("&"))

    def _faceted(self, script: str) -> bool:
        return self._sets[script] >= max(_FACET_SETS, 2 * len(self._names[script]))

    def _shut(self, key: str, led_to: bool) -> bool:
        if key in self._closed:
            return True
        return led_to and any(family in self._closed for family in _families(key, led_to))

    def allows(self, url: str, fetched: int, *, suspect: bool = True, led_to: bool = False) -> bool:
        """When a page is about to be fetched, with so many pages of the agency fetched before."""
        key = pattern(url)
        script, mark, _ = key.partition("?")
        why: Why | None = None
        if (self._closed and self._shut(key, led_to)) or (led_to and self._taken[_LED_TO] >= self._tenth):
            why = "nothing_new"
        elif mark and self._faceted(script) and self._taken[script + "?"] >= self._tenth:
            why = "facets"
        elif suspect and not self._has_room(self._taken[key], fetched):
            why = "many"
        if why is not None:
            self._cut(key, why)
        return why is None

    def _has_room(self, taken: int, fetched: int) -> bool:
        pressed = self._budget - (fetched - taken) < PER_PATTERN_UNPRESSED
        third = max(1, self._budget // 3)
        return taken < (min(PER_PATTERN_UNPRESSED, third) if pressed else PER_PATTERN_UNPRESSED)

    def taken(self, url: str, led_to: bool = False) -> None:
        key = pattern(url)
        self._taken[key] += 1
        for family in _families(key, led_to):
            self._taken[family] += 1

    def brought(self, url: str, news: bool, led_to: bool = False) -> None:
        """A page was read."""
        key = pattern(url)
        for family in (key, *_families(key, led_to)):
            if news:
                if family in self._old:
                    del self._old[family]
                continue
            if not led_to:
                continue
            self._old[family] += 1
            if self._old[family] >= min(self._tenth, OLD_IN_PATTERN if family == key else OLD_IN_FAMILY):
                self._closed.add(family)


def _start(key: str) -> str:
    """Of addresses that go on and on: host and first folder."""
    return "/".join(key.partition("?")[0].split("/")[:4]) + "/"


def _families(key: str, led_to: bool) -> Iterator[str]:
    """Wider than a pattern: the script, the folder, and what old pages lead to."""
    script, mark, _ = key.partition("?")
    if mark:
        yield script + "?"
    yield script[: script.rfind("/") + 1]
    if led_to:
        yield _LED_TO
