"""A table laid out as browsers do, rows and columns spanned, and the cell that holds the value of a label cell."""

from __future__ import annotations

from selectolax.lexbor import LexborNode

from checks.page.cards.labels import names_field
from checks.page.cards.text import Asked, marked
from checks.page.cards.values import ornament, says_electronic, ticked

_MOST_ROWS = 300  # Rows of a table that are laid out. Later ones are not read. By hand.
_MOST_COLUMNS = 40  # Columns that are laid out, and what a cell may span. By hand.
_PUNCTUATION = " :：-–—|\n\t\u200e\u200f"
_MANY = 3  # Rows of values below heads. More is a list of services or prices, and no card. By hand.
_GLANCE = 120  # Nodes of a cell that are read. Enough for a label or a mark.


def table_of(cell: LexborNode) -> LexborNode | None:
    current = cell.parent
    for _ in range(4):
        if current is None or current.tag == "table":
            return current
        current = current.parent
    return None


class Grid:
    """The first 300 rows of a table, its own and not those of tables inside of it."""

    def __init__(self, table: LexborNode) -> None:
        self._rows: list[dict[int, LexborNode]] = []
        self._place: dict[int, tuple[int, int, int, int]] = {}
        self._texts: dict[int, str] = {}
        carried: dict[int, tuple[LexborNode, int]] = {}
        for row in _rows(table):
            if len(self._rows) >= _MOST_ROWS:
                break
            carried = self._lay(row, carried)

    def _lay(
        self, row: LexborNode, carried: dict[int, tuple[LexborNode, int]]
    ) -> dict[int, tuple[LexborNode, int]]:
        number = len(self._rows)
        laid = {column: cell for column, (cell, _) in carried.items()}
        following = {column: (cell, left - 1) for column, (cell, left) in carried.items() if left > 1}
        column = 0
        for cell in row.iter():
            if column >= _MOST_COLUMNS:
                break
            if cell.tag not in ("td", "th"):
                continue
            while column in laid:
                column += 1
            wide, high = _span(cell, "colspan"), _span(cell, "rowspan")
            self._place[cell.mem_id] = (number, column, high, wide)
            for step in range(wide):
                laid[column + step] = cell
                if high > 1:
                    following[column + step] = (cell, high - 1)
            column += wide
        self._rows.append(laid)
        return following

    def beside(self, cell: LexborNode, name: str) -> list[LexborNode]:
        """Cells with the value of a label cell of that field; [] for none."""
        place = self._place.get(cell.mem_id)
        if place is None:
            return []
        number, column, high, wide = place
        right = self._right(number, column + wide)
        if right and (self._label(right[0], name) or self._headed(cell, right[0], number + high)):
            return self._below(number + high, column, heads=True)
        if not right:
            return self._last(cell, number, column, high)
        if len(right) > 1 and (chosen := self._chosen(number, right)) is not None:
            return chosen
        stated = [one for one in right if self._text(one).strip(_PUNCTUATION)]
        filled = stated[0] if stated else None
        if filled is None or self._label(filled, name):
            return []
        if len(stated) > 1 and not self._label(stated[1]) and ornament(name, self._text(filled), "0"):
            return stated[:2]
        more = [self._right(number + step, column + wide)[:1] for step in range(1, min(high, 12))]
        return [filled, *(one[0] for one in more if one and not self._label(one[0]))]

    def _headed(self, cell: LexborNode, beside: LexborNode, number: int) -> bool:
        """A row of heads, though the head beside this one is no label: values follow below and no other labels."""
        below = self._right(number, 0)
        return cell.tag == beside.tag == "th" and bool(below) and not any(map(self._label, below[:1]))

    def _right(self, number: int, column: int) -> list[LexborNode]:
        if number >= len(self._rows):
            return []
        row = self._rows[number]
        cells = [row[place] for place in sorted(row) if place >= column]
        return list({cell.mem_id: cell for cell in cells}.values())

    def _last(self, cell: LexborNode, number: int, column: int, high: int) -> list[LexborNode]:
        """A label at the end of its row: its value stands before it, or in the row below where it stands alone."""
        before = [
            one
            for one in self._right(number, 0)
            if one.mem_id != cell.mem_id and self._place.get(one.mem_id, (0, 0, 1, 1))[2] == 1
        ]  # a number that stands beside two rows is no value of the upper one
        if not before:
            return self._below(number + high, column, heads=False)
        if len(before) == 1 and not self._label(before[0]):
            return before
        return self._below(number + high, column, heads=True) if self._label(before[-1]) else []

    def _below(self, number: int, column: int, *, heads: bool) -> list[LexborNode]:
        """In a table of one value row under its heads; of two or three that row which says electronic."""
        rows: list[tuple[int, list[LexborNode]]] = []
        for place in range(number, len(self._rows)):
            cells = self._right(place, 0)
            if any(self._label(cell) for cell in cells) or len(rows) > _MANY or (rows and not heads):
                break
            if any(self._text(cell).strip(_PUNCTUATION) for cell in cells):
                rows.append((place, cells))
        if len(rows) > _MANY:
            return []  # a list of services or prices
        if len(rows) > 1:
            rows = [row for row in rows if says_electronic(self._text(row[1][0]))][:1]
        cell = self._rows[rows[0][0]].get(column) if rows else None
        return [cell] if cell is not None else []

    def _chosen(self, number: int, right: list[LexborNode]) -> list[LexborNode] | None:
        """Columns «الکترونیکی | غیرالکترونیکی» of which one is ticked: their heads. None for another table."""
        for above in range(number - 1, max(-1, number - 40), -1):
            heads = {
                column: cell
                for column, cell in self._rows[above].items()
                if says_electronic(self._text(cell)) is not None and not self._mark_only(cell)
            }
            if len({cell.mem_id for cell in heads.values()}) >= 2:
                mine = {cell.mem_id for cell in right}
                row = self._rows[number]
                return [
                    head
                    for column, head in sorted(heads.items())
                    if column in row and row[column].mem_id in mine and ticked(self._text(row[column]))
                ]
        return None

    def _mark_only(self, cell: LexborNode) -> bool:
        return not any(char.isalpha() for char in self._text(cell))

    def _label(self, cell: LexborNode, beside: str = "") -> bool:
        return names_field(self._text(cell).strip(_PUNCTUATION), beside)

    def _text(self, cell: LexborNode) -> str:
        if cell.mem_id not in self._texts:
            try:
                self._texts[cell.mem_id] = marked([cell], _GLANCE)
            except Asked:
                self._texts[cell.mem_id] = "?"
        return self._texts[cell.mem_id]


def _rows(table: LexborNode) -> list[LexborNode]:
    found: list[LexborNode] = []
    for part in table.iter():
        if part.tag == "tr":
            found.append(part)
        elif part.tag in ("thead", "tbody", "tfoot"):
            found.extend(row for row in part.iter() if row.tag == "tr")
        if len(found) >= _MOST_ROWS:
            break
    return found


def _span(cell: LexborNode, name: str) -> int:
    value = (cell.attributes.get(name) or "").strip()
    return min(max(int(value), 1), _MOST_COLUMNS) if value.isascii() and value.isdigit() else 1
