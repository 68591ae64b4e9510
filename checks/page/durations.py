"""Spans of time that a text states: «ظرف ده روز کاری», "within 48 hours". How long something may take, never a date."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from checks.page.wordlist import spread, table
from claims.persian import digits

_FILE = "page/words/durations.toml"
_DAY = 86_400  # Seconds of a day: spans are told in days


@dataclass(frozen=True, slots=True)
class Span:
    """days: the upper end (a month 31, a year 366); working: days of work. at: where it stands in the spread text."""

    days: float
    working: bool
    text: str
    at: int


def spans(text: str) -> Iterator[Span]:
    """The spans of a text, in order. Ages («۱۸ سال سن») and hours of the day («ساعت ۸») are none."""
    folded = spread(digits(text))
    numbers, units = _counted("numbers"), _counted("units")
    age, clock = _words("age"), _words("clock")
    for match in _span().finditer(folded):
        said = match["number"]
        number = int(said) if said.isdigit() else numbers[said]
        before, after = folded[: match.start()].split()[-2:], folded[match.end() :].split()[:1]
        if number == 0 or age & {*before, *after} or clock & set(before[-1:]):
            continue
        working = bool(match["before"] or match["after"])
        yield Span(number * units[match["unit"]] / _DAY, working, match.group().strip(), match.start())


@cache
def _span() -> re.Pattern[str]:
    number, unit = _any(_counted("numbers")), _any(_counted("units"))
    before, after, plural = (_any(_words(key)) for key in ("working_before", "working_after", "plural"))
    return re.compile(
        rf"(?<!\w)(?P<number>\d{{1,3}}|{number})\s?(?P<before>(?:{before})\s)?\s?"
        rf"(?P<unit>{unit})(?:{plural})?(?P<after>\s?(?:{after}))?(?!\w)"
    )


def _any(words: Iterable[str]) -> str:
    """A pattern for one of the words, the longest first."""
    return "|".join(sorted(map(re.escape, words), key=lambda word: (-len(word), word)))


@cache
def _words(key: str) -> frozenset[str]:
    return frozenset(map(spread, table(_FILE)[key]))


@cache
def _counted(key: str) -> Mapping[str, int]:
    """By word, the number that it stands for."""
    return {spread(word): number for word, number in table(_FILE)[key].items()}
