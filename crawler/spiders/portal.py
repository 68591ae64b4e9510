"""The portal: its pages from the home page on, what its server says to addresses that it has not, its templates."""

from __future__ import annotations

from collections.abc import Callable

from crawler.browser.choice import RenderJob, needs_browser
from crawler.discovery.job_maker import CLAIMED
from crawler.discovery.novelty import Novelty
from crawler.discovery.siblings import Sketch, sibling_urls, sketch_of
from crawler.discovery.templates import ChosenPage, Templates
from crawler.jobs import RANK_ENTRY, RANK_HOME, RANK_PAGE, Job
from crawler.spiders.agency import AgencySpider
from crawler.spiders.state import AgencyState
from web.document import Document
from web.urls import absolute, identity, split_fragment

Look = Callable[[], Sketch]
"""Made when it is needed: it takes a while."""


class PortalRequests:
    """Per agency."""

    def __init__(self, state: AgencyState) -> None:
        self._state = state
        self._novelty = Novelty()
        measured = state.renders and state.settings.render != "never" and state.alone is None
        self._templates = Templates() if measured else None

    def start(self) -> None:
        """The home page first: what it says decides whether anything else is asked for."""
        portal = self._state.agency.portal
        url = split_fragment(absolute(portal, "") or portal)[0]
        self._state.ask(self._state.jobs.make(url, "home", RANK_HOME, 0))

    def ask_siblings(self, job: Job, claimed: bool) -> None:
        """What its server says of a page that is not there, beside this one."""
        state = self._state
        if job.purpose != "home" and state.soft.wants_probe(job.url, claimed):
            for url in sibling_urls(job.url, state.agency.id, state.settings.seed):
                state.ask(state.jobs.make(url, "sibling", RANK_ENTRY, job.depth))

    def sibling(self, job: Job, document: Document | None) -> None:
        size, sketch = (len(document.source), sketch_of(document)) if document is not None else (0, None)
        for met in self._state.soft.answered(job.root, size, sketch):
            self._state.again_now(met)

    def is_old(self, job: Job, document: Document) -> bool:
        """Whether a page of the agency's own brought nothing new; claims always do."""
        budget = self._state.budget
        news = self._novelty.brings(document) or job.purpose in CLAIMED
        if not news and needs_browser(document):
            return False  # it is the browser that would see what is new, and there is none
        if job.purpose == "page":
            budget.variants.came(job.identity, document)
        budget.traps.brought(job.url, news, job.led_to)
        return not news

    def is_anything(self, job: Job, size: int, look: Look) -> bool:
        """Whether a page looks like what the server says to anything."""
        soft = self._state.soft
        return soft.is_anything(size, look) or soft.is_made_up(job.url)

    def template(self, job: Job, document: Document, capture_id: str) -> None:
        if self._templates is not None:
            claim = identity(job.root) if job.purpose == "claim" else None
            page = ChosenPage(job.url, capture_id)
            self._templates.met(page, document.source, home=job.purpose == "home", claim=claim)

    def measures(self) -> list[RenderJob]:
        """All else is done: the pages that stand for the portal's templates, once."""
        templates, self._templates = self._templates, None
        state = self._state
        if templates is None or state.blocked:
            return []
        claims = [identity(service.url) for service in state.services if service.url]
        return [
            RenderJob(
                state.jobs.make(page.url, "page", RANK_PAGE, 1),
                page.url,
                page.source,
                full_page=False,
                measure=True,
            )
            for page in templates.choose(claims)
        ]


class PortalSpider(AgencySpider):
    """The pages of a portal, from its home page on, and what its server says to addresses that it has not."""

    name = "portal"
    probes_hosts = False

    @staticmethod
    def follows(job: Job) -> bool:
        return job.purpose in ("home", "page", "sitemap", "sibling", "search")
