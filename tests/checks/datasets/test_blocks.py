"""Rows a thousand at a time give what rows one by one give: the same cells, the same fingerprint, the same counts."""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
from collections.abc import Iterator
from typing import Literal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from checks.datasets.files import separated
from checks.datasets.files.blocks import Block, of_rows, spelled
from checks.datasets.files.columns import Column
from checks.datasets.files.fingerprint import CELL, Fingerprint, canonical
from checks.datasets.files.packages import TooMuch
from checks.datasets.files.read import read
from checks.datasets.files.separated import Source, blocks
from checks.datasets.files.sniff import Hints
from checks.datasets.files.table import Table
from tests.depth import tries

AS_OF = dt.date(2025, 12, 1)
Quoting = Literal[0, 1, 2, 3]

PIECES = (
    "", " ", "\t", "\u00a0", "\u200c", "\ufeff", "\x1e", "\x1f", "\x0b", "0", "7", "10", "12.0", "12.50", "0.10", "-3.00",
    "1.", ".0", "-.0", "1.2.0", "1e5", "1000", "00.00", "2024-01-31 00:00", "2024-01-31T00:00:00", "2024-01-31 00:00:00.000",
    "2024-01-31 00:00:01", "2024-01-31 00:00:00.", "2024-01-31 00:00:00.010", "2024-01-31x00:00", "۱۴۰۴/۰۹/۱۰", "۱۲٫۵۰", "٣", "ي", "ك",
    "شهر", "می‌شود", "é", "𝒜", "=1+1", "+98 21", "-5", "-a", "@x", "+", "جمع کل", "Total", "x" * 40, "9" * 31 + ".0", "9" * 29 + ".0", '"',
    ",", ";", "،", "|", "a,b", 'say "no"', "two\nlines", "two\r\nlines", "two\rlines", "\n", "\r",
)  # fmt: skip
CELLS = st.one_of(
    st.sampled_from(PIECES), st.lists(st.sampled_from(PIECES), max_size=3).map("".join), st.text(max_size=6)
)
ROWS = st.lists(st.lists(CELLS, min_size=1, max_size=5), min_size=1, max_size=12)


def told_one_by_one(rows: list[list[str]]) -> list[bytes]:
    told = (
        CELL.join(canonical([cell.replace("\x1e", " ").replace("\x1f", " ") for cell in row])) for row in rows
    )
    return [text.encode("utf-8", "surrogatepass") for text in told if text]


@pytest.mark.slow
@settings(max_examples=tries(80, 2000), deadline=None)
@given(ROWS)
@example([["a", "", ""], [""], ["", "b"]])
@example(
    [
        ["1,234", "-12٬345٫50", "1,2"],
        ["۱۲٫۵۰", " 1,234.0 ", "1,2345"],
        ["12,345,678", "1234,567", "1,234 ریال"],
    ]
)
@example([["9" * 30 + ".0", " " * 90 + "x" + " " * 90]])
def test_a_block_spells_as_the_rule_does(rows: list[list[str]]) -> None:
    block = of_rows(rows)
    assert block.told() == told_one_by_one(rows)
    assert block.rows == len(rows)
    for number in range(6):
        want = [row[number] for row in rows if len(row) > number]
        filled = [_spelled(cell).strip(" \t\n") for cell in want]
        got = [text.decode("utf-8", "surrogatepass") for text in block.texts(block.column(number))]
        assert got == [cell.rstrip("\x00") if _all_short(filled) else cell for cell in filled if cell]


def _spelled(cell: str) -> str:
    cell = cell.replace("\r\n", "\n").replace("\r", "\n").replace("\x1e", " ").replace("\x1f", " ")
    return spelled(cell.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")


def _all_short(cells: list[str]) -> bool:
    return max((len(cell.encode("utf-8", "surrogatepass")) for cell in cells), default=0) <= 64


def written(rows: list[list[str]], mark: str, quoting: Quoting, end: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=mark, quoting=quoting, lineterminator=end).writerows(rows)
    return out.getvalue()


def read_in_pieces(body: bytes, mark: str, size: int, codec: str = "utf-8") -> Iterator[Block]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(separated, "PIECE", size)
        yield from blocks(Source(body, codec, spell=True, whole=codec == "utf-8"), mark)


def told_by_the_library(text: str, mark: str) -> list[bytes]:
    return told_one_by_one(list(csv.reader(io.StringIO(text, newline=""), delimiter=mark)))


@pytest.mark.slow
@settings(max_examples=tries(80, 2000), deadline=None)
@given(ROWS, st.sampled_from(",;\t|،"), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), st.sampled_from(["\n", "\r\n"]), st.sampled_from([5, 17, 200, 1 << 19]))  # fmt: skip
def test_written_tables_are_cut_up_as_the_library_does(
    rows: list[list[str]], mark: str, quoting: Quoting, end: str, size: int
) -> None:
    rows = [[cell.encode("utf-8", "replace").decode() for cell in row] for row in rows]
    text = written(rows, mark, quoting, end)
    told = [row for block in read_in_pieces(text.encode(), mark, size) for row in block.told()]
    assert told == told_by_the_library(text, mark)


@pytest.mark.slow
@settings(max_examples=tries(100, 3000), deadline=None)
@given(st.lists(st.sampled_from([*'",;\n\r\t a0۱ي', '""', '","', '"\n"', "\r\n", "ab"]), max_size=60).map("".join), st.sampled_from([3, 11, 1 << 19]))  # fmt: skip
@example('a,"b\n', 1 << 19)
@example('"a"b,c\n"d', 3)
@example('a"b,c\nd,"e"\n', 3)
def test_broken_quotes_are_read_as_the_library_does(text: str, size: int) -> None:
    told = [row for block in read_in_pieces(text.encode(), ",", size) for row in block.told()]
    assert told == told_by_the_library(text, ",")


def table(seed: int, rows: int, mark: str = ",") -> str:
    """Everything that a table may have, deterministic."""
    chance = random.Random(seed)
    out = [mark.join(("ردیف", "تاریخ", "نام", "مبلغ", "یادداشت"))]
    for number in range(rows):
        day = f"{1390 + number % 14}/{number % 12 + 1:02}/{number % 28 + 1:02}"
        note = chance.choice(["", "", "=1+1", "-5", "-x", "+98 21", '"گفت ""نه"""', '"دو\nخط"', 'نیم "دیگر'])
        if chance.random() < 0.02:
            out.append("")
        out.append(mark.join((str(number), day, f" شهر {number % 7} ", f"{number * 10}.50", note)))
    return "\n".join(out) + "\n"


def one_by_one(text: str, mark: str = ",") -> Table:
    """The table by rows: `of_rows` alone cuts them."""
    from checks.datasets.files.table import profile

    return profile(csv.reader(io.StringIO(text, newline=""), delimiter=mark), AS_OF)


@pytest.mark.slow
@pytest.mark.parametrize("size", [61, 5_000, 1 << 19])
def test_both_ways_tell_the_same_of_a_table(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    text = table(1, 3_000)
    monkeypatch.setattr(separated, "PIECE", size)
    found = read(text.encode(), Hints(table=True), AS_OF).table
    assert found == one_by_one(text)
    assert found is not None
    assert found.formulas > 100
    assert found.dates.newest is not None


@pytest.mark.parametrize("codec", ["cp1256", "utf-16-le", "utf-8-sig"])
@pytest.mark.parametrize("size", [61, 1 << 19])
def test_character_sets_tell_the_same(monkeypatch: pytest.MonkeyPatch, codec: str, size: int) -> None:
    text = table(2, 400).replace("ی", "ي")
    monkeypatch.setattr(separated, "PIECE", size)
    mark = "\ufeff" if codec == "utf-16-le" else ""
    found = read((mark + text).encode(codec), Hints(table=True), AS_OF).table
    assert found is not None
    assert found.fingerprint == one_by_one(text).fingerprint


def test_the_order_of_cells_between_two_looks_does_not_matter() -> None:
    cells = [b"1404/01/01"] * 700 + [b"x"] * 500
    columns = [Column("", AS_OF) for _ in range(2)]
    for column, order in zip(columns, (cells, list(reversed(cells))), strict=True):
        column.add_all(order[:400])
        column.add_all(order[400:])
    assert columns[0].gave_up is False  # by the first 400, dates all
    assert columns[1].gave_up is True
    by_cell = Column("", AS_OF)
    for cell in cells:
        by_cell.add(cell.decode())
    assert (by_cell.filled, by_cell.parsed, by_cell.newest) == (
        columns[0].filled,
        columns[0].parsed,
        columns[0].newest,
    )


def test_a_date_counts_as_often_as_it_stands() -> None:
    column = Column("تاریخ", AS_OF)
    column.add_all([b"01/02/1403"] * 3 + [b"03/04/99"] * 5 + [b"1446/01/01"] * 2)
    assert (column.filled, column.parsed, column.ambiguous, column.future) == (10, 10, 7, 2)


@pytest.mark.parametrize("size", [3, 11, 1 << 19])
def test_a_heading_further_down_is_found_in_pieces_too(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    text = "گزارش\nسال ۱۴۰۴\n\nشهر,تعداد\n" + "یزد,12\nقم,=12\nشیراز,-12\nاراک,=1+1\n" * 3
    monkeypatch.setattr(separated, "PIECE", size)
    found = read(text.encode(), Hints(table=True), AS_OF).table
    assert found is not None
    assert (found.heading, found.rows, found.formulas, found.flags) == (
        ("شهر", "تعداد"),
        12,
        6,
        ("preamble",),
    )


def test_a_print_says_its_version() -> None:
    print_ = Fingerprint()
    print_.row(["a"])
    assert print_.hexdigest().startswith("3:")


def test_rows_and_fields_without_an_end_are_a_limit() -> None:
    for body, detail in (
        ("a,b\n" + '1,"' + "x" * 1_100_000, "field"),
        ("a,b\n" + "1,2\n" * 9 + "x" * 1_100_000 + ",2\n", "field"),
        ("a,b\n" + "1," * 20_000 + "\n", "columns"),
        ("a,b\n1,2\n" + "12," * 3_000_000, "row"),
    ):
        content = read(body.encode(), Hints(table=True), AS_OF)
        assert (content.fault, content.detail) == ("limit", detail)


def test_a_field_at_the_limit_is_read() -> None:
    body = "a,b\n1,2\n3," + "x" * 1_000_000 + "\n"
    assert read(body.encode(), Hints(table=True), AS_OF).fault is None
    body = "a,b\n1,2\n3," + "ی" * 1_000_000 + "\n"
    assert read(body.encode(), Hints(table=True), AS_OF).fault is None


def test_nothing_is_no_block() -> None:
    assert list(blocks(Source(b"", "utf-8", spell=True), ",")) == []
    with pytest.raises(TooMuch):
        list(blocks(Source(b"x" * (5 << 20), "utf-8", spell=True), ","))
