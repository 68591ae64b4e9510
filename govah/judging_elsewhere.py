"""The checks on the workers of a cluster, an agency each: many short tasks, and the same findings as here.

A worker reads round and evidence from the folder that all machines share; it writes nothing and holds no key.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from checks.finding import Finding, canonical
from claims.model import Round
from crawler.dask_link import (
    ANSWER,
    ClusterUnusable,
    Note,
    Scheduler,
    Worker,
    give,
    look,
    refuse_unfit,
    serve,
    workers,
)
from crawler.lanes import ATTEMPTS
from evidence.store import EvidenceStore
from govah import stages
from govah.places import Places

_TICK = 0.1
_LOOK = 2.0  # seconds between two looks at who is there
_AGAIN = 20.0  # seconds until a worker that was left out is looked at again
_EACH = 4  # agencies that are under way for each worker


@dataclass(frozen=True, slots=True)
class Judging:
    """What a worker is told. run: of this command alone, so that no worker judges by a round that it read for another.

    rules: SHA-256 of the checks' versions and word lists (`checks.basis`).
    """

    round_folder: Path
    clock: dt.datetime
    rules: str
    run: str


class OtherCode(Exception):
    """A worker has other checks than the coordinator, though both say the same version."""


def judge(judging: Judging, agency: str) -> list[Finding]:
    """Runs on a worker."""
    from checks.engine import run_checks

    store = EvidenceStore.open(Places(judging.round_folder).evidence)
    return run_checks(_read(judging), store, as_of=judging.clock, agencies=frozenset({agency}))


@lru_cache(maxsize=1)
def _read(judging: Judging) -> Round:
    if _rules() != judging.rules:
        raise OtherCode("a worker has other checks than this machine")
    return stages.round_of(judging.round_folder)


def _rules() -> str:
    from checks import basis

    return hashlib.sha256(canonical(basis.rules()).encode()).hexdigest()


def run_over(
    scheduler: Scheduler,
    note: Note,
    round: Round,
    store: EvidenceStore,
    agencies: frozenset[str] | None,
    told: Callable[[int, int], None],
) -> list[Finding]:
    """As `stages.run_over`, in the same order.

    Raises ClusterUnusable, and what a check raised on a worker.
    """
    wanted = [agency.id for agency in round.agencies if agencies is None or agency.id in agencies]
    judging = Judging(round.folder.resolve(), stages.as_of(round, store), _rules(), stages.new_id())
    fan = _Fan(scheduler, note, judging, wanted, told)
    asyncio.run(fan.run())
    if fan.error is not None:
        raise fan.error
    return [finding for agency in wanted for finding in fan.found[agency]]


@dataclass(frozen=True, slots=True, eq=False)
class _Given:
    agency: str
    worker: Worker
    future: Any


@dataclass(slots=True)
class _Fan:
    """Each agency is given to one worker by name: whoever joins is looked at first, and whose process died is known here.

    error: what a check raised on a worker; it ends the run.
    """

    scheduler: Scheduler
    note: Note
    judging: Judging
    wanted: list[str]
    told: Callable[[int, int], None]
    found: dict[str, list[Finding]] = field(default_factory=dict)
    error: BaseException | None = None
    _waiting: deque[str] = field(default_factory=deque)
    _given: list[_Given] = field(default_factory=list)
    _fit: list[Worker] = field(default_factory=list)
    _left_out: dict[Worker, float] = field(default_factory=dict)
    _deaths: Counter[str] = field(default_factory=Counter)
    _sent: int = 0
    _noted: set[str] = field(default_factory=set)

    async def run(self) -> None:
        await serve(self.scheduler, self._collect, self._is_wanted, self.note)

    def _is_wanted(self) -> bool:
        return self.error is None and len(self.found) < len(self.wanted)

    async def _collect(self, client: Any) -> None:
        """Until every agency is judged. Raises OSError when the scheduler is lost."""
        self._waiting = deque(agency for agency in self.wanted if agency not in self.found)
        self._given.clear()
        looked = float("-inf")
        while self.error is None and (self._waiting or self._given):
            if time.monotonic() - looked > _LOOK:
                await self._see_who_is_there(client)
                looked = time.monotonic()
            self._give(client)
            await asyncio.sleep(_TICK)
            for given in [one for one in self._given if one.future.status != "pending"]:
                self._given.remove(given)
                await self._hear(client, given)

    async def _see_who_is_there(self, client: Any) -> None:
        """Looks at those that were not there before; what others had that are gone is given out again."""
        present = await workers(client)
        if not present:
            self._note_once("no_workers")
        self._fit = [one for one in self._fit if one in present]
        now = time.monotonic()
        new = [one for one in present if one not in self._fit and self._left_out.get(one, 0.0) <= now]
        await asyncio.gather(*(self._look(client, worker) for worker in new))
        for worker in {given.worker for given in self._given if given.worker not in self._fit}:
            await self._take_back(client, worker)

    async def _look(self, client: Any, worker: Worker) -> bool:
        folder = self.judging.round_folder
        seen = await look(client, worker, folder)
        if seen is None:
            return False
        try:
            refuse_unfit(worker, seen, folder)
        except ClusterUnusable as unfit:
            self._left_out[worker] = time.monotonic() + _AGAIN
            self._fit = [one for one in self._fit if one != worker]
            self._note_once(unfit.code, **unfit.params)
            return False
        if worker not in self._fit:
            self._fit.append(worker)
        return True

    async def _take_back(self, client: Any, worker: Worker) -> None:
        lost = [given for given in self._given if given.worker == worker]
        self._given = [given for given in self._given if given.worker != worker]
        await asyncio.wait_for(client.cancel([given.future for given in lost], force=True), ANSWER)
        self._died(lost[0].agency)  # the others were not begun
        self._waiting.extend(given.agency for given in lost[1:])

    def _died(self, agency: str) -> None:
        self._deaths[agency] += 1
        if self._deaths[agency] < ATTEMPTS:
            self._waiting.append(agency)
        else:
            self.error = ChildProcessError(f"{ATTEMPTS} workers are gone over the checks of {agency}")

    def _give(self, client: Any) -> None:
        load = Counter(given.worker for given in self._given)
        for _ in range(_EACH):
            for worker in self._fit:
                if load[worker] < _EACH and self._waiting:
                    load[worker] += 1
                    self._sent += 1
                    agency = self._waiting.popleft()
                    key = f"govah-check-{self.judging.run}-{agency}-{self._sent}"
                    future = give(client, worker, key, judge, self.judging, agency)
                    self._given.append(_Given(agency, worker, future))

    async def _hear(self, client: Any, given: _Given) -> None:
        status = given.future.status
        if status not in ("finished", "error"):
            if given.worker in await workers(client):
                raise ConnectionError("the scheduler forgot what it was given")
            self._waiting.append(given.agency)  # its findings went with the worker
            return
        asked = given.future if status == "finished" else given.future.exception()
        answer: asyncio.Future[Any] = asyncio.ensure_future(asked)
        while not (await asyncio.wait([answer], timeout=_LOOK))[0]:
            if given.worker not in await workers(client):  # it had done its work, and took it along
                answer.add_done_callback(lambda late: late.cancelled() or late.exception())  # nobody asks it
                self._waiting.append(given.agency)
                return
        if answer.cancelled():
            raise ConnectionError("the scheduler is gone")
        if status == "finished":
            self.found[given.agency] = answer.result()
            self.told(len(self.found), len(self.wanted))
        else:
            await self._failed(client, given, answer.result())

    async def _failed(self, client: Any, given: _Given, error: BaseException) -> None:
        from distributed.scheduler import KilledWorker

        if isinstance(error, KilledWorker):
            self._died(given.agency)
        elif given.worker not in await workers(client) or not await self._look(client, given.worker):
            self._waiting.append(
                given.agency
            )  # a worker without the round's folder says nothing of the evidence
        elif isinstance(error, OtherCode):
            self.error = ClusterUnusable("other_checks", worker=given.worker.address)
        else:
            self.error = error

    def _note_once(self, code: str, **params: object) -> None:
        if code not in self._noted:
            self._noted.add(code)
            self.note(code, {"address": self.scheduler.address, **params})
