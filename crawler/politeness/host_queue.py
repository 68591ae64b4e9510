"""The waiting jobs of one host, in order: agencies in turn, and of each by rank and depth, then as they came.

Most hosts belong to one agency. Where several share one, the agency of 100,000 pages takes every other turn from
the one of ten, no more. Not here: when the next may go (`crawler.politeness.host_slot`).
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable, Iterator

from crawler.jobs import Job


class _AgencyQueue:
    """One agency's jobs of the host."""

    __slots__ = ("by_key", "order")

    def __init__(self) -> None:
        self.by_key: dict[tuple[int, int], deque[Job]] = {}
        self.order: list[tuple[int, int]] = []

    def push(self, job: Job) -> None:
        key = job.rank, job.depth
        line = self.by_key.get(key)
        if line is None:
            line = self.by_key[key] = deque()
            heapq.heappush(self.order, key)
        line.append(job)

    @property
    def first(self) -> Job:
        return self.by_key[self.order[0]][0]

    def pop(self) -> Job:
        line = self.by_key[self.order[0]]
        job = line.popleft()
        if not line:
            del self.by_key[heapq.heappop(self.order)]
        return job


class HostQueue:
    __slots__ = ("_agencies", "_count")

    def __init__(self) -> None:
        self._agencies: dict[str, _AgencyQueue] = {}  # the first is the next to be served
        self._count = 0

    @property
    def agencies(self) -> Iterable[str]:
        """Those that have jobs here, in the order of their turns."""
        return self._agencies.keys()

    def first(self, agency: str) -> Job:
        """The job of an agency that is next."""
        return self._agencies[agency].first

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Job]:
        for lines in self._agencies.values():
            for line in lines.by_key.values():
                yield from line

    def push(self, job: Job) -> None:
        lines = self._agencies.get(job.agency)
        if lines is None:
            lines = self._agencies[job.agency] = _AgencyQueue()
        lines.push(job)
        self._count += 1

    def pop(self, agency: str) -> Job:
        """The next job of an agency, whose turn comes after the others' then."""
        lines = self._agencies[agency]
        job = lines.pop()
        self._count -= 1
        if not lines.order:
            del self._agencies[agency]
        elif len(self._agencies) > 1:
            self._agencies[agency] = self._agencies.pop(agency)
        return job
