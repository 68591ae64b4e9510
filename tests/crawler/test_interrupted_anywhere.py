"""Reading is interrupted at each of its lines in turn: nothing that was asked for is lost, and every agency ends."""

from __future__ import annotations

import datetime as dt
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType, SimpleNamespace
from typing import Any

import pytest

from claims.model import Agency, CrawlSettings, NetworkSettings, Round, Service, Settings
from crawler.crawl_context import CrawlContext
from crawler.engine.admission import ProcessLoad
from crawler.engine.agency_visits import AgencyVisits, VisitHooks, VisitScope
from crawler.engine.custom_spiders import CustomSpiders
from crawler.engine.earlier_runs import EarlierRuns
from crawler.engine.progress import CrawlCounters
from crawler.engine.shard_evidence import ShardEvidence
from crawler.jobs import Job
from crawler.politeness.frontier import Frontier
from crawler.politeness.robots import Robots
from crawler.spiders.agency import AgencySpider
from crawler.spiders.datasets import DatasetRequests
from crawler.spiders.hosts import HostRequests
from crawler.spiders.links import LinkRequests
from crawler.spiders.portal import PortalRequests
from crawler.spiders.services import ServiceRequests
from crawler.spiders.state import AgencyState
from crawler.spiders.visit import AgencyVisit
from crawler.transport.host_probe import HostProbe
from crawler.transport.requests import ProbeResponse, probe_of
from evidence import cpu_limit
from evidence.kinds.crawl import CrawlFacts
from evidence.kinds.http import HttpFacts
from evidence.records import Capture

NOON = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
FILE = b"User-agent: *\nDisallow: /*shut\n"
HOME = b"<a href=/moved>x</a><a href=/shut>x</a><a href=http://other.test/x>x</a><a href=http://other.test/shut>x</a><a href=//b.test/>x</a>"
PAGES = {
    "http://a.test/robots.txt": FILE,
    "http://other.test/robots.txt": FILE,
    "http://a.test/": HOME,
    "http://a.test/page": b"<a href=/shut2>x</a><a href=/last>x</a>",
    "http://a.test/last": b"<p>the last",
    "http://b.test/": b"<a href=/one>x</a><a href=http://other.test/y>x</a>",
    "http://b.test/one": b"<p>one",
}
MOVED = {"http://a.test/moved": "http://a.test/page"}


class Beside:
    """Looks that find nothing; no browser."""

    available, browser = False, None

    def __init__(self) -> None:
        self.asked: list[HostProbe] = []


class Run:
    """A whole crawl of `a` and `b` in this thread; PAGES are what there is."""

    def __init__(self, folder: Path) -> None:
        self.accounts: dict[str, CrawlFacts] = {}
        self.fetched: list[str] = []
        self.unfetched: list[tuple[str, str]] = []
        self.failed: list[Exception] = []
        self.over = False
        self.counters = CrawlCounters()
        crawl = CrawlSettings(delay=0.0, retry_after=0.0, render="never")
        every = (Agency("a", "A", "main", "http://a.test/"), Agency("b", "B", "main", "http://b.test/"))
        services = (Service(agency="a", id="s", title="خدمت", electronic=True, url="http://a.test/claimed"),)
        round = Round(folder, Settings("t", crawl=crawl, network=NetworkSettings()), every, services, ())
        self.beside = Beside()
        beside: Any = self.beside
        self.agencies = AgencyVisits(
            round,
            VisitScope(every),
            # it takes the accounts itself
            evidence=ShardEvidence(self, EarlierRuns(None), free=lambda: 1 << 40),  # type: ignore[arg-type]
            crawl_context=CrawlContext(now=lambda: NOON, new_id=lambda: ""),
            counters=self.counters,
            spider=AgencySpider,
            others=CustomSpiders((), beside),
            hooks=VisitHooks(
                load=lambda: ProcessLoad(0.0, 1 << 40, 0.0),
                pages=lambda permit: beside,
                may_ask_dns=lambda host: False,
                crawl=lambda visit: self.agencies.begin(visit),
                close=lambda visit, state: self.agencies.closed(visit, state),
                give=lambda agency, request: self.beside.asked.append(probe_of(request)),
                replay=lambda: None,
                read=lambda job: None,
                over=self._ended,
                fail=self.failed.append,
            ),
        )

    def _ended(self) -> None:
        self.over = True

    def add(self, *, agency: str, facts: CrawlFacts, body: bytes, **more: object) -> None:
        self.accounts[agency] = facts
        self.unfetched += [tuple(entry) for entry in json.loads(body)["unfetched"]]

    def to_its_end(self) -> None:
        self.agencies.fill()
        queue = self.agencies.frontier
        while not self.failed:
            while (job := queue.next_job(time.monotonic() + 60.0)) is not None:
                self.fetched.append(job.url)
                queue.written(job)
                queue.answered(job, 200, False, None)
                queue.release(job)
                self.agencies.take(job, *answer(job))
            if not self.beside.asked:
                return
            self.agencies.probed(ProbeResponse(self.beside.asked.pop(), None))


def answer(job: Job) -> tuple[Capture, bytes]:
    target, body = MOVED.get(job.url), PAGES.get(job.url, b"")
    status = 301 if target else 200 if body else 404
    headers = (("Content-Type", "text/plain" if job.purpose == "robots" else "text/html"),)
    facts = HttpFacts("GET", status, "", headers, None, redirect=target)
    capture = SimpleNamespace(id=job.url, agency=job.agency, url=job.url, time=NOON, facts=facts)
    return capture, body  # type: ignore[return-value]


KEEPERS = (
    AgencyVisits,
    AgencyState,
    AgencyVisit,
    Frontier,
    Robots,
    ServiceRequests,
    DatasetRequests,
    HostRequests,
    PortalRequests,
    LinkRequests,
)
KEPT_IN = tuple(kept.__init__.__code__.co_filename for kept in KEEPERS)


def interrupting(done: set[tuple[str, int]]) -> tuple[Callable[..., Any], list[str]]:
    """A trace that lets the timer be over at the first line that is not done; where that was."""
    where = list[str]()

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        if frame.f_code.co_filename not in KEPT_IN or where:
            return None
        if (
            frame.f_code is AgencyVisits._read.__code__
        ):  # no signal is looked for between its block and the end of that
            return trace
        at = frame.f_code.co_filename, frame.f_lineno
        if event == "line" and cpu_limit.cpu_limit.active and at not in done:
            done.add(at)
            where.append(f"{Path(at[0]).name}:{at[1]}")
            cpu_limit._raise(0, frame)
        return trace

    return trace, where


@pytest.mark.thorough
def test_nothing_is_lost_wherever_it_is(tmp_path: Path) -> None:
    """Of the modules that keep the count of what is asked for."""
    done: set[tuple[str, int]] = set()
    while True:
        run, (trace, where) = Run(tmp_path), interrupting(done)
        sys.settrace(trace)
        try:
            run.to_its_end()
        finally:
            sys.settrace(None)
        if not where:
            break
        assert run.failed == [], where
        assert run.over, f"an agency never ends: {where}"
        dealt_with = {*run.fetched, *(url for url, reason in run.unfetched if reason == "robots")}
        assert {"http://a.test/claimed", "http://b.test/"} <= dealt_with, (
            where
        )  # a file that was not read closes
        assert len(run.counters.trouble) == 1, where
    assert len(done) > 150
    assert {"http://a.test/last", "http://b.test/one", "http://other.test/x"} <= set(run.fetched)
    assert not any("shut" in url for url in run.fetched)


def test_what_waits_for_nothing_is_ended_and_told_and_the_others_are_complete(
    tmp_path: Path,
) -> None:
    run = Run(tmp_path)
    run.agencies.fill()
    lost = run.agencies._visits["a"]
    lost.open += 1  # a job that nobody has any more
    run.to_its_end()
    assert list(run.accounts) == ["b"]
    assert run.agencies.stalled
    run.agencies.give_up()
    assert run.failed == []
    assert len(run.agencies) == 0
    assert {name: facts.state for name, facts in run.accounts.items()} == {
        "a": "time_budget",
        "b": "complete",
    }
    assert [line.partition(": nothing")[0] for line in run.counters.trouble] == ["a: RuntimeError"]
