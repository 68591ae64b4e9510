"""A closed year in a dataset's title: data of 1398 is finished, and is not expected to be renewed."""

from __future__ import annotations

import datetime as dt
import re

from checks.datasets.files.date_words import MONTHS
from checks.datasets.files.dates import parse, whole_year
from checks.page.wordlist import pattern
from claims.persian import fold

# «سال1398» and "FY2019" are years, "cp1256" is none.
_YEAR = re.compile(
    r"(?<![\d/.:\-])(?:(?<![a-z])|(?<=(?<![a-z])fy)|(?<=year))"
    r"(1[2-4]\d\d|19\d\d|20\d\d)(?:\s*[-/]\s*(\d{4}|\d{2})(?![\d/]))?(?![\d.]|/\d|-\d)"
)
FILE = "datasets/words.toml"
_OPEN = pattern(FILE, "<open_series>")
_NOT_THE_DATA = pattern(
    FILE, r"(?<!\w)(?:<other_years>(?: <year>)?|<numbered>(?: <numbered_of>){0,2}\s*+[.:#]?)\s*+\(?$"
)
# «۸۸۹۰ ۱۳۹۹»: a number in groups, such as a telephone's, where a group beside it is no year.
_GROUP_BEFORE = re.compile(r"(?<!\d)(?!(?:1[2-4]|19|20)\d\d\s)(?:\d{3,8}|0\d\d?)\s+$")
_GROUP_AFTER = re.compile(r"\s+(?!(?:1[2-4]|19|20)\d\d(?!\d))\d{3,8}(?!\d)")
_COUNTED = pattern(FILE, r"\s*<counted>")
_FROM = pattern(
    FILE,
    r"<since>\s+(?:(?:<beginning>|\d{1,2})\s+)?"
    rf"(?:(?:{'|'.join(MONTHS)})\s+(?:<month>\s+)?)?(?:<year>\s+)?$",
)
_UNTIL = pattern(FILE, "<until>")


def closed_year(title: str, as_of: dt.date) -> int | None:
    """The last year that the title names, when it is over; None when none is, or the series goes on."""
    text = fold(title)
    if _OPEN.search(text):
        return None
    latest: tuple[dt.date, int] | None = None
    for match in _YEAR.finditer(text):
        year = match.group(1)
        short = match.group(2) if len(match.group(2) or "") == 2 else None
        if short is not None and int(short) != (int(year) + 1) % 100:
            continue  # a number of something, or a month
        before, after = text[: match.start()], text[match.end() :]
        if _NOT_THE_DATA.search(before) or _COUNTED.match(after):
            continue
        if _GROUP_BEFORE.search(before) or _GROUP_AFTER.match(after):
            continue
        moment = parse(match.group().replace(" ", "")) if match.group(2) else None
        last = match.group(2) if len(match.group(2) or "") == 4 else year
        moment = moment or whole_year(int(last))
        if moment is not None and (latest is None or moment.end > latest[0]):
            latest = (moment.end, int(year))
            if _FROM.search(before) and not _UNTIL.search(after) and match.group(2) is None:
                return None
    if latest is None or latest[0] >= as_of:
        return None
    return latest[1]
