"""One way to show what hides in a text, for pages, tables and the terminal."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from rich.markup import escape

from govah.terminal.console import visible as on_terminal
from reports.visible import visible

HIDDEN = [
    "\u202e",
    "\u200b",
    "\ue000",
    "\ufdd0",
    "\uffff",
    "\U0001fffe",
    "\x1b",
    "\u2028",
    "\ud800",
    "\U000e0041",
]


@pytest.mark.parametrize("char", HIDDEN, ids=[f"U+{ord(char):04X}" for char in HIDDEN])
def test_what_hides_is_shown_by_its_number_everywhere(char: str) -> None:
    shown = f"الف⟦U+{ord(char):04X}⟧ب"
    assert visible(f"الف{char}ب") == shown
    assert on_terminal(f"الف{char}ب") == escape(shown)


def test_a_terminal_takes_no_line_break_and_a_page_does() -> None:
    assert visible("a\n\tb") == "a\n\tb"
    assert on_terminal("a\n\tb") == "a⟦U+000A⟧⟦U+0009⟧b"


def test_persian_spelling_stays() -> None:
    assert visible("می‌خواهم") == on_terminal("می‌خواهم") == "می‌خواهم"


def test_every_control_is_shown() -> None:
    controls = [
        chr(n) for n in range(sys.maxunicode + 1) if unicodedata.category(chr(n)) in ("Cc", "Cf", "Co")
    ]
    assert [c for c in controls if c not in "\u200c\n\t" and c in visible(c)] == []
