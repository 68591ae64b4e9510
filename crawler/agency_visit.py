"""The visit of one agency: what is asked for, and what follows from each answer.

Knows no network and no store: jobs go out and captures come in, so that a resumed crawl can replay the
captures of an earlier run through the same code. Concludes nothing about the agency.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from typing import Protocol

from claims.model import Agency, CrawlSettings, Dataset, Service
from crawler import scope
from crawler.host_slot import retry_after_seconds
from crawler.jobs import (
    RANK_CATALOGUE,
    RANK_CLAIM,
    RANK_ENTRY,
    RANK_HOME,
    RANK_LINK,
    RANK_SITEMAP,
    RANK_SUSPECT,
    Job,
    Limits,
)
from crawler.ledger import Ledger, Unfetched
from crawler.rendering import MOST_CLAIMS, MOST_PAGES, RenderJob, claim_needs_browser, needs_browser
from crawler.second_visits import ALWAYS_TWICE, SecondVisits, is_bad
from crawler.siblings import sibling_urls, sketch
from crawler.soft_answers import SoftAnswers
from crawler.traps import TrapGuard
from evidence.challenge import challenge_marker
from evidence.document import Document, Link, css_references, decode, looks_like_html
from evidence.records import Capture, HttpFacts
from evidence.sitemaps import sitemap_entries
from evidence.urls import absolute, host, host_port, identity, is_web, origin, split_fragment

_CLAIMED = frozenset({"home", "claim", "dataset"})
_LINKS_PER_PAGE = 10  # links an agency may make us ask for, per page of its budget
_FOREIGN_HOSTS = 200
_SITEMAPS = 50
_SITEMAP_NAME = re.compile(r"sitemap[^/]*\.xml(?:\.gz)?$", re.IGNORECASE)


class Outlet(Protocol):
    """Where an agency's wishes go."""

    def submit(self, job: Job) -> None: ...
    def render(self, job: RenderJob) -> None: ...
    def probe(self, agency: str, host: str, port: int, *, full: bool, attempt: int, wait: float) -> None: ...
    def sitemaps(self, origin: str) -> tuple[str, ...]: ...
    def monotonic(self) -> float: ...


class AgencyVisit:
    """One agency. `open` counts what is asked for and not yet dealt with; at zero the visit is over."""

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
    ) -> None:
        self.agency = agency
        self.services = services
        self.datasets = datasets
        self.settings = settings
        self.limits = limits
        self.out = out
        self.renders = renders
        self.hosts = scope.own_hosts(agency)
        self.ledger = Ledger()
        self.open = 0
        self.started = out.monotonic()
        self.paused = 0.0
        self.blocked = False
        self.begun = False
        self.depths: dict[str, int] = {}
        self._asked_again: set[tuple[str, int]] = set()
        self._links = 0
        self._sitemaps = 0
        self._taken = 0
        self._rendered: set[str] = set()
        self._renders = 0
        self._foreign_hosts: set[str] = set()
        self._traps = TrapGuard(settings.max_pages)
        self._soft = SoftAnswers()
        self._again = SecondVisits(settings.retry_after)
        self._outcomes: dict[str, bool] = {}
        self._followers: defaultdict[str, list[tuple[Job, Capture]]] = defaultdict(list)

    # asking

    def start(self) -> None:
        """The home page first: what it says decides whether anything else is asked for."""
        for name, port in scope.tls_targets(self.agency):
            self.out.probe(self.agency.id, name, port, full=True, attempt=1, wait=0.0)
            wait = self.settings.retry_after
            self.out.probe(self.agency.id, name, port, full=True, attempt=2, wait=wait)
        url = split_fragment(absolute(self.agency.portal, "") or self.agency.portal)[0]
        self._ask(Job(self.agency.id, url, "home", RANK_HOME, counts=True))

    def _begin(self, home: Job) -> None:
        """Everything that is known beforehand, once the home page was tried."""
        if self.begun:
            return
        self.begun = True
        for service in self.services:
            self._claim(service.url, "claim")
        for dataset in self.datasets:
            self._claim(dataset.url, "dataset")
        for url in scope.host_probes(self.agency):
            self._ask(Job(self.agency.id, url, "host", RANK_ENTRY, other_limit=self.limits.foreign_body))
        if self.agency.catalogue and is_web(self.agency.catalogue):
            url = split_fragment(absolute(self.agency.catalogue, "") or self.agency.catalogue)[0]
            self._ask(self._job(url, "catalogue", RANK_CATALOGUE, 1))
        base = origin(home.url)
        for url in (*self.out.sitemaps(base), f"{base}/sitemap.xml"):
            self._sitemap(url)

    def _claim(self, url: str | None, purpose: str) -> None:
        target = absolute(url, "") if url else None
        if target is None or not is_web(target):
            return
        url, fragment = split_fragment(target)
        large = purpose == "dataset"
        job = self._job(url, "dataset" if large else "claim", RANK_CLAIM, 1)
        job.fragment = fragment
        if large:
            job.body_limit = job.other_limit = self.settings.max_body
            job.time_limit = self.limits.total_large
        self._ask(job)

    def _job(self, url: str, purpose: str, rank: int, depth: int) -> Job:
        own = host(url) in self.hosts
        limits = self.limits
        kept = limits.html_body if own or purpose in _CLAIMED else limits.foreign_body
        return Job(
            self.agency.id,
            url,
            purpose,  # type: ignore[arg-type]
            rank,
            depth,
            counts=own and purpose not in ("link", "sitemap", "host", "sibling"),
            body_limit=min(kept, self.settings.max_body),
            other_limit=min(limits.other_body if own else limits.foreign_body, self.settings.max_body),
            time_limit=limits.total,
        )

    def _sitemap(self, url: str) -> None:
        target = absolute(url, "")
        if target is None or not is_web(target) or self._sitemaps >= _SITEMAPS:
            return
        if host(target) not in self.hosts:
            self.ledger.missed(identity(target), target, "scope", page=False)
            return
        self._sitemaps += 1
        job = self._job(split_fragment(target)[0], "sitemap", RANK_SITEMAP, 1)
        job.body_limit = job.other_limit = self.settings.max_body
        self._ask(job)

    def _ask(self, job: Job) -> bool:
        """Send a job out, unless the same URL was asked for in the same attempt."""
        key = job.identity
        if job.attempt == 1:
            if key in self.depths:
                return False
            self.depths[key] = job.depth
            self.ledger.forget(key)
        elif (key, job.attempt) in self._asked_again:
            return False
        else:
            self._asked_again.add((key, job.attempt))
        self.open += 1
        self.out.submit(job)
        return True

    def admit(self, job: Job, now: float) -> Unfetched | None:
        """Asked when the job's turn has come: the reason not to fetch it after all."""
        claimed = job.purpose in _CLAIMED
        if self.blocked and job.purpose not in ("claim", "dataset", "robots"):
            return "blocked_agency"
        if (
            not claimed
            and job.purpose != "robots"
            and now - self.started - self.paused > self.settings.time_budget
        ):
            return "time_budget"
        if job.counts:
            if job.rank == RANK_SUSPECT and not self._traps.allows(job.url, self._taken):
                return "trap"
            if not claimed and self._taken >= self.settings.max_pages:
                return "trap" if job.rank == RANK_SUSPECT else "max_pages"
            self._take_page(job)
        return None

    def _take_page(self, job: Job) -> None:
        self._taken += 1
        self._traps.taken(job.url)

    def refused(self, job: Job, reason: Unfetched) -> None:
        """A job that will not be fetched."""
        self.open -= 1
        if job.attempt == 1 and job.purpose not in ("sibling", "robots"):
            self.ledger.missed(job.identity, job.url, reason, page=job.counts)
        if job.purpose == "home":
            self._begin(job)

    def again_after_outage(self, job: Job) -> None:
        """The exchange failed by our own fault: the job goes out once more, as if it had not."""
        if job.counts and job.attempt == 1:
            self._taken -= 1
        self.out.submit(job)

    # what came

    def replayed(self, job: Job) -> None:
        """A capture of an earlier run is about to be taken: count what its hand-out would have counted."""
        if job.counts and job.attempt == 1:
            self._take_page(job)
        self.open += 1

    def take(self, job: Job, capture: Capture, body: bytes, ago: float = 0.0) -> None:
        """An exchange of this agency was recorded. ago: seconds since, when it is replayed."""
        self.open -= 1
        facts = capture.facts
        assert isinstance(facts, HttpFacts)
        if job.counts and job.attempt == 1:
            self.ledger.fetched += 1
        if facts.redirect is not None and is_web(facts.redirect) and job.purpose != "robots":
            self._redirected(job, capture, facts, ago)
        else:
            self._arrived(job, capture, facts, body, ago)

    def _redirected(self, job: Job, capture: Capture, facts: HttpFacts, ago: float) -> None:
        assert facts.redirect is not None
        key = identity(facts.redirect)
        chain = (*job.chain, job.identity)
        looped = key in chain or len(chain) > self.limits.redirects
        if not looped and self._ask(self._hop(job, facts.redirect, capture.id)):
            return
        if looped:
            self._ended(job, capture, True, ago)
        elif job.attempt == 1 and key not in self._outcomes and job.purpose not in ALWAYS_TWICE:
            self._followers[key].append((job, capture))  # decided when the target's own answer is there
        else:
            doubtful = self._outcomes.get(key, False) or key == identity(self.agency.portal)
            self._ended(job, capture, doubtful, ago)
        if job.purpose == "home":
            self._begin(job)

    def _hop(self, job: Job, target: str, previous: str) -> Job:
        own = host(target) in self.hosts
        return replace(
            job,
            url=split_fragment(target)[0],
            previous=previous,
            chain=(*job.chain, job.identity),
            counts=own and job.counts,
            body_limit=job.body_limit if own or job.purpose in _CLAIMED else self.limits.foreign_body,
            not_before=0.0,
        )

    def _arrived(self, job: Job, capture: Capture, facts: HttpFacts, body: bytes, ago: float) -> None:
        kind = facts.header("content-type")
        document = None
        if job.purpose not in ("robots", "sitemap") and body and looks_like_html(body, kind):
            own = job.counts or host(job.url) in self.hosts
            if own or job.purpose in _CLAIMED or job.entry or job.purpose == "sibling":
                document = Document(body, job.url, kind)
        good = facts.status == 200 and facts.failure is None
        if job.purpose == "sibling":
            self._sibling(job, document if good else None)
            return
        if job.purpose == "sitemap":
            if facts.status == 200:
                self._listed(job, body)
            return
        if job.purpose == "home" and job.attempt == 1:
            self.blocked = challenge_marker(facts, document) is not None
            self._begin(job)
        doubtful = bool(job.chain) and job.identity == identity(self.agency.portal)
        if good and document is not None and not self.blocked:
            doubtful = self._page(job, capture, document) or doubtful
        elif good and job.purpose == "link" and job.attempt == 1 and _is_css(job.url, kind):
            self._style(job, body, kind)
        self._ended(job, capture, doubtful, ago)

    def _ended(self, job: Job, capture: Capture, doubtful: bool, ago: float) -> None:
        """The last hop of a chain is known."""
        facts = capture.facts
        assert isinstance(facts, HttpFacts)
        if job.purpose == "robots":
            return
        if job.purpose == "sibling":
            self._sibling(job, None)
            return
        bad = doubtful or is_bad(facts)
        if job.attempt == 1:
            self._outcomes[job.identity] = bad
        if not self.blocked and self._again.wanted(job, facts, doubtful):
            asked = retry_after_seconds(facts.header("retry-after"), capture.time)
            self._ask(self._again.job(job, self.out.monotonic(), ago, asked))
        for follower, said in self._followers.pop(job.identity, ()):
            if follower.purpose not in ALWAYS_TWICE:
                self._ended(follower, said, bad, ago)

    # pages

    def _page(self, job: Job, capture: Capture, document: Document) -> bool:
        """A page with 200. True when it looks like what its folder answers to anything."""
        own = host(job.url) in self.hosts
        self._maybe_render(job, capture, document)
        if job.attempt > 1:
            return False
        if document.refresh is not None and job.purpose in ("home", "claim"):
            target = identity(document.refresh)
            if target not in (*job.chain, job.identity) and len(job.chain) < self.limits.redirects:
                self._ask(self._hop(job, document.refresh, capture.id))
        if own or job.purpose in ("home", "claim"):
            self.meet_all(document, job)
        claimed = job.purpose in _CLAIMED
        if not own and not claimed:
            return False
        if job.purpose != "home" and self._soft.wants_probe(job.url, claimed):
            for url in sibling_urls(job.url, self.agency.id, self.settings.seed):
                rank = RANK_ENTRY if claimed else RANK_LINK
                self._ask(self._job(url, "sibling", rank, job.depth))
        return self._soft.met(job, _sketch(document))

    def meet_all(self, document: Document, job: Job) -> None:
        """The links of a page, as it came or as the browser made it."""
        own = host(job.url) in self.hosts
        for link in document.links:
            if link.use != "canonical" and link.url not in self.depths:
                self._meet(link, job, own)

    def _meet(self, link: Link, page: Job, own_page: bool) -> None:
        url = link.url
        if not link.fetchable:
            if url and not url.startswith(("data:", "javascript:", "about:")):
                self.ledger.missed(url[:200], url[:200], "scheme", page=False)
            return
        key = identity(url)
        if key in self.depths:
            if key != url:
                self.ledger.missed(url, url, "duplicate", page=False)
            return
        action = page.purpose == "claim" and link.use == "page" and scope.is_action(link)
        if not own_page and not action:
            return  # a foreign page: only what leads on into the claimed service
        name = host(url)
        if link.use == "page" and name in self.hosts:
            self._meet_page(link, key, page, action)
            return
        self._links += 1
        if self._links > _LINKS_PER_PAGE * self.settings.max_pages:
            self.ledger.missed(key, url, "max_pages", page=False)
            return
        job = self._job(url, "link", RANK_ENTRY if action else RANK_LINK, page.depth + 1)
        job.entry = action
        if name not in self.hosts:
            self._foreign(url, name)
        self._ask(job)

    def _meet_page(self, link: Link, key: str, page: Job, action: bool) -> None:
        depth = page.depth + 1
        if depth > self.settings.max_depth:
            self.ledger.missed(key, link.url, "depth", page=True)
            return
        if self.ledger.reason(key) == "trap":
            return
        admission = self._traps.admit(link.url)
        if admission == "trap":
            self.ledger.missed(key, link.url, "trap", page=True)
            return
        rank = RANK_ENTRY if action else scope.rank_of(link)
        job = self._job(link.url, "page", RANK_SUSPECT if admission == "suspect" else rank, depth)
        job.entry = action
        self._ask(job)

    def _foreign(self, url: str, name: str) -> None:
        if (
            url.startswith("https://")
            and len(self._foreign_hosts) < _FOREIGN_HOSTS
            and name not in self._foreign_hosts
        ):
            self._foreign_hosts.add(name)
            self.out.probe(self.agency.id, *host_port(url), full=False, attempt=1, wait=0.0)

    def _style(self, job: Job, body: bytes, kind: str | None) -> None:
        for link in css_references(decode(body, kind)[0], job.url):
            self._meet(link, job, host(job.url) in self.hosts)

    def _listed(self, job: Job, body: bytes) -> None:
        index = b"<sitemapindex" in body[:4096]
        for entry in sitemap_entries(body):
            target = absolute(job.url, entry)
            if target is None:
                continue
            if index or _SITEMAP_NAME.search(target):
                self._sitemap(target)
                continue
            url = split_fragment(target)[0]
            key = identity(url)
            if key in self.depths:
                continue
            if not is_web(url) or host(url) not in self.hosts:
                self.ledger.missed(key, url[:200], "scope" if is_web(url) else "scheme", page=False)
                continue
            self._meet_page(Link(url, None, entry, "", "sitemap", "page"), key, replace(job, depth=0), False)

    def _sibling(self, job: Job, document: Document | None) -> None:
        probe = job.root
        for met in self._soft.answered(probe, None if document is None else _sketch(document)):
            self._ask(self._again.job(met, self.out.monotonic(), 0.0, None))

    # the browser

    def _maybe_render(self, job: Job, capture: Capture, document: Document) -> None:
        if not self.renders or (job.attempt > 1 and job.root not in self._rendered):
            return
        if job.attempt == 1 and not self._wants_render(job, document):
            return
        self._rendered.add(job.root)
        self._renders += 1
        url = f"{job.url}#{job.fragment}" if job.fragment else job.url
        self.open += 1
        self.out.render(RenderJob(job, url, capture.id, full_page=job.purpose == "home"))

    def _wants_render(self, job: Job, document: Document) -> bool:
        own = host(job.url) in self.hosts
        if job.purpose == "home":
            return True
        if job.purpose == "claim":
            wanted = self.settings.render == "always" or bool(job.fragment) or claim_needs_browser(document)
            return wanted and self._renders < MOST_CLAIMS
        if self.settings.render == "always":
            return own
        return (own or job.entry) and self._renders < MOST_PAGES and needs_browser(document)

    def rendered(self, render: RenderJob, dom: Document | None) -> None:
        """The browser is done with a page; None when nothing came of it."""
        self.open -= 1
        if dom is None:
            return
        if render.job.attempt == 1:
            self.ledger.rendered += 1
            self.meet_all(dom, render.job)


def _sketch(document: Document) -> tuple[int, frozenset[int]]:
    body = document.tree.body
    return sketch(f"{document.title} {body.text(separator=' ') if body is not None else ''}")


def _is_css(url: str, kind: str | None) -> bool:
    return "text/css" in (kind or "").lower() or (not kind and url.partition("?")[0].endswith(".css"))
