"""`foi.officer`, `foi.statistics` (T07): who answers requests for information, and how many were made?

Looked at: the text and tables of the agency's own pages on access to information, and its pages of contact and managers
for the officer. Not looked at: how requests are answered, and statistics that are files. That the system can be reached
is for `access_system`. Findings hold the figures, never the person.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

from checks.case import Case
from checks.elements.sections import section
from checks.finding import Finding, Verdict
from checks.page.content import Reading
from checks.page.lines import Line, ancestry
from checks.page.page import Page
from checks.page.wordlist import Phrases, folded, spread
from checks.services.wording import sentences
from checks.transparent.people import addressed, bare_name, is_label, labelled, person, post, reachable
from checks.transparent.rows import row_of, rows
from checks.transparent.silence import read_whole, silent
from claims.persian import digits

_ACCESS = r"(?:دسترسی ازاد|انتشار (?:و )?دسترسی|دسترسی به اطلاعات|ازادی اطلاعات|access to information|freedom of information|foia?)"
_OFFICE = re.compile(
    folded(
        rf"(?:مسئول|مسئولین|رابط|نماینده|متصدی|کارشناس|دبیر|مدیر|پاسخگوی)(?: \w+){{0,5}}? {_ACCESS}(?: به اطلاعات)?|"
        rf"{_ACCESS}(?: \w+){{0,2}}? (?:officer|contact|representative)|(?:officer|representative|contact person)(?: \w+){{0,4}}? {_ACCESS}"
    )
)
# on a page about access to information, whoever informs is the officer of it
_INFORMS = re.compile(
    folded(rf"{_OFFICE.pattern}|(?:مسئول|رابط|متصدی|کارشناس) (?:اطلاع رسانی|پاسخگویی به درخواست(?: ها)?)")
)
# words of links that may lead to what the page itself does not tell
_LEADS_TO_OFFICER = Phrases(["مسئول", "مسئولان", "مسئولین", "رابط", "رابطان", "رابطین", "کارشناس", "معرفی", "ابلاغ", "حکم", "officer", "contact person"])  # fmt: skip
_LEADS_TO_FIGURES = Phrases(["آمار", "گزارش", "گزارش ها", "گزارش سالانه", "عملکرد", "نمودار", "statistics", "report", "reports", "figures"])  # fmt: skip
_BLOCK = 6  # lines below the office that may say who it is
_OFFICER = {"criterion": "foi_officer_is_named", "effect": "third_of_access"}
_STATISTICS = {"criterion": "foi_statistics_are_published", "effect": "third_of_access"}
_REQUESTS = r"(?:درخواست|درخواستها|تقاضا|requests?|applications?)"
_COUNTED = re.compile(
    folded(
        rf"(?<!\w)(?P<before>\d{{1,6}}) (?:فقره |مورد |عدد )?(?:\w+ )?{_REQUESTS}(?!\w)"
        rf"|(?<!\w){_REQUESTS}(?: های| ها| هایی)?(?P<between>(?: [^\W\d]+){{0,5}}?) (?P<after>\d{{1,6}})(?!\d)(?P<unit> [^\W\d]+)?"
    )
)
_NO_COUNT = re.compile(
    folded(r"(?<!\w)(?:ماده|بند|تبصره|شماره|تلفن|فرم|ظرف|حداکثر|مدت|صفحه|کد|within|article|number)(?!\w)")
)
_UNITS = re.compile(
    folded(r" (?:روز|ساعت|هفته|ماه|سال|دقیقه|ریال|تومان|صفحه|days?|hours?|weeks?|months?|years?)$")
)
_YEAR = re.compile(r"(?<!\d)(?P<year>1[34]\d\d|20\d\d)(?!\d)")
_LAW = re.compile(folded(r"(?:مصوب|قانون|ایین نامه|مورخ|law of|act of)(?: \w+){0,2} $"))
_GROUPED = re.compile(r"(?<=\d)[,٬،](?=\d{3}(?!\d))")
_TABLE_WORD = re.compile(folded(rf"(?<!\w)(?:{_REQUESTS}|پاسخ|پذیرش|رد شده)(?!\w)"))
_NUMBER = re.compile(r"(?<!\d)\d{1,6}(?!\d)")
_STATISTICS_WORD = re.compile(folded(r"امار|نمودار|statistic|chart|graph"))
_RECENT = 2  # years: figures of the year before last are not out yet everywhere


class FoiOfficer:
    """A person's name, with a post or a way to reach them, beside the office."""

    id = "foi.officer"
    version = 4

    def judge(self, case: Case) -> Iterator[Finding]:
        found = section(case, "foi")
        others = [
            page for name in ("foi_statistics", "contact", "managers") for page in section(case, name).pages
        ]
        named: Page | None = None
        for page, office in (*((one, _INFORMS) for one in found.pages), *((one, _OFFICE) for one in others)):
            for whole in _offices(page.reading, office):
                if whole:
                    yield found.about(self, case, page, "verified", None, {"reachable": True}, **_OFFICER)
                    return
                named = named or page
        if named is not None:
            yield found.about(self, case, named, "partial", None, {"reachable": False}, **_OFFICER)
        elif found.pages:
            looked_at = [found, *(section(case, name) for name in ("foi_statistics", "contact", "managers"))]
            whole = read_whole(case, looked_at, _LEADS_TO_OFFICER) and not any(
                _INFORMS.search(spread(line.text))
                for one in looked_at
                for page in one.pages
                for line in page.reading.own
            )
            yield silent(self, case, found, whole=whole, **_OFFICER)
        else:
            yield found.missing(self, case, **_OFFICER)


def _offices(page: Reading, office: re.Pattern[str]) -> Iterator[bool]:
    """For each time that somebody is named beside the office, whether a post or a way to reach them is told too."""
    tabled: set[int] = set()
    for row in rows(page):
        if len(row.text) > 600:
            continue
        tabled.add(row.ident)
        if office.search(spread(row.text)) is not None:
            cells = [cell for cell in row.cells if not office.search(spread(cell))]
            rest = [part for cell in row.cells if cell not in cells for part in _beside(cell, office)]
            yield from _named([*rest, *cells])
    lines = page.own
    for position, line in enumerate(lines):
        row_node = row_of(line)
        if (row_node is not None and row_node.mem_id in tabled) or len(line.text) > 400:
            continue
        if office.search(spread(line.text)) is not None:
            below = [one.text for one in _below(lines, position)]
            yield from _named([*_beside(line.text, office), *below])


def _beside(text: str, office: re.Pattern[str]) -> list[str]:
    """The parts of a text without the one that names the office, but for somebody named in the same breath."""
    found: list[str] = []
    for part in map(str.strip, re.split(r"[،,:：؛;|()\n]|\s[-–—]\s", text)):
        at = office.search(spread(part))
        if at is None:
            found += [part] if part else []
        elif addressed(rest := spread(part)[at.end() :]):
            found.append(rest)
    return found


def _below(lines: tuple[Line, ...], position: int) -> list[Line]:
    """Lines of the same element, or the next ones up to a heading of the same level."""
    line = lines[position]
    found: list[Line] = []
    for one in lines[position + 1 : position + 1 + _BLOCK]:
        if 0 < one.heading <= (line.heading or 6) or len(one.text) > 300:
            break
        if line.node.tag == "li" and not any(up.mem_id == line.node.mem_id for up in ancestry(one.node, 6)):
            break
        found.append(one)
    return found


def _named(parts: list[str]) -> Iterator[bool]:
    named = False
    for position, part in enumerate(parts):
        after_label = position > 0 and is_label(parts[position - 1], "name")
        if person(part) or labelled(part, "name") is not None or (after_label and bare_name(part)):
            named = True
    if named:
        yield any(reachable(part) or post(part) is not None for part in [" ".join(parts), *parts])


class FoiStatistics:
    """Numbers of requests with the year they were made in; of the last two years in full."""

    id = "foi.statistics"
    version = 4

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
            whole = read_whole(case, (own, about), _LEADS_TO_FIGURES) and not any(
                _may_hold_figures(page.reading) for page in (*own.pages, *about.pages)
            )
            yield silent(self, case, found, whole=whole, **_STATISTICS)
        else:
            yield found.missing(self, case, **_STATISTICS)


def _may_hold_figures(page: Reading) -> bool:
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


def figures(page: Reading, this_year: int) -> Iterator[tuple[int, int, str]]:
    """(solar year, number of requests, words it stands in) of rows of tables and of sentences."""
    tabled: set[int] = set()
    heading = _headings(page)
    for row in rows(page):
        if len(row.text) > 600:
            continue
        tabled.add(row.ident)
        if not _TABLE_WORD.search(spread(" ".join((*row.heads, row.cells[0])))):
            continue
        plain = [_GROUPED.sub("", digits(cell)) for cell in row.cells]
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
        if year := _years(_GROUPED.sub("", digits(text)), this_year) or heading(line):
            yield max(year), number, text


def _headings(page: Reading) -> Any:
    """Years of the nearest heading before a line; of the page's title where there is none."""
    above: dict[int, str] = {}
    last = page.document.title
    for line in page.own:
        if line.heading:
            last = line.text
        above[id(line)] = last

    def years(line: Line) -> list[int]:
        return _years(digits(above.get(id(line), "")), 9_999)

    return years


def _alone(cell: str) -> int | None:
    """The number that a cell holds beside few words; a year is none."""
    found = [int(n) for n in _NUMBER.findall(cell)]
    if len(found) != 1 or len(cell) > 40 or _is_year(found[0]) or "/" in cell:
        return None
    return found[0]


def _counted(text: str) -> int | None:
    words = " ".join(_YEAR.sub(" ", spread(_GROUPED.sub("", digits(text)))).split())
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
