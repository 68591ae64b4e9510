"""With what a crawl works: the clock, the names of captures, the browser, the limits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from crawler.browser.launch import Sandbox
from crawler.jobs import ExchangeLimits
from web.listed_datasets import ListingReader


@dataclass(frozen=True, slots=True)
class CrawlContext:
    """The same in every process of a crawl. Can be sent to another where `now` and `new_id` are functions of a module.

    browser: None to do without. sandbox: as `crawler.browser.renderer.Renderer` has it. control_timeout: seconds that silent controls are waited for. contexts: pages rendered at once. read_listing:
    reads what catalogues list, a function of a module; None where their datasets are not requested.
    """

    now: Callable[[], dt.datetime]
    new_id: Callable[[], str]
    browser: Path | None = None
    limits: ExchangeLimits = ExchangeLimits()  # noqa: RUF009 (frozen)
    control_timeout: float = 60.0
    sandbox: Sandbox = "auto"
    contexts: int = 2
    read_listing: ListingReader | None = None
