"""Was our own clock right? By the dates that the answers of the controls carry. Pure.

A machine that wakes with the clock of another month would call every certificate of a country expired. What rests on the time of
the crawl alone is then held for or against nobody.
"""

from __future__ import annotations

import bisect
import datetime as dt
from collections.abc import Iterator

from checks.case import CONTROL_WINDOW, Case, Shared
from checks.server_clock import clocks_differ
from evidence.kinds.http import HttpFacts
from evidence.records import Capture


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
        if capture.purpose == "control" and isinstance(capture.facts, HttpFacts):
            differs = clocks_differ(capture)
            if differs is not None:
                yield capture.time, differs
