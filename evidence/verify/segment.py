"""Holds one segment against its hash, its sealed records and its rows in the index. Each can be done by itself.

Streams. The file is hashed first: what is proven to be as it was sealed is unpacked by the fast library, everything
else by the one that everybody reads gzip with. Where a record is not as sealed, the segment is read again from its
own bytes, so that what was rewritten, dropped, added or moved can be told apart.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from evidence import layout
from evidence.errors import EvidenceDamaged
from evidence.fault import Fault, Faults
from evidence.regular_files import digest, is_regular
from evidence.store.index_rows import derived
from evidence.store.outline import Outline, outline_at
from evidence.store.sealed_records import SealedRecord, SegmentRecords, listed_records
from evidence.verify.explain import explain
from evidence.verify.index import ExpectedRows, SegmentRows
from evidence.verify.scan import file_size, scan


@dataclass(frozen=True, slots=True)
class SegmentTask:
    """evidence: the folder. sha256: what the segment's hash has to be; None when nothing says so.

    proven: that hash stands under a signature that fits, so that bytes which have it are nobody's forgery.
    """

    evidence: Path
    part: SegmentRecords
    sha256: str | None
    proven: bool


@dataclass(frozen=True, slots=True)
class SegmentResult:
    """What became of a segment.

    as_sealed: its bytes have the sealed hash. proven: and that is signed. indexed: its records, all as sealed, have their rows in the index.
    carried: number of captures whose records are as sealed, captures: their ids.
    """

    part: SegmentRecords
    as_sealed: bool
    proven: bool
    indexed: bool
    records: int
    carried: int
    captures: frozenset[str]
    faults: tuple[Fault, ...]


def check(task: SegmentTask) -> SegmentResult:
    part, faults = task.part, Faults()
    as_sealed = task.sha256 is not None and digest(task.evidence / part.name) == task.sha256
    proven = task.proven and as_sealed
    shard, run = part.run
    rows = SegmentRows(task.evidence / shard / layout.index_name(run), part.position)
    indexed = True
    captures: set[str] = set()
    records = carried = 0
    for entry, record in _outlines(task.evidence, part, proven, faults):
        records += 1
        if record is None:
            indexed = False
            continue
        indexed = indexed and rows.agree(record, entry)
        capture = rows.capture if indexed else _capture_id(record, entry, part, faults)
        if capture is not None:
            carried += 1
            captures.add(capture)
    rows.close()
    return SegmentResult(
        part, as_sealed, proven, indexed, records, carried, frozenset(captures), tuple(faults.found())
    )


def _capture_id(record: Outline, entry: SealedRecord, part: SegmentRecords, faults: Faults) -> str | None:
    """Of the capture that a record carries; None when it carries none, or one that cannot be read."""
    try:
        _, capture, _ = derived(record, entry.segment, entry.position, None)
    except EvidenceDamaged as error:
        faults.add(part.name, f"record {entry.position}", "changed_record", str(error))
        return None
    return None if capture is None else str(capture[1])


def expectations(evidence: Path, part: SegmentRecords, proven: bool) -> Iterator[ExpectedRows]:
    """What the index should hold of each sealed record of a part. What is wrong with them is not said here."""
    request: tuple[str, int] | None = None
    paired = True
    for entry, record in _outlines(evidence, part, proven, Faults()):
        expected, before = ExpectedRows(entry.position, None, None), request
        request = None
        if record is not None:
            with contextlib.suppress(EvidenceDamaged):
                row, capture, request = derived(record, entry.segment, entry.position, before)
                expected = ExpectedRows(entry.position, row, capture, paired)
        paired = record is not None
        yield expected


def _outlines(
    evidence: Path, part: SegmentRecords, proven: bool, faults: Faults
) -> Iterator[tuple[SealedRecord, Outline | None]]:
    """Each sealed record of a part as it is now; None when it is not as it was sealed."""
    path = evidence / part.name
    if not is_regular(path):
        faults.add(part.name, "", "missing_file")
        for entry in _sealed(evidence, part):
            yield entry, None
        return
    first_bad: SealedRecord | None = None
    offset = 0
    with path.open("rb") as file:
        for entry in _sealed(evidence, part):
            record = outline_at(file, entry.offset, entry.length, proven=proven)
            if record is not None and (record.leaf != entry.leaf or record.length != entry.length):
                record = None
            if first_bad is None and (record is None or entry.offset != offset):
                first_bad = entry
            offset = entry.offset + entry.length
            yield entry, record
        if first_bad is not None or offset != file_size(file):
            named = len(faults.found())
            explain(file, part.name, list(_sealed(evidence, part)), faults)
            if (
                first_bad is not None and len(faults.found()) == named
            ):  # all are there, but not where the list says
                faults.add(part.name, f"record {first_bad.position}", "changed_record", str(first_bad.offset))


def _sealed(evidence: Path, part: SegmentRecords) -> Iterator[SealedRecord]:
    if part.at is not None:
        return listed_records(evidence / layout.RECORDS, part)
    return present_records(evidence, part, Faults())


def present_records(evidence: Path, part: SegmentRecords, faults: Faults) -> Iterator[SealedRecord]:
    """What records.txt should list of a part, read from the segment."""
    position = part.position
    with (evidence / part.name).open("rb") as file:
        for found in scan(file):
            if found.leaf is None:
                faults.add(part.name, f"{found.length} bytes", "changed_record", str(found.offset))
                continue
            yield SealedRecord(position, part.shard, part.segment, found.offset, found.length, found.leaf)
            position += 1
