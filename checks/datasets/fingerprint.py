"""The canonical fingerprint of a table: the same for the same content however it was saved.

Rows are summed, never XORed, so that doubled rows count. It survives line ends, BOM, quoting, delimiter,
character set, order of rows, digit sets and a saving as spreadsheet; it changes with one cell.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import blake2b

_MODULUS = 1 << 128
_SPELLING: dict[int, str | None] = {
    **{
        ord(digit): str(value)
        for digits in ("۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩")
        for value, digit in enumerate(digits)
    },
    **{ord(old): new for old, new in {"ي": "ی", "ى": "ی", "ك": "ک"}.items()},
    **dict.fromkeys(map(ord, "\u200c\u200f\u200e\ufeff")),
}
_WHOLE = re.compile(r"(-?\d+)\.0+")
_FRACTION = re.compile(r"(-?\d+\.\d*?[1-9])0+")
_MIDNIGHT = re.compile(r"(\d{4}-\d{2}-\d{2})[T ]00:00(?::00(?:\.0+)?)?")
_MARK = "\x1f"


def canonical(row: Sequence[str]) -> list[str]:
    """One spelling of a row: letters and digits unified, white space, empty decimals and blank ends gone."""
    text = _MARK.join(row)
    if not text.isascii():
        text = text.translate(_SPELLING)
    cells = [
        _trimmed(cell) if cell.endswith("0") and ("." in cell or ":" in cell) else cell
        for cell in map(str.strip, text.split(_MARK))
    ]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _trimmed(text: str) -> str:
    match = _WHOLE.fullmatch(text) or _FRACTION.fullmatch(text) or _MIDNIGHT.fullmatch(text)
    return match.group(1) if match is not None else text


class Fingerprint:
    """Feed the heading once and every row; blank rows and blank cells at the end of a row do not count."""

    def __init__(self) -> None:
        self._heading = b""
        self._sum = 0
        self._rows = 0

    def heading(self, row: Sequence[str]) -> None:
        self._heading = _hashed(row)

    def row(self, row: Sequence[str]) -> None:
        self._sum = (self._sum + int.from_bytes(_hashed(row), "big")) % _MODULUS
        self._rows += 1

    def hexdigest(self) -> str:
        final = blake2b(self._heading, digest_size=16)
        final.update(self._sum.to_bytes(16, "big"))
        final.update(self._rows.to_bytes(8, "big"))
        return final.hexdigest()


def _hashed(row: Sequence[str]) -> bytes:
    text = _MARK.join(canonical(row))
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
