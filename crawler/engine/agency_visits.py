"""All agencies of a run: who is let in, where their wishes go, what came of them, when each is over."""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass

from protego import Protego
from scrapy import Request

from claims.model import Agency, Round
from crawler.browser.choice import RenderJob
from crawler.crawl_context import CrawlContext
from crawler.discovery.crawl_account import Unfetched
from crawler.engine.admission import Hold, ProcessLoad, admission
from crawler.engine.custom_spiders import CustomSpiders
from crawler.engine.earlier_runs import EarlierVisit
from crawler.engine.progress import CrawlCounters
from crawler.engine.shard_evidence import ShardEvidence
from crawler.jobs import Job
from crawler.politeness.address_locks import AddressLocks
from crawler.politeness.frontier import Frontier
from crawler.politeness.host_slot import DAY
from crawler.politeness.permits import AtHost, permits_of
from crawler.politeness.robots import Robots, is_file, parsed
from crawler.retest import Retest
from crawler.spiders.agency import AgencySpider
from crawler.spiders.visit import AgencyVisit
from crawler.transport.browser_pages import BrowserPages, document_of, keep
from crawler.transport.host_probe import HostProbe
from crawler.transport.requests import (
    CapturedResponse,
    ProbeResponse,
    RenderedResponse,
    of_known,
    of_probe,
    unanswered,
)
from evidence.cpu_limit import CutOff, TookTooLong, cpu_limit, unbroken
from evidence.errors import WriteFailed
from evidence.kinds.crawl import CrawlFacts
from evidence.kinds.http import HttpFacts
from evidence.kinds.page import PageFacts
from evidence.records import Capture
from evidence.store import EvidenceError
from web.document import Document

_AT_ONCE = 16  # answers of earlier runs that are under way to their spiders
_READING, _LEAST_READING = 20.0, 0.5  # seconds of CPU for what one answer says; the longest page takes two


@dataclass(frozen=True, slots=True)
class VisitScope:
    """What is visited. retest: the one claim of the one agency; None for all of every agency."""

    agencies: tuple[Agency, ...]
    retest: Retest | None = None


@dataclass(frozen=True, slots=True)
class VisitHooks:
    """What the visits need of the run they are of.

    load: what the admission goes by. pages: gives the browser's. may_ask_dns: whether there is anybody to ask in the DNS
    about a host. crawl: has the spider of a visit `begin`. close: has it closed, with the state of its account, so that
    `closed` is called. give: has the engine of an agency that is let in ask for something. replay: asks for `replay` to
    be called. read: an answer was. over: the last visit is. fail: an error that ends the run.
    """

    load: Callable[[], ProcessLoad]
    pages: Callable[[AtHost], BrowserPages]
    may_ask_dns: Callable[[str], bool]
    crawl: Callable[[AgencyVisit], None]
    close: Callable[[AgencyVisit, str], None]
    give: Callable[[str, Request], None]
    replay: Callable[[], None]
    read: Callable[[Job], None]
    over: Callable[[], None]
    fail: Callable[[Exception], None]


class AgencyVisits:
    """The request sink of every agency's visit.

    spider: of each agency. others: spiders of the audit body's own.
    held_back: why agencies that wait are not let in though there are places, else None.
    """

    def __init__(
        self,
        round: Round,
        scope: VisitScope,
        *,
        evidence: ShardEvidence,
        crawl_context: CrawlContext,
        counters: CrawlCounters,
        spider: type[AgencySpider],
        others: CustomSpiders,
        hooks: VisitHooks,
        address_locks: AddressLocks | None = None,
    ) -> None:
        self._round = round
        self._retest = scope.retest
        self._settings = round.settings.crawl
        self._writer = evidence.writer
        self._archive = evidence.earlier
        self._over_before = frozenset(a.id for a in scope.agencies if self._archive.is_over(a.id))
        self._waiting = deque(a for a in scope.agencies if a.id not in self._over_before)
        self._limits = crawl_context.limits
        self._read_listing = crawl_context.read_listing
        self._counters = counters
        self.held_back: Hold | None = None
        self._now = crawl_context.now
        self._spider = spider
        self._others = others
        self._hooks = hooks
        self._visits: dict[str, AgencyVisit] = {}
        self._archives: dict[str, EarlierVisit] = {}
        self._too_long = Counter[str]()  # answers that took too long to be read, by agency
        self._replays: deque[tuple[Job, str]] = deque()
        self._replaying = set[Job]()
        self._ending = set[str]()
        self._left: dict[str, int] = {}  # jobs that nobody was asked for when the run ended, by agency
        self.frontier = Frontier(
            delay_of=self._settings.delay_of,
            per_host=self._settings.per_host,
            per_day=self._settings.per_day,
            content_delivery=round.settings.network.content_delivery,
            admit=self._admit,
        )
        self.permit = permits_of(self.frontier, address_locks)
        self.pages = hooks.pages(self.permit)
        self._beside = 0  # pages and probes that are asked for and not yet there
        self.robots = Robots(
            obey=self._settings.robots,
            fetch=self._go,
            go=self._go,
            refuse=lambda job: self._refuse(job, "robots"),
            slow=lambda host, delay: self.frontier.slot(host).slow(delay),
            joined=self.frontier.look_again,
        )
        self.frontier.wanted_by = self.robots.wanted_by
        counters.agencies = len(scope.agencies)
        counters.done = len(self._over_before)
        self._claims = Counter(service.agency for service in round.services)
        self._claims.update(dataset.agency for dataset in round.datasets)
        counters.claims = sum(self._claims[agency.id] for agency in scope.agencies)
        self._settled = sum(self._claims[agency] for agency in self._over_before)  # of agencies that are over
        for agency in self._over_before:  # exchanges of the others are counted as they are read again
            exchanges, failed = self._archive.exchanges(agency)
            counters.exchanges += exchanges
            counters.errors += failed

    def __len__(self) -> int:
        return len(self._visits)

    @property
    def settled(self) -> int:
        """Claims that need no further visit."""
        return self._settled + sum(visit.settled for visit in self._visits.values())

    @property
    def stalled(self) -> bool:
        """Whether agencies are open though nothing is under way for anyone: an error of ours."""
        under_way = self.frontier.queued or self.frontier.in_flight or self._replays or self._replaying
        return bool(self._visits) and not (under_way or self._beside)

    def give_up(self) -> None:
        """End those that are open though nothing is under way: an error of ours, which costs them what is missing and no other."""
        for name, visit in list(self._visits.items()):
            self._counters.note(RuntimeError("nothing is under way, yet not done"), name)
            visit.give_up()
            self._end(visit, "time_budget")

    # coming and going

    def fill(self) -> None:
        """Let waiting agencies in as far as the admission allows. Called again and again."""
        load = self._hooks.load()
        admitted = admission(len(self._visits), load)
        self.held_back = admitted.held if self._waiting else None
        most = len(self._visits) + admitted.count
        while self._waiting and len(self._visits) < most:
            self._let_in(self._waiting.popleft())
        if self._visits:
            return
        if not self._waiting:
            self._hooks.over()
        elif self.held_back == "disk":  # nothing of ours ends that would leave more room
            self._hooks.fail(WriteFailed(f"too little room for another agency: {load.free} bytes are free"))

    def _let_in(self, agency: Agency) -> None:
        self._archives[agency.id] = self._archive.of(agency.id)
        visit = self._visits[agency.id] = AgencyVisit(
            agency,
            self._round.services_of(agency.id),
            self._round.datasets_of(agency.id),
            self._settings,
            self._limits,
            self,
            renders=self.pages.available,
            alone=None if self._retest is None else self._retest.addresses,
            follows=self._spider.follows,
            read_listing=self._read_listing,
        )
        if self._retest is None:
            visit.open += self._others.begin(visit)
        self._hooks.crawl(visit)

    def begin(self, visit: AgencyVisit) -> None:
        """The visit's spider is open. Never raises."""
        try:
            visit.start()
            self._settle(visit.agency.id)
        except Exception as error:
            self._hooks.fail(error)

    def _settle(self, agency: str) -> None:
        """Close an agency when nothing of it is under way any more."""
        visit = self._visits.get(agency)
        if visit is None or agency in self._ending or visit.open > 0 or visit.measure_templates():
            return
        state = "blocked" if visit.blocked else "time_budget" if visit.ledger.ran_out_of_time else "complete"
        self._end(visit, state)

    def _end(self, visit: AgencyVisit, state: str) -> None:
        self._ending.add(visit.agency.id)
        self._hooks.close(visit, state)

    def other_is_over(self, visit: AgencyVisit) -> None:
        """A spider of somebody else is closed, or given up. Never raises."""
        try:
            visit.open -= 1
            self._settle(visit.agency.id)
        except Exception as error:
            self._hooks.fail(error)

    def closed(self, visit: AgencyVisit, state: str) -> None:
        """The visit's spider is closed, which is what its account says. Never raises."""
        agency = visit.agency.id
        if self._visits.pop(agency, None) is None or state == "failed":
            return
        try:
            self._account(visit, state, self._left.get(agency, 0))
            del self._archives[agency]
            if state != "interrupted":
                self._counters.done += 1
                self._settled += self._claims[agency]
            if not self.frontier.closed:
                self.fill()
        except Exception as error:
            self._hooks.fail(error)

    def stop(self, state: str) -> None:
        """Nothing goes out any more: close the agencies that the next run goes on with. state: of the run."""
        for job in self.frontier.waiting():
            self._left[job.agency] = self._left.get(job.agency, 0) + (job.counts and job.attempt == 1)
        for agency, visit in list(self._visits.items()):
            if agency not in self._ending:
                self._end(visit, state)

    def _account(self, visit: AgencyVisit, state: str, waiting: int) -> None:
        ledger = visit.ledger
        self._writer.add(
            kind="crawl",
            agency=visit.agency.id,
            url=visit.agency.portal,
            purpose="home",
            attempt=1,
            time=self._now(),
            facts=CrawlFacts(
                state, ledger.eligible + waiting, ledger.fetched, bool(self._round.settings.network.controls)
            ),
            body=ledger.to_json(self.pages.browser, None if self._retest is None else self._retest.to_json()),
        )

    def paused(self, began: float, ended: float) -> None:
        """Nothing went out between these times."""
        for visit in self._visits.values():
            visit.budget.stood_still(began, ended)

    def remember_today(self) -> None:
        """What earlier runs asked of a host in the last 24 hours counts for its most of a day."""
        if not self._settings.per_day:
            return
        now, clock = self._now(), time.monotonic()
        for when, host in self._archive.asked(now - dt.timedelta(seconds=DAY)):
            self.frontier.slot(host).asked(clock - (now - when).total_seconds())

    # the request sink

    def monotonic(self) -> float:
        return time.monotonic()

    def held(self, host: str, when: float) -> float:
        return self.frontier.slot(host).held(when)

    def submit(self, job: Job) -> None:
        self.robots.submit(job)

    def sitemaps(self, origin: str) -> tuple[str, ...]:
        return self.robots.sitemaps(origin)

    def render(self, job: RenderJob) -> None:
        found = self._archives[job.job.agency].rendered(job)
        self._beside += 1
        if found is None:
            self.pages.add(job)
            return
        facts, dom = found[0].facts, found[1]
        kept = (facts.final_url, dom) if isinstance(facts, PageFacts) else ()
        self._hooks.give(job.job.agency, of_known(RenderedResponse(job, None, *kept), job.url))

    @unbroken
    def probe(self, agency: str, host: str, port: int, *, full: bool, attempt: int, wait: float) -> None:
        if self._spider.probes_hosts and (f"{host}:{port}", attempt) not in self._archives[agency].probes:
            self._ask_probe(HostProbe(agency, host, port, attempt, wait, full))

    @unbroken
    def lookup(self, agency: str, host: str, *, attempt: int, wait: float) -> None:
        if (
            self._spider.probes_hosts
            and self._hooks.may_ask_dns(host)
            and (host, attempt) not in self._archives[agency].probes
        ):
            self._ask_probe(HostProbe(agency, host, None, attempt, wait))

    def _ask_probe(self, target: HostProbe) -> None:
        self._visits[target.agency].open += 1
        self._beside += 1
        self._hooks.give(target.agency, of_probe(target))

    def _go(self, job: Job) -> None:
        archive = self._archives.get(job.agency)
        if job.purpose == "robots":
            found = self._archive.robots(job)
        else:
            found = archive.exchange(job) if archive is not None else None
        if found is not None:
            self._replays.append((job, found))
            self._hooks.replay()
        else:
            self.frontier.add(job)

    def again(self, job: Job) -> None:
        visit = self._visits.get(job.agency)
        if visit is not None and job.purpose != "robots":
            visit.again_after_outage(job)
        else:
            self.frontier.add(job)

    def _admit(self, job: Job) -> bool:
        if job.purpose == "spider" and not self._others.wants(job):
            return False
        visit = self._visits.get(job.agency)
        reason = visit.admit(job, time.monotonic()) if visit is not None else None
        if reason is None:
            return True
        self._refuse(job, reason)
        return False

    def _refuse(self, job: Job, reason: Unfetched) -> None:
        if job.purpose == "spider":
            self._others.refuse(job, reason)
            return
        visit = self._visits.get(job.agency)
        if visit is not None:
            visit.refused(job, reason)
            self._settle(job.agency)

    # what came

    def taken(self, response: CapturedResponse) -> None:
        """A spider got an answer. Never raises."""
        job = response.job
        try:
            if job in self._replaying:
                self._replaying.discard(job)
                self._hooks.replay()
            self.take(job, response.capture, response.body, response.ago)
            self._hooks.read(job)
        except Exception as error:
            self._hooks.fail(error)

    def take(self, job: Job, capture: Capture, body: bytes, ago: float = 0.0) -> None:
        """An exchange was recorded, now or in an earlier run."""
        facts = capture.facts
        assert isinstance(facts, HttpFacts)
        visit = self._visits.get(job.agency)
        if job.purpose == "robots":
            hop = self.robots.learned(job, facts, self._rules(job, facts, body))
            if hop is not None:
                hop.previous = capture.id
                self._go(hop)
        elif visit is not None:
            visit.came(job, ago)
            if not self._read(job.agency, job.url, lambda: visit.take(job, capture, body, ago)):
                visit.unread(job)
            visit.open -= 1
        self._settle(job.agency)

    def _rules(self, job: Job, facts: HttpFacts, body: bytes) -> Protego | None:
        """What a robots.txt says; None when it is none, or cannot be read, which closes what it is about."""
        if not is_file(facts):
            return None
        rules: list[Protego | None] = []
        self._read(job.agency, job.url, lambda: rules.append(parsed(body)))
        return rules[0] if rules else None

    def _read(self, agency: str, url: str | None, read: Callable[[], object]) -> bool:
        """Whether an answer was read. What it makes our code raise costs that answer; a store or a memory that fails ends the run.

        What is cut off because the run is to end keeps the agency open: the next run reads it. Each answer that takes
        too long halves the time that those of its agency may take.
        """
        try:
            with cpu_limit(max(_LEAST_READING, _READING / 2 ** self._too_long[agency])):
                read()
            return True
        except (EvidenceError, OSError, MemoryError):
            raise
        except CutOff:
            visit = self._visits.get(agency)
            if visit is not None:
                visit.open += 1
        except Exception as error:
            self._too_long[agency] += isinstance(error, TookTooLong)
            self._counters.note(error, url or agency)
        return False

    def replay(self) -> None:
        """Hand on answers of earlier runs, a few at a time."""
        while self._replays and len(self._replaying) < _AT_ONCE:
            job, capture_id = self._replays.popleft()
            capture, body = self._archive.read(capture_id)
            if capture.agency not in self._over_before:  # whose robots.txt others heed too
                self._counters.exchanges += 1
                self._counters.errors += (
                    isinstance(capture.facts, HttpFacts) and capture.facts.failure is not None
                )
            visit = self._visits.get(job.agency)
            ago = max(0.0, (self._now() - capture.time).total_seconds())
            if visit is None or job.purpose == "robots":
                self.take(job, capture, body, ago)
            else:
                visit.budget.count(job)
                response = CapturedResponse.of(job, capture, body, ago)
                if job.purpose == "spider":
                    self._others.go(job, response)
                else:
                    self._replaying.add(job)
                    self._hooks.give(job.agency, of_known(response, job.url))

    def rendered(self, response: RenderedResponse) -> None:
        """A spider got a page of the browser. Never raises."""
        render, page = response.render, response.page
        agency, url = render.job.agency, render.url
        try:
            self._beside -= 1
            kept: list[Document | None] = []
            self._read(agency, url, lambda: kept.append(self._shown(response)))
            dom = kept[0] if kept else None
            self._counters.rendered += dom is not None
            lost = page is not None and page.result is None
            visit = self._visits[agency]
            self._read(agency, url, lambda: visit.rendered(render, dom, lost=lost))
            visit.open -= 1
            self._settle(agency)
        except Exception as error:
            self._hooks.fail(error)

    def lost(self, request: Request, error: BaseException | None) -> None:
        """Scrapy has no answer to what a spider of ours asked for: an error of ours, which costs that answer. Never raises.

        Of an exchange it ends the run: its place at its host would stay taken.
        """
        match unanswered(request, self._now()):
            case RenderedResponse() as response:
                self.rendered(response)
            case ProbeResponse() as response:
                self.probed(response)
            case CapturedResponse(job=job):
                self._forgo(job)
            case _:
                self._hooks.fail(RuntimeError(f"no answer to {request.url}: {error!r}"))

    def _forgo(self, job: Job) -> None:
        try:
            self._replaying.discard(job)
            self._hooks.replay()
            visit = self._visits[job.agency]
            visit.unread(job)
            visit.open -= 1
            self._settle(job.agency)
        except Exception as error:
            self._hooks.fail(error)

    def _shown(self, response: RenderedResponse) -> Document | None:
        if response.page is not None:
            return keep(self._writer, response.render, response.page)
        return document_of(response.url, response.body)

    def probed(self, response: ProbeResponse) -> None:
        """A host was probed, or could not be. Never raises."""
        agency, keep = response.target.agency, response.keep
        try:
            self._beside -= 1
            if keep is not None:
                self._read(agency, None, lambda: keep(self._writer))
            self._visits[agency].open -= 1
            self._settle(agency)
        except Exception as error:
            self._hooks.fail(error)
