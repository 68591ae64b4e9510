"""Requests of the audit's own spiders: what the frontier let go, on its way through Scrapy's engine and back."""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from typing import TYPE_CHECKING, Any

from scrapy import Request
from scrapy.http import HtmlResponse, Response
from scrapy.http.headers import Headers

from crawler.browser.choice import RenderJob
from crawler.jobs import Job
from crawler.transport.browser_pages import PageResult
from crawler.transport.host_probe import HostProbe, Keep
from evidence.kinds.http import HttpFacts
from evidence.records import Capture
from web.document import Document

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

# Addresses as they were claimed, and no slot of the downloader by host.
_AS_IT_IS = {"verbatim_url": True, "download_slot": "frontier"}


class CapturedResponse(HtmlResponse):
    """capture: what is kept of the exchange. body: unfolded. ago: seconds since it came, when an earlier run had it.

    status: 0 where there is no answer; `capture.facts.failure` says why.
    document: as the audit reads the page. soup: as Beautiful Soup reads it, for authors of spiders.
    """

    attributes = (*HtmlResponse.attributes, "job", "capture", "ago")

    def __init__(self, *args: Any, job: Job, capture: Capture, ago: float = 0.0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.job = job
        self.capture = capture
        self.ago = ago

    @classmethod
    def of(cls, job: Job, capture: Capture, body: bytes, ago: float = 0.0) -> CapturedResponse:
        facts = capture.facts
        assert isinstance(facts, HttpFacts)
        return cls(job.url, status=facts.status or 0, body=body, job=job, capture=capture, ago=ago)

    @cached_property
    def document(self) -> Document:
        assert isinstance(self.capture.facts, HttpFacts)
        return Document(self.body, self.url, self.capture.facts.header("content-type"))

    @cached_property
    def soup(self) -> BeautifulSoup:
        from web.soup import soup_of  # which no crawl without such spiders needs to import

        return soup_of(self.document.tree)

    @property
    def headers(self) -> Headers:
        """Made when they are asked for: the audit reads those of the capture."""
        if self._headers is None:
            self._headers = Headers()
            assert isinstance(self.capture.facts, HttpFacts)
            for name, value in self.capture.facts.headers:
                self._headers.appendlist(name, value)
        return self._headers

    @headers.setter
    def headers(self, value: Any) -> None:
        self._headers = None if value is None else Headers(value)


class RenderedResponse(Response):
    """page: what came of it in this run; None for a page of an earlier one, of which `body` is what its DOM was."""

    def __init__(
        self, render: RenderJob, page: PageResult | None, final_url: str = "", body: bytes = b""
    ) -> None:
        super().__init__(final_url or render.url, body=body)
        self.render = render
        self.page = page


class ProbeResponse(Response):
    """keep: writes down what was seen; None where it failed by our own fault."""

    def __init__(self, target: HostProbe, keep: Keep | None) -> None:
        super().__init__(target.url)
        self.target = target
        self.keep = keep


def of_job(job: Job) -> Request:
    """Of a job that may go now."""
    return Request(job.url, meta={"job": job, **_AS_IT_IS})


def of_page(render: RenderJob) -> Request:
    return Request(render.url, meta={"page": render, **_AS_IT_IS})


def of_probe(target: HostProbe) -> Request:
    return Request(target.url, meta={"probe": target, **_AS_IT_IS})


def of_known(response: Response, asked: str) -> Request:
    """Of what an earlier run has: nobody is asked. asked: for what, since a page may have ended at `about:blank`."""
    return Request(asked, meta={"known": response, **_AS_IT_IS})


def job_of(request: Request) -> Job:
    job = request.meta["job"]
    assert isinstance(job, Job)
    return job


def page_of(request: Request) -> RenderJob | None:
    page: RenderJob | None = request.meta.get("page")
    return page


def probe_of(request: Request) -> HostProbe:
    target = request.meta["probe"]
    assert isinstance(target, HostProbe)
    return target


def unanswered(request: Request, now: dt.datetime) -> Response | None:
    """What there is in the place of an answer that Scrapy could not give: one that nothing came of, or what an earlier run
    has of an exchange; None for an exchange of this run.
    """
    known, page, target = answered(request), page_of(request), request.meta.get("probe")
    if isinstance(known, RenderedResponse):
        page = known.render
    if page is not None:
        return RenderedResponse(page, PageResult(None, now))
    return ProbeResponse(target, None) if isinstance(target, HostProbe) else known


def answered(request: Request) -> Response | None:
    known: Response | None = request.meta.get("known")
    return known
