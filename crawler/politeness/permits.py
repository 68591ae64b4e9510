"""A permit to visit a host for what is no exchange of ours: pages in the browser and TLS probes keep the distance too.

A permit begins when the host's delay is due and takes one of its `per_host`. Where there is a delay nothing else begins
at the host until the permit is over, or for five delays (`ALONE` seconds at most) when it takes longer; then the distance
is kept again.
What a page loads besides, and the connections of one probe, are not spaced.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from crawler.politeness.address_locks import AddressLocks
from crawler.politeness.frontier import Frontier
from crawler.politeness.host_slot import Permit

ALONE = 5.0  # Seconds that a permit may keep others from its host: a page may load longer than that
ALONE_DELAYS = 5  # The same in delays, for hosts that are asked quickly

AtHost = Callable[[str], AbstractAsyncContextManager[None]]


def permits_of(frontier: Frontier, address_locks: AddressLocks | None = None) -> AtHost:
    """What gives permits of this frontier. address_locks: where other processes crawl the same round."""

    @asynccontextmanager
    async def at(host: str) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        granted = asyncio.Event()
        permit = Permit(host, granted.set)
        frontier.ask_permit(permit)
        alone: asyncio.TimerHandle | None = None
        inside: str | None = None
        try:
            await granted.wait()
            pace = frontier.slot(host).pace
            if address_locks is not None:
                inside = await address_locks.enter(host, pace, frontier.waits_for_lock)
            alone = loop.call_later(min(ALONE, ALONE_DELAYS * pace), frontier.written, permit)
            yield
        finally:
            if alone is not None:
                alone.cancel()
            if address_locks is not None and inside is not None:
                address_locks.leave(inside)
            frontier.end_permit(permit, begun=granted.is_set())

    return at
