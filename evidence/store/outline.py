"""A record read for its head and its leaf alone: in bounded memory, whatever its member unfolds to."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from isal import isal_zlib

from evidence.errors import EvidenceDamaged
from evidence.store import warc

_STEP = 1 << 18  # bytes that are read, or unpacked, at a time
_FIRST_STEP = 1 << 13  # of a member whose length is not known
_LARGEST_HEAD = 16 << 20
_BROKEN = (zlib.error, cast("type[Exception]", isal_zlib.error))


@dataclass(frozen=True, slots=True)
class Outline:
    """As `warc.Record`, without its block."""

    offset: int
    length: int
    leaf: bytes
    head: bytes

    def header(self, name: str) -> str | None:
        """Value of a header by its exact name, None when the record has none."""
        return warc.header_in(self.head, name)


def outline_at(
    file: BinaryIO, offset: int, length: int | None = None, *, proven: bool = False
) -> Outline | None:
    """The complete and well-formed record whose member starts at the offset; None when there is none.

    length: of the member, when it is known; nothing is read past it. proven: the file's bytes are those that
    were sealed, so that they may be unpacked by the faster library.
    """
    file.seek(offset)
    stream: Any = isal_zlib.decompressobj(31) if proven else zlib.decompressobj(31)
    content = _Content()
    step = _FIRST_STEP if length is None else _STEP
    read, waiting = 0, b""
    try:
        while not stream.eof:
            piece = stream.decompress(waiting, _STEP)
            waiting = stream.unconsumed_tail
            if piece:
                if not content.add(piece):
                    return None
            elif not waiting and not stream.eof:  # nothing left inside: only now it needs more
                waiting = file.read(step if length is None else min(step, length - read))
                if not waiting:
                    return None
                read += len(waiting)
                step = min(2 * step, _STEP)
    except _BROKEN:
        return None
    if not content.complete:
        return None
    return Outline(offset, read - len(stream.unused_data), content.leaf, content.head)


def outlines(file: BinaryIO, offset: int = 0) -> Iterator[Outline]:
    """Complete records from the offset on. Raises EvidenceDamaged where they end before the file does."""
    size = file.seek(0, 2)
    while offset < size:
        record = outline_at(file, offset)
        if record is None:
            raise EvidenceDamaged(f"no complete record at {offset}")
        yield record
        offset += record.length


class _Content:
    """What a member unfolds to, piece by piece; gives up as soon as it cannot become a record."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256(b"\x00")
        self._start = b""
        self._end = b""
        self._size = 0
        self._declared: int | None = None
        self.head = b""

    def add(self, piece: bytes) -> bool:
        """False when this is no record, or one past all bounds."""
        self._digest.update(piece)
        self._size += len(piece)
        self._end = piece[-4:] if len(piece) >= 4 else (self._end + piece)[-4:]
        if self._declared is None and not self._read_head(piece):
            return False
        return self._declared is None or self._size <= self._declared <= warc.LARGEST

    def _read_head(self, piece: bytes) -> bool:
        start = self._start + piece if self._start else piece
        if not start.startswith(warc.FIRST_LINE[: len(start)]):
            return False
        end = start.find(warc.RECORD_END)
        if end < 0:
            self._start = start
            return len(start) <= _LARGEST_HEAD
        self.head, self._start = start[:end], b""
        self._declared = warc.declared_size(self.head)
        return self._declared is not None

    @property
    def complete(self) -> bool:
        return self._size == self._declared and self._end == warc.RECORD_END

    @property
    def leaf(self) -> bytes:
        return self._digest.digest()
