"""Redirects for spiders of others: each hop is a request and a capture of its own."""

from __future__ import annotations

from scrapy import Request
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.http import Response


class Redirects(RedirectMiddleware):
    def handle_referer(self, request: Request, response: Response) -> None:
        """A crawl tells nobody where it comes from."""
