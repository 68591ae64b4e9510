"""How Scrapy's downloader has an answer: each handler gives the work to what all agencies share.

Nothing here reads, repeats or closes what others use too. All raise IgnoreRequest where what was asked for comes again by
itself, or the run is over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.http import Response

from crawler.transport.requests import answered, job_of, page_of, probe_of
from crawler.transport.transports import audit_transport, custom_transport

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class _SharedHandler(BaseDownloadHandler):
    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._shared = audit_transport(crawler)


class WireHandler(_SharedHandler):
    """The bytes of an exchange as they go and come."""

    async def download_request(self, request: Request) -> Response:
        return await self._shared.exchange(job_of(request))


class BrowserHandler(_SharedHandler):
    """A page as the browser shows it."""

    async def download_request(self, request: Request) -> Response:
        page = page_of(request)
        assert page is not None
        return await self._shared.render(page)


class HostHandler(_SharedHandler):
    """A host in TLS or in the DNS."""

    async def download_request(self, request: Request) -> Response:
        return await self._shared.probe(probe_of(request))


class PortalHandler(_SharedHandler):
    """http and https: what an earlier run has, a page in the browser where the request says so, else the wire."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._wire, self._browser = WireHandler(crawler), BrowserHandler(crawler)

    async def download_request(self, request: Request) -> Response:
        known = answered(request)
        if known is not None:
            return known
        return await (self._browser if page_of(request) else self._wire).download_request(request)


class CustomSpiderHandler(BaseDownloadHandler):
    """What a spider of somebody else may ask for. Raises RequestRefused for what it may not."""

    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._spider = custom_transport(crawler)

    async def download_request(self, request: Request) -> Response:
        return await self._spider.answer(request)
