"""Several processes crawl a round on one machine, a shard each; this one starts them, watches, and sums up.

What they have done lies in the evidence folder alone: whichever of them dies, another goes on where it was.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from crawler.engine.progress import Progress, State, total
from crawler.fleet.child import TICK, Child
from crawler.fleet.told import progress_of, told
from crawler.fleet.visiting import Stop, Visited, Visiting, is_over
from evidence import layout
from evidence.errors import EvidenceBusy

ATTEMPTS = 5  # processes that may die over one shard
PER_LANE = (
    4  # processes at most, all but one of them with few agencies left; each has its memory, and its browser
)
_ROOM = 0.25  # of a shard: with so much of it over, the next begins beside it


def may_begin(left: float, processes: int, lanes: int) -> bool:
    """Whether another shard may begin in a process of its own.

    left: shares of their agencies that are not over, 0 to 1 each, of all shards under way together. A shard has as many
    agencies as a process visits at once, so that places fall free, and would stay free until its slowest is over.
    """
    return left <= lanes - _ROOM and processes < lanes * PER_LANE


@dataclass(slots=True)
class Lanes:
    """Visits shards in processes, as many at once as `lanes` has room for (`may_begin`). every: called now and then, from
    this process.

    `run` raises EvidenceBusy where the others are complete and another crawl has a shard.
    """

    visiting: Visiting
    lanes: int
    progress: Callable[[Progress], None]
    stop: Stop
    every: Callable[[], None] = lambda: None
    _running: list[Child] = field(default_factory=list)
    _deaths: dict[int, int] = field(default_factory=dict)
    _over: dict[int, Progress] = field(default_factory=dict)
    _ended: list[Visited] = field(default_factory=list)
    _given_up: list[Visited] = field(default_factory=list)
    _busy: list[EvidenceBusy] = field(default_factory=list)

    def run(self, shards: Sequence[int]) -> Visited:
        """Of all of them together: complete when each is; else what keeps it from that."""
        waiting = deque(shard for shard in shards if not is_over(self.visiting, shard))
        for shard in set(shards).difference(waiting):
            if (last := progress_of(told(self.visiting.folder / layout.shard_name(shard)))) is not None:
                self._over[shard] = last.at_rest()
        began = time.monotonic()
        try:
            while self._running or waiting:
                while waiting and not self._stopping and self._may_begin():
                    self._running.append(self._started(waiting.popleft()))
                if not self._running:
                    break
                time.sleep(TICK)
                for lane in list(self._running):
                    if lane.ended():
                        self._bury(lane, waiting)
                    elif self._stopping:
                        lane.ask_to_stop()
                known = [lane.progress for lane in self._running if lane.progress] + list(self._over.values())
                if known:
                    self.progress(total(known, self._agencies(shards), time.monotonic() - began))
                self.every()
        finally:
            for lane in self._running:
                lane.kill()
        visited = all_visited([*self._ended, *self._given_up], left=bool(waiting))
        if self._busy and visited.state == "complete":
            raise self._busy[0]
        return visited

    @property
    def _stopping(self) -> bool:
        """Somebody asked for it, or a shard cannot go on: the others would meet the same.

        A shard whose processes die, over a page that no memory is enough for, is given up alone.
        """
        return self.stop.is_set() or any(one.state != "complete" for one in self._ended)

    def _may_begin(self) -> bool:
        left = sum(1 - _share_over(lane.progress) for lane in self._running)
        return may_begin(left, len(self._running), self.lanes)

    def _agencies(self, shards: Sequence[int]) -> int:
        return sum(len(self.visiting.agencies_of(shard)) for shard in shards)

    def _started(self, shard: int) -> Child:
        return Child.start(self.visiting.folder, shard, partial(_given, self.visiting))

    def _bury(self, lane: Child, waiting: deque[int]) -> None:
        """A process has ended: with an outcome, or another one goes on with its shard."""
        self._running.remove(lane)
        if lane.progress is not None:
            self._over[lane.shard] = lane.progress.at_rest()
        if isinstance(lane.outcome, EvidenceBusy):
            self._busy.append(lane.outcome)
            return
        if lane.outcome is not None:
            self._ended.append(lane.outcome)
            return
        self._deaths[lane.shard] = deaths = self._deaths.get(lane.shard, 0) + 1
        if self._stopping:
            self._ended.append(Visited("interrupted"))
        elif deaths < ATTEMPTS:
            waiting.appendleft(lane.shard)
        else:
            detail = (
                f"the process of shard {lane.shard} ended {deaths} times, last with {lane.process.exitcode}"
            )
            self._given_up.append(Visited("failed", detail))


def _share_over(progress: Progress | None) -> float:
    """Of a shard's agencies, 0 to 1."""
    return progress.done / progress.agencies if progress is not None and progress.agencies else 0.0


def all_visited(ended: Sequence[Visited], *, left: bool) -> Visited:
    """Several runs together: complete when each is. left: whether a shard was not come to."""
    states = {one.state for one in ended} | ({"interrupted"} if left else set())
    worst: Sequence[State] = ("failed", "paused", "interrupted")
    state: State = next((state for state in worst if state in states), "complete")
    return Visited(state, "; ".join(one.detail for one in ended if one.detail))


def _given(visiting: Visiting) -> Visiting:
    return visiting
