"""Every name of Scrapy that the product uses, and where its documentation has it: what an upgrade has to be held against."""

from __future__ import annotations

import ast
import importlib
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[3]
ROOMS = ("claims", "web", "evidence", "crawler", "checks", "scoring", "reports", "govah")

# name: the page of Scrapy's documentation that describes it.
NAMES = {
    "scrapy.Request": "topics/request-response",
    "scrapy.Spider": "topics/spiders",
    "scrapy.commands.BaseRunSpiderCommand": "topics/commands (COMMANDS_MODULE)",
    "scrapy.commands.ScrapyCommand": "topics/commands (COMMANDS_MODULE)",
    "scrapy.commands.check": "topics/commands (COMMANDS_MODULE)",
    "scrapy.commands.shell": "topics/commands (COMMANDS_MODULE)",
    "scrapy.core.downloader.handlers.base.BaseDownloadHandler": "topics/download-handlers",
    "scrapy.core.scheduler.BaseScheduler": "topics/scheduler",
    "scrapy.crawler.AsyncCrawlerRunner": "topics/api",
    "scrapy.crawler.Crawler": "topics/api",
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": "topics/downloader-middleware",
    "scrapy.exceptions.IgnoreRequest": "topics/exceptions",
    "scrapy.exceptions.UsageError": "topics/commands (COMMANDS_MODULE)",
    "scrapy.http.HtmlResponse": "topics/request-response",
    "scrapy.http.Response": "topics/request-response",
    "scrapy.http.headers.Headers": "topics/request-response",
    "scrapy.logformatter.LogFormatter": "topics/logging",
    "scrapy.settings.BaseSettings": "topics/api",
    "scrapy.settings.Settings": "topics/api",
    "scrapy.signals": "topics/signals",
    "scrapy.spiderloader.get_spider_loader": "topics/api (SpiderLoader)",
}
# Methods and attributes of the engine, whose interface Scrapy calls not yet stable.
ENGINE = {"crawl", "close_spider_async", "spider"}


def _used() -> set[str]:
    found = set()
    for path in (path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "scrapy":
                found |= {f"{node.module}.{name.name}" for name in node.names}
            elif isinstance(node, ast.Import):
                found |= {name.name for name in node.names if name.name.partition(".")[0] == "scrapy"}
    return found


def _of_engine() -> set[str]:
    found = set()
    for path in (ROOT / "crawler").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute):
                found |= {node.attr} if node.value.attr == "engine" else set()
    return found


def test_every_name_is_listed_and_there() -> None:
    assert _used() == set(NAMES)
    for name in NAMES:
        module, _, what = name.rpartition(".")
        assert hasattr(importlib.import_module(module), what) or importlib.import_module(name), name


def test_nothing_private_of_the_engine_is_touched() -> None:
    assert _of_engine() == ENGINE


def test_the_version_is_the_one_that_this_was_tried_with() -> None:
    assert version("scrapy").startswith("2.19.")
