"""Which column of a downloaded table says when things happened. Each row goes through the real check."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pytest

from claims.model import Dataset
from claims.period import parse_period
from tests.checks.selection import checks_called

URL = "http://portal.test/data/x"
CSV = (("Content-Type", "text/csv; charset=utf-8"),)
# The round is of 2025-12-01, which is 1404/09/10. Declared five days before, so that nothing is admitted.
MODIFIED = dt.date(2025, 11, 26)


@dataclass(frozen=True)
class Row:
    """columns: heading and cells. data: the newest date inside that has to be told; None for none."""

    columns: dict[str, list[str]]
    data: str | None
    reason: str


def jalali(count: int, year: int = 1404) -> list[str]:
    """Days of the months of a year, the last one in its eighth month."""
    return [f"{year}/{n % 8 + 1:02}/{n % 28 + 1:02}" for n in range(count)]


def filled(cells: list[str], filler: str, count: int) -> list[str]:
    return [*cells, *[filler] * (count - len(cells))]


NEWEST = "2025-11-19"  # 1404/08/28, the newest of jalali() from 56 days on
UNREAD = "2023-09-15"  # the newest of forty of them
OLD = [f"1402/{n % 6 + 1:02}/{n % 28 + 1:02}" for n in range(100)]

ROWS: dict[str, Row] = {
    # four cells of five
    "80 of 100 are dates": Row({"تاریخ": filled(jalali(80), "نامشخص", 100)}, NEWEST, "fresh"),
    "79 of 100 are dates": Row({"تاریخ": filled(jalali(79), "نامشخص", 100)}, None, "claimed_fresh"),
    "blank cells do not count": Row({"تاریخ": filled(jalali(40), "", 100)}, "2025-11-15", "fresh"),
    # digits alone
    "years under a heading of years": Row({"سال": [str(y) for y in range(1385, 1405)]}, "2025-12-01", "fresh"),
    "years under a heading of counts": Row({"تعداد": [str(y) for y in range(1385, 1405)]}, None, "claimed_fresh"),
    "years under no heading": Row({"الف": [str(y) for y in range(1385, 1405)]}, None, "claimed_fresh"),
    "years in Persian digits": Row({"سال": ["۱۴۰۲", "۱۴۰۳", "۱۴۰۴"] * 4}, "2025-12-01", "fresh"),
    "eight digits under a heading of dates": Row({"تاریخ ثبت": [d.replace("/", "") for d in jalali(40)]}, "2025-11-15", "fresh"),
    "eight digits under a heading of codes": Row({"کد": [d.replace("/", "") for d in jalali(40)]}, None, "claimed_fresh"),
    "six digits under a heading of months": Row({"ماه": [f"1404{n % 8 + 1:02}" for n in range(20)]}, "2025-11-21", "fresh"),
    "six digits that are amounts": Row({"مبلغ": [f"1404{n % 8 + 1:02}" for n in range(20)]}, None, "claimed_fresh"),
    "seconds since 1970": Row({"timestamp": ["1763600000", "1763700000", "1763000000"] * 3}, "2025-11-21", "fresh"),
    "the word says it in the cell": Row({"الف": ["سال 1402", "سال 1403", "سال 1404"] * 3}, "2025-12-01", "fresh"),
    # numbers of something
    "numbers of letters": Row({"شماره نامه": ["1404/11", "1404/12", "1404/5"] * 4}, None, "claimed_fresh"),
    "number and date of letters": Row({"شماره و تاریخ نامه": jalali(40)}, "2025-11-15", "fresh"),
    "prices": Row({"قیمت": ["1403/02", "1404/05"] * 6}, None, "claimed_fresh"),
    # columns that do not count
    "births": Row({"تاریخ تولد": OLD}, None, "claimed_fresh"),
    "births beside events": Row({"تاریخ تولد": OLD, "تاریخ ثبت": jalali(100)}, NEWEST, "fresh"),
    "founding": Row({"سال تأسیس": ["1380", "1390"] * 10}, None, "claimed_fresh"),
    "the year of building": Row({"سال ساخت": ["1380", "1390"] * 10}, None, "claimed_fresh"),
    "the day it was taken out": Row({"تاریخ استخراج": ["1404/09/10"] * 40}, None, "claimed_fresh"),
    "expiry": Row({"تاریخ انقضا": jalali(40, 1403)}, None, "inconclusive_forecast"),
    "due dates": Row({"سررسید": jalali(40)}, None, "inconclusive_forecast"),
    "expiry in English": Row({"expiry_date": ["2025-01-01", "2025-06-01"] * 9}, None, "inconclusive_forecast"),
    "targets": Row({"افق هدف": ["1404", "1410", "1415"] * 5}, None, "claimed_fresh"),
    "produce is not due": Row({"produce date": ["2025-11-01", "2025-11-20"] * 9}, "2025-11-20", "fresh"),
    # the future
    "2 of 100 in the future": Row({"تاریخ": [*jalali(98), "1405/01/01", "1405/02/01"]}, NEWEST, "fresh"),
    "3 of 100 in the future": Row({"تاریخ": [*jalali(97), "1405/01/01", "1405/02/01", "1406/01/01"]}, None, "inconclusive_forecast"),
    "the future beside the past": Row({"برنامه": ["1405/01/01"] * 40, "تاریخ": jalali(40)}, "2025-11-15", "fresh"),
    # a month, a season, a year means its end in its calendar
    "a Jalali month": Row({"ماه": ["شهریور 1404", "مهر 1404"] * 4}, "2025-10-22", "fresh"),
    "a Gregorian month": Row({"month": ["September 2025", "October 2025"] * 4}, "2025-10-31", "fresh"),
    "a season": Row({"دوره": ["بهار 1404", "تابستان 1404"] * 4}, "2025-09-22", "claimed_fresh"),
    "the last month of a leap year": Row({"ماه": ["بهمن 1403", "اسفند 1403"] * 4}, "2025-03-20", "stale_proven"),
    "a year that is over": Row({"سال": ["1401", "1402", "1403"] * 4}, "2025-03-20", "stale_proven"),
    "a Gregorian year that is over": Row({"year": ["2022", "2023", "2024"] * 4}, "2024-12-31", "stale_proven"),
    "the running month ends today": Row({"ماه": ["آبان 1404", "آذر 1404"] * 4}, "2025-12-01", "fresh"),
    "a school year": Row({"سال تحصیلی": ["1402-03", "1403-04"] * 5}, "2025-12-01", "fresh"),
    # a date in two columns
    "a year and a month": Row({"سال": ["1403"] * 12 + ["1404"] * 8, "ماه": [*map(str, range(1, 13)), *map(str, range(1, 9))]}, "2025-11-21", "fresh"),
    "a year and the name of a month": Row({"سال": ["۱۴۰۴"] * 3, "نام ماه": ["مرداد", "شهریور", "مهر"]}, "2025-10-22", "fresh"),
    "a year whose months ended": Row({"سال": ["1403"] * 12 + ["1404"] * 2, "ماه": [*map(str, range(1, 13)), "1", "2"]}, "2025-05-21", "stale_proven"),
    "a year and a month in Latin letters": Row({"sal": ["1404"] * 3, "mah": ["6", "7", "8"]}, "2025-11-21", "fresh"),
    "births in Latin letters": Row({"tarikh_tavalod": OLD}, None, "claimed_fresh"),
    "a year and a season": Row({"سال": ["1404"] * 2, "فصل": ["بهار", "3"]}, "2025-12-01", "fresh"),
    "a year and a month that is none": Row({"سال": ["1404"] * 3, "ماه": ["الف", "ب", "پ"]}, "2025-12-01", "fresh"),
    "a year and a number of months": Row({"سال": ["1404"] * 3, "تعداد ماه": ["1", "2", "3"]}, "2025-12-01", "fresh"),
    "the year that prices are told in": Row({"سال پایه": ["1395"] * 9}, None, "claimed_fresh"),
    "the founding in two columns": Row({"سال تأسیس": ["1390"] * 3, "ماه": ["1", "2", "3"]}, None, "claimed_fresh"),
    # what was not read may be newer, and proves nothing stale
    "spans below days": Row({"تاریخ": [*OLD[:40], *["1404/08/01 تا 1404/08/30"] * 5]}, UNREAD, "claimed_fresh"),
    "days in words below days": Row({"تاریخ": [*OLD[:40], *["پانزدهم آبان ۱۴۰۴"] * 5]}, UNREAD, "claimed_fresh"),
    "a spreadsheet's numbers below days": Row({"تاریخ": [*OLD[:40], *["45980"] * 5]}, UNREAD, "claimed_fresh"),
    "two readings below days": Row({"تاریخ": [*OLD, "15/08/04"]}, "2023-09-19", "claimed_fresh"),
    "the new ones have two readings": Row({"تاریخ": [*OLD, "04/08/15"]}, "2025-11-06", "claimed_fresh"),
    "days that are none": Row({"تاریخ": [*OLD, "1402/13/01", "0000/00/00", "نامشخص"]}, "2023-09-19", "stale_proven"),
    "a column that is read in part": Row({"تاریخ": OLD[:10], "پاسخ": [*jalali(7), *["در دست"] * 3]}, "2023-08-28", "claimed_fresh"),
    # a typing error between rows that are read hides nothing
    "one letter for a digit": Row({"تاریخ": [*OLD[:50], "14O2/03/03", *OLD]}, "2023-09-19", "stale_proven"),
    "one digit too many": Row({"تاریخ": [*OLD[:50], "14002/03/03", *OLD]}, "2023-09-19", "stale_proven"),
    "one day far ahead": Row({"تاریخ": [*OLD[:50], "1492/03/03", *OLD]}, "2023-09-19", "stale_proven"),
    "one day ahead of thirty": Row({"تاریخ": [*jalali(29), "1492/03/03"]}, "2025-11-15", "fresh"),
    "one day ahead of thirty old ones": Row({"تاریخ": [*OLD[:29], "1492/03/03"]}, "2023-09-15", "claimed_fresh"),
    "one year ahead of twenty": Row({"سال": [str(year) for year in range(1386, 1406)]}, None, "inconclusive_forecast"),
    "one letter for a digit in fifty": Row({"تاریخ": [*OLD[:25], "14O2/03/03", *OLD[:25]]}, UNREAD, "claimed_fresh"),
    "one letter for a digit in the last row": Row({"تاریخ": [*OLD, *OLD, "14O4/08/03"]}, "2023-09-19", "claimed_fresh"),
    "one letter for a digit in the first row": Row({"تاریخ": ["14O4/08/03", *OLD, *OLD]}, "2023-09-19", "claimed_fresh"),
    "one cell that names a later year": Row({"تاریخ": [*OLD, "گویا در 1404 و شاید زودتر", *OLD]}, "2023-09-19", "claimed_fresh"),
    # what heads the table
    "a year a column": Row({"سال ثبت": ["1395"] * 9, "1403": ["1"] * 9, "1404": ["2"] * 9}, "2017-03-20", "claimed_fresh"),
    "a month a column": Row({"تاریخ": OLD, "مهر 1404": ["1"] * 100}, "2023-09-19", "claimed_fresh"),
    "a year a column, none of them later": Row({"تاریخ": OLD, "1401": ["1"] * 100, "1402": ["2"] * 100}, "2023-09-19", "stale_proven"),
    "a year a column, told by whoever printed it": Row({"تاریخ": OLD, "استخراج در 1404": ["1"] * 100}, "2023-09-19", "stale_proven"),
    "a target a column": Row({"تاریخ": OLD, "1410": ["1"] * 100}, "2023-09-19", "stale_proven"),
    # two calendars
    "5 of 100 have two readings": Row({"تاریخ": [*jalali(95), *["99/05/14"] * 5]}, NEWEST, "fresh"),
    "6 of 100 have two readings": Row({"تاریخ": [*jalali(94), *["99/05/14"] * 6]}, None, "inconclusive_calendar"),
    "years that may be lunar": Row({"تاریخ": [f"1446/{n % 9 + 1:02}/10" for n in range(40)]}, None, "inconclusive_calendar"),
    "weekdays that do not fit": Row({"تاریخ": ["دوشنبه 1 مهر 1404"] * 20}, None, "inconclusive_calendar"),
    "weekdays that fit": Row({"تاریخ": ["سه‌شنبه 1 مهر 1404"] * 20}, "2025-09-23", "claimed_fresh"),
    # day or month first, as the column's own cells settle it
    "day first": Row({"date": ["03/11/2025", "25/10/2025"] * 6}, "2025-11-03", "fresh"),
    "month first": Row({"date": ["11/03/2025", "10/25/2025"] * 6}, "2025-11-03", "fresh"),
    # the newest of all event columns
    "two columns of events": Row({"تاریخ درخواست": OLD, "تاریخ پاسخ": jalali(100)}, NEWEST, "fresh"),
    "old rows": Row({"تاریخ": OLD}, "2023-09-19", "stale_proven"),
}  # fmt: skip


def table(columns: dict[str, list[str]]) -> str:
    count = max(map(len, columns.values()))
    columns = {heading: filled(cells, "", count) for heading, cells in columns.items()}
    lines = [",".join(["نام", *columns])]
    lines += [",".join([f"ردیف الف{n}", *(cells[n] for cells in columns.values())]) for n in range(count)]
    return "\n".join(lines) + "\n"


def test_cells_that_were_left_out_are_counted(seen: Any) -> None:
    row = Row({"تاریخ": [*OLD, "14O2/03/03", "نامشخص", "1492/03/03", *OLD]}, "2023-09-19", "stale_proven")
    assert judged(seen, row).observed["cells_left_out"] == 3


def judged(seen: Any, row: Row) -> Any:
    seen.twice(URL, table(row.columns), headers=CSV, purpose="dataset")
    seen.datasets = (
        Dataset("portal", "d1", "داده‌ها", URL, period=parse_period("monthly"), modified=MODIFIED),
    )
    return seen.of("datasets.freshness", checks=checks_called("datasets."))["d1"]


@pytest.mark.parametrize("name", ROWS)
def test_a_column_is_read_as_a_person_reads_it(seen: Any, name: str) -> None:
    row = ROWS[name]
    finding = judged(seen, row)
    assert (finding.observed["dates"]["data"], finding.reason) == (row.data, row.reason), finding.observed


def test_columns_that_do_not_count_are_named(seen: Any) -> None:
    finding = judged(
        seen, Row({"تاریخ تولد": OLD, "سررسید": jalali(100), "تاریخ ثبت": jalali(100)}, None, "")
    )
    assert finding.observed["not_counted"] == ["تاریخ تولد"]
    assert finding.observed["ahead"] == ["سررسید"]
    assert finding.observed["column"] == "تاریخ ثبت"
