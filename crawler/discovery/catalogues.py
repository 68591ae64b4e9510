"""Asks an agency's portals for catalogues of their data: CKAN, DCAT and DCAT-US, one step after another.

Knows no network: requests go out as jobs, like every other, and what came of them comes in. A portal without any
catalogue is asked five times; no agency more than MOST_REQUESTS times or for more than MOST_BYTES, however long its
pages go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote

from crawler.discovery.catalogue_bases import CatalogueBase, alternates, hinted_bases, of_a_dataset
from crawler.discovery.crawl_account import CrawlAccount
from crawler.discovery.job_maker import JobMaker
from crawler.discovery.second_visits import passes
from crawler.jobs import Job
from evidence.kinds.http import HttpFacts
from web.catalogue_answers import API, CkanAnswer, action_answer, next_page, syntax_of
from web.catalogue_answers import MOST_BYTES as PAGE_BYTES
from web.document import Document
from web.urls import host, identity

# Requests to an agency's catalogues (docs/open-data.md). Past them the account says `max_pages`.
MOST_REQUESTS = 200
MOST_BASES = 4  # Catalogues of an agency that are asked. Later ones are not. By hand.
# Addresses of catalogues that pages and catalogues name. Later ones are not asked. By hand.
MOST_ALTERNATES = 24
MOST_BYTES = 128 << 20  # of all answers of an agency together
ROWS = 100  # Data sets asked for at once: with MOST_REQUESTS, 20,000 at most. By hand.
_MOST_FAILED = 3  # pages of one search, one after the other
_PROBES = ("/catalog.ttl", "/catalog.rdf", "/catalog.jsonld", "/data.json")
_LONGEST_NAME = 200  # Characters of a data set's name in the catalogue. A longer one is not asked for.

Kind = Literal["status", "search", "list", "show", "probe", "page"]


@dataclass(slots=True)
class _Catalogue:
    """What is known of one base. rows: what the server hands out at a time, 0 before its first page.

    ids: of the datasets that came. answers: its API does. probes: asked for so far.
    """

    base: CatalogueBase
    rows: int = 0
    failed: int = 0
    ids: set[str] = field(default_factory=set)
    answers: bool = False
    sorts: bool = True
    probes: int = 0


@dataclass(frozen=True, slots=True)
class _CatalogueRequest:
    kind: Kind
    of: _Catalogue
    start: int = 0


class Catalogues:
    """Per agency. hosts: the agency's own. ask: sends a job out, False when that URL was asked for before."""

    def __init__(
        self, jobs: JobMaker, hosts: frozenset[str], ledger: CrawlAccount, ask: Callable[[Job], bool]
    ) -> None:
        self._jobs = jobs
        self._hosts = hosts
        self._ledger = ledger
        self._ask_for = ask
        self._bases: dict[str, _Catalogue] = {}
        self._steps: dict[str, _CatalogueRequest] = {}
        self._looked_at: set[str] = set()
        self._alternates = 0
        self._bytes = 0

    def add(self, bases: Iterable[CatalogueBase]) -> None:
        """Begins with each base that is not known yet."""
        for base in bases:
            key = identity(f"{base.url}/").partition("://")[2]  # over http and https it is one
            if key in self._bases or len(self._bases) >= MOST_BASES:
                continue
            catalogue = self._bases[key] = _Catalogue(base)
            self._ask(f"{base.url}{API}status_show", _CatalogueRequest("status", catalogue))

    def page(self, document: Document, *, hints: bool) -> None:
        """A page of the agency's own. hints: its links may lead to a catalogue; else only what it says of itself."""
        if hints and len(self._bases) < MOST_BASES:
            self.add(hinted_bases(document, self._hosts, self._looked_at))
        for url in alternates(document):
            if host(url) not in self._hosts or self._alternates >= MOST_ALTERNATES:
                continue
            if not (of_a_dataset(url) and any(catalogue.answers for catalogue in self._bases.values())):
                self._alternates += 1
                self._ask(url, _CatalogueRequest("page", _Catalogue(CatalogueBase(document.url))))

    def nested(self, urls: Iterable[str]) -> None:
        """Catalogues that a catalogue names: of the agency's own hosts, and each once, however they name each other."""
        for url in urls:
            known = identity(url) in self._steps
            if host(url) in self._hosts and not known and self._alternates < MOST_ALTERNATES:
                self._alternates += 1
                self._ask(url, _CatalogueRequest("page", _Catalogue(CatalogueBase(url))))

    def answered(self, job: Job, facts: HttpFacts, body: bytes) -> None:
        """What came of a request; an answer that may pass is waited for once more."""
        self._bytes += facts.size
        step = self._steps.get(identity(job.root))
        if step is None:
            return
        good = facts.status == 200 and facts.failure is None
        if passes(facts) and job.attempt == 1 and not (step.kind == "search" and step.of.rows):
            return
        if facts.status is None and not (step.kind == "search" and step.of.rows):
            return  # nobody there, twice: nothing else is asked of it
        answer = action_answer(body) if step.kind in ("status", "search", "list") else None
        if not good and answer is not None:
            answer = CkanAnswer(False, answer.error)
        match step.kind:
            case "status":
                self._known(step.of, job, answer)
            case "search":
                self._searched(step, answer)
            case "list":
                self._listed(step.of, answer)
            case "probe" | "page":
                self._described(step, job, body if good else b"", facts.header("content-type"))

    def refused(self, job: Job) -> None:
        """A request that was not to be made, by robots.txt or the budget: what is not forbidden is tried after it."""
        step = self._steps.get(identity(job.root))
        if step is not None and job.attempt == 1 and step.kind in ("status", "search", "list", "probe"):
            self._probe(step.of)

    def _ask(self, url: str, step: _CatalogueRequest) -> None:
        if len(self._steps) >= MOST_REQUESTS or self._bytes > MOST_BYTES:
            self._ledger.missed(identity(url), url, "max_pages", page=False)
            return
        job = self._jobs.listing(url, PAGE_BYTES if API in url else None)
        key = identity(job.url)
        if key not in self._steps:
            self._steps[key] = step
            if not self._ask_for(job) and step.kind == "probe":
                self._probe(step.of)  # a page links to it, so that it is fetched all the same

    # CKAN

    def _known(self, of: _Catalogue, job: Job, answer: CkanAnswer | None) -> None:
        moved = job.url.partition(API)[0]
        if moved != of.base.url and API in job.url:  # it redirects: the rest is asked for where it is
            of.base = CatalogueBase(moved, of.base.organisation, host(moved) in self._hosts)
        if answer is None:
            self._probe(of)
        else:
            of.answers = True
            self._search(of, 0)

    def _search(self, of: _Catalogue, start: int) -> None:
        order = "&sort=name+asc" if of.sorts else ""
        whose = f"&fq=organization:{quote(of.base.organisation)}" if of.base.organisation else ""
        url = f"{of.base.url}{API}package_search?rows={ROWS}&start={start}{order}{whose}"
        self._ask(url, _CatalogueRequest("search", of, start))

    def _searched(self, step: _CatalogueRequest, answer: CkanAnswer | None) -> None:
        of, start = step.of, step.start
        if answer is None or not answer.success:
            self._lacking(of, start, answer)
            return
        of.failed = 0
        came = {str(record.get("id") or record.get("name"))[:_LONGEST_NAME] for record in answer.results}
        new = came - of.ids
        of.ids |= came
        of.rows = of.rows or len(answer.results)
        end = start + len(answer.results)
        if answer.count is not None and end <= answer.count:
            more = end < answer.count
        else:  # no count, or one that this very page shows to be wrong
            more = len(answer.results) >= of.rows
        if more and new:
            self._search(of, start + of.rows)
        elif answer.count is None or len(of.ids) < answer.count:
            self._probe(of)  # the API did not give all that it speaks of; another way may

    def _lacking(self, of: _Catalogue, start: int, answer: CkanAnswer | None) -> None:
        """A page of the search did not come."""
        of.failed += 1
        if of.rows:
            if of.failed < _MOST_FAILED:
                self._search(of, start + of.rows)
            else:
                self._probe(of)
        elif answer is not None and of.sorts:
            of.sorts = False
            self._search(of, 0)
        elif of.base.organisation is None:
            self._ask(f"{of.base.url}{API}package_list", _CatalogueRequest("list", of))

    def _listed(self, of: _Catalogue, answer: CkanAnswer | None) -> None:
        if answer is None or not answer.names:
            self._probe(of)
            return
        for name in answer.names[:MOST_REQUESTS]:
            if len(name) <= _LONGEST_NAME:
                self._ask(
                    f"{of.base.url}{API}package_show?id={quote(name, safe='')}", _CatalogueRequest("show", of)
                )

    # DCAT and DCAT-US

    def _probe(self, of: _Catalogue) -> None:
        if of.base.own and of.probes < len(_PROBES):
            of.probes += 1
            self._ask(f"{of.base.url}{_PROBES[of.probes - 1]}", _CatalogueRequest("probe", of))

    def _described(self, step: _CatalogueRequest, job: Job, body: bytes, kind: str | None) -> None:
        if not body or syntax_of(body, kind) is None:
            if step.kind == "probe":
                self._probe(step.of)
            return
        following = next_page(body, job.url)
        if following is not None and host(following) == job.host:
            self._ask(following, _CatalogueRequest("page", step.of))
