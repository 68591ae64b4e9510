"""The rows of a sheet: cells read one by one with every problem reported, and what all sheets have alike.

Not here: which columns a sheet has (`claims.columns`), what a row becomes (`claims.records`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TypeVar, cast

from claims import cells
from claims.columns import OPTIONAL, REPEATED, REQUIRED
from claims.problems import Problems
from claims.tables import RoundSheet, SheetRow

T = TypeVar("T")
_LONGEST_NAME = 200  # of a column, where it is shown


class RowReader:
    """The cells of one row, each read with its problem reported; `bad` tells whether one was.

    read: what cells of the columns that repeat came to, by column and text. Rows that share it share these values.
    """

    __slots__ = ("_problems", "_read", "_row", "_table", "bad")

    def __init__(
        self,
        table: RoundSheet,
        row: SheetRow,
        problems: Problems,
        read: dict[tuple[str, str], object] | None = None,
    ) -> None:
        self._table = table
        self._row = row
        self._problems = problems
        self._read = {} if read is None else read
        self.bad = False

    @property
    def number(self) -> int:
        """Of the row in its file."""
        return self._row.number

    def raw(self, column: str) -> str:
        return self._row.cells.get(column, "")

    def fault(self, column: str, code: str, **params: str) -> None:
        self.bad = True
        self._problems.add(
            self._table.file, code, self._row.number, column, self.raw(column), "error", **params
        )

    def warn(self, column: str, code: str, **params: str) -> None:
        self._problems.add(
            self._table.file, code, self._row.number, column, self.raw(column), "warning", **params
        )

    def near(self, value: str, known: Collection[str]) -> str:
        """As of `Problems.near`."""
        return self._problems.near(value, known)

    def need(self, column: str, reader: Callable[[str], T], default: T, **params: str) -> T:
        """A required cell; `default` only stands in until the whole file is refused."""
        if column not in self._table.columns:  # said once for the column, not once a row
            self.bad = True
            return default
        if not self.raw(column):
            self.fault(column, "empty")
            return default
        return self.may(column, reader, default, **params)

    def may(self, column: str, reader: Callable[[str], T], default: T, **params: str) -> T:
        """An optional cell; `default` when it is empty."""
        cell = self._row.cells.get(column)
        if not cell:
            return default
        if (column, cell) in self._read:
            return cast(T, self._read[column, cell])
        try:
            value = reader(cells.without_credentials(cell))
        except ValueError as error:
            self.fault(column, str(error), **params)
            return default
        if column in REPEATED:
            self._read[column, cell] = value
        return value

    def choice(self, column: str, words: dict[str, str], default: str) -> str:
        if not self.raw(column):
            return default
        expected = ", ".join(dict.fromkeys(words.values()))
        return self.may(column, lambda cell: cells.choice(cell, words), default, expected=expected)


def check_columns(name: str, table: RoundSheet, problems: Problems) -> None:
    known = REQUIRED[name] + OPTIONAL[name]
    for column in REQUIRED[name]:
        if column not in table.columns:
            problems.add(table.file, "missing_column", 1, column)
    for column in table.columns:
        if column and column not in known:
            near = problems.near(column, known)
            code = "unknown_column_near" if near else "unknown_column"
            problems.add(table.file, code, 1, column[:_LONGEST_NAME], severity="warning", near=near)


def each(
    table: RoundSheet | None,
    problems: Problems,
    reader: Callable[[RowReader], T],
    read: dict[tuple[str, str], object] | None = None,
) -> Iterator[tuple[T, RowReader]]:
    """What each row becomes, one after the other. read: as of `RowReader`."""
    if table is None:
        return
    read = {} if read is None else read
    for row in table.rows:
        at = RowReader(table, row, problems, read)
        yield reader(at), at


def unique(
    items: Iterable[tuple[T, RowReader]], column: str, first: dict[str, int]
) -> Iterator[tuple[T, RowReader]]:
    """The same; an id that stands in two rows is a fault of the later one. first: takes the row of each id."""
    for item, at in items:
        key = cast(str, getattr(item, "id"))  # noqa: B009 - the record types share no base
        if key in first:
            at.fault(column, "duplicate", first=str(first[key]))
        elif key:
            first[key] = at.number
        yield item, at


def unknown(at: RowReader, column: str, value: str, known: Collection[str]) -> None:
    if not value:
        return
    near = at.near(value, known)
    at.fault(column, f"unknown_{column}_near" if near else f"unknown_{column}", near=near)
