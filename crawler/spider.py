"""The spider: Scrapy's handle on a session. Its start lasts as long as the crawl."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import scrapy
from scrapy.logformatter import LogFormatter

from crawler.frontier import Frontier
from crawler.recorder import Recorded, Wires
from crawler.session import Session


class AuditSpider(scrapy.Spider):
    """One spider for all agencies of a crawl."""

    name = "govah"

    def __init__(self, session: Session, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.session = session

    @property
    def wires(self) -> Wires:
        return self.session.wires

    @property
    def frontier(self) -> Frontier:
        return self.session.frontier

    async def start(self) -> AsyncIterator[Any]:
        from twisted.internet import reactor

        await self.session.run(self.crawler.engine, reactor)
        nothing: tuple[Any, ...] = ()
        for request in nothing:  # an iterator of nothing: jobs reach the engine through the frontier
            yield request

    def parse(self, response: Any, **_: Any) -> None:
        assert isinstance(response, Recorded)
        self.session.exchanged(response.meta["job"], response.tape)


class Silent(LogFormatter):
    """Nothing to log of each exchange: the store has it all."""

    def crawled(self, request: Any, response: Any, spider: Any) -> None:  # type: ignore[override]
        return None


def scrapy_settings(per_host: int) -> dict[str, Any]:
    """What we use of Scrapy; everything else is off."""
    handler = "crawler.recorder.RecordingHandler"
    return {
        "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
        "SCHEDULER": "crawler.frontier.Frontier",
        "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",
        "DOWNLOAD_HANDLERS": {
            "http": handler,
            "https": handler,
            "data": None,
            "file": None,
            "s3": None,
            "ftp": None,
        },
        "DOWNLOADER_MIDDLEWARES_BASE": {},
        "SPIDER_MIDDLEWARES_BASE": {},
        "EXTENSIONS_BASE": {},
        "STATS_CLASS": "scrapy.statscollectors.DummyStatsCollector",
        "LOG_ENABLED": False,
        "LOG_INSTALL_ROOT_HANDLER": False,
        "LOG_FORMATTER": "crawler.spider.Silent",
        "TELNETCONSOLE_ENABLED": False,
        "COOKIES_ENABLED": False,
        "ROBOTSTXT_OBEY": False,
        "DOWNLOAD_DELAY": 0,
        # The frontier is polite; the downloader passes on what it is given.
        "CONCURRENT_REQUESTS": 320,
        "CONCURRENT_ITEMS": 1,  # Scrapy starts so many tasks for each answer, and we yield none
        "CONCURRENT_REQUESTS_PER_DOMAIN": max(8, per_host),
        "REACTOR_THREADPOOL_MAXSIZE": 24,
        # What portals still run on is seen too; the TLS probe judges it.
        "DOWNLOAD_TLS_MIN_VERSION": "TLSv1.0",
        "DOWNLOADER_CLIENT_TLS_CIPHERS": "DEFAULT:@SECLEVEL=0",
    }
