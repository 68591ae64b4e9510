"""What stands behind Scrapy's parts, and how they come to it: over a setting that is an object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from claims.model import Agency, Dataset, Service
    from crawler.jobs import Job
    from crawler.rendering import RenderJob
    from crawler.transport.looks import Look
    from crawler.transport.requests import CapturedResponse, LookedResponse, RenderedResponse

_SETTING = "GOVAH_SHARED"


class Shared(Protocol):
    """Of the audit's own spiders. Each asks, and waits for what comes of it.

    Raises IgnoreRequest where that comes again by itself, or never.
    """

    async def exchange(self, job: Job) -> CapturedResponse: ...
    async def render(self, render: RenderJob) -> RenderedResponse: ...
    async def look(self, look: Look) -> LookedResponse: ...


class Others(Protocol):
    """Of a spider of somebody else, at one agency. answer raises RequestRefused."""

    agency: Agency
    claims: tuple[Service | Dataset, ...]

    @property
    def pending(self) -> bool: ...
    def enqueue(self, request: Request) -> None: ...
    def next(self) -> Request | None: ...
    async def answer(self, request: Request) -> Response: ...


def share(crawler: Crawler, shared: Shared | Others) -> None:
    """Before the crawler is started; its settings are its own, and an object that is set later is not copied."""
    crawler.settings.set(_SETTING, shared, priority="cmdline")


def shared(crawler: Crawler) -> Shared:
    found: Shared = crawler.settings[_SETTING]
    return found


def others(crawler: Crawler) -> Others:
    found: Others = crawler.settings[_SETTING]
    return found
