"""Data sets: those that an agency claims, twice each, and its catalogues."""

from __future__ import annotations

from crawler.discovery.catalogue_bases import claimed_bases
from crawler.discovery.catalogues import Catalogues
from crawler.discovery.claim_jobs import dataset_jobs
from crawler.jobs import RANK_CATALOGUE, Job
from crawler.spiders.agency import AgencySpider
from crawler.spiders.state import AgencyState
from evidence.kinds.http import HttpFacts
from web.document import Document
from web.urls import absolute, is_web, split_fragment


class DatasetRequests:
    """Per agency."""

    def __init__(self, state: AgencyState) -> None:
        self._state = state
        self._catalogues = Catalogues(state.jobs, state.hosts, state.ledger, state.ask)

    def claims(self) -> None:
        for job in dataset_jobs(self._state.jobs, self._state.datasets):
            self._state.ask(job)

    def begin(self) -> None:
        """The home page was tried: catalogues that the claims name."""
        state = self._state
        named = state.agency.catalogue
        catalogue = absolute(named, "") if named else None
        if catalogue is not None and is_web(catalogue):
            state.ask(state.jobs.make(split_fragment(catalogue)[0], "catalogue", RANK_CATALOGUE, 1))
        if state.datasets or named:
            self._catalogues.add(claimed_bases(state.agency, state.datasets, state.hosts))

    def page(self, document: Document, job: Job, *, hints: bool) -> None:
        """hints: whether what the page says of itself may name a catalogue."""
        self._catalogues.page(document, job, hints=hints)

    def answered(self, job: Job, facts: HttpFacts, body: bytes) -> None:
        """A listing of a catalogue came, or was led elsewhere."""
        self._catalogues.answered(job, facts, body)

    def refused(self, job: Job) -> None:
        self._catalogues.refused(job)


class DatasetsSpider(AgencySpider):
    """The claimed data sets of an agency and its catalogues, twice each."""

    name = "datasets"
    probes_hosts = False

    @staticmethod
    def follows(job: Job) -> bool:
        return job.purpose in ("home", "dataset", "catalogue", "listing", "sibling")
