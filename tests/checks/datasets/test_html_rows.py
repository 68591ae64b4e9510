"""Tables of HTML that were saved as workbooks: read as their rows, in whatever shape exporters write them."""

from __future__ import annotations

import datetime as dt
import itertools
import tomllib
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from checks.datasets.files import html_rows
from checks.datasets.files.html_rows import sheets_of_page
from checks.datasets.files.packages import TooMuch
from checks.datasets.files.read import Content, read
from checks.datasets.files.sniff import Hints
from checks.datasets.files.table import MAX_WIDTH
from checks.datasets.sandbox import examine
from checks.datasets.worth import worth
from claims.model import Dataset
from tests.checks.datasets.test_bombs import zipped
from tests.depth import tries

DATA = Path(__file__).parent / "data/pages"
TRUTH: dict[str, dict[str, Any]] = tomllib.loads((DATA / "pages.toml").read_text(encoding="utf-8"))
AS_OF = dt.date(2025, 12, 1)
SHEET = Hints("application/vnd.ms-excel", sheet=True)
CLAIM = Dataset("a", "d", title="x", url="http://a.test/x.xls")


def page(name: str) -> bytes:
    return (DATA / f"{name}.xls").read_bytes()


def rows(text: str) -> list[list[list[str]]]:
    return [list(sheet.rows) for sheet in sheets_of_page(text).sheets]


@pytest.mark.parametrize("name", TRUTH)
def test_what_exporters_write_is_read_as_its_rows(name: str) -> None:
    content, truth = read(page(name), SHEET, AS_OF), TRUTH[name]
    assert (content.kind, content.fault, content.detail) == ("html", None, truth.get("detail", ""))
    assert list(content.notes) == truth.get("notes", [])
    if "rows" not in truth:
        assert content.table is None
        return
    table = content.table
    assert table is not None and content.member == truth.get("name")
    assert (table.rows, list(table.heading)) == (truth["rows"], truth["heading"])
    assert table.dates.newest == truth.get("newest")
    assert list(table.flags) == truth.get("flags", [])
    assert list(table.sample[-1:]) == ([tuple(truth["last"])] if "last" in truth else [])


def test_every_page_has_its_expectation() -> None:
    assert {path.stem for path in DATA.glob("*.xls")} == TRUTH.keys()


@pytest.mark.parametrize("name", ["gridview", "datatables", "crystal"])
@pytest.mark.parametrize("codec", ["utf-8-sig", "cp1256", "utf-16"])
def test_in_every_character_set_the_rows_are_the_same(name: str, codec: str) -> None:
    text = page(name).decode().replace("ی", "ي").translate(str.maketrans("۰۱۲۳۴۵۶۷۸۹٬", "0123456789,"))
    one, other = (read(text.encode(codec), SHEET, AS_OF).table for codec in ("utf-8", codec))
    assert one is not None and other is not None
    assert (one.fingerprint, one.sample, one.dates) == (other.fingerprint, other.sample, other.dates)


def test_saved_as_text_or_as_page_the_content_is_the_same() -> None:
    text = "موزه,ماه,بازدیدکننده\nایران باستان,تیر ۱۴۰۴,10214\nایران باستان,مرداد ۱۴۰۴,9870\nفرش,تیر ۱۴۰۴,2311\nفرش,مرداد ۱۴۰۴,2405\n"
    as_text, as_page = read(text.encode(), Hints(table=True), AS_OF), read(page("datatables"), SHEET, AS_OF)
    assert as_text.table is not None and as_page.table is not None
    assert as_text.table.fingerprint == as_page.table.fingerprint


def test_a_page_that_nobody_calls_a_file_is_not_read() -> None:
    assert read(page("gridview"), Hints("text/html"), AS_OF).table is None


HEAD = "<tr><th>a</th><th>b</th><th>c</th></tr>"
SHAPES: dict[str, tuple[str, list[list[list[str]]]]] = {
    "cells over columns": (f"<table>{HEAD}<tr><td colspan=2>1<td>2<tr><td>3<td>4<td>5</table>", [[["a", "b", "c"], ["1", "", "2"], ["3", "4", "5"]]]),
    "cells over rows": (f"<table>{HEAD}<tr><td rowspan=2>1<td>2<td>3<tr><td>4<td>5</table>", [[["a", "b", "c"], ["1", "2", "3"], ["", "4", "5"]]]),
    "a cell over both": (f"<table>{HEAD}<tr><td rowspan=2 colspan=2>1<td>2<tr><td>3</table>", [[["a", "b", "c"], ["1", "", "2"], ["", "", "3"]]]),
    "a cell over all that follows": (f"<table>{HEAD}<tr><td rowspan=0>1<td>2<td>3<tr><td>4<td>5<tr><td>6<td>7</table>", [[["a", "b", "c"], ["1", "2", "3"], ["", "4", "5"], ["", "6", "7"]]]),
    "spans that are none": (f"<table>{HEAD}<tr><td colspan=x>1<td colspan=0>2<td rowspan=-3>3</table>", [[["a", "b", "c"], ["1", "2", "3"]]]),
    "a hidden column": ("<table><tr><th>a<th style='Display : none'>id<th>b<tr><td>1<td hidden>7<td>2</table>", [[["a", "b"], ["1", "2"]]]),
    "a hidden row without an end": ("<table><tr><th>a<th>b<tr style='display:none'><td>0<td>0<tr><td>1<td>2</table>", [[["a", "b"], ["1", "2"]]]),
    "a hidden part of a table": ("<table><thead><tr><th>a<th>b<tbody hidden><tr><td>0<td>0<tbody><tr><td>1<td>2</table>", [[["a", "b"], ["1", "2"]]]),
    "a hidden table": (f"<table hidden>{HEAD}<tr><td>1<td>2<td>3</table>", []),
    "in a hidden box": (f"<div style='visibility:hidden'><table>{HEAD}<tr><td>1<td>2<td>3</table></div>", []),
    "lines in a cell": ("<table><tr><th>a<th>b<tr><td>x<br>y<td><p>1</p><p>2</p>3</table>", [[["a", "b"], ["x y", "1 2 3"]]]),
    "marks of letters in a word": ("<table><tr><th>a<th>b<tr><td>س<b>ل</b>ام<td>&#1777;&zwnj;&amp;</table>", [[["a", "b"], ["سلام", "۱‌&"]]]),
    "a table in a cell": ("<table><tr><th>a<th>b<tr><td>1<td>2<table><tr><th>c<th>d<th>e<tr><td>5<td>6<td>7</table>3<tr><td>8<td>9</table>", [[["a", "b"], ["1", "23"], ["8", "9"]], [["c", "d", "e"], ["5", "6", "7"]]]),
    "the heading again on each page": (f"<table>{HEAD}<tr><td>1<td>2<td>3{HEAD}<tr><td>4<td>5<td>6</table>", [[["a", "b", "c"], ["1", "2", "3"], ["4", "5", "6"]]]),
    "a foot before the body": ("<table><thead><tr><th>a<th>b<tfoot><tr><td>sum<td>3<tbody><tr><td>x<td>3</table>", [[["a", "b"], ["x", "3"], ["sum", "3"]]]),
    "rows without a row": ("<table><td>a<td>b<tr><td>1<td>2</table>", [[["a", "b"], ["1", "2"]]]),
    "one column under a heading": ("<table><tr><th>نام<tr><td>الف<tr><td>ب</table>", [[["نام"], ["الف"], ["ب"]]]),
    "one column of a frame": ("<table><tr><td>به درگاه خوش آمدید<tr><td>پیوندها<tr><td>تماس</table>", []),
    "words beside and no table": ("<p>a</p><td>b</td>", []),
    "comments that hold tables": ("<!-- <table><tr><td>0<td>0<tr><td>0<td>0</table> --><table><tr><td>a<td>b<tr><td>1<td>2</table>", [[["a", "b"], ["1", "2"]]]),
    "scripts that write tables": ("<script>'<table><tr><td>0<td>0</table>'</script><table><tr><td>a<td>b<tr><td>1<td>2</table>", [[["a", "b"], ["1", "2"]]]),
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_cells_stand_where_a_reader_sees_them(name: str) -> None:
    text, expected = SHAPES[name]
    assert rows(text) == expected


BOX = "<table><tr><td>تاریخ<td>1404/09/10<tr><td>تهیه‌کننده<td>دفتر آمار</table>"


def test_a_box_over_the_table_is_no_data_and_its_words_are_kept() -> None:
    book = sheets_of_page(f"<h2>آمار ۱۴۰۴</h2>{BOX}<table>{HEAD}" + "<tr><td>1<td>2<td>3" * 3 + "</table>")
    assert len(book.sheets) == 1
    assert book.beside == ("آمار ۱۴۰۴", "تاریخ 1404/09/10", "تهیه‌کننده دفتر آمار")


def test_a_small_table_alone_is_the_data() -> None:
    assert len(rows(BOX)) == 1


def test_in_an_archive_it_is_the_same_table_and_a_page_is_a_document() -> None:
    found = read(zipped({"گزارش.xls": page("gridview")}), Hints(), AS_OF)
    assert (found.kind, found.package, found.table is not None and found.table.rows) == ("html", "zip", 4)
    assert worth(found, CLAIM).reason == "wrong_format"
    found = read(zipped({"readme.html": "<html><body><table><tr><td>1<td>2</table>"}), Hints(), AS_OF)
    assert (found.kind, found.table, worth(found, CLAIM).reason) == ("html", None, "document_only")


@pytest.mark.processes
def test_the_child_reads_it_and_says_the_same() -> None:
    assert examine(page("gridview"), SHEET, AS_OF) == read(page("gridview"), SHEET, AS_OF)


BEGINNINGS = {
    "none": "",
    "blanks": " " * 60_000,
    "a warning": "Warning: no such column in export.php on line 3\n",
}


@pytest.mark.processes
@pytest.mark.parametrize("codec", ["utf-8", "utf-16"])
@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_no_parent_builds_the_tree_of_a_table(
    monkeypatch: pytest.MonkeyPatch, beginning: str, codec: str
) -> None:
    monkeypatch.setattr(html_rows, "sheets_of_page", None)  # here, and not in the child
    text = BEGINNINGS[beginning] + page("datatables").decode()
    content = examine(text.encode(codec), SHEET, AS_OF)
    assert content.table is not None and content.table.rows == 4


HOSTILE: dict[str, tuple[str, str]] = {
    "too many elements": ("<table>" + "<tr><td>1<td>2" * (html_rows.MAX_ELEMENTS // 3 + 1), "elements"),
    "tables in tables without end": ("<table><tr><td>" * 101 + "</table>", "depth"),
    "more columns than any sheet": ("<table><tr>" + "<td colspan=1000>1" * 17, "columns"),
    "cells that reach over millions": ("<table><tr>" + "<td rowspan=65534 colspan=1000>1" * 16 + "<tr><td>2" * 400, "cells"),
    "a cell without end": ("<table><tr><td>" + "x" * 1_000_001, "field"),
    "a cell of pieces without end": ("<table><tr><td>" + ("x" * 999 + "<b>") * 1_010, "field"),
    "more than a workbook may be": (" " * (13 << 20), "sheet_size"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_what_wears_a_reader_down_is_a_limit_of_ours(name: str) -> None:
    text, detail = HOSTILE[name]
    with pytest.raises(TooMuch, match=detail):
        sheets_of_page(text)
    content = read(b"<html>" + text.encode(), SHEET, AS_OF)
    assert (content.kind, content.fault, content.detail) == ("html", "limit", detail)


SLOW = {
    "marks that are never closed": "<table><tr><td>1" + "<!--" * 50_000,
    "declarations that are never closed": "<table><tr><td>1" + "<![CDATA[" * 30_000,
    "instructions": "<table><tr><td>1" + "<?" * 50_000,
    "scripts that are never closed": "<table><tr><td>1" + "<script>" * 20_000,
    "ends of scripts": "<script>" + "</script " * 20_000,
    "elements in elements": "<div>" * 30_000 + "<table><tr><td>1<td>2<tr><td>3<td>4",
    "cells in cells": "<table>" + "<tr><td>1<td>2" * 10_000,
    "ends without beginnings": "<table><tr><td>1" + "</div>" * 30_000,
    "tags that are never closed": "<table><tr><td>1" + "<a " * 50_000,
    "attributes": "<table><tr><td " + "a=1 " * 50_000 + ">1<td>2",
    "entities": "<table><tr><td>" + "&#1;&zz;&" * 20_000 + "<td>2",
    "rows that reach over rows": "<table>" + ("<tr>" + "<td rowspan=9999>1" * 3) * 1_000,
    "empty rows": "<table>" + "<tr>" * 60_000,
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", SLOW)
def test_no_shape_costs_more_than_its_size(name: str) -> None:
    read(b"<html>" + SLOW[name].encode(), SHEET, AS_OF)


WORDS = st.sampled_from(["الف", "۱۴۰۴/۰۹/۰۵", "12", "x y", "&amp;", "&nbsp;", ""])
OPENED = st.sampled_from(
    "<table>|<tr>|<td>|<th>|<td colspan=2>|<td rowspan=2>|<tbody>|<tfoot>|<b>|<div>|<p>|<br>|<span hidden>|<script>|<!--|<a href=x>|<caption>".split(
        "|"
    )
)
CLOSED = st.sampled_from(
    "</table>|</tr>|</td>|</th>|</tbody>|</b>|</div>|</span>|</script>|-->|</a>|>|<|</".split("|")
)


@settings(max_examples=tries(60, 3_000), deadline=None)
@given(st.lists(st.one_of(WORDS, OPENED, CLOSED), max_size=40))
def test_nothing_breaks_the_reader(parts: list[str]) -> None:
    content = read(("<table>" + "".join(parts)).encode(), SHEET, AS_OF)
    assert isinstance(content, Content) and content.fault is None


CELL = st.tuples(st.sampled_from(["td", "th"]), st.booleans(), st.booleans())


@settings(max_examples=tries(60, 3_000), deadline=None)
@given(st.lists(st.lists(CELL, min_size=2, max_size=5), min_size=2, max_size=6))
def test_another_reader_sees_the_same_cells(table: list[list[tuple[str, bool, bool]]]) -> None:
    """html5lib takes the standard's own steps. Ends are left out as exporters leave them out, and cells are blank."""
    number = itertools.count(1)
    text = "<table>" + "".join(
        "<tr>"
        + "".join(f"<{tag}>{next(number) if full else ''}{f'</{tag}>' * ended}" for tag, full, ended in row)
        for row in table
    )
    tree = BeautifulSoup(text, "html5lib")
    seen = [[cell.get_text() for cell in row.find_all(["td", "th"])] for row in tree.find_all("tr")]
    assume(sum(sum(map(bool, row)) > 1 for row in seen) > 1)
    worded = [[*row, *[""] * 5] for row in seen if any(row)]
    filled = [place for place in range(5) if any(row[place] for row in worded)]
    assert rows(text) == [[[row[place] for place in filled] for row in worded]]


def test_limits_are_what_the_documentation_says() -> None:
    assert (html_rows.MAX_ELEMENTS, html_rows.MAX_DEPTH, MAX_WIDTH) == (400_000, 100, 16_384)
