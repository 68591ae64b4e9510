"""Makes the jobs of one agency: how much of which answer is kept, and what takes a page of the budget. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from claims.model import CrawlSettings
from crawler.jobs import RANK_CATALOGUE, RANK_CLAIM, RANK_LISTED, RANK_SITEMAP, ExchangeLimits, Job
from evidence.records import Purpose
from web.urls import absolute, host, is_web, split_fragment

CLAIMED: frozenset[Purpose] = frozenset({"home", "claim", "dataset"})
# Of these every body is kept whole, also of another's host.
WHOLE: frozenset[Purpose] = CLAIMED | {"listed"}
_BUDGETED: frozenset[Purpose] = frozenset({"home", "claim", "dataset", "catalogue", "page"})


@dataclass(frozen=True, slots=True)
class JobMaker:
    """hosts: the agency's own."""

    agency: str
    hosts: frozenset[str]
    settings: CrawlSettings
    limits: ExchangeLimits

    def make(self, url: str, purpose: Purpose, rank: int, depth: int) -> Job:
        own = host(url) in self.hosts
        limits, most = self.limits, self.settings.max_body
        return Job(
            self.agency,
            url,
            purpose,
            rank,
            depth,
            counts=own and purpose in _BUDGETED,
            body_limit=min(limits.html_body if own or purpose in CLAIMED else limits.foreign_body, most),
            other_limit=min(limits.other_body if own else limits.foreign_body, most),
            time_limit=limits.total,
        )

    def claim(self, url: str | None, purpose: Purpose) -> Job | None:
        """The job of a claimed URL; None when there is no URL that could be fetched."""
        target = absolute(url, "") if url else None
        if target is None or not is_web(target):
            return None
        job = self.make(split_fragment(target)[0], purpose, RANK_CLAIM, 1)
        return self._whole(job) if purpose == "dataset" else job

    def listed(self, url: str) -> Job:
        """A dataset that a catalogue lists."""
        return self._whole(self.make(split_fragment(url)[0], "listed", RANK_LISTED, 1))

    def sitemap(self, url: str) -> Job:
        return self._whole(self.make(split_fragment(url)[0], "sitemap", RANK_SITEMAP, 1))

    def listing(self, url: str, most: int | None = None) -> Job:
        """most: bytes of an answer that are kept, where they are fewer than of any other."""
        job = self._whole(self.make(split_fragment(url)[0], "listing", RANK_CATALOGUE, 1))
        if most is not None:
            job.body_limit = job.other_limit = min(most, job.body_limit)
        return job

    def search(self, url: str) -> Job:
        """A query to the portal's own search."""
        return self.make(url, "search", RANK_CATALOGUE, 1)

    def _whole(self, job: Job) -> Job:
        job.body_limit = job.other_limit = self.settings.max_body
        job.time_limit = self.limits.total_large
        return job

    def hop(self, job: Job, target: str, previous: str) -> Job:
        """The next hop of a redirect chain."""
        own = host(target) in self.hosts
        return replace(
            job,
            url=split_fragment(target)[0],
            previous=previous,
            chain=job.passed,
            counts=own and job.counts,
            body_limit=job.body_limit if own or job.purpose in WHOLE else self.limits.foreign_body,
            not_before=0.0,
        )
