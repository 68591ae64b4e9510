"""How Scrapy's downloader has an answer: each handler gives the work to what all agencies share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler

from crawler.transport.captured import CapturedResponse, job_of
from crawler.transport.shared import shared

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class WireHandler(BaseDownloadHandler):
    """http and https, to the byte: nothing here reads, repeats or closes what others use too."""

    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._shared = shared(crawler)

    async def download_request(self, request: Request) -> CapturedResponse:
        """Raises IgnoreRequest where the job comes again by itself, or the run is over."""
        known: CapturedResponse | None = request.meta.get("known")
        return await self._shared.answer(job_of(request)) if known is None else known
