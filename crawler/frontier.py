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
from collections.abc import Callable, Iterator

from crawler.addresses import HOSTS_AT_ONCE, Address, Addresses, exempt_networks
from crawler.host_slot import HostSlot, Turn
from crawler.jobs import Job

Admit = Callable[[Job], bool]


class Frontier:
    """All waiting jobs of a crawl.

    admit: asked just before a job is handed out; False means that the job was refused and dealt with.
    wake: asks for `next_job` to be called after so many seconds. clock: monotonic seconds.
    paused: nothing goes out until `resume`.
    """

    def __init__(
        self,
        *,
        delay: float,
        per_host: int,
        admit: Admit,
        per_day: int = 0,
        addresses: Addresses | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.delay = delay
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
        self._addresses = addresses or Addresses(HOSTS_AT_ONCE * per_host, exempt_networks())
        self._address: dict[HostSlot, Address] = {}
        self._called: dict[HostSlot, Address] = {}  # a seat is kept for them
        self._seats: dict[Job | Turn, Address] = {}
        self._unwritten: set[Job | Turn] = set()
        self._ready: deque[HostSlot] = deque()
        self._sleeping: list[tuple[float, int, HostSlot]] = []
        self._later: list[tuple[float, int, Job]] = []
        self._order = itertools.count()

    def slot(self, host: str) -> HostSlot:
        found = self.slots.get(host)
        if found is None:
            found = self.slots[host] = HostSlot(host, self.delay, self.per_host, self.per_day)
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
            self._give_up_call(slot, now)
            self._offer(slot, now)
            if job is not None:
                return job
        due = min((heap[0][0] for heap in (self._sleeping, self._later) if heap), default=None)
        if due is not None:
            self.wake(max(0.0, due - now))
        return None

    def _served(self, slot: HostSlot, now: float) -> Job | None:
        """Let go what is next for a host whose time has come, if its address has a seat."""
        if slot.busy or slot.due_at > now or not self._has_seat(slot, now):
            return None
        turn = slot.next_turn()
        if turn is not None:
            slot.handed_out(now, turn=True)
            self._let_go(slot, turn)
            turn.granted()
            return None
        job = self._admitted(slot)
        if job is not None:
            slot.handed_out(now)
            self._let_go(slot, job)
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

    def _let_go(self, slot: HostSlot, visit: Job | Turn) -> None:
        self._unwritten.add(visit)
        address = self._address.get(slot)
        if address is not None:
            self._take_seat(address, slot, visit)

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
        slot = self._over(job, now)
        slot.answered(status, timed_out, retry_after, now)
        self._offer(slot, now)

    def end_turn(self, turn: Turn, begun: bool) -> None:
        """begun: it had been granted."""
        now = self._clock()
        slot = self.slot(turn.host)
        if begun:
            self.written(turn)
            self._over(turn, now)
            self._offer(slot, now)
            self.wake(0.0)
        elif turn in slot.turns:
            slot.turns.remove(turn)

    def _over(self, visit: Job | Turn, now: float) -> HostSlot:
        slot = self.slot(visit.host)
        slot.released(visit not in self._unwritten)
        self._unwritten.discard(visit)
        self._free_seat(self._seats.pop(visit, None), now)
        return slot

    # addresses

    def reached(self, job: Job, text: str) -> bool:
        """The job is about to connect there. False: the address is full, the job is taken back and comes again."""
        address = self._addresses.of(text)
        if self._seats.get(job) is address or job.purpose == "control":
            return True
        now = self._clock()
        slot = self.slot(job.host)
        if address is None:
            self._address.pop(slot, None)
            self._free_seat(self._seats.pop(job, None), now)
            return True
        self._address[slot] = address
        if address.free:
            self._free_seat(self._seats.pop(job, None), now)
            self._take_seat(address, slot, job)
            return True
        self.in_flight -= 1
        self.queued += 1
        self._over(job, now)
        slot.take_back(job, now)
        if slot.state == "idle" and slot.due_at <= now:
            self._stand_in_line(address, slot, now)
        self._offer(slot, now)
        self.wake(0.0)
        return False

    def _has_seat(self, slot: HostSlot, now: float) -> bool:
        """Whether the host's address takes one more; else the host stands in its line."""
        address = self._address.get(slot)
        if address is None or slot in self._called or address.free:
            return True
        self._stand_in_line(address, slot, now)
        return False

    def _stand_in_line(self, address: Address, slot: HostSlot, now: float) -> None:
        slot.state = "in line"
        slot.hold(now)
        address.line.append(slot)

    def _take_seat(self, address: Address, slot: HostSlot, visit: Job | Turn) -> None:
        kept = self._called.pop(slot, None)
        if kept is None:
            address.in_flight += 1
        self._seats[visit] = kept or address

    def _give_up_call(self, slot: HostSlot, now: float) -> None:
        """A host that was called and had nothing to send: the next in line."""
        self._free_seat(self._called.pop(slot, None), now)

    def _free_seat(self, address: Address | None, now: float) -> None:
        if address is None:
            return
        if not address.line:
            address.in_flight -= 1
            return
        slot = address.line.popleft()
        slot.state = "ready"
        self._called[slot] = address
        slot.let_go(now)
        self._ready.append(slot)

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
