"""Working hours as a round gives them: `20:00-06:00`, by the clock of its time zone."""

from __future__ import annotations

import re
from dataclasses import dataclass

_DAY = 24 * 60
_HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")


@dataclass(frozen=True, slots=True)
class Hours:
    """Minutes after midnight; `end` is the first minute outside. An `end` before `begin` is on the next day."""

    begin: int
    end: int

    def include(self, minute: int) -> bool:
        if self.begin < self.end:
            return self.begin <= minute < self.end
        return minute >= self.begin or minute < self.end


def parse(text: str) -> Hours:
    """Raises ValueError for what is no span of a day."""
    match = _HOURS.fullmatch(text.strip())
    if match is None:
        raise ValueError("no hours")
    hour, minute, last_hour, last_minute = (int(part) for part in match.groups())
    begin, end = hour * 60 + minute, last_hour * 60 + last_minute
    if max(minute, last_minute) > 59 or begin >= _DAY or end > _DAY or begin == end:
        raise ValueError("no hours of a day")
    return Hours(begin, end)
