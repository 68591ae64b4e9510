"""One run over one shard: visits its agencies and keeps everything in the shard's folder.

The same for a crawl of one process, for each of several on this machine, and for one elsewhere. Not here: which shard has
which agencies (`crawler.fleet.sharding`), running several of them (`crawler.fleet.process_pool`), the seal (`crawler.crawl`).
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import shutil
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from claims.model import Round
from crawler.browser.renderer import Renderer
from crawler.crawl_context import CrawlContext
from crawler.engine.earlier_runs import EarlierRuns
from crawler.engine.progress import Progress, State
from crawler.fleet.sharding import Shards
from crawler.fleet.stop_file import StopFile
from crawler.politeness.address_locks import AddressLocks
from crawler.politeness.policy import AddressPolicy
from crawler.retest import Retest
from evidence import layout
from evidence.cpu_limit import hurry, take_time
from evidence.errors import EvidenceBusy, EvidenceError, LeaseLost, writing
from evidence.opening import commitments
from evidence.retests import STRIDE
from evidence.signing.keys import Signer
from evidence.store import EvidenceStore, EvidenceWriter
from evidence.store.lease import is_closed
from evidence.store.recording import time_text

if TYPE_CHECKING:
    from scrapy import Spider

    from crawler.engine.runner import RunSpiders

_TELL_EVERY = 1.0  # seconds between two writings of how far a run is


def free_bytes(folder: Path) -> int:
    """Bytes that may still be written there."""
    return shutil.disk_usage(folder).free


class StopSignal(Protocol):
    """What asks the crawl to end: a threading.Event, or anything that answers like one."""

    def is_set(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class EitherSignal:
    """Asks the crawl to end when either does."""

    one: StopSignal
    other: StopSignal

    def is_set(self) -> bool:
        return self.one.is_set() or self.other.is_set()


def user_agent(contact: str) -> str:
    return f"govah/{version('govah')} (+{contact})"


@dataclass(frozen=True, slots=True)
class ShardContext:
    """What holds for every shard of a crawl. Can be sent to another process.

    folder: the evidence folder. plan: as it is written. crawl_context: of each process. chosen: ids of the agencies to visit, None
    for all. spider: the only one that visits, which was asked for by hand.
    """

    round: Round
    folder: Path
    plan: Mapping[str, Any]
    shards: Shards
    crawl_context: CrawlContext
    chosen: frozenset[str] | None = None
    retest: Retest | None = None
    spider: type[Spider] | None = None

    def agencies_of(self, shard: int) -> frozenset[str]:
        """Ids of those to visit in a shard, by its number."""
        own = frozenset(self.shards[shard - 1])
        return own if self.chosen is None else own & self.chosen

    @property
    def number(self) -> int:
        """Of the re-test; 0: of the crawl."""
        return 0 if self.retest is None else self.retest.number


def is_over(context: ShardContext, shard: int) -> bool:
    """Whether the folder says so: every agency to visit is over, and the last run is closed. Nobody is asked for anything."""
    folder = context.folder / layout.shard_name(shard)
    if not is_closed(folder):
        return False
    try:
        with EvidenceStore.open(context.folder, shard) as store:
            archive = EarlierRuns(store, context.number)
            return all(archive.is_over(agency) for agency in context.agencies_of(shard))
    except EvidenceError:  # whoever has the shard next puts it in order
        return False


@dataclass(frozen=True, slots=True)
class ShardOutcome:
    """How a run over a shard ended. detail: the words of errors."""

    state: State
    detail: str = ""


def _opened(_: Callable[[], bool]) -> None:
    """What comes before the first request came before the first shard's."""


def run_shard(
    context: ShardContext,
    shard: int,
    *,
    progress: Callable[[Progress], None],
    stop: StopSignal,
    signer: Signer | None,
    opening: Callable[[Callable[[], bool]], None] | None = None,
) -> ShardOutcome:
    """Runs an event loop of its own until the shard's agencies are over, or it is asked to stop.

    opening: called once the shard is ours, before the first request. Raises EvidenceBusy while another process has the
    shard; where one has taken it over meanwhile, this run ends as `interrupted`; every other error of ours as `failed`.
    """
    try:
        return _visit(context, shard, progress, stop, signer, opening or _opened)
    except EvidenceBusy:
        raise
    except LeaseLost as error:
        return ShardOutcome("interrupted", f"{type(error).__name__}: {error}")
    except (
        EvidenceError,
        OSError,
        MemoryError,
        RuntimeError,
    ) as error:  # RuntimeError: no thread can be started
        return ShardOutcome("failed", f"{type(error).__name__}: {error}")


def _visit(
    context: ShardContext,
    shard: int,
    progress: Callable[[Progress], None],
    stop: StopSignal,
    signer: Signer | None,
    opening: Callable[[Callable[[], bool]], None],
) -> ShardOutcome:
    from crawler.engine.garbage_collection import rare_garbage_collection

    with rare_garbage_collection():
        # Scrapy takes a quarter of a second to import, which only whoever crawls pays.
        from crawler.engine.agency_visits import VisitScope
        from crawler.engine.runner import CrawlRunner, NetworkAccess
        from crawler.engine.shard_evidence import ShardEvidence

    round, settings, crawl_context = context.round, context.round.settings, context.crawl_context
    agent = user_agent(settings.crawl.contact)
    writer = EvidenceWriter.open(
        context.folder,
        vantage=settings.vantage,
        now=crawl_context.now,
        new_id=crawl_context.new_id,
        plan=context.plan,
        signer=signer,
        attempts=STRIDE * context.number,
        shard=shard,
    )
    own = context.agencies_of(shard)
    scope = VisitScope(tuple(agency for agency in round.agencies if agency.id in own), context.retest)
    policy = AddressPolicy(settings.network)
    address_locks = None
    if len(context.shards) > 1:
        address_locks = AddressLocks(
            context.folder, policy, run=writer.run, overslept=lambda: writer.overslept
        )
    told = _ProgressWriter(
        context.folder / layout.shard_name(shard) / layout.PROGRESS, crawl_context.now, progress
    )
    with _earlier(context.folder, shard, writer, context.number) as earlier, signals() as signalled:
        stopping = EitherSignal(EitherSignal(stop, signalled), StopFile(context.folder)).is_set
        opening(stopping)
        runner = CrawlRunner(
            round,
            scope,
            evidence=ShardEvidence(
                writer, earlier, lambda: free_bytes(context.folder), commitments(context.folder)
            ),
            network=NetworkAccess(policy, agent, _renderer(context, agent), address_locks),
            crawl_context=crawl_context,
            progress=told,
            stopping=stopping,
            spiders=_spiders(context),
        )
        try:
            with rare_garbage_collection():
                asyncio.run(runner.run())
        finally:
            if address_locks is not None:
                address_locks.close()
    writer.close()
    told.ended(runner.state)
    return ShardOutcome(runner.state, "; ".join(runner.counters.trouble[:5]))


def _spiders(context: ShardContext) -> RunSpiders:
    from crawler.engine.idle_spider import IdleSpider
    from crawler.engine.runner import RunSpiders
    from crawler.spiders.agency import AgencySpider
    from crawler.spiders.custom import custom_spiders

    if context.spider is None:
        return RunSpiders(others=custom_spiders(context.round))
    if issubclass(context.spider, AgencySpider):
        return RunSpiders(context.spider)
    return RunSpiders(IdleSpider, (context.spider,))


def _renderer(context: ShardContext, agent: str) -> Renderer | None:
    settings, crawl_context = context.round.settings, context.crawl_context
    if crawl_context.browser is None or settings.crawl.render == "never":
        return None
    return Renderer(
        executable=crawl_context.browser,
        policy_settings=settings.network,
        user_agent=agent,
        sandbox="on" if settings.crawl.sandbox == "required" else crawl_context.sandbox,
        contexts=crawl_context.contexts,
    )


class _ProgressWriter:
    """Hands progress on, and writes it down now and then for whoever asks from outside."""

    def __init__(
        self, path: Path, now: Callable[[], dt.datetime], hand_on: Callable[[Progress], None]
    ) -> None:
        self._path = path
        self._now = now
        self._hand_on = hand_on
        self._last: Progress | None = None
        self._written = float("-inf")

    def __call__(self, progress: Progress) -> None:
        self._hand_on(progress)
        self._last = progress
        if progress.elapsed - self._written >= _TELL_EVERY:
            self._written = progress.elapsed
            self._write("running")

    def ended(self, state: State) -> None:
        if self._last is not None:
            self._write(state)

    def _write(self, state: str) -> None:
        assert self._last is not None
        told = asdict(self._last)
        told["opens"] = None if self._last.opens is None else time_text(self._last.opens)
        where = {
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "state": state,
            "time": time_text(self._now()),
        }
        # Not `layout.whole_file`: it is written every second and gone with the seal, so no disk is waited for.
        draft = self._path.with_name(self._path.name + ".part")
        with writing(self._path):
            draft.unlink(missing_ok=True)
            with layout.draft_file(draft) as descriptor:  # a new one, whatever lay there
                layout.write_all(descriptor, json.dumps(told | where).encode("ascii"))
            draft.replace(self._path)


@contextmanager
def _earlier(folder: Path, shard: int, writer: EvidenceWriter, retest: int) -> Iterator[EarlierRuns]:
    """What earlier runs have seen; none of it when this is the first."""
    if next(writer.done(), None) is None:
        yield EarlierRuns(None)
        return
    with EvidenceStore.open(folder, shard) as store:
        yield EarlierRuns(store, retest)


@contextmanager
def signals() -> Iterator[threading.Event]:
    """SIGINT and SIGTERM set the event; a second one is the system's to handle."""
    caught = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield caught
        return
    take_time()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def note(number: int, _: Any) -> None:
        caught.set()
        hurry()
        signal.signal(number, before[signal.Signals(number)])

    for number in before:
        signal.signal(number, note)
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
