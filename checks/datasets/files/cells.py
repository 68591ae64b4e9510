"""What one cell is: a number, a year, a formula, the name of a total."""

from __future__ import annotations

import re

from claims.persian import digits, fold, tight

_NUMBER = re.compile(
    r"[-+(]?\s*+(?:\d{1,3}(?:[,٬،']\d{3})+|\d+)?(?:[.٫/]\d+)?(?:e[+-]?\d+)?\s*+[%٪)]?", re.IGNORECASE
)
_FORMULA = re.compile(r"[=@]|[+-](?![\d\s().\-/٬,]*$)")
_TOTALS = frozenset(tight(w) for w in ("جمع", "جمع کل", "مجموع", "مجموع کل", "total", "grand total", "totals", "sum"))  # fmt: skip
_TOTAL_STEMS = tuple(fold(word) for word in ("جمع کل", "مجموع کل", "grand total", "total:"))
_MAY_TOTAL = re.compile(r"جم|مج|total|sum", re.IGNORECASE)  # cheap, before the text is folded
_TOTAL_SIGNS = ("جم".encode(), "مج".encode())
_LATIN_TOTAL_SIGNS = (b"total", b"sum")
_LONGEST_LABEL = 40
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
    return tight(label) in _TOTALS or fold(label).startswith(_TOTAL_STEMS)


def may_total(text: bytes) -> bool:
    """Cheap, before any label is looked at."""
    if any(word in text for word in _TOTAL_SIGNS):
        return True
    text = text.lower()
    return any(word in text for word in _LATIN_TOTAL_SIGNS)
