"""A TLS capture in the making: the connections of one probe and what was fetched for it, as canonical JSON.

Not here: connecting (`crawler.probes.tls`), what the bytes are worth (`checks.hosts.evidence`).
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from typing import Any

from crawler.probes.certificate_documents import FetchedDocument
from crawler.probes.handshake_witness import HandshakeWitness
from crawler.probes.tls_connection import TlsConnection
from evidence.canonical import canonical
from evidence.kinds.http import Failure
from evidence.kinds.tls import TlsFacts

# Which fields a capture has. 2: certificates of every connection, session facts, what was fetched. 3: the addresses that the
# name stands for, and one handshake with each of the others. 4: the handshake that shows the server's signature.
FORMAT = 4
_MOST_LISTED = 16
_KEPT_OF_A_FLIGHT = 16 * 1024


@dataclass(frozen=True, slots=True)
class TimedConnection:
    """A connection, and how long it took."""

    connection: TlsConnection
    ms: float


@dataclass(frozen=True, slots=True)
class OtherAddress:
    """One handshake with another address of the host. failure: why it was not accepted."""

    address: str
    failure: Failure | None
    timed: TimedConnection


@dataclass(frozen=True, slots=True)
class TlsProbe:
    """What became of the connections to a host. failure: why none was accepted; None when one was.

    fetched: what its certificates name: issuers that it did not send, and lists of revoked certificates.
    addresses: all that its name stands for. others: handshakes with some of them besides `address`.
    """

    host: str
    port: int
    address: str | None
    failure: Failure | None
    connections: tuple[TimedConnection, ...] = ()
    fetched: tuple[FetchedDocument, ...] = ()
    addresses: tuple[str, ...] = ()
    others: tuple[OtherAddress, ...] = ()

    @property
    def chain(self) -> tuple[bytes, ...]:
        """DER, leaf first. A server that OpenSSL cannot agree with shows its chain in answer to a raw hello."""
        return next((timed.connection.chain for timed in self.connections if timed.connection.chain), ())

    @property
    def witness(self) -> HandshakeWitness | None:
        """Of the newest version that the server signed in."""
        return next(
            (timed.connection.witness for timed in self.connections if timed.connection.witness), None
        )

    def having(self, fetched: FetchedDocument) -> TlsProbe:
        return replace(self, fetched=(*self.fetched, fetched))

    @property
    def facts(self) -> TlsFacts:
        return TlsFacts(self.host, self.port, self.address, len(self.connections))

    @property
    def body(self) -> bytes:
        """Each certificate once, in `certificates`; connections name theirs by place."""
        places: dict[bytes, int] = {}
        connections = [_as_json(timed, places) for timed in self.connections]
        others = [
            {
                "address": other.address,
                "failure": other.failure,
                "connection": _as_json(other.timed, places),
            }
            for other in self.others
        ]
        first = self.connections[0].connection if self.connections else None
        body = {
            "format": FORMAT,
            "host": self.host,
            "port": self.port,
            "address": self.address,
            "addresses": list(self.addresses[:_MOST_LISTED]),
            "failure": self.failure,
            "connections": connections,
            "others": others,
            "certificates": [_base64(certificate) for certificate in places],
            "chain": [_base64(certificate) for certificate in self.chain],
            "ocsp": _base64(first.ocsp) if first is not None and first.ocsp else None,
            "alpn": first.alpn if first is not None else None,
            "fetched": [fetched.as_json() for fetched in self.fetched],
            "witness": None if self.witness is None else self.witness.as_json(),
        }
        return canonical(body).encode()


def _as_json(timed: TimedConnection, places: dict[bytes, int]) -> dict[str, Any]:
    connection, flight = timed.connection, timed.connection.flight
    return {
        "tag": connection.tag,
        "offered": connection.offered,
        "result": connection.result,
        "connected": connection.connected,
        "alert": connection.alert,
        "version": connection.version,
        "cipher": connection.cipher,
        "group_bits": connection.group_bits,
        "group": flight.group_name,
        "chain": [places.setdefault(certificate, len(places)) for certificate in connection.chain],
        "sent": _base64(connection.sent[:_KEPT_OF_A_FLIGHT]),
        "received": _base64(connection.received[:_KEPT_OF_A_FLIGHT]),
        "ms": round(timed.ms, 1),
        "detail": connection.detail,
    }


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
