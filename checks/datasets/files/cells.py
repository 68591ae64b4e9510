"""What one cell is: a number, a year, a formula, the name of a total."""

from __future__ import annotations

import re

from checks.page.wordlist import table
from claims.persian import COMMA, DECIMAL, PERCENT, THOUSANDS, digits, fold, tight

_NUMBER = re.compile(
    rf"[-+(]?\s*+(?:\d{{1,3}}(?:[,{THOUSANDS}{COMMA}']\d{{3}})+|\d+)?(?:[.{DECIMAL}/]\d+)?(?:e[+-]?\d+)?"
    rf"\s*+[%{PERCENT})]?",
    re.IGNORECASE,
)
_FORMULA = re.compile(rf"[=@]|[+-](?![\d\s().\-/{THOUSANDS},]*$)")
_WORDS = table("datasets/files/words.toml")
_TOTALS = frozenset(map(tight, _WORDS["totals"]))
_TOTAL_OPENINGS = tuple(map(fold, _WORDS["total_openings"]))
# Cheap, before a text is folded.
_MAY_TOTAL = re.compile("|".join(_WORDS["total_signs"]), re.IGNORECASE)
_TOTAL_SIGNS = tuple(sign.encode() for sign in _WORDS["total_signs"])
_LONGEST_LABEL = 40  # Characters of a label like "total". A longer cell is a sentence.
_YEARS = (*range(1250, 1501), *range(1900, 2101))


def is_number(cell: str) -> bool:
    text = digits(cell.strip())
    return any("0" <= char <= "9" for char in text) and _NUMBER.fullmatch(text) is not None


def is_year(cell: str) -> bool:
    text = digits(cell.strip())
    return text.isdigit() and len(text) == 4 and int(text) in _YEARS


def is_formula(cell: str) -> bool:
    if not any(char.isalnum() for char in cell) or is_number(cell):
        return False
    return _FORMULA.match(digits(cell)) is not None


def is_total(label: str) -> bool:
    """«جمع کل» and its like where the row's name stands."""
    if len(label) > _LONGEST_LABEL or _MAY_TOTAL.search(label) is None:
        return False
    return tight(label) in _TOTALS or fold(label).startswith(_TOTAL_OPENINGS)


def may_total(text: bytes) -> bool:
    """Cheap, before any label is looked at."""
    text = text.lower()
    return any(sign in text for sign in _TOTAL_SIGNS)
