"""Asks for nothing: where a spider of somebody else visits an agency alone."""

from __future__ import annotations

from crawler.jobs import Job
from crawler.spiders.agency import AgencySpider


class IdleSpider(AgencySpider):
    name = "nothing"
    probes_hosts = False

    @staticmethod
    def follows(job: Job) -> bool:
        return False
