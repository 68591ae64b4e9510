"""Rows out of tables of HTML that were saved under the name of a workbook. To be run in the child process of
`checks.datasets.sandbox`.

Exporters leave out end tags, put tables into tables, and merge cells; so cells are taken in the order of the text, by
the nearest table around them, and never by how the tree nests them. Not here: whether the page is data at all
(`checks.datasets.page`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement, Tag
from bs4.exceptions import ParserRejectedMarkup

from checks.datasets.files.packages import TooMuch
from checks.datasets.files.sheets import MAX_CELLS, MAX_SHEET_BYTES, MERGE_ROWS, Book, Sheet
from checks.datasets.files.table import MAX_WIDTH
from checks.datasets.files.xml_rows import MAX_FIELD

MAX_ELEMENTS = 400_000  # each costs 2 kB and 0.03 ms of CPU
MAX_DEPTH = 100  # tables in tables
_MOST_SPAN, _MOST_ROWS = 1_000, 65_534  # as browsers cut them
# Texts beside the tables, and their characters. They are only quoted; the rest is dropped.
_MOST_BESIDE, _LONGEST_BESIDE = 50, 200
# A table within these is layout or a form, unless it is the only one. By hand.
_SMALL_ROWS, _SMALL_COLUMNS = 5, 2

# No text of any cell, and what each version of Python's parser reads in its own way.
_UNREAD = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|template|xml)(?=[\s/>]).*?(?:</\1(?=[\s/>])[^>]*+>?|\Z)|<[!?][^>]*+>?",
    re.DOTALL | re.IGNORECASE,
)
_START = re.compile(r"<[A-Za-z]")
_HIDDEN = re.compile(
    r"display\s*+:\s*+none|visibility\s*+:\s*+(?:hidden|collapse)|mso-hide\s*+:\s*+all", re.IGNORECASE
)
_SPAN = re.compile(r"\s*+(\d{1,6})")
_SHEETS_ELSEWHERE = re.compile(r"<x:WorksheetSource\s", re.IGNORECASE)
_SECTIONS = frozenset({"thead", "tbody", "tfoot"})
_BREAKS = frozenset("address article br center div dd dl dt h1 h2 h3 h4 h5 h6 hr li ol p pre ul".split())
_WORDLESS = frozenset({"option", "textarea", "title"})


@dataclass(slots=True)
class _Cell:
    head: bool
    parts: list[str] = field(default_factory=list)
    size: int = 0

    @property
    def text(self) -> str:
        return " ".join("".join(self.parts).split())


@dataclass(slots=True)
class _Row:
    """cells: by place; None where a cell of this row or one above reaches over it. merged: of how many places or rows."""

    number: int
    foot: bool = False
    hidden: bool = False
    merged: bool = False
    cells: list[_Cell | None] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        return [cell.text if cell is not None else "" for cell in self.cells]

    @property
    def headed(self) -> bool:
        """Whether all its words stand in cells of headings."""
        return all(cell.head for cell in self.cells if cell is not None and cell.text)


@dataclass(slots=True)
class _Table:
    depth: int
    hidden: bool
    name: str = ""
    rows: list[_Row] = field(default_factory=list)
    reaching: dict[int, int] = field(
        default_factory=dict
    )  # by place: the last row that a cell above reaches to
    section: str = ""
    section_hidden: bool = False

    def row(self, hidden: bool) -> _Row:
        row = _Row(len(self.rows), self.section == "tfoot", hidden or self.hidden or self.section_hidden)
        self.rows.append(row)
        return row

    def put(self, row: _Row, cell: _Cell, columns: int, rows: int) -> int:
        """Puts a cell at the next free place. The places that were used."""
        before = len(row.cells)
        while self.reaching.get(len(row.cells), -1) >= row.number:
            row.cells.append(None)
        place = len(row.cells)
        row.cells += [cell, *([None] * (columns - 1))]
        if len(row.cells) > MAX_WIDTH:
            raise TooMuch("columns")
        row.merged = row.merged or columns > 1 or rows > 1
        if rows > 1:
            last = row.number + rows - 1
            self.reaching.update(dict.fromkeys(range(place, place + columns), last))
        return len(row.cells) - before


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an element stands: in which table, row's cell, and whether anybody sees it."""

    table: _Table | None
    cell: _Cell | None
    hidden: bool


@dataclass(frozen=True, slots=True)
class _Read:
    """A table as far as it is seen. named: its first row holds the headings for certain."""

    name: str
    rows: list[list[str]]
    named: bool
    merged: bool

    @property
    def width(self) -> int:
        return len(self.rows[0])

    @property
    def is_data(self) -> bool:
        """Rows of several cells, two at least; or one column under a heading that is marked as such."""
        full = sum(sum(map(bool, row)) > 1 for row in self.rows)
        return full > 1 or (self.width == 1 and self.named and len(self.rows) > _SMALL_COLUMNS)

    @property
    def is_small(self) -> bool:
        """As the box that says by whom and when a report was made."""
        return self.width <= _SMALL_COLUMNS and len(self.rows) < _SMALL_ROWS

    @property
    def size(self) -> int:
        return len(self.rows) * self.width


def sheets_of_page(text: str) -> Book:
    """The tables of a page as sheets of a book; none where it holds no table of rows. Raises TooMuch."""
    if len(text) > MAX_SHEET_BYTES:
        raise TooMuch("sheet_size")
    text = _UNREAD.sub(" ", text)
    if sum(1 for _ in _START.finditer(text)) > MAX_ELEMENTS:
        raise TooMuch("elements")
    try:
        page = BeautifulSoup(
            text, "html.parser", multi_valued_attributes=None, on_duplicate_attribute="ignore"
        )
    except ParserRejectedMarkup as error:
        raise TooMuch("reader") from error
    walk = _Walk()
    for element in page.descendants:
        walk.meet(element)
    read = [table for found in walk.tables if (table := _read(found)) is not None]
    data = [table for table in read if table.is_data]
    if not data:  # a heading without a row is a table all the same
        data = [table for table in read if table.named and table.width > 1][:1]
    largest = max(data, key=lambda table: table.size, default=None)
    data = [table for table in data if table is largest or not table.is_small]
    kept = {id(table) for table in data}
    beside = (" ".join(filter(None, row)) for table in read if id(table) not in kept for row in table.rows)
    return Book(
        [Sheet(table.name, iter(table.rows), table.merged, table.named) for table in data],
        ("hidden_rows",) if walk.hidden_words else (),
        tuple(text[:_LONGEST_BESIDE] for text in (*walk.beside, *beside))[:_MOST_BESIDE],
    )


def names_other_files(text: str) -> bool:
    """Whether the page is the frame of a workbook that was saved as a page: its sheets lie in files of their own."""
    return _SHEETS_ELSEWHERE.search(text) is not None


class _Walk:
    """One pass over a page in the order of its text. beside: what stands outside of all cells."""

    def __init__(self) -> None:
        self.tables: list[_Table] = []
        self.beside: list[str] = []
        self.hidden_words = False
        self._cells = 0
        self._places: dict[int, _Place] = {}

    def meet(self, element: PageElement) -> None:
        around = self._places.get(id(element.parent), _Place(None, None, False))
        if isinstance(element, Tag):
            self._places[id(element)] = self._entered(element, around)
        elif type(element) is NavigableString:
            self._say(element, around)

    def _entered(self, tag: Tag, around: _Place) -> _Place:
        hidden = _is_hidden(tag)
        table = around.table
        if tag.name == "table":
            table = _Table(table.depth + 1 if table is not None else 1, hidden or around.hidden)
            if table.depth > MAX_DEPTH:
                raise TooMuch("depth")
            self.tables.append(table)
            return _Place(table, None, table.hidden)
        if table is None:
            return _Place(None, None, hidden or around.hidden or tag.name in _WORDLESS)
        # A section, a row or a cell ends the one before, whose end tag may be missing: it hides only what is in it.
        if tag.name in _SECTIONS:
            table.section, table.section_hidden = tag.name, hidden
            return _Place(table, None, table.hidden or hidden)
        if tag.name == "tr":
            return _Place(table, None, table.row(hidden).hidden)
        if tag.name in ("td", "th"):
            row = table.rows[-1] if table.rows else table.row(hidden=False)
            cell = _Cell(tag.name == "th")
            if hidden:  # a browser closes the gap
                return _Place(table, cell, True)
            self._cells += table.put(row, cell, _span(tag, "colspan"), _span(tag, "rowspan"))
            if self._cells > MAX_CELLS:
                raise TooMuch("cells")
            return _Place(table, cell, row.hidden)
        return _Place(table, around.cell, hidden or around.hidden or tag.name in _WORDLESS)

    def _say(self, text: NavigableString, around: _Place) -> None:
        if not text.strip():
            if around.cell is not None and not around.hidden:
                around.cell.parts.append(" ")
            return
        if around.hidden:
            self.hidden_words = self.hidden_words or around.cell is not None
            return
        if around.cell is None:
            words = " ".join(text[:_MOST_SPAN].split())
            if around.table is not None and isinstance(text.parent, Tag) and text.parent.name == "caption":
                around.table.name = around.table.name or words
            if len(self.beside) < _MOST_BESIDE:
                self.beside.append(words)
            return
        cell = around.cell
        cell.size += len(text)
        if cell.size > MAX_FIELD:
            raise TooMuch("field")
        if cell.parts and (_breaks(text.parent) or _breaks(text.previous_sibling)):
            cell.parts.append(" ")
        cell.parts.append(text)


def _breaks(element: PageElement | None) -> bool:
    return isinstance(element, Tag) and element.name in _BREAKS


def _is_hidden(tag: Tag) -> bool:
    if "hidden" in tag.attrs:
        return True
    style = tag.attrs.get("style")
    return isinstance(style, str) and _HIDDEN.search(style) is not None


def _span(tag: Tag, name: str) -> int:
    match = _SPAN.match(str(tag.attrs.get(name, "")))
    if match is None:
        return 1
    if name == "colspan":
        return max(1, min(int(match.group(1)), _MOST_SPAN))
    return min(int(match.group(1)), _MOST_ROWS) or _MOST_ROWS  # 0: to the end of its section


def _read(table: _Table) -> _Read | None:
    """Its visible rows with words, feet last, all as wide as the widest, without columns that only keep others apart."""
    seen = [row for row in table.rows if not row.hidden]
    ordered = sorted(seen, key=lambda row: row.foot)
    worded = [(row, texts) for row in ordered if any(texts := row.texts)]
    if not worded:
        return None
    first, heading = worded[0]
    rest = [(row, texts) for row, texts in worded[1:] if not (row.headed and texts == heading)]  # said again
    named = first.headed and not (rest and rest[0][0].headed)
    rows = [heading, *(texts for _, texts in rest)]
    filled = sorted({place for texts in rows for place, text in enumerate(texts) if text})
    return _Read(
        table.name,
        [[texts[place] if place < len(texts) else "" for place in filled] for texts in rows],
        named,
        any(row.merged for row, _ in worded[:MERGE_ROWS]),
    )
