"""The links of a portal: its pages, and one look at each address that they name."""

from __future__ import annotations

from crawler.jobs import Job
from crawler.spiders.agency import AgencySpider


class LinksSpider(AgencySpider):
    """The links of a portal: its pages, and one look at each address that they name."""

    name = "links"
    looks = False

    @staticmethod
    def follows(job: Job) -> bool:
        return job.purpose in ("home", "page", "sitemap", "link", "sibling")
