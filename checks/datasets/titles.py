"""A closed year in a dataset's title: data of 1398 is finished, and is not expected to be renewed."""

from __future__ import annotations

import datetime as dt
import re

from checks.datasets.files.date_words import MONTHS
from checks.datasets.files.dates import parse
from claims.persian import fold

# «سال1398» and "FY2019" are years, "cp1256" is none.
_YEAR = re.compile(
    r"(?<![\d/.:\-])(?:(?<![a-z])|(?<=(?<![a-z])fy)|(?<=year))"
    r"(1[2-4]\d\d|19\d\d|20\d\d)(?:\s*[-/]\s*(\d{4}|\d{2})(?![\d/]))?(?![\d.]|/\d|-\d)"
)
# «از سال ۱۳۹۰ تاکنون», "since 2010": the year is where it starts.
_OPEN = re.compile(
    r"تا ?کنون|تا ?به ?حال|تا امروز|تا ?الان|به بعد|به ?روز|از ابتدا|since|to date|to present|onwards|present|now\b|from"
)
# «سال پایه ۱۳۹۵», «مصوب ۱۳۹۸», «متولدین ۱۳۶۵»: years that are not the data's.
_OTHER_YEARS = "پایه ثابت مصوب مصوبه متولد متولدین متولدان ورودی مدل ماده قانون تبصره بند بخشنامه".split()
# What has a number for a name: «کد ۱۲۵۶», «پلاک ۱۳۹۸», «استاندارد ملی ایران ۱۳۹۸», "ISO 2015", "Excel 2013".
_NUMBERED = (
    "کد شماره شناسه بارکد پلاک ایزو استاندارد صفحه‌کد نسخه ویرایش ویندوز اکسل آفیس"
    " no number code codepage cp iso iec din en bs astm ieee rfc inso isiri version windows win excel office word plate"
).split()
_WHOSE = (
    "ملی|پستی|شعبه|رهگیری|پیگیری|پرونده|مجوز|پروانه|گواهی|ثبت|پلاک|خودرو|دستگاه|کالا|صنفی|اقتصادی|استاندارد"
)
_NOT_THE_DATA = re.compile(
    rf"(?:(?<!\w)(?:{'|'.join(map(fold, _OTHER_YEARS))})(?: سال)?|base year|constant|born(?: in)?|100\s*="
    rf"|(?<!\w)(?:{'|'.join(map(fold, _NUMBERED))})(?: (?:{fold(_WHOSE)}))?(?: ایران)?\s*+[.:#]?)\s*+\(?$"
)
# «۱۴۰۰ روستا».
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
