"""The visit of one agency: what is asked for, and what follows from each answer.

Knows no network and no store: jobs go out and captures come in, so that a resumed crawl can take the
captures of an earlier run through the same code. Concludes nothing about the agency.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import cache
from typing import Protocol

from claims.model import Agency, CrawlSettings, Dataset, Service
from crawler import scope
from crawler.budget import Budget
from crawler.catalogue_places import claimed_bases
from crawler.catalogues import Catalogues
from crawler.claimed import claim_jobs, claimed_routes, known_jobs, leads_on
from crawler.cookies import given
from crawler.discovery import Discovery
from crawler.host_slot import retry_after_seconds
from crawler.job_maker import CLAIMED, JobMaker
from crawler.jobs import RANK_CATALOGUE, RANK_ENTRY, RANK_HOME, RANK_PAGE, Job, Limits
from crawler.ledger import Ledger, Unfetched
from crawler.novelty import Novelty
from crawler.places import Places
from crawler.rendering import RenderChoice, RenderJob, needs_browser, pictured, route_of
from crawler.searches import Searches
from crawler.second_visits import ALWAYS_TWICE, SecondVisits, interval, is_bad, may_be_error, may_tell_error
from crawler.siblings import sibling_urls, sketch_of
from crawler.soft_answers import SoftAnswers
from crawler.templates import Chosen, Templates
from evidence.challenge import challenge_marker
from evidence.cpu_limit import unbroken
from evidence.document import Document, looks_like_html
from evidence.records import Capture, HttpFacts
from evidence.urls import absolute, host, identity, is_web, origin, split_fragment


class Outlet(Protocol):
    """Where an agency's wishes go."""

    def submit(self, job: Job) -> None: ...
    def render(self, job: RenderJob) -> None: ...
    def probe(self, agency: str, host: str, port: int, *, full: bool, attempt: int, wait: float) -> None: ...
    def lookup(self, agency: str, host: str, *, attempt: int, wait: float) -> None: ...
    def sitemaps(self, origin: str) -> tuple[str, ...]: ...
    def monotonic(self) -> float: ...
    def held(self, host: str, when: float) -> float: ...


class AgencyVisit:
    """One agency. `open` counts what is asked for and not yet dealt with; at zero the visit is over.

    Whoever hands in an answer takes it from `open` once it was read, well or badly. Reading is interrupted at any place:
    what keeps the count, and what is asked for once, is `unbroken`.

    alone: nothing is visited but the claims, these addresses, and where they lead on; None for all of the portal.
    follows: what is asked for at all, where that is not everything.
    """

    def __init__(
        self,
        agency: Agency,
        services: tuple[Service, ...],
        datasets: tuple[Dataset, ...],
        settings: CrawlSettings,
        limits: Limits,
        out: Outlet,
        *,
        renders: bool,
        alone: tuple[str, ...] | None = None,
        follows: Callable[[Job], bool] | None = None,
    ) -> None:
        self.agency = agency
        self._alone = alone
        self._follows = follows
        self.ledger = Ledger()
        self.open = 0
        self.blocked = False
        self.claims: tuple[Service | Dataset, ...] = (*services, *datasets)
        self._services = services
        self._datasets = datasets
        self._settings = settings
        self._limits = limits
        self._out = out
        home = host(agency.portal)
        self.budget = Budget(settings, out.monotonic(), lambda when: out.held(home, when))
        self.ledger.traps = self.budget.traps.cut
        self._begun = False
        self._hosts = scope.own_hosts(agency)
        self._portal = identity(agency.portal)
        self._met: dict[str, bool] = {}  # identities that were asked for: whether the first visit is over
        self._asked_again: set[tuple[str, int]] = set()
        self._novelty = Novelty()
        self._soft = SoftAnswers()
        self._places = Places()
        self._again = SecondVisits(settings.retry_after)
        self._interval = interval(settings.retry_after)
        self._outcomes: dict[str, bool] = {}
        self._first_seen: dict[str, float] = {}  # monotonic, of first visits less than `interval` ago
        self._early: defaultdict[str, list[Job]] = defaultdict(list)  # second visits, by what they wait for
        self._followers: defaultdict[str, list[tuple[Job, Capture]]] = defaultdict(list)
        self._awaits: dict[str, str] = {}  # of first visits: the address whose answer decides
        self._routes: defaultdict[str, list[str]] = defaultdict(list)
        self._choice = RenderChoice(settings.render)
        self._has_browser = renders
        measured = renders and settings.render != "never" and alone is None
        self._templates = Templates() if measured else None
        self.jobs = JobMaker(agency.id, self._hosts, settings, limits)
        self._catalogues = Catalogues(self.jobs, self._hosts, self.ledger, self._ask)
        self._searches = Searches(self.jobs, services, settings.seed, self._ask)
        self._discovery = Discovery(
            self.jobs,
            settings,
            self.ledger,
            self.budget.traps,
            self.budget.twins,
            self._met,
            self._ask,
            self._foreign,
            self._named,
        )

    # asking

    def start(self) -> None:
        """The home page first: what it says decides whether anything else is asked for."""
        if self._alone is not None:
            self._begun = True
            self._ask_claims()
            for known in known_jobs(self.jobs, self._alone):
                self._ask(known)
            return
        for name, port in scope.tls_targets(self.agency):
            for attempt, wait in ((1, 0.0), (2, self._interval)):
                self._out.probe(self.agency.id, name, port, full=True, attempt=attempt, wait=wait)
        for name in scope.declared_hosts(self.agency):
            for attempt, wait in ((1, 0.0), (2, self._interval)):
                self._out.lookup(self.agency.id, name, attempt=attempt, wait=wait)
        url = split_fragment(absolute(self.agency.portal, "") or self.agency.portal)[0]
        self._ask(self.jobs.make(url, "home", RANK_HOME, 0))

    @unbroken
    def _begin(self, home: Job) -> None:
        """Everything that is known beforehand, once the home page was tried."""
        if self._begun:
            return
        self._begun = True
        self._ask_claims()
        for url in scope.host_probes(self.agency):
            self._ask(self.jobs.make(url, "host", RANK_ENTRY, 1))
        for url in scope.notices(self.agency):
            self._ask(self.jobs.make(url, "notice", RANK_ENTRY, 1))
        catalogue = absolute(self.agency.catalogue, "") if self.agency.catalogue else None
        if catalogue is not None and is_web(catalogue):
            self._ask(self.jobs.make(split_fragment(catalogue)[0], "catalogue", RANK_CATALOGUE, 1))
        if self._datasets or self.agency.catalogue:
            self._catalogues.add(claimed_bases(self.agency, self._datasets, self._hosts))
        base = origin(home.url)
        for url in (*self._out.sitemaps(base), "/sitemap.xml"):
            self._discovery.sitemap(absolute(f"{base}/", url) or url)

    def _ask_claims(self) -> None:
        for page, route in claimed_routes(self._services):
            self._routes[page].append(route)
        for job in claim_jobs(self.jobs, self._services, self._datasets):
            self._ask(job)

    @unbroken
    def _ask(self, job: Job) -> bool:
        """Send a job out, unless the same URL was asked for in the same attempt."""
        key = job.identity
        if self._alone is not None and not leads_on(job):
            return False
        if self._follows is not None and not self._follows(job):
            return False
        if job.attempt == 1:
            if key in self._met:
                return False
            self._met[key] = False
            self.ledger.forget(key)
        elif (key, job.attempt) in self._asked_again:
            return False
        else:
            self._asked_again.add((key, job.attempt))
        if job.attempt > 1 and not self._met.get(key, True):
            self.open += 1
            self._early[key].append(job)
        else:
            self._send(job)
        return True

    @unbroken
    def _send(self, job: Job) -> None:
        self.open += 1
        self._out.submit(job)

    def _foreign(self, name: str, port: int) -> None:
        if self._alone is not None:
            return
        for attempt, wait in ((1, 0.0), (2, self._interval)):
            self._out.probe(self.agency.id, name, port, full=False, attempt=attempt, wait=wait)

    def _named(self, url: str, fragment: str) -> None:
        """A link names a place on a page; when that page came without it, it is looked at once more."""
        if self._places.named(identity(url), fragment):
            page = self.jobs.make(url, "page" if host(url) in self._hosts else "link", RANK_PAGE, 1)
            self._ask(self._again.job(page, self._out.monotonic(), 0.0, None))

    def admit(self, job: Job, now: float) -> Unfetched | None:
        """Asked when the job's turn has come: the reason not to fetch it after all."""
        if self.blocked and job.purpose not in ("claim", "dataset", "robots"):
            return "blocked_agency"
        refusal = self.budget.refuses(job, now)
        if refusal is None:
            self.budget.count(job)
        return refusal

    def refused(self, job: Job, reason: Unfetched) -> None:
        """A job that will not be fetched."""
        self.open -= 1
        if job.attempt == 1 and job.purpose not in ("sibling", "robots", "notice"):
            self.ledger.missed(job.identity, job.url, reason, page=job.counts)
        self._first_visit_is_over(job)
        if job.purpose == "home":
            self._begin(job)
        if job.purpose == "listing":
            self._catalogues.refused(job)

    def give_up(self) -> None:
        """What was asked for and never came is not asked for any more."""
        for key, came in self._met.items():
            if not came:
                self.ledger.missed(key, key, "time_budget", page=True)

    def again_after_outage(self, job: Job) -> None:
        """The exchange failed by our own fault: the job goes out once more, as if it had not."""
        self.budget.give_back(job)
        self._out.submit(job)

    # what came

    def came(self, job: Job, ago: float) -> None:
        """An exchange was recorded; what follows from that whatever it says. ago: seconds since, when an earlier run had it."""
        if job.counts and job.attempt == 1:
            self.ledger.fetched += 1
        if job.attempt == 1:
            self._first_seen.setdefault(job.identity, self._out.monotonic() - ago)
            self._first_visit_is_over(job)

    def take(self, job: Job, capture: Capture, body: bytes, ago: float = 0.0) -> None:
        """Read what came."""
        facts = _facts(capture)
        if facts.redirect is not None and is_web(facts.redirect):
            self._redirected(job, capture, facts.redirect, ago)
        else:
            self._arrived(job, capture, facts, body, ago)

    def unread(self, job: Job) -> None:
        """Our reading failed: that of a home page keeps nothing else from being asked for."""
        if job.purpose == "home":
            self._begin(job)

    def _redirected(self, job: Job, capture: Capture, target: str, ago: float) -> None:
        key = identity(target)
        facts = _facts(capture)
        named = absolute(job.url, facts.header("location") or "") or target  # with its fragment
        if split_fragment(named)[1] is None:
            self._places.moved(job.identity, key)
        far = len(job.chain) >= self._limits.redirects
        looped = far or target in job.passed
        hop = self.jobs.hop(job, target, capture.id)
        if hop.attempt > 1:
            hop.not_before = self._apart(key)
        hop.given = given(job.given, job.host, facts)
        same_page = key in map(identity, job.passed)
        if same_page and not far and (not looped or hop.given != job.cookies):
            # back to where it came from, with a session in its address, or with what it was given for that
            hop.cookies = hop.given
            self._send(hop)
            return
        if job.purpose == "claim" and route_of(named) is not None:
            self._routed(job, named, key, capture)
        if not looped and self._ask(hop):
            return
        if job.purpose == "search":
            return  # it was led to a page that is fetched for its own sake
        if job.purpose == "listing":
            self._catalogues.answered(job, facts, b"")
        if looped:
            self._ended(job, capture, True, ago)
        elif job.attempt == 1 and key not in self._outcomes and job.purpose not in ALWAYS_TWICE:
            if self._waits_for(key, job.identity):
                self._ended(job, capture, True, ago)  # a loop of which each address was asked for by itself
            else:
                self._awaits[job.identity] = key
                self._followers[key].append((job, capture))  # decided when the target's own answer is there
        else:
            self._ended(job, capture, self._outcomes.get(key, False) or key == self._portal, ago)
        if job.purpose == "home":
            self._begin(job)

    def _waits_for(self, key: str, other: str) -> bool:
        """Whether an address waits, over whatever steps, for the answer of another."""
        seen = set[str]()
        while key != other and key in self._awaits and key not in seen:
            seen.add(key)
            key = self._awaits[key]
        return key == other

    @unbroken
    def _first_visit_is_over(self, job: Job) -> None:
        """Let go what waited for it, such as the second visit of a chain that leads there."""
        if job.attempt > 1:
            return
        self._met[job.identity] = True
        for early in self._early.pop(job.identity, ()):
            early.not_before = self._apart(job.identity)
            self._out.submit(early)

    def _apart(self, key: str) -> float:
        """When a second visit that is led to this address may go there, once its first is over."""
        wait = self._interval
        past = self._out.monotonic() - wait
        while self._first_seen:
            oldest = next(iter(self._first_seen))
            if self._first_seen[oldest] > past:
                break
            del self._first_seen[oldest]
        return self._first_seen.get(key, float("-inf")) + wait

    def _routed(self, job: Job, route: str, key: str, capture: Capture) -> None:
        """A claimed URL is sent on to a route of an application, which only the browser can show."""
        if route not in self._routes[key]:
            self._routes[key].append(route)
        if key in self._outcomes or (job.attempt > 1 and (key, job.attempt) in self._asked_again):
            # the application's page came before, with another claim
            self._render(self._choice.route(job, route, capture.id))

    def _arrived(self, job: Job, capture: Capture, facts: HttpFacts, body: bytes, ago: float) -> None:
        kind = facts.header("content-type")
        good = facts.status == 200 and facts.failure is None
        if job.purpose == "sitemap":
            if good:
                self._discovery.listed(job, body)
            return
        if job.purpose == "search":
            return
        if job.purpose == "listing":
            self._catalogues.answered(job, facts, body)
            self._ended(job, capture, False, ago)
            return
        document = None
        if job.purpose != "notice" and body and self._is_read(job) and looks_like_html(body, kind):
            document = Document(body, job.url, kind)
        if job.purpose == "sibling":
            self._sibling(job, document)  # whatever its status: a page that says the same says nothing
            return
        if job.purpose == "home" and job.attempt == 1:
            self.blocked = challenge_marker(facts, document) is not None
            self._begin(job)
        doubtful = bool(job.chain) and job.identity == self._portal
        if good and document is not None and not self.blocked:
            doubtful = self._page(job, capture, document) or doubtful
        elif good and job.purpose == "link" and job.attempt == 1 and _is_css(job.url, kind):
            self._discovery.style(job, body, kind)
        elif good and may_tell_error(body, kind):
            doubtful = True
        self._ended(job, capture, doubtful, ago)

    def _is_read(self, job: Job) -> bool:
        """Whether the page's links, or its look, matter."""
        own = host(job.url) in self._hosts
        return own or job.purpose in CLAIMED or job.entry or self._places.asked(job.identity)

    def _ended(self, job: Job, capture: Capture, doubtful: bool, ago: float) -> None:
        """The last hop of a chain is known."""
        facts = _facts(capture)
        if job.purpose == "sibling":
            self._sibling(job, None)
            return
        bad = doubtful or is_bad(facts)
        if job.attempt == 1:
            self._outcomes[job.identity] = bad
            self._awaits.pop(job.identity, None)
        if not self.blocked and self._again.wanted(job, facts, doubtful):
            asked = retry_after_seconds(facts.header("retry-after"), capture.time)
            self._ask(self._again.job(job, self._out.monotonic(), ago, asked))
        for follower, said in self._followers.pop(job.identity, ()):
            self._ended(follower, said, bad, ago)

    # pages

    def _page(self, job: Job, capture: Capture, document: Document) -> bool:
        """A page with 200. True when it looks like what its folder answers to anything."""
        own = host(job.url) in self._hosts
        if own:
            self._again.login(job, document)
        renders = self._choice.routes(job, document, self._routes.get(job.identity, []), capture.id)
        if self._choice.wants(job, document, own):
            renders.insert(0, RenderJob(job, job.url, capture.id, full_page=pictured(job)))
        renders = self._render(renders)
        if document.refresh is not None and job.purpose in ("home", "claim"):
            target = identity(document.refresh)
            if target not in map(identity, job.passed) and len(job.chain) < self._limits.redirects:
                self._ask(self.jobs.hop(job, document.refresh, capture.id))
        if job.attempt > 1:
            return False
        displaced = self._places.came(job.identity, document)
        claimed = job.purpose in CLAIMED
        if not (own or claimed):
            return displaced
        if values := _facts(capture).header_all("link"):
            self._discovery.headers(values, job)
        if job.purpose == "home":
            self._searches.home(document)
        if own:
            self._catalogues.page(document, job, hints=job.purpose != "page" or job.landmark)
        if job.purpose == "link":
            self._discovery.page(document, job, old=False)
            return displaced
        if job.purpose != "home" and self._soft.wants_probe(job.url, claimed):
            for url in sibling_urls(job.url, self.agency.id, self._settings.seed):
                self._ask(self.jobs.make(url, "sibling", RANK_ENTRY, job.depth))
        look = cache(lambda: sketch_of(document))
        size = len(document.source)
        old = own and not renders and self._is_old(job, document)
        old = old or (not claimed and (self._soft.is_anything(size, look) or self._soft.is_made_up(job.url)))
        self._discovery.page(document, job, old=old)
        if own and self._templates is not None:
            claim = identity(job.root) if job.purpose == "claim" else None
            page = Chosen(job.url, capture.id)
            self._templates.met(page, document.source, home=job.purpose == "home", claim=claim)
        return self._soft.met(job, size, look) or displaced or may_be_error(document)

    def _is_old(self, job: Job, document: Document) -> bool:
        """Whether a page of the agency's own brought nothing new; claims always do."""
        claimed = job.purpose in CLAIMED
        news = self._novelty.brings(document) or claimed
        if not news and needs_browser(document):
            return False  # it is the browser that would see what is new, and there is none
        if job.purpose == "page":
            self.budget.twins.came(job.identity, document)
        self.budget.traps.brought(job.url, news, job.led_to)
        return not news

    def measure_templates(self) -> bool:
        """All else is done: the pages that stand for the portal's templates are measured. True when there are any."""
        templates, self._templates = self._templates, None
        if templates is None or self.blocked:
            return False
        claims = [identity(service.url) for service in self._services if service.url]
        for page in templates.choose(claims):
            job = self.jobs.make(page.url, "page", RANK_PAGE, 1)
            self._render([RenderJob(job, page.url, page.source, full_page=False, measure=True)])
        return self.open > 0

    def _render(self, renders: list[RenderJob]) -> list[RenderJob]:
        """Hands pages to the browser; returns those that it got. Without one the account says how many it was wanted for."""
        if not self._has_browser:
            self.ledger.unrendered += sum(render.job.attempt == 1 for render in renders)
            return []
        for render in renders:
            self._show(render)
        return renders

    @unbroken
    def _show(self, render: RenderJob) -> None:
        self.open += 1
        self._out.render(render)

    def _sibling(self, job: Job, document: Document | None) -> None:
        size, sketch = (len(document.source), sketch_of(document)) if document is not None else (0, None)
        for met in self._soft.answered(job.root, size, sketch):
            self._ask(self._again.job(met, self._out.monotonic(), 0.0, None))

    def rendered(self, render: RenderJob, dom: Document | None, *, lost: bool) -> None:
        """The browser is done with a page; None when nothing came of it. lost: it never had the page."""
        if lost and render.job.attempt == 1 and not render.measure:
            self.ledger.unrendered += 1
        if dom is not None and render.job.attempt == 1 and not render.measure:
            self.ledger.rendered += 1
            own = host(render.job.url) in self._hosts and "#" not in render.url
            if render.job.purpose == "home":
                self._searches.home(dom)
            if own:
                self._catalogues.page(dom, render.job, hints=render.job.purpose == "home")
            self._discovery.page(dom, render.job, old=own and self._is_old(render.job, dom))


def _facts(capture: Capture) -> HttpFacts:
    assert isinstance(capture.facts, HttpFacts)
    return capture.facts


def _is_css(url: str, kind: str | None) -> bool:
    return "text/css" in (kind or "").lower() or (not kind and url.partition("?")[0].endswith(".css"))
