"""A turn at a host for what is no exchange of ours: pages in the browser and TLS probes keep the distance too.

A turn begins when the host's delay is due and takes one of its `per_host`. Where there is a delay nothing else begins
at the host until the turn is over, or for five delays (`ALONE` seconds at most) when it takes longer; then the distance
is kept again.
What a page loads besides, and the connections of one probe, are not spaced.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from crawler.politeness.frontier import Frontier
from crawler.politeness.gate import Gate
from crawler.politeness.host_slot import Turn

ALONE = 5.0
ALONE_DELAYS = 5

AtHost = Callable[[str], AbstractAsyncContextManager[None]]


def turns_of(frontier: Frontier, gate: Gate | None = None) -> AtHost:
    """What gives turns of this frontier. gate: where other processes crawl the same round."""

    @asynccontextmanager
    async def at(host: str) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        granted = asyncio.Event()
        turn = Turn(host, granted.set)
        frontier.ask_turn(turn)
        alone: asyncio.TimerHandle | None = None
        inside: str | None = None
        try:
            await granted.wait()
            pace = frontier.slot(host).pace
            if gate is not None:
                inside = await gate.enter(host, pace, frontier.at_gate)
            alone = loop.call_later(min(ALONE, ALONE_DELAYS * pace), frontier.written, turn)
            yield
        finally:
            if alone is not None:
                alone.cancel()
            if gate is not None and inside is not None:
                gate.leave(inside)
            frontier.end_turn(turn, begun=granted.is_set())

    return at
