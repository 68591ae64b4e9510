"""A turn at a host for what is no exchange of ours: pages in the browser and TLS probes keep the distance too.

A turn begins when the host's delay is due, takes one of its `per_host`, and for as long as the delay nothing else
begins there, so that what the turn asks first has gone out before the next distance is measured. What a page loads
besides is not spaced.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from crawler.frontier import Frontier
from crawler.host_slot import Turn

AtHost = Callable[[str], AbstractAsyncContextManager[None]]


def turns_of(frontier: Frontier) -> AtHost:
    """What gives turns of this frontier."""

    @asynccontextmanager
    async def at(host: str) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        granted = asyncio.Event()
        turn = Turn(host, granted.set)
        frontier.ask_turn(turn)
        alone: asyncio.TimerHandle | None = None
        try:
            await granted.wait()
            alone = loop.call_later(frontier.slot(host).pace, frontier.written, turn)
            yield
        finally:
            if alone is not None:
                alone.cancel()
            frontier.end_turn(turn, begun=granted.is_set())

    return at
