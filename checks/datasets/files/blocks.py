"""Many rows at once: where their cells are, which are blank, and how `checks.datasets.files.fingerprint` spells them.

A table of a hundred megabytes has millions of cells; looking at each by itself costs more than all the rest. A
block holds some thousand rows as one text and its cells as places in it. Not here: what is a row and a cell of
a text (`checks.datasets.files.separated`), and what the cells say (`checks.datasets.files.table`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from checks.datasets.files.fingerprint import CELL, LAID_OUT, LONGEST_NUMBER, ROW, SPELLING, plain_number
from claims.persian import DECIMAL, THOUSANDS

Places = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]

_CELL, _ROW = ord(CELL), ord(ROW)
# A whole cell that is a number with marks of thousands, or with the Persian mark of decimals.
_LAID_OUT = re.compile(f"(?<![^{CELL}{ROW}]){LAID_OUT}(?=[{CELL}{ROW}])".encode())
_MARKS = (b",", THOUSANDS.encode(), DECIMAL.encode())
_QUOTE, _ZERO, _NINE, _DOT, _MINUS, _COLON = b'"09.-:'
# Room before and behind the text, so that no cell is too near to an end to be looked at.
_ROOM = b"\x00" * 64
_BEFORE = len(_ROOM)
_STEPS = 64  # of white space taken off one by one
_NARROW = 64  # bytes of a cell that is taken out with all of its column at once
# Rows and characters handled at once by numpy. They bound memory and change no result.
_BATCH_ROWS, _BATCH_CHARS = 2_000, 400_000

_WHITE = np.zeros(256, dtype=np.bool_)
_WHITE[[*b" \t\n"]] = True
_DIGIT = np.zeros(256, dtype=np.bool_)
_DIGIT[_ZERO : _NINE + 1] = True

# ASCII white space that no program means. Of rows that are joined already, the two marks are left alone.
_ODD_WHITE = bytes(code for code in range(128) if SPELLING.get(code) == " " and code != 13)
_PLAIN = bytes.maketrans(_ODD_WHITE, b" " * len(_ODD_WHITE))
_PLAIN_JOINED = bytes.maketrans(_ODD_WHITE.replace(bytes([_ROW, _CELL]), b""), b" " * (len(_ODD_WHITE) - 2))
_GONE = 0xFFFF  # Mark of a character that the fingerprint leaves out. No text holds U+FFFF.
_UNITS = np.arange(0x10000, dtype=np.uint16)
for _code, _other in SPELLING.items():
    if _code >= 128:
        _UNITS[_code] = _GONE if _other is None else ord(_other)
_DAY = len("2024-01-31")
# Digits where there is 0, anything where there is 255.
_PATTERN = np.frombuffer(
    b"\x00\x00\x00\x00-\x00\x00-\x00\x00\xff00:00".ljust(LONGEST_NUMBER, b"\xff"), dtype=np.uint8
)


def spelled(text: bytes, *, joined: bool = False) -> bytes:
    """UTF-8 with the letters, digits and white space of one spelling; line ends must be LF already.

    joined: rows and cells are set apart by their marks already.
    """
    text = text.translate(_PLAIN_JOINED if joined else _PLAIN)
    if text.isascii():
        return text
    wide = text.decode("utf-8", "surrogatepass").encode("utf-16-le", "surrogatepass")
    units = _UNITS[np.frombuffer(wide, dtype="<u2")]
    gone = units == _GONE
    if gone.any():
        units = units[~gone]
    plain: bytes = units.astype("<u2", copy=False).tobytes()
    return plain.decode("utf-16-le", "surrogatepass").encode("utf-8", "surrogatepass")


def batches(rows: Iterable[Sequence[str]]) -> Iterator[Block]:
    """Rows of a sheet or of records, some at a time."""
    batch: list[Sequence[str]] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += sum(map(len, row)) + len(row)
        if len(batch) >= _BATCH_ROWS or size > _BATCH_CHARS:
            yield of_rows(batch)
            batch, size = [], 0
    if batch:
        yield of_rows(batch)


def of_rows(rows: Sequence[Sequence[str]]) -> Block:
    """A block of at least one row."""
    text = "".join([CELL.join(row) + ROW for row in rows])
    if text.count(ROW) != len(rows) or text.count(CELL) != sum(max(0, len(row) - 1) for row in rows):
        cleaned = ([cell.replace(ROW, " ").replace(CELL, " ") for cell in row] for row in rows)
        text = "".join([CELL.join(row) + ROW for row in cleaned])
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return Block(spelled(text.encode("utf-8", "surrogatepass"), joined=True))


class Block:
    """Rows of one spelling, joined by the marks of the fingerprint, the last one ended too.

    starts, ends: of each cell in `data`, without white space around. filled: not blank. first: number of each
    row's first cell, and of the cell behind the last row. `ends` of `_told`: without empty decimals.
    """

    def __init__(self, text: bytes, cuts: Places | None = None, doubled: Places | None = None) -> None:
        """cuts: places of the marks, when other bytes of the text may look like them; of a quoted text, whose
        cells may stand in quotes. doubled: places of quotes that are written twice, to be left out."""
        self.data = b"".join((_ROOM, text, _ROOM))
        self._bytes: Bytes = np.frombuffer(self.data, dtype=np.uint8)
        inner = self._bytes[_BEFORE:-_BEFORE]
        found = np.flatnonzero((inner == _CELL) | (inner == _ROW)) if cuts is None else cuts
        self._cuts: Places = found + _BEFORE
        self._doubled = None if doubled is None or not len(doubled) else doubled + _BEFORE
        self.starts: Places = np.empty_like(self._cuts)
        self.starts[0] = _BEFORE
        self.starts[1:] = self._cuts[:-1] + 1
        self.ends: Places = self._cuts.copy()
        row_ends = np.flatnonzero(self._bytes[self._cuts] == _ROW)
        self.first: Places = np.concatenate(([0], row_ends + 1))
        self.widths: Places = np.diff(self.first)
        self.rows = len(row_ends)
        even = self.rows > 0 and bool((self.widths == self.widths[0]).all())
        self._width: int | None = int(self.widths[0]) if even else None
        self._whole = cuts is None
        if cuts is not None:
            self._unquote()
        self._strip()
        self.filled: Truths = self.starts < self.ends
        self.last: Places = self._last_filled()

    def _unquote(self) -> None:
        quoted = (self._bytes[self.starts] == _QUOTE) & (self.starts < self.ends)
        self.starts += quoted
        self.ends -= quoted

    def _strip(self) -> None:
        for side, step in ((self.starts, 1), (self.ends, -1)):
            for _ in range(_STEPS):
                at = self.starts if step > 0 else self.ends - 1
                white = _WHITE[self._bytes[at]] & (self.starts < self.ends)
                if not white.any():
                    break
                self._whole = False
                side += step * white
            else:
                for cell in np.flatnonzero(white).tolist():
                    text = self.data[self.starts[cell] : self.ends[cell]]
                    self.starts[cell] += len(text) - len(text.lstrip(b" \t\n"))
                    self.ends[cell] = self.starts[cell] + len(text.strip(b" \t\n"))

    def _last_filled(self) -> Places:
        """Of each row, the number of its last cell that is not blank; one before its first, when all are."""
        if self.filled[self.first[1:] - 1].all():
            return self.first[1:] - 1
        self._whole = False
        numbers = np.flatnonzero(self.filled)
        if not len(numbers):
            return self.first[:-1] - 1
        before = np.searchsorted(numbers, self.first[1:]) - 1
        last = np.where(before >= 0, numbers[before], -1)
        return np.where(last >= self.first[:-1], last, self.first[:-1] - 1)

    @property
    def longest(self) -> int:
        """Bytes of the longest cell."""
        return int(np.max(self.ends - self.starts))

    @property
    def blank(self) -> Truths:
        """Rows in which nothing stands."""
        return self.last < self.first[:-1]

    def without(self, rows: int) -> Block:
        """What is left when the first rows are taken off."""
        return self.part(min(rows, self.rows), self.rows)

    def part(self, begin: int, end: int) -> Block:
        """Some of the rows; itself when that is all."""
        if end - begin == self.rows:
            return self
        part = object.__new__(Block)
        first, last = int(self.first[begin]), int(self.first[end])
        part.data, part._bytes, part._width = self.data, self._bytes, self._width
        part._whole = False
        part._cuts, part.starts, part.ends = (
            places[first:last] for places in (self._cuts, self.starts, self.ends)
        )
        part.filled, part._doubled = self.filled[first:last], self._doubled
        part.first, part.widths = self.first[begin : end + 1] - first, self.widths[begin:end]
        part.last, part.rows = self.last[begin:end] - first, end - begin
        return part

    def row(self, number: int) -> list[str]:
        """One row's cells."""
        return [self.text(cell) for cell in range(int(self.first[number]), int(self.first[number + 1]))]

    def text(self, cell: int) -> str:
        return self.data[self.starts[cell] : self.ends[cell]].decode("utf-8", "surrogatepass")

    def column(self, number: int) -> Places:
        """Numbers of a column's cells that are not blank, in order."""
        if self._width is not None:
            cells = np.arange(number, len(self.starts) if number < self._width else 0, self._width)
        else:
            cells = self.first[:-1][self.widths > number] + number
        return cells[self.filled[cells]]

    def pairs(self, one: int, other: int) -> list[tuple[bytes, bytes]]:
        """The cells of two columns in rows where neither is blank, in UTF-8."""
        first = self.first[:-1][self.widths > max(one, other)]
        both = self.filled[first + one] & self.filled[first + other]
        return list(zip(self.texts(first[both] + one), self.texts(first[both] + other), strict=True))

    def filled_by_column(self, columns: int) -> list[int]:
        """How many cells of each column are not blank."""
        if self._width is not None:
            counts = self.filled.reshape(-1, self._width).sum(axis=0)[:columns].tolist()
        else:
            inside = self.filled & (self.places() < columns)
            counts = np.bincount(self.places()[inside], minlength=columns)[:columns].tolist()
        return [*counts, *[0] * (columns - len(counts))]

    def places(self) -> Places:
        """The column of each cell."""
        if self._width is not None:
            return np.tile(np.arange(self._width), self.rows)
        return np.arange(len(self.starts)) - np.repeat(self.first[:-1], self.widths)

    def initials(self) -> Bytes:
        """The first byte of each cell; of a blank one, any."""
        return self._bytes[self.starts]

    def labels(self) -> set[bytes]:
        """What stands first in the rows, blank cells passed over, in UTF-8."""
        numbers = np.flatnonzero(self.filled)
        rows = np.flatnonzero(~self.blank)
        first = numbers[np.searchsorted(numbers, self.first[:-1][rows])]
        return set(self.texts(first))

    def texts(self, cells: Places) -> list[bytes]:
        """Cells that are not blank, in UTF-8; NUL bytes at their ends do not count."""
        if not len(cells):
            return []
        starts, ends = self.starts[cells], self.ends[cells]
        sizes = ends - starts
        longest = int(np.max(sizes))
        if longest > _NARROW:
            return [self.data[a:b] for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]
        steps = np.arange(longest)
        laid = self._bytes[starts[:, None] + steps]
        laid[steps >= sizes[:, None]] = 0
        found: list[bytes] = laid.view(f"S{longest}").ravel().tolist()
        return found

    def only(self, cells: Places, allowed: Truths, width: int) -> Truths:
        """Whether a cell has no byte behind its first but allowed ones, and no more than `width` of them."""
        sizes = self.ends[cells] - self.starts[cells]
        steps = np.arange(1, width)
        good: Truths = allowed[self._bytes[self.starts[cells][:, None] + steps]] | (steps >= sizes[:, None])
        fits: Truths = good.all(axis=1) & (sizes <= width)
        return fits

    def told(self) -> list[bytes]:
        """Rows as the fingerprint wants them, blank ones left out."""
        ends = self._short_ends()
        as_it_is = self._whole and ends is self.ends
        text = self.data[_BEFORE:-_BEFORE] if as_it_is else self._kept(ends)
        if any(mark in text for mark in _MARKS):
            text = _LAID_OUT.sub(lambda match: plain_number(match.group().decode()).encode(), text)
        return text.split(ROW.encode())[:-1]

    def _kept(self, ends: Places) -> bytes:
        marked = self._bytes.copy()
        marked[self._cuts] = _CELL
        row_cuts = self._cuts[self.first[1:] - 1]
        marked[row_cuts] = _ROW
        keep = np.zeros(len(marked), dtype=np.uint8)
        keep[self.starts[self.filled]] = 1
        keep[ends[self.filled]] = 255  # takes the one back
        np.cumsum(keep, dtype=np.uint8, out=keep)
        keep[self._cuts] = np.arange(len(self._cuts)) < np.repeat(self.last, self.widths)
        keep[row_cuts] = ~self.blank
        if self._doubled is not None:
            keep[self._doubled] = 0
        return marked[keep.view(np.bool_)].tobytes()

    def _short_ends(self) -> Places:
        """Ends without the empty decimals of a number and the midnight of a day."""
        sizes = self.ends - self.starts
        zero = (self._bytes[self.ends - 1] == _ZERO) & (sizes > 2) & (sizes <= LONGEST_NUMBER)
        cells = np.flatnonzero(zero)
        if not len(cells):
            return self.ends
        # Against the right: the last bytes of each cell, what is before it blanked out.
        steps = np.arange(-LONGEST_NUMBER, 0)
        laid = self._bytes[self.ends[cells][:, None] + steps]
        laid[steps < -sizes[cells][:, None]] = 0
        dots = laid == _DOT
        pointed = dots.any(axis=1)
        ends = self.ends.copy()
        self._cut_numbers(ends, cells[pointed], laid[pointed], dots[pointed])
        timed = cells[self._bytes[self.starts[cells] + _DAY + 3] == _COLON]
        days = timed[self._at_midnight(timed)]
        ends[days] = self.starts[days] + _DAY
        return ends if (ends != self.ends).any() else self.ends

    def _cut_numbers(self, ends: Places, cells: Places, laid: Bytes, dots: Truths) -> None:
        sizes = self.ends[cells] - self.starts[cells]
        minus = self._bytes[self.starts[cells]] == _MINUS
        digits = _DIGIT[laid].sum(axis=1)
        is_number = (dots.sum(axis=1) == 1) & (digits + 1 + minus == sizes)
        is_number &= _DIGIT[self._bytes[self.starts[cells] + minus]]
        zeros = (laid[:, ::-1] != _ZERO).argmax(axis=1)
        short = self.ends[cells] - zeros
        short -= self._bytes[short - 1] == _DOT
        ends[cells[is_number]] = short[is_number]

    def _at_midnight(self, cells: Places) -> Truths:
        """2024-01-31 00:00, with or without seconds and parts of them."""
        sizes = self.ends[cells] - self.starts[cells]
        laid = self._bytes[self.starts[cells][:, None] + np.arange(LONGEST_NUMBER)]
        good: Truths = ((laid == _PATTERN) | (_DIGIT[laid] & (_PATTERN == 0))).all(
            axis=1, where=_PATTERN < 255
        )
        good &= (laid[:, _DAY] == ord(" ")) | (laid[:, _DAY] == ord("T"))
        seconds = (laid[:, 16:19] == np.frombuffer(b":00", dtype=np.uint8)).all(axis=1)
        steps = np.arange(LONGEST_NUMBER)
        parts = ((laid == _ZERO) | (steps < 20) | (steps >= sizes[:, None])).all(axis=1)
        parts &= (sizes > 20) & (laid[:, 19] == _DOT)
        good &= (sizes == 16) | (seconds & ((sizes == 19) | parts))
        return good
