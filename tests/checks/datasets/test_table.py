"""What is tidy and what is not; which columns say when things happened. Each row a small table."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest

from checks.datasets.files.cells import is_number
from checks.datasets.files.columns import Column, says_date, says_other, summed
from checks.datasets.files.read import read
from checks.datasets.files.sniff import Hints
from checks.datasets.files.table import Table

AS_OF = dt.date(2025, 12, 1)
HEAD = "استان,جمعیت,سهم"
BODY = "\n".join(f"استان {n},{n * 1000},{n / 7:.2f}" for n in range(1, 9))


def profile(text: str) -> Table:
    content = read(text.encode(), Hints(table=True), AS_OF)
    assert content.table is not None, content
    return content.table


# name: (text, flags, rows)
LAYOUTS: dict[str, tuple[str, set[str], int]] = {
    "tidy": (f"{HEAD}\n{BODY}\n", set(), 8),
    "blank lines at the end": (f"{HEAD}\n{BODY}\n\n\n,,\n", set(), 8),
    "quoted line ends": (f'{HEAD}\n"استان\nیک",5,1\n{BODY}\n', set(), 9),
    "a comma at the end of each row": ("\n".join(f"{line}," for line in f"{HEAD}\n{BODY}".splitlines()), set(), 8),
    "years as headings": ("شاخص,1398,1399,1400,1401\nالف,12,15,18,22\nب,3,4,5,6\nپ,7,8,9,10\n", set(), 3),
    "Persian years as headings": ("شاخص,۱۳۹۸,۱۳۹۹,۱۴۰۰\nالف,۱۲,۱۵,۱۸\nب,۳,۴,۵\nپ,۷,۸,۹\n", set(), 3),
    "text alone": ("نام,شهر\nالف,تهران\nب,یزد\nپ,قم\n", set(), 3),
    "codes first": ("id,name,phone\n1,a,021-88\n2,b,021-89\n3,c,021-90\n", set(), 3),
    "one column": ("code\n12\n13\n14\n", set(), 3),
    "one column, commas in some cells": ("نام\nوزارت تعاون، کار و رفاه\nوزارت کشور\nوزارت علوم، تحقیقات، فناوری\nوزارت نیرو\n", set(), 4),
    "thousands": ('نام,مبلغ\nالف,"1,234,567"\nب,"2,345"\nپ,"12"\n', set(), 3),
    "gaps in the rows": ("a,b,c\n1,,3\n,2,3\n1,2,\n4,5,6\n", set(), 4),
    "a row of no data": ("a,b,c\n1,2,3\n", set(), 1),
    "a title above": (f"گزارش سالانه\n{HEAD}\n{BODY}\n", {"preamble", "ragged_rows"} - {"ragged_rows"}, 8),
    "a title and a blank line": (f"گزارش سالانه,,\n,,\n{HEAD}\n{BODY}\n", {"preamble"}, 8),
    "two rows of heading": ("استان,جمعیت,,سهم,\n,مرد,زن,مرد,زن\nالف,1,2,3,4\nب,5,6,7,8\nپ,9,10,11,12\n", {"multi_row_header"}, 3),
    "years and words": ("سال,رئیس\n" + "".join(f"{1404 - n},آقای الف{n}\n" for n in range(9)), set(), 9),
    "a year, a month, words": ("سال,ماه,وضع\n" + "".join(f"1404,{m},خوب\n" for m in ("مهر", "آبان", "آذر", "دی", "بهمن")), set(), 5),
    "a first row without its number": ("استان,تولید,یادداشت\nالف,ندارد,خ\nب,5,خ\nپ,6,خ\nت,7,خ\n", set(), 4),
    "days as headings": ("کالا,1404/08/01,1404/08/02\nالف,1,2\nب,3,4\nپ,5,6\n", set(), 3),
    "marks under the heading": ("استان,سهم,نرخ\n,%,٪\nالف,1,2\nب,5,6\nپ,9,10\n", {"multi_row_header"}, 3),
    "units under the heading": ("استان,جمعیت,سهم\n,نفر,درصد\nالف,1,2\nب,5,6\nپ,9,10\n", {"multi_row_header"}, 3),
    "no heading": (f"{BODY}\n", {"no_header"}, 8),
    "no heading, dates": ("2025-01-01,5\n2025-01-02,6\n2025-01-03,7\n", {"no_header"}, 3),
    "a total": (f"{HEAD}\n{BODY}\nجمع کل,36000,5\n", {"total_rows"}, 9),
    "a total in English": ("city,count\na,1\nb,2\nTotal,3\n", {"total_rows"}, 3),
    "a sum in the second column": ("no,city,count\n1,a,1\n2,b,2\n,جمع,3\n", {"total_rows"}, 3),
    "a society is no sum": ("نام,تعداد\nجمعیت هلال احمر,5\nمجموعه ورزشی,6\nالف,7\n", set(), 3),
    "two tables": (f"{HEAD}\n{BODY}\n\nشهر,تعداد,رتبه\nتهران,5,1\nقم,6,2\n", {"several_tables"}, 11),
    "one short row of many": (f"{HEAD}\n" + f"{BODY}\n" * 20 + "استان,5\n", set(), 161),
    "a last column that few rows fill": (
        f"{HEAD},یادداشت\n" + "".join(f"{line},{'' if n % 3 else 'خ'}\n" for n, line in enumerate(f"{BODY}\n{BODY}".splitlines())), set(), 16),
    "a heading with one name too many": (f"{HEAD},یادداشت\n{BODY}\n", set(), 8),
    "some short rows": (f"{HEAD}\n" + f"{BODY}\n" * 10 + "استان,5\n" * 2, {"ragged_rows"}, 82),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
def test_what_is_untidy_is_told(name: str) -> None:
    text, flags, rows = LAYOUTS[name]
    table = profile(text)
    assert (set(table.flags), table.rows) == (flags, rows)


NUMBERS = "12|-3|+5|1,234|1,234,567.8|۱۲۳|۱۲٫۵|٣|12%|(5)|1.5e10|0.5|.5|1٬234"
WORDS = "|-|a1|12 نفر|1403/02/01|021-88|1,23,4|--|12.5.6|n/a"


_ROWS = [["شهر", "تاریخ", "تعداد"], ["تهران بزرگ، شمال", "1402/01/05", "12"], ["یزد", "1402/02/07", "15"], ["قم", "1402/03/01", "9"]]  # fmt: skip


def _written(mark: str, quote: str, quoting: int) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=mark, quotechar=quote, quoting=quoting, lineterminator="\n").writerows(_ROWS)  # type: ignore[arg-type]
    return out.getvalue()


# An apostrophe around one field of twelve may as well be a letter.
SOME, ALL = csv.QUOTE_MINIMAL, csv.QUOTE_ALL
WRITTEN = [
    (",", '"', SOME), (" ", '"', SOME), (" ", '"', ALL), (",", "'", SOME), (",", "'", ALL), (" ", "'", ALL), (";", "'", ALL), ("\t", "'", ALL)
]  # fmt: skip


@pytest.mark.parametrize(("mark", "quote", "quoting"), WRITTEN)
def test_separators_and_quotes(mark: str, quote: str, quoting: int) -> None:
    """A space between fields, an apostrophe around them, and both."""
    table = profile(_written(mark, quote, quoting))
    assert (table.columns, table.rows, table.heading) == (3, 3, tuple(_ROWS[0]))
    assert table.sample == tuple(map(tuple, _ROWS[1:]))
    assert table.dates.newest == dt.date(2023, 5, 22)
    assert table.fingerprint == profile(_written(",", '"', csv.QUOTE_ALL)).fingerprint


@pytest.mark.parametrize(
    "text",
    [
        "این یک متن است\nکه هر سطر آن\nچهار واژه دارد همین\n",
        "rock 'n' roll,5\nguns 'n' roses,6\n'80s,7\n",
        "متن 1402 دارد\nو 1403\nپایان کار 1404\n",
    ],
)
def test_words_and_apostrophes_of_a_text_are_no_marks(text: str) -> None:
    content = read(text.encode(), Hints(table=True), AS_OF)
    assert content.delimiter in ("", ",")
    if content.delimiter == ",":
        assert content.table is not None
        assert [row[0] for row in content.table.sample] == ["rock 'n' roll", "guns 'n' roses", "'80s"]


FIRST = "شهر,تاریخ,تعداد\nتهران,1402/01/05,12\nیزد,1402/02/07,15\n"
# text: (tables, newest day, latest possible day)
STACKED = {
    FIRST: (1, "2023-04-27", "2023-04-27"),
    f"{FIRST}\nقم,1404/02/01,3\n": (1, "2025-04-21", "2025-04-21"),
    f"{FIRST}\nاستان,نوع,روز\nقم,الف,1404/03/01\nقم,ب,1404/05/01\n": (2, "2025-07-23", "2025-07-23"),
    f"{FIRST}\nاستان,روز,شمار,نوع\nقم,1404/03/01,9,ا\nقم,1404/05/01,9,ا\n": (2, "2025-07-23", "2025-07-23"),
    f"{FIRST}\nجدول دوم,,\nشهر,تعداد,تاریخ\nقم,9,1404/03/01\nقم,3,1404/05/01\n": (
        2,
        "2025-07-23",
        "2025-07-23",
    ),
    f"{FIRST}\nجدول دوم در 1404,,\nشهر,تعداد,مبلغ\nقم,9,3\nقم,3,4\n": (2, "2023-04-27", "2025-12-01"),
    f"{FIRST}\nشهر,سال,تعداد\nقم,1403,1\n\nشهر,فصل,تعداد\nقم,پاییز 1402,1\n": (3, "2025-03-20", "2025-03-20"),
    f"{FIRST}\nشهر,تاریخ انقضا,تعداد\nقم,1403/01/05,1\nیزد,1403/02/05,2\n": (2, "2023-04-27", "2024-04-24"),
}


@pytest.mark.parametrize("text", STACKED)
def test_tables_one_below_the_other_are_read_each_under_its_heading(text: str) -> None:
    content = read(text.encode(), Hints(table=True), AS_OF)
    assert content.table is not None
    dates = content.table.dates
    found = [day.isoformat() if day else None for day in (dates.newest, dates.reach)]
    assert (content.table.tables, *found) == STACKED[text]
    assert ("several_tables" in content.table.flags) == (content.table.tables > 1)


@pytest.mark.parametrize("cell", NUMBERS.split("|"))
def test_numbers(cell: str) -> None:
    assert is_number(cell)


@pytest.mark.parametrize("cell", WORDS.split("|"))
def test_what_is_no_number(cell: str) -> None:
    assert not is_number(cell)


# heading: (cells, newest day or None)
COLUMNS: dict[str, tuple[str, list[str], str | None]] = {
    "days": ("تاریخ", ["1404/01/01", "1404/05/10", "1404/02/01"], "2025-08-01"),
    "without a heading": ("", ["1404/01/01", "1404/05/10"], "2025-08-01"),
    "under any heading": ("x", ["1404/01/01", "1404/05/10"], "2025-08-01"),
    "digits under a date's heading": ("تاریخ ثبت", ["14040101", "14040510"], "2025-08-01"),
    "digits under another": ("شماره پرونده", ["14040101", "14040510"], None),
    "years under a date's heading": ("سال", ["1401", "1402", "1403"], "2025-03-20"),
    "years of a hall": ("سالن", ["1401", "1402", "1403"], None),
    "years under another": ("تعداد", ["1401", "1402", "1403"], None),
    "years, camel case": ("reportYear", ["2022", "2023"], "2023-12-31"),
    "years, underscore": ("report_year", ["2022", "2023"], "2023-12-31"),
    "an epoch": ("timestamp", ["1700000000", "1705312800"], "2024-01-15"),
    "an epoch under another": ("phone", ["1700000000", "1705312800"], None),
    "four of five": ("تاریخ", ["1404/01/01"] * 8 + ["نامشخص"] * 2, "2025-03-21"),
    "less than four of five": ("تاریخ", ["1404/01/01"] * 7 + ["نامشخص"] * 3, None),
    "births": ("تاریخ تولد", ["1370/01/01"], None),
    "births in English": ("birthDate", ["1991-01-01"], None),
    "expiry": ("تاریخ انقضا", ["1403/01/01"], None),
    "due": ("Due date", ["2025-01-01"], None),
    "product is not due": ("Product update", ["2025-01-01"], "2025-01-01"),
    "founding": ("سال تأسیس", ["1350", "1360"], None),
    "taken out": ("تاریخ استخراج", ["1404/09/10"] * 3, None),
    "ahead": ("تاریخ", ["1404/01/01"] * 9 + ["1405/01/01"], None),
    "one mistake among many": ("تاریخ", ["1404/01/01"] * 99 + ["1490/01/01"], "2025-03-21"),
    "the running year": ("سال", ["1402", "1403", "1404"], "2025-12-01"),
    "the running month": ("ماه", ["1404/08", "1404/09"], "2025-12-01"),
    "day first": ("date", ["05/03/2025", "25/03/2025", "07/04/2025"], "2025-04-07"),
    "month first": ("date", ["03/05/2025", "03/25/2025", "04/07/2025"], "2025-04-07"),
    "either": ("date", ["01/02/2025", "01/03/2025"], "2025-03-01"),
    "academic years": ("سال تحصیلی", ["1401-02", "1402-03"], "2025-03-20"),
    "months of a year": ("دوره", ["1402-02", "1402-03"], "2023-06-21"),
    "seasons": ("فصل", ["بهار 1404", "تابستان 1404"], "2025-09-22"),
    "addresses": ("ip", ["10.20.30.40", "192.168.1.1"], None),
    "decimals": ("rate", ["1403.5", "1402.25", "1399.75"], None),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_the_newest_day_of_a_column(name: str) -> None:
    heading, cells, newest = COLUMNS[name]
    column = Column(heading, AS_OF)
    for cell in cells:
        column.add(cell)
    found = summed([column]).newest
    assert (found.isoformat() if found else None) == newest


def test_headings_that_speak_of_dates() -> None:
    for heading in (
        "تاریخ",
        "تاریخ ثبت",
        "سال",
        "سال‌های",
        "Date",
        "created_at",
        "lastUpdated",
        "<DTYYYYMMDD>",
        "Report Period",
        "دوره",
    ):
        assert says_date(heading), heading
    for heading in ("سالن", "سالمندان", "update count of dates0", "مدیریت", "yearling", "candidate", "ماهی"):
        assert not says_date(heading), heading
    for heading in ("سال میلادی", "تاریخ میلادی"):  # the Arabic name of a birthday stands in it
        assert says_date(heading) and not says_other(heading), heading
