"""What a spider of an audit body is made from: it begins at the portal, and knows what its agency claims."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy import Spider

from claims.model import Agency, Dataset, Service
from crawler.transport.shared import others

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler


class AuditSpider(Spider):
    """Of one agency. Asks by yielding requests, for what a crawl may ask for; gets `CapturedResponse`.

    start_urls: the portal, where the class names none.
    """

    agency: Agency
    services: tuple[Service, ...]
    datasets: tuple[Dataset, ...]

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        known = others(crawler)
        kwargs.pop("agency", None)
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.agency = known.agency
        spider.services = tuple(claim for claim in known.claims if isinstance(claim, Service))
        spider.datasets = tuple(claim for claim in known.claims if isinstance(claim, Dataset))
        spider.start_urls = list(spider.start_urls) or [known.agency.portal]
        return spider
