"""`foi.statistics` (T07): how many requests for information were made, and in which year?

Looked at: the text and tables of the agency's own pages on access to information. Not looked at: statistics that are files.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

from checks.case import Case
from checks.elements.sections import section
from checks.finding import Finding, Verdict
from checks.page.content import PageContent
from checks.page.lines import TextBlock
from checks.page.page import Page
from checks.page.wordlist import pattern, phrases, spread
from checks.reasons import PORTAL
from checks.services.wording import sentences
from checks.transparent.no_match import no_match_finding, read_whole
from checks.transparent.rows import LONGEST_ROW, row_of, rows
from checks.word_sets import OF_SECTIONS
from claims.persian import digits, ungrouped

FILE = "transparent/foi_statistics/words.toml"
_STATISTICS = {"criterion": "foi_statistics_are_published", "effect": "third_of_access"}
_COUNTED = pattern(
    FILE,
    r"(?<!\w)(?P<before>\d{1,6}) (?:<counters> )?(?:\w+ )?<requests>(?!\w)"
    r"|(?<!\w)<requests>(?: <plural_endings>)?(?P<between>(?: [^\W\d]+){0,5}?) (?P<after>\d{1,6})(?!\d)(?P<unit> [^\W\d]+)?",
)
_NO_COUNT = pattern(FILE, r"(?<!\w)<no_counts>(?!\w)")
_UNITS = pattern(FILE, r" <units>$")
_YEAR = re.compile(r"(?<!\d)(?P<year>1[34]\d\d|20\d\d)(?!\d)")
_LAW = pattern(FILE, r"<laws>(?: \w+){0,2} $")
_TABLE_WORD = pattern(FILE, r"(?<!\w)(?:<requests>|<table_words>)(?!\w)")
_NUMBER = re.compile(r"(?<!\d)\d{1,6}(?!\d)")
_STATISTICS_WORD = pattern(FILE, "<statistics>")
_RECENT = 2  # years: figures of the year before last are not out yet everywhere


class FoiStatistics:
    """Numbers of requests with the year they were made in; of the last two years in full."""

    id = "foi.statistics"
    version = 4
    reasons = PORTAL
    words = OF_SECTIONS

    def judge(self, case: Case) -> Iterator[Finding]:
        own, about = section(case, "foi_statistics"), section(case, "foi")
        this_year = _year(case.as_of.date())
        best: tuple[int, Page, dict[str, Any]] | None = None
        for page in (*own.pages, *about.pages):
            for year, number, text in figures(page.reading, this_year):
                if best is None or year > best[0]:
                    best = year, page, {"year": year, "requests": number, "excerpt": text[:300]}
        if best is not None:
            year, page, observed = best
            verdict: Verdict = "verified" if this_year - year <= _RECENT else "partial"
            yield own.about(self, case, page, verdict, None, observed, **_STATISTICS)
            return
        found = own if own.pages or own.else_.reason != "no_match" or not about.pages else about
        if found.pages:
            whole = read_whole(case, (own, about), phrases(FILE, "leads")) and not any(
                _may_hold_figures(page.reading) for page in (*own.pages, *about.pages)
            )
            yield no_match_finding(self, case, found, whole=whole, **_STATISTICS)
        else:
            yield found.missing(self, case, **_STATISTICS)


def _may_hold_figures(page: PageContent) -> bool:
    """Figures in words that are not read here, or in a picture."""
    if any(
        _STATISTICS_WORD.search(spread(line.text)) and _NUMBER.search(digits(line.text)) for line in page.own
    ):
        return True
    body = page.document.tree.body
    return body is not None and any(
        _STATISTICS_WORD.search(
            spread(f"{image.attributes.get('alt') or ''} {image.attributes.get('src') or ''}")
        )
        for image in body.css("img")
        if page.owns(image)
    )


def figures(page: PageContent, this_year: int) -> Iterator[tuple[int, int, str]]:
    """(solar year, number of requests, words it stands in) of rows of tables and of sentences."""
    tabled: set[int] = set()
    heading = _headings(page)
    for row in rows(page):
        if len(row.text) > LONGEST_ROW:
            continue
        tabled.add(row.ident)
        if not _TABLE_WORD.search(spread(" ".join((*row.heads, row.cells[0])))):
            continue
        plain = [ungrouped(digits(cell)) for cell in row.cells]
        year = (
            _years(" ".join(plain), this_year)
            or _years(" ".join(row.heads), this_year)
            or heading(row.lines[0])
        )
        number = next((n for cell in plain[1:] if (n := _alone(cell)) is not None), None)
        if year and number is not None:
            yield max(year), number, row.text
    for text, line in sentences(page):
        row_node = row_of(line)
        if row_node is not None and row_node.mem_id in tabled:
            continue
        number = _counted(text)
        if number is None:
            continue
        if year := _years(ungrouped(digits(text)), this_year) or heading(line):
            yield max(year), number, text


def _headings(page: PageContent) -> Any:
    """Years of the nearest heading before a line; of the page's title where there is none."""
    above: dict[int, str] = {}
    last = page.document.title
    for line in page.own:
        if line.heading:
            last = line.text
        above[id(line)] = last

    def years(line: TextBlock) -> list[int]:
        return _years(digits(above.get(id(line), "")), 9_999)

    return years


def _alone(cell: str) -> int | None:
    """The number that a cell holds beside few words; a year is none."""
    found = [int(n) for n in _NUMBER.findall(cell)]
    if len(found) != 1 or len(cell) > 40 or _is_year(found[0]) or "/" in cell:
        return None
    return found[0]


def _counted(text: str) -> int | None:
    words = " ".join(_YEAR.sub(" ", spread(ungrouped(digits(text)))).split())
    for match in _COUNTED.finditer(words):
        between = match["between"] or ""
        if _NO_COUNT.search(between) or _UNITS.search(match["unit"] or ""):
            continue
        return int(match["before"] or match["after"])
    return None


def _is_year(number: int) -> bool:
    return 1350 <= number <= 1450 or 2000 <= number <= 2060


def _years(text: str, this_year: int) -> list[int]:
    """Solar years that a text names, up to this one; years of laws are none."""
    words = spread(text)
    found = []
    for match in _YEAR.finditer(words):
        if _LAW.search(words[: match.start()]):
            continue
        year = int(match["year"])
        year = year - 621 if year >= 2000 else year
        if 1350 <= year <= this_year:
            found.append(year)
    return found


def _year(day: dt.date) -> int:
    """The solar year that a day lies in."""
    return day.year - (621 if (day.month, day.day) >= (3, 21) else 622)


CHECK = FoiStatistics()
