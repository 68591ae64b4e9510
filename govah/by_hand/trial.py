"""`scrapy` by hand, over the settings and claims of a round: what it sees lies in a trial folder, never in the round.

`scrapy crawl` is a crawl of one agency by one spider. `scrapy shell` and `scrapy check` run in Scrapy's own process: their
crawler is put in the place of the spider that a run would have started.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import importlib
import shutil
import sys
import tomllib
import uuid
from collections import deque
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy import Request, Spider, signals
from scrapy.exceptions import UsageError
from scrapy.http import Response
from scrapy.settings import BaseSettings

from claims.hosts import own_hosts
from claims.model import Agency, Dataset, Round, Service
from claims.problems import RoundError
from claims.read import load_round
from crawler.crawl_context import CrawlContext
from crawler.engine.agency_visits import VisitScope
from crawler.engine.custom_spiders import CustomSpider
from crawler.engine.earlier_runs import EarlierRuns
from crawler.engine.fixed_settings import fix_settings
from crawler.engine.idle_spider import IdleSpider
from crawler.engine.runner import CrawlRunner, NetworkAccess, RunSpiders
from crawler.engine.scheduler import CustomSpiderScheduler
from crawler.engine.shard_evidence import ShardEvidence
from crawler.fleet.shard_run import free_bytes, user_agent
from crawler.fleet.sharding import plan_of, written_plan
from crawler.jobs import Job
from crawler.politeness.policy import AddressPolicy
from crawler.spiders.limits import RequestRefused
from crawler.transport.handlers import CustomSpiderHandler
from crawler.transport.requests import CapturedResponse
from crawler.transport.transports import has_transport, set_transport
from evidence.errors import EvidenceError
from evidence.records import Capture
from evidence.signing.keys import load_or_create
from evidence.store import EvidenceStore, EvidenceWriter
from govah.by_hand.messages import problem_line, said
from web.urls import host, identity

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

EVIDENCE, KEY = "evidence", "trial.key"
_TRIALS = "trials"
_MOST_BYTES = 64 << 20  # of a file of a round
_CONTROL_TIMEOUT = 60.0  # seconds without a control's answer, after which a trial ends: somebody waits for it
_SHOWN = 5  # problems of a round that is none: somebody started in the wrong folder
_NAMED = 20  # agencies that are offered


class RoundUnusable(Exception):
    """In words."""


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def new_id() -> str:
    return str(uuid.uuid4())


def modules_of_round(folder: Path = Path()) -> list[str]:
    """Modules of the spiders that a round's file names, as far as it can be read; they are looked for in its folder."""
    try:
        with (folder / "round.toml").open("rb") as file:
            named = tomllib.load(file).get("crawl", {}).get("spiders", [])
        modules = sorted({name.rpartition(".")[0] for name in named})
    except (OSError, ValueError, AttributeError, TypeError):
        return []
    if modules and str(folder.resolve()) not in sys.path:
        sys.path.append(str(folder.resolve()))
    return [name for name in modules if _imports(name)]


def _imports(module: str) -> bool:
    """Whether it can be had; a line on standard error says why not."""
    try:
        importlib.import_module(module)
    except (Exception, SystemExit) as error:
        sys.stderr.write(said("module", module=module, error=f"{type(error).__name__}: {error}") + "\n")
        return False
    return True


def round_of(folder: str) -> Round:
    """Raises RoundUnusable."""
    try:
        return load_round(Path(folder)).round
    except RoundError as error:
        lines = [said("no_round", folder=Path(folder).resolve()), *map(problem_line, error.problems[:_SHOWN])]
        raise RoundUnusable("\n".join(lines)) from None


def require_round(settings: BaseSettings | None) -> None:
    """For a command of Scrapy's own: our rules hold, and there is a round. Raises UsageError."""
    assert settings is not None
    fix_settings(settings, settings)
    try:
        round_of(settings["GOVAH_ARCHIVE"] or settings["GOVAH_ROUND"])
    except RoundUnusable as error:
        raise UsageError(str(error), print_help=False) from None


def agency_of(round: Round, named: str | None, url: str | None = None) -> str:
    """The id of an agency that is named, or whose host an address has, or that is the only one. Raises RoundUnusable."""
    known = [agency.id for agency in round.agencies]
    if named:
        if named not in known:
            raise RoundUnusable(said("no_agency", name=named, agencies=", ".join(known[:_NAMED])))
        return named
    owners = [agency.id for agency in round.agencies if url is not None and host(url) in own_hosts(agency)]
    if owners or len(known) == 1:
        return (owners or known)[0]
    raise RoundUnusable(said("which_agency", agencies=", ".join(known[:_NAMED])))


def trial_folder(round: Round, name: str) -> Path:
    """A new folder with the files of the round, beside the working directory's other trials."""
    number = 1
    while (folder := Path(_TRIALS) / f"{name}-{number}").exists():
        number += 1
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise RoundUnusable(said("folder", folder=folder, error=error.strerror)) from None
    for file in sorted(round.folder.iterdir()):
        if file.is_file() and file.suffix != ".key" and file.stat().st_size <= _MOST_BYTES:
            shutil.copy(file, folder / file.name)
    return folder


def _claims(round: Round, agency: Agency) -> tuple[Service | Dataset, ...]:
    return (*round.services_of(agency.id), *round.datasets_of(agency.id))


def _behind(crawler: Crawler) -> None:
    """Put something behind the crawler's scheduler and handlers, where nobody has yet."""
    if not has_transport(crawler):
        archive = crawler.settings["GOVAH_ARCHIVE"]
        set_transport(crawler, RecordedTransport(Path(archive)) if archive else LiveTransport(crawler))


class TrialScheduler(CustomSpiderScheduler):
    def __init__(self, crawler: Crawler) -> None:
        _behind(crawler)
        super().__init__(crawler)


class TrialHandler(CustomSpiderHandler):
    def __init__(self, crawler: Crawler) -> None:
        _behind(crawler)
        super().__init__(crawler)


class RecordedTransport:
    """Answers from the evidence of a round: the last whole answer to each address. Nobody is asked for anything."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._round = round_of(str(folder))
        try:
            self._store = EvidenceStore.open(folder / EVIDENCE)
        except EvidenceError as error:
            raise RoundUnusable(said("evidence", folder=folder / EVIDENCE, error=error)) from None
        self._ready: deque[Request] = deque()

    @cached_property
    def _captures(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for capture in self._store.captures(kind="http"):
            if getattr(capture.facts, "status", None) is not None:
                found[identity(capture.url)] = capture.id
        return found

    @property
    def agency(self) -> Agency:
        return self._round.agencies[0]

    @property
    def claims(self) -> tuple[Service | Dataset, ...]:
        return _claims(self._round, self.agency)

    @property
    def pending(self) -> bool:
        return bool(self._ready)

    def enqueue(self, request: Request) -> None:
        self._ready.append(request)

    def next(self) -> Request | None:
        return self._ready.popleft() if self._ready else None

    async def answer(self, request: Request) -> Response:
        capture_id = self._captures.get(identity(request.url))
        if capture_id is None:
            raise RequestRefused(request.url, said("no_answer", folder=self._folder))
        capture: Capture = self._store.get(capture_id)
        job = Job(capture.agency, capture.url, capture.purpose, attempt=capture.attempt)
        return CapturedResponse.of(job, capture, self._store.body(capture_id))


class LiveTransport:
    """A run that visits one agency, in which this crawler is the only spider that asks."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._round = round_of(crawler.settings["GOVAH_ROUND"])
        self._other: CustomSpider | None = None
        self._early: list[Request] = []
        self._running: asyncio.Task[None] | None = None
        self._closed: asyncio.Future[None] | None = None
        self._writer: EvidenceWriter | None = None
        self._id = ""
        crawler.signals.connect(self._end, signals.spider_closed)

    @property
    def agency(self) -> Agency:
        named = self._id or agency_of(self._round, self._crawler.settings["GOVAH_AGENCY"])
        return next(agency for agency in self._round.agencies if agency.id == named)

    @property
    def claims(self) -> tuple[Service | Dataset, ...]:
        return _claims(self._round, self.agency)

    @property
    def pending(self) -> bool:
        return bool(self._early) or (self._other is not None and self._other.pending)

    def enqueue(self, request: Request) -> None:
        if self._other is not None:
            self._other.enqueue(request)
            return
        self._early.append(request)
        if self._running is None:
            self._id = agency_of(self._round, self._crawler.settings["GOVAH_AGENCY"], request.url)
            folder = trial_folder(self._round, f"{self._crawler.spidercls.name}-{self._id}")
            self._running = asyncio.ensure_future(self._run(folder))

    def next(self) -> Request | None:
        return self._other.next() if self._other is not None else None

    async def answer(self, request: Request) -> Response:
        assert self._other is not None and self._writer is not None
        try:
            return await self._other.answer(request)
        finally:
            self._writer.commit()  # a shell is left at any moment

    async def _run(self, folder: Path) -> None:
        evidence, settings = folder / EVIDENCE, self._round.settings
        policy = AddressPolicy(settings.network)
        self._writer = EvidenceWriter.open(
            evidence,
            vantage=settings.vantage,
            now=now,
            new_id=new_id,
            plan=written_plan(self._round, plan_of(self._round, evidence, policy)),
            signer=load_or_create(folder / KEY),
        )
        runner = CrawlRunner(
            self._round,
            VisitScope((self.agency,)),
            evidence=ShardEvidence(self._writer, EarlierRuns(None), free=lambda: free_bytes(evidence)),
            network=NetworkAccess(policy, user_agent(settings.crawl.contact), renderer=None),
            crawl_context=CrawlContext(now, new_id, control_timeout=_CONTROL_TIMEOUT),
            progress=lambda progress: None,
            stopping=lambda: False,
            spiders=RunSpiders(IdleSpider, (self._crawler.spidercls,), self._adopt),
        )
        sys.stderr.write(said("keeps", folder=folder) + "\n")
        await runner.run()
        self._writer.close()

    def _adopt(self, other: CustomSpider) -> asyncio.Future[None]:
        """This crawler is the spider that the run would have started; what is returned is done when it is closed."""
        self._other = other
        other.crawler = self._crawler
        early, self._early = self._early, []
        for request in early:
            other.enqueue(request)
        self._closed = asyncio.get_running_loop().create_future()
        return self._closed

    async def _end(self, spider: Spider) -> None:
        if self._closed is not None and not self._closed.done():
            self._closed.set_result(None)
        if self._running is not None:
            with suppress(EvidenceError):
                await self._running
