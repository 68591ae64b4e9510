"""Which job goes next, for many hosts and agencies at once.

Hands out a job only when its host is ready for it, so nothing waits elsewhere and no slow host
stands in another's way. Guarantees: never more than `per_host` requests of a host in flight, never two
closer than its delay, never more than `per_day` in 24 hours; never more at once, and in a delay, to one address than it bears.
Not here: whether a job is allowed (`admit`), what follows from an answer.
"""

from __future__ import annotations

import heapq
import itertools
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator

from crawler.jobs import Job
from crawler.politeness.addresses import HOSTS_AT_ONCE, AddressCapacity, KnownAddresses, exempt_networks
from crawler.politeness.host_slot import HostSlot, Permit

PLACES = 320  # exchanges under way
SHARE = 64  # of these an agency has at most: one with a hundred dead hosts holds up no other
_LEAST = 2  # an agency may always have, however full the places are
Admit = Callable[[Job], bool]


class Frontier:
    """All waiting jobs of a crawl.

    delay_of: seconds between two requests to a host.
    admit: asked just before a job is handed out; False means that the job was refused and dealt with.
    wake: asks for `next_job` to be called after so many seconds. clock: monotonic seconds.
    share: of what is under way for one agency at most, and of the free places no more than a quarter: agencies
    with a hundred dead hosts leave room for others.
    wanted_by: agencies that wait for a robots job of whichever of them; it goes as soon as one of them may.
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
        addresses: KnownAddresses | None = None,
        share: int = SHARE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.delay_of = delay_of
        self.per_host = per_host
        self.per_day = per_day
        self.admit = admit
        self.wake: Callable[[float], None] = lambda seconds: None
        self.wanted_by: Callable[[Job], Iterable[str]] = lambda job: ()
        self.paused = False
        self.closed = False
        self.slots: dict[str, HostSlot] = {}
        self.queued = 0
        self.in_flight = 0
        self._clock = clock
        self._share = share
        self._capacity = AddressCapacity(
            addresses or KnownAddresses(HOSTS_AT_ONCE * per_host, exempt_networks(content_delivery)),
            self._called,
        )
        self._under_way: dict[str, int] = {}
        self._parked: dict[str, dict[HostSlot, None]] = {}
        self._unwritten: set[Job | Permit] = set()
        self._ready: deque[HostSlot] = deque()
        self._sleeping: list[tuple[float, int, HostSlot]] = []
        self._later: list[tuple[float, int, Job]] = []
        self._order = itertools.count()

    @property
    def due_later(self) -> tuple[int, float]:
        """How many jobs are not to go before their time, and the seconds until the first may."""
        return len(self._later), max(0.0, self._later[0][0] - self._clock()) if self._later else 0.0

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

    def ask_permit(self, permit: Permit) -> None:
        """A visit that is no job: its `granted` is called when the host is ready for it."""
        slot = self.slot(permit.host)
        slot.permits.append(permit)
        self._offer(slot, self._clock())
        self.wake(0.0)

    def _push(self, job: Job, now: float) -> None:
        slot = self.slot(job.host)
        slot.queue.push(job)
        self._offer(slot, now)

    def look_again(self, host: str) -> None:
        """Another agency waits for a robots job of the host."""
        self._offer(self.slot(host), self._clock())
        self.wake(0.0)

    def _offer(self, slot: HostSlot, now: float) -> None:
        """Put a host where it belongs, unless it stands in a queue already."""
        if slot.state not in ("idle", "sleeping", "parked") or not len(slot) or slot.busy:
            return
        when = self._when(slot)
        if when is None:
            self._park(slot)
        elif slot.state != "sleeping" or when < slot.wakes:
            self._unpark(slot)
            if when > now:
                slot.state, slot.wakes = "sleeping", when
                if slot.full_until > now:
                    slot.hold(now, slot.full_until)
                heapq.heappush(self._sleeping, (when, next(self._order), slot))
                self.wake(when - now)
            else:
                slot.state = "ready"
                self._ready.append(slot)

    @property
    def _room(self) -> int:
        """How many an agency may have under way, as full as it is now."""
        return max(_LEAST, min(self._share, (PLACES - self.in_flight) // 4))

    def _wanting(self, slot: HostSlot) -> Iterator[tuple[str, str]]:
        """Whose next job may go, and in whose name, in their order: agencies with room under way."""
        room = self._room
        for agency in slot.queue.agencies:
            if self._under_way.get(agency, 0) < room:
                yield agency, agency
            job = slot.queue.first(agency)
            if job.purpose == "robots":
                for other in self.wanted_by(job):
                    if self._under_way.get(other, 0) < room:
                        yield agency, other

    def _when(self, slot: HostSlot) -> float | None:
        """The earliest that something of the host may go; None while all who wait have their share under way."""
        if slot.taken_back:
            return slot.due_at
        times = [slot.permit_due] if slot.permits else []
        if slot.slowed:
            times += [slot.due_of(name) for _, name in self._wanting(slot)]
        elif next(self._wanting(slot), None) is not None:
            times.append(slot.due_at)
        return min(times, default=None)

    def next_job(self, now: float) -> Job | None:
        if self.paused or self.closed:
            return None
        rested = self._capacity.rested(now)
        while self._later and self._later[0][0] <= now:
            self._push(heapq.heappop(self._later)[2], now)
        while self._sleeping and self._sleeping[0][0] <= now:
            wakes, _, slot = heapq.heappop(self._sleeping)
            if slot.state == "sleeping" and slot.wakes == wakes:  # else it was called before
                slot.state = "idle"
                self._offer(slot, now)
        while self._ready:
            slot = self._ready.popleft()
            slot.state = "idle"
            job = self._served(slot, now)
            self._capacity.pass_on(slot)
            self._offer(slot, now)
            if job is not None:
                return job
        due = [heap[0][0] for heap in (self._sleeping, self._later) if heap]
        if rested is not None:
            due.append(rested)
        if due:
            self.wake(max(0.0, min(due) - now))
        return None

    def _served(self, slot: HostSlot, now: float) -> Job | None:
        """Let go what is next for a host whose time has come, if its address has a place."""
        when = self._when(slot)
        if slot.busy or when is None or when > now:
            return None
        if not self._capacity.free_for(slot):
            self._stand_in_line(slot, now)
            return None
        jobs = bool(slot.taken_back) or self._whose(slot, now) is not None
        permit = slot.next_permit(jobs) if slot.permit_due <= now else None
        if permit is not None:
            slot.handed_out(now, None)
            self._unwritten.add(permit)
            self._capacity.take(slot, permit)
            permit.granted()
            return None
        job = self._admitted(slot, now)
        if job is not None:
            slot.handed_out(now, job.agency)
            self._unwritten.add(job)
            self._capacity.take(slot, job)
            self._of_agency(job.agency, 1)
            self.in_flight += 1
        return job

    def _whose(self, slot: HostSlot, now: float) -> tuple[str, str] | None:
        """Whose job is next, and in whose name."""
        return next((pair for pair in self._wanting(slot) if slot.due_of(pair[1]) <= now), None)

    def _admitted(self, slot: HostSlot, now: float) -> Job | None:
        if slot.taken_back:
            self.queued -= 1
            return slot.taken_back.pop()
        while (whose := self._whose(slot, now)) is not None:
            self.queued -= 1
            job = slot.queue.pop(whose[0])
            job.agency = whose[1]
            if self.admit(job):
                return job
        return None

    # what came of it

    def written(self, visit: Job | Permit) -> None:
        """The request is on its way, or a permit has had its time for that."""
        if visit in self._unwritten:
            self._unwritten.discard(visit)
            now = self._clock()
            slot = self.slot(visit.host)
            slot.written(now, visit.agency if isinstance(visit, Job) else None)
            self._offer(slot, now)
            self.wake(0.0)

    def again(self, job: Job) -> float:
        """The request has to be sent anew: seconds until that keeps its distance."""
        if job.purpose == "control" or job in self._unwritten:
            return 0.0
        self._unwritten.add(job)
        return self.slot(job.host).again(self._clock(), job.agency)

    def answered(self, job: Job, status: int | None, timed_out: bool, wait: float | None) -> None:
        """Learn from an outcome, as soon as it is there. wait: seconds that the response asks for."""
        self.slot(job.host).answered(job.agency, status, timed_out, wait, self._clock())

    def release(self, job: Job) -> None:
        """The job's exchange is over, and read: its place is free."""
        self.in_flight -= 1
        slot = self._over(job)
        self._of_agency(job.agency, -1)
        self._offer(slot, self._clock())

    def end_permit(self, permit: Permit, begun: bool) -> None:
        """begun: it had been granted."""
        now = self._clock()
        slot = self.slot(permit.host)
        if begun:
            self.written(permit)
            self._over(permit)
            self._offer(slot, now)
            self.wake(0.0)
        elif permit in slot.permits:
            slot.permits.remove(permit)

    def _over(self, visit: Job | Permit) -> HostSlot:
        slot = self.slot(visit.host)
        was_full = slot.full_until > 0
        was_written = visit not in self._unwritten
        slot.released(was_written)
        self._unwritten.discard(visit)
        # by the round's own delay: a host that asks for more in its robots.txt holds up no neighbour
        self._capacity.leave(visit, slot.sent_at + self.delay_of(slot.name) if was_written else 0.0)
        self._capacity.rested(self._clock())
        if was_full and not slot.full_until and slot.state == "sleeping":
            self._rouse(slot, self._clock())
        return slot

    def _rouse(self, slot: HostSlot, now: float) -> None:
        """What was not sent after all leaves room in a day that was full: the host need not sleep until the next."""
        slot.state = "idle"
        slot.let_go(now)
        self._offer(slot, now)
        self.wake(0.0)

    def reached(self, job: Job, address: str) -> bool:
        """The job is about to connect there. False: the address is full, the job is taken back and comes again."""
        if job.purpose == "control":
            return True
        slot = self.slot(job.host)
        if self._capacity.reached(slot, job, address):
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

    def waits_for_lock(self, host: str, waits: bool) -> None:
        """Another process is at the host's address, or has left it: the wait is no agency's."""
        slot = self.slot(host)
        (slot.hold if waits else slot.let_go)(self._clock())

    def _stand_in_line(self, slot: HostSlot, now: float) -> None:
        slot.state = "in line"
        slot.hold(now)
        self._capacity.stand_in_line(slot)

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
        if parked is None or count >= (room := self._room):
            return
        # All of them when nothing else of the agency would call them.
        for slot in list(itertools.islice(parked, room - count if count else None)):
            self._unpark(slot)
            slot.state = "ready"
            self._ready.append(slot)

    def _park(self, slot: HostSlot) -> None:
        """All agencies that wait there have their share of what is under way: the host waits, others go on."""
        slot.state = "parked"
        for agency in slot.queue.agencies:
            job = slot.queue.first(agency)
            for name in (agency, *(self.wanted_by(job) if job.purpose == "robots" else ())):
                self._parked.setdefault(name, {})[slot] = None

    def _unpark(self, slot: HostSlot) -> None:
        if slot.state != "parked":
            return
        slot.state = "idle"
        for agency, parked in list(self._parked.items()):
            parked.pop(slot, None)
            if not parked:
                del self._parked[agency]

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
        return sum(1 for slot in self._asleep if slot.full_until > now)

    @property
    def held(self) -> int:
        """Hosts that have more to be asked and wait for their delay."""
        return len(self._asleep)

    @property
    def _asleep(self) -> set[HostSlot]:
        return {slot for due, _, slot in self._sleeping if slot.state == "sleeping" and slot.wakes == due}
