"""What a table is like: its heading, its rows, what is untidy about it, its dates, its fingerprint.

Reads rows once, whatever they came from (`checks.datasets.read`). Judges nothing.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from checks.datasets.columns import Column, DateColumns, summed, together
from checks.datasets.dates import parse
from checks.datasets.fingerprint import Fingerprint
from claims.persian import digits, fold, tight

Row = Sequence[str]

_LOOKAHEAD = 60
_MAX_COLUMNS = 1_000  # a wider table is read no further to the right
RAGGED_PASS, RAGGED_FAIL = 0.01, 0.05

_NUMBER = re.compile(
    r"[-+(]?\s*(?:\d{1,3}(?:[,٬،']\d{3})+|\d+)?(?:[.٫/]\d+)?(?:e[+-]?\d+)?\s*[%٪)]?", re.IGNORECASE
)
_FORMULA = re.compile(r"[=@\t\r]|[+-](?![\d\s().\-/٬,]*$)")
_TOTALS = frozenset(tight(w) for w in ("جمع", "جمع کل", "مجموع", "مجموع کل", "total", "grand total", "totals", "sum"))  # fmt: skip
_TOTAL_STEMS = tuple(fold(word) for word in ("جمع کل", "مجموع کل", "grand total", "total:"))
_MAY_TOTAL = re.compile(r"جم|مج|total|sum", re.IGNORECASE)  # cheap, before the text is folded
_YEARS = (*range(1250, 1501), *range(1900, 2101))


@dataclass(frozen=True, slots=True)
class Table:
    """One table.

    rows: data rows. heading: as written, cut. flags: what is untidy, sorted codes. ragged: share of rows
    with another number of fields. formulas: cells that a spreadsheet would run. fingerprint: see
    `checks.datasets.fingerprint`.
    """

    columns: int
    rows: int
    heading: tuple[str, ...]
    flags: tuple[str, ...]
    ragged: float
    formulas: int
    dates: DateColumns
    fingerprint: str


def is_number(cell: str) -> bool:
    text = digits(cell.strip())
    return any("0" <= char <= "9" for char in text) and _NUMBER.fullmatch(text) is not None


def profile(rows: Iterable[Row], as_of: dt.date, *, named: bool = False, padded: bool = False) -> Table:
    """Reads all rows. named: the first row is the heading for certain (records). padded: rows of a sheet."""
    stream = iter(rows)
    first = list(itertools.islice(stream, _LOOKAHEAD))
    layout = _Layout.of(first, named)
    reading = _Reading(layout, as_of, padded)
    for row in itertools.chain(first[layout.body :], stream):
        reading.add(row)
    return reading.table()


def joined(tables: Sequence[Table]) -> Table:
    """Several tables that make one dataset: the largest stands for all, with the dates and content of all."""
    largest = max(tables, key=lambda table: table.rows * table.columns)
    if len(tables) == 1:
        return largest
    total = sum(int(table.fingerprint, 16) for table in tables) % (1 << 128)
    return replace(
        largest,
        formulas=sum(table.formulas for table in tables),
        dates=together([table.dates for table in tables]),
        fingerprint=f"{total:032x}",
    )


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where heading and body are. body: index of the first data row. numeric: columns of numbers."""

    width: int
    heading: tuple[str, ...]
    body: int
    flags: frozenset[str]
    numeric: frozenset[int]

    @classmethod
    def of(cls, rows: list[Row], named: bool) -> _Layout:
        widths = Counter(_width(row) for row in rows if _filled(row))
        if named and rows:
            return cls(len(rows[0]), tuple(rows[0]), 1, frozenset(), frozenset())
        if not widths:
            return cls(0, (), len(rows), frozenset(), frozenset())
        width = max(widths, key=lambda width: (widths[width], width))
        wanted = 1 if width == 1 else max(2, (width + 1) // 2)
        start = next((i for i, row in enumerate(rows) if _filled(row) >= wanted), 0)
        flags = {"preamble"} if any(_filled(row) for row in rows[:start]) else set()
        head = [cell.strip() for cell in rows[start]]
        body = [row for row in rows[start + 1 :] if _filled(row)]
        numeric = _numeric_columns(body[1:] if len(body) > 2 else body, width)
        if _is_data(head, numeric):
            return cls(width, ("",) * width, start, frozenset({*flags, "no_header"}), numeric)
        skip = 0
        while skip < min(3, len(body) - 1) and _continues(head, body[skip], numeric):
            skip += 1
            head = [f"{a} {b}".strip() for a, b in itertools.zip_longest(head, body[skip - 1], fillvalue="")]
        if skip:
            flags.add("multi_row_header")
        blank = sum(not _filled(row) for row in rows[start + 1 : start + 1 + skip])
        return cls(width, tuple(head), start + 1 + skip + blank, frozenset(flags), numeric)


def _width(row: Row) -> int:
    """Fields up to the last that is not blank."""
    return next((len(row) - i for i, cell in enumerate(reversed(row)) if cell.strip()), 0)


def _filled(row: Row) -> int:
    return sum(1 for cell in row if cell.strip())


def _numeric_columns(rows: list[Row], width: int) -> frozenset[int]:
    found = set()
    for column in range(min(width, _MAX_COLUMNS)):
        cells = [row[column] for row in rows if column < len(row) and row[column].strip()]
        if cells and sum(map(is_number, cells)) >= 0.7 * len(cells):
            found.add(column)
    return frozenset(found)


def _is_data(head: list[str], numeric: frozenset[int]) -> bool:
    """A first row of values: numbers over columns of numbers (years may head columns), or full dates."""
    over = [head[column] for column in numeric if column < len(head) and head[column]]
    values = [cell for cell in over if is_number(cell) and not _is_year(cell)]
    if values and 2 * len(values) >= len(over):
        return True
    if over and len(over) == len([cell for cell in head if cell]) and all(map(_is_year, over)):
        return len(set(over)) < len(over) or len(over) == 1
    return any(
        (moment := parse(cell)) is not None and moment.precision == "day" for cell in head if len(cell) > 7
    )


def _is_year(cell: str) -> bool:
    text = digits(cell.strip())
    return text.isdigit() and len(text) == 4 and int(text) in _YEARS


def _continues(head: list[str], row: Row, numeric: frozenset[int]) -> bool:
    """The row under the heading goes on with it: text where the columns hold numbers, or text in its gaps."""
    cells = [cell.strip() for cell in row]
    if not any(cells) or any(is_number(cell) and not _is_year(cell) for cell in cells):
        return False
    over = [cells[column] for column in numeric if column < len(cells)]
    texts = [cell for cell in over if cell]
    return bool(texts) and 2 * len(texts) >= len(over)


class _Reading:
    """The pass over the rows."""

    def __init__(self, layout: _Layout, as_of: dt.date, padded: bool) -> None:
        self._layout = layout
        self._padded = padded
        headings = [*layout.heading, *[""] * (layout.width - len(layout.heading))][:_MAX_COLUMNS]
        self._columns = [Column(heading, as_of) for heading in headings]
        self._fingerprint = Fingerprint()
        self._fingerprint.heading(layout.heading)
        self._flags = set(layout.flags)
        self._rows = self._ragged = self._formulas = self._totals = 0
        self._after_blank = False

    def add(self, row: Row) -> None:
        if not any(map(str.strip, row)):
            self._after_blank = self._rows > 0
            return
        if self._after_blank:
            self._after_blank = False
            if self._starts_another(row):
                self._flags.add("several_tables")
        self._rows += 1
        self._fingerprint.row(row)
        width = self._layout.width
        if not self._padded and len(row) != width and (len(row) < width or any(map(str.strip, row[width:]))):
            self._ragged += 1
        for column, cell in zip(self._columns, row, strict=False):
            text = cell.strip()
            if text:
                column.add(text)
                if text[0] in "=@+-" or cell[0] in "\t\r":
                    self._formulas += _is_formula(text)
        if _is_total(row):
            self._totals += 1

    def _starts_another(self, row: Row) -> bool:
        numeric = [column for column in self._layout.numeric if column < len(row) and row[column].strip()]
        return bool(numeric) and not any(is_number(cell) for cell in row) and _filled(row) > 1

    def table(self) -> Table:
        flags = set(self._flags)
        if self._totals:
            flags.add("total_rows")
        filled = any(2 * column.filled >= self._rows for column in self._columns)
        if self._rows and not filled:
            flags.add("sparse")
        ragged = self._ragged / self._rows if self._rows else 0.0
        if ragged > RAGGED_PASS:
            flags.add("ragged_rows")
        return Table(
            columns=self._layout.width,
            rows=self._rows,
            heading=tuple(_shown(self._layout.heading)),
            flags=tuple(sorted(flags)),
            ragged=round(ragged, 4),
            formulas=self._formulas,
            dates=summed(self._columns),
            fingerprint=self._fingerprint.hexdigest(),
        )


def _shown(heading: Row) -> Iterator[str]:
    for cell in heading[:50]:
        yield " ".join(cell.split())[:80]


def _is_formula(cell: str) -> bool:
    if not any(char.isalnum() for char in cell) or is_number(cell):
        return False
    return _FORMULA.match(digits(cell)) is not None


def _is_total(row: Row) -> bool:
    """«جمع کل» and its like where the row's name stands."""
    label = next((cell for cell in row if cell.strip()), "")
    if len(label) > 40 or _MAY_TOTAL.search(label) is None:
        return False
    return tight(label) in _TOTALS or fold(label).startswith(_TOTAL_STEMS)
