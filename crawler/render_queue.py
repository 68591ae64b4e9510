"""Pages that wait for the browser: agencies in turn, of each in order. Four hundred claims of one agency must not
make another's home page wait for all of them."""

from __future__ import annotations

import asyncio
from collections import deque

from crawler.rendering import RenderJob


class RenderQueue:
    """For many takers on one event loop."""

    def __init__(self) -> None:
        self._lines: dict[str, deque[RenderJob]] = {}  # the first is the next to be served
        self._waiting = asyncio.Semaphore(0)

    def __bool__(self) -> bool:
        return bool(self._lines)

    def add(self, job: RenderJob) -> None:
        self._lines.setdefault(job.job.agency, deque()).append(job)
        self._waiting.release()

    async def take(self) -> RenderJob:
        await self._waiting.acquire()
        agency = next(iter(self._lines))
        line = self._lines.pop(agency)
        job = line.popleft()
        if line:
            self._lines[agency] = line
        return job
