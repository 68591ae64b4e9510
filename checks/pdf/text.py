"""What a PDF says. Without the reader (`checks.pdf.reading`), which only the child needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Fault = Literal["", "locked", "damaged", "no_text", "limit"]


@dataclass(frozen=True, slots=True)
class Text:
    """rows: cells in the order they are read, in logical order of characters. links: addresses behind its links.

    fault: "" for a text that was read. locked: it asks for a password. damaged: it is no PDF that can be read. no_text:
    pictures of pages, or characters of which the file does not say what they are. limit: too much for our bounds.
    whole: nothing of the file was left out for its length.
    """

    rows: tuple[tuple[str, ...], ...] = ()
    links: tuple[str, ...] = ()
    fault: Fault = ""
    whole: bool = True
