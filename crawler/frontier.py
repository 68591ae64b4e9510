"""Which job goes next, for many hosts and agencies at once.

Hands out a job only when its host is ready for it, so nothing waits elsewhere and no slow host
stands in another's way. Guarantees: never more than `per_host` requests of a host in flight, never two
closer than its delay, never more than `per_day` in 24 hours; never more at once to one address than it bears.
Not here: whether a job is allowed (`admit`), what follows from an answer.
"""

from __future__ import annotations

import heapq
import itertools
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator

from crawler.addresses import HOSTS_AT_ONCE, Addresses, Seats, exempt_networks
from crawler.host_slot import HostSlot, Turn
from crawler.jobs import Job

SHARE = 64
Admit = Callable[[Job], bool]


class Frontier:
    """All waiting jobs of a crawl.

    delay_of: seconds between two requests to a host.
    admit: asked just before a job is handed out; False means that the job was refused and dealt with.
    wake: asks for `next_job` to be called after so many seconds. clock: monotonic seconds.
    share: of what is under way for one agency at most, so that one with a hundred dead hosts leaves room for others.
    paused: nothing goes out until `resume`.
    """

    def __init__(
        self,
        *,
        delay_of: Callable[[str], float],
        per_host: int,
        admit: Admit,
        per_day: int = 0,
        content_delivery: Iterable[str] = (),
        addresses: Addresses | None = None,
        share: int = SHARE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.delay_of = delay_of
        self.per_host = per_host
        self.per_day = per_day
        self.admit = admit
        self.wake: Callable[[float], None] = lambda seconds: None
        self.paused = False
        self.closed = False
        self.slots: dict[str, HostSlot] = {}
        self.queued = 0
        self.in_flight = 0
        self._clock = clock
        self._share = share
        self._seats = Seats(
            addresses or Addresses(HOSTS_AT_ONCE * per_host, exempt_networks(content_delivery)), self._called
        )
        self._under_way: dict[str, int] = {}
        self._parked: dict[str, deque[HostSlot]] = {}
        self._unwritten: set[Job | Turn] = set()
        self._ready: deque[HostSlot] = deque()
        self._sleeping: list[tuple[float, int, HostSlot]] = []
        self._later: list[tuple[float, int, Job]] = []
        self._order = itertools.count()

    def slot(self, host: str) -> HostSlot:
        found = self.slots.get(host)
        if found is None:
            found = self.slots[host] = HostSlot(host, self.delay_of(host), self.per_host, self.per_day)
        return found

    def add(self, job: Job) -> None:
        self.queued += 1
        now = self._clock()
        if job.not_before > now:
            heapq.heappush(self._later, (job.not_before, next(self._order), job))
            self.wake(job.not_before - now)
            return
        self._push(job, now)
        self.wake(0.0)

    def ask_turn(self, turn: Turn) -> None:
        """A visit that is no job: its `granted` is called when the host is ready for it."""
        slot = self.slot(turn.host)
        slot.turns.append(turn)
        self._offer(slot, self._clock())
        self.wake(0.0)

    def _push(self, job: Job, now: float) -> None:
        slot = self.slot(job.host)
        slot.queue.push(job)
        self._offer(slot, now)

    def _offer(self, slot: HostSlot, now: float) -> None:
        """Put a host where it belongs, unless it stands in a queue already."""
        if slot.state != "idle" or not len(slot) or slot.busy:
            return
        if slot.due_at > now:
            slot.state = "sleeping"
            if slot.full_until > now:
                slot.hold(now, slot.full_until)
            heapq.heappush(self._sleeping, (slot.due_at, next(self._order), slot))
            self.wake(slot.due_at - now)
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
            job = self._served(slot, now)
            self._seats.pass_on(slot)
            self._offer(slot, now)
            if job is not None:
                return job
        due = min((heap[0][0] for heap in (self._sleeping, self._later) if heap), default=None)
        if due is not None:
            self.wake(max(0.0, due - now))
        return None

    def _served(self, slot: HostSlot, now: float) -> Job | None:
        """Let go what is next for a host whose time has come, if its address has a seat."""
        if slot.busy or slot.due_at > now or self._is_parked(slot):
            return None
        if not self._seats.free_for(slot):
            self._stand_in_line(slot, now)
            return None
        turn = slot.next_turn()
        if turn is not None:
            slot.handed_out(now, turn=True)
            self._unwritten.add(turn)
            self._seats.take(slot, turn)
            turn.granted()
            return None
        job = self._admitted(slot)
        if job is not None:
            slot.handed_out(now)
            self._unwritten.add(job)
            self._seats.take(slot, job)
            self._of_agency(job.agency, 1)
            self.in_flight += 1
        return job

    def _admitted(self, slot: HostSlot) -> Job | None:
        while slot.taken_back or len(slot.queue):
            self.queued -= 1
            if slot.taken_back:
                return slot.taken_back.pop()
            job = slot.queue.pop()
            if self.admit(job):
                return job
        return None

    # what came of it

    def written(self, visit: Job | Turn) -> None:
        """The request is on its way, or a turn has had its time for that."""
        if visit in self._unwritten:
            self._unwritten.discard(visit)
            now = self._clock()
            slot = self.slot(visit.host)
            slot.written(now)
            self._offer(slot, now)
            self.wake(0.0)

    def again(self, job: Job) -> float:
        """The request has to be sent anew: seconds until that keeps its distance."""
        if job.purpose == "control" or job in self._unwritten:
            return 0.0
        self._unwritten.add(job)
        return self.slot(job.host).again(self._clock())

    def release(self, job: Job, status: int | None, timed_out: bool, retry_after: float | None) -> None:
        """The job's exchange is over."""
        self.in_flight -= 1
        now = self._clock()
        slot = self._over(job)
        self._of_agency(job.agency, -1)
        slot.answered(status, timed_out, retry_after, now)
        self._offer(slot, now)

    def end_turn(self, turn: Turn, begun: bool) -> None:
        """begun: it had been granted."""
        now = self._clock()
        slot = self.slot(turn.host)
        if begun:
            self.written(turn)
            self._over(turn)
            self._offer(slot, now)
            self.wake(0.0)
        elif turn in slot.turns:
            slot.turns.remove(turn)

    def _over(self, visit: Job | Turn) -> HostSlot:
        slot = self.slot(visit.host)
        was_full = slot.full_until > 0
        slot.released(visit not in self._unwritten)
        self._unwritten.discard(visit)
        self._seats.leave(visit)
        if was_full and not slot.full_until and slot.state == "sleeping":
            self._rouse(slot, self._clock())
        return slot

    def _rouse(self, slot: HostSlot, now: float) -> None:
        """What was not sent after all leaves room in a day that was full: the host need not sleep until the next."""
        self._sleeping = [entry for entry in self._sleeping if entry[2] is not slot]
        heapq.heapify(self._sleeping)
        slot.state = "idle"
        slot.let_go(now)
        self._offer(slot, now)
        self.wake(0.0)

    def reached(self, job: Job, address: str) -> bool:
        """The job is about to connect there. False: the address is full, the job is taken back and comes again."""
        if job.purpose == "control":
            return True
        slot = self.slot(job.host)
        if self._seats.reached(slot, job, address):
            return True
        now = self._clock()
        self.in_flight -= 1
        self.queued += 1
        self._over(job)
        self._of_agency(job.agency, -1)
        slot.take_back(job, now)
        if slot.state == "idle" and slot.due_at <= now:
            self._stand_in_line(slot, now)
        self._offer(slot, now)
        self.wake(0.0)
        return False

    # what waits for others than its own host

    def at_gate(self, host: str, waits: bool) -> None:
        """Another process is at the host's address, or has left it: the wait is no agency's."""
        slot = self.slot(host)
        (slot.hold if waits else slot.let_go)(self._clock())

    def _stand_in_line(self, slot: HostSlot, now: float) -> None:
        slot.state = "in line"
        slot.hold(now)
        self._seats.stand_in_line(slot)

    def _called(self, slot: HostSlot) -> None:
        slot.state = "ready"
        slot.let_go(self._clock())
        self._ready.append(slot)

    def _of_agency(self, agency: str, change: int) -> None:
        """Count what an agency has under way; its parked hosts may go when there is room again."""
        count = self._under_way[agency] = self._under_way.get(agency, 0) + change
        if count == 0:
            del self._under_way[agency]
        parked = self._parked.get(agency)
        if parked is None or count >= self._share:
            return
        # All of them when nothing else of the agency would call them.
        for _ in range(min(len(parked), self._share - count) if count else len(parked)):
            slot = parked.popleft()
            slot.state = "ready"
            self._ready.append(slot)
        if not parked:
            del self._parked[agency]

    def _is_parked(self, slot: HostSlot) -> bool:
        """The agency whose job is next has its share of what is under way: its host waits, others go on."""
        if slot.taken_back or slot.turns:
            return False
        agency = slot.queue.first
        if agency is None or self._under_way.get(agency, 0) < self._share:
            return False
        slot.state = "parked"
        self._parked.setdefault(agency, deque()).append(slot)
        return True

    # all of it

    def resume(self) -> None:
        self.paused = False
        self.wake(0.0)

    def waiting(self) -> Iterator[Job]:
        """Every job that was not handed out."""
        for slot in self.slots.values():
            yield from slot.taken_back
            yield from slot.queue
        yield from (job for _, _, job in self._later)

    @property
    def full(self) -> int:
        """Hosts that have had their most of the day, and more is waiting for them."""
        now = self._clock()
        return sum(1 for _, _, slot in self._sleeping if slot.full_until > now)

    @property
    def held(self) -> int:
        """Hosts that have more to be asked and wait for their delay."""
        return len(self._sleeping)
