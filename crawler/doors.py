"""Where the download handler may connect: the address policy is asked at connect time, never earlier."""

from __future__ import annotations

from typing import Any, cast

from twisted.internet import threads
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint, wrapClientTLS
from twisted.web.iweb import IAgentEndpointFactory
from zope.interface import implementer  # type: ignore[attr-defined]

from crawler.policy import AddressPolicy, Endpoint


@implementer(IAgentEndpointFactory)  # type: ignore[no-untyped-call]
class Doors:
    """Where to connect for a URL: the address policy is asked at connect time, in a thread."""

    def __init__(self, reactor: Any, policy: AddressPolicy, context: Any, timeout: float) -> None:
        self.reactor = reactor
        self.policy = policy
        self.context = context
        self.timeout = timeout

    def endpointForURI(self, uri: Any) -> Any:
        door = _Door(self, uri.host.decode("ascii"), uri.port)
        if uri.scheme == b"http":
            return door
        return wrapClientTLS(self.context.creatorForNetloc(uri.host.strip(b"[]"), uri.port), cast(Any, door))


class _Door:
    """Client endpoint of one host and port."""

    def __init__(self, doors: Doors, host: str, port: int) -> None:
        self._doors = doors
        self._host = host
        self._port = port

    def connect(self, factory: Any) -> Deferred[Any]:
        found = threads.deferToThread(self._doors.policy.resolve, self._host, self._port)
        return found.addCallback(self._connect, factory)

    def _connect(self, endpoint: Endpoint, factory: Any) -> Deferred[Any]:
        kind = TCP6ClientEndpoint if ":" in endpoint.address else TCP4ClientEndpoint
        return cast(
            "Deferred[Any]",
            kind(self._doors.reactor, endpoint.address, endpoint.port, self._doors.timeout).connect(factory),
        )
