"""Where the files of a round lie, and whose key lies beside its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from evidence import layout
from evidence.regular_files import content
from evidence.signing.keys import fingerprint, parse_public

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class RoundPaths:
    """Where the files of a round lie."""

    folder: Path

    @property
    def evidence(self) -> Path:
        return self.folder / "evidence"

    @property
    def results(self) -> Path:
        return self.folder / "results"

    @property
    def findings(self) -> Path:
        return self.results / "findings.jsonl"

    @property
    def results_json(self) -> Path:
        return self.results / "results.json"

    @property
    def report(self) -> Path:
        return self.results / "report"


def sealed_by(folder: Path) -> str | None:
    """Fingerprint of the key that lies beside the evidence; None when there is none that can be read."""
    key = key_of(folder)
    return fingerprint(key) if key is not None else None


def key_of(folder: Path) -> Ed25519PublicKey | None:
    """The key that lies beside the evidence; None when there is none that can be read."""
    pem = content(RoundPaths(folder).evidence / layout.SIGNER)
    return parse_public(pem) if pem is not None else None
