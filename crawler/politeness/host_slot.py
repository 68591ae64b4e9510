"""Politeness towards one host: delay, requests at once, most in a day, slowing down when the host asks for it.

Time is given by the caller (monotonic seconds). Not here: which host comes next (`crawler.politeness.frontier`), in which
order the jobs of a host go (`crawler.politeness.host_queue`), what an address bears (`crawler.politeness.addresses`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from crawler.jobs import Job
from crawler.politeness.host_queue import HostQueue

MAX_CRAWL_DELAY = 30.0  # seconds: a longer `Crawl-delay` counts as this (docs/operations.md)
MAX_RETRY_AFTER = 120.0  # seconds: a longer `Retry-After` counts as this (docs/operations.md)
_SLOWEST = 60.0  # a request a minute, however often the host is slowed
_LEAST_SLOW = 0.02  # where slowing down starts for a host without delay
# Halvings of the rate: a sixty-fourth, or _SLOWEST. By hand; each takes good answers to give back.
_MOST_STEPS = 6
_GOOD_ANSWERS = 10  # give back one step
_TIMEOUTS = 3  # slow the host as a 429 does
DAY = 86_400.0  # Seconds of the daily limit


@dataclass(slots=True, eq=False)
class Permit:
    """A visit to a host that is no exchange of ours: a page in the browser, a TLS probe.

    granted: called when it may begin.
    """

    host: str
    granted: Callable[[], None]


@dataclass(slots=True)
class LearnedPace:
    """What a host answered to one agency. slower: how many times the agency's rate there was halved."""

    slower: int = 0
    not_before: float = 0.0
    good: int = 0
    timeouts: int = 0


@dataclass(slots=True, eq=False)
class HostSlot:
    """What waits for one host and when the next may go.

    An agency is slowed by the answers to its own requests: what others provoke there is none of its doing. Those that are
    slowed keep their distance from each other, and everybody keeps the delay.

    per_day: most requests in any 24 hours, 0 for no limit. connecting: a job was handed out whose first byte has
    not been sent; the delay counts from that byte. wakes: when a host that sleeps is looked at again.
    taken_back: jobs that were let go once and could not, first in line. permits: what is no job.
    """

    name: str
    delay: float
    per_host: int
    per_day: int = 0
    next_at: float = 0.0
    in_flight: int = 0
    connecting: int = 0
    state: str = "idle"
    wakes: float = 0.0
    queue: HostQueue = field(default_factory=HostQueue)
    taken_back: list[Job] = field(default_factory=list)
    permits: list[Permit] = field(default_factory=list)
    _last_was_permit: bool = False
    sent_at: float = float("-inf")
    _reserved: float = 0.0
    _of_today: deque[float] | None = None
    _learned: dict[str, LearnedPace] = field(default_factory=dict)
    _slowed_at: float = float("-inf")  # when the last request went that was slowed
    _held: float = 0.0
    _hold: tuple[float, float] | None = None

    def __len__(self) -> int:
        return len(self.queue) + len(self.taken_back) + len(self.permits)

    def next_permit(self, jobs: bool) -> Permit | None:
        """A permit, when it is its time: pages of the browser and jobs alternate while both wait."""
        if not self.permits or (jobs and self._last_was_permit):
            return None
        return self.permits.pop(0)

    def pace_of(self, agency: str) -> float:
        """Seconds between two slowed requests, as things stand for an agency."""
        learned = self._learned.get(agency)
        if learned is None or not learned.slower:
            return self.delay
        return min(max(self.delay, _LEAST_SLOW) * 2.0**learned.slower, max(_SLOWEST, self.delay))

    @property
    def pace(self) -> float:
        """Of whoever is slowed least: what is no agency's job goes by it."""
        return min(map(self.pace_of, self._learned), default=self.delay)

    @property
    def slowed(self) -> bool:
        """Whether it matters whose request is next."""
        return any(learned.slower for learned in self._learned.values())

    @property
    def busy(self) -> bool:
        return self.in_flight >= self.per_host or (self.connecting > 0 and self.pace > 0)

    @property
    def full_until(self) -> float:
        """When the day's most is no longer reached; 0 when it is not."""
        today = self._of_today
        return today[0] + DAY if today is not None and len(today) >= self.per_day else 0.0

    @property
    def due_at(self) -> float:
        """When somebody may go who is not slowed."""
        return max(self.next_at, self.full_until)

    def due_of(self, agency: str) -> float:
        learned = self._learned.get(agency)
        if learned is None or not learned.slower:
            return self.due_at
        return max(self.due_at, learned.not_before, self._slowed_at + self.pace_of(agency))

    @property
    def permit_due(self) -> float:
        return min(map(self.due_of, self._learned), default=self.due_at)

    def slow(self, delay: float) -> None:
        """robots.txt asks for more distance; it counts from the last request already."""
        self.delay = max(self.delay, delay)
        self.next_at = max(self.next_at, self.sent_at + self.delay)

    def handed_out(self, now: float, agency: str | None) -> None:
        """agency: whose job; None for a permit."""
        self.in_flight += 1
        self._last_was_permit = agency is None
        self._begins(now, agency)

    def _begins(self, now: float, agency: str | None) -> None:
        self.connecting += 1
        self._reserved = self.next_at = max(self.next_at, now + self.delay)
        self._goes(now, agency)
        self.asked(now)

    def _goes(self, now: float, agency: str | None) -> None:
        if (self.pace if agency is None else self.pace_of(agency)) > self.delay:
            self._slowed_at = max(self._slowed_at, now)

    def asked(self, when: float) -> None:
        """A request counts as one of its day; those of an earlier run are told in their order."""
        if self.per_day:
            if self._of_today is None:
                self._of_today = deque(maxlen=self.per_day)
            self._of_today.append(when)

    def written(self, now: float, agency: str | None = None) -> None:
        """The request went over the wire; the next one keeps its distance from here."""
        self.connecting = max(0, self.connecting - 1)
        self.sent_at = now
        self.next_at = max(self.next_at, now + self.delay)
        self._goes(now, agency)

    def again(self, now: float, agency: str) -> float:
        """A request is to be sent anew, on another connection: seconds until it may be."""
        due = max(now, self.due_of(agency))
        self._begins(due, agency)
        return due - now

    def released(self, was_written: bool) -> None:
        self.in_flight -= 1
        if not was_written:
            self.connecting = max(0, self.connecting - 1)
            if self._of_today:
                self._of_today.pop()

    def take_back(self, job: Job, now: float) -> None:
        """A job that was let go and sent nothing: it comes first, and needs no distance from itself."""
        self.taken_back.append(job)
        if self.next_at == self._reserved:
            self.next_at = min(self.next_at, now)

    def hold(self, now: float, until: float = float("inf")) -> None:
        """From now on the host waits for no reason of its agency's: for its address, or the next day."""
        self._held, self._hold = self.held(now), (now, until)

    def let_go(self, now: float) -> None:
        self._held, self._hold = self.held(now), None

    def held(self, now: float) -> float:
        """Seconds that the host was made to wait until now."""
        if self._hold is None:
            return self._held
        began, until = self._hold
        return self._held + max(0.0, min(now, until) - began)

    def answered(
        self, agency: str, status: int | None, timed_out: bool, wait: float | None, now: float
    ) -> None:
        """Learn from an outcome: 429, 503 and three time-outs halve the agency's rate, ten good answers give back a step.

        wait: seconds that the response asks for.
        """
        learned = self._learned.get(agency)
        if learned is None:
            learned = self._learned[agency] = LearnedPace()
        if timed_out:
            learned.timeouts += 1
        if status in (429, 503) or learned.timeouts >= _TIMEOUTS:
            learned.slower = min(learned.slower + 1, _MOST_STEPS)
            learned.good = learned.timeouts = 0
            self._slowed_at = max(self._slowed_at, now)
            learned.not_before = max(learned.not_before, now + min(wait or 0.0, MAX_RETRY_AFTER))
        elif status is not None and status < 500:
            learned.timeouts = 0
            learned.good += 1
            if learned.good >= _GOOD_ANSWERS and learned.slower:
                learned.slower -= 1
                learned.good = 0
