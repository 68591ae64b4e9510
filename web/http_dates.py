"""Dates and waits in the headers of answers (RFC 9110, 5.6.7 and 10.2.3). Whoever wrote them may be hostile."""

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


def retry_after_seconds(value: str | None, now: dt.datetime) -> float | None:
    """Retry-After in both its forms; None when there is none or it makes no sense."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    when = http_date(text)
    return None if when is None else max(0.0, (when - now).total_seconds())
