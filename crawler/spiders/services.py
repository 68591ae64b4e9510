"""The claimed services of an agency, twice each, and where they lead on."""

from __future__ import annotations

from crawler.jobs import Job
from crawler.spiders.agency import AgencySpider


class ServicesSpider(AgencySpider):
    """The claimed services of an agency, twice each, and where they lead on."""

    name = "services"
    looks = False

    @staticmethod
    def follows(job: Job) -> bool:
        return job.entry or job.purpose in ("home", "claim", "sibling", "search")
