"""What earlier runs of this round have seen: a job whose answer is here is answered from here.

That is all there is to resuming: the frontier is rebuilt by taking the committed captures through the same
code as fresh ones. Reads the evidence store, writes nothing.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from crawler.browser.choice import RenderJob
from crawler.jobs import Job
from evidence.kinds.crawl import CrawlFacts
from evidence.kinds.http import HttpFacts
from evidence.kinds.screenshot import ScreenshotFacts
from evidence.records import Capture
from evidence.retests import STRIDE, number_of
from evidence.store import EvidenceStore
from web.urls import host, identity

_OVER = ("complete", "blocked", "time_budget")


@dataclass(slots=True)
class EarlierRuns:
    """Captures of earlier runs, by what they answer. `store` is None in the first run.

    retest: its number, for its own captures alone; 0 for those of the crawl.
    """

    store: EvidenceStore | None
    retest: int = 0
    _robots: dict[str, str] | None = None

    def robots(self, job: Job) -> str | None:
        """The id of the answer to a robots job, whichever agency had asked: all share an origin's rules."""
        if self.store is None:
            return None
        if self._robots is None:
            self._robots = {}
            for capture in self.store.captures(kind="http"):
                facts = capture.facts
                if (
                    capture.purpose == "robots"
                    and number_of(capture) == self.retest
                    and isinstance(facts, HttpFacts)
                    and facts.failure != "own_error"
                ):
                    self._robots[identity(capture.url)] = capture.id
        return self._robots.get(job.identity)

    def read(self, capture_id: str) -> tuple[Capture, bytes]:
        assert self.store is not None
        return self.store.get(capture_id), self.store.body(capture_id)

    def asked(self, since: dt.datetime) -> list[tuple[dt.datetime, str]]:
        """When which host was asked, from then on: exchanges, pages of the browser and TLS probes, in order of time."""
        if self.store is None:
            return []
        found, exchanges = [], set[str]()
        for capture in self.store.captures():
            facts = capture.facts
            if capture.time <= since or capture.kind not in ("http", "page", "tls", "screenshot"):
                continue
            if isinstance(facts, HttpFacts):
                exchanges.add(capture.id)
                if facts.address is None:
                    continue  # it never went out
            if isinstance(facts, ScreenshotFacts) and facts.of not in exchanges:
                continue  # taken with its page, which counts
            name = capture.url.rpartition(":")[0] if capture.kind == "tls" else host(capture.url)
            found.append((capture.time, name))
        return sorted(found)

    def is_over(self, agency: str) -> bool:
        """The agency's crawl ended in an earlier run."""
        if self.store is None:
            return False
        accounts = [
            capture.facts
            for capture in self.store.captures(agency, "crawl")
            if isinstance(capture.facts, CrawlFacts) and number_of(capture) == self.retest
        ]
        return bool(accounts) and accounts[-1].state in _OVER

    def exchanges(self, agency: str) -> tuple[int, int]:
        """How many exchanges of an agency there are, and how many of them failed; those of re-tests too."""
        return (0, 0) if self.store is None else self.store.exchanges(agency)

    def of(self, agency: str) -> EarlierVisit:
        found = EarlierVisit(self.store, {}, {}, {}, {}, set())
        if self.store is None:
            return found
        for capture in self.store.captures(agency):
            if number_of(capture) != self.retest:
                continue
            facts, attempt = capture.facts, capture.attempt - STRIDE * self.retest
            if isinstance(facts, HttpFacts):
                if facts.failure != "own_error" and capture.purpose != "robots":
                    key = identity(capture.url), attempt
                    (found.others if capture.purpose == "spider" else found.exchanges)[key] = capture.id
            elif capture.kind == "page":
                found.pages[capture.url, attempt] = capture.id
            elif capture.kind == "accessibility":
                found.measured[capture.url] = capture.id
            elif isinstance(facts, ScreenshotFacts):
                found.pictures[facts.of] = capture.id
            elif capture.kind in ("tls", "dns"):
                found.probes.add((capture.url, attempt))
        return found


@dataclass(slots=True)
class EarlierVisit:
    """Ids of one agency's captures: exchanges by identity and attempt, rendered pages by URL and attempt.

    others: of exchanges that spiders of others asked for. measured: of pages measured for accessibility, by URL. probes: of TLS by `host:port`, of the DNS by name.
    pictures: by what they are of.
    """

    store: EvidenceStore | None
    exchanges: dict[tuple[str, int], str]
    others: dict[tuple[str, int], str]
    pages: dict[tuple[str, int], str]
    measured: dict[str, str]
    probes: set[tuple[str, int]]
    pictures: dict[str, str] = field(default_factory=dict)

    def exchange(self, job: Job) -> str | None:
        """The id of the answer to a job, once."""
        captures = self.others if job.purpose == "spider" else self.exchanges
        return captures.pop((job.identity, job.attempt), None)

    def rendered(self, job: RenderJob) -> tuple[Capture, bytes] | None:
        """What there is of a page for the browser, once."""
        if job.measure:
            return _read(self.store, self.measured.pop(job.url, None))
        if job.answered is not None:
            return _read(self.store, self.pictures.pop(job.source, None))
        return _read(self.store, self.pages.pop((job.url, job.job.attempt), None))


def _read(store: EvidenceStore | None, capture_id: str | None) -> tuple[Capture, bytes] | None:
    if capture_id is None or store is None:
        return None
    return store.get(capture_id), store.body(capture_id)
