"""Looks at hosts in the DNS beside the fetching, a few at a time, on the loop: they ask the resolver, never the host."""

from __future__ import annotations

import asyncio
import datetime as dt
import secrets
from collections import defaultdict
from collections.abc import Callable
from functools import cached_property, partial
from typing import TYPE_CHECKING

from claims.model import NetworkSettings
from crawler.resolvers import Resolvers, resolvers_of
from evidence.store import EvidenceWriter

if TYPE_CHECKING:
    from crawler.dns_client import DnsClient
    from crawler.dns_prober import Look

_AT_ONCE = 8
_TICK = 0.2


def _unguessable() -> int:
    return secrets.randbelow(1 << 16)


class Lookups:
    """done: called on the loop with (agency, what writes the look, or None), once for each that was not cancelled.

    paused: whether nothing may go out just now, as for the fetching.
    """

    def __init__(
        self,
        network: NetworkSettings,
        now: Callable[[], dt.datetime],
        done: Callable[[str, Callable[[EvidenceWriter], None] | None], None],
        paused: Callable[[], bool],
        resolvers: Resolvers | None = None,
        message_id: Callable[[], int] = _unguessable,
    ) -> None:
        self._network = network
        self._now = now
        self._done = done
        self._paused = paused
        self._resolvers = resolvers or resolvers_of(network)
        self._message_id = message_id
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._begun: defaultdict[tuple[str, str], asyncio.Event] = defaultdict(asyncio.Event)

    @cached_property
    def _client(self) -> DnsClient:
        """Made when it is first needed: a crawl that asks no resolver starts without dnspython."""
        from crawler.dns_client import DnsClient

        return DnsClient(self._resolvers, now=self._now, message_id=self._message_id)

    def wants(self, host: str) -> bool:
        """Whether there is anybody to ask about this host."""
        return self._resolvers.may_ask(host, self._network)

    def add(self, agency: str, host: str, *, attempt: int, wait: float) -> None:
        """wait: seconds, from when the host's first look of this run began, if it has one."""
        if attempt == 1:
            self._begun[agency, host].clear()
        task = asyncio.ensure_future(self._look(agency, host, attempt, wait))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _look(self, agency: str, host: str, attempt: int, wait: float) -> None:
        if attempt > 1 and (agency, host) in self._begun:
            await self._begun[agency, host].wait()
        await asyncio.sleep(wait)
        from crawler.dns_prober import look

        found: Look | None = None
        try:
            async with self._slots:
                while self._paused():
                    await asyncio.sleep(_TICK)
                self._begun[agency, host].set()
                found = await look(host, self._client, attempt, self._now())
        except Exception:  # a look must not end the work on all others; it has no capture then
            found = None
        # Not when it was cancelled: the next run looks at what this one did not.
        self._done(agency, None if found is None else partial(_keep, agency, attempt, found))

    @property
    def idle(self) -> bool:
        return not self._tasks

    def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        if "_client" in vars(self):
            self._client.close()


def _keep(agency: str, attempt: int, found: Look, writer: EvidenceWriter) -> None:
    writer.add(
        kind="dns",
        agency=agency,
        url=found.facts.name,
        purpose="host",
        attempt=attempt,
        time=found.time,
        facts=found.facts,
        body=found.body,
    )
