"""What Scrapy runs with: our scheduler and our handlers, and nothing that waits or remembers beside them.

Politeness is the frontier's: the downloader's own slots know neither the address of a host nor another process.
As they stand here they are for spiders of others; `OWN` is what the audit's own have in their place.
"""

from typing import Any

TWISTED_REACTOR_ENABLED = False
SPIDER_MODULES = ["crawler.spiders"]
SCHEDULER = "crawler.engine.scheduler.CustomSpiderScheduler"
_OTHERS = "crawler.transport.handlers.CustomSpiderHandler"
_NONE = dict.fromkeys(("data", "file", "ftp", "s3"))
DOWNLOAD_HANDLERS = {"http": _OTHERS, "https": _OTHERS, **_NONE}

CONCURRENT_REQUESTS = 0  # the frontier's
CONCURRENT_REQUESTS_PER_DOMAIN = 1 << 30
CONCURRENT_ITEMS = 1  # a hundred tasks for each answer else
DOWNLOAD_DELAY = 0
DOWNLOAD_DELAY_JITTER = 0

# Of Scrapy's own: allowed domains, depth, redirects and statuses. An exchange of ours is one hop, and each hop is kept.
DOWNLOADER_MIDDLEWARES_BASE = {
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": 50,
    "crawler.engine.redirects.Redirects": 600,
}
SPIDER_MIDDLEWARES_BASE = {
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": 50,
    "scrapy.spidermiddlewares.depth.DepthMiddleware": 800,
    "crawler.spiders.limits.SpiderLimits": 900,
}
EXTENSIONS_BASE: dict[str, int] = {}
STATS_CLASS = "scrapy.statscollectors.DummyStatsCollector"
LOG_FORMATTER = "crawler.engine.error_log.QuietLogFormatter"
LOG_ENABLED = False
TELNETCONSOLE_ENABLED = False
WARN_ON_GENERATOR_RETURN_VALUE = False

# What a spider's `custom_settings` do not change: whatever it asks for goes by our scheduler and our handlers.
RULES = ("TWISTED_REACTOR_ENABLED", "SCHEDULER", "DOWNLOADER", "DOWNLOAD_HANDLERS", "DOWNLOAD_HANDLERS_BASE")
DOWNLOADER = "scrapy.core.downloader.Downloader"
DOWNLOAD_HANDLERS_BASE: dict[str, str] = {}

_PORTAL, _HOST = "crawler.transport.handlers.PortalHandler", "crawler.transport.handlers.HostHandler"
OWN: dict[str, Any] = {
    "SCHEDULER": "crawler.engine.scheduler.FrontierScheduler",
    "DOWNLOAD_HANDLERS": {"http": _PORTAL, "https": _PORTAL, "tls": _HOST, "dns": _HOST, **_NONE},
    "DOWNLOADER_MIDDLEWARES_BASE": {},
    "SPIDER_MIDDLEWARES_BASE": {},
}
