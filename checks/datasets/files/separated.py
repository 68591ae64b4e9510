"""Text tables, some thousand rows at a time: what is a row and a cell of a CSV.

The rule is that of Python's `csv` module. Text without quotes, or with quotes that stand where they should, is
cut up all at once; wherever it is not, the module itself reads on until it stands between two rows again. Both
give the same cells.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterable, Iterator

import numpy as np

from checks.datasets.files.blocks import Block, batches, of_rows, spelled
from checks.datasets.files.dialect import FIELD_LIMIT
from checks.datasets.files.fingerprint import CELL, ROW
from checks.datasets.files.packages import TooMuch

PIECE = 1 << 18  # Bytes split at once. It bounds memory and changes no result.
# A text that does not end its row for so long is a table to nobody, and would be laid out in memory at once.
MAX_ROW = 4 << 20
_QUOTE, _LF = b'"\n'
_CELL, _ROW = CELL.encode(), ROW.encode()

csv.field_size_limit(FIELD_LIMIT)  # the library keeps it for the process; nobody else reads CSV so large


class Source:
    """The text of a body in UTF-8, LF at every line's end, in memory only as far as somebody read on.

    text, at: what is there, and how far it was used. spell: in the one spelling of `blocks.spelled`; otherwise
    as written. whole: UTF-8 that is known to be without fault, and is taken as it is.
    """

    def __init__(self, body: bytes, codec: str, skip: int = 0, *, spell: bool, whole: bool = False) -> None:
        self._body = memoryview(body)
        self._next = skip
        self._spell = spell
        self._decoder: codecs.IncrementalDecoder | None = None
        if codec != "utf-8" or not whole:
            self._decoder = codecs.getincrementaldecoder(codec)("replace")
        self._carriage = False
        self._used = 0
        self.text = b""
        self.at = 0

    def ended(self) -> bool:
        """Whether `text` is all that is left."""
        return self._next >= len(self._body)

    @property
    def place(self) -> int:
        """Bytes used so far."""
        return self._used + self.at

    def more(self) -> bool:
        """Puts the next piece behind what is left of `text`; the last one ends its line. False when there is none."""
        if self.ended():
            return False
        piece = bytes(self._body[self._next : self._next + PIECE])
        self._next += len(piece)
        if self._decoder is None:
            piece = self._to_letter(piece)
        else:
            piece = self._decoder.decode(piece, final=self.ended()).encode("utf-8", "surrogatepass")
        if self._carriage or b"\r" in piece:
            piece = b"\r" * self._carriage + piece
            self._carriage = piece.endswith(b"\r") and not self.ended()
            piece = piece[: len(piece) - self._carriage].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if self._spell:
            piece = spelled(piece)
        if self.ended() and not piece.endswith(b"\n"):
            piece += b"\n"
        self._used += self.at
        self.text = self.text[self.at :] + piece
        self.at = 0
        return True

    def _to_letter(self, piece: bytes) -> bytes:
        """Not cut within a letter."""
        cut = 0
        while cut < 4 and self._next < len(self._body) and 0x80 <= self._body[self._next] < 0xC0:
            self._next -= 1
            cut += 1
        return piece[: len(piece) - cut]

    def lines(self) -> Iterator[str]:
        """Lines from here on, each used when it is given. Raises TooMuch."""
        while True:
            end = self.text.find(b"\n", self.at) + 1
            if end:
                line = self.text[self.at : end]
                self.at = end
                yield line.decode("utf-8", "surrogatepass")
                continue
            if len(self.text) - self.at > MAX_ROW:
                raise TooMuch("row")
            if not self.more():
                return


def rows(source: Source, mark: str, *, whole: bool = True, quote: str = '"') -> Iterator[list[str]]:
    """Row by row. mark: between cells; "" for rows of one cell. quote: around cells. whole: False for a body that was cut, whose
    last row is cut too. Raises TooMuch."""
    return _rows(source, mark, quote) if whole else _all_but_one(_rows(source, mark, quote))


def _rows(source: Source, mark: str, quote: str) -> Iterator[list[str]]:
    if not mark:
        for line in source.lines():
            yield [line.strip("\n").strip('"')]
        return
    try:
        yield from csv.reader(source.lines(), delimiter=mark, quotechar=quote)
    except csv.Error:  # a field past our limit; an open quote makes one too, but so does an honest map
        raise TooMuch("field") from None


def blocks(source: Source, mark: str, *, whole: bool = True, quote: str = '"') -> Iterator[Block]:
    """The same rows, some thousand at a time. Raises TooMuch."""
    if quote != chr(_QUOTE):  # rare, and not cut up all at once
        yield from batches(rows(source, mark, whole=whole, quote=quote))
        return
    while source.at < len(source.text) or source.more():
        if source.ended() and not whole:
            yield from batches(rows(source, mark, whole=False))
            return
        window = source.text[source.at :] if source.at else source.text
        found = _cut_up(window, mark.encode())
        if isinstance(found, tuple):
            block, used = found
            source.at += used
            yield block
        elif found is _OPEN and len(window) < MAX_ROW and source.more():
            continue
        elif read := list(_slowly(source, mark, len(window))):
            yield of_rows(read)


def _all_but_one(read: Iterable[list[str]]) -> Iterator[list[str]]:
    held: list[str] | None = None
    for row in read:
        if held is not None:
            yield held
        held = row


def _slowly(source: Source, mark: str, size: int) -> Iterator[list[str]]:
    """Rows of so many bytes, and on to the end of the last one."""
    goal = source.place + size
    for row in rows(source, mark):
        yield row
        if source.place >= goal:
            return


_OPEN, _ODD = object(), object()  # no row ends in it; its quotes stand where they should not


def _cut_up(text: bytes, mark: bytes) -> tuple[Block, int] | object:
    """A block of the rows that end in the text, and how many bytes they take; or why there is none."""
    if b'"' in text and (not mark or _quotes(text, mark)):
        return _cut_quoted(text, mark) if len(mark) == 1 else _ODD
    used = text.rfind(b"\n") + 1
    if not used:
        return _OPEN
    text = text[:used]
    if len(mark) == 1:
        text = text.translate(bytes.maketrans(mark + b"\n", _CELL + _ROW))
    elif mark:
        text = text.replace(b"\n", _ROW).replace(mark, _CELL)
    else:
        text = text.replace(b"\n", _ROW)
    block = Block(text)
    return (block, used) if used < FIELD_LIMIT or block.longest <= FIELD_LIMIT else _ODD


def _quotes(text: bytes, mark: bytes) -> bool:
    """Whether a cell begins with a quote; any other quote is a letter like the rest."""
    return text.startswith(b'"') or b'\n"' in text or mark + b'"' in text


def _cut_quoted(text: bytes, mark: bytes) -> tuple[Block, int] | object:
    read = np.frombuffer(text, dtype=np.uint8)
    quotes = np.flatnonzero(read == _QUOTE)
    cuts = np.flatnonzero((read == mark[0]) | (read == _LF))
    cuts = cuts[np.searchsorted(quotes, cuts) & 1 == 0]
    ends = np.flatnonzero(read[cuts] == _LF)
    if not len(ends):
        return _OPEN
    cuts = cuts[: ends[-1] + 1]
    used = int(cuts[-1]) + 1
    quotes = quotes[: int(np.searchsorted(quotes, used))]
    opening, closing = quotes[0::2], quotes[1::2]
    before = np.where(opening > 0, read[opening - 1], _LF)
    for beside in (before, read[closing + 1]):
        if not ((beside == mark[0]) | (beside == _LF) | (beside == _QUOTE)).all():
            return _ODD
    doubled = opening[1:][opening[1:] == closing[:-1] + 1]
    laid = read[:used].copy()
    laid[cuts] = _CELL[0]
    laid[cuts[ends]] = _ROW[0]
    block = Block(laid.tobytes(), cuts, doubled)
    return (block, used) if used < FIELD_LIMIT or block.longest <= FIELD_LIMIT else _ODD
