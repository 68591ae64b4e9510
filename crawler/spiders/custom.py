"""Spiders that an audit body has of its own, by the names that round.toml gives them."""

from __future__ import annotations

import importlib
import sys
from typing import Literal

from scrapy import Spider

from claims.model import Round

OURS = frozenset({"agency", "portal", "services", "links", "datasets", "hosts"})
Why = Literal["import", "no_spider", "no_name", "same_name"]


class SpiderUnusable(Exception):
    """name: as the round gives it. why: a code. detail: the words of an error, or the name that stands in the way."""

    def __init__(self, name: str, why: Why, detail: str = "") -> None:
        super().__init__(f"{name}: {why} {detail}".rstrip())
        self.name = name
        self.why = why
        self.detail = detail


def custom_spiders(round: Round) -> tuple[type[Spider], ...]:
    """Imported from the round's folder or the environment. Raises SpiderUnusable for the first that cannot be had."""
    named = round.settings.crawl.spiders
    if not named:
        return ()
    folder = str(round.folder.resolve())
    if folder not in sys.path:
        sys.path.append(folder)
    found: dict[str, type[Spider]] = {}
    for name in named:
        spider = _spider(name)
        if spider.name in found or spider.name in OURS:
            raise SpiderUnusable(name, "same_name", spider.name)
        found[spider.name] = spider
    return tuple(found.values())


def _spider(name: str) -> type[Spider]:
    module, _, called = name.rpartition(".")
    try:
        spider = getattr(importlib.import_module(module), called)
    except (Exception, SystemExit) as error:
        raise SpiderUnusable(name, "import", f"{type(error).__name__}: {error}") from error
    if not (isinstance(spider, type) and issubclass(spider, Spider)):
        raise SpiderUnusable(name, "no_spider")
    if not getattr(spider, "name", None):
        raise SpiderUnusable(name, "no_name")
    return spider
