"""What a segment holds by its own bytes, for when the sealed list of records does not fit it or is not there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from evidence.store.outline import Outline, outline_at
from evidence.store.recording import HEADER, parse_capture

_MEMBER = b"\x1f\x8b\x08\x00"
_TRIES = 100_000  # places that look like a member and are none, in one file; what follows is left as it is


@dataclass(frozen=True, slots=True)
class ScannedRecord:
    """A record as it is in the file now. leaf: None where bytes are no record. name: of its capture, if it can."""

    offset: int
    length: int
    leaf: bytes | None
    name: str


def scan(file: BinaryIO) -> Iterator[ScannedRecord]:
    """Records one after the other; past bytes that are none, on to the next that is one."""
    offset, size = 0, file_size(file)
    tries = 0
    while offset < size:
        record = outline_at(file, offset)
        if record is not None:
            yield ScannedRecord(offset, record.length, record.leaf, _name(record))
            offset += record.length
            continue
        following = size
        for at in _members(file, offset + 1, size):
            tries += 1
            if tries > _TRIES:
                break
            if outline_at(file, at) is not None:
                following = at
                break
        yield ScannedRecord(offset, following - offset, None, "")
        offset = following


def file_size(file: BinaryIO) -> int:
    return file.seek(0, 2)


def _members(file: BinaryIO, offset: int, size: int) -> Iterator[int]:
    """Offsets where a record may begin."""
    step = 1 << 20
    while offset < size:
        file.seek(offset)
        chunk = file.read(step + len(_MEMBER) - 1)
        at = chunk.find(_MEMBER)
        while 0 <= at < step:
            yield offset + at
            at = chunk.find(_MEMBER, at + 1)
        offset += step


def _name(record: Outline) -> str:
    text = record.header(HEADER)
    if text is None:
        return record.header("WARC-Record-ID") or ""
    try:
        return parse_capture(text).id
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return record.header("WARC-Record-ID") or ""
