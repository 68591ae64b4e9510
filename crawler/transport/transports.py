"""What stands behind Scrapy's parts, and how they come to it: by the crawler that they are of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from claims.model import Agency, Dataset, Service
    from crawler.browser.choice import RenderJob
    from crawler.jobs import Job
    from crawler.transport.host_probe import HostProbe
    from crawler.transport.requests import CapturedResponse, ProbeResponse, RenderedResponse


class AuditTransport(Protocol):
    """Of the audit's own spiders. Each asks, and waits for what comes of it.

    Raises IgnoreRequest where that comes again by itself, or never.
    """

    async def exchange(self, job: Job) -> CapturedResponse: ...
    async def render(self, render: RenderJob) -> RenderedResponse: ...
    async def probe(self, target: HostProbe) -> ProbeResponse: ...


class CustomSpiderTransport(Protocol):
    """Of a spider of somebody else, at one agency. answer raises RequestRefused."""

    @property
    def agency(self) -> Agency: ...
    @property
    def claims(self) -> tuple[Service | Dataset, ...]: ...
    @property
    def pending(self) -> bool: ...
    def enqueue(self, request: Request) -> None: ...
    def next(self) -> Request | None: ...
    async def answer(self, request: Request) -> Response: ...


_BEHIND: WeakKeyDictionary[Crawler, Any] = WeakKeyDictionary()


def set_transport(crawler: Crawler, behind: AuditTransport | CustomSpiderTransport) -> None:
    """Before the crawler's engine is made."""
    _BEHIND[crawler] = behind


def audit_transport(crawler: Crawler) -> AuditTransport:
    found: AuditTransport = _BEHIND[crawler]
    return found


def custom_transport(crawler: Crawler) -> CustomSpiderTransport:
    found: CustomSpiderTransport = _BEHIND[crawler]
    return found


def has_transport(crawler: Crawler) -> bool:
    return crawler in _BEHIND
