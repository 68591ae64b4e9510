"""An HTTP exchange, as it was on the wire: a request and a response record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evidence.kind import EvidenceKind, Facts

# Why an exchange has no complete answer. Every value is about the transport, none is a verdict.
Failure = Literal[
    "dns",  # the resolver says that the name does not exist
    "resolver",  # the resolver itself failed
    "refused",
    "reset",
    "timeout",
    "tls",  # the handshake failed
    "protocol",  # bytes came that are no HTTP
    "too_large",  # a header section past our limit
    "private_address",  # the address policy refuses it
    "bad_port",  # another protocol's, which no browser asks
    "own_error",
]

_OWN_LAG_MS = 2_000.0  # a tenth of the silence after which an exchange is over

_OF_LAG = frozenset({"timeout", "reset", "tls"})  # we came late, or the server had enough of waiting


@dataclass(frozen=True, slots=True)
class HttpFacts(Facts):
    """One HTTP exchange as it was on the wire.

    status, reason, headers: None/empty when no response head came. Header names as sent, values latin-1.
    failure: why there is no complete answer; None when there is one.
    redirect: absolute target of a 3xx Location (or a Refresh header); None otherwise.
    previous: id of the capture whose redirect led here; None for a first hop.
    truncated: "length" (our max_body), "disconnect" (the peer went), "time" (ours); None when whole.
    tls_leaf_sha256: SHA-256 of the leaf certificate (DER) of the connection, hex; None over http.
    size: bytes of the entity as kept, after de-chunking and before content-decoding.
    lag_ms: loop lag of ours while it was under way; large values mean our own saturation.
    """

    method: str
    status: int | None
    reason: str | None
    headers: tuple[tuple[str, str], ...]
    failure: Failure | None
    detail: str = ""
    redirect: str | None = None
    previous: str | None = None
    truncated: Literal["length", "disconnect", "time"] | None = None
    address: str | None = None
    port: int | None = None
    tls_version: str | None = None
    tls_cipher: str | None = None
    tls_leaf_sha256: str | None = None
    elapsed_ms: float = 0.0
    size: int = 0
    lag_ms: float = 0.0
    fidelity: Literal["wire", "cdp-decoded"] = "wire"

    @property
    def lagged(self) -> bool:
        """Whether our own loop hung while it was under way, long enough to come late for what was sent."""
        return self.lag_ms > _OWN_LAG_MS

    @property
    def late(self) -> bool:
        """Whether it failed for that: the crawl asks again, and where it could not, nobody else is to blame."""
        return self.failure in _OF_LAG and self.lagged

    def header(self, name: str) -> str | None:
        """First value of a header, by case-insensitive name."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    def header_all(self, name: str) -> tuple[str, ...]:
        wanted = name.lower()
        return tuple(value for key, value in self.headers if key.lower() == wanted)


KIND = EvidenceKind("http", HttpFacts)
