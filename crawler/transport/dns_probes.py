"""Looks at hosts in the DNS beside the fetching, a few at a time, on the loop: they ask the resolver, never the host."""

from __future__ import annotations

import asyncio
import datetime as dt
import secrets
from collections.abc import Callable
from functools import cached_property, partial
from typing import TYPE_CHECKING

from claims.model import NetworkSettings
from crawler.probes.resolvers import resolvers_of
from crawler.transport.host_probe import HostProbe, Keep
from evidence.store import EvidenceWriter

if TYPE_CHECKING:
    from crawler.probes.dns_client import DnsClient
    from crawler.probes.dns_prober import DnsCapture as Found

_AT_ONCE = 8
_TICK = 0.2


def _unguessable() -> int:
    return secrets.randbelow(1 << 16)


class DnsProbes:
    """paused: whether nothing may go out just now, as for the fetching."""

    def __init__(
        self,
        network: NetworkSettings,
        now: Callable[[], dt.datetime],
        paused: Callable[[], bool],
    ) -> None:
        self._network = network
        self._now = now
        self._paused = paused
        self._resolvers = resolvers_of(network)
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._begun: dict[tuple[str, str], asyncio.Event] = {}

    @cached_property
    def _client(self) -> DnsClient:
        """Made when it is first needed: a crawl that asks no resolver starts without dnspython."""
        from crawler.probes.dns_client import DnsClient

        return DnsClient(self._resolvers, now=self._now, message_id=_unguessable)

    def wants(self, host: str) -> bool:
        """Whether there is anybody to ask about this host."""
        return self._resolvers.may_ask(host, self._network)

    async def probe(self, target: HostProbe) -> Keep | None:
        """What writes it down; None when it failed by our own fault. wait: from when the host's first probe of this run began."""
        name = target.agency, target.host
        if target.attempt == 1:
            self._begun[name] = asyncio.Event()
        elif name in self._begun:
            await self._begun[name].wait()
        await asyncio.sleep(target.wait)
        from crawler.probes.dns_prober import probe_host as ask

        try:
            async with self._slots:
                while self._paused():
                    await asyncio.sleep(_TICK)
                if name in self._begun:
                    self._begun[name].set()
                return partial(
                    _keep, target, await ask(target.host, self._client, target.attempt, self._now())
                )
        except Exception:  # a probe must not end the work on all others; it has no capture then
            return None

    def close(self) -> None:
        if "_client" in vars(self):
            self._client.close()


def _keep(target: HostProbe, found: Found, writer: EvidenceWriter) -> None:
    writer.add(
        kind="dns",
        agency=target.agency,
        url=found.facts.name,
        purpose="host",
        attempt=target.attempt,
        time=found.time,
        facts=found.facts,
        body=found.body,
    )
