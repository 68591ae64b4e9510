"""What Scrapy would only write into a log: an error of its own, or of ours that it caught, is told to the run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from scrapy import Request, Spider
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.logformatter import LogFormatter

_NAME = "scrapy"


class QuietLogFormatter(LogFormatter):
    """Says nothing of a page that came: the evidence does."""

    def crawled(self, request: Request, response: Response, spider: Spider) -> Any:
        return None


class _ErrorHandler(logging.Handler):
    def __init__(self, told: Callable[[BaseException, Spider | None], None]) -> None:
        super().__init__(logging.ERROR)
        self._told = told

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, IgnoreRequest):
            self._told(error or RuntimeError(record.getMessage()), getattr(record, "spider", None))


@contextmanager
def errors_reported(told: Callable[[BaseException, Spider | None], None]) -> Iterator[None]:
    """Inside, errors that Scrapy logs are told with their spider, and nothing of its log reaches the terminal."""
    log, ear = logging.getLogger(_NAME), _ErrorHandler(told)
    before = log.level, log.propagate
    log.addHandler(ear)
    log.setLevel(logging.ERROR)
    log.propagate = False
    try:
        yield
    finally:
        log.removeHandler(ear)
        log.level, log.propagate = before
