"""A probe of a host beside its pages, in TLS or in the DNS: what is asked for, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from evidence.store import EvidenceWriter

Keep = Callable[[EvidenceWriter], None]
"""Writes down what was seen."""


@dataclass(frozen=True, slots=True, eq=False)
class HostProbe:
    """port: of a handshake; None for the DNS. full: all that a host of the agency's own is asked.

    wait: seconds to let pass, for a second probe from the begin of the first on.
    """

    agency: str
    host: str
    port: int | None
    attempt: int
    wait: float
    full: bool = True

    @property
    def url(self) -> str:
        return f"dns://{self.host}" if self.port is None else f"tls://{self.host}:{self.port}"
