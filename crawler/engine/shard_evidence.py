"""The evidence of the shard that a run visits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from crawler.engine.earlier_runs import EarlierRuns
from evidence.store import EvidenceWriter


@dataclass(frozen=True, slots=True)
class ShardEvidence:
    """writer: of what comes. earlier: what came before. free: bytes that its disk takes. opening: SHA-256 of what the round
    was opened with (`evidence.opening.commitments`).
    """

    writer: EvidenceWriter
    earlier: EarlierRuns
    free: Callable[[], int]
    opening: tuple[str, ...] = ()
