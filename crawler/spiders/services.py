"""Services: the addresses that an agency claims, twice each, their routes in the browser, and the portal's own search."""

from __future__ import annotations

from collections import defaultdict

from crawler.browser.choice import RenderChoice, RenderJob, pictured, route_of
from crawler.discovery.claim_jobs import claimed_routes, service_jobs
from crawler.discovery.searches import Searches
from crawler.jobs import Job
from crawler.spiders.agency import AgencySpider
from crawler.spiders.state import AgencyState
from evidence.kinds.http import HttpFacts
from web.document import Document
from web.urls import identity


class ServiceRequests:
    """Per agency."""

    def __init__(self, state: AgencyState) -> None:
        self._state = state
        self._choice = RenderChoice(state.settings.render)
        self._routes: defaultdict[str, list[str]] = defaultdict(list)
        self._searches = Searches(state.jobs, state.services, state.settings.seed, state.ask)

    def begin(self) -> None:
        """What is claimed; the home page was tried, or is not to be."""
        for page, route in claimed_routes(self._state.services):
            self._routes[page].append(route)
        for job in service_jobs(self._state.jobs, self._state.services):
            self._state.ask(job)

    def home(self, document: Document) -> None:
        """The home page as sent, or as the browser shows it."""
        self._searches.home(document)

    def routed(self, named: str, key: str) -> str | None:
        """A claimed address is sent on to another: a route of an application there, which only the browser can show.

        key: of the application's page.
        """
        route = route_of(named)
        if route is not None and route not in self._routes[key]:
            self._routes[key].append(route)
        return route

    def route(self, job: Job, route: str, capture_id: str) -> list[RenderJob]:
        """Of an application whose page came before, with another claim."""
        return self._choice.route(job, route, capture_id)

    def renders(self, job: Job, document: Document, own: bool, capture_id: str) -> list[RenderJob]:
        """What the browser is to show of a page, routes of claims among it."""
        wanted = self._choice.routes(job, document, self._routes.get(job.identity, []), capture_id)
        if self._choice.wants(job, document, own):
            wanted.insert(0, RenderJob(job, job.url, capture_id, full_page=pictured(job)))
        return wanted

    def place(self, job: Job, document: Document, capture_id: str) -> list[RenderJob]:
        """A page that lacks a place which links name: a script may make it."""
        return self._choice.place(job, document, capture_id)

    def picture(self, job: Job, facts: HttpFacts, capture_id: str) -> list[RenderJob]:
        """What the last exchange of a visit is to be shown by."""
        return self._choice.picture(job, facts, capture_id)

    def moved_by_page(self, job: Job, document: Document, capture_id: str) -> None:
        """A claimed page, or the home page, that sends visitors on by itself."""
        state = self._state
        if document.refresh is None or job.purpose not in ("home", "claim"):
            return
        target = identity(document.refresh)
        if target not in map(identity, job.passed) and len(job.chain) < state.limits.redirects:
            state.ask(state.jobs.hop(job, document.refresh, capture_id))


class ServicesSpider(AgencySpider):
    """The claimed services of an agency, twice each, and where they lead on."""

    name = "services"
    probes_hosts = False

    @staticmethod
    def follows(job: Job) -> bool:
        return job.entry or job.purpose in ("home", "claim", "sibling", "search")
