"""Spans of time that a text states: «ظرف ده روز کاری», "within 48 hours". How long something may take, never a date."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from checks.page.wordlist import spread
from claims.persian import digits

_WORDS = {
    "یک": 1, "دو": 2, "سه": 3, "چهار": 4, "پنج": 5, "شش": 6, "هفت": 7, "هشت": 8, "نه": 9, "ده": 10, "یازده": 11,
    "دوازده": 12, "پانزده": 15, "بیست": 20, "سی": 30, "چهل": 40, "چهل و پنج": 45, "شصت": 60, "نود": 90,
    "چهل و هشت": 48, "هفتاد و دو": 72, "بیست و چهار": 24, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10, "fifteen": 15, "twenty": 20, "thirty": 30,
}  # fmt: skip
_UNITS = {
    "ثانیه": 1 / 86400, "دقیقه": 1 / 1440, "ساعت": 1 / 24, "روز": 1.0, "هفته": 7.0, "ماه": 31.0, "سال": 366.0, "minute": 1 / 1440,
    "second": 1 / 86400, "hour": 1 / 24, "day": 1.0, "week": 7.0, "month": 31.0, "year": 366.0,
}  # fmt: skip
_NUMBER = "|".join((r"\d{1,3}", *sorted(_WORDS, key=len, reverse=True)))
_SPAN = re.compile(
    rf"(?<!\w)(?P<number>{_NUMBER})\s?(?P<office>کاری\s|(?:working|business)\s)?\s?"
    rf"(?P<unit>{'|'.join(_UNITS)})(?P<plural>s|ه|های)?(?P<after>\s?ی?\s?(?:کاری|اداری))?(?!\w)"
)


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
    for match in _SPAN.finditer(folded):
        said = match["number"]
        number = int(said) if said.isdigit() else _WORDS[said]
        before, after = folded[: match.start()].split()[-2:], folded[match.end() :].split()[:1]
        if number == 0 or after == ["سن"] or "سن" in before or "ساعت" in before[-1:]:
            continue
        working = bool(match["office"] or match["after"])
        yield Span(number * _UNITS[match["unit"]], working, match.group().strip(), match.start())
