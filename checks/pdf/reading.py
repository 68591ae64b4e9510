"""A PDF as rows of cells and the addresses that it links to. In the child only: `checks.pdf.sandbox`."""

from __future__ import annotations

import io
import logging
from typing import Any

from pypdf import PdfReader
from pypdf.errors import LimitReachedError, PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject

from checks.pdf.drawing import DrawingLimit, draw
from checks.pdf.rows import rows_of
from checks.pdf.text import Text

# Pages that are read. With more, the text is not whole, and what lacks is not held against anybody.
_MOST_PAGES = 20
_MOST_LINKS = 50  # Links of a page and of the file. Later ones are not read. By hand.
_MOST_CELL = 2_000  # Characters of a cell. The rest is cut, and the text is not whole.
_MOST_ROWS = 2_000  # Rows of a file. The rest is cut, and the text is not whole.
_UNKNOWN = "\ufffd"


def read(body: bytes) -> Text:
    """At most 20 pages. Whatever the readers raise over a broken file makes it damaged; memory and time are the child's."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        return _read(body)
    except (DrawingLimit, LimitReachedError):
        return Text(fault="limit")
    except (
        PyPdfError, ArithmeticError, AssertionError, AttributeError, LookupError, NotImplementedError, OSError, TypeError,
        ValueError,
    ):  # fmt: skip
        return Text(fault="damaged")


def _read(body: bytes) -> Text:
    reader = PdfReader(io.BytesIO(body))
    if reader.is_encrypted and not reader.decrypt(""):
        return Text(fault="locked")
    rows: list[tuple[str, ...]] = []
    links: dict[str, None] = {}
    whole = True
    for number, page in enumerate(reader.pages):
        if number >= _MOST_PAGES or len(rows) >= _MOST_ROWS:
            whole = False
            break
        rows += rows_of(draw(page, reader))
        links.update(dict.fromkeys(_links(page)))
    told = "".join(cell for row in rows for cell in row)
    letters = sum(char.isalnum() for char in told)
    if told.count(_UNKNOWN) >= letters:  # of an empty text as well
        return Text(links=tuple(links)[:_MOST_LINKS], fault="no_text")
    cut = tuple(tuple(cell[:_MOST_CELL] for cell in row) for row in rows[:_MOST_ROWS])
    return Text(cut, tuple(links)[:_MOST_LINKS], whole=whole and list(cut) == rows)


def _links(page: DictionaryObject) -> list[str]:
    notes: Any = page.get("/Annots")
    notes = notes.get_object() if notes is not None else ()
    found: list[str] = []
    for note in notes[:_MOST_LINKS] if isinstance(notes, ArrayObject) else ():
        held = note.get_object()
        action = held.get("/A") if isinstance(held, DictionaryObject) else None
        action = action.get_object() if action is not None else None
        if isinstance(action, DictionaryObject) and isinstance(action.get("/URI"), str):
            found.append(str(action["/URI"])[:2_000])
    return found
