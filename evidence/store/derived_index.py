"""An index made from its segments alone, and whether one that lies there is what they give.

Not here: putting it in the place of another (`evidence.store.recovery`, `evidence.verify.rebuild`).
"""

from __future__ import annotations

import contextlib
import filecmp
import re
import sqlite3
import tempfile
from pathlib import Path
from typing import BinaryIO

from evidence import layout
from evidence.errors import EvidenceDamaged
from evidence.fault import Faults
from evidence.store.index import RecordRow, RunIndex
from evidence.store.index_rows import CaptureRow, derive
from evidence.store.sealed_records import sealed_records

_BATCH = 256
_NAME = re.compile(r"(shard-\d{4,})/index-([1-9]\d{0,8})\.sqlite")


def add_derived(index: RunIndex, file: BinaryIO, segment: str, offset: int, position: int) -> int:
    """Adds the rows of the complete records from the offset on; where these end."""
    records: list[RecordRow] = []
    captures: list[CaptureRow] = []
    whole = offset
    with contextlib.suppress(EvidenceDamaged):  # the torn tail begins here
        for row, capture in derive(file, segment, offset, position):
            records.append(row)
            captures += [capture] if capture else []
            whole = row.offset + row.length
            if len(records) >= _BATCH and capture:
                index.add(records, captures)
                records, captures = [], []
    index.add(records, captures)
    return whole


def write_derived(shard: Path, epoch: int, position: int, path: Path) -> bool:
    """Writes the index of a run anew, durably. position: of its first record in the shard.

    False when a segment does not end with its last record; what is behind that is left out.
    """
    for leftover in (path, *index_leftovers(path)):
        leftover.unlink(missing_ok=True)
    index = RunIndex.create(path, durable=False)
    complete = True
    try:
        for segment in layout.segments(shard, epoch):
            with segment.open("rb") as file:
                whole = add_derived(index, file, segment.name, 0, position)
            complete = complete and whole == segment.stat().st_size
            last, _ = index.last()
            position = position if last is None else last + 1
    except BaseException:
        index.close()
        raise
    index.finish(path)
    return complete


def index_leftovers(path: Path) -> list[Path]:
    """What a write of an index that was cut short leaves beside it."""
    return [path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal", ".part", ".part-journal")]


def run_of(name: str) -> tuple[str, int] | None:
    """(shard, run) of an index by its name in the evidence folder; None when the name is no index's."""
    match = _NAME.fullmatch(name)
    return (match.group(1), int(match.group(2))) if match else None


def as_derived(folder: Path, name: str) -> bool:
    """Whether the file is, byte for byte, what the segments of its run give.

    Holds for an index that was made anew where another SQLite lays out its pages otherwise, or of a round
    that was sealed before the bytes of an index were determined by its rows.
    """
    run = run_of(name)
    path = folder / name
    if run is None or path.is_symlink() or not path.is_file():
        return False
    shard, epoch = run
    if not layout.segments(folder / shard, epoch) or not (folder / layout.RECORDS).is_file():
        return False
    position = sum(
        entry.shard == shard and layout.segment_epoch(entry.segment) < epoch
        for entry in sealed_records(folder / layout.RECORDS, Faults())
    )
    try:
        with tempfile.TemporaryDirectory() as scratch:
            draft = Path(scratch) / "index.sqlite"
            complete = write_derived(folder / shard, epoch, position, draft)
            return complete and filecmp.cmp(draft, path, shallow=False)
    except (OSError, sqlite3.Error):  # no room to make it: then it is not shown to be as sealed
        return False
