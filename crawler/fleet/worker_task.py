"""A shard on a worker of a cluster: what it is told, and what it does.

It is told numbers and where the round lies; everything else it reads from the folder that all machines share, and what it
has done lies there. It holds no key. Not here: who gives shards to workers (`crawler.fleet.cluster`).
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from claims.model import Round
from crawler.browser.renderer import find_browser
from crawler.crawl_context import CrawlContext
from crawler.fleet.no_pickles import RefusedPickle
from crawler.fleet.shard_process import TICK, ShardProcess
from crawler.fleet.shard_run import ShardContext, ShardOutcome
from crawler.fleet.sharding import is_planned, shards_before
from evidence import layout
from evidence.errors import EvidenceBusy, EvidenceDamaged
from evidence.store import plan as plans
from evidence.store.lease import alive

# Of this worker: whoever gave it a shard may be gone, and the shard is still under way.
_at_work = threading.Lock()
MOST_WORDS = 2_000  # characters of an answer


def has_shard() -> bool:
    """Whether this worker has a shard, whoever gave it."""
    return _at_work.locked()


@dataclass(frozen=True, slots=True)
class WorkerTask:
    """Can be sent to a worker: the functions are those of a module, the paths the same on every machine.

    read: gives the round of a folder. plan: SHA-256 of the plan's file. crawl_context: as the coordinator has them; where its
    browser is not, the worker's own is used. chosen: as in `ShardContext`.
    """

    round_folder: Path
    evidence: Path
    plan: str
    read: Callable[[Path], Round]
    crawl_context: CrawlContext
    chosen: frozenset[str] | None

    def context(self) -> ShardContext:
        """Raises EvidenceDamaged when the round cannot be read here, or is no longer the one that was planned."""
        try:
            round = self.read(self.round_folder)
        except Exception as error:
            raise EvidenceDamaged(f"the round cannot be read: {type(error).__name__}: {error}") from error
        plan = plans.planned(self.evidence)
        if not is_planned(round, plan):
            raise EvidenceDamaged("the round's files have changed since the crawl was planned")
        crawl_context = self.crawl_context
        if crawl_context.browser is None or not crawl_context.browser.is_file():
            crawl_context = replace(crawl_context, browser=find_browser(None))
        return ShardContext(
            round, self.evidence, plan, shards_before(plan), crawl_context, chosen=self.chosen
        )


@dataclass(frozen=True, slots=True)
class ProcessLost:
    """The process that visited the shard ended without a word. status: of its exit."""

    status: int | None


def run(task: WorkerTask, shard: int) -> str:
    """One shard in a child process of the worker: an `Answer` as JSON, so that whoever asked unpickles nothing."""
    try:
        return _told(_run(task, shard))
    except Exception as error:  # as a pickle it would not be heard
        return json.dumps({"error": f"{type(error).__name__}: {error}"[:MOST_WORDS]})


Answer = ShardOutcome | EvidenceBusy | ProcessLost


def _told(answer: Answer) -> str:
    if isinstance(answer, ShardOutcome):
        return json.dumps({"state": answer.state, "detail": answer.detail[:MOST_WORDS]})
    return json.dumps({"busy": str(answer)} if isinstance(answer, EvidenceBusy) else {"died": answer.status})


def parse_answer(text: object) -> Answer:
    """The answer of a worker. Raises ValueError for what is none, with the words of a worker that failed."""
    match json.loads(text := answer_text(text, 10 * MOST_WORDS)):
        case {"state": "complete" | "paused" | "interrupted" | "failed" as state, "detail": str(detail)}:
            return ShardOutcome(state, detail[:MOST_WORDS])
        case {"busy": str(why)}:
            return EvidenceBusy(why[:MOST_WORDS])
        case {"died": int() | None as status}:
            return ProcessLost(status)
        case {"error": str(why)}:
            raise ValueError(why[:MOST_WORDS])
    raise MalformedAnswer(text[:MOST_WORDS])


def answer_text(sent: object, most: int) -> str:
    """The text that a worker sent, of so many characters at most. Raises MalformedAnswer for anything else."""
    if isinstance(sent, RefusedPickle) or not isinstance(sent, str) or len(sent) > most:
        raise MalformedAnswer(str(sent)[:MOST_WORDS])
    return sent


class MalformedAnswer(ValueError):
    """A worker sent something else than what it was asked for."""


def _run(task: WorkerTask, shard: int) -> Answer:
    """EvidenceBusy: it cannot begin yet; ask again later."""
    from distributed import get_worker
    from distributed.core import Status

    if not _at_work.acquire(blocking=False):
        return EvidenceBusy("the worker is at another shard")
    try:
        if plans.sha256_in_force(task.evidence) != task.plan:
            return EvidenceBusy("the plan is not to be seen here yet")
        folder = task.evidence / layout.shard_name(shard)
        if alive(folder):
            return EvidenceBusy(f"{folder} is visited by another process")
        worker = get_worker()
        serving = (Status.running, Status.paused)  # else it is asked to go, or the scheduler is gone
        child = ShardProcess.start(task.evidence, shard, task.context)
        try:
            while not child.ended():
                if worker.status not in serving:
                    child.ask_to_stop()
                time.sleep(TICK)
        finally:
            child.kill()
        return child.outcome or ProcessLost(child.process.exitcode)
    finally:
        _at_work.release()
