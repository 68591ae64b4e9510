"""The records of a WARC file in a row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from evidence.store.warc import WarcRecord, read_at


def read_all(file: BinaryIO) -> Iterator[WarcRecord]:
    """Complete records. Raises EvidenceDamaged where they end before the file does."""
    offset = 0
    while (record := read_at(file, offset)) is not None:
        yield record
        offset += record.length
