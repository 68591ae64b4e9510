"""What stands in the margins of a printed page: round and title above, the page's number and their count below.

As margin boxes of CSS Paged Media, so that every way to print gives the same: `--pdf` and a reader's own browser.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup

_LONGEST = 70


@dataclass(frozen=True, slots=True)
class PageMargins:
    """style: a style sheet of its own. digest: its SHA-256 as a Content Security Policy names it."""

    style: Markup
    digest: str


def page_margins(round_title: str, title: str, text: Callable[..., str], rtl: bool) -> PageMargins:
    """Titles are of outside: each character of theirs that is no letter or digit of ASCII is an escape of CSS."""
    near, far = ("right", "left") if rtl else ("left", "right")
    counter = "persian" if rtl else "decimal"
    direction = "rtl" if rtl else "ltr"
    look = f"font: 8pt Vazirmatn, sans-serif; color: #5a6b75; direction: {direction};"
    number = (
        f"{_string(text('running.page'))} counter(page, {counter}) "
        f"{_string(text('running.of'))} counter(pages, {counter})"
    )
    style = (
        f"@page {{ @top-{near} {{ content: {_string(title)}; {look} }} "
        f"@top-{far} {{ content: {_string(round_title)}; {look} }} "
        f"@bottom-center {{ content: {number}; {look} }} }} "
        f"@page :first {{ @top-{near} {{ content: none; }} @top-{far} {{ content: none; }} }}"
    )
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return PageMargins(Markup(style), digest)  # noqa: S704 - _string() leaves nothing of a title but its escapes


def _string(value: str) -> str:
    cut = value if len(value) <= _LONGEST else f"{value[: _LONGEST - 1]}…"
    return (
        '"'
        + "".join(char if char.isascii() and char.isalnum() else f"\\{ord(char):x} " for char in cut)
        + '"'
    )
