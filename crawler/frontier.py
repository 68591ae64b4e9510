"""Which job goes next, for many hosts and agencies at once.

Hands out a job only when its host is ready for it, so nothing waits elsewhere and no slow host
stands in another's way. Guarantees: never more than `per_host` requests of a host in flight, never two
closer than its delay. Not here: whether a job is allowed (`admit`), what follows from an answer.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections import deque
from collections.abc import Callable, Iterator

from crawler.host_slot import HostSlot
from crawler.jobs import Job

Admit = Callable[[Job], bool]


class Frontier:
    """All waiting jobs of a crawl.

    admit: asked just before a job is handed out; False means that the job was refused and dealt with.
    wake: asks for `next_job` to be called after so many seconds.
    """

    def __init__(self, *, delay: float, per_host: int, admit: Admit) -> None:
        self.delay = delay
        self.per_host = per_host
        self.admit = admit
        self.wake: Callable[[float], None] = lambda seconds: None
        self.paused = False
        self.closed = False
        self.slots: dict[str, HostSlot] = {}
        self.queued = 0
        self.in_flight = 0
        self._unwritten: set[Job] = set()
        self._ready: deque[HostSlot] = deque()
        self._sleeping: list[tuple[float, int, HostSlot]] = []
        self._later: list[tuple[float, int, Job]] = []
        self._order = itertools.count()

    def slot(self, host: str) -> HostSlot:
        found = self.slots.get(host)
        if found is None:
            found = self.slots[host] = HostSlot(host, self.delay, self.per_host)
        return found

    def add(self, job: Job) -> None:
        self.queued += 1
        now = time.monotonic()
        if job.not_before > now:
            heapq.heappush(self._later, (job.not_before, next(self._order), job))
            self.wake(job.not_before - now)
            return
        self._push(job, now)
        self.wake(0.0)

    def _push(self, job: Job, now: float) -> None:
        slot = self.slot(job.host)
        slot.push(job)
        self._offer(slot, now)

    def _offer(self, slot: HostSlot, now: float) -> None:
        """Put a host where it belongs, unless it stands in a queue already."""
        if slot.state != "idle" or not len(slot) or slot.busy:
            return
        if slot.next_at > now:
            slot.state = "sleeping"
            heapq.heappush(self._sleeping, (slot.next_at, next(self._order), slot))
            self.wake(slot.next_at - now)
        else:
            slot.state = "ready"
            self._ready.append(slot)

    def next_job(self, now: float) -> Job | None:
        if self.paused or self.closed:
            return None
        while self._later and self._later[0][0] <= now:
            self._push(heapq.heappop(self._later)[2], now)
        while self._sleeping and self._sleeping[0][0] <= now:
            slot = heapq.heappop(self._sleeping)[2]
            slot.state = "idle"
            self._offer(slot, now)
        while self._ready:
            slot = self._ready.popleft()
            slot.state = "idle"
            if slot.busy or slot.next_at > now:
                self._offer(slot, now)
                continue
            job = self._admitted(slot)
            if job is not None:
                slot.handed_out(now)
                self.in_flight += 1
                self._unwritten.add(job)
                self._offer(slot, now)
                return job
        due = min((heap[0][0] for heap in (self._sleeping, self._later) if heap), default=None)
        if due is not None:
            self.wake(max(0.0, due - now))
        return None

    def _admitted(self, slot: HostSlot) -> Job | None:
        while len(slot):
            job = slot.pop()
            self.queued -= 1
            if self.admit(job):
                return job
        return None

    def written(self, job: Job) -> None:
        if job in self._unwritten:
            self._unwritten.discard(job)
            now = time.monotonic()
            slot = self.slot(job.host)
            slot.written(now)
            self._offer(slot, now)
            self.wake(0.0)

    def release(self, job: Job, status: int | None, timed_out: bool, retry_after: float | None) -> None:
        """The job's exchange is over."""
        now = time.monotonic()
        slot = self.slot(job.host)
        slot.released(job not in self._unwritten)
        self._unwritten.discard(job)
        self.in_flight -= 1
        slot.answered(status, timed_out, retry_after, now)
        self._offer(slot, now)

    def resume(self) -> None:
        self.paused = False
        self.wake(0.0)

    def waiting(self) -> Iterator[Job]:
        """Every job that was not handed out."""
        for slot in self.slots.values():
            yield from slot.jobs()
        yield from (job for _, _, job in self._later)


class Waker:
    """Calls at a given time, once, at the earliest time asked for."""

    def __init__(self, loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
        self._loop = loop
        self._call = call
        self._due = float("inf")
        self._pending: asyncio.Handle | None = None

    def __call__(self, seconds: float) -> None:
        due = self._loop.time() + seconds
        if self._pending is not None:
            if self._due <= due + 0.001:
                return
            self._pending.cancel()
        self._due = due
        self._pending = (
            self._loop.call_later(seconds, self._ring) if seconds > 0 else self._loop.call_soon(self._ring)
        )

    def _ring(self) -> None:
        self._pending = None
        self._call()
