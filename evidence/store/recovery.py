"""What an interrupted run left behind: complete records are indexed, a torn tail is set aside.

Nothing is lost and nothing is thrown away: a tail lies beside its segment as `*.torn`, its hash and place
in `recovery.jsonl`.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

from evidence import layout
from evidence.canonical import canonical_line
from evidence.errors import EvidenceDamaged
from evidence.store.derived_index import add_derived, write_derived
from evidence.store.index import UNREADABLE, RunIndex
from evidence.store.index_file import journals
from evidence.store.lease import closed


def recover(shard: Path, *, before: int, alive: Callable[[], None] = lambda: None) -> None:
    """Puts every run before the given one in order that did not close. The caller holds its lease.

    The index of a run that did close is made anew when it is lost. alive: called now and then.
    """
    position = 0
    for epoch in layout.epochs(shard):
        if epoch >= before:
            break
        alive()
        if not closed(shard / layout.epoch_name(epoch)):
            _recover_epoch(shard, epoch, position)
            layout.write_whole(shard / layout.epoch_name(epoch), canonical_line({"closed": True}))
        elif layout.segments(shard, epoch) and _last(shard / layout.index_name(epoch)) is None:
            rebuild(shard, epoch, position, whole=True)
        last = _last(shard / layout.index_name(epoch))
        position = position if last is None else last + 1


def _last(path: Path) -> int | None:
    """Position of the last record of an index; None when it has none, or cannot be read."""
    if not path.exists():
        return None
    index = None
    try:
        index = RunIndex.read(path)
        return index.last()[0]
    except UNREADABLE:
        return None
    finally:
        if index is not None:
            index.close()


def _recover_epoch(shard: Path, epoch: int, position: int) -> None:
    segments = layout.segments(shard, epoch)
    path = shard / layout.index_name(epoch)
    if not segments:
        for leftover in (path, *journals(path)):
            leftover.unlink(missing_ok=True)
        _log_torn(shard)
        return
    if not _usable(path):
        rebuild(shard, epoch, position)
    index = RunIndex.create(path)
    try:
        for segment in segments:
            last, _ = index.last()
            _recover_segment(index, segment, position if last is None else last + 1)
    finally:
        index.finish(path)
    if not layout.segments(shard, epoch):
        path.unlink()
    _log_torn(shard)


def _usable(path: Path) -> bool:
    if not path.exists():
        return False
    try:
        connection = sqlite3.connect(path)
        try:
            tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
            sound = connection.execute("PRAGMA quick_check").fetchone()[0] == "ok"
        finally:
            connection.close()
    except UNREADABLE:
        return False
    return sound and {"record", "capture"} <= tables


def _recover_segment(index: RunIndex, segment: Path, position: int) -> None:
    committed = index.committed(segment.name)
    if committed > segment.stat().st_size:
        raise EvidenceDamaged(f"{segment} ends before its last committed record")
    with segment.open("rb") as file:
        whole = add_derived(index, file, segment.name, committed, position)
    if whole < segment.stat().st_size:
        _set_aside(segment, whole)
    elif whole == 0:  # killed before the first byte
        segment.unlink()


def rebuild(shard: Path, epoch: int, position: int, *, whole: bool = False) -> None:
    """Makes the index of a run anew from its segments alone; an old one is set aside.

    whole: the run did close, so that each segment has to end with its last record; else EvidenceDamaged.
    """
    path = shard / layout.index_name(epoch)
    draft = path.with_name(path.name + ".part")
    if not write_derived(shard, epoch, position, draft) and whole:
        raise EvidenceDamaged(f"a segment of run {epoch} in {shard} does not end with its last record")
    if path.exists():
        path.replace(path.with_name(path.name + ".damaged"))
    for journal in journals(path):
        journal.unlink(missing_ok=True)
    layout.sync_folder(shard)  # a journal that comes back would be read into the new file
    layout.put_in_place(draft, path)


def _set_aside(segment: Path, whole: int) -> None:
    """Moves what follows the last complete record to `*.torn`: copied durably before it is cut off."""
    with segment.open("rb") as file, layout.whole_file(segment.with_name(segment.name + ".torn")) as torn:
        file.seek(whole)
        while chunk := file.read(1 << 20):
            layout.write_all(torn, chunk)
    descriptor = os.open(segment, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.ftruncate(descriptor, whole)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if whole == 0:
        segment.unlink()
    layout.sync_folder(segment.parent)


def _log_torn(shard: Path) -> None:
    """One line for each torn tail that has none; so a kill between the steps loses no line."""
    log = shard / layout.RECOVERY
    layout.mend_lines(log)
    lines = log.read_bytes().splitlines(keepends=True) if log.exists() else []
    known = {json.loads(line)["torn"] for line in lines if line.endswith(b"\n")}
    for torn in sorted(shard.glob("*.torn")):
        if torn.name in known:
            continue
        segment = torn.with_suffix("")
        with torn.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        entry = {
            "bytes": torn.stat().st_size,
            "offset": segment.stat().st_size if segment.exists() else 0,
            "segment": segment.name,
            "sha256": digest,
            "torn": torn.name,
        }
        layout.append_line(log, canonical_line(entry))
