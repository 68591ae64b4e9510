"""One shard of a round, wherever: for machines that share the round's folder and hold no key.

The plan is made once, by `plan_round` where the key is, else by the first that comes; a crawl of the whole round, where
the key is, finds every shard done and seals. Not here: processes on one machine (`crawler.fleet.process_pool`).
"""

from __future__ import annotations

import datetime as dt
import fcntl
import os
from collections.abc import Callable
from pathlib import Path

from claims.model import Round
from crawler.crawl_context import CrawlContext
from crawler.engine.earlier_runs import EarlierRuns
from crawler.engine.progress import CrawlOutcome, Progress
from crawler.fleet.shard_run import ShardContext, StopSignal, is_over, run_shard
from crawler.fleet.sharding import ShardPlan, is_planned, plan_of, shards_before, written_plan
from crawler.fleet.stop_file import StopFile, withdraw
from crawler.politeness.policy import AddressPolicy
from evidence import layout
from evidence.errors import EvidenceBusy, EvidenceError, writing
from evidence.opening import opened, planning
from evidence.signing.evidence_manifests import manifest_in_force
from evidence.signing.keys import Signer
from evidence.store import EvidenceStore
from evidence.store import plan as plans


class PlanMismatch(Exception):
    """The round is planned in another number of shards."""

    def __init__(self, shards: int) -> None:
        super().__init__(f"the round is planned in {shards} shards")
        self.shards = shards


def plan_round(
    round: Round, folder: Path, count: int | None, *, now: Callable[[], dt.datetime], signer: Signer
) -> ShardPlan:
    """Writes the plan of a round and signs the opening; one that is there is kept, with what is new in the round.

    count: of shards; default: as few as its agencies need. Raises PlanMismatch where a plan with another number of them is
    there, EvidenceBusy while somebody crawls, WriteFailed, EvidenceDamaged.
    """
    with planning(folder):
        plan = _plan(round, folder, count)
        withdraw(folder)
        opened(folder, written_plan(round, plan), vantage=round.settings.vantage, now=now, signer=signer)
    return plan


def crawl_shard(
    round: Round,
    folder: Path,
    shard: int,
    count: int,
    crawl_context: CrawlContext,
    *,
    agencies: frozenset[str] | None,
    progress: Callable[[Progress], None],
    stop: StopSignal,
) -> CrawlOutcome:
    """Crawl, or go on with, one shard; nothing is signed and nothing is sealed. shard: from 1 to count. A round that is
    complete and sealed is left alone: the last machine may come when all is done.

    The rest as for `crawler.crawl.crawl`. Raises PlanMismatch, EvidenceBusy while another process has the shard, or seals the
    round.
    """
    try:
        if _is_done(round, folder, count, agencies):
            return CrawlOutcome("complete", {})
        with planning(folder):
            plan = _plan(round, folder, count)
            in_force = plans.planned(folder)
            # who was asked stands with each answer: another machine's resolvers make no other plan
            written = in_force if is_planned(round, in_force) else written_plan(round, plan)
            with writing(folder):
                plans.fix(folder, written, vantage=round.settings.vantage, now=crawl_context.now())
    except EvidenceBusy:
        raise
    except (EvidenceError, OSError) as error:
        return CrawlOutcome("failed", {}, f"{type(error).__name__}: {error}")
    context = ShardContext(round, folder, written, plan.shards, crawl_context, chosen=agencies)
    if is_over(context, shard):
        return CrawlOutcome("complete", {})
    if StopFile(folder).is_set():
        return CrawlOutcome("interrupted", {})
    outcome = run_shard(context, shard, progress=progress, stop=stop, signer=None)
    return CrawlOutcome(outcome.state, {}, outcome.detail)


def _is_done(round: Round, folder: Path, count: int, agencies: frozenset[str] | None) -> bool:
    """Whether a seal stands over all that is to be visited. Raises PlanMismatch, EvidenceDamaged, EvidenceBusy while all of
    it waits for the seal of who has the round crawled.
    """
    sealed = manifest_in_force(folder) is not None
    if not sealed and not _is_coordinated(folder):
        return False
    with EvidenceStore.open(folder) as store:
        archive = EarlierRuns(store)
        if not all(archive.is_over(a.id) for a in round.agencies if agencies is None or a.id in agencies):
            return False
    if not sealed:
        raise EvidenceBusy(f"{folder / layout.COORDINATOR} is held by the process that seals the round")
    shards = len(shards_before(plans.planned(folder)))
    if shards != count:
        raise PlanMismatch(shards)
    return True


def _is_coordinated(folder: Path) -> bool:
    """Whether some process has the whole round crawled."""
    try:
        descriptor = os.open(
            folder / layout.COORDINATOR, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW
        )
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _plan(round: Round, folder: Path, count: int | None) -> ShardPlan:
    plan = plan_of(round, folder, AddressPolicy(round.settings.network), count)
    if count is not None and len(plan.shards) != count:
        raise PlanMismatch(len(plan.shards))
    return plan
