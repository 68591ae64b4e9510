"""round.xlsx as rows of text, read in a child process: a workbook of a few kilobytes may unfold to more than a machine has.

`python -m claims` is the child (how: `claims.confined`). A sheet is as large as its farthest cell, whatever stands there, and
the reader takes room for all of it: it ends without a word when there is none, which must not end the program.
Not here: what a sheet means (`claims.tables`).
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from python_calamine import CalamineError, CalamineWorkbook

from claims import confined
from claims.persian import fold

MEMORY = 600 << 20  # of addresses; a country of 180,000 services takes 260 MB
CPU_SECONDS = 9
_WALL_SECONDS = 120.0
_MOST_ANSWER = 256 << 20


class WorkbookUnreadable(Exception):
    """There is no workbook to be had. The argument is the code of the expectation (`problem.<code>`); detail: the reader's words."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.detail = detail
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class WorkbookContent:
    """What the child tells. sheets: by folded name, rows of text. broken: why there are none, in the reader's words."""

    sheets: Mapping[str, list[list[str]]] = field(default_factory=dict)
    broken: str | None = None


def read(content: bytes, names: Sequence[str]) -> Mapping[str, list[list[str]]]:
    """The sheets of these names. Raises WorkbookUnreadable."""
    try:
        told = confined.ask(
            "claims",
            list(names),
            content,
            memory=MEMORY,
            cpu=CPU_SECONDS,
            seconds=_WALL_SECONDS,
            most=_MOST_ANSWER,
        )
    except confined.LimitReached:
        raise WorkbookUnreadable("workbook_too_large") from None
    except confined.ChildFailed as error:
        raise WorkbookUnreadable("broken_workbook", str(error)) from None
    if told["broken"] is not None:
        raise WorkbookUnreadable("broken_workbook", told["broken"])
    sheets: Mapping[str, list[list[str]]] = told["sheets"]
    return sheets


def child() -> int:
    """The child's side."""
    return confined.answer(lambda names, content: _found(content, names))


def _found(content: bytes, names: Sequence[str]) -> WorkbookContent:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        wanted = {fold(name): name for name in book.sheet_names if fold(name) in names}
        return WorkbookContent({key: _rows(book, name) for key, name in wanted.items()})
    except (CalamineError, OSError, ValueError) as error:
        return WorkbookContent(broken=str(error))


def _rows(book: CalamineWorkbook, name: str) -> list[list[str]]:
    """From the first row of the sheet on, though it be empty."""
    sheet = book.get_sheet_by_name(name)
    above, left = sheet.start or (0, 0)
    empty = [""] * left
    return [[] for _ in range(above)] + [empty + [_cell(value) for value in row] for row in sheet.iter_rows()]


def _cell(value: object) -> str:
    """A spreadsheet's typed cell as the text that a CSV file would have."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value)
