"""The canonical fingerprint of a table: the same for the same content however it was saved.

Rows are summed, never XORed, so that doubled rows count. It survives line ends, BOM, quoting, delimiter,
character set, order of rows, digit sets and a saving as spreadsheet; it changes with one cell.

A print says which rules it was made by. Prints of two versions say nothing of each other (`comparable`). One with a
plus at its end is of the table alone and not of what stands beside it in the body: that it is the same says nothing. One
with a tilde has the day of its making in its rows: that it is another says nothing.
This module is the rule, a row at a time; `checks.datasets.files.blocks` does the same to many rows at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from hashlib import blake2s
from operator import methodcaller

import numpy as np

from claims.persian import DECIMAL, DIGITS, KEYBOARD_LETTERS, NON_JOINER, THOUSANDS

VERSION = 3  # Of the spelling of cells. Prints of other versions are never compared.
_MODULUS = 1 << 128  # Sums of rows are kept within 128 bits
_BYTES = 16  # Length of a row's hash: 128 bits, so that no two contents meet by chance
_digest = methodcaller("digest")

_IN_PART, _DATED = _MARKS = "+~"  # at the end of a print
# What stands between the cells of a row, and between rows, when they are hashed. No cell holds either.
CELL, ROW = "\x1f", "\x1e"

_WHITE = [code for code in range(0x10000) if chr(code).isspace() and chr(code) not in "\t\n "]
SPELLING: dict[int, str | None] = {
    **DIGITS,
    **KEYBOARD_LETTERS,
    **dict.fromkeys(_WHITE, " "),
    **dict.fromkeys(map(ord, NON_JOINER + "\u200f\u200e\ufeff\uffff")),
}
# A longer number is no number that anybody's program would save again with fewer zeros.
LONGEST_NUMBER = 32
_WHOLE = re.compile(r"(-?[0-9]+)\.0+")
_FRACTION = re.compile(r"(-?[0-9]+\.[0-9]*[1-9])0+")
_MIDNIGHT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]00:00(?::00(?:\.0+)?)?")


# 1,234,567 and ۱۲٬۳۴۵٫۵: numbers as people read them. As text, so that bytes can be looked through for it as well.
_GROUP, _POINT = f"(?:,|{THOUSANDS})", f"(?:\\.|{DECIMAL})"
LAID_OUT = f"-?(?:[0-9]{{1,3}}(?:{_GROUP}[0-9]{{3}})+(?:{_POINT}[0-9]+)?|[0-9]+{DECIMAL}[0-9]+)"
_LAID_OUT = re.compile(LAID_OUT)


def canonical(row: Sequence[str]) -> list[str]:
    """One spelling of a row: letters, digits and numbers unified, white space, empty decimals and blank ends gone."""
    cells = [_trimmed(plain_number(_spelled(cell).strip())) for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _spelled(cell: str) -> str:
    return cell.replace("\r\n", "\n").replace("\r", "\n").translate(SPELLING)


def plain_number(text: str) -> str:
    """A number without its marks of thousands; any other text as it is."""
    if _LAID_OUT.fullmatch(text) is None:
        return text
    return _trimmed(text.replace(",", "").replace(THOUSANDS, "").replace(DECIMAL, "."))


def _trimmed(text: str) -> str:
    if not text.endswith("0") or len(text) > LONGEST_NUMBER:
        return text
    match = _WHOLE.fullmatch(text) or _FRACTION.fullmatch(text) or _MIDNIGHT.fullmatch(text)
    return match.group(1) if match is not None else text


class Fingerprint:
    """Feed the heading once and every row; blank rows and blank cells at the end of a row do not count."""

    def __init__(self) -> None:
        self._heading = b""
        self._sum = 0
        self._rows = 0

    def heading(self, row: Sequence[str]) -> None:
        self._heading = _hashed(_told(row))

    def row(self, row: Sequence[str]) -> None:
        self.told([_told(row)])

    def told(self, rows: Iterable[bytes]) -> None:
        """Rows in their one spelling, cells joined by `CELL`, in UTF-8."""
        # Any option of the hash would cost more than the hash.
        digests = b"".join(map(_digest, map(blake2s, rows)))
        words = np.frombuffer(digests, dtype="<u4").reshape(-1, 8)[:, : _BYTES // 4]
        self._rows += len(words)
        for place, total in enumerate(words.sum(axis=0, dtype=np.uint64).tolist()):
            self._sum += total << (32 * place)
        self._sum %= _MODULUS

    def hexdigest(self) -> str:
        final = self._heading + self._sum.to_bytes(_BYTES, "little") + self._rows.to_bytes(8, "little")
        return f"{VERSION}:{_hashed(final).hex()}"


def _told(row: Sequence[str]) -> bytes:
    return CELL.join(canonical(row)).encode("utf-8", "surrogatepass")


def _hashed(data: bytes) -> bytes:
    return blake2s(data).digest()[:_BYTES]


def summed(prints: Sequence[str]) -> str:
    """The print of several tables that make one dataset, in any order."""
    total = sum(int(text.partition(":")[2].rstrip(_MARKS), 16) for text in prints) % _MODULUS
    marks = "".join(mark for mark in _MARKS if any(mark in text for text in prints))
    return f"{VERSION}:{total:032x}{marks}"


def in_part(text: str) -> str:
    """The same print, of a table that is not all of its body."""
    return _marked(text, _IN_PART)


def is_whole(text: str) -> bool:
    """Whether the same print means the same content."""
    return _IN_PART not in text


def dated(text: str) -> str:
    """The same print, of a table that says in its rows when it was taken out."""
    return _marked(text, _DATED)


def is_of_content(text: str) -> bool:
    """Whether another print means another content, and not another day."""
    return _DATED not in text


def _marked(text: str, mark: str) -> str:
    base = text.rstrip(_MARKS)
    return base + "".join(known for known in _MARKS if known == mark or known in text[len(base) :])


def comparable(one: str, other: str) -> bool:
    """Whether two prints were made by the same rules, so that their difference says something."""
    return one.partition(":")[0] == other.partition(":")[0] and ":" in one
