"""Whether a server's clock and ours differ. Pure; headers are hostile."""

from __future__ import annotations

import datetime as dt

from evidence.kinds.http import HttpFacts
from evidence.records import Capture
from web.http_dates import http_date

_MOST = dt.timedelta(days=1)  # servers are not right to the minute, and caches hand out older dates


def clocks_differ(capture: Capture) -> bool | None:
    """Whether an answer was dated another day than our clock had when it came; None for one without a date.

    A cache hands out the date of the answer that it keeps, and says how old that is.
    """
    facts = capture.facts
    assert isinstance(facts, HttpFacts)
    date = http_date(facts.header("date"))
    if date is None:
        return None
    age = facts.header("age") or ""
    kept = int(age) if age.isascii() and age.isdigit() and len(age) < 9 else 0
    try:
        return abs(date + dt.timedelta(seconds=kept) - capture.time) > _MOST
    except OverflowError:
        return None
