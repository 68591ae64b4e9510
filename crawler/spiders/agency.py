"""The spider of one agency: what Scrapy calls, of a visit that knows nothing of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Protocol

from scrapy import Request, Spider
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.jobs import Job
from crawler.spiders.state import AgencyState
from crawler.transport.requests import CapturedResponse, ProbeResponse, RenderedResponse


class VisitObserver(Protocol):
    """Whoever keeps the count of what is asked for. Nothing of this raises."""

    def begin(self, visit: AgencyState) -> None: ...
    def taken(self, response: CapturedResponse) -> None: ...
    def rendered(self, response: RenderedResponse) -> None: ...
    def probed(self, response: ProbeResponse) -> None: ...
    def lost(self, request: Request, error: BaseException | None) -> None: ...
    def closed(self, visit: AgencyState, state: str) -> None: ...


class AgencySpider(Spider):
    """All that the audit asks of an agency. Never raises: what goes wrong in its callbacks Scrapy would write into a log.

    probes_hosts: whether it probes hosts, in TLS and the DNS.
    """

    name = "agency"
    probes_hosts = True

    def __init__(self, visit: AgencyState, agencies: VisitObserver) -> None:
        super().__init__()
        self.visit = visit
        self._agencies = agencies

    @staticmethod
    def follows(job: Job) -> bool:
        """Whether it asks for this."""
        return True

    async def start(self) -> AsyncIterator[Any]:
        self._agencies.begin(self.visit)
        for nothing in tuple[Any, ...]():
            yield nothing

    def parse(self, response: Response, **_: Any) -> None:
        match response:
            case CapturedResponse():
                self._agencies.taken(response)
            case RenderedResponse():
                self._agencies.rendered(response)
            case ProbeResponse():
                self._agencies.probed(response)

    def lost(self, failure: Failure) -> Failure:
        """Scrapy has no answer. What it was told to ignore comes again by itself; the rest it writes into its log."""
        if not isinstance(failure.value, IgnoreRequest):
            self._agencies.lost(failure.request, failure.value)  # type: ignore[attr-defined]  # Scrapy's own
        return failure

    def closed(self, reason: str) -> None:
        self._agencies.closed(self.visit, reason)
