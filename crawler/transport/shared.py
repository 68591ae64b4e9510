"""What every Crawler of a run shares, and how its parts come to it: over a setting that is an object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.jobs import Job
    from crawler.rendering import RenderJob
    from crawler.transport.looks import Look
    from crawler.transport.requests import CapturedResponse, LookedResponse, RenderedResponse

_SETTING = "GOVAH_SHARED"


class Shared(Protocol):
    """Each asks, and waits for what comes of it. Raises IgnoreRequest where that comes again by itself, or never."""

    async def exchange(self, job: Job) -> CapturedResponse: ...
    async def render(self, render: RenderJob) -> RenderedResponse: ...
    async def look(self, look: Look) -> LookedResponse: ...


def share(crawler: Crawler, shared: Shared) -> None:
    """Before the crawler is started; its settings are its own, and an object that is set later is not copied."""
    crawler.settings.set(_SETTING, shared, priority="cmdline")


def shared(crawler: Crawler) -> Shared:
    found: Shared = crawler.settings[_SETTING]
    return found
