"""What a table is like: its heading, its rows, what is untidy about it, its dates, its fingerprint.

Reads rows once, whatever they came from (`checks.datasets.files.read`). Judges nothing.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from checks.datasets.files.blocks import Block, Truths, batches
from checks.datasets.files.cells import is_formula, is_number, is_total, may_total
from checks.datasets.files.columns import (
    Column,
    DateColumns,
    reaching,
    says_taken,
    together,
    year_and_part,
    year_with_part,
)
from checks.datasets.files.columns import summed as columns_summed
from checks.datasets.files.dates import parse
from checks.datasets.files.fingerprint import Fingerprint, dated
from checks.datasets.files.fingerprint import summed as prints_summed
from checks.datasets.files.layout import MAX_COLUMNS, Layout, Row, filled, numeric_columns
from checks.datasets.files.packages import TooMuch

_MOST_TABLES = 100  # tables of one file that are told apart; the rest counts as rows of the last
_LOOKAHEAD = 60  # Rows from which heading and body are told. A heading further down is not found.
MAX_WIDTH = 16_384  # a row of more cells than any spreadsheet has is not read at all
# Shares of rows of another length: untidy above the first, no table above the second. By hand.
RAGGED_PASS, RAGGED_FAIL = 0.01, 0.05
# Headings quoted, and their characters. A finding stays small; all are read.
_HEADINGS, _LONGEST_SHOWN = 50, 80
# Rows and columns quoted as a sample. A finding stays small; all are read.
_SAMPLE_ROWS, _SAMPLE_COLUMNS = 5, 12

# As bytes, for all cells of a block at once: what begins a formula, and what only a number is made of.
_BEGINS_FORMULA, _SIGN, _OF_NUMBERS = np.zeros((3, 256), dtype=np.bool_)
_BEGINS_FORMULA[[*b"=@+-"]] = True
_SIGN[[*b"+-"]] = True
_OF_NUMBERS[[*b"0123456789 \t\n().-/,"]] = True


@dataclass(frozen=True, slots=True)
class Table:
    """One table.

    rows: data rows. heading: as written, cut. flags: what is untidy, sorted codes. ragged: share of rows
    with another number of fields. formulas: cells that a spreadsheet would run. fingerprint: see
    `checks.datasets.files.fingerprint`. sample: the first rows of data as written, cut in every direction. tables: how many
    stand one below the other, each with a heading; rows, fingerprint and sample are of the file, dates of all of them.
    """

    columns: int
    rows: int
    heading: tuple[str, ...]
    flags: tuple[str, ...]
    ragged: float
    formulas: int
    dates: DateColumns
    fingerprint: str
    sample: tuple[tuple[str, ...], ...] = ()
    tables: int = 1


def profile(rows: Iterable[Row], as_of: dt.date, *, named: bool = False, padded: bool = False) -> Table:
    """Reads all rows. named: the first row is the heading for certain (records). padded: rows of a sheet.

    Raises TooMuch.
    """
    stream = iter(rows)
    first = _first(stream)
    layout = Layout.of(first, named)
    reading = _Reading(first, layout, as_of, padded)
    for block in batches(itertools.chain(first[layout.body :], stream)):
        reading.add(block)
    return reading.table()


def profile_text(rows: Iterable[Row], blocks: Iterable[Block], as_of: dt.date) -> Table:
    """As `profile`, of a text. rows: as written, read no further than the beginning; blocks: all of them.

    Raises TooMuch.
    """
    first = _first(iter(rows))
    layout = Layout.of(first, named=False)
    reading = _Reading(first, layout, as_of, padded=False)
    skip = layout.body
    for block in blocks:
        rest = block.without(min(skip, block.rows))
        skip = max(0, skip - block.rows)
        if rest.rows:
            reading.add(rest)
    return reading.table()


def _first(stream: Iterator[Row]) -> list[Row]:
    first: list[Row] = []
    for row in itertools.islice(stream, _LOOKAHEAD):
        if len(row) > MAX_WIDTH:
            raise TooMuch("columns")
        first.append(row)
    return first


def joined(tables: Sequence[Table]) -> Table:
    """Several tables that make one dataset: the largest stands for all, with the dates and content of all."""
    largest = max(tables, key=lambda table: table.rows * table.columns)
    if len(tables) == 1:
        return largest
    return replace(
        largest,
        formulas=sum(table.formulas for table in tables),
        dates=together([table.dates for table in tables]),
        fingerprint=prints_summed([table.fingerprint for table in tables]),
    )


class _Dating:
    """The columns of one table under reading."""

    def __init__(self, headings: Sequence[str], as_of: dt.date) -> None:
        self.columns = [Column(heading, as_of) for heading in headings]
        self._split = year_and_part(headings)
        whole = " ".join(headings[place] for place in self._split or ())
        self._whole = Column(whole, as_of, ordered=False)

    def add(self, block: Block) -> None:
        counts = block.filled_by_column(len(self.columns))
        for number, column in enumerate(self.columns):
            _feed(column, block, number, counts[number])
        if self._split is not None and not self._whole.gave_up:
            self._join(block, *self._split)

    def _join(self, block: Block, year: int, part: int) -> None:
        heading = self.columns[part].heading
        counted = Counter(block.pairs(year, part))
        for (one, other), times in sorted(counted.items()):
            cell = year_with_part(
                one.decode("utf-8", "surrogatepass"), other.decode("utf-8", "surrogatepass"), heading
            )
            self._whole.add(cell, times)

    def dates(self) -> DateColumns:
        if self._split is None or not self._whole.is_date:
            return columns_summed(self.columns)
        rest = (column for place, column in enumerate(self.columns) if place not in self._split)
        return columns_summed([*rest, self._whole])


class _Reading:
    """The pass over the rows."""

    def __init__(self, first: list[Row], layout: Layout, as_of: dt.date, padded: bool) -> None:
        self._sample = tuple(_shown(row, _SAMPLE_COLUMNS) for row in first[layout.body :] if filled(row))[
            :_SAMPLE_ROWS
        ]
        self._layout = layout
        self._padded = padded
        self._as_of = as_of
        headings = [*layout.heading, *[""] * (layout.width - len(layout.heading))][:MAX_COLUMNS]
        self._all = _Dating(headings, as_of)  # every row under the first heading
        self._columns = self._all.columns
        self._stacked: _Dating | None = None  # the table that is being read, below the first
        self._above: list[DateColumns] = []  # of the tables before it
        self._named: list[str] = [*layout.above[:MAX_COLUMNS], *layout.heading[:MAX_COLUMNS]]
        body = itertools.dropwhile(lambda row: not filled(row), first[layout.body :])
        self._numbers = numeric_columns(list(itertools.takewhile(filled, body)))
        self._fingerprint = Fingerprint()
        self._fingerprint.heading(layout.heading)
        self._flags = set(layout.flags)
        self._rows = self._ragged = self._formulas = 0
        self._after_blank = False

    def add(self, block: Block) -> None:
        if int(np.max(block.widths)) > MAX_WIDTH:
            raise TooMuch("columns")
        blank = block.blank
        starts = self._starts(block, blank)
        self._rows += block.rows - int(blank.sum())
        self._fingerprint.told(block.told())
        if not self._padded:
            self._ragged += self._other_widths(block, blank)
        self._date(block, starts)
        self._formulas += self._formulas_in(block)
        if "total_rows" not in self._flags and may_total(block.data):
            labels = block.labels()
            if may_total(b"\n".join(labels)) and any(
                is_total(label.decode("utf-8", "replace")) for label in labels
            ):
                self._flags.add("total_rows")

    def _date(self, block: Block, starts: Sequence[int]) -> None:
        """Cells of dates, those of each table under its own heading."""
        for begin, end in itertools.pairwise((0, *starts, block.rows)):
            part = block.part(begin, end)
            if begin in starts:
                self._above.append((self._stacked or self._all).dates())
                heading = block.row(begin)[:MAX_COLUMNS]
                self._named += heading
                self._stacked = _Dating(heading, self._as_of)
            if part.rows:
                self._all.add(part)
            if self._stacked is not None and (body := part.without(int(begin in starts))).rows:
                self._stacked.add(body)

    def _other_widths(self, block: Block, blank: Truths) -> int:
        width = self._layout.width
        other = (block.widths < width) | (block.last >= block.first[:-1] + width)
        return int((other & ~blank).sum())

    def _starts(self, block: Block, blank: Truths) -> list[int]:
        """Rows behind a blank one that head another table."""
        if not blank.any() and not self._after_blank:
            return []
        after = np.flatnonzero(~blank & np.concatenate(([self._after_blank], blank[:-1])))
        found: list[int] = []
        for row in after.tolist():
            if len(self._above) + len(found) + 1 >= _MOST_TABLES:
                break
            cells = block.row(row)
            if filled(cells) == 1 and row + 1 < block.rows:  # its name stands over it
                self._named += cells[:MAX_COLUMNS]
                row += 1
            if (row or self._rows) and self._starts_another(block, row):
                self._flags.add("several_tables")
                found.append(row)
        if not blank.all():
            self._after_blank = bool(blank[-1])
        elif self._rows:
            self._after_blank = True
        return found

    def _starts_another(self, block: Block, row: int) -> bool:
        """A row without numbers, where rows have them: all of the beginning, or those above it and below it."""
        cells = block.row(row)
        if filled(cells) < 2 or any(map(is_number, cells)):
            return False
        below = block.row(row + 1) if row + 1 < block.rows else []
        values = any(is_number(cell) or parse(cell) is not None for cell in below)
        numeric = self._layout.numeric | (self._numbers if values else frozenset())
        return any(column < len(cells) and cells[column].strip() for column in numeric)

    def _formulas_in(self, block: Block) -> int:
        begin = _BEGINS_FORMULA[block.initials()] & block.filled
        if not begin.any():
            return 0
        cells = np.flatnonzero(begin & (block.places() < len(self._columns)))
        numbers = block.only(cells, _OF_NUMBERS, 32)
        numbers &= _SIGN[block.initials()[cells]]
        return sum(is_formula(block.text(cell)) for cell in cells[~numbers].tolist())

    def table(self) -> Table:
        flags = set(self._flags)
        if self._rows and not any(2 * column.filled >= self._rows for column in self._columns):
            flags.add("sparse")
        ragged = self._ragged / self._rows if self._rows else 0.0
        if ragged > RAGGED_PASS:
            flags.add("ragged_rows")
        return Table(
            columns=self._layout.width,
            rows=self._rows,
            heading=_shown(self._layout.heading, _HEADINGS),
            flags=tuple(sorted(flags)),
            ragged=round(ragged, 4),
            formulas=self._formulas,
            dates=self._dates(),
            fingerprint=self._print(),
            sample=self._sample,
            tables=len(self._above) + 1,
        )

    def _dates(self) -> DateColumns:
        whole = self._all.dates()
        if self._stacked is None:
            return reaching(whole, self._named, self._as_of)
        found = together([*self._above, self._stacked.dates()])
        # What looked like a heading may have been a row: dates that are read without it may be the newest.
        if found.newest is not None and whole.newest is not None:
            found = replace(found, reach=max(found.reach or found.newest, whole.reach or whole.newest))
        return reaching(found, self._named, self._as_of)

    def _print(self) -> str:
        text = self._fingerprint.hexdigest()
        return dated(text) if any(c.is_date and says_taken(c.heading) for c in self._columns) else text


def _feed(column: Column, block: Block, number: int, filled: int) -> None:
    """A column's cells, read no further than there is hope of dates."""
    taken = 0
    if not column.gave_up and filled:
        cells = block.column(number)
        while taken < filled and not column.gave_up:
            part = cells[taken : taken + column.until_look]
            column.add_all(block.texts(part))
            taken += len(part)
    column.filled += filled - taken


def _shown(row: Row, columns: int) -> tuple[str, ...]:
    return tuple(" ".join(cell[:_LONGEST_SHOWN].split()) for cell in row[:columns])
