"""One run over one shard: visits its agencies and keeps everything in the shard's folder.

The same for a crawl of one process, for each of several on this machine, and for one elsewhere. Not here: which shard has
which agencies (`crawler.fleet.sharding`), running several of them (`crawler.fleet.lanes`), the seal (`crawler.crawl`).
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
from crawler.engine.archive import Archive
from crawler.engine.progress import Progress, State
from crawler.fleet.sharding import Shards
from crawler.fleet.stop_file import StopFile
from crawler.means import Means
from crawler.politeness.address_locks import AddressLocks
from crawler.politeness.policy import AddressPolicy
from crawler.retest import Retest
from evidence import layout
from evidence.cpu_limit import hurry, take_time
from evidence.errors import EvidenceBusy, EvidenceError, LeaseLost, writing
from evidence.retests import STRIDE
from evidence.signing.keys import Signer
from evidence.store import EvidenceStore, EvidenceWriter
from evidence.store.lease import is_closed
from evidence.store.recording import time_text

if TYPE_CHECKING:
    from scrapy import Spider

_TELL_EVERY = 1.0  # seconds between two writings of how far a run is


def room(folder: Path) -> int:
    """Bytes that may still be written there."""
    return shutil.disk_usage(folder).free


class Stop(Protocol):
    """What asks the crawl to end: a threading.Event, or anything that answers like one."""

    def is_set(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Asks the crawl to end when either does."""

    one: Stop
    other: Stop

    def is_set(self) -> bool:
        return self.one.is_set() or self.other.is_set()


def user_agent(contact: str) -> str:
    return f"govah/{version('govah')} (+{contact})"


@dataclass(frozen=True, slots=True)
class Visiting:
    """What holds for every shard of a crawl. Can be sent to another process.

    folder: the evidence folder. plan: as it is written. means: of each process. chosen: ids of the agencies to visit, None
    for all. spider: the only one that visits, which was asked for by hand.
    """

    round: Round
    folder: Path
    plan: Mapping[str, Any]
    shards: Shards
    means: Means
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


def is_over(visiting: Visiting, shard: int) -> bool:
    """Whether the folder says so: every agency to visit is over, and the last run is closed. Nobody is asked for anything."""
    folder = visiting.folder / layout.shard_name(shard)
    if not is_closed(folder):
        return False
    try:
        with EvidenceStore.open(visiting.folder, shard) as store:
            archive = Archive(store, visiting.number)
            return all(archive.is_over(agency) for agency in visiting.agencies_of(shard))
    except EvidenceError:  # whoever has the shard next puts it in order
        return False


@dataclass(frozen=True, slots=True)
class Visited:
    """How a run over a shard ended. detail: the words of errors."""

    state: State
    detail: str = ""


def _opened(_: Callable[[], bool]) -> None:
    """What comes before the first request came before the first shard's."""


def visit(
    visiting: Visiting,
    shard: int,
    *,
    progress: Callable[[Progress], None],
    stop: Stop,
    signer: Signer | None,
    opening: Callable[[Callable[[], bool]], None] | None = None,
) -> Visited:
    """Runs an event loop of its own until the shard's agencies are over, or it is asked to stop.

    opening: called once the shard is ours, before the first request. Raises EvidenceBusy while another process has the
    shard; where one has taken it over meanwhile, this run ends as `interrupted`; every other error of ours as `failed`.
    """
    try:
        return _visit(visiting, shard, progress, stop, signer, opening or _opened)
    except EvidenceBusy:
        raise
    except LeaseLost as error:
        return Visited("interrupted", f"{type(error).__name__}: {error}")
    except (
        EvidenceError,
        OSError,
        MemoryError,
        RuntimeError,
    ) as error:  # RuntimeError: no thread can be started
        return Visited("failed", f"{type(error).__name__}: {error}")


def _visit(
    visiting: Visiting,
    shard: int,
    progress: Callable[[Progress], None],
    stop: Stop,
    signer: Signer | None,
    opening: Callable[[Callable[[], bool]], None],
) -> Visited:
    from crawler.engine.memory import seldom_collected

    with seldom_collected():
        # Scrapy takes a quarter of a second to import, which only whoever crawls pays.
        from crawler.engine.runner import Runner

    round, settings, means = visiting.round, visiting.round.settings, visiting.means
    agent = user_agent(settings.crawl.contact)
    writer = EvidenceWriter.open(
        visiting.folder,
        vantage=settings.vantage,
        now=means.now,
        new_id=means.new_id,
        plan=visiting.plan,
        signer=signer,
        attempts=STRIDE * visiting.number,
        shard=shard,
    )
    own = visiting.agencies_of(shard)
    policy = AddressPolicy(settings.network)
    address_locks = None
    if len(visiting.shards) > 1:
        address_locks = AddressLocks(
            visiting.folder, policy, run=writer.run, overslept=lambda: writer.overslept
        )
    told = _Told(visiting.folder / layout.shard_name(shard) / layout.PROGRESS, means.now, progress)
    with _archive(visiting.folder, shard, writer, visiting.number) as archive, signals() as signalled:
        stopping = AnyOf(AnyOf(stop, signalled), StopFile(visiting.folder)).is_set
        opening(stopping)
        runner = Runner(
            round,
            agencies=tuple(agency for agency in round.agencies if agency.id in own),
            writer=writer,
            archive=archive,
            policy=policy,
            now=means.now,
            user_agent=agent,
            limits=means.limits,
            patience=means.patience,
            progress=told,
            stopping=stopping,
            free=lambda: room(visiting.folder),
            renderer=_renderer(visiting, agent),
            retest=visiting.retest,
            address_locks=address_locks,
            **_spiders(visiting),
        )
        try:
            with seldom_collected():
                asyncio.run(runner.run())
        finally:
            if address_locks is not None:
                address_locks.close()
    writer.close()
    told.ended(runner.state)
    return Visited(runner.state, "; ".join(runner.tally.trouble[:5]))


def _spiders(visiting: Visiting) -> dict[str, Any]:
    """Who visits each agency, as the runner has it."""
    from crawler.engine.nothing import NothingSpider
    from crawler.spiders.agency import AgencySpider
    from crawler.spiders.own import own_spiders

    if visiting.spider is None:
        return {"others": own_spiders(visiting.round)}
    if issubclass(visiting.spider, AgencySpider):
        return {"spider": visiting.spider}
    return {"spider": NothingSpider, "others": (visiting.spider,)}


def _renderer(visiting: Visiting, agent: str) -> Renderer | None:
    settings, means = visiting.round.settings, visiting.means
    if means.browser is None or settings.crawl.render == "never":
        return None
    return Renderer(
        executable=means.browser,
        policy_settings=settings.network,
        user_agent=agent,
        sandbox="on" if settings.crawl.sandbox == "required" else means.sandbox,
        contexts=means.contexts,
    )


class _Told:
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
        draft = self._path.with_name(self._path.name + ".part")
        with writing(self._path):
            draft.unlink(missing_ok=True)
            with layout.draft_file(draft) as descriptor:  # a new one, whatever lay there
                layout.write_all(descriptor, json.dumps(told | where).encode("ascii"))
            draft.replace(self._path)


@contextmanager
def _archive(folder: Path, shard: int, writer: EvidenceWriter, retest: int) -> Iterator[Archive]:
    """What earlier runs have seen; none of it when this is the first."""
    if next(writer.done(), None) is None:
        yield Archive(None)
        return
    with EvidenceStore.open(folder, shard) as store:
        yield Archive(store, retest)


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
