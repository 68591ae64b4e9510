"""Dates that stand in the text of a page, and the newest of them that is not a clock.

A portal shows today's date in its header, counts days, names a year in its copyright: none of that says that anything
was published. Only dates in the page's own text count, that two visits show alike, and that are not ahead of the round.
How a single date is written is `checks.datasets.files.dates`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from checks.case import Case
from checks.datasets.files.date_words import MONTHS, SEASONS
from checks.datasets.files.dates import Moment, parse
from checks.outcome import received
from checks.page.boilerplate import best_view, reading
from checks.page.content import PageContent
from checks.page.lines import TextBlock
from checks.page.page import Page
from checks.page.wordlist import pattern, table
from claims.persian import COMMA, NON_JOINER, digits, fold, letters

QUARTER = 92  # days of the longest quarter
FILE = "dated.toml"
_NAMED_YEAR = r"(?:1[34]\d\d|20\d\d)(?!\d)"
_MONTH = "|".join(sorted(MONTHS.keys() - set(map(fold, table(FILE)["other_words"]))))
_MONTH_OF_YEAR = rf"(?:{_MONTH})(?:[\s{NON_JOINER}]?<month>)?[,{COMMA}]?\s+(?:<year>\s+)?{_NAMED_YEAR}"
_DATE = pattern(
    FILE,
    r"(?i)"
    r"(?<![\d/\-.,])(?:1[34]\d\d|20\d\d)\s?[/\-.]\s?\d{1,2}\s?[/\-.]\s?\d{1,2}(?![\d/\-]|[.,]\d)"
    r"|(?<![\d/\-.,])\d{1,2}\s?[/\-.]\s?\d{1,2}\s?[/\-.]\s?(?:1[34]\d\d|20\d\d)(?![\d/\-]|[.,]\d)"
    rf"|(?<![\w])\d{{1,2}}(?:st|nd|rd|th)?\s+{_MONTH_OF_YEAR}"
    rf"|(?<![\w])(?:{_MONTH})\s+\d{{1,2}}(?:st|nd|rd|th)?[,{COMMA}]?\s+20\d\d(?!\d)"
    rf"|(?<![\w]){_MONTH_OF_YEAR}"
    rf"|(?<![\w])(?:{'|'.join(SEASONS)})\s+(?:<year>\s+)?1[34]\d\d(?!\d)"
    rf"|(?<![\w])(?:<year>|<year_before>)\s+{_NAMED_YEAR}",
)
_LONGEST_LINE = 4_000  # Characters of a line searched for dates. The rest is not read: a page in one line.
_MOST_LINES = 5_000  # Lines of a page searched for dates. Later ones are not read; it bounds the time.


@dataclass(frozen=True, slots=True)
class DatedLine:
    """A date of a page. day: its last day, where a month or year was told. line: the text it stands in."""

    day: dt.date
    moment: Moment
    line: str


def dates_of(text: str) -> Iterator[Moment]:
    """Every date that a text tells, in order. Two calendars or orders that would both read it make it none."""
    return (moment for moment, _, _ in placed(text))


def placed(text: str) -> Iterator[tuple[Moment, int, int]]:
    """As `dates_of`, each with where it begins and ends in the text."""
    for match in _DATE.finditer(_plain(text[:_LONGEST_LINE])):
        moment = parse(match.group())
        if moment is not None and not moment.ambiguous and moment.order != "either":
            yield moment, match.start(), match.end()


def _plain(text: str) -> str:
    """With digits of ASCII and letters as the patterns have them, each in its place: «پاييز ١٤٠٤» is «پاییز 1404»."""
    return letters(digits(text))


Lines = Callable[[PageContent], Sequence[TextBlock]]
"""Which lines of a page are looked at."""


def own_lines(page: PageContent) -> Sequence[TextBlock]:
    return page.own


def told_by(page: PageContent, lines: Lines = own_lines) -> Iterator[DatedLine]:
    """The dates of a page's own lines, or of others."""
    for line in lines(page)[:_MOST_LINES]:
        for moment in dates_of(line.text):
            yield DatedLine(moment.end, moment, line.text[:300])


def newest(case: Case, pages: Iterable[Page]) -> tuple[DatedLine, Page] | None:
    """The newest date up to the round's clock, and the page it stands on; None when no page tells one.

    Where days are told, a month or year beside them counts from its first day: «بودجهٔ سال ۱۴۰۴» says what a report is
    about, not when it came. Where no day is told at all, one that goes on counts as far as it has come.
    """
    today = case.as_of.date()
    shown = [
        (told, page)
        for page in pages
        for lasting_here in [lasting(case, page)]
        for told in told_by(page.reading)
        if told.moment.start <= today and told.moment in lasting_here
    ]
    days = any(told.moment.start == told.moment.end for told, _ in shown)
    best: tuple[DatedLine, Page] | None = None
    for told, page in shown:
        day = told.moment.start if days else min(told.day, today)
        if best is None or day > best[0].day:
            best = DatedLine(day, told.moment, told.line), page
    return best


def lasting(case: Case, page: Page, lines: Lines = own_lines) -> frozenset[Moment]:
    """The dates that every visit of the page shows: a date of the day differs, when the visits are days apart.

    Visits of one day cannot tell a clock; then the lines that name the day of the visit do not count.
    """
    visits = [visit for visit in case.visits(page.url) if received(case, visit) is None]
    readings = [reading(case, best_view(case, visit.final)) for visit in visits] or [page.reading]
    shown = [frozenset(told.moment for told in told_by(each, lines)) for each in (page.reading, *readings)]
    days = {page.capture.time.date(), *(visit.final.time.date() for visit in visits)}
    kept = frozenset.intersection(*shown)
    return frozenset(
        m for m in kept if not (m.start == m.end and m.start in days and _is_clock(page, m, lines))
    )


def _is_clock(page: Page, moment: Moment, lines: Lines) -> bool:
    """Whether the day stands alone, as a clock does, and not beside what it dates."""
    for line in lines(page.reading)[:_MOST_LINES]:
        if moment in dates_of(line.text):
            rest = _DATE.sub(" ", _plain(line.text))
            if len(re.findall(r"[^\W\d_]{2,}", rest)) > 3:
                return False
    return True
