"""The tables of a page as rows of cells, each with the words that head its column. Reads the page's own lines alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from checks.page.content import PageContent
from checks.page.lines import TextBlock, ancestry

LONGEST_ROW = 600  # characters of a row about one matter or person. Longer is prose, and no row. By hand
_MOST_ROWS = 2_000  # Rows of a page's tables. Later ones are not read. By hand.
_DEEPEST = 12  # Elements between a line and its row. Deeper, the line is no cell's. By hand.


@dataclass(frozen=True, slots=True)
class TableRow:
    """cells: their text, "" for an empty one. heads: those of the columns, () where the table has none.

    lines: the own lines of the row, in order. ident, table: identities of its element and of its table.
    """

    cells: tuple[str, ...]
    heads: tuple[str, ...]
    lines: tuple[TextBlock, ...]
    ident: int
    table: int

    @property
    def text(self) -> str:
        return " ".join(cell for cell in self.cells if cell)

    def head(self, position: int) -> str:
        """What heads a cell, "" for nothing."""
        return self.heads[position] if position < len(self.heads) else ""


def rows(page: PageContent) -> Iterator[TableRow]:
    """Rows with at least two cells, in order; those that head the columns, or hold tables, left out."""
    heads: dict[int, tuple[str, ...]] = {}
    met: set[int] = set()
    by_row = _by_row(page)
    for row, lines in by_row.values():
        table = next((one for one in ancestry(row, 4) if one.tag == "table"), None)
        cells = [cell for cell in row.iter() if cell.tag in ("td", "th")]
        if table is None or len(cells) < 2 or row.css_first("table") is not None:
            continue  # what holds tables is there for the layout
        texts = tuple(" ".join(cell.text(deep=True, separator=" ").split())[:2_000] for cell in cells)
        first = table.mem_id not in met
        met.add(table.mem_id)
        if first and all(cell.tag == "th" or cell.css_first("strong, b") is not None for cell in cells):
            heads[table.mem_id] = texts
            continue
        yield TableRow(texts, heads.get(table.mem_id, ()), tuple(lines), row.mem_id, table.mem_id)


def row_of(line: TextBlock) -> LexborNode | None:
    """The row of a table that a line stands in."""
    return next((one for one in ancestry(line.node, _DEEPEST) if one.tag == "tr"), None)


def _by_row(page: PageContent) -> dict[int, tuple[LexborNode, list[TextBlock]]]:
    found: dict[int, tuple[LexborNode, list[TextBlock]]] = {}
    for line in page.own:
        row = row_of(line)
        if row is None:
            continue
        if row.mem_id not in found:
            if len(found) >= _MOST_ROWS:
                break
            found[row.mem_id] = (row, [])
        found[row.mem_id][1].append(line)
    return found
