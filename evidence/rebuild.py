"""Makes lost or altered indexes anew from the segments, and never hides that something else is wrong.

An index is derived, so it may be replaced; the records are not. When anything but an index is at fault, nothing
is touched: the index may then be the last witness of what a record said.
"""

from __future__ import annotations

import itertools
import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from evidence import layout, recovery
from evidence.derived_index import index_leftovers, run_of, write_derived
from evidence.errors import EvidenceDamaged
from evidence.fault import Fault
from evidence.index import Index
from evidence.lease import refuse_living
from evidence.verify import verify

State = Literal["sound", "missing", "unreadable", "altered"]


@dataclass(frozen=True, slots=True)
class IndexState:
    """An index afterwards. was: what it was before; all but "sound" were made anew.

    records, captures: number of its rows. kept: where the old one lies, relative to the round; None when
    there was none, or it is in its place.
    """

    file: str
    was: State
    records: int
    captures: int
    kept: str | None = None


class Refused(Exception):
    """Nothing was touched. faults: what is wrong besides the indexes."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(faults)
        self.faults = faults


def rebuild(folder: Path, *, trusted_key: str | None = None) -> list[IndexState]:
    """Replaces every index that is not what the records say; all indexes, in order.

    folder: the evidence folder; when it is sealed, the seal has to hold but for the indexes. Old indexes go to
    a folder beside it. Raises Refused, and EvidenceBusy while a crawl writes.
    """
    for shard in layout.shards(folder):
        refuse_living(shard)
    found = verify(folder, trusted_key=trusted_key)
    sealed = not any(fault.problem == "unsealed" for fault in found)
    at_fault = {name: fault for fault in found if (name := _index_of(folder, fault.file)) is not None}
    others = [fault for fault in found if _index_of(folder, fault.file) is None]
    if sealed and others:
        raise Refused(others)
    return [
        state
        for shard in layout.shards(folder)
        for state in _rebuild_shard(folder, shard, set(at_fault) if sealed else None)
    ]


def _index_of(folder: Path, name: str) -> str | None:
    """The index of a run that a file is, or lies beside; None for any other file."""
    for path in (name, *(name.removesuffix(end) for end in ("-wal", "-shm", "-journal", ".part"))):
        run = run_of(path)
        if run is not None and layout.segments(folder / run[0], run[1]):
            return path
    return None


def _rebuild_shard(folder: Path, shard: Path, at_fault: set[str] | None) -> list[IndexState]:
    """at_fault: names of the indexes to be made anew; None when no seal says which."""
    states: list[IndexState] = []
    position = 0
    for epoch in layout.epochs(shard):
        if not layout.segments(shard, epoch):
            continue
        path = shard / layout.index_name(epoch)
        name = f"{shard.name}/{path.name}"
        if not recovery.closed(shard / layout.epoch_name(epoch)):
            break  # the next run of the crawl puts it in order
        draft = path.with_name(path.name + ".part")
        was: State = "sound"
        kept = None
        if at_fault is None or name in at_fault:
            if not write_derived(shard, epoch, position, draft):
                raise EvidenceDamaged(
                    f"a segment of run {epoch} in {shard} does not end with its last record"
                )
            was = _compared(path, draft, vouched=at_fault is not None)
            if was == "sound":
                draft.unlink()
            else:
                kept = _set_aside(folder, path)
                draft.replace(path)
            for leftover in index_leftovers(path):
                leftover.unlink(missing_ok=True)
            layout.sync_folder(shard)
        index = Index.read(path, finished=True)
        records, captures = index.counts()
        index.close()
        states.append(IndexState(name, was, records, captures, kept))
        position += records
    return states


def _compared(path: Path, derived: Path, *, vouched: bool) -> State:
    """What the index at the path is, beside the one that its records give.

    vouched: a seal says that the records are as they were. Where none does, an index that says otherwise of a
    record's own bytes is not replaced. Raises EvidenceDamaged.
    """
    if not path.exists() and not path.is_symlink():
        return "missing"
    old = None
    new = Index.read(derived, finished=True)
    try:
        old = Index.read(path, finished=True)
        pairs = itertools.zip_longest(old.record_rows(), new.record_rows())
        same = all(before == now for before, now in pairs)
        if not same and not vouched:
            raise EvidenceDamaged(
                f"{path} and its segments do not agree on a record, and no seal says which is right"
            )
        pairs = itertools.zip_longest(old.capture_rows(), new.capture_rows())
        same = same and all(before == now for before, now in pairs)
    except sqlite3.Error:
        return "unreadable"
    finally:
        new.close()
        if old is not None:
            old.close()
    return "altered" if vouched or not same else "sound"


def _set_aside(folder: Path, path: Path) -> str | None:
    """Moves an old index out of the sealed folder; its new place, relative to the round."""
    if not path.exists() and not path.is_symlink():
        return None
    aside = folder.with_name(folder.name + ".damaged") / path.parent.name
    layout.make_folder(aside)
    names = itertools.chain([path.name], (f"{path.name}.{number}" for number in itertools.count(2)))
    target = next(aside / name for name in names if not (aside / name).exists())
    shutil.move(path, target)
    layout.sync_folder(aside)
    return target.relative_to(folder.parent).as_posix()
