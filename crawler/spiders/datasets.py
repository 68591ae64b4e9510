"""Data sets: those that an agency claims, its catalogues, and those that these list; data twice each."""

from __future__ import annotations

from crawler.discovery.catalogue_bases import claimed_bases
from crawler.discovery.catalogues import Catalogues
from crawler.discovery.claim_jobs import dataset_jobs
from crawler.jobs import RANK_CATALOGUE, Job
from crawler.spiders.agency import AgencySpider
from crawler.spiders.state import AgencyState
from evidence.kinds.http import HttpFacts
from web.document import Document
from web.listed_datasets import ListedDatasets
from web.urls import absolute, host, is_web, split_fragment


class DatasetRequests:
    """Per agency."""

    def __init__(self, state: AgencyState) -> None:
        self._state = state
        self._catalogues = Catalogues(state.jobs, state.hosts, state.ledger, state.ask)
        self._listed = ListedDatasets(dataset.url for dataset in state.datasets)
        self._announced = 0
        self._drawn: set[str] = set()

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
        self._catalogues.page(document, hints=hints)
        if "ld+json" in document.source and "Dataset" in document.source:
            self.listing(document.url, "text/html", document.source.encode())

    def answered(self, job: Job, facts: HttpFacts, body: bytes) -> None:
        """A listing of a catalogue came, or was led elsewhere."""
        self._catalogues.answered(job, facts, body)
        if facts.status == 200 and facts.failure is None and host(job.url) in self._state.hosts:
            self.listing(job.url, facts.header("content-type"), body)

    def listing(self, url: str, kind: str | None, body: bytes) -> None:
        """A document of the agency's own may list datasets: these are requested at once as long as no sample is needed."""
        read, most = self._state.read_listing, self._state.settings.max_datasets
        if read is None or most == 0:
            return
        found = read(body, url, kind)
        self._catalogues.nested(found.nested)
        self._announced = max(self._announced, found.total or 0)
        for dataset in found.datasets:
            self._listed.add(dataset)
        if max(self._announced, len(self._listed.found)) <= most:
            self.draw()

    def draw(self) -> None:
        """Requests the datasets that are drawn of all that were listed so far."""
        settings = self._state.settings
        drawn = self._listed.draw(settings.max_datasets, settings.seed)
        for key, dataset in self._listed.found.items():
            if key in drawn and key not in self._drawn and len(self._drawn) < 2 * settings.max_datasets:
                self._drawn.add(key)
                for url in dataset.urls:
                    self._state.ask(self._state.jobs.listed(url))

    def refused(self, job: Job) -> None:
        self._catalogues.refused(job)


class DatasetsSpider(AgencySpider):
    """The claimed data sets of an agency and its catalogues, twice each."""

    name = "datasets"
    probes_hosts = False

    @staticmethod
    def follows(job: Job) -> bool:
        return job.purpose in ("home", "dataset", "catalogue", "listing", "listed", "sibling")
