"""Labels and values in running text: «label: value», <b>label</b> value, several in a row, a mark behind a label, the value in the next line.

A value ends where the next label begins. Labels and values in elements of their own are for `layout`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.page.cards.labels import ASKED, field_of, split_at_labels
from checks.page.cards.text import BLOCK, EDGE
from checks.page.cards.values import has_mark, ornament, says_electronic
from claims.persian import COMMA, SEMICOLON

TRIMMED = f" \t:：-–—|•·*\u200e\u200f{COMMA}{SEMICOLON}"
COLON = re.compile(r"^\s*([^:：]{2,70})[:：]\s*(.*)$", re.DOTALL)
_DIVIDER = re.compile(rf"(?:(?<!\s)\s++)?[|•{SEMICOLON}]\s*+|(?<!\s)\s{{2,}}+[-–—]\s{{2,}}+")


def told(texts: list[str]) -> Iterator[tuple[str, str]]:
    """Fields with their values, of the lines of one element (`card_text.segments`)."""
    name, parts = "", list[str]()
    for text in texts:
        if text == BLOCK:  # what stands behind it is no longer the label's
            name, parts = "", []
        opened = False
        for token, edged in _tokens(text):
            bare = token.strip(TRIMMED)
            ends = token.rstrip().endswith((":", "："))
            found = field_of(bare) if bare and (edged or ends) and (not opened or name or ends) else ""
            if found == ASKED and name and not _said(name, parts):
                found = ""  # the value of the label before it
            if found:
                yield from _close(name, parts)
                name, parts = found, []
            elif (match := COLON.match(token)) and (found := field_of(match.group(1))):
                yield from _close(name, parts)
                name, parts = found, [match.group(2)]
            elif not name and not opened and (found := _before_mark(token)):
                name, parts = found, [token]
            elif name:
                parts.append(token)
            opened = opened or any(char.isalpha() for char in bare)
        if any(part.strip(TRIMMED) for part in parts):  # else the label stands alone in its line
            yield from _close(name, parts)
            name, parts = "", []


def _said(name: str, parts: list[str]) -> bool:
    return any(part.strip(TRIMMED) and not ornament(name, part, "0") for part in parts)


def _tokens(text: str) -> Iterator[tuple[str, bool]]:
    """Pieces between edges and dividers, up to the next label; and whether an inline element holds the piece."""
    for position, piece in enumerate(text.split(EDGE)):
        # edges come in pairs, and one inside another shifts them: a piece beside an edge may be a label
        rows = [part for row in _DIVIDER.split(piece) for part in split_at_labels(row)]
        for row in rows:
            if row.strip():
                yield row, (position > 0 or EDGE in text) and len(rows) == 1


def _before_mark(token: str) -> str:
    """«درخواست خدمت ✓»: the field of a label with nothing but a mark behind it."""
    words = re.sub(r"[^\w\s\u200c()]", " ", token).strip()
    return field_of(words) if has_mark(token) and says_electronic(token) is not None else ""


def _close(name: str, parts: list[str]) -> Iterator[tuple[str, str]]:
    said = [part for part in parts if part.strip(TRIMMED)]
    while said and ornament(name, said[0], said[1] if len(said) > 1 else ""):
        said = said[1:]
    value = " ".join(" ".join(said).replace(EDGE, " ").split()).strip(TRIMMED)
    if name and value:
        yield name, value[:1_000]
