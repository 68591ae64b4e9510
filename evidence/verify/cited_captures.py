"""Holds the captures that findings cite against those that are there. What went with one segment is said once."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Collection, Iterator
from pathlib import Path

from evidence import layout
from evidence.fault import Faults
from evidence.regular_files import is_regular
from evidence.signing.findings_seal import FINDINGS, finding_lines
from evidence.store.index import UNREADABLE, RunIndex

_SHOWN = 3  # ids that are told of many
_LISTED = 100_000  # ids that are kept of each cause


def captures_cited_by(findings: Path) -> frozenset[str]:
    """Ids of the captures that findings rest on, whether those are there or not."""
    if not is_regular(findings):
        return frozenset()
    return frozenset(capture for line in finding_lines(findings) for capture in line.captures)


def check_cited(
    evidence: Path,
    findings: Path,
    known: Collection[str],
    *,
    damaged: Collection[str],
    sound: Collection[str],
    faults: Faults,
) -> None:
    """known: ids of the captures that are there and as sealed. damaged: names of the segments that are not.

    sound: names of the files that are.
    """
    if not is_regular(findings):
        return
    concerned: defaultdict[str, list[str]] = defaultdict(list)  # by segment; "" for captures of none
    counts: defaultdict[str, int] = defaultdict(int)
    never: dict[str, None] = {}  # captures of no segment that is damaged
    with _LostCaptures(evidence, damaged, sound) as lost:
        for line in finding_lines(findings):
            places: dict[str, None] = {}
            for capture in line.captures:
                if capture not in known:
                    place = lost.segment(capture)
                    places[place] = None
                    if not place and len(never) <= _SHOWN:
                        never[capture] = None
            for place in places:
                counts[place] += 1
                if len(concerned[place]) < _LISTED:
                    concerned[place].append(line.id or f"line {line.number}")
    for place in sorted(concerned):
        ids, count = concerned[place], counts[place]
        if place:
            faults.add(FINDINGS, _first(ids, count), "lost_capture", place, ids, count)
        else:
            faults.add(
                FINDINGS, _first(ids, count), "unknown_capture", _first(list(never), len(never)), ids, count
            )


def _first(ids: list[str], count: int) -> str:
    return ", ".join(ids[:_SHOWN]) + (", …" if count > _SHOWN else "")


class _LostCaptures:
    """Where captures lay that are lost, as the indexes tell that are as they were sealed.

    What none of them tells lay in the segments whose index is lost with them, when there are any.
    """

    def __init__(self, evidence: Path, damaged: Collection[str], sound: Collection[str]) -> None:
        self._damaged = damaged
        self._indexes: list[tuple[str, RunIndex]] = []
        untold: list[str] = []
        runs: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
        for name in sorted(damaged):
            shard, _, segment = name.partition("/")
            runs[shard, layout.segment_epoch(segment)].append(name)
        for (shard, run), names in runs.items():
            name = f"{shard}/{layout.index_name(run)}"
            if name in sound:
                self._indexes.append((shard, RunIndex.read(evidence / name, finished=True)))
            else:
                untold += names
        self._else = _first(untold, len(untold))

    def __enter__(self) -> _LostCaptures:
        return self

    def __exit__(self, *raised: object) -> None:
        for _, index in self._indexes:
            index.close()

    def segment(self, capture: str) -> str:
        """Name of the damaged segment that held it; "" when none did."""
        return next((name for name in self._told(capture) if name in self._damaged), self._else)

    def _told(self, capture: str) -> Iterator[str]:
        for shard, index in self._indexes:
            with contextlib.suppress(*UNREADABLE):
                for request in (False, True):
                    place = index.place(capture, request)
                    if place is not None:
                        yield f"{shard}/{place[1]}"
