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
from crawler.fleet.child import TICK, Child
from crawler.fleet.no_pickles import Refused
from crawler.fleet.sharding import is_planned, shards_before
from crawler.fleet.visiting import Visited, Visiting
from crawler.means import Means
from evidence import layout
from evidence.errors import EvidenceBusy, EvidenceDamaged
from evidence.store import plan as plans
from evidence.store.lease import alive

# Of this worker: whoever gave it a shard may be gone, and the shard is still under way.
_at_work = threading.Lock()
MOST_WORDS = 2_000  # characters of an answer


def at_work() -> bool:
    """Whether this worker has a shard, whoever gave it."""
    return _at_work.locked()


@dataclass(frozen=True, slots=True)
class Errand:
    """Can be sent to a worker: the functions are those of a module, the paths the same on every machine.

    read: gives the round of a folder. plan: SHA-256 of the plan's file. means: as the coordinator has them; where its
    browser is not, the worker's own is used. chosen: as in `Visiting`.
    """

    round_folder: Path
    evidence: Path
    plan: str
    read: Callable[[Path], Round]
    means: Means
    chosen: frozenset[str] | None

    def visiting(self) -> Visiting:
        """Raises EvidenceDamaged when the round cannot be read here, or is no longer the one that was planned."""
        try:
            round = self.read(self.round_folder)
        except Exception as error:
            raise EvidenceDamaged(f"the round cannot be read: {type(error).__name__}: {error}") from error
        plan = plans.planned(self.evidence)
        if not is_planned(round, plan):
            raise EvidenceDamaged("the round's files have changed since the crawl was planned")
        means = self.means
        if means.browser is None or not means.browser.is_file():
            means = replace(means, browser=find_browser(None))
        return Visiting(round, self.evidence, plan, shards_before(plan), means, chosen=self.chosen)


@dataclass(frozen=True, slots=True)
class Died:
    """The process that visited the shard ended without a word. status: of its exit."""

    status: int | None


def run(errand: Errand, shard: int) -> str:
    """One shard in a child process of the worker: an `Answer` as JSON, so that whoever asked unpickles nothing."""
    try:
        return _told(_run(errand, shard))
    except Exception as error:  # as a pickle it would not be heard
        return json.dumps({"error": f"{type(error).__name__}: {error}"[:MOST_WORDS]})


Answer = Visited | EvidenceBusy | Died


def _told(answer: Answer) -> str:
    if isinstance(answer, Visited):
        return json.dumps({"state": answer.state, "detail": answer.detail[:MOST_WORDS]})
    return json.dumps({"busy": str(answer)} if isinstance(answer, EvidenceBusy) else {"died": answer.status})


def heard(text: object) -> Answer:
    """The answer of a worker. Raises ValueError for what is none, with the words of a worker that failed."""
    match json.loads(text := words(text, 10 * MOST_WORDS)):
        case {"state": "complete" | "paused" | "interrupted" | "failed" as state, "detail": str(detail)}:
            return Visited(state, detail[:MOST_WORDS])
        case {"busy": str(why)}:
            return EvidenceBusy(why[:MOST_WORDS])
        case {"died": int() | None as status}:
            return Died(status)
        case {"error": str(why)}:
            raise ValueError(why[:MOST_WORDS])
    raise NoAnswer(text[:MOST_WORDS])


def words(sent: object, most: int) -> str:
    """The text that a worker sent, of so many characters at most. Raises NoAnswer for anything else."""
    if isinstance(sent, Refused) or not isinstance(sent, str) or len(sent) > most:
        raise NoAnswer(str(sent)[:MOST_WORDS])
    return sent


class NoAnswer(ValueError):
    """A worker sent something else than what it was asked for."""


def _run(errand: Errand, shard: int) -> Answer:
    """EvidenceBusy: it cannot begin yet; ask again later."""
    from distributed import get_worker
    from distributed.core import Status

    if not _at_work.acquire(blocking=False):
        return EvidenceBusy("the worker is at another shard")
    try:
        if plans.sha256_in_force(errand.evidence) != errand.plan:
            return EvidenceBusy("the plan is not to be seen here yet")
        folder = errand.evidence / layout.shard_name(shard)
        if alive(folder):
            return EvidenceBusy(f"{folder} is visited by another process")
        worker = get_worker()
        serving = (Status.running, Status.paused)  # else it is asked to go, or the scheduler is gone
        child = Child.start(errand.evidence, shard, errand.visiting)
        try:
            while not child.ended():
                if worker.status not in serving:
                    child.ask_to_stop()
                time.sleep(TICK)
        finally:
            child.kill()
        return child.outcome or Died(child.process.exitcode)
    finally:
        _at_work.release()
