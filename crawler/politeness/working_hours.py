"""When a round may be crawled at all. The time is given by the caller."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from claims import hours
from claims.model import CrawlSettings


class WorkingHours:
    """`crawl.hours` by the clock of `crawl.timezone`; without hours it is always open."""

    def __init__(self, settings: CrawlSettings) -> None:
        self._hours = hours.parse(settings.hours) if settings.hours else None
        self._zone = ZoneInfo(settings.timezone)

    def next_opening(self, now: dt.datetime) -> dt.datetime | None:
        """When it opens, by the clock of the zone; None while it is open."""
        if self._hours is None:
            return None
        local = now.astimezone(self._zone)
        minute = local.hour * 60 + local.minute
        if self._hours.include(minute):
            return None
        begin = dt.time(*divmod(self._hours.begin, 60))
        day = local.date() + dt.timedelta(days=minute >= self._hours.begin)
        return dt.datetime.combine(day, begin, self._zone)
