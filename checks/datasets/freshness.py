"""Is a dataset as fresh as its period promises? Rules in the order of the design, first one that holds.

Declared and HTTP dates are soft: they count for the agency alone. Dates inside the data, and content that
changed or did not over the rounds, are hard. Not here: the contradiction of a mere touch (`touched`).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from checks.datasets.limits import NO_UPDATE_DAYS, Limits
from checks.finding import Verdict

Outcome = tuple[Verdict, str]

# Why nothing could be concluded: the closed list behind `inconclusive_*`.
OBSTACLES = (
    "inconclusive_not_attempted",
    "inconclusive_blocked",
    "inconclusive_truncated",
    "inconclusive_limit",
    "inconclusive_not_obtained",
    "inconclusive_generated",
    "inconclusive_clock",
    "inconclusive_calendar",
    "inconclusive_forecast",
    "inconclusive_unconfirmed",
    "inconclusive_no_date",
)
UNCHANGED_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Signs:
    """All that the rules look at.

    static: never to be renewed, by its period or its title. period: days, None when no usable one was
    declared. declared, http, data: dates that are possible, None where there is none. obstacle: one of
    OBSTACLES, or None. proven: two visits, with a live control, brought what is held against the agency.
    unchanged_since, unchanged_rounds: of the content, over the rounds. changed_after: day of the round
    before, when its content was another.
    """

    as_of: dt.date
    static: bool = False
    period: int | None = None
    declared: dt.date | None = None
    http: dt.date | None = None
    data: dt.date | None = None
    obstacle: str | None = None
    proven: bool = False
    unchanged_since: dt.date | None = None
    unchanged_rounds: int = 0
    changed_after: dt.date | None = None

    @property
    def newest(self) -> tuple[dt.date, str] | None:
        """The newest date and where it is from; the harder source of equals."""
        found = [
            (day, source)
            for source, day in (("data", self.data), ("http", self.http), ("declared", self.declared))
            if day
        ]
        return max(found, key=lambda pair: pair[0], default=None)

    @property
    def age(self) -> int | None:
        newest = self.newest
        return self.days(newest[0]) if newest else None

    def days(self, day: dt.date) -> int:
        return max(0, (self.as_of - day).days)


def decide(signs: Signs) -> Outcome:
    """Verdict and reason."""
    if signs.static:
        return "not_applicable", "static"
    age = signs.age
    if signs.period is None:
        if age is not None and age > NO_UPDATE_DAYS and signs.proven:
            return "contradicted", "no_update_2y"
        return "partial", "undeclared"
    limits = Limits.of(signs.period)
    if age is not None and age > limits.stale and signs.proven:
        return "contradicted", "stale_admitted"
    if signs.obstacle is not None:
        return "inconclusive", signs.obstacle
    return _by_content(signs, limits) or _by_age(age, limits)


def _by_content(signs: Signs, limits: Limits) -> Outcome | None:
    stale = _content_is_stale(signs, limits)
    if stale:
        return (
            ("contradicted", "stale_proven") if signs.proven else ("inconclusive", "inconclusive_unconfirmed")
        )
    if signs.data is not None and signs.days(signs.data) <= limits.due + limits.lag:
        return "verified", "fresh"
    if signs.changed_after is not None and signs.days(signs.changed_after) <= limits.due:
        return "verified", "fresh"
    return None


def _content_is_stale(signs: Signs, limits: Limits) -> bool:
    if signs.data is not None and signs.days(signs.data) - limits.lag > limits.stale:
        return True
    return (
        signs.unchanged_since is not None
        and signs.unchanged_rounds >= UNCHANGED_ROUNDS
        and signs.days(signs.unchanged_since) >= limits.stale
    )


def _by_age(age: int | None, limits: Limits) -> Outcome:
    if age is None:
        return "inconclusive", "inconclusive_no_date"
    if age > limits.stale:  # not proven, or it would have been decided above
        return "inconclusive", "inconclusive_unconfirmed"
    if age > limits.overdue:
        return "partial", "overdue"
    if age > limits.due:
        return "partial", "due"
    return "inconclusive", "claimed_fresh"
