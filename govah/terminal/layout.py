"""Tables and trees as the reader can take them: a grid where there is room, labelled lines where there is not.

Plain mode, for screen readers, is labelled lines too: one fact a line, nothing drawn, nothing told by place or colour.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text
from rich.tree import Tree

# a command with what is plainly an argument of it, or a word
_WORD = re.compile(r"""\s*(?:govah [a-z]+(?: (?:-\S+|\S*[/'"\d]\S*|[A-Z/\[\]]+(?=\s|$)))*\S*|\S+)\s*""")
_READABLE = 14  # columns; narrower, prose falls apart into letters
_PROSE = 44  # columns beside a label
_ROOM_FOR_BRANCHES = 60
NOTHING = "–"
"""Alone in its place: no value. Inside of a sentence it is a dash."""
Signs = Mapping[str, str]
"""A sign, and the word for it."""


def fitted(what: RenderableType, width: int) -> RenderableType:
    """As it is, or as labelled lines when its columns would be too narrow to read."""
    if isinstance(what, Table) and needed(what) > width:
        return _lines(what)
    if isinstance(what, Tree) and width < _ROOM_FOR_BRANCHES:
        return Group(
            *(
                Padding(label, (0, 0, 0, 2 * (len(place) - 1)), expand=False)
                for place, label in _walk(what, (1,))
            )
        )
    return what


def needed(table: Table) -> int:
    """Columns of a terminal that a table takes before its prose falls apart."""
    if _keyed(table):
        return _longest(table.columns[0]) + _PROSE
    between = 3 * (len(table.columns) - 1) if table.box else 0
    return (
        sum(_least(column) for column in table.columns)
        + between
        + (4 if table.box and table.show_edge else 0)
    )


def plain_lines(what: RenderableType, signs: Signs) -> Iterator[str]:
    """One fact a line, in words."""
    if isinstance(what, Table):
        yield from _plain_table(what, signs)
    elif isinstance(what, Tree):
        for place, label in _walk(what, (1,)):
            yield f"{'.'.join(map(str, place))}: {in_words(label.plain, signs)}"
    else:
        yield in_words(_text(what).plain, signs)


def in_words(said: str, signs: Signs) -> str:
    """On one line, without signs that a screen reader spells out or leaves out."""
    line = "; ".join(part.strip() for part in said.split("\n") if part.strip()).replace(" · ", ", ")
    if line == NOTHING:
        return signs[NOTHING]
    return " ".join(word if word == NOTHING else signs.get(word, word) for word in line.split(" "))


def broken(said: Text, width: int) -> Iterator[Text]:
    """Lines that end between words. Paths, hashes and commands stay whole, to be copied, also where they are longer."""
    for line in said.split(allow_blank=True):
        ends, used = [], 0
        for word in _WORD.finditer(line.plain):
            if used and used + cell_len(word[0].rstrip()) > width:
                ends.append(word.start())
                used = 0
            used += cell_len(word[0])
        for piece in line.divide(ends):
            piece.rstrip()
            yield piece


def _least(column: Column) -> int:
    if column.width is not None:
        return column.width
    name = max((cell_len(word) for word in _text(column.header).plain.split()), default=0)
    whole = _longest(column)
    if column.justify != "right":
        whole = min(whole, _READABLE)
    return max(name, whole)


def _longest(column: Column) -> int:
    return max((line.cell_len for cell in column.cells for line in _text(cell).split()), default=0)


def _keyed(table: Table) -> bool:
    """Whether each row is a label and what stands beside it."""
    return not table.show_header and len(table.columns) == 2


def _lines(table: Table) -> Group:
    """A row after the other: the first field leads, the others stand under it."""
    shown: list[RenderableType] = []
    if table.title:
        shown.append(Text.assemble((_text(table.title).plain, "bold")))
    apart = "" if _keyed(table) else "\n"
    for heading, fields in _rows(table):
        if heading is not None:
            shown.append(Text.assemble("\n", heading))
        for place, (label, value) in enumerate(fields):
            if value.plain == NOTHING:
                continue
            named = Text.assemble((f"{label.plain}: ", "dim"), value) if label.plain else value
            shown.append(Padding(named, (0, 0, 0, 2), expand=False) if place else Text.assemble(apart, named))
    if table.caption:
        shown.append(Text.assemble((_text(table.caption).plain, "dim")))
    return Group(*shown)


def _plain_table(table: Table, signs: Signs) -> Iterator[str]:
    if table.title:
        yield in_words(_text(table.title).plain, signs)
    for heading, fields in _rows(table):
        if not _keyed(table):
            yield ""
        if heading is not None:
            yield in_words(heading.plain, signs)
        for label, value in fields:
            said = in_words(value.plain, signs)
            yield f"{in_words(label.plain, signs)}: {said}" if label.plain.strip() else said
    if table.caption:
        yield in_words(_text(table.caption).plain, signs)


def _rows(table: Table) -> Iterator[tuple[Text | None, Sequence[tuple[Text, Text]]]]:
    """(heading, no fields) or (None, (label, value) of each cell that says something)."""
    keyed = _keyed(table)
    labels = [_text(column.header) for column in table.columns]
    for cells in zip(*(list(column.cells) for column in table.columns), strict=True):
        texts = [_text(cell) for cell in cells]
        told = [(label, cell) for label, cell in zip(labels, texts, strict=True) if cell.plain.strip()]
        if keyed:
            yield None, [(texts[0], texts[1])]
        elif len(told) == 1 and len(texts) > 1:
            yield told[0][1], []
        elif told:
            yield None, told


def _walk(tree: Tree, place: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], Text]]:
    yield place, _text(tree.label)
    for number, child in enumerate(tree.children, 1):
        yield from _walk(child, (*place, number))


def _text(cell: RenderableType) -> Text:
    return cell if isinstance(cell, Text) else Text.from_markup(str(cell))
