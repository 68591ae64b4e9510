"""What Scrapy runs with: our scheduler and our handlers, and nothing that waits, repeats or remembers beside them.

A module of settings as `scrapy.cfg` names it. Politeness is the frontier's: the downloader's own slots know neither the
address of a host nor another process.
"""

TWISTED_REACTOR_ENABLED = False
SCHEDULER = "crawler.engine.scheduler.FrontierScheduler"
_PORTAL, _HOST = "crawler.transport.handlers.PortalHandler", "crawler.transport.handlers.HostHandler"
DOWNLOAD_HANDLERS = {
    "http": _PORTAL,
    "https": _PORTAL,
    "tls": _HOST,
    "dns": _HOST,
    **dict.fromkeys(("data", "file", "ftp", "s3")),
}

CONCURRENT_REQUESTS = 0  # the frontier's
CONCURRENT_REQUESTS_PER_DOMAIN = 1 << 30
CONCURRENT_ITEMS = 1  # a hundred tasks for each answer else
DOWNLOAD_DELAY = 0
DOWNLOAD_DELAY_JITTER = 0

DOWNLOADER_MIDDLEWARES_BASE: dict[str, int] = {}
SPIDER_MIDDLEWARES_BASE: dict[str, int] = {}
EXTENSIONS_BASE: dict[str, int] = {}
STATS_CLASS = "scrapy.statscollectors.DummyStatsCollector"
LOG_FORMATTER = "crawler.engine.hearing.Silent"
LOG_ENABLED = False
TELNETCONSOLE_ENABLED = False
WARN_ON_GENERATOR_RETURN_VALUE = False
