"""The evidence store's public names: `EvidenceWriter` for the crawl, `EvidenceStore` for everybody else."""

from __future__ import annotations

from evidence.errors import (
    EvidenceBusy,
    EvidenceDamaged,
    EvidenceError,
    EvidenceMissing,
    LeaseLost,
    SealError,
    WriteFailed,
)
from evidence.store.index import Location
from evidence.store.reader import EvidenceStore
from evidence.store.writer import EvidenceWriter, WriteLimits

__all__ = [
    "EvidenceBusy",
    "EvidenceDamaged",
    "EvidenceError",
    "EvidenceMissing",
    "EvidenceStore",
    "EvidenceWriter",
    "LeaseLost",
    "Location",
    "SealError",
    "WriteFailed",
    "WriteLimits",
]
