"""The sheets of a round as rows of text, from CSV files or from one round.xlsx.

Knows spreadsheets' habits (BOM, semicolons, `sep=`, numbers and dates as cell types); knows nothing of
what the columns mean.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from claims import workbook
from claims.persian import fold
from claims.problems import Problems
from claims.special_files import is_special_file

WORKBOOK = "round.xlsx"
MOST_BYTES = 100_000_000  # of a file
MOST_AGENCIES = 100_000
MOST_ROWS = 500_000  # of any other sheet
MOST_COLUMNS = 1_000
_MOST_LINES = 2_000_000  # those without anything count too
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row. number: as a spreadsheet shows it. cells: those with something in them, by column name, stripped.

    line: of the file on which it begins; the row's number where the file has no lines.
    """

    number: int
    cells: Mapping[str, str]
    line: int = 0


@dataclass(frozen=True, slots=True)
class RoundSheet:
    """One sheet. file: name to show in problems. columns: as found, folded to lower case."""

    file: str
    columns: tuple[str, ...]
    rows: tuple[SheetRow, ...]


def read_tables(folder: Path, names: tuple[str, ...], problems: Problems) -> dict[str, RoundSheet]:
    """The sheets that exist, by name. A sheet that is given twice is a problem, not a choice of ours."""
    found: dict[str, RoundSheet] = {}
    sheets = _workbook(folder / WORKBOOK, names, problems)
    for name in names:
        path = folder / f"{name}.csv"
        sheet = sheets.get(name)
        most = MOST_AGENCIES if name == "agencies" else MOST_ROWS
        if is_special_file(path):
            problems.add(path.name, "not_a_file")
            continue
        if path.is_file():
            if sheet is not None:
                problems.add(f"{name}.csv", "given_twice", other=WORKBOOK)
            table = csv_table(path, problems, most)
        elif sheet is not None:
            table = _table(f"{WORKBOOK}:{name}", enumerate(sheet, 1), problems, most)
        else:
            continue
        if table is not None:
            found[name] = table
    return found


def _content(path: Path, problems: Problems) -> bytes | None:
    """The bytes of a file; None, and a problem, when there are too many."""
    with path.open("rb") as file:  # it may be a pipe, or grow while it is read
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        problems.add(path.name, "file_too_large", value=str(path.stat().st_size), limit=str(MOST_BYTES))
        return None
    return content


def csv_table(path: Path, problems: Problems, most: int) -> RoundSheet | None:
    """The sheet of a CSV file. most: rows that it may have. None, and a problem, where there is none to be had."""
    raw = _content(path, problems)
    if raw is None:
        return None
    try:
        text, _, start, delimiter = text_of(raw)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        problems.add(path.name, "not_utf8", row=line, value=repr(raw[error.start : error.start + 4]))
        return None
    if "\0" in text:  # UTF-16 without its mark reads like Latin letters with these between them
        problems.add(path.name, "nul_bytes", row=text.count("\n", 0, text.index("\0")) + 1)
        return None
    del raw
    reader = csv.reader(_lines(text, start), delimiter=delimiter, strict=True)
    before = int(start > 0)  # the line of `sep=`

    def rows() -> Iterator[tuple[int, list[str]]]:
        while True:
            line = reader.line_num + 1 + before
            try:
                yield line, next(reader)
            except StopIteration:
                return

    try:
        return _table(path.name, rows(), problems, most)
    except csv.Error as error:
        problems.add(path.name, "broken_csv", row=reader.line_num, value=str(error))
        return None


def _lines(text: str, start: int) -> Iterator[str]:
    """The lines from a place on, each with its end, without a copy of the whole."""
    return (line.group() for line in _LINE.finditer(text, start))


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


def _workbook(path: Path, names: Sequence[str], problems: Problems) -> Mapping[str, list[list[str]]]:
    if is_special_file(path):
        problems.add(path.name, "not_a_file")
        return {}
    if not path.is_file():
        return {}
    content = _content(path, problems)
    if content is None:
        return {}
    try:
        return workbook.read(content, names)
    except workbook.WorkbookUnreadable as error:
        problems.add(
            path.name,
            str(error),
            value=error.detail or None,
            rows=str(MOST_ROWS),
            agencies=str(MOST_AGENCIES),
        )
        return {}


def _table(
    file: str, rows: Iterator[tuple[int, list[str]]], problems: Problems, most: int
) -> RoundSheet | None:
    """rows: with the line on which each begins, the header's among them. most: rows that the sheet may have."""
    _, header = next(rows, (1, None))
    if header is None or not any(cell.strip() for cell in header):
        problems.add(file, "no_header", row=1)
        return None
    while header and not header[-1].strip():
        header.pop()
    if len(header) > MOST_COLUMNS:
        problems.add(file, "too_many_columns", row=1, value=str(len(header)), limit=str(MOST_COLUMNS))
        return None
    columns = [fold(cell) for cell in header]
    for column, count in sorted(Counter(columns).items()):
        if column and count > 1:
            problems.add(file, "column_twice", row=1, column=column)
    found: list[SheetRow] = []
    for number, (line, row) in enumerate(rows, start=2):
        cells = [" ".join(cell.split()) for cell in row]
        if not any(cells) and number <= _MOST_LINES:
            continue
        if len(found) == most or number > _MOST_LINES:
            problems.add(file, "too_many_rows", row=number, limit=str(most))
            return None
        if any(cells[len(columns) :]):
            problems.add(
                file, "too_many_cells", row=number, value=str(len(cells)), expected=str(len(columns))
            )
        found.append(SheetRow(number, _named(columns, cells), line))
    return RoundSheet(file, tuple(columns), tuple(found))


def _named(columns: Sequence[str], cells: Sequence[str]) -> Mapping[str, str]:
    """The cells that hold something, by the name of their column."""
    return {name: cell for name, cell in zip(columns, cells, strict=False) if cell}
