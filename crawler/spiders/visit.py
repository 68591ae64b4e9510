"""The visit of one agency: which purpose an answer is for, and when a chain of redirects is at its end."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import Any

from crawler.browser.choice import RenderJob
from crawler.cookies import cookies_after
from crawler.discovery.claim_jobs import known_jobs
from crawler.discovery.crawl_account import Unfetched
from crawler.discovery.job_maker import CLAIMED
from crawler.discovery.second_visits import ALWAYS_TWICE, is_bad, may_be_error, may_tell_error
from crawler.discovery.siblings import sketch_of
from crawler.jobs import Job
from crawler.spiders.datasets import DatasetRequests
from crawler.spiders.hosts import HostRequests
from crawler.spiders.links import LinkRequests
from crawler.spiders.portal import PortalRequests
from crawler.spiders.services import ServiceRequests
from crawler.spiders.state import AgencyState
from evidence.cpu_limit import unbroken
from evidence.kinds.http import HttpFacts
from evidence.records import Capture
from web.catalogue_answers import may_be_catalogue
from web.challenge import challenge_marker
from web.document import Document, looks_like_html
from web.http_dates import retry_after_seconds
from web.urls import host, identity, is_web, named_by, split_fragment


class AgencyVisit(AgencyState):
    """One agency, by all purposes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """As its state is made."""
        super().__init__(*args, **kwargs)
        self._begun = False
        self._portal_key = identity(self.agency.portal)
        self._outcomes: dict[str, bool] = {}
        self._followers: defaultdict[str, list[tuple[Job, Capture]]] = defaultdict(list)
        self._awaits: dict[str, str] = {}  # of first visits: the address whose answer decides
        self._hosts = HostRequests(self)
        self._services = ServiceRequests(self)
        self._datasets = DatasetRequests(self)
        self._portal = PortalRequests(self)
        self._links = LinkRequests(self, self._hosts.foreign)

    # asking

    def start(self) -> None:
        if self.alone is not None:
            self._begun = True
            self._ask_claims()
            for known in known_jobs(self.jobs, self.alone):
                self.ask(known)
            return
        self._hosts.start()
        self._portal.start()

    @unbroken
    def _begin(self, home: Job) -> None:
        """Everything that is known beforehand, once the home page was tried."""
        if self._begun:
            return
        self._begun = True
        self._ask_claims()
        self._hosts.begin()
        self._datasets.begin()
        self._links.begin(home)

    def _ask_claims(self) -> None:
        self._services.begin()
        self._datasets.claims()

    def refused(self, job: Job, reason: Unfetched) -> None:
        """A job that will not be fetched."""
        self.open -= 1
        self.settle(job)
        if job.attempt == 1 and job.purpose not in ("sibling", "robots", "notice"):
            self.ledger.missed(job.identity, job.url, reason, page=job.counts)
        self.first_visit_is_over(job)
        if job.purpose == "home":
            self._begin(job)
        if job.purpose == "listing":
            self._datasets.refused(job)

    # what came

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
        named = named_by(job.url, facts.header("location")) or target  # with its fragment
        if split_fragment(named)[1] is None:
            self._links.places.moved(job.identity, key)
        far = len(job.chain) >= self.limits.redirects
        looped = far or target in job.passed
        hop = self.jobs.hop(job, target, capture.id)
        if hop.attempt > 1:
            hop.not_before = self.apart(key)
        hop.given = cookies_after(job.given, job.host, facts)
        same_page = key in map(identity, job.passed)
        if same_page and not far and (not looped or hop.given != job.cookies):
            # back to where it came from, with a session in its address, or with what it was given for that
            hop.cookies = hop.given
            self.send(hop)
            return
        if job.purpose == "claim":
            self._routed(job, named, key, capture)
        if not looped and self.ask(hop):
            return
        if job.purpose == "search":
            return  # it was led to a page that is fetched for its own sake
        if job.purpose == "listing":
            self._datasets.answered(job, facts, b"")
        if looped:
            self._ended(job, capture, True, ago)
        elif job.attempt == 1 and key not in self._outcomes and job.purpose not in ALWAYS_TWICE:
            if self._waits_for(key, job.identity):
                self._ended(job, capture, True, ago)  # a loop of which each address was asked for by itself
            else:
                self._awaits[job.identity] = key
                self._followers[key].append((job, capture))  # decided when the target's own answer is there
        else:
            bad = self._outcomes.get(key, False) or key == self._portal_key
            self._ended(job, capture, bad, ago)
        if job.purpose == "home":
            self._begin(job)

    def _routed(self, job: Job, named: str, key: str, capture: Capture) -> None:
        route = self._services.routed(named, key)
        if route is None:
            return
        if key in self._outcomes or (job.attempt > 1 and self.was_asked_again(key, job.attempt)):
            # the application's page came before, with another claim
            self._render(self._services.route(job, route, capture.id))

    def _waits_for(self, key: str, other: str) -> bool:
        """Whether an address waits, over whatever steps, for the answer of another."""
        seen = set[str]()
        while key != other and key in self._awaits and key not in seen:
            seen.add(key)
            key = self._awaits[key]
        return key == other

    def _arrived(self, job: Job, capture: Capture, facts: HttpFacts, body: bytes, ago: float) -> None:
        kind = facts.header("content-type")
        good = facts.status == 200 and facts.failure is None
        if job.purpose == "sitemap":
            if good:
                self._links.discovery.listed(job, body)
            return
        if job.purpose == "search":
            return
        if job.purpose == "listing":
            self._datasets.answered(job, facts, body)
            self._ended(job, capture, False, ago)
            return
        if good and job.attempt == 1 and host(job.url) in self.hosts and may_be_catalogue(job.url, kind):
            self._datasets.listing(job.url, kind, body)
        document = None
        if job.purpose != "notice" and body and self._is_read(job) and looks_like_html(body, kind):
            document = Document(body, job.url, kind)
        if job.purpose == "sibling":
            self._portal.sibling(job, document)  # whatever its status: a page that says the same says nothing
            return
        if job.purpose == "home" and job.attempt == 1:
            self.blocked = challenge_marker(facts, document) is not None
            self._begin(job)
        doubtful = bool(job.chain) and job.identity == self._portal_key
        if good and document is not None and not self.blocked:
            doubtful = self._page(job, capture, document) or doubtful
        elif good and job.purpose == "link" and job.attempt == 1 and _is_css(job.url, kind):
            self._links.discovery.style(job, body, kind)
        elif good and may_tell_error(body, kind):
            doubtful = True
        self._ended(job, capture, doubtful, ago)

    def _is_read(self, job: Job) -> bool:
        """Whether the page's links, or its look, matter."""
        own = host(job.url) in self.hosts
        return own or job.purpose in CLAIMED or job.entry or self._links.places.asked(job.identity)

    def _ended(self, job: Job, capture: Capture, doubtful: bool, ago: float) -> None:
        """The last hop of a chain is known."""
        facts = _facts(capture)
        if job.purpose == "sibling":
            self._portal.sibling(job, None)
            return
        self.budget.came(job, facts.size)
        bad = doubtful or is_bad(facts)
        self.ledger.unresolved += facts.failure == "resolver"
        if job.attempt == 1:
            self._outcomes[job.identity] = bad
            self._awaits.pop(job.identity, None)
        if not self.blocked and self.again.wanted(job, facts, doubtful):
            asked = retry_after_seconds(facts.header("retry-after"), capture.time)
            self.ask(self.again.job(job, self.out.monotonic(), ago, asked))
        else:
            self.settle(job)
        if not self.blocked:
            self._render(self._services.picture(job, facts, capture.id))
        for follower, said in self._followers.pop(job.identity, ()):
            self._ended(follower, said, bad, ago)

    # pages

    def _page(self, job: Job, capture: Capture, document: Document) -> bool:
        """A page with 200. True when it looks like what its folder answers to anything."""
        own = host(job.url) in self.hosts
        claimed = job.purpose in CLAIMED
        if own:
            self.again.login(job, document)
        renders = self._render(self._services.renders(job, document, own, capture.id))
        self._services.moved_by_page(job, document, capture.id)
        if job.attempt > 1:
            if own and self._links.places.lacks(job.identity):
                self._render(self._services.place(job, document, capture.id))
            return False
        displaced = self._links.places.came(job.identity, document)
        if not (own or claimed):
            return displaced
        if values := _facts(capture).header_all("link"):
            self._links.discovery.headers(values, job)
        if job.purpose == "home":
            self._services.home(document)
        if own:
            self._datasets.page(document, job, hints=job.purpose != "page" or job.landmark)
        if job.purpose == "link":
            self._links.discovery.page(document, job, old=False)
            return displaced
        self._portal.ask_siblings(job, claimed)
        look = cache(lambda: sketch_of(document))
        size = len(document.source)
        old = own and not renders and self._portal.is_old(job, document)
        old = old or (not claimed and self._portal.is_anything(job, size, look))
        self._links.discovery.page(document, job, old=old)
        if own:
            self._portal.template(job, document, capture.id)
        return self.soft.met(job, size, look) or displaced or may_be_error(document)

    def measure_templates(self) -> bool:
        """All else is done: datasets that are still to be drawn, then what the portal measures. True when there is anything."""
        self._datasets.draw()
        if self.open > 0:
            return True
        self._render(self._portal.measures())
        return self.open > 0

    def _render(self, renders: list[RenderJob]) -> list[RenderJob]:
        """Hands pages to the browser; returns those that it got. Without one the account says how many it was wanted for."""
        if not self.renders:
            self.ledger.unrendered += sum(render.job.attempt == 1 for render in renders)
            return []
        for render in renders:
            self._show(render)
        return renders

    @unbroken
    def _show(self, render: RenderJob) -> None:
        self.open += 1
        self.out.render(render)

    def rendered(self, render: RenderJob, dom: Document | None, *, lost: bool) -> None:
        """The browser is done with a page; None when nothing came of it. lost: it never had the page."""
        job = render.job
        if job.attempt > 1 or render.measure:
            return
        self.ledger.unrendered += lost
        if dom is not None:
            self.ledger.rendered += 1
            own = host(job.url) in self.hosts and "#" not in render.url
            if job.purpose == "home":
                self._services.home(dom)
            if own:
                self._datasets.page(dom, job, hints=job.purpose == "home")
            self._links.discovery.page(dom, job, old=own and self._portal.is_old(job, dom))


def _facts(capture: Capture) -> HttpFacts:
    assert isinstance(capture.facts, HttpFacts)
    return capture.facts


def _is_css(url: str, kind: str | None) -> bool:
    return "text/css" in (kind or "").lower() or (not kind and url.partition("?")[0].endswith(".css"))
