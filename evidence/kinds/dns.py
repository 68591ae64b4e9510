"""A look at one host in the DNS."""

from __future__ import annotations

from dataclasses import dataclass

from evidence.kind import EvidenceKind, Facts
from evidence.kinds.http import Failure


@dataclass(frozen=True, slots=True)
class DnsFacts(Facts):
    """A look at one host in the DNS; the body is canonical JSON with every answer as its bytes (see crawler.probes.dns_prober).

    name: the host. failure: why the resolver says nothing of its address; "dns": it says that there is no such name.
    """

    name: str
    failure: Failure | None


KIND = EvidenceKind("dns", DnsFacts, "application/json", fidelity="probe", probe=True)
