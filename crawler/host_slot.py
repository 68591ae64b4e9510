"""Politeness towards one host: delay, requests at once, slowing down when the host asks for it.

Time is given by the caller (monotonic seconds). Not here: which job comes next (`crawler.frontier`).
"""

from __future__ import annotations

import datetime as dt
import email.utils
import heapq
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from crawler.jobs import Job

MAX_CRAWL_DELAY = 30.0
MAX_RETRY_AFTER = 120.0
_SLOWEST = 60.0
_LEAST_SLOW = 0.02  # where slowing down starts for a host without delay
_MOST_STEPS = 6
_GOOD_ANSWERS = 10
_TIMEOUTS = 3


@dataclass(slots=True, eq=False)
class HostSlot:
    """Waiting jobs of one host and when the next may go.

    connecting: a job was handed out whose first byte has not been sent; the delay counts from that byte.
    slower: how many times the rate was halved.
    """

    name: str
    delay: float
    per_host: int
    next_at: float = 0.0
    in_flight: int = 0
    connecting: int = 0
    slower: int = 0
    state: str = "idle"
    _good: int = 0
    _timeouts: int = 0
    _count: int = 0
    _lines: dict[tuple[int, int], deque[Job]] = field(default_factory=dict)
    _order: list[tuple[int, int]] = field(default_factory=list)

    def push(self, job: Job) -> None:
        """By rank and depth; those of one rank and depth go in order of arrival."""
        key = job.rank, job.depth
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = deque()
            heapq.heappush(self._order, key)
        line.append(job)
        self._count += 1

    def pop(self) -> Job:
        line = self._lines[self._order[0]]
        job = line.popleft()
        self._count -= 1
        if not line:
            del self._lines[heapq.heappop(self._order)]
        return job

    def __len__(self) -> int:
        return self._count

    def jobs(self) -> Iterator[Job]:
        for line in self._lines.values():
            yield from line

    @property
    def pace(self) -> float:
        """Seconds between two requests, as things stand."""
        if not self.slower:
            return self.delay
        return min(max(self.delay, _LEAST_SLOW) * 2.0**self.slower, max(_SLOWEST, self.delay))

    @property
    def busy(self) -> bool:
        return self.in_flight >= self.per_host or (self.connecting > 0 and self.pace > 0)

    def handed_out(self, now: float) -> None:
        self.in_flight += 1
        self.connecting += 1
        self.next_at = max(self.next_at, now + self.pace)

    def written(self, now: float) -> None:
        """The request went over the wire; the next one keeps its distance from here."""
        self.connecting = max(0, self.connecting - 1)
        self.next_at = max(self.next_at, now + self.pace)

    def released(self, was_written: bool) -> None:
        self.in_flight -= 1
        if not was_written:
            self.connecting = max(0, self.connecting - 1)

    def answered(self, status: int | None, timed_out: bool, retry_after: float | None, now: float) -> None:
        """Learn from an outcome: 429, 503 and three time-outs halve the rate, ten good answers give back a step."""
        if timed_out:
            self._timeouts += 1
        if status in (429, 503) or self._timeouts >= _TIMEOUTS:
            self.slower = min(self.slower + 1, _MOST_STEPS)
            self._good = self._timeouts = 0
            self.next_at = max(self.next_at, now + self.pace, now + min(retry_after or 0.0, MAX_RETRY_AFTER))
        elif status is not None and status < 500:
            self._timeouts = 0
            self._good += 1
            if self._good >= _GOOD_ANSWERS and self.slower:
                self.slower -= 1
                self._good = 0


def retry_after_seconds(value: str | None, now: dt.datetime) -> float | None:
    """Retry-After in both its forms; None when there is none or it makes no sense."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        when = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=dt.UTC)
    return max(0.0, (when - now).total_seconds())
