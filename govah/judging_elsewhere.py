"""The checks on the workers of a cluster, an agency each: many short tasks, and the same findings as here.

A worker reads round and evidence from the folder that all machines share; it writes nothing and holds no key.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from checks.finding import Finding, canonical
from claims.model import Round
from crawler.dask_link import ANSWER, RESOURCE, ClusterUnusable, Scheduler, workers
from crawler.lanes import ATTEMPTS
from evidence.store import EvidenceStore
from govah import stages

_TICK = 0.1
_LOOK = 20  # ticks between two looks at who is there
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

    store = EvidenceStore.open(stages.Places(judging.round_folder).evidence)
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
    note: Callable[[str, Mapping[str, object]], None],
    round: Round,
    store: EvidenceStore,
    agencies: frozenset[str] | None,
    told: Callable[[int, int], None],
) -> list[Finding]:
    """As `stages.run_over`, in the same order. note: as in `crawler.cluster.Elsewhere`.

    Raises ClusterUnusable, and what a check raised on a worker.
    """
    wanted = [agency.id for agency in round.agencies if agencies is None or agency.id in agencies]
    judging = Judging(round.folder.resolve(), stages.as_of(round, store), _rules(), stages.new_id())
    fan = _Fan(scheduler, note, judging, wanted, told)
    asyncio.run(fan.run())
    if fan.error is not None:
        raise fan.error
    return [finding for agency in wanted for finding in fan.found[agency]]


@dataclass(slots=True)
class _Fan:
    """error: what a check raised on a worker; it ends the run."""

    scheduler: Scheduler
    note: Callable[[str, Mapping[str, object]], None]
    judging: Judging
    wanted: list[str]
    told: Callable[[int, int], None]
    found: dict[str, list[Finding]] = field(default_factory=dict)
    error: BaseException | None = None
    _attempts: Counter[str] = field(default_factory=Counter)
    _noted: set[str] = field(default_factory=set)

    async def run(self) -> None:
        known = False
        while self.error is None and len(self.found) < len(self.wanted):
            try:
                async with self.scheduler.connected() as client:
                    known = True
                    await self._collect(client)
            except (ClusterUnusable, OSError) as error:
                if not known:
                    raise
                self._note_once("lost", error)
                await asyncio.sleep(_TICK)

    async def _collect(self, client: Any) -> None:
        """Until every agency is judged. Raises OSError when the scheduler is lost."""
        waiting = deque(agency for agency in self.wanted if agency not in self.found)
        under_way: dict[str, Any] = {}
        lanes = ticks = 0
        while self.error is None and (waiting or under_way):
            if ticks % _LOOK == 0:
                lanes = len(await workers(client))
                if not lanes:
                    self._note_once("no_workers", None)
            ticks += 1
            while waiting and len(under_way) < _EACH * lanes:
                agency = waiting.popleft()
                self._attempts[agency] += 1
                under_way[agency] = client.submit(
                    judge,
                    self.judging,
                    agency,
                    key=f"govah-check-{self.judging.run}-{agency}-{self._attempts[agency]}",
                    resources={RESOURCE: 1},
                    pure=False,
                )
            await asyncio.sleep(_TICK)
            for agency, future in list(under_way.items()):
                if future.status == "pending":
                    continue
                del under_way[agency]
                await self._hear(agency, future, waiting)

    async def _hear(self, agency: str, future: Any, waiting: deque[str]) -> None:
        from distributed.scheduler import KilledWorker

        if future.status == "finished":
            try:
                self.found[agency] = await asyncio.wait_for(future, 6 * ANSWER)
            except asyncio.CancelledError as cancelled:
                raise ConnectionError("the scheduler is gone") from cancelled
            self.told(len(self.found), len(self.wanted))
            return
        if future.status != "error":
            raise ConnectionError("the scheduler forgot what it was given")
        error = await asyncio.wait_for(future.exception(), ANSWER)
        if isinstance(error, KilledWorker) and self._attempts[agency] < ATTEMPTS:
            waiting.append(agency)
        else:
            self.error = error

    def _note_once(self, code: str, detail: object) -> None:
        if code not in self._noted:
            self._noted.add(code)
            self.note(code, {"address": self.scheduler.address, "detail": detail})
