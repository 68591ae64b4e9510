"""Does a page bring anything that the agency's other pages did not?

Cheap first: a title that was not met before is news. Under a known title it is the lines of text that count.
Digits are no news, for a calendar has new ones for ever; nor is the page's own name, which some pages repeat.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from evidence.document import Document

MOST_LINES = (
    50_000  # remembered per agency; then all is forgotten, so that nothing is called old that may be new
)
_TITLE = re.compile(r"<title\b[^>]*>([^<]*)", re.IGNORECASE)
_TITLE_WITHIN = 50_000
_NUMBERED = re.compile(r"\b[^\W\d]*+\d\w*+")
_SHORTEST_NAME = 3


class Novelty:
    """Per agency. The first page under a title is news, and so is the second: its text is read only then."""

    def __init__(self) -> None:
        self._titles: set[int] = set()
        self._lines: set[int] = set()

    def brings(self, document: Document) -> bool:
        """Whether the page has a title or a line of text that is new. Remembers both."""
        found = _TITLE.search(document.source, 0, _TITLE_WITHIN)
        name = unquote(document.url.partition("?")[0].rstrip("/").rpartition("/")[2])
        title = hash(_folded(found.group(1) if found else "", name))
        if title not in self._titles:
            _make_room(self._titles, 1)
            self._titles.add(title)
            return True
        body = document.tree.body
        text = body.text(separator="\n") if body is not None else ""
        lines = {hash(" ".join(line.split())) for line in _folded(text, name).split("\n")}
        new = lines - self._lines
        _make_room(self._lines, len(new))
        self._lines |= new
        return bool(new)


def _make_room(kept: set[int], wanted: int) -> None:
    if len(kept) + wanted > MOST_LINES:
        kept.clear()


def _folded(text: str, name: str) -> str:
    if len(name) >= _SHORTEST_NAME:
        text = text.replace(name, "")
    return _NUMBERED.sub("0", text)
