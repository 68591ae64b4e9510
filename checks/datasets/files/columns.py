"""Which column of a table says when things happened, and the newest date in it.

A column counts when four cells of five are dates. Digits alone need a heading that speaks of dates. Columns
of birth, founding, expiry and due dates do not count, nor does one with more than 2 % in the future.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from checks.datasets.files.dates import Moment, named, parse
from checks.page.wordlist import table
from claims.persian import digits, fold, tight

# Share of a column's cells that must be dates (docs/open-data.md). Below, it says nothing of when.
DATE_SHARE = 0.80
# Share of dates that may lie ahead (docs/open-data.md). Above, they are plans or deadlines.
FUTURE_SHARE = 0.02
AMBIGUOUS_SHARE = 0.05  # Share of cells whose calendar is unclear. Above, its calendar is not settled.
# Time zones: a day that has begun elsewhere is not the future.
_SLACK = dt.timedelta(days=1)
# A column with fewer dates than half after so many cells is none; reading on would only cost time. It is looked at
# after the first so many, and again at ten times as many, so that the order of the cells in between does not matter.
_TRIAL = 400
# Share of dates that the trial asks for: less than DATE_SHARE, as the first cells may be worse.
_TRIAL_SHARE = 0.5

# Share of a column's cells that may be typing errors: cells that name no time at all, between cells that do. By hand.
_SLIPS = 0.01
# Dates below which one that lies ahead may be a plan as well as a typing error. By hand.
_ENOUGH_FOR_SLIP = 20

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_TOKEN = re.compile(r"[^\W_]+")
_WORDS = table("datasets/files/words.toml")
_DATE_TOKENS, _NUMBERS, _YEAR_TOKENS, _MONTH_TOKENS, _SEASON_TOKENS, _BESIDE_PART = (
    frozenset(map(fold, _WORDS[name]))
    for name in ("dates", "numbers", "years", "months", "seasons", "beside_part")
)
_DATE_OPENINGS = tuple(map(fold, _WORDS["date_openings"]))
_THINGS, _TAKEN, _AHEAD, _YEAR_RANGES = (
    tuple(map(tight, _WORDS[name])) for name in ("things", "taken", "ahead", "year_ranges")
)


@dataclass(frozen=True, slots=True)
class DateColumns:
    """What a table's date columns say.

    newest, column: the newest date of all event columns and the heading it stands under; None without one.
    calendar: of that date. cells, ambiguous: dates in event columns, and those with two readings.
    reach: the latest day that the rows may be of, where that is later: by cells that were not read or have two
    readings, by what heads the table. sure: the newest day that was read for certain.
    left_out: cells of event columns that are no dates, or lie ahead.
    ahead, excluded: headings of columns that look ahead, and of those that do not count.
    """

    newest: dt.date | None = None
    column: str | None = None
    calendar: str | None = None
    cells: int = 0
    ambiguous: int = 0
    ahead: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    reach: dt.date | None = None
    sure: dt.date | None = None
    left_out: int = 0

    @property
    def doubtful(self) -> bool:
        """More than one date in twenty has two readings."""
        return self.cells > 0 and self.ambiguous / self.cells > AMBIGUOUS_SHARE

    @property
    def only_ahead(self) -> bool:
        return self.newest is None and bool(self.ahead)


def says_date(heading: str) -> bool:
    """A heading under which digits alone are a date."""
    return any(
        token in _DATE_TOKENS or token.startswith(_DATE_OPENINGS) or "yyyymm" in token
        for token in _tokens(heading)
    )


def says_number(heading: str) -> bool:
    """A heading of numbers: of letters and files, codes, telephones, prices.

    1403/12 is the twelfth letter of a year as well.
    """
    return not _NUMBERS.isdisjoint(_tokens(heading))


def says_other(heading: str) -> bool:
    """Birth, founding and the like, dates of the thing itself; and the date on which the data was taken out."""
    return any(word in tight(heading) for word in _THINGS) or says_taken(heading)


def says_taken(heading: str) -> bool:
    """The day on which the data was taken out."""
    return _says(heading, _TAKEN)


def says_ahead(heading: str) -> bool:
    """Expiry, due and target dates."""
    return _says(heading, _AHEAD)


def year_and_part(headings: Sequence[str]) -> tuple[int, int] | None:
    """Places of the columns of years and of months or seasons, where one date stands in two columns."""
    told = [set(_tokens(heading)) for heading in headings]
    parts = _MONTH_TOKENS | _SEASON_TOKENS
    years = [
        place
        for place, tokens in enumerate(told)
        if tokens & _YEAR_TOKENS
        and not tokens & parts
        and not (says_other(headings[place]) or says_ahead(headings[place]))
    ]
    for kind in (_MONTH_TOKENS, _SEASON_TOKENS):
        found = [
            place for place, tokens in enumerate(told) if tokens & kind and tokens <= kind | _BESIDE_PART
        ]
        if len(years) == 1 and found:
            return years[0], found[0]
    return None


def year_with_part(year: str, part: str, heading: str) -> str:
    """Both as one cell. heading: of the part."""
    if not digits(part).isdigit():
        return f"{part} {year}"
    return f"{year}/{part}" if _MONTH_TOKENS & set(_tokens(heading)) else f"{year} q{part}"


def _tokens(heading: str) -> list[str]:
    return _TOKEN.findall(fold(_CAMEL.sub(" ", heading)).replace("_", " "))


def _says(heading: str, words: Sequence[str]) -> bool:
    # "due" is no part of "produce": Latin words are matched whole, Persian ones within.
    key = tight(heading)
    tokens = {tight(token) for token in _TOKEN.findall(_CAMEL.sub(" ", heading).replace("_", " "))}
    return any(word in tokens or (word in key and (not word.isascii() or len(word) > 5)) for word in words)


@dataclass(slots=True)
class Column:
    """One column under reading: feed cells with `add`. ordered: fed in the order of the rows."""

    heading: str
    as_of: dt.date
    ordered: bool = True
    filled: int = 0
    parsed: int = 0
    future: int = 0
    ambiguous: int = 0
    gave_up: bool = False
    _look: int = _TRIAL
    _named: dt.date = dt.date.min
    _strange: int = 0
    _day_ahead: bool = False
    _ends: tuple[str, str] = ("", "")
    _newest: dict[str, Moment] = field(default_factory=dict)
    _surest: dict[str, Moment] = field(default_factory=dict)
    _day_first: bool = False
    _month_first: bool = False
    _dated: bool = False
    _numbers: bool = False
    _ranges: bool = False

    def __post_init__(self) -> None:
        self._dated = says_date(self.heading)
        self._numbers = says_number(self.heading) and not self._dated
        self._ranges = _says(self.heading, _YEAR_RANGES)

    @property
    def until_look(self) -> int:
        """How many cells may come before the next look, at least one."""
        return self._look - self.filled

    def add_all(self, cells: Iterable[bytes]) -> None:
        """Cells that are not blank, in UTF-8, at most `until_look` of them."""
        cells = list(cells)
        if cells:
            first, last = (cell.decode("utf-8", "surrogatepass") for cell in (cells[0], cells[-1]))
            self._ends = (self._ends[0] or first, last)
        for cell, times in Counter(cells).items():
            self._count(cell.decode("utf-8", "surrogatepass"), times)
        self._settle()

    def add(self, cell: str, times: int = 1) -> None:
        """A cell that is not blank, and how often it stands there."""
        self._ends = (self._ends[0] or cell, cell)
        self._count(cell, times)
        self._settle()

    def _settle(self) -> None:
        if self.filled >= self._look:
            self._look *= 10
            self.gave_up |= self.parsed < self.filled * _TRIAL_SHARE

    def _count(self, cell: str, times: int) -> None:
        self.filled += times
        if self.gave_up:
            return
        moment = self._read(cell)
        if moment is None:
            self._may_be(cell, times)
            return
        self.parsed += times
        self.ambiguous += times * moment.ambiguous
        self._day_first |= moment.order == "dmy"
        self._month_first |= moment.order == "mdy"
        if moment.start > self.as_of + _SLACK and (
            moment.other is None or moment.other > self.as_of + _SLACK
        ):
            self.future += times
            self._day_ahead = moment.precision == "day"
        if moment.ambiguous:
            self._named = self.as_of
        self._keep("dmy", moment.start, moment)
        self._keep("mdy", moment.other or moment.start, moment)

    def _read(self, cell: str) -> Moment | None:
        moment = parse(cell, ranges=self._ranges)
        return None if moment is None or self._numbers or (moment.bare and not self._dated) else moment

    def _keep(self, reading: str, start: dt.date, moment: Moment) -> None:
        end = moment.end if moment.other is None else start
        for kept in (self._newest,) if moment.ambiguous else (self._newest, self._surest):
            known = kept.get(reading)
            if start <= self.as_of + _SLACK and (known is None or end > known.end):
                kept[reading] = Moment(start, end, moment.calendar, moment.precision)

    def _may_be(self, cell: str, times: int) -> None:
        """A cell that was not read may be of the end of the latest year that it names, or of any day."""
        if any(char.isdigit() and char != "0" for char in digits(cell)):
            moment = named(cell)
            if moment is None:
                self._strange += times
            else:
                self._named = max(self._named, min(moment.end, self.as_of))

    @property
    def reach(self) -> dt.date:
        """The latest day that a cell may be of which was not read as one date."""
        return self._named if self._only_slips and not self._one_ahead else self.as_of

    @property
    def _only_slips(self) -> bool:
        """Cells that name no time are few, and stand where no newest row does: neither first nor last."""
        if not self._strange:
            return True
        few = self.ordered and self._strange <= self.filled * _SLIPS
        return few and all(self._read(cell) is not None for cell in self._ends)

    @property
    def _one_ahead(self) -> bool:
        """One day of many lies ahead, which is no plan. What day it was meant to be, nothing says."""
        many = self.parsed >= _ENOUGH_FOR_SLIP and self._day_ahead
        return many and self.future == 1 and self.future > self.parsed * FUTURE_SHARE

    @property
    def left_out(self) -> int:
        """Cells that are no dates, or lie ahead."""
        return self.filled - self.parsed + self.future

    @property
    def is_date(self) -> bool:
        return self.parsed > 0 and not self.gave_up and self.parsed >= self.filled * DATE_SHARE

    @property
    def looks_ahead(self) -> bool:
        return self.future > self.parsed * FUTURE_SHARE and not self._one_ahead

    @property
    def newest(self) -> Moment | None:
        """Under the reading that the column's own cells settle; where none does, the later one."""
        return max(self._settled(self._newest), key=lambda moment: moment.end, default=None)

    @property
    def surest(self) -> Moment | None:
        """The newest of those with one reading; where the order of day and month is not settled, the earlier."""
        return min(self._settled(self._surest), key=lambda moment: moment.end, default=None)

    def _settled(self, readings: dict[str, Moment]) -> list[Moment]:
        if self._day_first != self._month_first:
            settled = readings.get("dmy" if self._day_first else "mdy")
            return [settled] if settled is not None else []
        return list(readings.values())


def summed(columns: Sequence[Column]) -> DateColumns:
    """All columns of a table together."""
    dated = [column for column in columns if column.is_date]
    excluded = [c for c in dated if says_other(c.heading)]
    ahead = [c for c in dated if c not in excluded and (says_ahead(c.heading) or c.looks_ahead)]
    events = [c for c in dated if c not in excluded and c not in ahead and c.newest is not None]
    best: tuple[Moment, Column] | None = None
    for column in events:
        moment = column.newest
        assert moment is not None
        if best is None or moment.end > best[0].end:
            best = (moment, column)
    newest = min(best[0].end, best[1].as_of) if best else None
    sure = [min(moment.end, column.as_of) for column in events if (moment := column.surest) is not None]
    # Ahead or not, a column in doubt leaves the whole table in doubt.
    read = [*events, *(column for column in ahead if column.ambiguous)]
    return DateColumns(
        newest=newest,
        column=best[1].heading[:80] if best else None,
        calendar=best[0].calendar if best else None,
        cells=sum(column.parsed for column in read),
        ambiguous=sum(column.ambiguous for column in read),
        ahead=tuple(column.heading[:80] for column in ahead),
        excluded=tuple(column.heading[:80] for column in excluded),
        reach=_reach(events, [column for column in columns if not column.is_date], newest),
        sure=max(sure, default=None),
        left_out=sum(column.left_out for column in events),
    )


def _reach(events: Sequence[Column], rest: Sequence[Column], newest: dt.date | None) -> dt.date | None:
    """rest: columns with too few dates to say when things happened."""
    if newest is None:
        return None
    stray = [min(moment.end, column.as_of) for column in rest if (moment := column.newest) is not None]
    return max([newest, *stray, *(column.reach for column in events)])


def reaching(dates: DateColumns, names: Iterable[str], as_of: dt.date) -> DateColumns:
    """The same, of a table that these texts head: what names a time that none of its rows is of tells of later ones.

    Not what says when it was printed.
    """
    heads = (name for name in names if not says_other(name))
    moments = [moment for name in heads if (moment := named(name)) is not None and moment.start <= as_of]
    later = [m.end for m in moments if dates.newest is None or m.start > dates.newest]
    return replace(dates, reach=min(as_of, max(later))) if later else dates


def together(parts: Sequence[DateColumns]) -> DateColumns:
    """Of tables that make one dataset: sheets of a workbook, files of an archive."""
    dated = [part for part in parts if part.newest is not None]
    best = max(dated, key=lambda part: part.newest or dt.date.min, default=DateColumns())
    return DateColumns(
        newest=best.newest,
        column=best.column,
        calendar=best.calendar,
        cells=sum(part.cells for part in parts),
        ambiguous=sum(part.ambiguous for part in parts),
        ahead=tuple(dict.fromkeys(name for part in parts for name in part.ahead)),
        excluded=tuple(dict.fromkeys(name for part in parts for name in part.excluded)),
        reach=max((part.reach for part in parts if part.reach is not None), default=None),
        sure=max((part.sure for part in parts if part.sure is not None), default=None),
        left_out=sum(part.left_out for part in parts),
    )
