"""The hosts that an agency declares: TLS, the DNS, redirects and headers of their roots."""

from __future__ import annotations

from crawler.jobs import Job
from crawler.spiders.agency import AgencySpider


class HostsSpider(AgencySpider):
    """The hosts that an agency declares: TLS, the DNS, redirects and headers of their roots."""

    name = "hosts"
    looks = True

    @staticmethod
    def follows(job: Job) -> bool:
        return job.purpose in ("home", "host", "notice")
