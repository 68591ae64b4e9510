"""Rows of cells from what a page draws: cells between the lines of a table, or parts of a line with wide gaps between them."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass, field

from checks.pdf.drawing import Drawn, Glyph, Rule
from checks.pdf.order import is_rtl, logical

_SAME_LINE = 0.5  # of the size of the characters
_GAP = 1.5  # Of the size of the characters: a gap so wide parts cells. By hand.
_SLACK = 2.0  # points
_MIDDLE = 0.3  # Of the size: where the middle of a small letter is, above the line it stands on. By hand.

# left, right, bottom and top of a cell
_Cell = tuple[int, int, int, int]


@dataclass(slots=True)
class _Row:
    """cells: by right edge, their lines from above."""

    cells: dict[float, list[str]] = field(default_factory=dict)


def rows_of(drawn: Drawn) -> list[tuple[str, ...]]:
    """Rows from above, their cells from the side where its language begins."""
    rows: list[_Row] = []
    ruled: dict[int, _Row] = {}
    for line in _lines(drawn.glyphs):
        free: list[list[Glyph]] = []
        for part in _parts(line, drawn.upright):
            cell = _cell(part, drawn)
            if cell is None:
                free.append(part)
                continue
            _, right, _, top = cell
            if top not in ruled:
                ruled[top] = _Row()
                rows.append(ruled[top])
            ruled[top].cells.setdefault(right, []).append(logical(part))
        if free:
            rows.append(_Row({part[-1].x: [logical(part)] for part in free}))
    return [cells for row in rows for cells in _cells(row)]


def _cells(row: _Row) -> Iterator[tuple[str, ...]]:
    """A row of one cell is text: each of its lines stands for itself."""
    if len(row.cells) == 1:
        yield from ((text,) for text in next(iter(row.cells.values())) if text)
        return
    texts = {place: " ".join(filter(None, lines)) for place, lines in row.cells.items()}
    rtl = any(map(is_rtl, texts.values()))
    told = tuple(texts[place] for place in sorted(texts, reverse=rtl))
    if any(told):
        yield told


def _lines(glyphs: list[Glyph]) -> Iterator[list[Glyph]]:
    """Characters of one baseline, from left to right."""
    line: list[Glyph] = []
    for glyph in sorted(glyphs, key=lambda glyph: -glyph.y):
        if line and line[0].y - glyph.y > _SAME_LINE * min(line[0].size, glyph.size):
            yield sorted(line, key=lambda glyph: glyph.x)
            line = []
        line.append(glyph)
    if line:
        yield sorted(line, key=lambda glyph: glyph.x)


def _parts(line: list[Glyph], upright: list[Rule]) -> Iterator[list[Glyph]]:
    """The line, parted at lines of a table and at wide gaps."""
    height = line[0].y + _MIDDLE * line[0].size
    walls = sorted(rule.at for rule in upright if rule.low - _SLACK <= height <= rule.high + _SLACK)
    part: list[Glyph] = []
    for glyph in line:
        if glyph.text.isspace():
            continue
        if part:
            last = part[-1]
            apart = glyph.x - last.x - last.width
            if bisect(walls, _middle(glyph)) != bisect(walls, _middle(last)) or apart > _GAP * glyph.size:
                yield part
                part = []
        part.append(glyph)
    if part:
        yield part


def _middle(glyph: Glyph) -> float:
    return glyph.x + glyph.width / 2


def _cell(part: list[Glyph], drawn: Drawn) -> _Cell | None:
    """The lines around a part of a line; None where one of the four sides is open."""
    x, y = _middle(part[len(part) // 2]), part[0].y + _MIDDLE * part[0].size
    beside = [rule.at for rule in drawn.upright if rule.low - _SLACK <= y <= rule.high + _SLACK]
    level = [rule.at for rule in drawn.level if rule.low - _SLACK <= x <= rule.high + _SLACK]
    left, right = (
        max((at for at in beside if at <= x), default=None),
        min((at for at in beside if at > x), default=None),
    )
    below, above = (
        max((at for at in level if at <= y), default=None),
        min((at for at in level if at > y), default=None),
    )
    if left is None or right is None or below is None or above is None:
        return None
    return round(left), round(right), round(below), round(above)
