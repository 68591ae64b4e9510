"""Scrapy's scheduler over the frontier: a request comes to the engine when its job may go, and not before.

What waits are jobs, in the one frontier of all agencies: a request takes twice the memory, and there are millions.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from scrapy import Request
from scrapy.core.scheduler import BaseScheduler

from crawler.jobs import Job
from crawler.transport.captured import CapturedResponse

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

_SLOT = {"verbatim_url": True, "download_slot": "frontier"}  # addresses as they were claimed; no slot by host


class FrontierScheduler(BaseScheduler):
    """Of one crawler. Its spider is over when the visit is, never for want of requests: others may hold them up."""

    def __init__(self) -> None:
        self._ready: deque[Request] = deque()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> FrontierScheduler:
        return cls()

    def has_pending_requests(self) -> bool:
        return True

    def enqueue_request(self, request: Request) -> bool:
        self._ready.append(request)
        return True

    def next_request(self) -> Request | None:
        return self._ready.popleft() if self._ready else None


def hand(crawler: Crawler, job: Job) -> None:
    """Give the engine a job that may go now."""
    _give(crawler, job.url, {"job": job})


def known(crawler: Crawler, response: CapturedResponse) -> None:
    """Give the engine an answer of an earlier run: nobody is asked."""
    _give(crawler, response.url, {"known": response})


def _give(crawler: Crawler, url: str, meta: dict[str, Any]) -> None:
    crawler.engine.crawl(Request(url, meta=meta | _SLOT))
