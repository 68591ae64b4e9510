"""Scrapy's HTTP/1.1 download handler with a tape: what goes over the wire is kept as it was.

Rests on private names of Scrapy 2.19 and Twisted 26.10; a contract test holds them against a bare socket.
Every request gets an answer here: a failed exchange is a recorded failure, never an exception.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, cast

from OpenSSL import crypto
from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
)
from scrapy.crawler import Crawler
from scrapy.http import Request, Response
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.defer import Deferred, succeed
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure as TxFailure
from twisted.web.client import Agent, ResponseDone
from twisted.web.http import PotentialDataLoss
from twisted.web.http_headers import Headers

from crawler.doors import Doors
from crawler.jobs import Job, Limits
from crawler.policy import AddressPolicy
from crawler.tape import Connection, Tape

_SWEEP = 0.25


@dataclass(slots=True)
class Wires:
    """What the handlers of one crawl share. lag: worst loop lag since a monotonic time, seconds."""

    limits: Limits
    policy: AddressPolicy
    per_host: int
    user_agent: bytes
    written: Callable[[Job], None]
    lag: Callable[[float], float]
    handlers: list[RecordingHandler] = field(default_factory=list)


class Recorded(Response):
    """Scrapy's response that carries the tape instead of a parsed answer."""

    def __init__(self, request: Request, tape: Tape) -> None:
        super().__init__(request.url, status=200, request=request)
        self.tape = tape


class _TapedHeaders(Headers):
    """Request headers that know their tape; Twisted hands the object through to the protocol."""

    tape: Tape


class _Tee:
    """A transport that lets the tape hear what is written; all else is the transport's own."""

    def __init__(self, transport: Any, protocol: RecordingProtocol) -> None:
        self._transport = transport
        self._protocol = protocol

    def write(self, data: bytes) -> None:
        self._protocol.heard(data)
        self._transport.write(data)

    def writeSequence(self, data: Iterable[bytes]) -> None:
        self.write(b"".join(data))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class _Parser(_LenientHTTPClientParser):
    MAX_LENGTH = 1 << 20  # the tape ends a header section that is too large, not the line reader


class RecordingProtocol(_LenientHTTP11ClientProtocol):
    """One connection. Its exchanges come one after another, each with its own tape."""

    _tape: Tape | None = None
    _connection: Connection | None = None

    def connectionMade(self) -> None:
        super().connectionMade()
        self.transport = cast(Any, _Tee(self.transport, self))

    def request(self, request: Any) -> Any:
        tape: Tape = request.headers.tape
        if self._connection is None:
            self._connection = Connection(*_peer(self.transport))
        tape.begin(self.transport, self._connection)
        self._tape = tape
        deferred = super().request(request)
        if self._parser is not None:
            self._parser.__class__ = _Parser
        return deferred

    def heard(self, data: bytes) -> None:
        if self._tape is not None:
            self._tape.sent(data)

    def dataReceived(self, data: bytes) -> None:
        tape = self._tape
        if tape is not None:
            if tape.connection is self._connection and self._connection is not None:
                tape.connection = self._connection = _with_tls(self._connection, self.transport)
            if not tape.received(data):
                self._tape = None
                cast(Any, self.transport).abortConnection()
                return
        super().dataReceived(data)  # type: ignore[no-untyped-call]

    def _finishResponse(self, rest: bytes) -> None:
        if self._tape is not None:
            self._tape.finish(len(rest))
            self._tape = None
        super()._finishResponse(rest)


class _Factory(_LenientHTTP11ClientFactory):
    def buildProtocol(self, addr: Any) -> RecordingProtocol:
        return RecordingProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]


class _Body(Protocol):
    """Lets the body pass by, counts it, and ends it at the limit. The bytes themselves are on the tape."""

    def __init__(self, tape: Tape, limit: int, done: Deferred[None]) -> None:
        self._tape = tape
        self._limit = limit
        self._done = done

    def dataReceived(self, data: bytes) -> None:
        if self._done.called:
            return
        self._tape.size += len(data)
        if self._tape.size > self._limit:
            self._tape.truncated = "length"
            self._tape.finish(0)
            self._tape.transport.abortConnection()
            self._done.callback(None)

    def connectionLost(self, reason: TxFailure = connectionDone) -> None:
        if self._done.called:
            return
        if not isinstance(reason.value, ResponseDone | PotentialDataLoss) and reason.value is not None:
            self._tape.broke(reason.value)
        self._done.callback(None)


class RecordingHandler(HTTP11DownloadHandler):
    """Fetches a job and answers with its tape."""

    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        from twisted.internet import reactor

        wires: Wires = crawler.spider.wires  # type: ignore[union-attr]
        wires.handlers.append(self)
        self._wires = wires
        self._tapes: set[Tape] = set()
        self._pool._factory = _Factory
        self._pool.maxPersistentPerHost = wires.per_host
        self._pool.cachedConnectionTimeout = 15
        doors = Doors(reactor, wires.policy, self._contextFactory, wires.limits.connect)
        self._agent = Agent.usingEndpointFactory(reactor, doors, self._pool)  # type: ignore[no-untyped-call]
        self._sweeper = LoopingCall(self._sweep)
        self._sweeper.start(_SWEEP, now=False)

    async def download_request(self, request: Request) -> Response:
        job: Job = request.meta["job"]
        tape = Tape(job, self._wires.limits, self._wires.written)
        self._tapes.add(tape)
        try:
            tape.deferred = self._fetch(job, tape)
            await maybe_deferred_to_future(tape.deferred)
        except Exception as error:
            tape.broke(error)
        finally:
            self._tapes.discard(tape)
            tape.ended = time.monotonic()
            tape.worst_lag = self._wires.lag(tape.started)
        return Recorded(request, tape)

    def _fetch(self, job: Job, tape: Tape) -> Deferred[Any]:
        url = job.url.encode("ascii")
        headers = _TapedHeaders()
        headers.tape = tape
        for name, value in (
            (b"Host", job.origin.partition("://")[2].encode("ascii")),
            (b"User-Agent", self._wires.user_agent),
            (b"Accept", b"text/html,application/xhtml+xml,*/*;q=0.8"),
            (b"Accept-Language", b"fa,en;q=0.5"),
            (b"Accept-Encoding", b"gzip, deflate"),
        ):
            headers.addRawHeader(name, value)
        return cast("Deferred[Any]", self._agent.request(b"GET", url, headers).addCallback(self._body, tape))

    def _body(self, response: Any, tape: Tape) -> Deferred[None]:
        if response.length == 0:
            return succeed(None)
        transport = tape.transport
        done: Deferred[None] = Deferred(lambda _: transport.abortConnection())
        kinds = response.headers.getRawHeaders(b"Content-Type", [b""])
        response.deliverBody(_Body(tape, tape.allowance(kinds[0].decode("latin-1")), done))
        return done

    def _sweep(self) -> None:
        now = time.monotonic()
        for tape in [tape for tape in self._tapes if tape.expired(now)]:
            tape.fail(
                "timeout",
                "no byte for too long" if tape.size == 0 else "not at its end in time",
                "time" if tape.size else None,
            )
            if tape.deferred is not None:  # cancelling what is over does nothing
                tape.deferred.cancel()

    def abort(self) -> None:
        """End what is under way; its tapes say own_error."""
        for tape in list(self._tapes):
            tape.fail("own_error", "the crawl was stopped")
            if tape.deferred is not None:  # cancelling what is over does nothing
                tape.deferred.cancel()

    async def close(self) -> None:
        if self._sweeper.running:
            self._sweeper.stop()
        await super().close()


def _peer(transport: Any) -> tuple[str, int]:
    peer = transport.getPeer()
    return str(peer.host), int(peer.port)


def _with_tls(connection: Connection, transport: Any) -> Connection:
    """The connection with its handshake's facts, once there is one."""
    if connection.tls_version is not None or not hasattr(transport, "getHandle"):
        return connection
    handle = transport.getHandle()
    if not hasattr(handle, "get_cipher_name"):
        return connection
    leaf = handle.get_peer_certificate()
    der = crypto.dump_certificate(crypto.FILETYPE_ASN1, leaf) if leaf is not None else None
    return Connection(
        connection.address,
        connection.port,
        handle.get_protocol_version_name(),
        handle.get_cipher_name(),
        hashlib.sha256(der).hexdigest() if der is not None else None,
    )
