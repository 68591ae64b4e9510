"""Goes through all records of an evidence folder: list, segments, trees and indexes, with several processes.

What is found is put together in the order of the records, so that it is the same whatever their number. Memory
does not grow with the archive, but for a few numbers a segment.
"""

from __future__ import annotations

import dataclasses
import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from evidence import layout
from evidence.fault import Faults
from evidence.regular_files import digest, is_regular
from evidence.signing.merkle import MerkleTree
from evidence.store.sealed_records import SealedRecord, SegmentRecords, compared_with_list, listed_segments
from evidence.verify.checkpoints import SignedRoots
from evidence.verify.files import FileHashes
from evidence.verify.index import IndexCheck, sound_with
from evidence.verify.segment import SegmentResult, SegmentTask, check, expectations, present_records

_WORTH_A_PROCESS = 32 << 20  # bytes of segments; for less, starting one takes longer than what it saves

Run = tuple[str, int]  # shard, number of the run of the crawl


@dataclass(frozen=True, slots=True)
class ArchiveCheck:
    """What was found out. files: whether a file, as far as it was looked at, is as sealed.

    trees: of the shards. captures: how many are as sealed. cited: those of them that were asked for.
    """

    files: Mapping[str, bool]
    trees: Mapping[str, MerkleTree]
    captures: int
    cited: frozenset[str]


@dataclass(slots=True)
class _RunCheck:
    """Of one run, while its segments come in."""

    parts: list[tuple[SegmentRecords, bool]] = dataclasses.field(default_factory=list)
    records: int = 0
    captures: int = 0
    indexed: bool = True


def check_archive(
    folder: Path,
    sums: FileHashes,
    promises: SignedRoots,
    cited: frozenset[str],
    *,
    proven: bool,
    jobs: int,
    faults: Faults,
) -> ArchiveCheck:
    """cited: ids of captures that findings rest on. proven: what the list of files says is signed.

    jobs: processes at most.
    """
    trees = {path.name: MerkleTree() for path in layout.shards(folder)}
    for name, tree in trees.items():
        promises.grown(name, tree)

    def told(entry: SealedRecord) -> None:
        tree = trees.setdefault(entry.shard, MerkleTree())
        tree.add(entry.leaf)
        promises.grown(entry.shard, tree)

    path = folder / layout.RECORDS
    listed = layout.RECORDS in sums.wanted and digest(path) == sums.wanted[layout.RECORDS]
    parts = listed_segments(path, faults, told) if listed else _present_parts(folder, faults, told)
    files = {layout.RECORDS: listed}
    found: set[str] = set()
    runs: defaultdict[Run, _RunCheck] = defaultdict(_RunCheck)
    tasks = [SegmentTask(folder, part, sums.wanted.get(part.name), proven) for part in parts]
    for checked in _checked(tasks, jobs):
        files[checked.part.name] = checked.as_sealed
        found |= checked.captures & cited
        faults.extend(checked.faults)
        tally = runs[checked.part.run]
        tally.parts.append((checked.part, checked.proven))
        tally.records += checked.records
        tally.captures += checked.carried
        tally.indexed = tally.indexed and checked.indexed
    for run in _indexes(folder):
        runs[run]  # also the index of a run that has no records is held against them
    for run in sorted(runs):
        _check_index(folder, run, runs[run], faults)
    promises.finish()
    return ArchiveCheck(files, trees, sum(tally.captures for tally in runs.values()), frozenset(found))


def _checked(tasks: list[SegmentTask], jobs: int) -> Iterator[SegmentResult]:
    """In the order of the tasks."""
    total = sum(path.stat().st_size for task in tasks if is_regular(path := task.evidence / task.part.name))
    processes = min(jobs, len(tasks), 1 + total // _WORTH_A_PROCESS)
    if processes < 2:
        yield from map(check, tasks)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(check, tasks)


def _present_parts(
    folder: Path, faults: Faults, told: Callable[[SealedRecord], None]
) -> list[SegmentRecords]:
    """What the segments say for themselves, held against the list that cannot be relied on."""
    parts: list[SegmentRecords] = []

    def present() -> Iterator[SealedRecord]:
        for shard in _open_shards(folder):
            position = 0
            for segment in layout.segments(shard):
                if not is_regular(segment):
                    continue
                part = SegmentRecords(shard.name, segment.name, position)
                parts.append(part)
                for entry in present_records(folder, part, faults):
                    position += 1
                    yield entry

    for entry in compared_with_list(present(), folder / layout.RECORDS, faults):
        told(entry)
    return parts


def _open_shards(folder: Path) -> list[Path]:
    """Those that can be looked into; the others are named by who looks for what cannot be read."""
    return [shard for shard in layout.shards(folder) if os.access(shard, os.R_OK | os.X_OK)]


def _indexes(folder: Path) -> Iterator[Run]:
    for shard in _open_shards(folder):
        for path in shard.iterdir():
            run = layout.index_epoch(path.name)
            if run is not None and is_regular(path):
                yield shard.name, run


def _check_index(folder: Path, run: Run, tally: _RunCheck, faults: Faults) -> None:
    """While every segment found its rows, it is enough that there are no others; else the whole run is read again."""
    shard, number = run
    name = f"{shard}/{layout.index_name(number)}"
    if tally.indexed and sound_with(folder / name, tally.records, tally.captures):
        return
    check_ = IndexCheck(folder / name, name, faults)
    for part, proven in tally.parts:
        for expected in expectations(folder, part, proven):
            check_.check(expected)
    check_.finish()
