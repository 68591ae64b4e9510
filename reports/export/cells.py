"""One cell of a sheet: text that spreadsheets show and never run, within what a cell holds.

Not here: what is hidden in a text and how that is shown (`reports.visible`).
"""

from __future__ import annotations

import re

from evidence.redaction import personal
from reports.visible import visible

MOST_UNITS = 32_767
"""What Excel takes into one cell, in units of UTF-16."""

# Signs that begin a formula, as they are and in their other widths; behind blanks and quotes too, which some programs drop.
_BLANKS, _SIGNS = r"[\s\"'`‘’“”«\u200c]", "[=+\\-@＝＋－＠﹦﹢﹣﹫−]"
_RUNS = re.compile(f"{_BLANKS}*{_SIGNS}")
# The same within a cell, behind what other programs part cells by: a list is parted by semicolons where commas are decimal.
_RUNS_WITHIN = re.compile(f"([;\t\r\n])(?={_BLANKS}{{0,16}}{_SIGNS})")


def cell(value: str, mark: str) -> tuple[str, bool]:
    """(text, whether it was cut). mark: stands at the end of what was cut."""
    shown = visible(personal.text(value[:MOST_UNITS]))
    if len(value) <= MOST_UNITS and _units(shown) <= MOST_UNITS:
        return shown, False
    kept = shown.encode("utf-16-le")[: 2 * (MOST_UNITS - _units(mark))]
    return kept.decode("utf-16-le", "ignore") + mark, True


def runs(text: str) -> bool:
    """Whether a spreadsheet might take the text for a formula when it is typed or read from CSV."""
    return text[:1] in ("\t", "\r", "\n") or _RUNS.match(text) is not None


def in_csv(text: str) -> str:
    """A quotation mark is what makes text of it in every spreadsheet, whatever it takes for the end of a cell."""
    parted = _RUNS_WITHIN.sub(r"\1'", text)
    return f"'{parted}" if runs(parted) else parted


def _units(text: str) -> int:
    return len(text) if 2 * len(text) <= MOST_UNITS else len(text.encode("utf-16-le")) // 2
