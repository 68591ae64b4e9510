"""Scrapy's scheduler over the frontier: a request comes to the engine when its job may go, and not before.

What waits are jobs, in the one frontier of all agencies: a request takes twice the memory, and there are millions.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.core.scheduler import BaseScheduler

from crawler.transport.transports import custom_transport

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class FrontierScheduler(BaseScheduler):
    """Of an audit's own spider, which is over when its visit is, never for want of requests: others may hold them up."""

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


class CustomSpiderScheduler(BaseScheduler):
    """Of a spider of somebody else: its requests become jobs, and come back when those may go."""

    def __init__(self, crawler: Crawler) -> None:
        self._spider = custom_transport(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> CustomSpiderScheduler:
        return cls(crawler)

    def has_pending_requests(self) -> bool:
        return self._spider.pending

    def enqueue_request(self, request: Request) -> bool:
        self._spider.enqueue(request)
        return True

    def next_request(self) -> Request | None:
        return self._spider.next()
