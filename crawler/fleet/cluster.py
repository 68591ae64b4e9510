"""Workers of a Dask cluster crawl a round, a shard each; a process without a key gives shards to them, watches, and sums up.

What they have done lies in the evidence folder alone, and what a future says is a hint: a shard is over when the folder says
so. Each shard is given to one worker by name, so that whose process died, and how often, is counted here. Not here: what a
worker does with a shard (`crawler.fleet.worker_task`), how the scheduler is reached (`crawler.fleet.dask_link`), what keeps the key apart
(`crawler.fleet.keyless_process`).
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from claims.model import Round
from crawler.engine.progress import Progress, total
from crawler.fleet import worker_task
from crawler.fleet.dask_link import (
    ANSWER,
    ClusterUnusable,
    DaskScheduler,
    DaskWorker,
    Note,
    describe_worker,
    refuse_unfit,
    serve,
    submit,
    workers,
)
from crawler.fleet.keyless_process import CancelSignal, Tell, forward_note, note_sender, run_without_key
from crawler.fleet.no_pickles import PickleRefused
from crawler.fleet.process_pool import ATTEMPTS, combined
from crawler.fleet.shard_progress import progress_of, read_progress
from crawler.fleet.shard_run import ShardContext, ShardOutcome, is_over
from crawler.fleet.stop_file import StopFile, ask_to_stop
from crawler.fleet.worker_task import WorkerTask
from evidence import layout
from evidence.errors import EvidenceBusy, EvidenceError
from evidence.store import plan as plans
from evidence.store.lease import TTL, alive, is_closed

_TICK = 0.5
_TELL_EVERY = 2.0
_AGAIN = 2.0  # seconds until a shard or a worker that could not be had is tried again


@dataclass(frozen=True, slots=True)
class ClusterOptions:
    """A cluster for a crawl. read: gives the round of a folder, on any machine; a function of a module."""

    scheduler: DaskScheduler
    read: Callable[[Path], Round]
    note: Note


def crawl_on_cluster(
    context: ShardContext,
    options: ClusterOptions,
    progress: Callable[[Progress], None],
    stop: CancelSignal,
    every: Callable[[], None],
    shards: Sequence[int],
) -> ShardOutcome:
    """Visits shards on as many workers as there are, given out by a process of its own. every: called now and then, here.

    Raises ClusterUnusable when the scheduler cannot be reached to begin with, or sends what would run there.
    """

    def hear(name: str, value: Any) -> None:
        try:
            if name == "progress":
                progress(_PROGRESS.validate_python(value))
            elif name == "note":
                forward_note(options.note, value)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ClusterUnusable("client_died", detail=error) from None

    answer = run_without_key(
        _crawl,
        context,
        options.scheduler,
        options.read,
        list(shards),
        hear=hear,
        stop=stop,
        every=every,
    )
    try:
        return _OUTCOME.validate_python(answer)
    except ValueError as error:
        raise ClusterUnusable("client_died", detail=error) from None


def _crawl(
    tell: Tell,
    stop: CancelSignal,
    context: ShardContext,
    scheduler: DaskScheduler,
    read: Callable[[Path], Round],
    shards: Sequence[int],
) -> Any:
    """In the process that has no key."""

    def progress(now: Progress) -> None:
        tell("progress", _PROGRESS.dump_python(now, mode="json"))

    try:
        outcome = ClusterCrawl(
            context, ClusterOptions(scheduler, read, note_sender(tell)), progress, stop
        ).run(shards)
    except (EvidenceError, OSError) as error:
        outcome = ShardOutcome("failed", f"{type(error).__name__}: {error}")
    return _OUTCOME.dump_python(outcome, mode="json")


_PROGRESS, _OUTCOME = TypeAdapter(Progress), TypeAdapter(ShardOutcome)


@dataclass(slots=True, eq=False)
class _Assignment:
    shard: int
    worker: DaskWorker
    future: Any


@dataclass(slots=True)
class ClusterCrawl:
    """Visits shards on as many workers as there are.

    `run` raises ClusterUnusable when the scheduler cannot be reached to begin with; one that is lost later is waited for.
    """

    context: ShardContext
    options: ClusterOptions
    progress: Callable[[Progress], None]
    stop: CancelSignal
    _shards: Sequence[int] = ()
    _task: WorkerTask = field(init=False)
    _stop_file: StopFile = field(init=False)
    _waiting: deque[int] = field(default_factory=deque)
    _given: list[_Assignment] = field(default_factory=list)
    _attempts: Counter[int] = field(default_factory=Counter)
    _rests: dict[int | DaskWorker, float] = field(default_factory=dict)
    _noted: set[str] = field(default_factory=set)
    _left_out: set[DaskWorker] = field(default_factory=set)
    _ended: list[ShardOutcome] = field(default_factory=list)
    _given_up: dict[int, ShardOutcome] = field(default_factory=dict)
    _began: float = field(default_factory=time.monotonic)
    _told: float = float("-inf")
    _sent: int = 0

    def __post_init__(self) -> None:
        context = self.context
        self._stop_file = StopFile(context.folder)
        self._task = WorkerTask(
            round_folder=context.round.folder.resolve(),
            evidence=context.folder.resolve(),
            plan=plans.sha256_in_force(context.folder) or "",
            read=self.options.read,
            crawl_context=context.crawl_context,
            chosen=context.chosen,
        )

    def run(self, shards: Sequence[int]) -> ShardOutcome:
        """Of all of them together: complete when each is; else what keeps it from that."""
        self._shards = shards
        asyncio.run(self._run())
        return combined([*self._ended, *self._given_up.values()], left=bool(self._waiting))

    async def _run(self) -> None:
        await serve(self.options.scheduler, self._serve, self._takes_stock, self.options.note)
        if self._stopping:
            ask_to_stop(self.context.folder)
            await self._at_rest()

    def _takes_stock(self) -> bool:
        """Whether something is missing and wanted, by what lies in the folder: what a lost scheduler was given, it may have
        had done.
        """
        self._given.clear()
        self._waiting = deque(
            shard
            for shard in self._shards
            if shard not in self._given_up and not is_over(self.context, shard)
        )
        return bool(self._waiting) and not self._stopping

    @property
    def _stopping(self) -> bool:
        """Somebody asked for it, here or by the file, or a shard cannot go on: the others would meet the same.

        A shard whose processes die is given up alone.
        """
        return (
            self.stop.is_set()
            or self._stop_file.is_set()
            or any(one.state != "complete" for one in self._ended)
        )

    async def _serve(self, client: Any) -> None:
        """Until nothing is under way, and nothing is left or wanted. Raises OSError when the scheduler is lost."""
        while self._given or (self._waiting and not self._stopping):
            if self._stopping:
                ask_to_stop(self.context.folder)
            present = await workers(client)
            for given in list(self._given):
                await self._hear(client, given, present)
            if not self._stopping:
                await self._give(client, present)
            self._tell()
            await asyncio.sleep(_TICK)
        self._tell(now=True)

    async def _hear(self, client: Any, given: _Assignment, present: Sequence[DaskWorker]) -> None:
        status = given.future.status
        if status in ("cancelled", "lost"):
            raise ConnectionError("the scheduler forgot what it was given")
        if status == "pending" and given.worker in present:
            return
        self._given.remove(given)
        if status == "pending":
            await asyncio.wait_for(client.cancel([given.future], force=True), ANSWER)
            self._gone(given)
            return
        try:
            outcome = worker_task.parse_answer(await asyncio.wait_for(given.future, ANSWER))
        except (TimeoutError, PickleRefused):
            raise
        except worker_task.MalformedAnswer as error:
            self._left_out.add(given.worker)
            self._waiting.appendleft(given.shard)
            self._note_once("hostile_worker", {"worker": given.worker.address, "detail": error})
        except (Exception, asyncio.CancelledError) as error:
            self._failed_once(given.shard, f"{type(error).__name__}: {error}")
        else:
            self._take(given, outcome)

    def _gone(self, given: _Assignment) -> None:
        """A worker left over a shard: well, when it had closed its run, as one does that is asked to go."""
        if is_closed(self.context.folder / layout.shard_name(given.shard)):
            self._waiting.appendleft(given.shard)
        else:
            self._failed_once(given.shard, "its worker is gone")

    def _take(self, given: _Assignment, outcome: worker_task.Answer) -> None:
        shard = given.shard
        if isinstance(outcome, worker_task.ProcessLost):
            self._failed_once(shard, f"exit status {outcome.status}")
        elif isinstance(outcome, EvidenceBusy):
            self._rests[shard] = self._rests[given.worker] = time.monotonic() + _AGAIN
            self._waiting.append(shard)
        elif outcome.state == "complete" and not is_over(self.context, shard):
            self._failed_once(shard, "what it is said to have done is not to be seen here")
        elif outcome.state == "interrupted" and not self._stopping:  # its worker is asked to go
            self._rests[given.worker] = time.monotonic() + _AGAIN
            self._waiting.appendleft(shard)
        else:
            self._ended.append(outcome)

    def _failed_once(self, shard: int, why: str) -> None:
        self._attempts[shard] += 1
        if self._stopping:
            self._ended.append(ShardOutcome("interrupted"))
        elif self._attempts[shard] < ATTEMPTS:
            self._waiting.appendleft(shard)
        else:
            detail = f"the process of shard {shard} ended {self._attempts[shard]} times, last with {why}"
            self._given_up[shard] = ShardOutcome("failed", detail)

    async def _give(self, client: Any, present: Sequence[DaskWorker]) -> None:
        """A shard to every worker that has none."""
        if present:
            self._noted.discard("no_workers")
        else:
            self._note_once("no_workers", {"address": self.options.scheduler.address})
        now = time.monotonic()
        taken = {given.worker for given in self._given} | self._left_out
        free = [one for one in present if one not in taken and self._rests.get(one, 0.0) <= now]
        pairs = list(zip(free, self._ready(now), strict=False))
        looks = await asyncio.gather(
            *(describe_worker(client, worker, self._task.round_folder) for worker, _ in pairs)
        )
        for (worker, shard), seen in zip(pairs, looks, strict=True):
            if seen is None:
                continue
            try:
                refuse_unfit(worker, seen, self._task.round_folder)
            except ClusterUnusable as unfit:
                self._rests[worker] = now + 10 * _AGAIN
                self._note_once(unfit.code, unfit.params)
                continue
            if not seen["free"]:  # with a shard that an earlier coordinator gave it
                self._rests[worker] = now + _AGAIN
                continue
            self._waiting.remove(shard)
            self._sent += 1
            key = f"govah-{self._task.plan[:16]}-{layout.shard_name(shard)}-{self._sent}"
            future = submit(client, worker, key, worker_task.run, self._task, shard)
            self._given.append(_Assignment(shard, worker, future))

    def _ready(self, now: float) -> Iterator[int]:
        """Shards that wait and that nobody visits: an earlier coordinator's workers may be at some."""
        for shard in list(self._waiting):
            if self._rests.get(shard, 0.0) > now:
                continue
            if alive(self.context.folder / layout.shard_name(shard)):
                self._rests[shard] = now + _AGAIN
            else:
                yield shard

    def _note_once(self, code: str, params: Mapping[str, object]) -> None:
        if code not in self._noted:
            self._noted.add(code)
            self.options.note(code, params)

    def _tell(self, *, now: bool = False) -> None:
        if not now and time.monotonic() - self._told < _TELL_EVERY:
            return
        self._told = time.monotonic()
        at_work = {given.shard for given in self._given}
        parts = []
        for shard in self._shards:
            part = progress_of(read_progress(self.context.folder / layout.shard_name(shard)))
            if part is not None:
                parts.append(part if shard in at_work else part.at_rest())
        if parts:
            agencies = sum(len(self.context.agencies_of(shard)) for shard in self._shards)
            self.progress(total(parts, agencies, time.monotonic() - self._began))

    async def _at_rest(self) -> None:
        """Waits until no shard is visited by anybody, as long as one may live without a sign of it."""
        until = time.monotonic() + TTL + ANSWER
        while time.monotonic() < until and any(
            alive(self.context.folder / layout.shard_name(shard)) for shard in self._shards
        ):
            await asyncio.sleep(_TICK)
