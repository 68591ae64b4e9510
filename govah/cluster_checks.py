"""The checks on the workers of a cluster, an agency each: many short tasks, and the same findings as here.

A worker reads round and evidence from the folder that all machines share; it writes nothing and holds no key.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, TypeAdapter

from checks.finding import Finding, SubjectKind, Verdict
from claims.model import Round
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
from crawler.fleet.keyless_process import (
    MOST,
    CancelSignal,
    Tell,
    forward_note,
    note_sender,
    parse_json,
    run_without_key,
)
from crawler.fleet.process_pool import ATTEMPTS
from crawler.fleet.worker_task import MOST_WORDS, MalformedAnswer, answer_text
from evidence.canonical import canonical
from evidence.errors import EvidenceDamaged, EvidenceError
from evidence.store import EvidenceStore
from govah import stages

_TICK = 0.1
_LOOK = 2.0  # seconds between two looks at who is there
_AGAIN = 20.0  # seconds until a worker that was left out is looked at again
_EACH = 4  # agencies that are under way for each worker


@dataclass(frozen=True, slots=True)
class JudgingTask:
    """What a worker is told. run: of this command alone, so that no worker judges by a round that it read for another.

    rules: SHA-256 of the checks' versions and word lists (`checks.basis`).
    """

    round_folder: Path
    clock: dt.datetime
    rules: str
    run: str


class CodeMismatch(Exception):
    """A worker has other checks than the coordinator, though both say the same version."""


def judge(task: JudgingTask, agency: str) -> str:
    """Runs on a worker: findings as JSON, or what kept it from them, so that whoever asked unpickles nothing."""
    from checks.engine import run_checks

    try:
        round = _read(task)
        store = stages.evidence_of(round)
        found = run_checks(round, store, as_of=task.clock, agencies=frozenset({agency}))
        return json.dumps({"findings": [finding.to_json() for finding in found]})
    except Exception as error:
        return json.dumps({"error": [_kind(error), str(error)[:MOST_WORDS]]})


@lru_cache(maxsize=1)
def _read(task: JudgingTask) -> Round:
    if _rules() != task.rules:
        raise CodeMismatch("a worker has other checks than this machine")
    return stages.round_of(task.round_folder)


def _rules() -> str:
    from checks import basis

    return hashlib.sha256(canonical(basis.rules()).encode()).hexdigest()


def _kind(error: Exception) -> str:
    """What the answer calls it."""
    if isinstance(error, CodeMismatch):
        return "other_code"
    return "evidence" if isinstance(error, EvidenceError) else "failed"


def parse_answer(text: object, agency: str) -> list[Finding]:
    """The findings of a worker's answer. Raises MalformedAnswer for what is none, and what kept the worker from them."""
    told = answer_text(text, MOST // 4)
    try:
        answer = _ANSWER.validate_python(parse_json(told))
    except (ValueError, RecursionError) as error:
        raise MalformedAnswer(str(error)[:MOST_WORDS]) from None
    if answer.error is not None:
        kind, why = answer.error
        raise {"other_code": CodeMismatch, "evidence": EvidenceDamaged}.get(kind, ChildProcessError)(why)
    found = [Finding.from_json(one.model_dump()) for one in answer.findings]
    if any(
        one.id != sent.id or one.agency != agency for one, sent in zip(found, answer.findings, strict=True)
    ):
        raise MalformedAnswer(f"findings of another agency than {agency}")
    return found


class _Subject(BaseModel, extra="forbid", strict=True):
    kind: SubjectKind
    id: str
    url: str | None


class _Found(BaseModel, extra="forbid", strict=True):
    id: str
    agency: str
    subject: _Subject
    check: str
    check_version: int
    verdict: Verdict
    reason: str | None
    observed: dict[str, Any]
    captures: list[str]
    attempts: int
    criterion: str
    effect: str


class _WorkerAnswer(BaseModel, extra="forbid", strict=True):
    findings: list[_Found] = []
    error: tuple[str, str] | None = Field(default=None, strict=False)


_ANSWER = TypeAdapter(_WorkerAnswer)


def run_over(
    scheduler: DaskScheduler,
    note: Note,
    round: Round,
    store: EvidenceStore,
    agencies: frozenset[str] | None,
    told: Callable[[int, int], None],
) -> list[Finding]:
    """As `stages.run_over`, in the same order. What speaks with the cluster is a process without the key.

    Raises ClusterUnusable, and what kept a worker from judging.
    """
    wanted = [agency.id for agency in round.agencies if agencies is None or agency.id in agencies]
    task = JudgingTask(round.folder.resolve(), stages.as_of(round, store), _rules(), stages.new_id())
    found: dict[str, list[Finding]] = {}

    def hear(name: str, value: Any) -> None:
        try:
            if name == "note":
                forward_note(note, value)
            elif name == "judged" and value["agency"] in wanted:
                found[value["agency"]] = parse_answer(value["answer"], value["agency"])
                told(len(found), len(wanted))
        except (KeyError, TypeError, AttributeError, MalformedAnswer) as error:
            raise ClusterUnusable("client_died", detail=error) from None

    run_without_key(_judge, scheduler, task, wanted, hear=hear)
    if missing := set(wanted) - found.keys():
        raise ClusterUnusable("client_died", detail=", ".join(sorted(missing)[:5]))
    return [finding for agency in wanted for finding in found[agency]]


def _judge(
    tell: Tell, stop: CancelSignal, scheduler: DaskScheduler, task: JudgingTask, wanted: list[str]
) -> None:
    """In the process that has no key. What a check raised on a worker is handed on as it was told."""
    fan = _ClusterChecks(
        scheduler,
        note_sender(tell),
        task,
        wanted,
        lambda agency, text: tell("judged", {"agency": agency, "answer": text}),
    )
    asyncio.run(fan.run())
    if fan.error is not None:
        raise fan.error


@dataclass(frozen=True, slots=True, eq=False)
class _AgencyAssignment:
    agency: str
    worker: DaskWorker
    future: Any


@dataclass(slots=True)
class _ClusterChecks:
    """Each agency is given to one worker by name: whoever joins is looked at first, and whose process died is known here.

    told: takes the answer of a worker about an agency. error: why no more is asked for; it ends the run.
    """

    scheduler: DaskScheduler
    note: Note
    task: JudgingTask
    wanted: list[str]
    told: Callable[[str, str], None]
    found: set[str] = field(default_factory=set)
    error: BaseException | None = None
    _waiting: deque[str] = field(default_factory=deque)
    _given: list[_AgencyAssignment] = field(default_factory=list)
    _fit: list[DaskWorker] = field(default_factory=list)
    _left_out: dict[DaskWorker, float] = field(default_factory=dict)
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

    async def _look(self, client: Any, worker: DaskWorker) -> bool:
        folder = self.task.round_folder
        seen = await describe_worker(client, worker, folder)
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

    async def _take_back(self, client: Any, worker: DaskWorker) -> None:
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
                    key = f"govah-check-{self.task.run}-{agency}-{self._sent}"
                    future = submit(client, worker, key, judge, self.task, agency)
                    self._given.append(_AgencyAssignment(agency, worker, future))

    async def _hear(self, client: Any, given: _AgencyAssignment) -> None:
        status = given.future.status
        if status not in ("finished", "error"):
            if given.worker in await workers(client):
                raise ConnectionError("the scheduler forgot what it was given")
            self._waiting.append(given.agency)  # its findings went with the worker
            return
        if status == "error":  # nothing of ours raises on a worker: it is gone, or is not ours
            self._died(given.agency)
            return
        answer: asyncio.Future[Any] = asyncio.ensure_future(given.future)
        while not (await asyncio.wait([answer], timeout=_LOOK))[0]:
            if given.worker not in await workers(client):  # it had done its work, and took it along
                answer.add_done_callback(lambda late: late.cancelled() or late.exception())  # nobody asks it
                self._waiting.append(given.agency)
                return
        if answer.cancelled():
            raise ConnectionError("the scheduler is gone")
        text = answer.result()
        try:
            parse_answer(text, given.agency)
        except MalformedAnswer as error:
            self._leave_out(given, error)
        except Exception as error:
            await self._failed(client, given, text, error)
        else:
            self._take(given, text)

    def _take(self, given: _AgencyAssignment, text: str) -> None:
        self.found.add(given.agency)
        self.told(given.agency, text)

    def _leave_out(self, given: _AgencyAssignment, error: MalformedAnswer) -> None:
        """A worker that sent something else than findings of this agency is asked for nothing more."""
        self._left_out[given.worker] = float("inf")
        self._fit = [one for one in self._fit if one != given.worker]
        self._waiting.append(given.agency)
        self._note_once("hostile_worker", worker=given.worker.address, detail=error)

    async def _failed(self, client: Any, given: _AgencyAssignment, text: str, error: Exception) -> None:
        if given.worker not in await workers(client) or not await self._look(client, given.worker):
            self._waiting.append(
                given.agency
            )  # a worker without the round's folder says nothing of the evidence
        elif isinstance(error, CodeMismatch):
            self.error = ClusterUnusable("other_checks", worker=given.worker.address)
        else:  # said where the key is, as if it had been judged there
            self._take(given, text)

    def _note_once(self, code: str, **params: object) -> None:
        if code not in self._noted:
            self._noted.add(code)
            self.note(code, {"address": self.scheduler.address, **params})
