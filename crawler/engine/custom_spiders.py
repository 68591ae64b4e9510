"""A spider of an audit body at one agency: it may ask for what a crawl may, at the pace of the crawl, and no more.

Its requests are jobs like all others, behind the same robots.txt, delays, address policy and time, after those of the audit
itself. What is refused goes to the errback of the request as RequestRefused. Not here: what keeps its code from holding up
the run (`crawler.spiders.limits`).
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from scrapy import Request, Spider
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from claims.model import Dataset, Service
from crawler.jobs import RANK_OTHERS, Job
from crawler.spiders.limits import CallbackTimeout, RequestRefused, limited, limited_end
from crawler.spiders.visit import AgencyVisit
from crawler.transport.requests import CapturedResponse
from evidence.kinds.http import HttpFacts
from web.urls import absolute, identity, is_web, split_fragment

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

_MOST_ATTEMPTS = 3  # of one address
_GRACE = 10.0  # seconds for a spider to take the answers that are there when its agency has had its time
_METHODS = ("GET",)


class CustomSpiderRun(Protocol):
    """submit: a job's way to the network. exchange: of a job that may go. over: a spider of the visit is closed.

    crawl: starts one. heard: an error of its own.
    """

    def submit(self, job: Job) -> None: ...
    async def exchange(self, job: Job) -> CapturedResponse: ...
    def crawl(self, spider: type[Spider], other: CustomSpider) -> asyncio.Future[None]: ...
    def over(self, visit: AgencyVisit) -> None: ...
    def heard(self, error: BaseException) -> None: ...


class CustomSpiders:
    """All of them of a run. classes: those that begin at each agency."""

    def __init__(
        self, classes: Sequence[type[Spider]], run: CustomSpiderRun, *, bounded: bool = True
    ) -> None:
        self._bounded = bounded
        self._classes = classes
        self._run = run
        self._open: dict[CustomSpider, AgencyVisit] = {}
        self._asking: dict[Job, CustomSpider] = {}
        self._late: dict[CustomSpider, float] = {}  # since when their agency has had its time
        self._closing = set[asyncio.Future[None]]()

    def __bool__(self) -> bool:
        """Whether any is under way."""
        return bool(self._open)

    def begin(self, visit: AgencyVisit) -> int:
        """How many have begun at an agency."""
        for spider in self._classes:
            other = CustomSpider(visit, self, bounded=self._bounded)
            self._open[other] = visit
            task = self._run.crawl(spider, other)
            task.add_done_callback(partial(self._ended, other))
        return len(self._classes)

    def submit(self, job: Job, other: CustomSpider) -> None:
        self._asking[job] = other
        self._run.submit(job)

    async def exchange(self, job: Job) -> CapturedResponse:
        return await self._run.exchange(job)

    def wants(self, job: Job) -> bool:
        """Whether somebody still waits for it."""
        return job in self._asking

    def go(self, job: Job, known: CapturedResponse | None = None) -> None:
        """The job may go, or is known from an earlier run."""
        other = self._asking.pop(job, None)
        if other is not None:
            other.go(job, known)

    def refuse(self, job: Job, reason: str) -> None:
        other = self._asking.pop(job, None)
        if other is not None:
            other.refuse(job, reason)

    def look_after(self, now: float) -> None:
        """End those that have had their requests, and those whose agency has had its time, whatever they wait for."""
        for other, visit in list(self._open.items()):
            if other.has_had_enough and not other.pending:
                self.close(other, "max_pages")
            if not visit.budget.is_over(now):
                continue
            if now - self._late.setdefault(other, now) > (_GRACE if other.pending else 0.0):
                self._run.heard(CallbackTimeout(f"{other}: it did not end in the time of the agency"))
                self.close(other, "time_budget")
                self._over(other)

    def stop(self) -> None:
        """The run ends."""
        for other in list(self._open):
            self.close(other, "shutdown")

    def close(self, other: CustomSpider, reason: str) -> None:
        task = asyncio.ensure_future(other.close(reason))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _ended(self, other: CustomSpider, task: asyncio.Future[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._run.heard(error)
        self._over(other)

    def _over(self, other: CustomSpider) -> None:
        visit = self._open.pop(other, None)
        if visit is not None:
            for job in other.waiting:
                self._asking.pop(job, None)
            self._run.over(visit)


class CustomSpider:
    """One such spider at one agency, as the engine's parts and the run see it.

    It has as many requests as the agency has pages, beside those of the audit. Its engine gets a request when the answer is
    there: whatever its middlewares do, the frontier's count holds.
    """

    def __init__(self, visit: AgencyVisit, all: CustomSpiders, *, bounded: bool) -> None:
        """bounded: whether each step of its callbacks is."""
        self._bounded = bounded
        self.agency = visit.agency
        self.claims: tuple[Service | Dataset, ...] = (*visit.services, *visit.datasets)
        self.crawler: Crawler | None = None
        self._jobs = visit.jobs
        self._most = visit.jobs.settings.max_pages
        self._all = all
        self._asked = 0
        self._visits = Counter[str]()
        self.waiting: dict[Job, Request] = {}
        self._answers: dict[Request, CapturedResponse | str] = {}
        self._under_way = set[asyncio.Future[None]]()
        self._ready: deque[Request] = deque()

    def __str__(self) -> str:
        return f"{self.agency.id}: spider {self.crawler.spidercls.name if self.crawler else ''}"

    # the scheduler of its engine

    @property
    def pending(self) -> bool:
        return bool(self.waiting or self._under_way or self._ready)

    @property
    def has_had_enough(self) -> bool:
        """Whether it asks for more than it may have."""
        return self._asked > self._most

    def enqueue(self, request: Request) -> None:
        """A request of the spider, or one that may go to the handler now."""
        if request in self._answers:
            self._ready.append(request)
            return
        assert self.crawler is not None and self.crawler.spider is not None
        if self._bounded:
            spider = self.crawler.spider
            # what Scrapy takes where a request names none: `parse`, but for spiders with rules
            usual: Callable[..., Any] = getattr(spider, "_parse", spider.parse)
            request.callback = limited(request.callback or usual)
            request.errback = limited(request.errback) if request.errback else None
        job = self._job(request)
        if isinstance(job, str):
            self._give(request, job)
            return
        self.waiting[job] = request
        self._all.submit(job, self)

    def next(self) -> Request | None:
        return self._ready.popleft() if self._ready else None

    def _job(self, request: Request) -> Job | str:
        """Of a request that a crawl may send; else what is wrong with it."""
        if request.method not in _METHODS:
            return f"a crawl sends GET alone, not {request.method}"
        if request.body or request.cookies or request.headers:
            return "a crawl sends no body, and no headers or cookies but its own"
        url = absolute(request.url, "")
        if url is None or not is_web(url):
            return "no address of the web"
        url = split_fragment(url)[0]
        key = identity(url)
        if self._visits[key] and not request.dont_filter:
            return "asked for before"
        self._asked += 1
        if self._asked > self._most:
            return f"the spider has had its {self._most} requests"
        self._visits[key] += 1
        if self._visits[key] > _MOST_ATTEMPTS:
            return f"asked for {_MOST_ATTEMPTS} times before"
        job = self._jobs.make(url, "spider", RANK_OTHERS, 1)
        job.attempt = self._visits[key]
        return job

    # the run

    def go(self, job: Job, known: CapturedResponse | None = None) -> None:
        """known: what an earlier run has of it."""
        request = self.waiting.pop(job)
        if known is not None:
            self._give(request, known)
            return
        task = asyncio.ensure_future(self._ask(request, job))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _ask(self, request: Request, job: Job) -> None:
        with suppress(IgnoreRequest):  # the run is over
            self._give(request, await self._all.exchange(job))

    def refuse(self, job: Job, reason: str) -> None:
        self._give(self.waiting.pop(job), reason)

    def _give(self, request: Request, answer: CapturedResponse | str) -> None:
        assert self.crawler is not None
        self._answers[request] = answer
        if self.crawler.spider is not None and self.crawler.engine.spider is not None:
            self.crawler.engine.crawl(request)

    def opened(self, spider: Spider) -> None:
        """Its engine is open; what it does at its end is bounded too."""
        if callable(closed := getattr(spider, "closed", None)) and self._bounded:
            spider.closed = limited_end(closed)  # type: ignore[attr-defined]

    async def close(self, reason: str) -> None:
        """Whatever it still waits for."""
        assert self.crawler is not None
        if self.crawler.spider is not None and self.crawler.engine.spider is not None:
            await self.crawler.engine.close_spider_async(reason=reason)

    # the handler of its engine

    async def answer(self, request: Request) -> Response:
        """Raises RequestRefused, also for a request that did not come by the scheduler."""
        answer = self._answers.pop(request, "only what a callback yields is asked for")
        if isinstance(answer, str):
            raise RequestRefused(request.url, answer)
        facts = answer.capture.facts
        if isinstance(facts, HttpFacts) and facts.status is None:
            raise RequestRefused(request.url, f"no answer: {facts.failure} {facts.detail}".rstrip())
        return answer
