"""The pages of a portal, from its home page on, and what its server says to addresses that it has not."""

from __future__ import annotations

from crawler.jobs import Job
from crawler.spiders.agency import AgencySpider


class PortalSpider(AgencySpider):
    """The pages of a portal, from its home page on, and what its server says to addresses that it has not."""

    name = "portal"
    looks = False

    @staticmethod
    def follows(job: Job) -> bool:
        return job.purpose in ("home", "page", "sitemap", "sibling", "search")
