"""Characters as they stand on paper, from left to right, put into the order in which they are read.

Persian in a PDF comes in the forms its letters take and from the left. Numbers and Latin words keep their order, brackets turn
round. A gap is a space; a letter that does not join the next one, though it could, is followed by a half-space.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache

from checks.pdf.drawing import Glyph
from claims.persian import DECIMAL, NON_JOINER, PERCENT, THOUSANDS

_SPACE = 0.2  # of the size: a gap so wide parts words
_MIRRORED = dict(zip("()[]{}<>«»‹›", ")(][}{><»«›‹", strict=True))
_IN_NUMBERS = frozenset(".,:/-%+" + PERCENT + DECIMAL + THOUSANDS)


def is_rtl(text: str) -> bool:
    return any(unicodedata.bidirectional(char) in ("R", "AL") for char in text)


def logical(glyphs: Sequence[Glyph]) -> str:
    """The text of characters that stand beside one another, sorted from the left."""
    units = _units(glyphs)
    if not any(map(is_rtl, units)):
        return "".join(_plain(unit) for unit in units).strip()
    turned: list[str] = []
    for run, rtl in _runs(units):
        turned[:0] = list(reversed(run)) if rtl else run
    return " ".join("".join(_joined(turned)).split(" ")).strip()


def _units(glyphs: Sequence[Glyph]) -> list[str]:
    """Texts of the characters with a space for each gap, without marks above and below."""
    units: list[str] = []
    end: float | None = None
    for glyph in glyphs:
        text = "".join(char for char in glyph.text if unicodedata.category(char) not in ("Mn", "Cf", "Cc"))
        if not text:
            continue
        if end is not None and glyph.x - end > _SPACE * glyph.size:
            units.append(" ")
        units.append(text)
        end = glyph.x + glyph.width
    return units


def _runs(units: Sequence[str]) -> list[tuple[list[str], bool]]:
    """Stretches of one direction, with whether they are read from the right."""
    marks = [_direction(unit) for unit in units]
    strong = ""
    for place, mark in enumerate(marks):
        strong = mark if mark in ("L", "R") else strong
        if mark == "N" and strong == "L":
            marks[place] = "L"
    for place, unit in enumerate(units):
        if marks[place]:
            continue
        before = marks[place - 1] if place else ""
        after = next((mark for mark in marks[place + 1 :] if mark), "")
        follows = marks[place + 1] if place + 1 < len(marks) else ""
        if before == after == "L":
            marks[place] = "L"
        elif unit in _IN_NUMBERS and (before == "N" or follows == "N"):
            marks[place] = "N"  # between numbers, or at the end of one
    runs: list[tuple[list[str], bool]] = []
    for unit, mark in zip(units, marks, strict=True):
        rtl = mark in ("R", "")
        if runs and runs[-1][1] == rtl:
            runs[-1][0].append(unit)
        else:
            runs.append(([unit], rtl))
    return [(run if not rtl else [_MIRRORED.get(unit, unit) for unit in run], rtl) for run, rtl in runs]


def _direction(unit: str) -> str:
    """R, L, N for a number, "" for what takes the direction of what stands around it."""
    for char in unit:
        kind = unicodedata.bidirectional(char)
        if kind in ("R", "AL"):
            return "R"
        if kind in ("EN", "AN"):
            return "N"
        if kind == "L":
            return "L"
    return ""


def _joined(units: Sequence[str]) -> list[str]:
    told: list[str] = []
    for place, unit in enumerate(units):
        told.append(_plain(unit))
        after = units[place + 1] if place + 1 < len(units) else ""
        if after and is_rtl(after[:1]) and after[0].isalpha() and _could_join(unit[-1]):
            told.append(NON_JOINER)
    return told


def _plain(unit: str) -> str:
    return unicodedata.normalize("NFKC", unit)


def _could_join(char: str) -> bool:
    """Whether a letter stands in the form that ends a word, though it joins the next one elsewhere."""
    form, _, base = unicodedata.decomposition(char).partition(" ")
    return form in ("<final>", "<isolated>") and base in _joining()


@cache
def _joining() -> frozenset[str]:
    """Letters with a form for the beginning of a word."""
    forms = (
        unicodedata.decomposition(chr(code)) for code in (*range(0xFB50, 0xFE00), *range(0xFE70, 0xFEFD))
    )
    return frozenset(base for form, _, base in (told.partition(" ") for told in forms) if form == "<initial>")
