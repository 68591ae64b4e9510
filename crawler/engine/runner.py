"""One run of the crawl: a Scrapy crawler for each agency under way, over one frontier, one transport and one store.

Everything here happens on the event loop's thread. Not here: what follows from an answer
(`crawler.spiders`), what goes over the wire (`crawler.wire.fetcher`).
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from scrapy import Request, Spider, signals
from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.settings import Settings

from claims.model import Round
from claims.model import Settings as RoundSettings
from crawler.browser.choice import RenderJob
from crawler.browser.renderer import Renderer
from crawler.crawl_context import CrawlContext
from crawler.engine import settings as scrapy_settings
from crawler.engine.admission import ProcessLoad
from crawler.engine.agency_visits import AgencyVisits, VisitHooks, VisitScope
from crawler.engine.custom_spiders import CustomSpider, CustomSpiders
from crawler.engine.error_log import errors_reported
from crawler.engine.exchange_recorder import ExchangeRecorder, RecorderHooks
from crawler.engine.fixed_settings import fix_settings
from crawler.engine.loop_lag import LoopLag
from crawler.engine.progress import MOST_WAITS, CrawlCounters, Progress, State, Wait
from crawler.engine.shard_evidence import ShardEvidence
from crawler.jobs import ExchangeLimits, Job
from crawler.politeness.address_locks import AddressLocks
from crawler.politeness.frontier import PLACES, Frontier
from crawler.politeness.pause_state import PauseState
from crawler.politeness.policy import AddressPolicy
from crawler.politeness.wake_timer import WakeTimer
from crawler.politeness.working_hours import WorkingHours
from crawler.spiders.agency import AgencySpider
from crawler.spiders.limits import in_steps
from crawler.spiders.visit import AgencyVisit
from crawler.transport.browser_pages import BrowserPages
from crawler.transport.dns_probes import DnsProbes
from crawler.transport.host_probe import HostProbe
from crawler.transport.requests import (
    CapturedResponse,
    ProbeResponse,
    RenderedResponse,
    of_job,
    of_page,
)
from crawler.transport.tls_probes import TlsProbes
from crawler.transport.transports import set_transport
from crawler.wire.exchange import Exchange
from crawler.wire.fetcher import Fetcher, FetcherContext
from evidence.errors import EvidenceError
from evidence.records import Capture

T = TypeVar("T")
_TICK = 0.2
_GRACE = 2.0
_STALL = 30.0
_RECENT = 10.0  # seconds of which the worst lag is told
_LATE = 2.0  # seconds of which the worst lag decides whether agencies are let in
_SILENT = 3.0  # seconds that a host takes for its answer until that is told
_CLOSING = 10.0  # seconds for all spiders to be closed at the end of a run


@dataclass(frozen=True, slots=True)
class RunSpiders:
    """Who visits each agency.

    spider: of the audit. others: spiders of the audit body's own. adopt: has a crawler that runs already as one of them,
    and gives what is done when it is closed.
    """

    spider: type[AgencySpider] = AgencySpider
    others: Sequence[type[Spider]] = ()
    adopt: Callable[[CustomSpider], asyncio.Future[None]] | None = None


@dataclass(frozen=True, slots=True)
class NetworkAccess:
    """How the run reaches portals.

    policy: which addresses it may connect to. renderer: None without a browser. address_locks: where other processes
    crawl the round too.
    """

    policy: AddressPolicy
    user_agent: str
    renderer: Renderer | None
    address_locks: AddressLocks | None = None


class CrawlRunner:
    """Guarantees: nothing is fetched that the store already has; a failure of the store ends the run.

    state: how the run ended.
    """

    def __init__(
        self,
        round: Round,
        scope: VisitScope,
        *,
        evidence: ShardEvidence,
        network: NetworkAccess,
        crawl_context: CrawlContext,
        progress: Callable[[Progress], None],
        stopping: Callable[[], bool],
        spiders: RunSpiders = RunSpiders(),
    ) -> None:
        settings, now = round.settings, crawl_context.now
        self.state: State = "failed"
        self.counters = CrawlCounters()
        self._writer = evidence.writer
        self._progress = progress
        self._stopping = stopping
        self._free = evidence.free
        self._renderer = network.renderer
        self._started = False
        self._stalled_since: float | None = None
        self._over: asyncio.Future[State] | None = None
        self._lag = LoopLag()
        self._scrapy: AsyncCrawlerRunner | None = None
        self._settings_of_others = Settings()
        self._settings_of_others.setmodule(scrapy_settings)
        self._crawlers: dict[str, Crawler] = {}
        self._answers: dict[Job, asyncio.Future[CapturedResponse]] = {}
        self._unread: dict[Job, Callable[[], None]] = {}
        self._spider = spiders.spider
        self._adopt = spiders.adopt
        self._others = CustomSpiders(spiders.others, self, bounded=spiders.adopt is None)
        self._tasks = set[asyncio.Future[None]]()
        self._beside = set[asyncio.Future[Any]]()
        self._replay: Callable[[float], None] = lambda seconds: None
        self._agencies = AgencyVisits(
            round,
            scope,
            evidence=evidence,
            crawl_context=crawl_context,
            counters=self.counters,
            spider=self._spider,
            others=self._others,
            hooks=self._visit_hooks(now),
            address_locks=network.address_locks,
        )
        self.frontier: Frontier = self._agencies.frontier
        self._tls_probes = TlsProbes(
            network.policy,
            now,
            self._agencies.permit,
            network.user_agent,
            round_id=settings.id,
            opening=evidence.opening,
        )
        self._dns_probes = DnsProbes(settings.network, now, lambda: self.frontier.paused)
        self._still = PauseState(self.frontier, self._agencies.paused)
        self._hours = WorkingHours(settings.crawl)
        self._opens: dt.datetime | None = None
        self._now = now
        self.exchanges = self._recorder(settings, crawl_context)
        self._fetcher: Fetcher | None = None
        self._context = self._fetcher_context(network, crawl_context.limits, settings.crawl.per_host)

    def _recorder(self, settings: RoundSettings, crawl_context: CrawlContext) -> ExchangeRecorder:
        return ExchangeRecorder(
            writer=self._writer,
            frontier=self.frontier,
            counters=self.counters,
            now=self._now,
            max_body=settings.crawl.max_body,
            controls=settings.network.controls,
            control_timeout=crawl_context.control_timeout,
            hooks=RecorderHooks(
                take=self._recorded,
                again=self._comes_again,
                fetch=self._ask_control,
                pause=self._pause,
                at_rest=lambda: "hours" in self._still,
                stopped=lambda: self._over is not None and self._over.done(),
            ),
        )

    def _fetcher_context(
        self, network: NetworkAccess, limits: ExchangeLimits, per_host: int
    ) -> FetcherContext:
        return FetcherContext(
            limits=limits,
            policy=network.policy,
            per_host=per_host,
            user_agent=network.user_agent.encode("latin-1", "replace"),
            written=self.frontier.written,
            lag=self._lag.since,
            reached=self._reached,
            again=self.frontier.again,
            address_locks=network.address_locks,
            pace=lambda host: self.frontier.slot(host).pace,
            waits_for_lock=self.frontier.waits_for_lock,
        )

    def _visit_hooks(self, now: Callable[[], dt.datetime]) -> VisitHooks:
        return VisitHooks(
            load=self._load,
            pages=lambda permit: BrowserPages(self._show, now, permit),
            may_ask_dns=lambda host: self._dns_probes.wants(host),
            crawl=self._crawl,
            close=self._close,
            give=lambda agency, request: _ask(self._crawlers[agency], request),
            replay=lambda: self._replay(0.0),
            read=self._read,
            over=lambda: self._end("complete"),
            fail=self._fail,
        )

    def _exchanged(self, job: Job, exchange: Exchange) -> None:
        """An exchange is over, well or badly. Never raises."""
        try:
            self.exchanges.arrived(job, exchange)
        except Exception as error:
            self._fail(error)
        self.frontier.wake(0.0)

    # what Scrapy's engines ask for, and get

    async def exchange(self, job: Job) -> CapturedResponse:
        """Asks for a job that may go. Raises IgnoreRequest where it comes again by itself, or the run is over."""
        assert self._fetcher is not None
        waited_for: asyncio.Future[CapturedResponse] = asyncio.get_running_loop().create_future()
        self._answers[job] = waited_for
        self._fetcher.start(job, self._exchanged)
        return await waited_for

    async def render(self, render: RenderJob) -> RenderedResponse:
        return RenderedResponse(render, await self._unless_over(self._agencies.pages.render(render)))

    async def probe(self, target: HostProbe) -> ProbeResponse:
        asked = self._dns_probes if target.port is None else self._tls_probes
        return ProbeResponse(target, await self._unless_over(asked.probe(target)))

    async def _unless_over(self, work: Coroutine[Any, Any, T]) -> T:
        """What comes of it. Raises IgnoreRequest where the run ends before: the next one does it then."""
        task = asyncio.ensure_future(work)
        self._beside.add(task)
        try:
            return await task
        except asyncio.CancelledError:
            raise IgnoreRequest from None
        finally:
            self._beside.discard(task)

    def _show(self, render: RenderJob) -> bool:
        crawler = self._crawlers.get(render.job.agency)
        if crawler is None:
            return False
        _ask(crawler, of_page(render))
        return True

    def _recorded(self, job: Job, capture: Capture, body: bytes, release: Callable[[], None]) -> None:
        waited_for = self._answers.pop(job, None)
        if waited_for is not None and job.purpose != "spider":
            self._unread[job] = release
        else:
            release()
        if waited_for is not None:
            waited_for.set_result(CapturedResponse.of(job, capture, body))
        elif job.purpose != "spider":  # a robots.txt, which is every agency's
            self._agencies.take(job, capture, body)

    def _read(self, job: Job) -> None:
        """A spider of ours has read an answer: its host may be asked for what follows."""
        release = self._unread.pop(job, None)
        if release is not None:
            release()
            self.frontier.wake(0.0)

    def _comes_again(self, job: Job) -> None:
        self._left(job)
        self._agencies.again(job)

    def _reached(self, job: Job, address: str) -> bool:
        goes = self.frontier.reached(job, address)
        if not goes:
            self._left(job)
        return goes

    def _left(self, job: Job) -> None:
        """Nobody is to wait for this answer any more; spiders of others do not know that a job may come again."""
        if job.purpose == "spider" and not self.frontier.closed:
            return
        waited_for = self._answers.pop(job, None)
        if waited_for is not None:
            waited_for.set_exception(IgnoreRequest())

    def _crawl(self, visit: AgencyVisit) -> None:
        assert self._scrapy is not None
        crawler = self._crawlers[visit.agency.id] = Crawler(self._spider, self._scrapy.settings)
        set_transport(crawler, self)
        task = self._scrapy.crawl(crawler, visit=visit, agencies=self._agencies)
        task.set_name(visit.agency.id)
        self._do(task)

    # what spiders of others need of the run

    def submit(self, job: Job) -> None:
        self._agencies.submit(job)

    def crawl(self, spider: type[Spider], other: CustomSpider) -> asyncio.Future[None]:
        if self._adopt is not None:
            return self._adopt(other)
        crawler = other.crawler = Crawler(spider, self._settings_of_others)
        fix_settings(crawler.settings, self._settings_of_others)
        set_transport(crawler, other)
        crawler.signals.connect(other.opened, signals.spider_opened)
        return asyncio.ensure_future(in_steps(crawler.crawl_async(agency=other.agency.id)))

    def over(self, visit: AgencyVisit) -> None:
        self._agencies.other_is_over(visit)

    def heard(self, error: BaseException) -> None:
        """An error of theirs: it costs nobody else."""
        self.counters.note(error if isinstance(error, Exception) else RuntimeError(repr(error)))

    def _close(self, visit: AgencyVisit, state: str) -> None:
        crawler = self._crawlers.pop(visit.agency.id)
        if crawler.spider is None:  # let in a moment ago, and never opened
            for task in self._tasks:
                if isinstance(task, asyncio.Task) and task.get_name() == visit.agency.id:
                    task.cancel()
            self._agencies.closed(visit, state)
        else:
            self._do(asyncio.ensure_future(crawler.engine.close_spider_async(reason=state)))

    def _do(self, task: asyncio.Future[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Future[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._heard(error)

    def _heard(self, error: BaseException, spider: Spider | None = None) -> None:
        """An error that Scrapy caught. Of ours, without memory or a store the run cannot go on; else it costs an answer."""
        if spider is not None and not isinstance(spider, AgencySpider):
            self.heard(error)
            return
        known = error if isinstance(error, Exception) else RuntimeError(repr(error))
        if isinstance(error, (EvidenceError, OSError, MemoryError)):
            self._fail(known)
        else:
            self.counters.note(known)

    def _unheard(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """An error that nobody waits for. Without memory the run cannot go on; the next one can."""
        error = context.get("exception")
        if isinstance(error, MemoryError):
            self._fail(error)
        else:
            loop.default_exception_handler(context)

    async def run(self) -> None:
        """The whole run; `state` says how it ended."""
        loop = asyncio.get_running_loop()
        self._over = loop.create_future()
        self._fetcher = Fetcher(self._context)
        loop.set_exception_handler(self._unheard)
        self.frontier.wake = WakeTimer(loop, self._hand_out)
        self._replay = WakeTimer(loop, self._hand_on)
        settings = self._settings_of_others.copy()
        settings.setdict(scrapy_settings.OWN)
        self._scrapy = AsyncCrawlerRunner(settings)
        with errors_reported(self._heard):
            try:
                self.state = await self._work()
            except Exception as error:
                self.counters.note(error)
            try:
                await self._wind_down(self.state, self._fetcher)
            except Exception as error:
                self.counters.note(error)
                self.state = "failed"
        self._fetcher.close()

    def _hand_out(self) -> None:
        """Every job whose host is ready goes out."""
        assert self._fetcher is not None
        try:
            while self.frontier.in_flight < PLACES:
                if self._writer.overslept:
                    self.frontier.wake(_TICK)
                    return
                job = self.frontier.next_job(time.monotonic())
                if job is None:
                    return
                crawler = self._crawlers.get(job.agency) if job.purpose != "robots" else None
                if self._others.wants(job):
                    self._others.go(job)
                elif crawler is None or job in self._answers:
                    self._fetcher.start(job, self._exchanged)
                else:
                    _ask(crawler, of_job(job))
        except Exception as error:
            self._fail(error)

    def _hand_on(self) -> None:
        """Answers of earlier runs go to their spiders."""
        try:
            self._agencies.replay()
        except Exception as error:
            self._fail(error)

    async def _ask_control(self, job: Job) -> Exchange:
        assert self._fetcher is not None
        return await self._fetcher.fetch(job)

    async def _work(self) -> State:
        assert self._over is not None
        self._keep_hours()
        self._agencies.remember_today()
        tasks = [asyncio.ensure_future(work) for work in (self._lag.watch(), self._tick())]
        watch: asyncio.Task[None] | None = None
        try:
            if self._renderer is not None:
                await self._renderer.__aenter__()
                self._agencies.pages.open(self._renderer)
            silent = await self._silent()
            if silent is not None:
                return silent
            watch = asyncio.ensure_future(self._watch())
            tasks.append(watch)
            self._started = True
            self._agencies.fill()
            state = await self._over
            watch.cancel()
            return (await self._silent() or state) if state == "complete" else state
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if self._renderer is not None:
                await self._renderer.__aexit__(None, None, None)

    async def _silent(self) -> State | None:
        """How the run ends because no control answers, or because it was stopped meanwhile; else None."""
        asking = asyncio.ensure_future(self.exchanges.controls.ask())
        while not asking.done():
            await asyncio.wait({asking}, timeout=_TICK)
            if self._stopping() and not asking.done():
                asking.cancel()
                return "interrupted"
        return None if asking.result() else "paused"

    async def _watch(self) -> None:
        try:
            if not await self.exchanges.controls.watch():
                self._end("paused")
        except Exception as error:
            self._fail(error)

    async def _tick(self) -> None:
        while True:
            try:
                self._keep_hours()
                if self._started:
                    self._agencies.fill()
                self._writer.tick()
                self._report()
                self._others.look_after(time.monotonic())
                self._look_for_a_stall()
                if self._stopping():
                    self._end("interrupted")
            except Exception as error:
                self._fail(error)
            await asyncio.sleep(_TICK)

    def _look_for_a_stall(self) -> None:
        """A crawl that waits for nothing must not wait for ever: what waits is ended, and the others go on."""
        waits = self.exchanges.controls.holding or self.frontier.paused or self._others
        if waits or not self._agencies.stalled:
            self._stalled_since = None
        elif self._stalled_since is None:
            self._stalled_since = time.monotonic()
        elif time.monotonic() - self._stalled_since > _STALL:
            self._stalled_since = None
            self._agencies.give_up()

    def _end(self, state: State) -> None:
        if self._over is not None and not self._over.done():
            self._over.set_result(state)

    def _fail(self, error: Exception) -> None:
        self.counters.note(error)
        self._end("failed")

    async def _wind_down(self, state: State, fetcher: Fetcher) -> None:
        """Let what is under way finish shortly, close the accounts of unfinished agencies, commit."""
        self.frontier.closed = True
        if state != "complete":
            await self._settled(0.0 if state == "failed" else _GRACE)
            fetcher.abort()
            await self._settled(1.0)
        for task in list(self._beside):
            task.cancel()
        for job in list(self._answers):
            self._left(job)
        self._others.stop()
        self._agencies.stop("failed" if state == "failed" else "interrupted")
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_CLOSING)
        self._tls_probes.close()
        self._dns_probes.close()
        if state != "failed":
            self._writer.commit()
        self._report()

    async def _settled(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while self.frontier.in_flight and time.monotonic() < until:
            await asyncio.sleep(0.02)

    def _report(self) -> None:
        frontier = self.frontier
        self._progress(
            replace(
                self.counters.progress(),
                active=len(self._agencies),
                queued=frontier.queued,
                in_flight=frontier.in_flight,
                paused="controls" in self._still,
                opens=self._opens,
                full=frontier.full if frontier.per_day else 0,
                held=frontier.held,
                lag=self._lag.since(time.monotonic() - _RECENT),
                held_back=self._agencies.held_back,
                settled=self._agencies.settled,
                waits=tuple(self._waits())[:MOST_WAITS],
            )
        )

    def _waits(self) -> Iterator[Wait]:
        if not self._started or "controls" in self._still:
            yield Wait("controls")
        if (at := self._agencies.pages.at) is not None:
            yield Wait("rendering", at[2], at[0], at[1])
        later, seconds = self.frontier.due_later
        if later:
            yield Wait("second_visits", total=later, seconds=seconds)
        oldest = self._fetcher.oldest if self._fetcher is not None else None
        if oldest is not None and (silent := time.monotonic() - oldest.started) >= _SILENT:
            yield Wait("response", oldest.job.host, seconds=silent)

    def _load(self) -> ProcessLoad:
        return ProcessLoad(
            lag=self._lag.since(time.monotonic() - _LATE),
            free=self._free(),
            writing=self._writer.busy(_RECENT),
        )

    def _pause(self, silent: bool) -> None:
        """The controls fell silent, or answer again."""
        self._still.say("controls", silent)
        self._report()

    def _keep_hours(self) -> None:
        self._opens = self._hours.next_opening(self._now())
        self._still.say("hours", self._opens is not None)


def _ask(crawler: Crawler, request: Request) -> None:
    """Of a spider of ours, which is told where no answer will come."""
    assert isinstance(crawler.spider, AgencySpider)
    request.errback = crawler.spider.lost
    crawler.engine.crawl(request)
