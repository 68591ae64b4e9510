"""The TLS prober: at most thirteen short connections to one host, every one kept as bytes.

It records and judges nothing: which certificates are valid, which versions obsolete, is read from the
capture later. Blocking; the crawl runs it in a thread. Not here: the bytes of a hello
(`crawler.client_hello`), the sockets (`crawler.tls_connection`).
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from crawler.cipher_suites import FAMILIES, LEGACY_SUITES, TLS12_SUITES, TLS13_SUITES
from crawler.client_hello import SSL3, TLS10, TLS11, TLS12, TLS13, VERSION_NAMES
from crawler.policy import AddressPolicy, Endpoint, Refused, literal
from crawler.tls_connection import Connection, say_hello, shake_hands
from evidence.records import Failure, TlsFacts

_AT_ONCE = 2
_OVERALL_SECONDS = 20.0
_KEPT_OF_A_FLIGHT = 8 * 1024

_VERSIONS: dict[str, tuple[int, tuple[int, ...]]] = {
    "tls1.3": (TLS13, TLS13_SUITES),
    "tls1.2": (TLS12, TLS12_SUITES),
    "tls1.1": (TLS11, LEGACY_SUITES),
    "tls1.0": (TLS10, LEGACY_SUITES),
    "ssl3": (SSL3, LEGACY_SUITES),
}

# After these the other hellos would tell nothing, or the host is left in peace.
_HOPELESS: dict[str, Failure] = {"connect_refused": "refused", "not_tls": "protocol"}
_UNANSWERED = ("timeout", "connect_refused", "reset")
_FAILURES: dict[str, Failure] = {
    **_HOPELESS,
    "reset": "reset",
    "timeout": "timeout",
    "refused": "tls",
    "error": "tls",
}


@dataclass(frozen=True, slots=True)
class Probe:
    """A capture in the making: its facts, and its body as canonical JSON."""

    facts: TlsFacts
    body: bytes


def probe(
    host: str, port: int, policy: AddressPolicy, *, now: Callable[[], dt.datetime], full: bool
) -> Probe:
    """Probe one host. `full=False`: the one real handshake alone, for hosts that are not the agency's."""
    try:
        endpoint = policy.resolve(host, port)
    except Refused as refusal:
        return _record(host, port, None, [], refusal.failure)
    start = now()

    def remaining() -> float:
        return _OVERALL_SECONDS - (now() - start).total_seconds()

    prober = _Prober(endpoint, None if literal(host) else host.rstrip("."), now, remaining)
    connections = [prober.run(lambda: shake_hands("default", **prober.target))]
    if full and _worth_more(connections[0][0]):
        connections += prober.all_hellos(patient=connections[0][0].result != "timeout")
    return _record(host, port, endpoint, connections, _failure([connection for connection, _ in connections]))


class _Prober:
    """The connections to one endpoint, timed, two at a time."""

    def __init__(
        self,
        endpoint: Endpoint,
        server_name: str | None,
        now: Callable[[], dt.datetime],
        remaining: Callable[[], float],
    ) -> None:
        self.target: dict[str, Any] = {
            "endpoint": endpoint,
            "server_name": server_name,
            "remaining": remaining,
        }
        self._now = now

    def run(self, connect: Callable[[], Connection]) -> tuple[Connection, float]:
        start = self._now()
        connection = connect()
        return connection, (self._now() - start).total_seconds() * 1000

    def all_hellos(self, *, patient: bool) -> list[tuple[Connection, float]]:
        """`patient=False` after a silent handshake: one more hello, and the rest only if it was answered."""
        if not patient and (probed := self._version("tls1.2"))[0].result == "timeout":
            return [probed]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            versions = list(pool.map(self._version, _VERSIONS))
            # Suites of TLS 1.2 and older can only be accepted by a server that answers one of these.
            if all(connection.result in _UNANSWERED for connection, _ in versions):
                return versions
            return versions + list(pool.map(self._family, FAMILIES))

    def _version(self, tag: str) -> tuple[Connection, float]:
        version, suites = _VERSIONS[tag]
        connection, elapsed = self.run(lambda: say_hello(tag, version, suites, **self.target))
        if connection.result == "accepted" and connection.version != VERSION_NAMES[version]:
            connection.result = "refused"
        return connection, elapsed

    def _family(self, tag: str) -> tuple[Connection, float]:
        return self.run(lambda: say_hello(tag, TLS12, FAMILIES[tag], **self.target))


def _worth_more(first: Connection) -> bool:
    return first.result not in _HOPELESS and (first.connected or first.result != "timeout")


def _failure(connections: list[Connection]) -> Failure | None:
    """None as soon as one handshake or hello was accepted; else what the real handshake died of."""
    if any(connection.result == "accepted" for connection in connections):
        return None
    return _FAILURES[connections[0].result]


def _record(
    host: str,
    port: int,
    endpoint: Endpoint | None,
    connections: Iterable[tuple[Connection, float]],
    failure: Failure | None,
) -> Probe:
    timed = list(connections)
    all_of_them = [connection for connection, _ in timed]
    # A server that OpenSSL cannot agree with still shows its chain in answer to a raw hello.
    chain = next((connection.chain for connection in all_of_them if connection.chain), ())
    first = all_of_them[0] if all_of_them else None
    address = endpoint.address if endpoint is not None else None
    body = {
        "host": host,
        "port": port,
        "address": address,
        "failure": failure,
        "connections": [_as_json(connection, elapsed) for connection, elapsed in timed],
        "chain": [_base64(certificate) for certificate in chain],
        "ocsp": _base64(first.ocsp) if first is not None and first.ocsp else None,
        "alpn": first.alpn if first is not None else None,
    }
    encoded = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return Probe(TlsFacts(host, port, address, len(timed)), encoded)


def _as_json(connection: Connection, elapsed: float) -> dict[str, Any]:
    return {
        "tag": connection.tag,
        "offered": connection.offered,
        "result": connection.result,
        "alert": connection.alert,
        "version": connection.version,
        "cipher": connection.cipher,
        "group_bits": connection.group_bits,
        "sent": _base64(connection.sent[:_KEPT_OF_A_FLIGHT]),
        "received": _base64(connection.received[:_KEPT_OF_A_FLIGHT]),
        "ms": round(elapsed, 1),
        "detail": connection.detail,
    }


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
