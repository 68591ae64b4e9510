"""What the index holds of each record, derived from the records alone. The index is never the source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from evidence.errors import EvidenceDamaged
from evidence.store import recording
from evidence.store.index import RecordRow, capture_values
from evidence.store.outline import Outline, outlines

CaptureRow = tuple[Any, ...]
Request = tuple[str, int]  # identifier and position of a request record just before


def derive(
    file: BinaryIO, segment: str, offset: int, position: int
) -> Iterator[tuple[RecordRow, CaptureRow | None]]:
    """Rows of every record from the offset on. Raises EvidenceDamaged where they end before the file does."""
    request: Request | None = None
    for record in outlines(file, offset):
        row, capture, request = derived(record, segment, position, request)
        yield row, capture
        position += 1


def rows(file: BinaryIO, segment: str, position: int) -> Iterator[tuple[RecordRow, bool]]:
    """The row of every record of a segment, and whether it carries a capture. Raises EvidenceDamaged."""
    for record in outlines(file):
        yield _row(record, segment, position), record.header(recording.HEADER) is not None
        position += 1


def _row(record: Outline, segment: str, position: int) -> RecordRow:
    kind = record.header("WARC-Type") or ""
    return RecordRow(position, kind, segment, record.offset, record.length, record.leaf)


def derived(
    record: Outline, segment: str, position: int, request: Request | None
) -> tuple[RecordRow, CaptureRow | None, Request | None]:
    """(row of the record, row of its capture if it carries one, itself if it is a request)."""
    row = _row(record, segment, position)
    text = record.header(recording.HEADER)
    if text is None:
        own = (record.header("WARC-Record-ID") or "", position) if row.type == "request" else None
        return row, None, own
    try:
        capture, facts = recording.parse_recorded(text)
        paired = request is not None and request[0] == record.header("WARC-Concurrent-To")
        values = capture_values(capture, position, request[1] if paired and request else None, facts)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise EvidenceDamaged(f"{segment}: no capture at {record.offset}: {error}") from None
    return row, values, None
