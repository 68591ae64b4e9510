"""`crawl`: visit the agencies of a round and keep everything: plan, shards one after the other or at once, seal."""

from __future__ import annotations

import datetime as dt
import json
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from claims.model import Agency, Round
from crawler.browser.renderer import NO_SANDBOX
from crawler.crawl_context import CrawlContext
from crawler.engine.earlier_runs import EarlierRuns
from crawler.engine.progress import CrawlCounters, CrawlOutcome, Progress, Wait
from crawler.fleet.process_pool import ProcessPool
from crawler.fleet.shard_run import (
    EitherSignal,
    ShardContext,
    ShardOutcome,
    StopSignal,
    run_shard,
    signals,
    user_agent,
)
from crawler.fleet.sharding import ShardPlan, plan_of, written_plan
from crawler.fleet.stop_file import withdraw
from crawler.politeness.policy import AddressPolicy
from crawler.retest import Retest
from evidence import layout
from evidence.errors import EvidenceBusy, EvidenceError, EvidenceMissing
from evidence.kinds.crawl import CrawlFacts
from evidence.kinds.page import PageFacts
from evidence.opening import coordinating, opened, sign_heads
from evidence.retests import number_of
from evidence.seal import seal
from evidence.signing.evidence_manifests import manifest_in_force
from evidence.signing.keys import Signer
from evidence.store import EvidenceStore
from evidence.store.checkpoints import refuse_other_key
from evidence.store.recording import parse_time

if TYPE_CHECKING:
    from scrapy import Spider

    from crawler.fleet.cluster import ClusterOptions
    from evidence.timestamps import StampAttempt, TimestampService

Opening = Callable[[Callable[[], bool]], None]
"""What is done before the first request; it is given what asks it to stop."""


@dataclass(frozen=True, slots=True)
class Parallelism:
    """How a crawl is spread.

    concurrency: how many full shards of the plan are crawled at once, in processes of their own
    (`crawler.fleet.process_pool`) where there is more than one. shards: how many a round is planned in that has no plan
    yet; default: as few as its agencies need. cluster: whose workers crawl, in place of processes here.
    """

    concurrency: int = 1
    shards: int | None = None
    cluster: ClusterOptions | None = None


def crawl(
    round: Round,
    folder: Path,
    crawl_context: CrawlContext,
    *,
    agencies: frozenset[str] | None,
    progress: Callable[[Progress], None],
    signer: Signer,
    stop: StopSignal,
    retest: Retest | None = None,
    parallelism: Parallelism = Parallelism(),
    planned: Callable[[ShardPlan], None] = lambda planned: None,
    spider: type[Spider] | None = None,
) -> CrawlOutcome:
    """Crawl, or go on with, a round; seals the evidence when the crawl is complete.

    A round that is complete and sealed is left alone, but for time stamps over the seal that are still missing.
    folder: the round's evidence folder. crawl_context: its contexts are those of all processes here together, and of
    each worker of a cluster. agencies: None for all. retest: one claim of it is visited again, which the round holds
    alone; the captures have the numbers of that re-test. planned: told the plan before the first request.
    spider: the only one that visits.
    Raises EvidenceBusy while another process crawls it, OtherKey where it was opened under another key than the
    signer's, ClusterUnusable where the cluster cannot.
    """
    chosen = tuple(a for a in round.agencies if agencies is None or a.id in agencies)
    told = _Phases(progress, len(chosen))
    stamping = _stamping(round, crawl_context.now)
    try:
        if _sealed(folder, chosen, 0 if retest is None else retest.number):
            counts, since = coverage(folder), sealed_at(folder)
            stamped = _stamp_seal(folder, stamping, told)
            return CrawlOutcome("complete", counts, stamps=stamped, since=since)
        plan = plan_of(round, folder, AddressPolicy(round.settings.network), parallelism.shards)
    except (EvidenceError, OSError) as error:
        return _failed(error)
    refuse_other_key(folder, signer)
    planned(plan)
    mine = plan.shards_of(agencies)
    cluster = parallelism.cluster
    concurrency = 1 if cluster is not None else max(1, min(parallelism.concurrency, len(mine)))
    context = ShardContext(
        round,
        folder,
        written_plan(round, plan, retest),
        plan.shards,
        replace(crawl_context, contexts=max(1, crawl_context.contexts // concurrency)),
        chosen=agencies,
        retest=retest,
        spider=spider,
    )
    return _PlannedCrawl(context, mine, signer, stamping, concurrency, cluster, told, stop).run()


@dataclass(frozen=True, slots=True)
class _PlannedCrawl:
    """A crawl whose plan is made. shards: numbers of those to crawl."""

    context: ShardContext
    shards: Sequence[int]
    signer: Signer
    stamping: TimestampService | None
    concurrency: int
    cluster: ClusterOptions | None
    progress: _Phases
    stop: StopSignal

    def run(self) -> CrawlOutcome:
        """Crawls, and seals what is complete."""
        folder = self.context.folder
        stamps: list[StampAttempt] = []

        def opening(stopping: Callable[[], bool]) -> None:
            stamps.extend(
                _stamp(folder, layout.OPENING, self.stamping, stopping, self.progress)
            )  # before the first request

        try:
            with coordinating(folder):
                withdraw(folder)
                outcome = self._crawled(opening)
                counts = {} if outcome.state == "failed" else coverage(folder)
                if outcome.state == "complete":
                    self.progress.wait(Wait("sealing"))
                    _seal(self.context.round, folder, self.signer, self.context.crawl_context.now, counts)
                    stamps += _stamp_seal(folder, self.stamping, self.progress)
        except EvidenceBusy:
            raise
        except (EvidenceError, OSError) as error:
            return _failed(error, tuple(stamps))
        return CrawlOutcome(outcome.state, counts, outcome.detail, tuple(stamps))

    def _crawled(self, opening: Opening) -> ShardOutcome:
        if len(self.shards) > 1 or self.cluster is not None:
            with signals() as signalled:
                return self._without_key(opening, EitherSignal(self.stop, signalled))
        if not self.shards:
            return ShardOutcome("complete")
        return run_shard(
            self.context,
            self.shards[0],
            progress=self.progress,
            stop=self.stop,
            signer=self.signer,
            opening=opening,
        )

    def _without_key(self, opening: Opening, stop: StopSignal) -> ShardOutcome:
        """The shards, by processes that hold no key: of this machine, or of a cluster."""
        context, now = self.context, self.context.crawl_context.now
        sha256 = opened(
            context.folder,
            context.plan,
            vantage=context.round.settings.vantage,
            now=now,
            signer=self.signer,
            beside=self.cluster is not None,  # workers go on where a coordinator has died
        )
        opening(stop.is_set)
        every = partial(sign_heads, context.folder, self.signer, plan=sha256, now=now)
        if self.cluster is None:
            return ProcessPool(context, self.concurrency, self.progress, stop, every).run(self.shards)
        from crawler.fleet.cluster import crawl_on_cluster

        return crawl_on_cluster(context, self.cluster, self.progress, stop, every, self.shards)


def _failed(error: Exception, stamps: tuple[StampAttempt, ...] = ()) -> CrawlOutcome:
    return CrawlOutcome("failed", {}, f"{type(error).__name__}: {error}", stamps)


def _stamping(round: Round, now: Callable[[], dt.datetime]) -> TimestampService | None:
    """None without authorities: a start then does without what reads their tokens."""
    if not round.settings.seal.authorities:
        return None
    from crawler.wire.timestamp_client import stamping_of

    return stamping_of(round, now, user_agent(round.settings.crawl.contact))


def _stamp_seal(folder: Path, stamping: TimestampService | None, told: _Phases) -> tuple[StampAttempt, ...]:
    with signals() as signalled:
        return _stamp(folder, layout.SEALED, stamping, signalled.is_set, told)


def _stamp(
    folder: Path,
    over: str,
    stamping: TimestampService | None,
    stopping: Callable[[], bool],
    told: _Phases,
) -> tuple[StampAttempt, ...]:
    if stamping is None:
        return ()
    from evidence.timestamps import stamp

    def ask(address: str, query: bytes) -> bytes:
        told.wait(Wait("timestamp", where=address))
        return stamping.ask(address, query)

    return tuple(stamp(folder, over, replace(stamping, ask=ask), stopping))


def _seal(
    round: Round, folder: Path, signer: Signer, now: Callable[[], dt.datetime], counts: dict[str, int]
) -> None:
    software = {"govah": version("govah"), "python": platform.python_version()}
    seal(folder, signer=signer, now=now, round_id=round.settings.id, software=software, coverage=counts)


def coverage(folder: Path) -> dict[str, int]:
    """What was planned, visited and failed, over all runs: counted in the evidence itself.

    unrendered: pages that the browser was wanted for and could not be had; unsandboxed: pages that it opened without its
    sandbox; unresolved: visits for which the resolver gave no answer. Each is left out where there are none.
    """
    accounts: dict[str, CrawlFacts] = {}
    lacking: dict[str, dict[str, int]] = {}
    with EvidenceStore.open(folder) as store:
        for capture in store.captures(kind="crawl"):
            if not number_of(capture):  # a re-test is of one claim, and no account of the portal
                assert isinstance(capture.facts, CrawlFacts)
                accounts[capture.agency] = capture.facts
                lacking[capture.agency] = json.loads(store.body(capture.id))
        rendered: set[tuple[str, str]] = set()
        unsandboxed: set[tuple[str, str]] = set()
        for capture in store.captures(kind="page"):
            assert isinstance(capture.facts, PageFacts)
            rendered.add((capture.agency, capture.url))
            if capture.facts.browser.endswith(NO_SANDBOX):
                unsandboxed.add((capture.agency, capture.url))
        exchanges, failed = store.exchanges()
    trouble = {
        name: sum(body.get(name, 0) for body in lacking.values()) for name in ("unrendered", "unresolved")
    }
    trouble["unsandboxed"] = len(unsandboxed)
    return {
        "agencies": len(accounts),
        "planned": sum(facts.eligible for facts in accounts.values()),
        "visited": sum(facts.fetched for facts in accounts.values()),
        "exchanges": exchanges,
        "failed": failed,
        "rendered": len(rendered),
        **{name: count for name, count in trouble.items() if count},
    }


def sealed_at(folder: Path) -> dt.datetime | None:
    """When the seal in force was made, as it says itself."""
    manifest = manifest_in_force(folder)
    return None if manifest is None else parse_time(json.loads(manifest)["created"])


class _Phases:
    """Takes the progress of the visits; before and after them it says itself what is waited for."""

    def __init__(self, hand_on: Callable[[Progress], None], agencies: int) -> None:
        self._hand_on = hand_on
        self._last = CrawlCounters(agencies=agencies).progress()

    def __call__(self, progress: Progress) -> None:
        self._last = progress
        self._hand_on(progress)

    def wait(self, wait: Wait) -> None:
        self._hand_on(replace(self._last.at_rest(), waits=(wait,)))


def _sealed(folder: Path, agencies: tuple[Agency, ...], retest: int) -> bool:
    """All of it was crawled and sealed before."""
    try:
        with EvidenceStore.open(folder) as store:
            return store.manifest_sha256 is not None and all(
                EarlierRuns(store, retest).is_over(a.id) for a in agencies
            )
    except EvidenceMissing:
        return False
