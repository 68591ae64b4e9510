"""Asks servers for jobs: finds a connection or opens one, keeps time, and gives back each exchange.

Every job gets its exchange back: a failed exchange is a recorded failure, never an exception. Not here: politeness
(`crawler.politeness.frontier` hands a job out when its host is ready), what the exchange is worth (`crawler.engine.exchange_recorder`).
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
import warnings
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from crawler.cookies import cookie_header
from crawler.jobs import ExchangeLimits, Job
from crawler.politeness.address_locks import AddressLocks
from crawler.politeness.policy import AddressPolicy, Endpoint
from crawler.wire.connection import HttpConnection
from crawler.wire.exchange import Exchange
from web.urls import host_port

_SWEEP = 0.25
_KEPT = 15.0  # seconds that an idle connection is kept
_MOST_IDLE = 512

Done = Callable[[Job, Exchange], None]


@dataclass(frozen=True, slots=True)
class FetcherContext:
    """What the fetcher is given. written: the request of a job is on its way. lag: worst loop lag since a
    monotonic time, seconds.

    reached: a job is about to connect to this address; False when it is not to, because it was taken back.
    again: a job's request has to be sent anew; seconds until it may be.
    address_locks: where other processes crawl the same round. pace: seconds between two requests to a host, as things stand.
    waits_for_lock: a host waits for another process to leave its address, or no longer.
    """

    limits: ExchangeLimits
    policy: AddressPolicy
    per_host: int
    user_agent: bytes
    written: Callable[[Job], None]
    lag: Callable[[float], float]
    reached: Callable[[Job, str], bool] = lambda job, address: True
    again: Callable[[Job], float] = lambda job: 0.0
    address_locks: AddressLocks | None = None
    pace: Callable[[str], float] = lambda host: 0.0
    waits_for_lock: Callable[[str, bool], None] = lambda host, waits: None


class _JobTakenBack(Exception):
    """The job will be handed out anew."""


class Fetcher:
    """All connections of a crawl. Lives on one event loop; `close` ends it."""

    def __init__(self, context: FetcherContext) -> None:
        self._context = context
        self._loop = asyncio.get_running_loop()
        self._tls = tls_context()
        self._idle: defaultdict[str, list[HttpConnection]] = defaultdict(list)
        self._under_way: dict[Exchange, Done] = {}
        self._opening: dict[Exchange, asyncio.Task[None]] = {}
        self._waiting_for_lock: dict[Job, tuple[asyncio.Task[None], Done]] = {}
        self._inside: dict[Exchange, str] = {}
        self._open: set[HttpConnection] = set()
        self._headers = b"".join(
            (
                b"\r\nUser-Agent: %b\r\n" % context.user_agent,
                b"Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n",
                b"Accept-Language: fa,en;q=0.5\r\n",
                b"Accept-Encoding: gzip, deflate\r\n\r\n",
            )
        )
        self._sweeper = self._loop.call_later(_SWEEP, self._sweep)

    def start(self, job: Job, done: Done) -> None:
        """Ask for a job; `done` is called once, later, with its exchange."""
        address_locks = self._context.address_locks
        if address_locks is None or job.purpose == "control":
            self._begin(job, done)
        else:
            self._waiting_for_lock[job] = (
                self._loop.create_task(self._come_in(address_locks, job, done)),
                done,
            )

    def _begin(self, job: Job, done: Done) -> Exchange:
        exchange = Exchange(job, self._context.limits, self._context.written)
        self._under_way[exchange] = done
        self._send(exchange)
        return exchange

    async def _come_in(self, address_locks: AddressLocks, job: Job, done: Done) -> None:
        try:
            key = await address_locks.enter(
                job.host, self._context.pace(job.host), self._context.waits_for_lock
            )
        except OSError as error:
            self._refused(job, done, f"{type(error).__name__}: {error}")
        else:
            del self._waiting_for_lock[job]
            self._inside[self._begin(job, done)] = key

    def _refused(self, job: Job, done: Done, detail: str) -> None:
        """A job that waited for an address lock is not sent, for a reason of our own."""
        del self._waiting_for_lock[job]
        exchange = Exchange(job, self._context.limits, self._context.written)
        exchange.fail("own_error", detail)
        self._under_way[exchange] = done
        self._finished(exchange)

    def _left(self, exchange: Exchange) -> None:
        key = self._inside.pop(exchange, None)
        if key is not None and self._context.address_locks is not None:
            self._context.address_locks.leave(key)

    @property
    def oldest(self) -> Exchange | None:
        """Of those under way, the one that is waited for longest."""
        return next(iter(self._under_way), None)

    async def fetch(self, job: Job) -> Exchange:
        """Ask for a job and wait for its exchange."""
        answer: asyncio.Future[Exchange] = self._loop.create_future()
        self.start(job, lambda _, exchange: None if answer.done() else answer.set_result(exchange))
        return await answer

    def abort(self) -> None:
        """End what is under way; its exchanges say own_error."""
        for job, (task, done) in list(self._waiting_for_lock.items()):
            task.cancel()
            self._refused(job, done, "the crawl was stopped")
        for exchange in list(self._under_way):
            exchange.fail("own_error", "the crawl was stopped")
            self._cut(exchange)

    def close(self) -> None:
        self._sweeper.cancel()
        for task in self._opening.values():
            task.cancel()
        for connection in list(self._open):
            connection.abort()

    def _send(self, exchange: Exchange) -> None:
        idle = self._idle.get(exchange.job.origin)
        if idle:
            idle.pop().exchange(exchange, self._request(exchange.job))
            return
        self._opening[exchange] = self._loop.create_task(self._connect(exchange))

    def _request(self, job: Job) -> bytes:
        scheme_host = job.origin
        target = job.url[len(scheme_host) :] or "/"
        name = scheme_host.partition("://")[2]
        line = b"GET %b HTTP/1.1\r\nHost: %b" % (target.encode("ascii"), name.encode("ascii"))
        if job.cookies and (cookies := cookie_header(job.cookies, job.host)):
            line += b"\r\nCookie: " + cookies.encode("ascii")
        return line + self._headers

    async def _connect(self, exchange: Exchange, wait: float = 0.0) -> None:
        try:
            await asyncio.sleep(wait)
            connection = await self._opened(exchange.job)
        except asyncio.CancelledError:
            exchange.fail("timeout", "no connection in time")
        except _JobTakenBack:
            self._opening.pop(exchange, None)
            self._under_way.pop(exchange, None)
            self._left(exchange)
            return
        except Exception as error:
            exchange.broke(error)
        else:
            if exchange.failure is None and exchange in self._under_way:
                self._opening.pop(exchange, None)
                connection.exchange(exchange, self._request(exchange.job))
                return
            connection.abort()
        self._opening.pop(exchange, None)
        self._finished(exchange)

    async def _opened(self, job: Job) -> HttpConnection:
        """A new connection. The address policy is asked at connect time, never earlier. Raises what goes wrong."""
        name, port = host_port(job.url)
        policy, limits = self._context.policy, self._context.limits
        endpoint = policy.known(name, port)
        if endpoint is None:
            endpoint = await self._loop.run_in_executor(None, policy.resolve, name, port)
        if not self._context.reached(job, endpoint.address):
            raise _JobTakenBack
        async with asyncio.timeout(limits.connect):
            raw = await self._dial(endpoint)
        connection = HttpConnection(job.origin, self._over, self._again, self._gone)
        secure = job.url.startswith("https:")
        try:
            async with asyncio.timeout(limits.idle):
                await self._loop.create_connection(
                    lambda: connection,
                    sock=raw,
                    ssl=self._tls if secure else None,
                    server_hostname=name.strip("[]") if secure else None,
                )
        except BaseException:
            raw.close()
            raise
        self._open.add(connection)
        return connection

    async def _dial(self, endpoint: Endpoint) -> socket.socket:
        family = socket.AF_INET6 if ":" in endpoint.address else socket.AF_INET
        raw = socket.socket(family, socket.SOCK_STREAM)
        try:
            raw.setblocking(False)
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await self._loop.sock_connect(raw, (endpoint.address, endpoint.port))
        except BaseException:
            raw.close()
            raise
        return raw

    def _again(self, exchange: Exchange) -> None:
        """A kept connection was closed under the request: once more on a new one."""
        if exchange in self._under_way:
            wait = self._context.again(exchange.job)
            exchange.postpone(wait)
            self._opening[exchange] = self._loop.create_task(self._connect(exchange, wait))

    def _over(self, connection: HttpConnection, exchange: Exchange) -> None:
        idle = self._idle[connection.origin]
        if connection.reusable and len(idle) < self._context.per_host and len(self._open) < _MOST_IDLE:
            connection.idle_since = time.monotonic()
            idle.append(connection)
        elif connection.reusable:
            connection.abort()
        self._finished(exchange)

    def _gone(self, connection: HttpConnection) -> None:
        self._open.discard(connection)
        idle = self._idle.get(connection.origin)
        if idle is None:
            return
        with contextlib.suppress(ValueError):
            idle.remove(connection)
        if not idle:
            del self._idle[connection.origin]

    def _finished(self, exchange: Exchange) -> None:
        done = self._under_way.pop(exchange, None)
        self._left(exchange)
        if done is None:
            return
        exchange.ended = time.monotonic()
        exchange.worst_lag = self._context.lag(exchange.started)
        done(exchange.job, exchange)

    def _cut(self, exchange: Exchange) -> None:
        if (task := self._opening.get(exchange)) is not None:
            task.cancel()
        elif exchange.cut is not None:
            exchange.cut()

    def _sweep(self) -> None:
        """End what takes too long, and connections that nobody needs."""
        self._sweeper = self._loop.call_later(_SWEEP, self._sweep)
        now = time.monotonic()
        for exchange in [exchange for exchange in self._under_way if exchange.expired(now)]:
            exchange.fail(
                "timeout",
                "no byte for too long" if exchange.size == 0 else "not at its end in time",
                "time" if exchange.size else None,
            )
            self._cut(exchange)
        for connections in list(self._idle.values()):
            for connection in [c for c in connections if now - c.idle_since > _KEPT]:
                connection.abort()


def tls_context() -> ssl.SSLContext:
    """What portals still run on is seen too, whatever its certificate; the TLS probe judges it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.options |= ssl.OP_LEGACY_SERVER_CONNECT if hasattr(ssl, "OP_LEGACY_SERVER_CONNECT") else 0x4
    context.options |= ssl.OP_IGNORE_UNEXPECTED_EOF if hasattr(ssl, "OP_IGNORE_UNEXPECTED_EOF") else 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
    return context
