"""What every Crawler of a run shares, and how its parts come to it: over a setting that is an object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.jobs import Job
    from crawler.transport.captured import CapturedResponse

_SETTING = "GOVAH_SHARED"


class Shared(Protocol):
    """answer: asks for a job, and waits for what is kept of it."""

    async def answer(self, job: Job) -> CapturedResponse: ...


def share(crawler: Crawler, shared: Shared) -> None:
    """Before the crawler is started; its settings are its own, and an object that is set later is not copied."""
    crawler.settings.set(_SETTING, shared, priority="cmdline")


def shared(crawler: Crawler) -> Shared:
    found: Shared = crawler.settings[_SETTING]
    return found
