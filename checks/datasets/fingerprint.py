"""The canonical fingerprint of a table: the same for the same content however it was saved.

Rows are summed, never XORed, so that doubled rows count. It survives line ends, BOM, quoting, delimiter,
character set, order of rows, digit sets and a saving as spreadsheet; it changes with one cell.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import blake2b

from claims.persian import digits

_MODULUS = 1 << 128
_LETTERS = str.maketrans(
    {"ي": "ی", "ى": "ی", "ك": "ک", "\u200c": None, "\u200f": None, "\u200e": None, "\ufeff": None}
)
_WHOLE = re.compile(r"(-?\d+)\.0+")
_FRACTION = re.compile(r"(-?\d+\.\d*?[1-9])0+")
_MIDNIGHT = re.compile(r"(\d{4}-\d{2}-\d{2})[T ]00:00(?::00(?:\.0+)?)?")


def canonical_cell(cell: str) -> str:
    """One spelling of a cell: letters and digits unified, white space and empty decimals gone."""
    text = cell.strip()
    if not text.isascii():
        text = digits(text.translate(_LETTERS)).strip()
    if text and text[-1] == "0":
        text = _MIDNIGHT.sub(r"\1", text) if ":" in text else _trimmed(text)
    return text


def _trimmed(text: str) -> str:
    match = _WHOLE.fullmatch(text) or _FRACTION.fullmatch(text)
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
    cells = [canonical_cell(cell) for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return blake2b("\x1f".join(cells).encode("utf-8", "surrogatepass"), digest_size=16).digest()
