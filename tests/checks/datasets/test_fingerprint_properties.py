"""The fingerprint over tables made at random: whatever a saving does to the file, and whatever it may not do to a cell.

Every form goes through the reader as a download does, from bytes to table.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.datasets.files.read import read
from checks.datasets.files.sniff import Hints
from fixtures.portals.opendata.bodies import ods
from tests.depth import tries

AS_OF = dt.date(2025, 12, 1)
Grid = list[list[str]]

HEADING = ["شهر", "تعداد", "نسبت", "روز", "کد يکتا"]
_WORDS = "تهران یزد قم کرج شیراز کاشان مشهد گرگان «دوغارون» بندر-عباس میناب, جاسک".split(" ")
_PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
_ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_ARABIC = str.maketrans("یک", "يك")

days = st.dates(dt.date(2001, 1, 1), dt.date(2025, 11, 30)).map(dt.date.isoformat)
rows = st.tuples(
    st.lists(st.sampled_from(_WORDS), min_size=1, max_size=3).map(" ".join),
    st.integers(0, 10**9).map(str),
    st.decimals(-1000, 1000, places=2).map(lambda number: str(number + 0)),  # never minus zero
    days,
    st.integers(10**6, 10**9).map("A{}".format),
).map(list)
# Some rows stand twice, some four times: a XOR over rows would not see them.
grids = st.lists(rows, min_size=5, max_size=14).map(lambda some: [HEADING, *some, some[0], *([some[1]] * 3)])


def separated(grid: Grid, mark: str = ",", end: str = "\n", quoting: Any = csv.QUOTE_MINIMAL) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=mark, lineterminator=end, quoting=quoting).writerows(grid)
    return out.getvalue()


def workbook(grid: Grid) -> bytes:
    """As a person saves it: figures are numbers, days are days."""
    book = openpyxl.Workbook()
    assert book.active is not None
    for number, row in enumerate(grid):
        book.active.append(row if number == 0 else [_typed(column, cell) for column, cell in enumerate(row)])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _typed(column: int, cell: str) -> Any:
    if column == 1:
        return int(cell)
    if column == 2:
        return float(cell)
    return dt.date.fromisoformat(cell) if column == 3 else cell


def as_text(grid: Grid) -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in grid:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


SAVED: dict[str, Callable[[Grid], bytes]] = {
    "CRLF": lambda grid: separated(grid, end="\r\n").encode(),
    "BOM": lambda grid: separated(grid).encode("utf-8-sig"),
    "quotes": lambda grid: separated(grid, quoting=csv.QUOTE_ALL).encode(),
    "semicolons": lambda grid: separated(grid, ";").encode(),
    "tabs": lambda grid: separated(grid, "\t").encode(),
    "bars": lambda grid: separated(grid, "|").encode(),
    "windows-1256": lambda grid: separated(grid).translate(_ARABIC).encode("cp1256"),
    "UTF-16": lambda grid: separated(grid).encode("utf-16"),
    "Persian digits": lambda grid: separated(grid).translate(_PERSIAN).encode(),
    "Arabic digits": lambda grid: separated(grid).translate(_ARABIC_DIGITS).encode(),
    "Arabic letters": lambda grid: separated(grid).translate(_ARABIC).encode(),
    "blank cells behind": lambda grid: separated([[*row, "", ""] for row in grid]).encode(),
    "blank lines": lambda grid: separated(grid).encode() + b"\n\n",
    "the other way round": lambda grid: separated([grid[0], *reversed(grid[1:])]).encode(),
    "a workbook": workbook,
    "a workbook of texts": as_text,
    "OpenDocument": ods,
}


def print_of(body: bytes) -> str:
    content = read(body, Hints(table=not body.startswith(b"PK")), AS_OF)
    assert content.table is not None, content
    return content.table.fingerprint


def plain(grid: Grid) -> str:
    return print_of(separated(grid).encode())


@pytest.mark.slow
@pytest.mark.parametrize("form", SAVED)
@settings(max_examples=tries(10, 200), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(grids)
def test_it_survives_a_saving(form: str, grid: Grid) -> None:
    assert print_of(SAVED[form](grid)) == plain(grid)


@pytest.mark.slow
@settings(max_examples=tries(25, 500), deadline=None)
@given(grids, st.data())
def test_it_survives_any_order_of_the_rows(grid: Grid, data: Any) -> None:
    assert plain([grid[0], *data.draw(st.permutations(grid[1:]))]) == plain(grid)


@pytest.mark.slow
@settings(max_examples=tries(50, 1000), deadline=None)
@given(grids, st.data())
def test_it_changes_with_any_one_cell(grid: Grid, data: Any) -> None:
    row = data.draw(st.integers(1, len(grid) - 1))
    column = data.draw(st.integers(0, len(HEADING) - 1))
    other = data.draw(rows)[column]
    changed = [list(each) for each in grid]
    changed[row][column] = other
    same = _meaning(other, column) == _meaning(grid[row][column], column)
    assert (plain(changed) == plain(grid)) == same


def _meaning(cell: str, column: int) -> Any:
    return float(cell) if column in (1, 2) else cell


@pytest.mark.slow
@settings(max_examples=tries(20, 400), deadline=None)
@given(grids, rows, st.data())
def test_it_changes_with_a_row_more_or_less(grid: Grid, row: list[str], data: Any) -> None:
    base = plain(grid)
    place = data.draw(st.integers(1, len(grid) - 1))
    assert plain([*grid[:place], row, *grid[place:]]) != base
    assert plain([*grid[:place], grid[place], *grid[place:]]) != base  # the same row once more
    assert plain([*grid[:place], *grid[place + 1 :]]) != base


@pytest.mark.slow
@settings(max_examples=tries(20, 400), deadline=None)
@given(grids, st.integers(0, len(HEADING) - 1), st.sampled_from(["مبلغ", "منطقه", "نام واحد"]))
def test_it_changes_with_a_heading(grid: Grid, column: int, name: str) -> None:
    renamed = [[*grid[0][:column], name, *grid[0][column + 1 :]], *grid[1:]]
    assert plain(renamed) != plain(grid)


@pytest.mark.slow
@settings(max_examples=tries(20, 400), deadline=None)
@given(grids)
def test_rows_that_stand_twice_count(grid: Grid) -> None:
    """Twice the table is another table, and four times it a third one: a XOR would give the same for all three."""
    twice, four = [grid[0], *grid[1:] * 2], [grid[0], *grid[1:] * 4]
    assert len({plain(grid), plain(twice), plain(four)}) == 3


@pytest.mark.slow
@settings(max_examples=tries(20, 400), deadline=None)
@given(grids, st.data())
def test_cells_that_change_places_between_rows_are_seen(grid: Grid, data: Any) -> None:
    one, other = (data.draw(st.integers(1, len(grid) - 1)) for _ in range(2))
    changed = [list(row) for row in grid]
    changed[one][4], changed[other][4] = changed[other][4], changed[one][4]
    same = sorted(changed[1:]) == sorted(grid[1:])
    assert (plain(changed) == plain(grid)) == same
