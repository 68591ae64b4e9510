"""The frame of every plot: an inline SVG with a role, a title and a description, drawn in the classes of the style sheet.

Colours and line widths stand in `assets/style.css`, so that a plot of a hundred agencies holds little but its numbers.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from markupsafe import Markup, escape

_Row = TypeVar("_Row")

NARROW, ROW = 306, 36
"""Width of a plot that is read on a telephone, and height of its rows: a name above what is drawn of it."""
BLOCK = 21
"""Rows of one picture: more of them would not fit on a printed page."""
_END = 0.4
"""Share of the width for the last words of a name that is cut."""


def cut(name: str, width: float = NARROW - 8) -> str:
    """As much of a name as the width holds in any of the fonts that a page may be shown in, at 12 pixels.

    Words at its end stay, where they have room: names of one body's provinces or branches begin alike.
    """
    if _fitting(name, width) == len(name):
        return name
    end, words = "", name.split(" ")
    while len(words) > 2 and _fitting(longer := f"{words[-1]} {end}".rstrip(), width * _END) == len(longer):
        end = longer
        words.pop()
    start = " ".join(words)
    room = width - sum(map(_width, f"… {end}" if end else "…"))
    return f"{start[: max(1, _fitting(start, room))].rstrip()}… {end}".rstrip()


def _fitting(text: str, width: float) -> int:
    """How many of its characters the width holds."""
    for number, char in enumerate(text):
        width -= _width(char)
        if width < 0:
            return number
    return len(text)


def _width(char: str) -> float:
    """Of a wide sans, DejaVu's, where the page's own font has no such letter; Arabic letters by the page's own."""
    if char == "\u200c" or unicodedata.combining(char):
        return 0.0
    if "\u0600" <= char <= "\u06ff":
        return 7.0
    if unicodedata.east_asian_width(char) in "WF":
        return 12.5
    if char in "MWm@%…":
        return 12.0
    if char.isupper() or char == "w":
        return 9.9
    return 4.2 if char in " .,'il" else 7.6


def blocks(rows: Sequence[_Row], most: int = BLOCK) -> Iterator[Sequence[_Row]]:
    """Rows of one picture after the other, as even as they come: 41 are 21 and 20, not 40 and 1."""
    count = -(-len(rows) // most)
    start = 0
    for number in range(count):
        size = len(rows) // count + (number < len(rows) % count)
        yield rows[start : start + size]
        start += size


def drawing(
    name: str,
    width: float,
    height: float,
    title: str,
    about: str,
    parts: Iterable[str],
    style: str = "",
    role: str | None = "img",
) -> Markup:
    """name: of this plot on its page, an identifier. parts: markup made of numbers and of text that passed escape().

    title: what it is called; about: how it is read. role: None where parts are links, which no picture may hold.
    """
    told = f' role="{role}"' if role else ""
    return Markup(  # noqa: S704 - see parts
        f'<svg class="plot{" " if style else ""}{style}" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f'{told} aria-labelledby="{name}-t {name}-d"><title id="{name}-t">{escape(title)}</title>'
        f'<desc id="{name}-d">{escape(about)}</desc>{"".join(parts)}</svg>'
    )


def word(x: float, y: float, text: str, style: str, rtl: bool | None = None) -> str:
    """A text; with rtl, a name that begins at x and runs in the direction of reading."""
    direction = "" if rtl is None else f' direction="{"rtl" if rtl else "ltr"}"'
    return f'<text class="{style}" x="{x}" y="{y}"{direction}>{escape(text)}</text>'


def hatch(name: str, style: str) -> str:
    """A pattern of slanted lines; a shape takes it with fill="url(#name)"."""
    return (
        f'<defs><pattern id="{name}" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<path class="{style}" d="M0 0V5"/></pattern></defs>'
    )


def box(x: float, y: float, width: float, height: float) -> str:
    """A rectangle as a piece of a path."""
    return f"M{_short(x)} {_short(y)}h{_short(width)}v{_short(height)}h{_short(-width)}z"


def ring(x: float, y: float, radius: float = 6) -> str:
    """A circle as a piece of a path."""
    return (
        f"M{_short(x - radius)} {_short(y)}a{radius} {radius} 0 1 0 {2 * radius} 0"
        f"a{radius} {radius} 0 1 0 {-2 * radius} 0"
    )


def spot(x: float, y: float) -> str:
    """A point as a piece of a path; how large it is says the style, by its round stroke."""
    return f"M{_short(x)} {_short(y)}h0"


def _short(value: float) -> str:
    return f"{round(value, 1):g}"


def path(style: str, pieces: Iterable[str], more: str = "") -> str:
    """All pieces as one path; nothing when there are none."""
    drawn = "".join(pieces)
    return f'<path class="{style}"{more} d="{drawn}"/>' if drawn else ""
