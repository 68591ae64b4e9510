"""Links: where pages, style sheets, headers and site maps lead, and the places on pages that they name."""

from __future__ import annotations

from collections.abc import Callable

from crawler.discovery.fragment_targets import FragmentTargets
from crawler.discovery.links import Discovery
from crawler.jobs import RANK_PAGE, Job
from crawler.spiders.agency import AgencySpider
from crawler.spiders.state import AgencyState
from evidence.records import Purpose
from web.urls import absolute, host, identity, origin


class LinkRequests:
    """Per agency. foreign: another's host is linked to by https."""

    def __init__(self, state: AgencyState, foreign: Callable[[str, int], None]) -> None:
        self._state = state
        self.places = FragmentTargets()
        self.discovery = Discovery(
            state.jobs,
            state.settings,
            state.ledger,
            state.budget.traps,
            state.budget.variants,
            state.met,
            state.ask,
            foreign,
            self._named,
        )

    def begin(self, home: Job) -> None:
        """The home page was tried: site maps."""
        base = origin(home.url)
        for url in (*self._state.out.sitemaps(base), "/sitemap.xml"):
            self.discovery.sitemap(absolute(f"{base}/", url) or url)

    def _named(self, url: str, fragment: str) -> None:
        """A link names a place on a page; when that page came without it, it is looked at once more."""
        if self.places.named(identity(url), fragment):
            purpose: Purpose = "page" if host(url) in self._state.hosts else "link"
            self._state.again_now(self._state.jobs.make(url, purpose, RANK_PAGE, 1))


class LinksSpider(AgencySpider):
    """The links of a portal: its pages, and one look at each address that they name."""

    name = "links"
    probes_hosts = False

    @staticmethod
    def follows(job: Job) -> bool:
        return job.purpose in ("home", "page", "sitemap", "link", "sibling")
