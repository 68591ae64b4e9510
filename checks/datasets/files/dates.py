"""One cell, read as a date: Jalali or Gregorian, in any of three digit sets and some ten notations.

A month, season or year means the whole of it, and its end where one day is wanted. Not here: whether a
column of such cells says when things happened (`checks.datasets.files.columns`).
"""

from __future__ import annotations

import calendar as gregorian
import datetime as dt
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from persiantools.jdatetime import JalaliDate

from checks.datasets.files.date_words import (
    FILE,
    LUNAR,
    MONTH_SUFFIXES,
    MONTHS,
    MONTHS_SO_FAR,
    NOISE,
    ORDINALS,
    SEASONS,
    WEEKDAYS,
    YEARS,
)
from checks.page.wordlist import pattern
from claims.persian import COMMA, DECIMAL, SEMICOLON, fold

Precision = Literal["day", "month", "season", "year"]
Order = Literal["fixed", "dmy", "mdy", "either"]

# Four-digit years that are years. From 1420 to 1459 a number may as well be a lunar year of our days (1999 to 2038).
_JALALI_YEARS = range(1250, 1501)
_MAYBE_LUNAR = range(1420, 1460)
_GREGORIAN_YEARS = range(1900, 2101)
_EPOCH = range(946_684_800, 4_102_444_800)  # 2000 to 2099
# Characters of a cell and of a file's name in which a date is looked for. A longer cell is a text.
_LONGEST, _LONGEST_NAME = 64, 300

_TIME = pattern(
    FILE,
    r"(?:(?<=\d)t|(?:^|(?<=\s))(?:<hour>\s*)?|(?<=\d)\s*-\s*)\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s*"
    rf"<half_days>?\s*(?:z|utc|gmt|irst|irdt|[+-]\d{{2}}:?\d{{2}})?(?=[\s,{COMMA}]|$)",
)
_COMPACT_TIME = re.compile(r"(\d{8})t\d{4}(?:\d{2}(?:\.\d+)?)?z?")
_TRIPLE = re.compile(rf"(\d{{1,4}})\s*([/\-.,{COMMA}_\\{DECIMAL}]|\s)\s*(\d{{1,2}})\s*\2\s*(\d{{1,4}})")
_YEAR_MONTH = re.compile(r"(\d{4})\s*([/\-_.])\s*(\d{1,2})|(\d{1,2})\s*([/\-_.])\s*(\d{4})")
_YEAR_RANGE = pattern(FILE, r"(\d{4})\s*(?:[/\-_]|<year_to>)\s*(\d{4}|\d{2})")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})?(?:\d{6})?(?:\.0)?")
_YEAR = re.compile(r"(\d{4})(?:\.0)?")
_EPOCH_TEXT = re.compile(r"(\d{10})(?:\d{3})?(?:\.0)?")
_QUARTER = re.compile(r"(\d{4})\s*[-/]?\s*q\s*([1-4])|q\s*([1-4])\s*[-/]?\s*(\d{4})")
_HALF = re.compile(r"(\d{4})\s*[-/]?\s*h\s*([12])|h\s*([12])\s*[-/]?\s*(\d{4})")
_WEEK = re.compile(r"(\d{4})-?w(\d{2})(?:-?([1-7]))?")
_PART = pattern(
    FILE, r"(?:(?P<quarter><quarters>)|<halves>)\s*(?P<part>\w+)\s*(?:<of>\s+)?(?:<years>\s*)?(?P<year>\d{4})"
)
_SO_FAR = pattern(
    FILE,
    rf"({'|'.join(MONTHS_SO_FAR)}) ?<lasting_months>\s*(?:<first_months>\s*)?(?:<years>\s*)?(\d{{4}})",
)
_YEAR_NAMED = re.compile(r"(?<!\d)(?:1[34]\d\d|19\d\d|20\d\d)(?!\d)")
_BEFORE = pattern(FILE, r"^(?:<on>\s+)?<date>\s*[:\uff1a]?\s*(?=\d)")
_AFTER = pattern(FILE, r"(?<=\d)\s*\(?\s*<calendars>\s*\)?$")
_WORDS = re.compile(r"[^\W\d_]+|\d+")
_WEEKDAYS = {day.replace(" ", ""): number for day, number in WEEKDAYS.items()}
_WEEKDAY = re.compile(rf"(?<![^\W\d_])(?:{'|'.join(WEEKDAYS)})(?![^\W\d_])".replace(" ", r"\s?"))
_DAY_SUFFIX = pattern(FILE, r"(?<=\d)<day_suffixes>\b")


@dataclass(frozen=True, slots=True)
class Moment:
    """What a cell says. start and end are Gregorian and inclusive; one day has both the same.

    bare: digits alone (14030201, 1403), a date only under a heading that says so.
    ambiguous: more than one calendar or century would read it.
    order, other: of 03/04/2024, which may be month first; `other` is that reading's day.
    """

    start: dt.date
    end: dt.date
    calendar: str
    precision: Precision
    bare: bool = False
    ambiguous: bool = False
    order: Order = "fixed"
    other: dt.date | None = None


def parse(text: str, *, ranges: bool = False) -> Moment | None:
    """The moment that a cell names, or None.

    ranges: the column counts in years that span two calendar years, so that 1402-03 is no month.
    """
    return _parse(text, ranges) if 3 < len(text) <= _LONGEST else None


@lru_cache(maxsize=32_768)
def named(text: str) -> Moment | None:
    """The moment that a text is or, where it is none, the latest year that it names: «آمار مهر ماه سال ۱۴۰۴»."""
    text = text[:_LONGEST_NAME]
    moment = parse(text)
    if moment is not None:
        return moment
    years = [whole_year(int(year)) for year in _YEAR_NAMED.findall(fold(text))]
    return max((year for year in years if year is not None), key=lambda year: year.end, default=None)


@lru_cache(maxsize=32_768)
def _parse(text: str, ranges: bool) -> Moment | None:
    folded = fold(text)
    if not any("0" <= char <= "9" for char in folded):
        return None
    rest = _TIME.sub(" ", _COMPACT_TIME.sub(r"\1", folded))
    timed = rest != folded
    rest = _DAY_SUFFIX.sub("", rest)
    weekdays = {_WEEKDAYS[match.replace(" ", "")] for match in _WEEKDAY.findall(rest)}
    rest = _WEEKDAY.sub(" ", rest).strip(f" ,{COMMA}.-{SEMICOLON};()[]")
    rest = " ".join(rest.split())
    bare = _AFTER.sub("", _BEFORE.sub("", rest)).strip()
    moment = _numeric(bare, ranges) or _worded(rest)
    if moment is None:
        return None
    if timed or weekdays or bare != rest:
        moment = replace(moment, bare=False)
    if weekdays and moment.precision == "day" and moment.start.weekday() not in weekdays:
        if moment.other is not None and moment.other.weekday() in weekdays:
            return replace(moment, start=moment.other, end=moment.other, order="mdy", other=None)
        return replace(moment, ambiguous=True)
    return moment


def _numeric(text: str, ranges: bool) -> Moment | None:
    if (match := _TRIPLE.fullmatch(text)) is not None:
        return _triple(match.group(1), match.group(3), match.group(4), match.group(2))
    if ranges and (match := _YEAR_RANGE.fullmatch(text)) is not None:
        return _years(match.group(1), match.group(2))
    if (match := _YEAR_MONTH.fullmatch(text)) is not None:
        # 1403.02 may be a number; 1403/02 is none.
        moment = _month(
            int(match.group(1) or match.group(6)), int(match.group(3) or match.group(4)), bare="." in text
        )
        if moment is not None:
            return moment
    if (match := _YEAR_RANGE.fullmatch(text)) is not None:
        return _years(match.group(1), match.group(2))
    if (match := _WEEK.fullmatch(text)) is not None:
        return _week(int(match.group(1)), int(match.group(2)), int(match.group(3) or 0))
    for written, months in ((_QUARTER, 3), (_HALF, 6)):
        if (match := written.fullmatch(text)) is not None:
            part = int(match.group(2) or match.group(3))
            first, last = (part - 1) * months + 1, part * months
            return _span(int(match.group(1) or match.group(4)), first, last, "season")
    return _digits(text)


def _digits(text: str) -> Moment | None:
    if (match := _YEAR.fullmatch(text)) is not None:
        return whole_year(int(match.group(1)), bare=True)
    if (match := _EPOCH_TEXT.fullmatch(text)) is not None and int(match.group(1)) in _EPOCH:
        date = (dt.datetime(1970, 1, 1) + dt.timedelta(seconds=int(match.group(1)))).date()  # noqa: DTZ001
        return Moment(date, date, "gregorian", "day", bare=True)
    if (match := _COMPACT.fullmatch(text)) is not None:
        year, month, day = match.groups()
        found = _day(int(year), int(month), int(day)) if day else _month(int(year), int(month))
        return replace(found, bare=True) if found is not None else None
    return None


def _triple(first: str, second: str, third: str, mark: str) -> Moment | None:
    if len(first) == 4 and len(third) <= 2:
        return _day(int(first), int(second), int(third))
    if len(third) == 4 and len(first) <= 2:
        return _day_last_year(int(first), int(second), int(third))
    if len(first) != 2 or len(third) != 2 or not mark.strip():
        return None
    return _short(int(first), int(second), int(third), slashed=mark == "/")


def _day_last_year(first: int, second: int, year: int) -> Moment | None:
    by_day = _day(year, second, first)
    if year in _JALALI_YEARS:  # nobody writes a Jalali month first
        return by_day
    by_month = _day(year, first, second)
    if by_day is not None and by_month is not None and first != second:
        return replace(by_day, order="either", other=by_month.start)
    if by_day is not None:
        return replace(by_day, order="dmy" if first > 12 else "fixed")
    return replace(by_month, order="mdy") if by_month is not None else None


def _short(first: int, second: int, third: int, *, slashed: bool) -> Moment | None:
    """Years of two digits. Nothing but a date under its heading, and never free of doubt."""
    found: Moment | None = None
    if first > 31:
        found = _day(1300 + first, second, third)
    elif third > 31:
        found = _day(1300 + third, second, first)
    elif slashed:
        found = _day(1400 + first, second, third)
    return replace(found, bare=first <= 31 and third <= 31, ambiguous=True) if found is not None else None


def _worded(text: str) -> Moment | None:
    if (match := _SO_FAR.fullmatch(text)) is not None:
        return _span(int(match.group(2)), 1, MONTHS_SO_FAR[match.group(1)], "season")
    if (match := _PART.fullmatch(text)) is not None and match["part"] in ORDINALS:
        months = 6 if match["quarter"] is None else 3
        part = ORDINALS[match["part"]]
        if part * months > 12:
            return None
        return _span(int(match["year"]), (part - 1) * months + 1, part * months, "season")
    words = _WORDS.findall(text)
    if len(words) > 8:
        return None
    numbers = [word for word in words if word.isdigit()]
    names = [word for word in words if not word.isdigit()]
    if LUNAR.intersection(names):
        return None
    meaning = [name for name in names if name not in NOISE]
    if not meaning and YEARS.intersection(names):
        return _worded_year(numbers)
    if len(meaning) != 1:
        return None
    if (season := SEASONS.get(meaning[0])) is not None and len(numbers) == 1 and len(numbers[0]) == 4:
        if int(numbers[0]) not in _JALALI_YEARS:
            return None
        return _span(int(numbers[0]), season * 3 - 2, season * 3, "season")
    found = _month_of(meaning[0])
    return _month_named(*found, numbers) if found is not None else None


def _month_of(word: str) -> tuple[str, int] | None:
    names = (word, *(word.removesuffix(suffix) for suffix in MONTH_SUFFIXES))
    return next((MONTHS[name] for name in names if name in MONTHS), None)


def _worded_year(numbers: list[str]) -> Moment | None:
    if len(numbers) == 1 and len(numbers[0]) == 4:
        return whole_year(int(numbers[0]))
    if len(numbers) == 2:
        return _years(numbers[0], numbers[1])
    return None


def _month_named(calendar: str, month: int, numbers: list[str]) -> Moment | None:
    years = [number for number in numbers if len(number) == 4]
    days = [number for number in numbers if len(number) <= 2]
    if len(years) == 1 and len(years) + len(days) == len(numbers) <= 2:
        if _calendar(int(years[0])) != calendar:
            return None
        return (
            _day(int(years[0]), month, int(days[0])) if days else _span(int(years[0]), month, month, "month")
        )
    if len(days) == 2 and not years:
        short = int(days[1])
        turn, before, since = (31, 1300, 1400) if calendar == "jalali" else (69, 1900, 2000)
        moment = _day((before if short > turn else since) + short, month, int(days[0]))
        return replace(moment, ambiguous=True) if moment is not None else None
    return None


def _calendar(year: int) -> str | None:
    if year in _JALALI_YEARS:
        return "jalali"
    return "gregorian" if year in _GREGORIAN_YEARS else None


def _day(year: int, month: int, day: int) -> Moment | None:
    calendar = _calendar(year)
    if calendar is None or not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    try:
        found = _jalali(year, month, day) if calendar == "jalali" else dt.date(year, month, day)
    except ValueError:
        return None
    return Moment(found, found, calendar, "day", ambiguous=year in _MAYBE_LUNAR)


def _jalali(year: int, month: int, day: int) -> dt.date:
    return JalaliDate(year, month, day).to_gregorian()  # type: ignore[no-untyped-call]


def _month(year: int, month: int, *, bare: bool = False) -> Moment | None:
    if not 1 <= month <= 12:
        return None
    found = _span(year, month, month, "month")
    return replace(found, bare=bare) if found is not None else None


def _span(year: int, first: int, last: int, precision: Precision) -> Moment | None:
    start = _day(year, first, 1)
    if start is None:
        return None
    end = _day(year, last, _month_length(start.calendar, year, last))
    assert end is not None
    return replace(start, end=end.end, precision=precision)


def _month_length(calendar: str, year: int, month: int) -> int:
    if calendar == "gregorian":
        return gregorian.monthrange(year, month)[1]
    return int(JalaliDate.days_in_month(month, year))


def whole_year(year: int, *, bare: bool = False) -> Moment | None:
    """None for a year that nobody has data of."""
    found = _span(year, 1, 12, "year")
    return replace(found, bare=bare) if found is not None else None


def _years(first: str, second: str) -> Moment | None:
    """A year that spans two: 1402-1403, 2023-24. Several years apart, and it is no moment."""
    year = int(first)
    following = year + 1
    if int(second) != (following if len(second) == 4 else following % 100):
        return None
    start, end = whole_year(year), whole_year(following)
    return replace(start, end=end.end) if start is not None and end is not None else None


def _week(year: int, week: int, day: int) -> Moment | None:
    if year not in _GREGORIAN_YEARS:
        return None
    try:
        start = dt.date.fromisocalendar(year, week, day or 1)
    except ValueError:
        return None
    end = start if day else start + dt.timedelta(days=6)
    return Moment(start, end, "gregorian", "day" if day else "month")
