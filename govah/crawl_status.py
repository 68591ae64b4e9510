"""How far a crawl is, read from the round's folder alone: whoever crawls, and wherever."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from crawler.sharding import shards_before
from crawler.told import number_of
from crawler.told import told as told_of
from crawler.window import HOLDS, Hold
from evidence import layout
from evidence import plan as plans
from evidence.errors import EvidenceBusy
from evidence.lease import refuse_living
from evidence.sealed import manifest_in_force

State = Literal["waiting", "running", "ended_early", "complete", "paused", "interrupted", "failed"]
_STATES = ("complete", "paused", "interrupted", "failed")


@dataclass(frozen=True, slots=True)
class ShardStatus:
    """number: from 1. agencies: planned in it. ended_early: its process died, and nobody follows it.

    told: what it last said of itself (`crawler.progress.Progress`, with host, pid, state and time); empty before the first.
    """

    number: int
    agencies: int
    state: State
    told: Mapping[str, Any]

    @property
    def left(self) -> float | None:
        """Seconds until what it knows of is done, at its pace of the last seconds; None while nobody can say."""
        rate, queued = self.number_of("rate"), self.number_of("queued")
        return queued / rate if self.state == "running" and rate > 0 else None

    @property
    def held_back(self) -> Hold | None:
        """Why it lets no further agency in while some wait."""
        said = self.told.get("held_back") if self.state == "running" else None
        return next((hold for hold in HOLDS if hold == said), None)

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
    return [_status(evidence, number, len(shard)) for number, shard in enumerate(planned, start=1)]


def sealed(evidence: Path) -> Mapping[str, Any] | None:
    """Counts of the seal that stands over all that was recorded; None where there is none."""
    manifest = manifest_in_force(evidence) if evidence.is_dir() else None
    return None if manifest is None else json.loads(manifest).get("coverage", {})


def critical_of(evidence: Path) -> Mapping[str, Any] | None:
    """What takes longest, as the plan has it; None where that is no such thing. Raises EvidenceDamaged."""
    told = plans.planned(evidence).get("critical")
    return told if isinstance(told, dict) and number_of(told, "seconds") else None


def _status(evidence: Path, number: int, agencies: int) -> ShardStatus:
    shard = evidence / layout.shard_name(number)
    told = told_of(shard)
    if not shard.is_dir():
        return ShardStatus(number, agencies, "waiting", {})
    try:
        refuse_living(shard)
    except EvidenceBusy:
        return ShardStatus(number, agencies, "running", told)
    said = told.get("state")
    if said in _STATES:
        return ShardStatus(number, agencies, said, told)
    return ShardStatus(number, agencies, "ended_early", told)


def age(told: Mapping[str, Any], now: dt.datetime) -> float | None:
    """Seconds since it was said; None when that cannot be read."""
    try:
        return (now - dt.datetime.fromisoformat(str(told["time"]))).total_seconds()
    except (KeyError, ValueError, TypeError):
        return None
