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
from evidence.index import Location
from evidence.reader import EvidenceStore
from evidence.writer import EvidenceWriter

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
]
