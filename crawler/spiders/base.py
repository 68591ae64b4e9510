"""What a spider of an audit body is made from: it begins at the portal, and knows what its agency claims."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from scrapy import Request, Spider

from claims.model import Agency, Dataset, Service
from crawler.transport.transports import custom_transport


class AuditSpider(Spider):
    """Of one agency. Asks by yielding requests, for what a crawl may ask for; gets `CapturedResponse`.

    It begins with `start_urls`, or at the portal where the class names none.
    """

    @property
    def agency(self) -> Agency:
        return custom_transport(self.crawler).agency

    @property
    def services(self) -> tuple[Service, ...]:
        return tuple(claim for claim in custom_transport(self.crawler).claims if isinstance(claim, Service))

    @property
    def datasets(self) -> tuple[Dataset, ...]:
        return tuple(claim for claim in custom_transport(self.crawler).claims if isinstance(claim, Dataset))

    async def start(self) -> AsyncIterator[Any]:
        for url in self.start_urls or [self.agency.portal]:
            yield Request(url, dont_filter=True)
