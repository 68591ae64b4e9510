"""Datasets made of several files, and datasets over several rounds."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.datasets.files.read import read
from checks.datasets.files.sniff import Hints
from checks.datasets.freshness_rules import OBSTACLES
from claims.model import Dataset
from claims.period import parse_period
from reports.catalogue import TextCatalogue
from tests.checks.selection import checks_called
from tests.depth import tries

URL = "http://portal.test/data/x"
AS_OF = dt.date(2025, 12, 1)
CSV = (("Content-Type", "text/csv; charset=utf-8"),)
HTML = (("Content-Type", "text/html; charset=utf-8"),)
OCTETS = (("Content-Type", "application/octet-stream"),)
TABLE = Hints(table=True)


def table(year: int) -> str:
    return "نام,تاریخ\n" + "".join(f"شهر {month},{year}/{month:02}/15\n" for month in range(1, 9))


def book(sheets: dict[str, list[list[Any]]]) -> bytes:
    workbook = openpyxl.Workbook()
    assert workbook.active is not None
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def zipped(members: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return out.getvalue()


def rows_of(year: int, more: int = 0) -> list[list[Any]]:
    return [["name", "date"], *([f"n{n}", f"{year}/{n % 9 + 1:02}/15"] for n in range(8 + more))]


# Old content is the larger part of each: the newest date must come from the rest.
PARTS: dict[str, bytes] = {
    "sheets": book({"1402": rows_of(1402, 9), "1404": rows_of(1404)}),
    "members": zipped({"1402.csv": table(1402) * 3, "1404.csv": table(1404)}),
    "lists by key": json.dumps({"1402": [{"d": "1402/01/01"}] * 9, "1404": [{"d": "1404/08/20"}]}).encode(),
}


@pytest.mark.parametrize("name", PARTS)
def test_the_newest_of_all_parts_counts(name: str) -> None:
    content = read(PARTS[name], Hints(), AS_OF)
    assert content.table is not None
    assert content.table.dates.newest is not None
    assert content.table.dates.newest >= dt.date(2025, 11, 1)


def _claim(seen: Any, **fields: Any) -> None:
    values = {"title": "داده‌ها", "period": parse_period("monthly"), **fields}
    seen.datasets = (Dataset("portal", "d1", url=URL, **values),)


def _page(seen: Any, links: str) -> None:
    seen.twice(
        URL,
        f"<html><title>داده</title><body><h1>داده</h1>{links}</body></html>",
        headers=HTML,
        purpose="dataset",
    )


def test_a_page_with_a_file_a_year_is_as_new_as_its_newest(seen: Any) -> None:
    _page(seen, '<a href="/f/1402.csv">1402</a> <a href="/f/1404.csv">1404</a>')
    seen.twice("http://portal.test/f/1402.csv", table(1402), headers=CSV)
    seen.twice("http://portal.test/f/1404.csv", table(1404), headers=CSV)
    _claim(seen)
    assert seen.of("datasets.freshness", checks=checks_called("datasets."))["d1"].reason == "fresh"


def test_files_that_were_not_fetched_may_be_the_new_ones(seen: Any) -> None:
    _page(seen, '<a href="/f/1402.csv">1402</a> <a href="/f/1404.csv">1404</a>')
    seen.twice("http://portal.test/f/1402.csv", table(1402), headers=CSV)
    _claim(seen)
    assert (
        seen.of("datasets.freshness", checks=checks_called("datasets."))["d1"].reason
        == "inconclusive_unconfirmed"
    )


DOCUMENT = b"%PDF-1.4 /Font %%EOF"
WITHOUT_DAYS = "نام,تعداد\n" + "".join(f"شهر {n},{n}\n" for n in range(8))
TWO_DIGITS = table(1404).replace("1404/", "04/")
BESIDE: dict[str, tuple[str, str | bytes]] = {
    "a format that we do not read": ("/f/more.rar", b"Rar!\x1a\x07\x01\x00" + bytes(500)),
    "a document of a later year": ("/f/1404.pdf", DOCUMENT),
    "a table of a later year without days": ("/f/1404.csv", WITHOUT_DAYS),
    "years of two digits": ("/f/more.csv", TWO_DIGITS),
}


@pytest.mark.parametrize("name", BESIDE)
def test_another_file_may_be_the_new_one(seen: Any, name: str) -> None:
    url, body = BESIDE[name]
    _page(seen, f'<a href="/f/1402.csv">۱۴۰۲</a> <a href="{url}">دریافت</a>')
    seen.twice("http://portal.test/f/1402.csv", table(1402), headers=CSV)
    seen.twice(f"http://portal.test{url}", body, headers=CSV if url.endswith("csv") else OCTETS)
    _claim(seen)
    assert (
        seen.of("datasets.freshness", checks=checks_called("datasets."))["d1"].reason
        == "inconclusive_unconfirmed"
    )


@pytest.mark.processes
def test_a_file_in_another_format_than_declared_may_be_the_new_one(seen: Any) -> None:
    _page(seen, '<a href="/f/a.csv">الف</a> <a href="/f/b.xlsx">ب</a>')
    seen.twice("http://portal.test/f/a.csv", table(1402), headers=CSV)
    seen.twice("http://portal.test/f/b.xlsx", book({"1": rows_of(1404)}), headers=OCTETS)
    _claim(seen, format="CSV")
    found = {f.check: f.reason for f in seen.judge(checks=checks_called("datasets."))}
    assert found == {"datasets.usability": "usable", "datasets.freshness": "fresh"}


def test_a_guide_beside_the_file_is_not_the_new_one(seen: Any) -> None:
    _page(seen, '<a href="/f/1402.csv">۱۴۰۲</a> <a href="/f/guide.pdf">راهنما</a>')
    seen.twice("http://portal.test/f/1402.csv", table(1402), headers=CSV)
    seen.twice("http://portal.test/f/guide.pdf", DOCUMENT, headers=OCTETS)
    _claim(seen)
    assert seen.of("datasets.freshness", checks=checks_called("datasets."))["d1"].reason == "stale_admitted"


WITHIN: dict[str, bytes] = {
    "a sheet of a later year": book({"1402": rows_of(1402), "1404": [["name", "count"], ["a", 1], ["b", 2]]}),
    "a line above the heading": book({"1": [["گزارش مهر ماه ۱۴۰۴"], [], *rows_of(1402)]}),
    "a document in the archive": zipped({"1402.csv": table(1402), "1404.pdf": "%PDF-1.4"}),
    "another table in the archive": zipped({"old.csv": table(1402), "new.ods": "x"}),
}


@pytest.mark.processes
@pytest.mark.parametrize("name", WITHIN)
def test_another_part_may_be_the_new_one(seen: Any, name: str) -> None:
    seen.twice(URL, WITHIN[name], headers=OCTETS, purpose="dataset")
    _claim(seen)
    finding = seen.of("datasets.freshness", checks=checks_called("datasets."))["d1"]
    assert (finding.reason, finding.observed["reach"]) == ("inconclusive_unconfirmed", "2025-12-01")


@pytest.mark.processes
def test_the_same_table_in_two_forms_is_one(seen: Any) -> None:
    body = zipped({"a.csv": table(1402), "a.ods": "x", "readme.txt": "x"})
    seen.twice(URL, body, headers=OCTETS, purpose="dataset")
    _claim(seen)
    assert seen.of("datasets.freshness", checks=checks_called("datasets."))["d1"].reason == "stale_admitted"


SHELL = "<html><title>داده باز</title><body><h1>داده باز</h1><a href='/f/all.csv'>همه</a>{}</body></html>"


@pytest.mark.parametrize(
    ("link", "reason"), [('<a href="/f/1404.csv">دریافت</a>', "usable"), ("", "not_attempted")]
)
def test_a_page_of_few_words_is_told_from_any_other_by_its_file(seen: Any, link: str, reason: str) -> None:
    seen.twice(URL, SHELL.format(link), headers=HTML, purpose="dataset")
    for at in (30, 130):
        seen.http(f"http://portal.test/data/r{at}", SHELL.format(""), headers=HTML, at=at, purpose="sibling")
    for name in ("all", "1404"):
        seen.twice(f"http://portal.test/f/{name}.csv", table(1404), headers=CSV)
    _claim(seen)
    assert seen.of("datasets.usability", checks=checks_called("datasets."))["d1"].reason == reason


def test_a_download_page_is_no_dead_end(seen: Any) -> None:
    _page(seen, '<a href="/more">دانلود فایل داده</a>')
    seen.twice("http://portal.test/more", "<html><body><h1>صفحه</h1><p>متن</p></body></html>", headers=HTML)
    _claim(seen, format="CSV")
    finding = seen.of("datasets.usability", checks=checks_called("datasets."))["d1"]
    assert (finding.verdict, finding.reason) == ("inconclusive", "not_attempted")


def test_one_page_for_two_datasets_tells_them_apart_by_title(seen: Any) -> None:
    _page(
        seen,
        '<a href="/f/1.csv">آمار بیمه‌شدگان</a> <a href="/f/2.pdf">آمار شعبه‌ها</a> <a href="/f/3.csv">دریافت</a>',
    )
    seen.twice("http://portal.test/f/1.csv", table(1404), headers=CSV)
    seen.twice("http://portal.test/f/2.pdf", b"%PDF-1.4", headers=OCTETS)
    seen.twice("http://portal.test/f/3.csv", table(1404), headers=CSV)
    titles = ("آمار بیمه‌شدگان", "آمار شعبه‌ها", "آمار دیگر")
    seen.datasets = tuple(Dataset("portal", f"d{n}", title, URL) for n, title in enumerate(titles, start=1))
    found = {
        key: f.reason for key, f in seen.of("datasets.usability", checks=checks_called("datasets.")).items()
    }
    assert found == {"d1": "usable", "d2": "document_only", "d3": "not_attempted"}


def test_a_title_within_another_is_not_the_other(seen: Any) -> None:
    _page(seen, '<a href="/f/1.csv">آمار تولید</a> <a href="/f/2.csv">آمار تولید گندم</a>')
    seen.twice("http://portal.test/f/1.csv", table(1402), headers=CSV)
    seen.twice("http://portal.test/f/2.csv", table(1404), headers=CSV)
    period = parse_period("monthly")
    titles = ("آمار تولید", "آمار تولید گندم")
    seen.datasets = tuple(
        Dataset("portal", f"d{n}", title, URL, period=period) for n, title in enumerate(titles, start=1)
    )
    found = {
        key: f.reason for key, f in seen.of("datasets.freshness", checks=checks_called("datasets.")).items()
    }
    assert found == {"d1": "stale_admitted", "d2": "fresh"}


def test_what_a_button_would_bring_was_not_seen(seen: Any) -> None:
    _page(seen, "<p>متن</p>" * 30 + "<a href=\"javascript:__doPostBack('x','')\">دانلود فایل</a>")
    _claim(seen, format="CSV")
    assert seen.of("datasets.usability", checks=checks_called("datasets."))["d1"].verdict == "inconclusive"


def test_a_feed_is_no_dataset(seen: Any) -> None:
    _page(seen, '<a href="/rss.xml">خبرخوان</a>')
    seen.twice(
        "http://portal.test/rss.xml", "<rss><channel><item><a>1</a></item></channel></rss>", headers=OCTETS
    )
    _claim(seen)
    assert seen.of("datasets.usability", checks=checks_called("datasets."))["d1"].verdict == "inconclusive"


def test_excel_s_first_line_is_no_row() -> None:
    content = read(b"sep=;\r\na;b\r\n1;2\r\n3;4\r\n", TABLE, AS_OF)
    assert content.table is not None
    assert (content.delimiter, content.table.columns, content.table.rows, content.table.flags) == (
        ";",
        2,
        2,
        (),
    )


# --- the fingerprint

BASE = [
    ["شهر", "تعداد", "تاریخ"],
    ["تهران", "12", "1404/01/15"],
    ["یزد", "7.5", "1404/02/15"],
    ["قم", "3", "1404/03/01"],
]


def _csv(rows: list[list[str]], mark: str = ",", end: str = "\n", quote: bool = False) -> str:
    return "".join(mark.join(f'"{c}"' if quote else c for c in row) + end for row in rows)


def _print(body: bytes) -> str:
    content = read(body, TABLE, AS_OF)
    assert content.table is not None
    return content.table.fingerprint


PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
RESAVED: dict[str, bytes] = {
    "CRLF": _csv(BASE, end="\r\n").encode(),
    "BOM": _csv(BASE).encode("utf-8-sig"),
    "quotes": _csv(BASE, quote=True).encode(),
    "semicolons": _csv(BASE, ";").encode(),
    "tabs": _csv(BASE, "\t").encode(),
    "windows-1256": _csv(BASE).replace("ی", "ي").encode("cp1256"),
    "UTF-16": _csv(BASE).encode("utf-16"),
    "another order": _csv([BASE[0], *reversed(BASE[1:])]).encode(),
    "Persian digits": _csv(BASE).translate(PERSIAN).encode(),
    "Arabic letters": _csv(BASE).replace("ی", "ي").encode(),
    "a workbook": book(
        {"s": [BASE[0], ["تهران", 12, "1404/01/15"], ["یزد", 7.5, "1404/02/15"], ["قم", 3, "1404/03/01"]]}
    ),
    "no last line end": _csv(BASE).strip().encode(),
}


NUMBERS = [["شهر", "مبلغ", "نرخ"], ["تهران", "1234567", "12.5"], ["قم", "-45600", "0.25"]]
LAID_OUT: dict[str, bytes] = {
    "commas": _csv([NUMBERS[0], ["تهران", "1,234,567", "12.50"], ["قم", "-45,600.0", "0.25"]], ";").encode(),
    "commas in quotes": _csv(
        [NUMBERS[0], ["تهران", "1,234,567", "12.5"], ["قم", "-45,600", "0.25"]], quote=True
    ).encode(),
    "as people read": _csv([NUMBERS[0], ["تهران", "۱٬۲۳۴٬۵۶۷", "۱۲٫۵"], ["قم", "-۴۵٬۶۰۰", "۰٫۲۵"]]).encode(),
    "a workbook": book({"s": [NUMBERS[0], ["تهران", 1234567, 12.5], ["قم", -45600, 0.25]]}),
}


@pytest.mark.parametrize("name", LAID_OUT)
def test_a_number_is_one_however_it_is_laid_out(name: str) -> None:
    assert _print(LAID_OUT[name]) == _print(_csv(NUMBERS).encode())


@pytest.mark.parametrize("cell", ["12,34567", "1,234,567,8", "1,2", "12,345.67.8", "1,234x", ",123"])
def test_what_is_no_number_keeps_its_marks(cell: str) -> None:
    one, other = ([["شهر", "مبلغ"], ["تهران", text], ["قم", "1"]] for text in (cell, cell.replace(",", "")))
    assert _print(_csv(one, ";").encode()) != _print(_csv(other, ";").encode())


@pytest.mark.parametrize("name", RESAVED)
def test_a_fingerprint_survives_a_saving(name: str) -> None:
    assert _print(RESAVED[name]) == _print(_csv(BASE).encode())


cells = st.text(alphabet="abcdefxyzابپتس", min_size=1, max_size=6)


@settings(max_examples=tries(20, 300), deadline=None)
@given(
    st.lists(st.tuples(cells, st.integers(10, 99).map(str)), min_size=2, max_size=8),
    st.data(),
)
def test_a_fingerprint_changes_with_one_cell_and_not_with_the_order(
    rows: list[tuple[str, str]], data: Any
) -> None:
    head = ["name", "count"]
    grid = [head, *(list(row) for row in rows)]
    base = _print(_csv(grid).encode())
    order = data.draw(st.permutations(grid[1:]))
    assert _print(_csv([head, *order], ";", "\r\n").encode()) == base
    number = data.draw(st.integers(1, len(rows)))
    column = data.draw(st.integers(0, 1))
    changed = [list(row) for row in grid]
    changed[number][column] += "1"
    assert _print(_csv(changed).encode()) != base


BODIES = (
    *PARTS.values(),
    *RESAVED.values(),
    b'{"a": [{"b": 1}, {"b": 2}]}',
    b"<r><a><b>1</b></a><a><b>2</b></a></r>",
    b"PAR1" + bytes(range(40)) + b"PAR1",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
)


@settings(max_examples=tries(50, 1000), deadline=None)
@given(
    st.sampled_from(BODIES),
    st.integers(0, 10_000),
    st.binary(max_size=8),
    st.integers(0, 10_000),
    st.booleans(),
)
def test_no_body_breaks_the_reader(body: bytes, place: int, put: bytes, cut: int, whole: bool) -> None:
    broken = bytearray(body)
    at = place % len(broken)
    broken[at : at + len(put)] = put
    read(bytes(broken[: cut if cut % 3 else None]), Hints(table=whole, whole=whole), AS_OF)


@pytest.mark.parametrize("language", ["fa", "en"])
def test_everything_that_is_said_has_a_text(language: Any) -> None:
    texts = TextCatalogue(language)
    reasons = (
        "usable spreadsheet_only untidy_table undeclared_encoding not_obtainable soft_404 document_only undecodable"
        " broken_table empty wrong_format blocked unreachable server_error limit own_error not_attempted static undeclared"
        " no_update_2y stale_admitted stale_proven fresh due overdue claimed_fresh touched_unchanged"
    ).split()
    for reason in (*reasons, *OBSTACLES):
        assert texts.text(f"reason.{reason}")
    for check in checks_called("datasets."):
        assert texts.text(f"check.{check.id}")
    weak = set(reasons) - {"usable", "fresh", "static", "claimed_fresh"}
    settled = weak - {"blocked", "unreachable", "server_error", "limit", "own_error", "not_attempted"}
    for reason in (*settled, "unsettled"):
        assert texts.text(f"effect.dataset_{reason}")
    for criterion in ("dataset_usable", "dataset_fresh", "dataset_touched"):
        assert texts.text(f"criterion.{criterion}")
