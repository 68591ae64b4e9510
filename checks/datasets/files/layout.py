"""Where a table's heading and its rows are, told by its first rows; what is untidy about them."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from checks.datasets.files.cells import is_number, is_year
from checks.datasets.files.dates import parse
from checks.page.wordlist import table
from claims.persian import tight

Row = Sequence[str]

_UNKNOWN = frozenset(
    text for word in table("datasets/files/words.toml")["unknown"] for text in (tight(word) or word,)
)
_COLUMN_SHARE = 0.7  # of a column's cells: with fewer of a kind, the column is mixed. By hand
MAX_COLUMNS = 1_000  # a wider table is read no further to the right


@dataclass(frozen=True, slots=True)
class Layout:
    """Where heading and body are. body: index of the first data row. numeric: columns of numbers. above: cells of the
    lines over the heading."""

    width: int
    heading: tuple[str, ...]
    body: int
    flags: frozenset[str]
    numeric: frozenset[int]
    above: tuple[str, ...] = ()

    @classmethod
    def of(cls, rows: list[Row], named: bool) -> Layout:
        widths = Counter(_width(row) for row in rows if filled(row))
        if named and rows:
            return cls(len(rows[0]), tuple(rows[0]), 1, frozenset(), frozenset())
        if not widths:
            return cls(0, (), len(rows), frozenset(), frozenset())
        width = max(widths, key=lambda width: (widths[width], width))
        wanted = 1 if width == 1 else max(2, (width + 1) // 2)
        start = next((i for i, row in enumerate(rows) if filled(row) >= wanted), 0)
        above = tuple(cell for row in rows[:start] for cell in row if cell.strip())
        flags = {"preamble"} if above else set()
        head = [cell.strip() for cell in rows[start]]
        body = [row for row in rows[start + 1 :] if filled(row)]
        numeric = _columns_of(is_number, body[1:] if len(body) > 2 else body, width)
        years = _columns_of(is_year, body, width)
        if _is_data(head, numeric):
            return cls(width, ("",) * width, start, frozenset({*flags, "no_header"}), numeric, above)
        skip = 0
        while skip < min(3, len(body) - 1) and _continues(body[skip], numeric, years):
            skip += 1
            head = [f"{a} {b}".strip() for a, b in itertools.zip_longest(head, body[skip - 1], fillvalue="")]
        if skip:
            flags.add("multi_row_header")
        blank = sum(not filled(row) for row in rows[start + 1 : start + 1 + skip])
        width = max(width, _named_width(head, body))
        return cls(width, tuple(head), start + 1 + skip + blank, frozenset(flags), numeric, above)


def _width(row: Row) -> int:
    """Fields up to the last that is not blank."""
    return next((len(row) - i for i, cell in enumerate(reversed(row)) if cell.strip()), 0)


def _named_width(head: Row, body: Sequence[Row]) -> int:
    """Columns that the heading names, where most rows have them, empty or not; 0 where they do not: nobody meant them."""
    named = _width(head)
    return named if 2 * sum(len(row) >= named for row in body) > len(body) else 0


def filled(row: Row) -> int:
    """Fields that are not blank."""
    return sum(1 for cell in row if cell.strip())


def numeric_columns(rows: list[Row]) -> frozenset[int]:
    """Columns of numbers in several rows."""
    return _columns_of(is_number, rows, max(map(_width, rows))) if len(rows) > 1 else frozenset()


def _columns_of(kind: Callable[[str], bool], rows: list[Row], width: int) -> frozenset[int]:
    """Columns in which most cells are of a kind."""
    found = set()
    for column in range(min(width, MAX_COLUMNS)):
        cells = [row[column] for row in rows if column < len(row) and row[column].strip()]
        if cells and sum(map(kind, cells)) >= _COLUMN_SHARE * len(cells):
            found.add(column)
    return frozenset(found)


def _is_data(head: list[str], numeric: frozenset[int]) -> bool:
    """A first row of values: numbers over columns of numbers (years may head columns), or full dates."""
    over = [head[column] for column in numeric if column < len(head) and head[column]]
    values = [cell for cell in over if is_number(cell) and not is_year(cell)]
    if values and 2 * len(values) >= len(over):
        return True
    if over and len(over) == len([cell for cell in head if cell]) and all(map(is_year, over)):
        return len(set(over)) < len(over) or len(over) == 1
    return any(
        (moment := parse(cell)) is not None and moment.precision == "day"
        for column, cell in enumerate(head)
        if len(cell) > 7 and column not in numeric  # a day may head a column of numbers
    )


def _continues(row: Row, numeric: frozenset[int], years: frozenset[int]) -> bool:
    """The row under the heading goes on with it: text where the columns hold numbers. A year among years is a value."""
    cells = [cell.strip() for cell in row]
    if any(is_year(cells[column]) for column in years if column < len(cells)):
        return False
    if not any(cells) or any(is_number(cell) and not is_year(cell) for cell in cells):
        return False
    over = [cells[column] for column in numeric if column < len(cells)]
    texts = [cell for cell in over if cell and not {cell, tight(cell)} & _UNKNOWN]
    return bool(texts) and 2 * len(texts) >= len(over)
