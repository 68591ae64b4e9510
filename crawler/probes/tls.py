"""The TLS prober: at most fifteen short connections to one host, two at a time, every one kept as bytes; and one handshake
with each of up to three other addresses that its name stands for.

It records and judges nothing: which certificates are valid, which versions obsolete, is read from the
capture later. Blocking; the crawl runs it in a thread. Not here: the bytes of a hello
(`crawler.probes.client_hello`), the sockets (`crawler.probes.tls_connection`), the capture (`crawler.probes.tls_capture`), what
certificates name to be fetched (`crawler.probes.certificate_documents`).

One whole handshake shows the chain of the newest version, and what is encrypted in TLS 1.3; the raw hellos of
older versions bring theirs in the clear, so that no version needs a handshake of its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from crawler.politeness.policy import AddressPolicy, AddressRefused, Endpoint
from crawler.probes.cipher_suites import FAMILIES, LEGACY_SUITES, SSL2_SUITES, TLS12_SUITES, TLS13_SUITES
from crawler.probes.handshake_witness import HelloBinding
from crawler.probes.tls_capture import OtherAddress, TimedConnection, TlsProbe
from crawler.probes.tls_connection import TlsConnection, say_hello, shake_hands
from evidence.kinds.http import Failure
from web.tls_flight import SSL2, SSL3, TLS10, TLS11, TLS12, TLS13
from web.urls import literal

AT_ONCE = 2  # connections to the host (docs/operations.md)
MOST_CONNECTIONS = 15  # of one probe, over all its questions (docs/hosts.md)
MOST_ADDRESSES = 4
_OVERALL_SECONDS = 20.0
# How long an answer is waited for at a host that has answered: so many times what its first one took, in bounds.
_TIMES_THE_FIRST = 10
_LEAST_SECONDS, _MOST_SECONDS = 2.0, 5.0

_VERSIONS: dict[str, tuple[int, tuple[int, ...]]] = {
    "tls1.3": (TLS13, TLS13_SUITES),
    "tls1.2": (TLS12, TLS12_SUITES),
    "tls1.1": (TLS11, LEGACY_SUITES),
    "tls1.0": (TLS10, LEGACY_SUITES),
    "ssl3": (SSL3, LEGACY_SUITES),
    "ssl2": (SSL2, SSL2_SUITES),
}
_MODERN = ("tls1.3", "tls1.2")

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


def probe(
    host: str,
    port: int,
    policy: AddressPolicy,
    *,
    now: Callable[[], dt.datetime],
    full: bool,
    binding: HelloBinding | None = None,
) -> TlsProbe:
    """Probe one host, at the first of its addresses that lets us connect, as browsers do.

    `full=False`: the one real handshake alone, with the first address, for hosts that are not the agency's.
    binding: of the hellos of TLS 1.3 and 1.2, whose answers are kept to the server's signature.
    """
    try:
        endpoints = policy.endpoints(host, port)
    except AddressRefused as refusal:
        return TlsProbe(host, port, None, refusal.failure)
    start = now()
    server_name = None if literal(host) else host.rstrip(".")

    def remaining() -> float:
        return _OVERALL_SECONDS - (now() - start).total_seconds()

    tried: list[tuple[Endpoint, TimedConnection]] = []
    for endpoint in endpoints[: MOST_ADDRESSES if full else 1]:
        prober = _TlsConnections(endpoint, server_name, now, remaining, binding)
        tried.append((endpoint, prober.handshake("default")))
        if tried[-1][1].connection.connected:
            break
    else:
        prober = _TlsConnections(tried[0][0], server_name, now, remaining, binding)
        tried.append(tried.pop(0))  # nobody answers: what is said is said of the first
    endpoint, first = tried.pop()
    connections = [first]
    if full and _worth_more(first.connection):
        connections += prober.all_hellos(patient=first.connection.result != "timeout")
    if full and first.connection.connected:
        left = MOST_CONNECTIONS - len(connections)  # those tried before did not let us connect
        for other in endpoints[len(tried) + 1 : MOST_ADDRESSES][:left]:
            tried.append((other, _TlsConnections(other, server_name, now, remaining).handshake("default")))
    return TlsProbe(
        host,
        port,
        endpoint.address,
        _failure([timed.connection for timed in connections]),
        tuple(connections),
        addresses=tuple(one.address for one in endpoints),
        others=tuple(OtherAddress(one.address, _failure([timed.connection]), timed) for one, timed in tried),
    )


class _TlsConnections:
    """The connections to one endpoint, timed, two at a time."""

    def __init__(
        self,
        endpoint: Endpoint,
        server_name: str | None,
        now: Callable[[], dt.datetime],
        remaining: Callable[[], float],
        binding: HelloBinding | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._server_name = server_name
        self._now = now
        self._remaining = remaining
        self._binding = binding
        self._patience = _MOST_SECONDS

    def handshake(self, tag: str, *, named: bool = True) -> TimedConnection:
        name = self._server_name if named else None
        made = self._run(lambda: shake_hands(tag, server_name=name, **self._target))
        if made.connection.result == "accepted":
            self._patience = min(_MOST_SECONDS, max(_LEAST_SECONDS, made.ms / 1000 * _TIMES_THE_FIRST))
        return made

    def all_hellos(self, *, patient: bool) -> list[TimedConnection]:
        """`patient=False` after a silent handshake: one more hello, and the rest only if it was answered."""
        made: list[TimedConnection] = []
        tags = list(_VERSIONS)
        if not patient:
            made.append(self._version("tls1.2"))
            if made[0].connection.result == "timeout":
                return made
            tags.remove("tls1.2")
        with ThreadPoolExecutor(AT_ONCE) as pool:
            made += pool.map(self._version, tags)
            # Suites of TLS 1.2 and older can only be accepted by a server that answers one of these.
            if all(timed.connection.result in _UNANSWERED for timed in made):
                return made
            made += pool.map(self._family, FAMILIES)
        if self._server_name is not None:
            made.append(self.handshake("no_sni", named=False))
        return made + self._control(made)

    @property
    def _target(self) -> dict[str, Any]:
        return {"endpoint": self._endpoint, "remaining": lambda: min(self._remaining(), self._patience)}

    def _run(self, connect: Callable[[], TlsConnection]) -> TimedConnection:
        start = self._now()
        connection = connect()
        return TimedConnection(connection, (self._now() - start).total_seconds() * 1000)

    def _version(self, tag: str) -> TimedConnection:
        bound = self._binding if tag in _MODERN else None
        return self._hello(tag, *_VERSIONS[tag], exactly=True, binding=bound)

    def _family(self, tag: str) -> TimedConnection:
        return self._hello(tag, TLS12, FAMILIES[tag], exactly=False)

    def _hello(
        self,
        tag: str,
        version: int,
        suites: tuple[int, ...],
        *,
        exactly: bool,
        binding: HelloBinding | None = None,
    ) -> TimedConnection:
        name = self._server_name
        return self._run(
            lambda: say_hello(
                tag, version, suites, server_name=name, exactly=exactly, binding=binding, **self._target
            )
        )

    def _control(self, made: list[TimedConnection]) -> list[TimedConnection]:
        """After a last connection that was not accepted: does the host still answer a hello that it had accepted?

        Without this nobody could tell a server that hangs up on what it does not speak from a firewall that has
        begun to shut us out.
        """
        results = {timed.connection.tag: timed.connection.result for timed in made}
        if made[-1].connection.result == "accepted":
            return []
        known = next((tag for tag in (*_MODERN, *_VERSIONS) if results.get(tag) == "accepted"), None)
        if known is None:
            return []
        return [self._hello("control", *_VERSIONS[known], exactly=True)]


def _worth_more(first: TlsConnection) -> bool:
    return first.result not in _HOPELESS and (first.connected or first.result != "timeout")


def _failure(connections: list[TlsConnection]) -> Failure | None:
    """None as soon as one handshake or hello was accepted; else what the real handshake died of."""
    if any(connection.result == "accepted" for connection in connections):
        return None
    return _FAILURES[connections[0].result]
