"""Dates in the headers of answers (RFC 9110, 5.6.7). Whoever wrote them may be hostile."""

from __future__ import annotations

import datetime as dt
from email.utils import parsedate_to_datetime

_LONGEST = 100


def http_date(text: str | None) -> dt.datetime | None:
    """The moment, aware; None for what is none."""
    if not text or len(text) > _LONGEST:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=dt.UTC)
