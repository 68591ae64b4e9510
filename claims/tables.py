"""The sheets of a round as rows of text, from CSV files or from one round.xlsx.

Knows spreadsheets' habits (BOM, semicolons, `sep=`, numbers and dates as cell types); knows nothing of
what the columns mean.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
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
_PART = 1 << 20  # characters that are looked at together

# The line on which a row begins, and its cells, the header's first; each call reads from the beginning.
_Parse = Callable[[], Iterator[tuple[int, list[str]]]]


class _BrokenCsv(Exception):
    """Arguments: the line, and what the reader says."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row. number: as a spreadsheet shows it. cells: those with something in them, by column name, stripped.

    line: of the file on which it begins; the row's number where the file has no lines.
    """

    number: int
    cells: Mapping[str, str]
    line: int = 0


class SheetRows(Collection[SheetRow]):
    """The rows of a sheet, made while they are read: a country has more of them than a process should hold at once."""

    def __init__(self, parse: _Parse, columns: Sequence[str], count: int) -> None:
        self._parse = parse
        self._columns = columns
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[SheetRow]:
        return (SheetRow(number, self._named(row), line) for number, line, row in _filled(self._parse()))

    def __contains__(self, row: object) -> bool:
        return any(row == one for one in self)

    def _named(self, row: Sequence[str]) -> dict[str, str]:
        """The cells that hold something, by the name of their column."""
        return {
            name: " ".join(cell.split())
            for name, cell in zip(self._columns, row, strict=False)
            if cell and not cell.isspace()
        }


@dataclass(frozen=True, slots=True)
class RoundSheet:
    """One sheet. file: name to show in problems. columns: as found, folded to lower case."""

    file: str
    columns: tuple[str, ...]
    rows: Collection[SheetRow]


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
            table = _table(f"{WORKBOOK}:{name}", partial(enumerate, sheet, 1), problems, most)
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
        encoding, start, delimiter = _form(raw)
        nul = any("\0" in part for part in iter(partial(_reader(raw, encoding).read, _PART), ""))
    except UnicodeDecodeError:
        line, wrong = _undecodable(raw)
        problems.add(path.name, "not_utf8", row=line, value=repr(wrong))
        return None
    if nul:  # UTF-16 without its mark reads like Latin letters with these between them
        text = text_of(raw)[0]
        problems.add(path.name, "nul_bytes", row=text.count("\n", 0, text.index("\0")) + 1)
        return None
    try:
        return _table(path.name, partial(_csv_rows, raw, encoding, start, delimiter), problems, most)
    except _BrokenCsv as error:
        line, said = error.args
        problems.add(path.name, "broken_csv", row=line, value=said)
        return None


def _csv_rows(raw: bytes, encoding: str, start: int, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """encoding, start, delimiter: as of `_form`."""
    text = _reader(raw, encoding)
    text.read(start)
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    before = int(start > 0)  # the line of `sep=`
    while True:
        line = reader.line_num + 1 + before
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise _BrokenCsv(reader.line_num, str(error)) from None
        if row is None:
            return
        yield line, row


def text_of(raw: bytes) -> tuple[str, str, int, str]:
    """(text without a BOM, its encoding, where the sheet begins, delimiter) of a CSV file. Raises UnicodeDecodeError.

    The sheet begins behind Excel's `sep=` line; else the delimiter is the one that the header row has most of.
    """
    encoding, start, delimiter = _form(raw)
    return raw.decode(encoding).removeprefix("\ufeff"), encoding, start, delimiter


def _form(raw: bytes) -> tuple[str, int, str]:
    """(encoding, where the sheet begins, delimiter) of a CSV file. Raises UnicodeDecodeError."""
    encoding = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}.get(raw[:2], "utf-8")
    first = _reader(raw, encoding, "\n").readline().removesuffix("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        return encoding, len(first) + 1, first.strip()[4]
    return encoding, 0, max(",;\t", key=first.count)


def _reader(raw: bytes, encoding: str, newline: str = "") -> io.TextIOWrapper:
    """The text without a BOM, made while it is read: as a whole it takes two to four times the bytes."""
    text = io.TextIOWrapper(io.BytesIO(raw), encoding, newline=newline)
    if text.read(1) != "\ufeff":
        text.seek(0)
    return text


def _undecodable(raw: bytes) -> tuple[int, bytes]:
    """The line of the first bytes that are no text, and these."""
    try:
        text_of(raw)
    except UnicodeDecodeError as error:
        return error.object.count(b"\n", 0, error.start) + 1, error.object[error.start : error.start + 4]
    raise AssertionError("it is text")


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


def _table(file: str, parse: _Parse, problems: Problems, most: int) -> RoundSheet | None:
    """Reads all of the sheet once, for its form alone. most: rows that it may have."""
    _, header = next(parse(), (1, None))
    if header is None or not any(cell.strip() for cell in header):
        problems.add(file, "no_header", row=1)
        return None
    width = max(place for place, cell in enumerate(header, 1) if cell.strip())
    if width > MOST_COLUMNS:
        problems.add(file, "too_many_columns", row=1, value=str(width), limit=str(MOST_COLUMNS))
        return None
    columns = tuple(fold(cell) for cell in header[:width])
    for column, count in sorted(Counter(columns).items()):
        if column and count > 1:
            problems.add(file, "column_twice", row=1, column=column)
    found = 0
    for number, _, row in _filled(parse()):
        if found == most or number > _MOST_LINES:
            problems.add(file, "too_many_rows", row=number, limit=str(most))
            return None
        if len(row) > width and any(cell.strip() for cell in row[width:]):
            problems.add(file, "too_many_cells", row=number, value=str(len(row)), expected=str(width))
        found += 1
    return RoundSheet(file, columns, SheetRows(parse, columns, found))


def _filled(rows: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, int, list[str]]]:
    """Number, line and cells of each row below the header with anything in it, and of the first line that is too many."""
    next(rows, None)
    for number, (line, row) in enumerate(rows, start=2):
        if number > _MOST_LINES or any(cell.strip() for cell in row):
            yield number, line, row
