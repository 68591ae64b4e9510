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
from checks.datasets.files.fingerprint import Fingerprint, dated
from checks.datasets.files.fingerprint import summed as prints_summed
from checks.datasets.files.layout import MAX_COLUMNS, Layout, Row, filled
from checks.datasets.files.packages import TooMuch

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
    `checks.datasets.files.fingerprint`. sample: the first rows of data as written, cut in every direction.
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
        self._columns = [Column(heading, as_of) for heading in headings]
        self._split = year_and_part(headings)
        whole = " ".join(headings[place] for place in self._split or ())
        self._whole = Column(whole, as_of, ordered=False)
        self._fingerprint = Fingerprint()
        self._fingerprint.heading(layout.heading)
        self._flags = set(layout.flags)
        self._rows = self._ragged = self._formulas = 0
        self._after_blank = False

    def add(self, block: Block) -> None:
        if int(np.max(block.widths)) > MAX_WIDTH:
            raise TooMuch("columns")
        blank = block.blank
        if blank.any():
            self._look_behind_blanks(block, blank)
        elif self._after_blank:
            self._after_blank = False
            self._look_at_start(block, 0)
        self._rows += block.rows - int(blank.sum())
        self._fingerprint.told(block.told())
        if not self._padded:
            self._ragged += self._other_widths(block, blank)
        counts = block.filled_by_column(len(self._columns))
        for number, column in enumerate(self._columns):
            _feed(column, block, number, counts[number])
        if self._split is not None and not self._whole.gave_up:
            self._join(block, *self._split)
        self._formulas += self._formulas_in(block)
        if "total_rows" not in self._flags and may_total(block.data):
            labels = block.labels()
            if may_total(b"\n".join(labels)) and any(
                is_total(label.decode("utf-8", "replace")) for label in labels
            ):
                self._flags.add("total_rows")

    def _join(self, block: Block, year: int, part: int) -> None:
        heading = self._columns[part].heading
        counted = Counter(block.pairs(year, part))
        for (one, other), times in sorted(counted.items()):
            cell = year_with_part(
                one.decode("utf-8", "surrogatepass"), other.decode("utf-8", "surrogatepass"), heading
            )
            self._whole.add(cell, times)

    def _other_widths(self, block: Block, blank: Truths) -> int:
        width = self._layout.width
        other = (block.widths < width) | (block.last >= block.first[:-1] + width)
        return int((other & ~blank).sum())

    def _look_behind_blanks(self, block: Block, blank: Truths) -> None:
        after = np.flatnonzero(~blank & np.concatenate(([self._after_blank], blank[:-1])))
        for row in after.tolist():
            if "several_tables" in self._flags:
                break
            if row or self._rows:
                self._look_at_start(block, row)
        if not blank.all():
            self._after_blank = bool(blank[-1])
        elif self._rows:
            self._after_blank = True

    def _look_at_start(self, block: Block, row: int) -> None:
        if self._starts_another(block.row(row)):
            self._flags.add("several_tables")

    def _starts_another(self, row: Row) -> bool:
        numeric = [column for column in self._layout.numeric if column < len(row) and row[column].strip()]
        return bool(numeric) and not any(is_number(cell) for cell in row) and filled(row) > 1

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
            dates=reaching(columns_summed(self._dated()), self._names(), self._as_of),
            fingerprint=self._print(),
            sample=self._sample,
        )

    def _dated(self) -> list[Column]:
        if self._split is None or not self._whole.is_date:
            return self._columns
        return [
            *(column for place, column in enumerate(self._columns) if place not in self._split),
            self._whole,
        ]

    def _print(self) -> str:
        text = self._fingerprint.hexdigest()
        return dated(text) if any(c.is_date and says_taken(c.heading) for c in self._columns) else text

    def _names(self) -> Iterable[str]:
        return (*self._layout.above[:MAX_COLUMNS], *self._layout.heading[:MAX_COLUMNS])


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
