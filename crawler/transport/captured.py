"""An answer as a spider gets it: Scrapy's response over what the evidence keeps."""

from __future__ import annotations

from typing import Any

from scrapy import Request
from scrapy.http import HtmlResponse
from scrapy.http.headers import Headers

from crawler.jobs import Job
from evidence.records import Capture, HttpFacts


class CapturedResponse(HtmlResponse):
    """capture: what is kept of the exchange. body: unfolded. ago: seconds since it came, when an earlier run had it.

    status: 0 where there is no answer; `capture.facts.failure` says why.
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


def job_of(request: Request) -> Job:
    """What the frontier let go as this request."""
    job = request.meta["job"]
    assert isinstance(job, Job)
    return job
