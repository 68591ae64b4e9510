"""Spiders that an audit body has of its own, by the names that round.toml gives them."""

from __future__ import annotations

import importlib
import sys

from scrapy import Spider

from claims.model import Round


class SpiderUnusable(Exception):
    """name: as the round gives it. why: in words."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")
        self.name = name
        self.why = why


def own_spiders(round: Round) -> tuple[type[Spider], ...]:
    """Imported from the round's folder or the environment. Raises SpiderUnusable for the first that cannot be had."""
    if not round.settings.crawl.spiders:
        return ()
    folder = str(round.folder)
    if folder not in sys.path:
        sys.path.append(folder)
    found = tuple(map(_spider, round.settings.crawl.spiders))
    names = [spider.name for spider in found]
    for given, spider in zip(round.settings.crawl.spiders, found, strict=True):
        if names.count(spider.name) > 1:
            raise SpiderUnusable(given, f"another spider is called {spider.name} too")
    return found


def _spider(name: str) -> type[Spider]:
    module, _, called = name.rpartition(".")
    try:
        spider = getattr(importlib.import_module(module), called)
    except Exception as error:
        raise SpiderUnusable(name, f"{type(error).__name__}: {error}") from error
    if not (isinstance(spider, type) and issubclass(spider, Spider)):
        raise SpiderUnusable(name, "not a subclass of scrapy.Spider")
    if not getattr(spider, "name", None):
        raise SpiderUnusable(name, "a spider needs a `name`")
    return spider
