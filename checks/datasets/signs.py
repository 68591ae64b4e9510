"""What the captures say of a dataset's age: dates declared, sent and inside, and what stands in the way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from checks.case import Case
from checks.datasets.files.columns import DateColumns, reaching, together
from checks.datasets.files.table import Table
from checks.datasets.freshness_rules import Signs
from checks.datasets.history import ContentHistory
from checks.datasets.obtain import JudgedVisit, Obtained
from checks.datasets.titles import closed_year
from checks.server_clock import clocks_differ
from claims.model import Dataset
from evidence.kinds.http import HttpFacts
from evidence.records import Capture
from web.http_dates import http_date

_DAY = dt.timedelta(days=1)  # Time zones: dates a day apart say the same
_FIRST = dt.datetime(1991, 8, 6, tzinfo=dt.UTC)  # earlier ones are what a server sends that knows none
_BY_REASON = {
    "blocked": "inconclusive_blocked",
    "limit": "inconclusive_limit",
}


def signs_of(case: Case, dataset: Dataset, obtained: Obtained, past: ContentHistory | None) -> Signs:
    """All that the rules of freshness look at."""
    as_of = case.as_of.date()
    period = dataset.period
    good = downloads(obtained)
    files = (obtained, *obtained.others)
    every = [seen for file in files for seen in downloads(file)]
    # when a file without a row was sent last says nothing of any data
    filled = [seen for seen in every if seen.worth.reason != "empty"]
    tables = [seen.content.table for seen in every if seen.content is not None and seen.content.table]
    certain = together([table.dates for table in tables if not table.dates.doubtful])
    latest = max(case.as_of, case.evidence.opened).date() + _DAY
    declared = dataset.modified if dataset.modified is not None and dataset.modified <= latest else None
    static = (period is not None and period.static) or closed_year(dataset.title, as_of) is not None
    obstacle = _obstacle(obtained, good, table_of(obtained))
    # What was not read may be what is new.
    proven = obtained.whole and case.proven([seen.visit for seen in good or _refusals(obtained)])
    claims = {"declared": declared, "http": None if static else _steady(every)}
    return Signs(
        as_of=as_of,
        static=static,
        period=period.days if period is not None else None,
        declared=min(declared, as_of) if declared else None,
        http=max((day for seen in filled if (day := _sent(seen.visit.final, as_of))), default=None),
        data=certain.newest,
        reach=_reach(tables, certain, obtained.names, as_of),
        sure=certain.sure,
        obstacle=obstacle,
        proven=proven,
        past=past,
        touched=touched(claims, past) if proven and obstacle is None else (),
    )


def touched(claims: Mapping[str, dt.date | None], past: ContentHistory | None) -> tuple[str, ...]:
    """Of these dates, those later than the first sighting of content that is the same since then."""
    if past is None or past.rounds < 2:
        return ()
    # A declared day is one of Tehran's calendar, a sighting one of Greenwich's.
    return tuple(name for name, day in claims.items() if day is not None and day > past.since + _DAY)


def _steady(every: Sequence[JudgedVisit]) -> dt.date | None:
    """The day of Last-Modified, where each file has one that stays the same from visit to visit.

    A server that puts the hour of the visit there says nothing of the file.
    """
    found: dict[str, set[dt.datetime | None]] = {}
    for seen in every:
        moment = http_date(seen.visit.facts.header("last-modified"))
        possible = moment is not None and moment <= seen.visit.final.time + _DAY
        found.setdefault(seen.visit.first.url, set()).add(moment if possible else None)
    if any(len(moments) > 1 for moments in found.values()):
        return None
    days = [moment.date() for moments in found.values() for moment in moments if moment is not None]
    return max(days, default=None)


def downloads(obtained: Obtained) -> tuple[JudgedVisit, ...]:
    """Visits that brought a file, whatever it is worth."""
    return tuple(seen for seen in obtained.seen if seen.brought_data)


def table_of(obtained: Obtained) -> Table | None:
    """The table of the last good visit."""
    tables = [seen.content.table for seen in downloads(obtained) if seen.content is not None]
    return next((table for table in reversed(tables) if table is not None), None)


def _reach(
    tables: Sequence[Table], certain: DateColumns, names: Sequence[str], as_of: dt.date
) -> dt.date | None:
    """The latest day that any of the files may be of; None when nothing tells of one later than what was read."""
    if certain.newest is not None and any(table.dates.doubtful for table in tables):
        reach: dt.date | None = as_of
    else:
        reach = reaching(certain, names, as_of).reach
    return reach if reach is not None and (certain.newest is None or reach > certain.newest) else None


def _refusals(obtained: Obtained) -> tuple[JudgedVisit, ...]:
    """Visits in which the agency's own server said that there is no such thing."""
    return tuple(seen for seen in obtained.seen if seen.worth.verdict == "contradicted")


def _sent(capture: Capture, as_of: dt.date) -> dt.date | None:
    """Last-Modified, when it is possible: not after the visit, nor before there was a web, nor by a clock that is wrong.

    After `as_of` it means: as of then, new.
    """
    facts = capture.facts
    assert isinstance(facts, HttpFacts)
    moment = http_date(facts.header("last-modified"))
    if moment is None or not _FIRST <= moment <= capture.time + _DAY or clocks_differ(capture):
        return None
    return min(moment.date(), as_of)


def _obstacle(obtained: Obtained, good: tuple[JudgedVisit, ...], table: Table | None) -> str | None:
    if not obtained.seen:
        return _BY_REASON.get(obtained.worth.reason, "inconclusive_not_attempted")
    if not good:
        if any(seen.visit.facts.truncated is not None for seen in obtained.seen):
            return "inconclusive_truncated"
        return _BY_REASON.get(obtained.worth.reason, "inconclusive_not_obtained")
    if any(seen.content is not None and seen.content.fault == "limit" for seen in good):
        return "inconclusive_limit"
    if _generated(good):
        return "inconclusive_generated"
    if any(clocks_differ(seen.visit.final) for seen in good):
        return "inconclusive_clock"
    if table is not None and table.dates.doubtful:
        return "inconclusive_calendar"
    if table is not None and table.dates.only_ahead:
        return "inconclusive_forecast"
    return None


def _generated(good: tuple[JudgedVisit, ...]) -> bool:
    """Two visits that brought other content: nothing in it says when somebody last worked on it."""
    prints = {
        s.content.table.fingerprint for s in good if s.content is not None and s.content.table is not None
    }
    return len(prints) > 1
