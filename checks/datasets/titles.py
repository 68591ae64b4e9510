"""A closed year in a dataset's title: data of 1398 is finished, and is not expected to be renewed."""

from __future__ import annotations

import datetime as dt
import re

from checks.datasets.date_words import MONTHS
from checks.datasets.dates import parse
from claims.persian import fold

_YEAR = re.compile(
    r"(?<![\d/.:\-])(1[2-4]\d\d|19\d\d|20\d\d)(?:\s*[-/]\s*(\d{4}|\d{2})(?![\d/]))?(?![\d.]|/\d|-\d)"
)
# «از سال ۱۳۹۰ تاکنون», "since 2010": the year is where it starts.
_OPEN = re.compile(
    r"تا ?کنون|تا ?به ?حال|تا امروز|تا ?الان|به بعد|به ?روز|از ابتدا|since|to date|to present|onwards|present|now\b|from"
)
# «سال پایه ۱۳۹۵», «مصوب ۱۳۹۸», «متولدین ۱۳۶۵», «۱۴۰۰ روستا»: numbers that are no year of the data.
_NOT_THE_DATA = re.compile(
    r"(?:(?:پایه|ثابت|مصوب|مصوبه|متولد|متولدین|متولدان|ورودی|مدل)(?: سال)?|base year|constant|born(?: in)?|iso|ایزو|استاندارد|شماره|کد|ماده|قانون|100\s*=)\s*\(?$"
)
_COUNTED = re.compile(
    r"\s*(?:=|نفر|شهر|روستا|خانوار|مورد|واحد|میلیون|میلیارد|هزار|ریال|تومان|تن\b|متر|کیلومتر|هکتار|درصد|ساعت|قلم|مگاوات|کیلووات|لیتر|مترمکعب|دلار|people|items|cities)"
)
_FROM = re.compile(
    rf"(?:از|ابتدای)\s+(?:(?:ابتدای|آغاز|\d{{1,2}})\s+)?(?:(?:{'|'.join(MONTHS)})\s+(?:ماه\s+)?)?(?:سال\s+)?$"
)
_UNTIL = re.compile(r"تا|الی|لغایت|to|until|through")


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
        if _NOT_THE_DATA.search(text[: match.start()]) or _COUNTED.match(text[match.end() :]):
            continue
        moment = parse(match.group().replace(" ", "")) if match.group(2) else None
        moment = moment or parse(f"سال {match.group(2) if len(match.group(2) or '') == 4 else year}")
        if moment is not None and (latest is None or moment.end > latest[0]):
            latest = (moment.end, int(year))
            tail = text[match.end() :]
            if _FROM.search(text[: match.start()]) and not _UNTIL.search(tail) and match.group(2) is None:
                return None
    if latest is None or latest[0] >= as_of:
        return None
    return latest[1]
