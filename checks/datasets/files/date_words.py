"""The words of dates as tables: months, seasons, ordinals, week days, as `claims.persian.fold` leaves them.

The words stand in `dates.toml`; `checks.datasets.files.dates` reads dates with them.
"""

from __future__ import annotations

from checks.page.wordlist import table
from claims.persian import fold

FILE = "datasets/files/dates.toml"


def _numbers(name: str) -> dict[str, int]:
    """Number by word, of a table that has words by number."""
    return {fold(word): int(number) for number, words in table(FILE)[name].items() for word in words}


def _words(name: str) -> frozenset[str]:
    return frozenset(map(fold, table(FILE)[name]))


MONTHS: dict[str, tuple[str, int]] = {
    **{word: ("jalali", month) for word, month in _numbers("jalali_months").items()},
    **{word: ("gregorian", month) for word, month in _numbers("gregorian_months").items()},
}
SEASONS = _numbers("seasons")
ORDINALS = _numbers("ordinals")
WEEKDAYS = _numbers("weekdays")
"""Python's: Monday is 0."""
MONTHS_SO_FAR = {**{str(months): months for months in (3, 6, 9, 12)}, **_numbers("months_so_far")}
YEARS, NOISE, LUNAR = _words("years"), _words("noise"), _words("lunar")
MONTH_SUFFIXES = tuple(sorted(_words("month_suffixes")))
