"""Was our own clock right? By the dates that the answers of the controls carry. Pure.

A machine that wakes with the clock of another month would call every certificate of a country expired. What rests on the time of
the crawl alone is then held for or against nobody.
"""

from __future__ import annotations

import bisect
import datetime as dt
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

from checks.case import CONTROL_WINDOW, Case, Shared
from evidence.records import Capture, HttpFacts

_MOST = dt.timedelta(days=1)  # servers of others are not right to the minute, and caches hand out older dates
_LONGEST = 100


def clock_off(case: Case, time: dt.datetime) -> bool:
    """Whether all controls that told a date around a time told another day than our clock did; False where none did."""
    told = _told(case.shared)
    first = bisect.bisect_left(told, (time - CONTROL_WINDOW, False))
    near = [differs for _, differs in told[first : bisect.bisect_right(told, (time + CONTROL_WINDOW, True))]]
    return bool(near) and all(near)


def _told(shared: Shared) -> list[tuple[dt.datetime, bool]]:
    """By time."""
    return shared.derived("own_clock.told", lambda: sorted(_dates(shared.evidence.captures("", "http"))))


def _dates(captures: Iterator[Capture]) -> Iterator[tuple[dt.datetime, bool]]:
    """When a control answered, and whether its date is another than ours."""
    for capture in captures:
        facts = capture.facts
        if capture.purpose == "control" and isinstance(facts, HttpFacts):
            date = _date(facts)
            if date is not None:
                yield capture.time, abs(date - capture.time) > _MOST


def _date(facts: HttpFacts) -> dt.datetime | None:
    """Of an answer; None when it has none. A cache hands out the date of the answer that it keeps, and says how old that is."""
    try:
        date = parsedate_to_datetime((facts.header("date") or "")[:_LONGEST])
        age = facts.header("age") or ""
        kept = int(age) if age.isascii() and age.isdigit() and len(age) < 9 else 0
        zoned = date if date.tzinfo is not None else date.replace(tzinfo=dt.UTC)
        return zoned + dt.timedelta(seconds=kept)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
