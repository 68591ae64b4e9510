"""The claimed data sets of an agency and its catalogues, twice each."""

from __future__ import annotations

from crawler.jobs import Job
from crawler.spiders.agency import AgencySpider


class DatasetsSpider(AgencySpider):
    """The claimed data sets of an agency and its catalogues, twice each."""

    name = "datasets"
    looks = False

    @staticmethod
    def follows(job: Job) -> bool:
        return job.purpose in ("home", "dataset", "catalogue", "listing", "sibling")
