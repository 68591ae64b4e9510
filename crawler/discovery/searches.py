"""Puts three claimed titles and one word that names nothing to the portal's own search: four requests an agency, by GET.

Knows no network: requests go out as jobs, like every other, and are told apart by their purpose. What came of them is
for the checks; nothing that a search lists is followed.
"""

from __future__ import annotations

from collections.abc import Callable

from claims.model import Service
from claims.searches import control_word, query_of, searched
from crawler.discovery.job_maker import JobMaker
from crawler.jobs import Job
from web.document import Document
from web.search_forms import search_box
from web.urls import host


class Searches:
    """Per agency. services: claimed. ask: sends a job out, False when that URL was asked for before."""

    def __init__(
        self, jobs: JobMaker, services: tuple[Service, ...], seed: int, ask: Callable[[Job], bool]
    ) -> None:
        self._jobs = jobs
        self._services = services
        self._seed = seed
        self._ask = ask
        self._asked = False

    def home(self, document: Document) -> None:
        """The home page as sent, or as the browser shows it; the first search box that can be asked is."""
        box = None if self._asked or not self._services else search_box(document)
        if box is None or box.kind != "get" or host(box.action) not in self._jobs.hosts:
            return
        self._asked = True
        agency = self._jobs.agency
        titles = [query_of(one) for one in searched(agency, self._services, self._seed)]
        for query in (control_word(agency, self._seed), *titles):
            self._ask(self._jobs.search(box.url(query)))
