"""Is a dataset as fresh as its period promises? Rules in the order of the design, first one that holds.

Declared and HTTP dates are soft: they count for the agency alone. Dates inside the data, and content that
changed or did not over the rounds, are hard. Not here: the contradiction of a mere touch (`touched`).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from checks.datasets.history import ContentHistory
from checks.datasets.limits import NO_UPDATE_DAYS, Limits
from checks.finding import Verdict

Outcome = tuple[Verdict, str]
SourcedDate = tuple[dt.date, str]  # and where it is from: data, http, declared, content

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
# Two rounds show the same content where one of them came at a bad moment; a third one hardly does.
UNCHANGED_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Signs:
    """All that the rules look at.

    static: never to be renewed, by its period or its title. period: days, None when no usable one was
    declared. declared, http, data: dates that are possible, None where there is none. reach: the latest day that
    the data may be of, where that is later than what was read of it. sure: the newest day in it for certain.
    obstacle: one of OBSTACLES, or None. proven: two visits, with a live control, brought what is held against the agency.
    past: of the content, over the rounds; None without any. touched: of declared and http, those that the
    content contradicts, being the same since before.
    """

    as_of: dt.date
    static: bool = False
    period: int | None = None
    declared: dt.date | None = None
    http: dt.date | None = None
    data: dt.date | None = None
    reach: dt.date | None = None
    sure: dt.date | None = None
    obstacle: str | None = None
    proven: bool = False
    past: ContentHistory | None = None
    touched: tuple[str, ...] = ()

    @property
    def newest(self) -> SourcedDate | None:
        """The newest date that nothing contradicts and where it is from; the harder source of equals.

        Without any date "content": the day on which content that had changed was first seen.
        """
        sources = (("data", self.data), ("http", self.http), ("declared", self.declared))
        found = [(day, source) for source, day in sources if day and source not in self.touched]
        if not found and self.changed is not None:
            return self.changed, "content"
        return max(found, key=lambda pair: pair[0], default=None)

    @property
    def changed(self) -> dt.date | None:
        """The latest day on which its content can have changed, of a change that was seen."""
        return self.past.since if self.past and self.past.changed_after else None

    def older_than(self, days: int) -> bool:
        """By the newest date and all that the data may be of, and nothing was seen to change since."""
        age = self.least_age
        return age is not None and age > days and (self.changed is None or self.days(self.changed) > days)

    @property
    def age(self) -> int | None:
        newest = self.newest
        return self.days(newest[0]) if newest else None

    @property
    def least_age(self) -> int | None:
        """The age, if the data is as new as it may be."""
        age = self.age
        return age if age is None or self.reach is None else min(age, self.days(self.reach))

    def days(self, day: dt.date) -> int:
        return max(0, (self.as_of - day).days)


def decide(signs: Signs) -> Outcome:
    """Verdict and reason."""
    if signs.static:
        return "not_applicable", "static"
    if signs.period is None:
        old = signs.older_than(NO_UPDATE_DAYS)
        old |= signs.age is None and _unchanged_for(signs, NO_UPDATE_DAYS + 1)
        if old and signs.proven:
            return "contradicted", "no_update_2y"
        return "partial", "undeclared"
    limits = Limits.of(signs.period)
    if signs.older_than(limits.stale) and signs.proven:
        return "contradicted", "stale_admitted"
    if signs.obstacle is not None:
        return "inconclusive", signs.obstacle
    return _by_content(signs, limits) or _by_age(signs, limits)


def basis(signs: Signs, reason: str) -> SourcedDate | None:
    """The date that a verdict rests on: of old content, the content's own; None without any date."""
    if reason in ("stale_proven", "inconclusive_unconfirmed") and signs.period is not None:
        return _old_content(signs, Limits.of(signs.period)) or signs.newest
    if reason == "fresh" and signs.period is not None:
        return _new_content(signs, Limits.of(signs.period))
    if reason == "no_update_2y" and signs.newest is None and signs.past is not None:
        return signs.past.since, "content"
    return signs.newest


def _by_content(signs: Signs, limits: Limits) -> Outcome | None:
    if (old := _old_content(signs, limits)) is not None:
        # Between rounds further apart than two periods the content may have come and gone.
        watched = old[1] == "data" or (signs.past is not None and signs.past.gap <= 2 * limits.due)
        if signs.proven and watched:
            return "contradicted", "stale_proven"
        return "inconclusive", "inconclusive_unconfirmed"
    return ("verified", "fresh") if _new_content(signs, limits) is not None else None


def _old_content(signs: Signs, limits: Limits) -> SourcedDate | None:
    """The newest date in the rows, or the first sighting of the content, where it is out of date."""
    if signs.data is not None and signs.days(signs.reach or signs.data) - limits.lag > limits.stale:
        return signs.data, "data"
    if signs.past is not None and _unchanged_for(signs, limits.stale):
        return signs.past.since, "content"
    return None


def _new_content(signs: Signs, limits: Limits) -> SourcedDate | None:
    """The newest certain date in the rows, or the first sighting of a change, where it is within the period."""
    if signs.sure is not None and signs.days(signs.sure) <= limits.due + limits.lag:
        return signs.sure, "data"
    past = signs.past
    if past is not None and past.changed_after is not None and signs.days(past.changed_after) <= limits.due:
        return past.since, "content"
    return None


def _unchanged_for(signs: Signs, days: int) -> bool:
    """The content was the same in rounds on enough days, over so many days."""
    past = signs.past
    return past is not None and past.days >= UNCHANGED_ROUNDS and past.span >= days


def _by_age(signs: Signs, limits: Limits) -> Outcome:
    age = signs.age
    if age is None:
        return "inconclusive", "claimed_fresh" if signs.touched else "inconclusive_no_date"
    if age > limits.stale:  # not proven, or content that changed belies it; else it were decided above
        return "inconclusive", "inconclusive_unconfirmed"
    least = signs.least_age
    for reason, days in (("overdue", limits.overdue), ("due", limits.due)):
        if age > days:
            late = least is not None and least > days
            return ("partial", reason) if late else ("inconclusive", "inconclusive_unconfirmed")
    match signs.newest:
        case (_, "content"):
            return "inconclusive", "inconclusive_no_date"
        case (_, "data"):  # with two readings, else it were fresh
            return "inconclusive", "inconclusive_calendar"
    return "inconclusive", "claimed_fresh"
