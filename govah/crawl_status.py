"""How far a crawl is, read from the round's folder alone: whoever crawls, and wherever."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from crawler.engine.admission import HOLDS, Hold
from crawler.engine.earlier_runs import EarlierRuns
from crawler.engine.progress import Wait
from crawler.fleet.shard_progress import number_of, waits_of
from crawler.fleet.shard_progress import read_progress as told_of
from crawler.fleet.sharding import shards_before
from evidence import layout
from evidence.opening import is_coordinating
from evidence.signing.evidence_manifests import manifest_in_force
from evidence.store import EvidenceStore, lease
from evidence.store import plan as plans
from evidence.store.lease import is_closed

State = Literal["waiting", "running", "ended_early", "complete", "paused", "interrupted", "failed"]
_LONGEST = 10 * 365 * 86_400.0
_STATES = ("complete", "paused", "interrupted", "failed")


@dataclass(frozen=True, slots=True)
class ShardStatus:
    """number: from 1. agencies: planned in it. ended_early: its process died, and nobody follows it.

    told: what it last said of itself (`crawler.engine.progress.Progress`, with host, pid, state and time); empty before the first.
    """

    number: int
    agencies: int
    state: State
    told: Mapping[str, Any]

    @property
    def left(self) -> float | None:
        """Seconds until it is done, at its pace of the last seconds; None while nobody can say."""
        return _seconds(self.to_do, self.number_of("rate")) if self.state == "running" else None

    @property
    def to_do(self) -> float:
        """Exchanges: those that are known, and for each agency that waits as many as the others took by now."""
        begun = self.number_of("done") + self.number_of("active")
        waiting = max(0.0, self.agencies - begun)
        return self.number_of("queued") + waiting * (self.number_of("fetched") / begun if begun else 0.0)

    @property
    def held_back(self) -> Hold | None:
        """Why it lets no further agency in while some wait."""
        said = self.told.get("held_back") if self.state == "running" else None
        return next((hold for hold in HOLDS if hold == said), None)

    @property
    def waits(self) -> tuple[Wait, ...]:
        """What it waits for, as it said last."""
        return waits_of(self.told) if self.state == "running" else ()

    def number_of(self, name: str) -> float:
        return number_of(self.told, name)

    def count(self, name: str) -> int:
        return int(self.number_of(name))

    def to_json(self) -> dict[str, Any]:
        return {
            "shard": self.number,
            "agencies": self.agencies,
            "state": self.state,
            "left": None if self.left is None else round(self.left),
            "held_back": self.held_back,
            "progress": dict(self.told) or None,
        }


def shards_status(evidence: Path) -> list[ShardStatus]:
    """Of every shard of the plan in force; none before there is a plan. Raises EvidenceDamaged."""
    planned = shards_before(plans.planned(evidence))
    if sealed(evidence):
        return [ShardStatus(n, len(shard), "complete", {}) for n, shard in enumerate(planned, start=1)]
    return [_status(evidence, number, shard) for number, shard in enumerate(planned, start=1)]


def left(shards: Sequence[ShardStatus]) -> float | None:
    """Seconds until all are done by those who run now; None while nobody can say.

    Shards that wait have as many exchanges an agency as the others; no shard ends before itself.
    """
    running = [shard for shard in shards if shard.state == "running"]
    ends = [shard.left for shard in running]
    rate = sum(shard.number_of("rate") for shard in running)
    known = [end for end in ends if end is not None]
    if len(known) < len(ends):
        return None
    begun = sum(shard.number_of("done") + shard.number_of("active") for shard in shards)
    each = sum(shard.number_of("fetched") for shard in shards) / begun if begun else 0.0
    idle = sum(shard.agencies * each for shard in shards if shard.state == "waiting")
    idle += sum(shard.to_do for shard in shards if shard.state not in ("waiting", "running", "complete"))
    whole = _seconds(sum(shard.to_do for shard in running) + idle, rate)
    return None if whole is None else max([whole, *known])


def _seconds(work: float, rate: float) -> float | None:
    """None for what nobody will wait for."""
    return work / rate if work < rate * _LONGEST else None


def is_sealing(evidence: Path, shards: Sequence[ShardStatus]) -> bool:
    """Whether all was visited, and a process of this machine is at the seal."""
    return bool(shards) and all(shard.state == "complete" for shard in shards) and is_coordinating(evidence)


def is_held(evidence: Path) -> bool:
    """Whether a crawl or a re-test writes to the evidence, wherever it runs."""
    return any(lease.is_held(shard) for shard in layout.shards(evidence))


def sealed(evidence: Path) -> Mapping[str, Any] | None:
    """Counts of the seal that stands over all that was recorded; None where there is none."""
    manifest = manifest_in_force(evidence) if evidence.is_dir() else None
    return None if manifest is None else json.loads(manifest).get("coverage", {})


def critical_of(evidence: Path) -> Mapping[str, Any] | None:
    """What takes longest, as the plan has it; None where that is no such thing. Raises EvidenceDamaged."""
    told = plans.planned(evidence).get("critical")
    return told if isinstance(told, dict) and number_of(told, "seconds") else None


def _status(evidence: Path, number: int, planned: Sequence[str]) -> ShardStatus:
    shard, agencies = evidence / layout.shard_name(number), len(planned)
    told = told_of(shard)
    if not shard.is_dir():
        return ShardStatus(number, agencies, "waiting", {})
    if lease.is_held(shard):
        return ShardStatus(number, agencies, "running", told)
    said = told.get("state")
    if said == "complete" and number_of(told, "agencies") < agencies:  # it was of a part, or the round grew
        return ShardStatus(number, agencies, "interrupted", told)
    if said in _STATES:
        return ShardStatus(number, agencies, said, told)
    if not told and is_closed(shard):  # gone with a seal, since when the round grew
        over = _over(evidence, number, planned)
        return ShardStatus(
            number, agencies, "complete" if over == agencies else "interrupted", {"done": over}
        )
    return ShardStatus(number, agencies, "ended_early", told)


def _over(evidence: Path, number: int, planned: Sequence[str]) -> int:
    """How many agencies of a shard were visited to their end."""
    with EvidenceStore.open(evidence, number) as store:
        archive = EarlierRuns(store)
        return sum(archive.is_over(agency) for agency in planned)
