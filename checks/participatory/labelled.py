"""Lines of a page with the words that name them: the head of their column, the cell before, the term of a definition.

«مهلت» may stand in the head of a table and its date twenty rows below.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from checks.dated import dates_of
from checks.page.lines import TextBlock
from checks.page.tree import ancestry

_LONGEST_LABEL = 60  # Characters of a label. Longer is text, and names nothing.
_MOST_CELLS = 40  # Cells of a row that are read. Later ones have no label.


@dataclass(frozen=True, slots=True)
class Labelled:
    """A line and its label, "" without one."""

    line: TextBlock
    label: str


def labelled(lines: Iterable[TextBlock]) -> Iterator[Labelled]:
    """The lines of a page or of a part of it, in order, each with its label."""
    before: TextBlock | None = None
    for line in lines:
        yield Labelled(line, _label(line, before))
        before = line


def _label(line: TextBlock, before: TextBlock | None) -> str:
    cell = next((one for one in ancestry(line.node, 6) if one.tag in ("td", "th", "dd")), None)
    if cell is not None:
        named = _term(cell) if cell.tag == "dd" else _column(cell)
        if named:
            return named
    if before is None or len(before.text) > _LONGEST_LABEL or any(dates_of(before.text)):
        return ""
    # a label that stands alone on the line before: what follows is hardly more than a date
    return before.text if any(dates_of(line.text)) and len(line.text) <= _LONGEST_LABEL else ""


def _column(cell: LexborNode) -> str:
    row = cell.parent
    if row is None or row.tag != "tr":
        return ""
    cells = cells_of(row)
    at = next((place for place, one in enumerate(cells) if one.mem_id == cell.mem_id), 0)
    if len(cells) == 2:
        if at == 0:
            return ""
        over = heads_of(row, plain=False)
        return (
            f"{words(cells[0])[:_LONGEST_LABEL]} {over[1][:_LONGEST_LABEL] if len(over) == 2 else ''}".strip()
        )
    heads = heads_of(row)
    return heads[at][:_LONGEST_LABEL] if at < len(heads) else ""


def cells_of(row: LexborNode) -> list[LexborNode]:
    return [one for one in row.iter() if one.tag in ("td", "th")][:_MOST_CELLS]


def heads_of(row: LexborNode, *, plain: bool = True) -> list[str]:
    """What the first row of the row's table says, cell by cell, where it is one of headings; else [].

    plain: a first row without a date is one, though nothing marks it so.
    """
    table = next((one for one in ancestry(row, 4) if one.tag == "table"), None)
    first = table.css_first("tr") if table is not None else None
    if first is None or first.mem_id == row.mem_id:
        return []
    cells = cells_of(first)
    headed = all(one.tag == "th" for one in cells) or (
        first.parent is not None and first.parent.tag == "thead"
    )
    headed = headed or (plain and not any(any(dates_of(words(one))) for one in cells))
    return [words(one) for one in cells] if headed else []


def _term(definition: LexborNode) -> str:
    before = definition.prev
    while before is not None and before.tag != "dt":
        before = before.prev
    return words(before)[:_LONGEST_LABEL] if before is not None else ""


def words(node: LexborNode) -> str:
    return " ".join(node.text(deep=True, separator=" ").split())
