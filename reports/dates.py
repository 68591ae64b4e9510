"""The Persian calendar, for whatever writes a date for people. Tehran's day, wherever it is written."""

from __future__ import annotations

import datetime as dt

from persiantools.jdatetime import JalaliDateTime

from claims.persian import persian_digits

_TEHRAN = dt.timezone(dt.timedelta(hours=3, minutes=30))


def jalali(when: dt.datetime) -> JalaliDateTime | None:
    """None for years that this calendar does not reach; certificates name such."""
    try:
        # a day without a time is that day wherever it is written
        local = when.astimezone(_TEHRAN) if when.tzinfo else when.replace(hour=12, tzinfo=_TEHRAN)
        return JalaliDateTime.to_jalali(local)  # type: ignore[no-any-return, no-untyped-call]
    except (OverflowError, ValueError):
        return None


def in_tehran(when: dt.datetime) -> dt.datetime | None:
    """An instant on the clocks of Tehran; None at the ends of the calendar."""
    try:
        return when.astimezone(_TEHRAN)
    except OverflowError:
        return None


def jalali_day(when: dt.datetime) -> str:
    """As sheets have it, so that text sorts by time: ۱۴۰۴/۰۹/۱۰. Empty where `jalali` has none."""
    day = jalali(when)
    return "" if day is None else persian_digits(f"{day.year:04}/{day.month:02}/{day.day:02}")
