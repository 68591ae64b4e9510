"""A probe of one host and port over TLS."""

from __future__ import annotations

from dataclasses import dataclass

from evidence.kind import EvidenceKind, Facts


@dataclass(frozen=True, slots=True)
class TlsFacts(Facts):
    """A probe of one host and port; the body is canonical JSON with every connection (see crawler.probes.tls_capture)."""

    host: str
    port: int
    address: str | None
    connections: int


KIND = EvidenceKind("tls", TlsFacts, "application/json", fidelity="probe", probe=True)
