"""Several processes crawl a round on one machine, a shard each; this one starts them, watches, and sums up.

What they have done lies in the evidence folder alone: whichever of them dies, another goes on where it was.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING

from crawler.progress import Progress, total
from crawler.visiting import Stop, Visited, Visiting, visit
from evidence.errors import EvidenceBusy

if TYPE_CHECKING:
    from multiprocessing.context import SpawnContext

ATTEMPTS = 5  # processes that may die over one shard
_TICK = 0.2
_PR_SET_PDEATHSIG = 1


@dataclass(slots=True, eq=False)
class _Lane:
    shard: int
    process: BaseProcess
    results: Connection
    progress: Progress | None = None
    outcome: Visited | EvidenceBusy | None = None
    asked_to_stop: bool = False


@dataclass(slots=True)
class Lanes:
    """Visits shards in processes, at most `lanes` at once. every: called now and then, from this process.

    `run` raises EvidenceBusy when another crawl has a shard.
    """

    visiting: Visiting
    lanes: int
    progress: Callable[[Progress], None]
    stop: Stop
    every: Callable[[], None] = lambda: None
    _running: list[_Lane] = field(default_factory=list)
    _deaths: dict[int, int] = field(default_factory=dict)
    _over: dict[int, Progress] = field(default_factory=dict)
    _ended: list[Visited] = field(default_factory=list)

    def run(self, shards: Sequence[int]) -> Visited:
        """Of all of them together: complete when each is; else what keeps it from that."""
        waiting = deque(shards)
        context = get_context("spawn")
        began = time.monotonic()
        try:
            while self._running or waiting:
                while waiting and len(self._running) < self.lanes and not self._stopping:
                    self._running.append(self._started(context, waiting.popleft()))
                if not self._running:
                    break
                time.sleep(_TICK)
                for lane in list(self._running):
                    ended = not lane.process.is_alive()
                    self._listen(lane)
                    if ended:
                        self._bury(lane, waiting)
                    elif self._stopping and not lane.asked_to_stop:
                        lane.asked_to_stop = True
                        lane.process.terminate()
                known = [lane.progress for lane in self._running if lane.progress] + list(self._over.values())
                if known:
                    self.progress(total(known, self._agencies(shards), time.monotonic() - began))
                self.every()
        finally:
            for lane in self._running:
                lane.process.kill()
                lane.process.join()
        return _sum(self._ended, left=bool(waiting))

    @property
    def _stopping(self) -> bool:
        """Somebody asked for it, or a shard cannot go on: the others would meet the same."""
        return self.stop.is_set() or any(one.state != "complete" for one in self._ended)

    def _agencies(self, shards: Sequence[int]) -> int:
        return sum(len(self.visiting.agencies_of(shard)) for shard in shards)

    def _started(self, context: SpawnContext, shard: int) -> _Lane:
        results, told = context.Pipe(duplex=False)
        process = context.Process(
            target=_lane, args=(self.visiting, shard, told, os.getpid()), name=f"govah shard {shard}"
        )
        process.start()
        told.close()
        return _Lane(shard, process, results)

    def _listen(self, lane: _Lane) -> None:
        with contextlib.suppress(EOFError, OSError):
            while lane.results.poll():
                message = lane.results.recv()
                if isinstance(message, Visited | EvidenceBusy):
                    lane.outcome = message
                elif message is not None:
                    lane.progress = message

    def _bury(self, lane: _Lane, waiting: deque[int]) -> None:
        """A process has ended: with an outcome, or another one goes on with its shard."""
        lane.process.join()
        lane.results.close()
        self._running.remove(lane)
        if lane.progress is not None:
            self._over[lane.shard] = replace(lane.progress, active=0, queued=0, in_flight=0, rate=0.0)
        if isinstance(lane.outcome, EvidenceBusy):
            raise lane.outcome
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
            self._ended.append(Visited("failed", detail))


def _sum(ended: Sequence[Visited], *, left: bool) -> Visited:
    states = {one.state for one in ended} | ({"interrupted"} if left else set())
    worst = next((state for state in ("failed", "paused", "interrupted") if state in states), "complete")
    return Visited(worst, "; ".join(one.detail for one in ended if one.detail))  # type: ignore[arg-type]


@dataclass(slots=True)
class _Telling:
    """How far a process is. It waits for nobody to listen: who started it may be stopped (Ctrl-Z) for hours."""

    told: Connection
    latest: Progress | None = None
    sent: float = 0.0

    def __call__(self, now: Progress) -> None:
        self.latest = now
        # a pipe that can be written to takes as much as this at once
        if time.monotonic() - self.sent >= _TICK and select.select([], [self.told], [], 0)[1]:
            self.sent = time.monotonic()
            self.told.send(now)


def _lane(visiting: Visiting, shard: int, told: Connection, parent: int) -> None:
    """What a process does. It dies with the one that started it, and a key pressed at the terminal is not for it."""
    os.setsid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        return  # it died before we could ask to be told
    telling = _Telling(told)
    try:
        outcome: Visited | EvidenceBusy = visit(
            visiting, shard, progress=telling, stop=threading.Event(), signer=None
        )
    except EvidenceBusy as busy:
        outcome = busy
    told.send(telling.latest)
    told.send(outcome)
