"""Makes lost or altered indexes anew from the segments, and never hides that something else is wrong.

An index is derived, so it may be replaced; the records are not. When anything but an index is at fault, nothing
is touched: the index may then be the last witness of what a record said.
"""

from __future__ import annotations

import filecmp
import itertools
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from evidence import layout
from evidence.errors import EvidenceDamaged
from evidence.fault import Fault
from evidence.store.derived_index import index_leftovers, run_of, write_derived
from evidence.store.index import UNREADABLE, RunIndex
from evidence.store.index_file import journals
from evidence.store.lease import closed, refuse_living
from evidence.verify.folder import verify

_BESIDE = re.compile(
    r"(?:\.part){0,2}(?:-wal|-shm|-journal)?\Z"
)  # journals, and drafts of a rebuild that was killed

State = Literal["sound", "missing", "unreadable", "altered"]


@dataclass(frozen=True, slots=True)
class IndexState:
    """An index afterwards. was: what it was before; all but "sound" were made anew.

    records, captures: number of its rows. kept: where lies what was set aside, relative to the round: the old
    one, or a stranger's journal beside it; None when there was neither.
    """

    file: str
    was: State
    records: int
    captures: int
    kept: str | None = None


class RebuildRefused(Exception):
    """Nothing was touched. faults: what is wrong besides the indexes."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(faults)
        self.faults = faults


def rebuild(folder: Path, *, trusted_key: str | None = None, jobs: int = 1) -> list[IndexState]:
    """Replaces every index that is not what the records say; all indexes, in order.

    folder: the evidence folder; when it is sealed, the seal has to hold but for the indexes. Old indexes go to
    a folder beside it. Raises RebuildRefused, and EvidenceBusy while a crawl writes.
    """
    for shard in layout.shards(folder):
        refuse_living(shard)
    found = verify(folder, trusted_key=trusted_key, jobs=jobs)
    sealed = not any(fault.problem == "unsealed" for fault in found)
    at_fault = {name: fault for fault in found if (name := _index_of(folder, fault.file)) is not None}
    others = [fault for fault in found if _index_of(folder, fault.file) is None]
    if sealed and others:
        raise RebuildRefused(others)
    return [
        state
        for shard in layout.shards(folder)
        for state in _rebuild_shard(folder, shard, set(at_fault) if sealed else None)
    ]


def _index_of(folder: Path, name: str) -> str | None:
    """The index of a run that a file is, or lies beside; None for any other file."""
    path = _BESIDE.sub("", name)
    run = run_of(path)
    return path if run is not None and layout.segments(folder / run[0], run[1]) else None


def _rebuild_shard(folder: Path, shard: Path, at_fault: set[str] | None) -> list[IndexState]:
    """at_fault: names of the indexes to be made anew; None when no seal says which."""
    states: list[IndexState] = []
    position = 0
    for epoch in layout.epochs(shard):
        if not closed(shard / layout.epoch_name(epoch)):
            break  # the next run of the crawl puts it in order
        if not layout.segments(shard, epoch):
            continue
        path = shard / layout.index_name(epoch)
        name = f"{shard.name}/{path.name}"
        was: State = "sound"
        kept = None
        if at_fault is None or name in at_fault:
            was, kept = _rebuild_index(folder, path, epoch, position, vouched=at_fault is not None)
        index = RunIndex.read(path, finished=True)
        records, captures = index.counts()
        index.close()
        states.append(IndexState(name, was, records, captures, kept))
        position += records
    return states


def _rebuild_index(
    folder: Path, path: Path, epoch: int, position: int, *, vouched: bool
) -> tuple[State, str | None]:
    """(what it was, where that lies now). vouched: a seal says that the records are as they were."""
    draft = path.with_name(path.name + ".part")
    try:
        return _replaced(folder, path, draft, epoch, position, vouched=vouched)
    finally:  # what is not in its place by now is of no use, and would be an extra file
        for leftover in (draft, *index_leftovers(draft)):
            leftover.unlink(missing_ok=True)


def _replaced(
    folder: Path, path: Path, draft: Path, epoch: int, position: int, *, vouched: bool
) -> tuple[State, str | None]:
    shard = path.parent
    if not write_derived(shard, epoch, position, draft):
        raise EvidenceDamaged(f"a segment of run {epoch} in {shard} does not end with its last record")
    was = _compared(path, draft, vouched=vouched)
    strangers = [journal for journal in journals(path) if journal.exists() or journal.is_symlink()]
    old = [path, *strangers] if was in ("unreadable", "altered") else strangers
    kept = _set_aside(folder, old) if old else None
    if was != "sound":
        layout.put_in_place(draft, path)
    return was, kept


def _compared(path: Path, derived: Path, *, vouched: bool) -> State:
    """What the index at the path is, beside the one that its records give.

    Where no seal vouches for the records, an index that says otherwise of a record's own bytes is not replaced:
    EvidenceDamaged.
    """
    if not path.exists() and not path.is_symlink():
        return "missing"
    if path.is_symlink() or not path.is_file():
        return "unreadable"
    if filecmp.cmp(path, derived, shallow=False):
        return "sound"
    old = None
    new = RunIndex.read(derived, finished=True)
    try:
        old = RunIndex.read(path, finished=True)
        same_records = _same(old.record_rows(), new.record_rows())
        same = same_records and _same(old.capture_rows(), new.capture_rows())
    except UNREADABLE:
        return "unreadable"
    finally:
        new.close()
        if old is not None:
            old.close()
    if not vouched and not same_records:
        raise EvidenceDamaged(f"{path} and its segments do not agree, and no seal says which is right")
    return "sound" if same and not vouched else "altered"


def _same(before: Iterator[tuple[Any, ...]], now: Iterator[tuple[Any, ...]]) -> bool:
    return all(old == new for old, new in itertools.zip_longest(before, now))


def _set_aside(folder: Path, paths: list[Path]) -> str:
    """Moves an old index, with what lay beside it, out of the sealed folder; the first's new place in the round."""
    aside = folder.with_name(folder.name + ".damaged") / paths[0].parent.name
    layout.make_folder(aside)
    ends = itertools.chain([""], (f".{number}" for number in itertools.count(2)))
    end = next(end for end in ends if not any((aside / (path.name + end)).exists() for path in paths))
    for path in paths:
        shutil.move(path, aside / (path.name + end))
    for durable in (aside, paths[0].parent):
        layout.sync_folder(durable)
    return (aside / (paths[0].name + end)).relative_to(folder.parent).as_posix()
