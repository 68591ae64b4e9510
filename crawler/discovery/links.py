"""What the pages, style sheets and site maps of one agency lead to, and why some of it is not asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from dataclasses import replace

from claims.model import CrawlSettings
from crawler.discovery import scope
from crawler.discovery.crawl_account import CrawlAccount, Unfetched
from crawler.discovery.job_maker import JobMaker
from crawler.discovery.traps import TrapGuard, steps
from crawler.discovery.url_variants import UrlVariants
from crawler.jobs import RANK_DESK, RANK_ENTRY, RANK_FRONT, RANK_LINK, RANK_SUSPECT, Job
from web.charset import decode
from web.document import Document
from web.link_header import header_links
from web.links import Link, css_references
from web.sitemaps import MOST_OF_AGENCY, sitemap_entries
from web.urls import absolute, host, host_port, identity, is_too_long, is_web, place, split_fragment

_LINKS_PER_PAGE = 10  # links an agency may make us ask for, per page of its budget
_FOREIGN_HOSTS = 200  # Hosts of others that pages name and that are looked at. Later ones are not. By hand.
_SITEMAPS = 50  # Site maps of an agency. Later ones are not asked for: an index names any number. By hand.
# Addresses of an agency that are remembered, and their characters. Ten times what real portals have; half a gigabyte.
_MOST_ADDRESSES, _MOST_CHARACTERS = 1_000_000, 64_000_000
# Files of data linked from pages near the home page. Later ones are not asked for as data. By hand.
_DATA_FILES = 500
_SITEMAP_NAME = re.compile(r"sitemap[^/]*\.xml(?:\.gz)?$", re.IGNORECASE)
_NOT_COUNTED = ("data:", "javascript:", "about:", "blob:")


class Discovery:
    """Per agency. Every URL is met once, by identity.

    met: depth of every URL asked for, by identity; shared with the visit, which fills it in `ask`.
    foreign: a host outside the agency is linked to by https. place: a link names a place on a page.
    """

    def __init__(
        self,
        jobs: JobMaker,
        settings: CrawlSettings,
        ledger: CrawlAccount,
        traps: TrapGuard,
        variants: UrlVariants,
        met: Container[str],
        ask: Callable[[Job], bool],
        foreign: Callable[[str, int], None],
        place: Callable[[str, str], None],
    ) -> None:
        self._jobs = jobs
        self._settings = settings
        self._ledger = ledger
        self._traps = traps
        self._variants = variants
        self._met = met
        self._ask = ask
        self._foreign = foreign
        self._place = place
        self._foreign_hosts: set[str] = set()
        self._links = self._addresses = self._characters = 0
        self._sitemaps = 0
        self._entries = 0  # of site maps
        self._data_files = 0

    def page(self, document: Document, job: Job, *, old: bool) -> None:
        """The links of a page, as it came or as the browser made it. old: the page brought nothing new."""
        own = job.purpose == "home" or host(job.url) in self._jobs.hosts
        for found in document.references:
            if own and found.fragment and found.use == "page" and is_web(found.url):
                named = place(found.fragment)
                if named is not None:
                    self._place(found.url, named)
            if found.url not in self._met and found.use != "canonical":
                self._link(found.link(), job, own, old)
        if job.purpose == "claim" or job.entry:
            for link in document.pressed:
                if link.fetchable and link.url not in self._met:
                    self._link(link, job, own, old)

    def headers(self, values: tuple[str, ...], job: Job) -> None:
        """What the `Link` headers of a page name."""
        for link in header_links(values, job.url):
            if link.use != "canonical":
                self._link(link, job, host(job.url) in self._jobs.hosts, False)

    def style(self, job: Job, body: bytes, kind: str | None) -> None:
        """What a style sheet loads."""
        for link in css_references(decode(body, kind)[0], job.url):
            self._link(link, job, host(job.url) in self._jobs.hosts, False)

    def listed(self, job: Job, body: bytes) -> None:
        """The entries of a site map: pages, or further site maps."""
        index = b"<sitemapindex" in body[:4096]
        entries = sitemap_entries(body)[: MOST_OF_AGENCY - self._entries]
        self._entries += len(entries)
        for entry in entries:
            target = absolute(job.url, entry)
            if target is None or self._is_full:
                continue
            if index or _SITEMAP_NAME.search(target):
                self.sitemap(target)
                continue
            url = split_fragment(target)[0]
            key = identity(url)
            if key in self._met:
                continue
            if not is_web(url) or host(url) not in self._jobs.hosts:
                self._missed(key, url, _why_not(url), page=False)
                continue
            self._page(
                Link(url, None, entry, "", "sitemap", "page"), key, replace(job, depth=0), False, False
            )

    def sitemap(self, url: str) -> None:
        target = absolute(url, "")
        if target is None or not is_web(target) or self._sitemaps >= _SITEMAPS:
            return
        if host(target) not in self._jobs.hosts:
            self._missed(identity(target), target, "scope", page=False)
            return
        self._sitemaps += 1
        self._ask(self._jobs.sitemap(target))

    def _link(self, link: Link, page: Job, own_page: bool, old: bool) -> None:
        if self._is_full:  # the checks read all pages anew, and tell of what nobody asked for
            return
        url = link.url
        if not link.fetchable:
            if is_too_long(url):
                self._missed(url, url, "too_long", page=False)
            elif url and not url.startswith(_NOT_COUNTED):
                self._missed(url[:200], url[:200], "scheme", page=False)
            return
        key = identity(url)
        if key in self._met:
            if key != url:
                self._missed(url, url, "duplicate", page=False)
            return
        if page.purpose in ("dataset", "listed") and link.use == "page" and scope.is_data_file(link):
            self._data_file(link, page)
            return
        action = page.purpose == "claim" and link.use == "page" and scope.is_action(link)
        if not own_page and not action:
            return  # a foreign page: only what leads on into the claimed service
        own = host(url) in self._jobs.hosts
        if link.use == "page" and own:
            self._page(link, key, page, action, old and not action)
            return
        self._links += 1
        if self._links > _LINKS_PER_PAGE * self._settings.max_pages:
            self._missed(key, url, "max_pages", page=False)
            return
        front = page.purpose == "home"
        rank = RANK_ENTRY if action else RANK_FRONT if front else RANK_LINK
        job = self._jobs.make(url, "link", rank, page.depth + 1)
        job.entry, job.front = action, front
        self._go(job)
        if not own:
            self._probe(url)

    def _data_file(self, link: Link, page: Job) -> None:
        """A dataset's page leads to its files: they are fetched whole and twice, as a claimed file is."""
        if page.purpose == "listed":
            job: Job | None = self._jobs.listed(link.url)
        else:
            job = self._jobs.claim(link.url, "dataset")
        if job is not None and self._data_files < _DATA_FILES and page.depth <= 1:
            self._data_files += 1
            job.depth = page.depth + 1
            self._go(job)

    def _page(self, link: Link, key: str, page: Job, action: bool, old: bool) -> None:
        depth = page.depth + 1
        if depth > self._settings.max_depth:
            self._missed(key, link.url, "depth", page=True)
            return
        if old and self._ledger.reason(key) == "trap":
            return
        way = steps(link.url, page.url, page.steps)
        admission = self._traps.admit(link.url, old, way)
        if admission == "trap":
            self._missed(key, link.url, "trap", page=True)
            return
        if not action and self._variants.known(key):
            self._missed(key, link.url, "duplicate", page=False)
            return
        front = page.purpose == "home"  # one page has no links without end
        rank = scope.rank_of(link)
        if front:
            rank = RANK_ENTRY if rank == RANK_DESK else min(rank, RANK_FRONT)
        if action:
            rank = RANK_ENTRY
        suspect = admission == "suspect" and not front
        job = self._jobs.make(link.url, "page", RANK_SUSPECT if suspect else rank, depth)
        job.entry = action
        if scope.is_card_file(link):
            job.other_limit = job.body_limit
        job.led_to = old
        job.steps = way
        job.front = front
        job.landmark = front or page.site_map
        job.site_map = front and scope.is_site_map(link)
        self._go(job)

    @property
    def _is_full(self) -> bool:
        return self._addresses >= _MOST_ADDRESSES or self._characters >= _MOST_CHARACTERS

    def _go(self, job: Job) -> None:
        if self._ask(job):
            self._remembered(job.url)

    def _missed(self, key: str, url: str, reason: Unfetched, *, page: bool) -> None:
        if self._ledger.reason(key) is None:
            self._remembered(url)
        self._ledger.missed(key, url, reason, page=page)

    def _remembered(self, url: str) -> None:
        self._addresses += 1
        self._characters += len(url)

    def _probe(self, url: str) -> None:
        name = host(url)
        if url.startswith("https://") and len(self._foreign_hosts) < _FOREIGN_HOSTS:
            if name not in self._foreign_hosts:
                self._foreign(*host_port(url))
            self._foreign_hosts.add(name)


def _why_not(url: str) -> Unfetched:
    """Why an address of a site map is no page of ours."""
    if is_too_long(url):
        return "too_long"
    return "scope" if is_web(url) else "scheme"
