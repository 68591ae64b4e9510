"""Does a page bring anything that the agency's other pages did not?

Cheap first: a title that is still rare is news. Under a known title it is the lines of text that count.
Digits are no news, for a calendar has new ones for ever; nor is the page's own name, which some pages repeat.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from web.document import Document

# Pages of one title whose text is not looked at: most titles are met no more often, and reading costs.
UNREAD = 2
# Remembered per agency; then all is forgotten, so that nothing is called old that may be new.
MOST_LINES = 50_000
MOST_TEXT = 300_000  # characters of a page that are looked at
_TITLE = re.compile(r"<title\b[^<>]*>([^<]*)", re.IGNORECASE)
_TITLE_WITHIN = 50_000  # Characters in which a title stands. A later one is not found. By hand.
_NUMBERED = re.compile(r"\b[^\W\d]*+\d\w*+")
_DIGIT = re.compile(r"\d").search
_SHORTEST_NAME = 3  # Letters of a name that is left out of a text. A shorter one stands inside other words.
_NOTHING = {hash("")}


class Novelty:
    """Per agency. The first pages under a title are news; from then on their text is read and remembered."""

    def __init__(self) -> None:
        self._titles: dict[int, int] = {}
        self._lines: set[int] = set()

    def brings(self, document: Document) -> bool:
        """Whether the page has a title that is still rare, or a line of text that is new. Remembers both."""
        name = unquote(document.url.partition("?")[0].rstrip("/").rpartition("/")[2])
        title = hash(_numberless(_nameless(_title(document.source), name)))
        met = self._titles.get(title, 0)
        if met < UNREAD:
            if len(self._titles) >= MOST_LINES:
                self._titles.clear()
            self._titles[title] = met + 1
            return True
        body = document.tree.body
        text = body.text(separator="\n") if body is not None else ""
        lines = {
            hash(" ".join(_numberless(line).split()))
            for line in set(_nameless(text[:MOST_TEXT], name).split("\n"))
        }
        new = lines - self._lines - _NOTHING
        if len(self._lines) + len(new) > MOST_LINES:
            self._lines.clear()
        self._lines |= new
        return bool(new)


def _title(source: str) -> str:
    at = source.find("<title", 0, _TITLE_WITHIN)
    found = _TITLE.search(source, max(at, 0), _TITLE_WITHIN)
    return found.group(1) if found else ""


def _nameless(text: str, name: str) -> str:
    return text.replace(name, "") if len(name) >= _SHORTEST_NAME else text


def _numberless(text: str) -> str:
    return _NUMBERED.sub("0", text) if _DIGIT(text) else text
