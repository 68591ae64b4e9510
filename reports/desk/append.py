"""Adds rows to a sheet of the round, as people keep it: nothing of what stands there is altered.

Encoding, BOM, separator, line endings, the order of columns and columns that are nobody's stay as they are. Several
programs may add at once: the folder is locked meanwhile, and the file is replaced whole, so that a reader sees the sheet
before or after. Not here: what a row means (`claims.records`).
"""

from __future__ import annotations

import csv
import fcntl
import io
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from claims.cells import text
from claims.columns import OPTIONAL, REQUIRED
from claims.problems import Problems
from claims.rows import RowReader, check_columns, each
from claims.tables import WORKBOOK, RoundSheet, SheetRow, read_tables, text_of
from evidence import layout

_PATIENCE = 5.0  # seconds that another program may write
_LOOK = 0.01
_ACTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
# Who opens the sheet may have it parted at a comma, at a semicolon or at both: a cell may begin behind either.
_ACTS_WITHIN = re.compile(f"([,;])(?=[ \"']{{0,16}}[{re.escape(''.join(_ACTS))}])")


class RowRefused(Exception):
    """The row was not added. problems: of the sheet as it is when `sheet`, else of the row."""

    def __init__(self, problems: Problems, sheet: bool) -> None:
        self.problems = tuple(problem for problem in problems.all if problem.severity == "error")
        self.sheet = sheet
        super().__init__(", ".join(problem.code for problem in self.problems))


def append(
    folder: Path,
    name: str,
    rows: Sequence[Mapping[str, str]],
    read: Callable[[RowReader], object],
    check: Callable[[RoundSheet, RowReader], None] | None = None,
) -> None:
    """Adds rows to `folder/name.csv`, made with all columns when it is not there.

    rows: cells by column; empty ones need no column. read: reads a row as the round will; where one there already, or
    one of these, has a problem, nothing is added.
    check: what else has to hold, of the sheet as it is and of each row. Raises RowRefused, OSError, and what check raises.
    """
    path = folder / f"{name}.csv"
    with alone(folder):
        problems = Problems()
        table = read_tables(folder, (name,), problems).get(name)
        if table is not None:
            check_columns(name, table, problems)
            if table.file != path.name:  # a second sheet beside it would be given twice
                problems.add(WORKBOOK, "in_workbook", sheet=name)
            for _ in each(table, problems, read):
                pass
        if problems.fatal:
            raise RowRefused(problems, sheet=True)
        present = path.read_bytes() if table is not None else b""
        columns = table.columns if table is not None else REQUIRED[name] + OPTIONAL[name]
        given = [{column: cell for column, value in row.items() if (cell := inert(value))} for row in rows]
        lacking = tuple(dict.fromkeys(column for row in given for column in row if column not in columns))
        number = present.count(b"\n") + 1
        for at, row in enumerate(given):
            sheet = RoundSheet(path.name, columns + lacking, ())
            cells = RowReader(sheet, SheetRow(number + at, row), problems)
            read(cells)
            if check is not None and not problems.fatal:
                check(table or RoundSheet(path.name, columns, ()), cells)
        if problems.fatal:
            raise RowRefused(problems, sheet=False)
        # A new sheet is its owner's alone: it names people.
        with layout.replaced_file(path, layout.PRIVATE) as file:
            file.write(_with_rows(present, columns, lacking, given))


def inert(value: str) -> str:
    """A cell on one line, without characters that act, that no spreadsheet takes for a formula."""
    cell = text(" ".join(value.split())).strip().encode("utf-8", "replace").decode()
    parted = _ACTS_WITHIN.sub(r"\1'", cell)
    return f"'{parted}" if parted.startswith(_ACTS) else parted


def _with_rows(
    present: bytes, columns: Sequence[str], lacking: Sequence[str], rows: Sequence[Mapping[str, str]]
) -> bytes:
    """The file with these rows more, and with columns that it lacks at the end of its heading."""
    if not present:
        lines = (_line([row.get(c, "") for c in columns], ",") for row in rows)
        return b"\xef\xbb\xbf" + (_line(columns, ",") + "".join(lines)).encode()
    sheet, encoding, start, delimiter = text_of(present)
    mark = present[: len(present) - len(sheet.encode(encoding))]
    ending = "\r\n" if "\r\n" in sheet else "\n"
    if not sheet.endswith(("\n", "\r")):
        sheet += ending
    if lacking:
        end = _end_of_heading(sheet, start, delimiter)
        sheet = sheet[:end] + "".join(delimiter + column for column in lacking) + sheet[end:]
    # a heading may have cells without a name behind its last one; those stay, and stay empty
    width = len(next(csv.reader(io.StringIO(sheet[start:], newline=""), delimiter=delimiter))) - len(lacking)
    for row in rows:
        cells = [row.get(column, "") for column in columns]
        cells += [""] * (width - len(cells)) + [row.get(column, "") for column in lacking]
        sheet += _line(cells, delimiter, ending)
    return mark + sheet.encode(encoding)


def _end_of_heading(sheet: str, start: int, delimiter: str) -> int:
    """Where the first record ends, without its line ending."""
    lines = io.StringIO(sheet[start:], newline="")
    next(csv.reader(lines, delimiter=delimiter))
    end = start + lines.tell()
    while sheet[end - 1] in "\r\n":
        end -= 1
    return end


def _line(cells: Sequence[str], delimiter: str, ending: str = "\r\n") -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=ending).writerow(cells)
    return out.getvalue()


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One at a time, over processes and threads; the lock goes with its holder, who may stand still."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        until = time.monotonic() + _PATIENCE
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as busy:
                if time.monotonic() > until:
                    raise BlockingIOError(busy.errno, f"another program writes in {folder}") from None
                time.sleep(_LOOK)
        yield
    finally:
        os.close(descriptor)
