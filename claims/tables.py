"""The sheets of a round as rows of text, from CSV files or from one round.xlsx.

Knows spreadsheets' habits (BOM, semicolons, `sep=`, numbers and dates as cell types); knows nothing of
what the columns mean.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from claims.persian import fold
from claims.problems import Problems

WORKBOOK = "round.xlsx"
_MAX_BYTES = 200_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """One row. number: as a spreadsheet shows it. cells: by column name, stripped, "" when empty.

    line: of the file on which it begins; the row's number where the file has no lines.
    """

    number: int
    cells: Mapping[str, str]
    line: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet. file: name to show in problems. columns: as found, folded to lower case."""

    file: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def read_tables(folder: Path, names: tuple[str, ...], problems: Problems) -> dict[str, Table]:
    """The sheets that exist, by name. A sheet that is given twice is a problem, not a choice of ours."""
    found: dict[str, Table] = {}
    workbook = _workbook(folder / WORKBOOK, problems)
    for name in names:
        path = folder / f"{name}.csv"
        sheet = workbook.get(name)
        if path.is_file():
            if sheet is not None:
                problems.add(f"{name}.csv", "given_twice", other=WORKBOOK)
            table = _csv(path, problems)
        elif sheet is not None:
            table = _table(f"{WORKBOOK}:{name}", _sheet_rows(sheet), problems)
        else:
            continue
        if table is not None:
            found[name] = table
    return found


def _csv(path: Path, problems: Problems) -> Table | None:
    if path.stat().st_size > _MAX_BYTES:
        problems.add(path.name, "file_too_large", value=str(path.stat().st_size), limit=str(_MAX_BYTES))
        return None
    raw = path.read_bytes()
    try:
        text, _, start, delimiter = text_of(raw)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        problems.add(path.name, "not_utf8", row=line, value=repr(raw[error.start : error.start + 4]))
        return None
    reader = csv.reader(io.StringIO(text[start:], newline=""), delimiter=delimiter, strict=True)
    before = int(start > 0)  # the line of `sep=`
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        while True:
            lines.append(reader.line_num + 1 + before)
            rows.append(next(reader))
    except StopIteration:
        pass
    except csv.Error as error:
        problems.add(path.name, "broken_csv", row=reader.line_num, value=str(error))
        return None
    return _table(path.name, iter(rows), problems, lines)


def text_of(raw: bytes) -> tuple[str, str, int, str]:
    """(text without a BOM, its encoding, where the sheet begins, delimiter) of a CSV file. Raises UnicodeDecodeError.

    The sheet begins behind Excel's `sep=` line; else the delimiter is the one that the header row has most of.
    """
    encoding = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}.get(raw[:2], "utf-8")
    text = raw.decode(encoding).removeprefix("\ufeff")
    first, _, _ = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        return text, encoding, len(first) + 1, first.strip()[4]
    return text, encoding, 0, max(",;\t", key=first.count)


def _workbook(path: Path, problems: Problems) -> dict[str, list[list[object]]]:
    if not path.is_file():
        return {}
    if path.stat().st_size > _MAX_BYTES:
        problems.add(path.name, "file_too_large", value=str(path.stat().st_size), limit=str(_MAX_BYTES))
        return {}
    try:
        book = CalamineWorkbook.from_path(str(path))
        return {
            fold(name): [list(row) for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)]
            for name in book.sheet_names
        }
    except (CalamineError, OSError, ValueError) as error:
        problems.add(path.name, "broken_workbook", value=str(error))
        return {}


def _sheet_rows(sheet: list[list[object]]) -> Iterator[list[str]]:
    for row in sheet:
        yield [_cell(value) for value in row]


def _cell(value: object) -> str:
    """A spreadsheet's typed cell as the text that a CSV file would have."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value)


def _table(
    file: str, rows: Iterator[list[str]], problems: Problems, lines: Sequence[int] | None = None
) -> Table | None:
    """lines: on which the rows begin, the header's among them."""
    header = next(rows, None)
    if header is None or not any(cell.strip() for cell in header):
        problems.add(file, "no_header", row=1)
        return None
    columns = [fold(cell) for cell in header]
    while columns and not columns[-1]:
        columns.pop()
    for column in sorted({name for name in columns if name and columns.count(name) > 1}):
        problems.add(file, "column_twice", row=1, column=column)
    found: list[Row] = []
    for number, row in enumerate(rows, start=2):
        cells = [" ".join(cell.split()) for cell in row]
        if not any(cells):
            continue
        if any(cells[len(columns) :]):
            problems.add(
                file, "too_many_cells", row=number, value=str(len(cells)), expected=str(len(columns))
            )
        line = number if lines is None else lines[number - 1]
        found.append(Row(number, dict(zip(columns, cells + [""] * len(columns), strict=False)), line))
    return Table(file, tuple(columns), tuple(found))
