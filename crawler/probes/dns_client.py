"""Asks the resolvers of a crawl, and asks nothing twice within minutes: the root's keys are everybody's.

Not here: one exchange (`crawler.probes.dns_query`), what a look at a host asks (`crawler.probes.dns_prober`).
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import dns.message
import dns.name

from crawler.probes.dns_query import DnsReply, ask
from crawler.probes.resolvers import ResolverAddress, ResolverList
from evidence.kinds.http import Failure

SECONDS = 3.0  # of a question, for each resolver
_AT_ONCE = 32  # questions under way, of all looks
_KEPT = 2_000
_KEPT_SECONDS = 300.0
_KEPT_BYTES = 8 * 1024
_FAILED_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class DnsAnswer:
    """A question and what came of it. message: None when nothing came that can be read.

    time: when it was asked, which may be some minutes before the look that uses it.
    """

    name: dns.name.Name
    kind: str
    server: ResolverAddress
    reply: DnsReply
    failure: Failure | None
    message: dns.message.Message | None
    time: dt.datetime
    ms: float


def read(wire: bytes) -> dns.message.Message | None:
    try:
        return dns.message.from_wire(wire, ignore_trailing=False)
    except Exception:  # hostile bytes: whatever the reader raises, they cannot be read
        return None


class Exchange(Protocol):
    """How a question reaches a resolver, as `crawler.probes.dns_query.ask`."""

    async def __call__(
        self, server: ResolverAddress, name: dns.name.Name, kind: str, *, message_id: int, seconds: float
    ) -> DnsReply: ...


class DnsClient:
    """Of one crawl. message_id: a number below 65536 that nobody can guess."""

    def __init__(
        self,
        resolvers: ResolverList,
        *,
        now: Callable[[], dt.datetime],
        message_id: Callable[[], int],
        clock: Callable[[], float] = time.monotonic,
        seconds: float = SECONDS,
        exchange: Exchange = ask,
    ) -> None:
        self.resolvers = resolvers
        self._now = now
        self._message_id = message_id
        self._clock = clock
        self._seconds = seconds
        self._exchange = exchange
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._known: OrderedDict[tuple[int, dns.name.Name, str], tuple[float, asyncio.Task[DnsAnswer]]] = (
            OrderedDict()
        )

    async def ask(self, name: dns.name.Name, kind: str, attempt: int) -> DnsAnswer:
        """attempt: a second look takes no answer from the first one."""
        key = (attempt, name, kind)
        known = self._known.get(key)
        if known is not None and not self._stale(*known):
            return await asyncio.shield(known[1])
        task = asyncio.ensure_future(self._ask(name, kind))
        self._known[key] = (self._clock(), task)
        self._known.move_to_end(key)
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return await asyncio.shield(task)

    def _stale(self, since: float, task: asyncio.Task[DnsAnswer]) -> bool:
        age = self._clock() - since
        if not task.done():
            return False
        if task.cancelled() or task.exception() is not None:
            return True
        asked = task.result()
        if asked.failure is not None:
            return age > _FAILED_SECONDS
        return age > _KEPT_SECONDS or len(asked.reply.received) > _KEPT_BYTES

    async def _ask(self, name: dns.name.Name, kind: str) -> DnsAnswer:
        """The first good answer; the last resolver's failure when none gives one."""
        for number, server in enumerate(self.resolvers.servers, 1):
            async with self._slots:
                when, began = self._now(), self._clock()
                reply = await self._exchange(
                    server, name, kind, message_id=self._message_id(), seconds=self._seconds
                )
            elapsed = (self._clock() - began) * 1000
            message = read(reply.received) if reply.received else None
            failure = reply.failure or ("protocol" if message is None else None)
            if failure is None or number == len(self.resolvers.servers):
                return DnsAnswer(name, kind, server, reply, failure, message, when, elapsed)
        raise LookupError("no resolver to ask")

    def close(self) -> None:
        for _, task in self._known.values():
            task.cancel()
