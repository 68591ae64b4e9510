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
from crawler.fleet.shard_process import TICK, ShardProcess
from crawler.fleet.shard_progress import progress_of, read_progress
from crawler.fleet.shard_run import ShardContext, ShardOutcome, StopSignal, is_over
from evidence import layout
from evidence.errors import EvidenceBusy

ATTEMPTS = 5  # processes that may die over one shard
PROCESSES_PER_SLOT = (
    4  # processes at most, all but one of them with few agencies left; each has its memory, and its browser
)
_ROOM = 0.25  # of a shard: with so much of it over, the next begins beside it


def may_start(left: float, processes: int, concurrency: int) -> bool:
    """Whether another shard may begin in a process of its own.

    left: shares of their agencies that are not over, 0 to 1 each, of all shards under way together. A shard has as many
    agencies as a process visits at once, so that places fall free, and would stay free until its slowest is over.
    """
    return left <= concurrency - _ROOM and processes < concurrency * PROCESSES_PER_SLOT


@dataclass(slots=True)
class ProcessPool:
    """Visits shards in processes, as many at once as `concurrency` has room for (`may_start`). every: called now and then, from
    this process.

    `run` raises EvidenceBusy where the others are complete and another crawl has a shard.
    """

    context: ShardContext
    concurrency: int
    progress: Callable[[Progress], None]
    stop: StopSignal
    every: Callable[[], None] = lambda: None
    _running: list[ShardProcess] = field(default_factory=list)
    _deaths: dict[int, int] = field(default_factory=dict)
    _over: dict[int, Progress] = field(default_factory=dict)
    _ended: list[ShardOutcome] = field(default_factory=list)
    _given_up: list[ShardOutcome] = field(default_factory=list)
    _busy: list[EvidenceBusy] = field(default_factory=list)

    def run(self, shards: Sequence[int]) -> ShardOutcome:
        """Of all of them together: complete when each is; else what keeps it from that."""
        waiting = deque(shard for shard in shards if not is_over(self.context, shard))
        for shard in set(shards).difference(waiting):
            if (
                last := progress_of(read_progress(self.context.folder / layout.shard_name(shard)))
            ) is not None:
                self._over[shard] = last.at_rest()
        began = time.monotonic()
        try:
            while self._running or waiting:
                while waiting and not self._stopping and self._may_start():
                    self._running.append(self._started(waiting.popleft()))
                if not self._running:
                    break
                time.sleep(TICK)
                for process in list(self._running):
                    if process.ended():
                        self._bury(process, waiting)
                    elif self._stopping:
                        process.ask_to_stop()
                known = [process.progress for process in self._running if process.progress] + list(
                    self._over.values()
                )
                if known:
                    self.progress(total(known, self._agencies(shards), time.monotonic() - began))
                self.every()
        finally:
            for process in self._running:
                process.kill()
        outcome = combined([*self._ended, *self._given_up], left=bool(waiting))
        if self._busy and outcome.state == "complete":
            raise self._busy[0]
        return outcome

    @property
    def _stopping(self) -> bool:
        """Somebody asked for it, or a shard cannot go on: the others would meet the same.

        A shard whose processes die, over a page that no memory is enough for, is given up alone.
        """
        return self.stop.is_set() or any(one.state != "complete" for one in self._ended)

    def _may_start(self) -> bool:
        left = sum(1 - _share_over(process.progress) for process in self._running)
        return may_start(left, len(self._running), self.concurrency)

    def _agencies(self, shards: Sequence[int]) -> int:
        return sum(len(self.context.agencies_of(shard)) for shard in shards)

    def _started(self, shard: int) -> ShardProcess:
        return ShardProcess.start(self.context.folder, shard, partial(_given, self.context))

    def _bury(self, process: ShardProcess, waiting: deque[int]) -> None:
        """A process has ended: with an outcome, or another one goes on with its shard."""
        self._running.remove(process)
        if process.progress is not None:
            self._over[process.shard] = process.progress.at_rest()
        if isinstance(process.outcome, EvidenceBusy):
            self._busy.append(process.outcome)
            return
        if process.outcome is not None:
            self._ended.append(process.outcome)
            return
        self._deaths[process.shard] = deaths = self._deaths.get(process.shard, 0) + 1
        if self._stopping:
            self._ended.append(ShardOutcome("interrupted"))
        elif deaths < ATTEMPTS:
            waiting.appendleft(process.shard)
        else:
            detail = f"the process of shard {process.shard} ended {deaths} times, last with {process.process.exitcode}"
            self._given_up.append(ShardOutcome("failed", detail))


def _share_over(progress: Progress | None) -> float:
    """Of a shard's agencies, 0 to 1."""
    return progress.done / progress.agencies if progress is not None and progress.agencies else 0.0


def combined(ended: Sequence[ShardOutcome], *, left: bool) -> ShardOutcome:
    """Several runs together: complete when each is. left: whether a shard was not come to."""
    states = {one.state for one in ended} | ({"interrupted"} if left else set())
    worst: Sequence[State] = ("failed", "paused", "interrupted")
    state: State = next((state for state in worst if state in states), "complete")
    return ShardOutcome(state, "; ".join(one.detail for one in ended if one.detail))


def _given(context: ShardContext) -> ShardContext:
    return context
