"""Which job goes next: Scrapy's scheduler for many hosts and agencies at once.

Hands out a job only when its host is ready for it, so nothing waits inside the downloader and no slow host
stands in another's way. Guarantees: never more than `per_host` requests of a host in flight, never two
closer than its delay. Not here: whether a job is allowed (`admit`), what follows from an answer.
"""

from __future__ import annotations

import heapq
import itertools
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from scrapy import Request
from scrapy.core.scheduler import BaseScheduler

from crawler.host_slot import HostSlot
from crawler.jobs import Job

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

Admit = Callable[[Job], bool]


class Frontier(BaseScheduler):
    """All waiting jobs of a crawl.

    admit: asked just before a job is handed out; False means that the job was refused and dealt with.
    wake: asks the engine to come back after so many seconds.
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

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Frontier:
        frontier: Frontier = crawler.spider.frontier  # type: ignore[union-attr]
        return frontier

    # Scrapy's side

    def has_pending_requests(self) -> bool:
        return not self.closed

    def enqueue_request(self, request: Request) -> bool:
        self.add(request.meta["job"])
        return True

    def next_request(self) -> Request | None:
        job = self.next_job(time.monotonic())
        if job is None:
            return None
        # Scrapy may quote a URL anew; what is sent is the job's own.
        return Request(job.url, meta={"job": job, "download_slot": job.host}, dont_filter=True)

    # ours

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
        slot.push(job, next(self._order))
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
    """Brings the engine back at a given time, once, at the earliest time asked for."""

    def __init__(self, reactor: Any, call: Callable[[], None]) -> None:
        self._reactor = reactor
        self._call = call
        self._pending: Any = None

    def __call__(self, seconds: float) -> None:
        due = self._reactor.seconds() + seconds
        if self._pending is not None and self._pending.active():
            if self._pending.getTime() <= due + 0.001:
                return
            self._pending.cancel()
        self._pending = self._reactor.callLater(seconds, self._call)
