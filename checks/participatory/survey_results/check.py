"""`survey.results` (P04): are results of surveys published, with the number of people asked and the period?

Looked at: the text of the pages of results, and results on the pages of surveys themselves. Not looked at: documents,
pictures of charts, and whether the figures are true.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from checks.case import Case
from checks.datasets.files.dates import Moment, parse
from checks.dated import dates_of, lasting
from checks.elements.leads import home_pages
from checks.elements.sections import section
from checks.finding import Finding, Verdict
from checks.inert_scripts import read_to_its_end, settled
from checks.page.page import Page
from checks.page.wordlist import pattern, phrases, spread
from checks.participatory.labelled import Labelled, labelled
from checks.participatory.targets import href, is_document
from checks.reasons import PORTAL
from checks.word_sets import OF_DATES, OF_SECTIONS
from claims.persian import DECIMAL, PERCENT, SEMICOLON, digits, fold, ungrouped
from web.document import Document

SECTION = "survey_results"
# pages of surveys, where results may stand below the questions
_BESIDE = ("survey", "polls")
_OLD = dt.timedelta(days=730)  # Two years (docs/indicators.md, P04). Results before that count half.
FILE = "participatory/survey_results/words.toml"
_COUNT = pattern(
    FILE,
    r"(?<![\w.])(?P<a>[1-9]\d*) <people>(?!\w)"
    r"|(?<!\w)<number_words> (?:<all_of> )?<asked_people>(?: \w+){0,2} (?P<b>[1-9]\d*)"
    r"|(?<!\w)<sample_sizes> ?=? ?(?P<c>[1-9]\d*)(?!\w)",
)
_FIGURE = pattern(
    FILE,
    rf"\d\s?(?:[{PERCENT}%]|<percent>)|(?:[{PERCENT}%]|<percent>)\W{{0,5}}\d|<scores>\D{{0,40}}\d"
    rf"|\d(?:[.,/{DECIMAL}]\d+)?\s?<out_of>\s?(?:5|10|20|100)(?!\d)",
)
_SEASON = pattern(
    FILE,
    r"(?<!\w)(?:<seasons>|(?:<months>|<halves>)\s+\w+)\s+(?:<year>\s+)?1[34]\d\d(?!\d)"
    r"|(?<!\w)q[1-4]\s?[-/]?\s?20\d\d(?!\d)|(?<!\w)20\d\d\s?[-/]?\s?q[1-4](?!\w)",
)
_SENTENCE = re.compile(rf"[.{SEMICOLON};•|]\s+")


@dataclass(frozen=True, slots=True)
class _Results:
    """What one page tells. people: how many were asked. period: newest day of the span, with its line."""

    figures: str | None
    people: int | None
    period: tuple[dt.date, str] | None


class SurveyResults:
    """Whether there are results, and what they leave out."""

    id = "survey.results"
    version = 4
    reasons = PORTAL
    words = (*OF_SECTIONS, *OF_DATES)

    def judge(self, case: Case) -> Iterator[Finding]:
        found = section(case, SECTION)
        codes = {"criterion": "survey_results_are_published", "effect": "results_half"}
        pages = list(found.pages)
        known = {page.url for page in pages}
        for name in _BESIDE:
            for page in section(case, name).pages:
                if page.url not in known:
                    known.add(page.url)
                    pages.append(page)
        today = case.as_of.date()
        read = [(page, _results(case, page)) for page in pages]
        judged = [(page, _worth(told, today), told) for page, told in read if told.figures is not None]
        judged = [one for one in judged if one[1] is not None]
        if judged:
            page, verdict, told = min(judged, key=lambda one: one[1] != "verified")
            assert verdict is not None
            yield found.about(self, case, page, verdict, None, _observed(told, today), **codes)
        elif found.pages:
            page = found.pages[0]
            seen = settled(case, page.capture)
            reason = "no_match" if seen else "needs_browser"
            observed = {"complete_look": found.complete} if seen else {}
            if found.complete and all(_tells_nobody(case, page) for page in pages):
                observed["read_whole"] = True
            yield found.about(self, case, page, "inconclusive", reason, observed, **codes)
        else:
            yield found.missing(self, case, **codes)


def _tells_nobody(case: Case, page: Page) -> bool:
    """Whether a page was read to its end, and no document or picture of it may tell whom was asked and when."""
    if not read_to_its_end(case, page.capture):
        return False
    links = (href(page.reading, anchor) for line in page.reading.own for anchor in line.anchors)
    if any(url is not None and is_document(url) for url in links):
        return False
    at_home = {mark for home in home_pages(case)[:1] for mark in _pictures(case.document(home))}
    return _pictures(page.reading.document) <= at_home


def _pictures(document: Document) -> set[str]:
    """What tells the pictures of a page apart from those of every page."""
    shown = document.tree.css("img, svg, canvas, object, embed, iframe")
    return {f"{node.tag} {node.attributes.get('src') or node.attributes.get('id') or ''}" for node in shown}


def _worth(told: _Results, today: dt.date) -> Verdict | None:
    """None: figures of nobody knows whom and when are no results."""
    if told.people is None and told.period is None:
        return None
    old = told.period is not None and told.period[0] < today - _OLD
    return "partial" if told.people is None or told.period is None or old else "verified"


def _observed(told: _Results, today: dt.date) -> dict[str, Any]:
    lacks = [name for name, there in (("people", told.people), ("period", told.period)) if there is None]
    return {
        "people": told.people,
        "period_end": told.period[0].isoformat() if told.period else None,
        "old": told.period is not None and told.period[0] < today - _OLD,
        "lacks": lacks,
        "excerpt": told.figures,
    }


def _results(case: Case, page: Page) -> _Results:
    figures: str | None = None
    people: list[int] = []
    periods: list[tuple[dt.date, str]] = []
    shown = lasting(case, page)
    today = case.as_of.date()
    for one in labelled(page.reading.own):
        if one.line.linked or one.line.tag in ("option", "button"):
            continue
        said = f"{one.label}: {one.line.text}" if one.label else one.line.text
        plain = ungrouped(fold(digits(said[:2_000])))
        asked = [int(next(filter(None, match.groups()))[:9]) for match in _COUNT.finditer(spread(plain))]
        if _FIGURE.search(plain) and (figures is None or (asked and not people)):
            figures = said[:300]
        people.extend(asked)
        for moment in _moments(one, shown):
            if moment.start <= today:
                periods.append((min(moment.end, today), said[:300]))
    return _Results(figures, max(people, default=None), max(periods, default=None))


def _moments(one: Labelled, shown: frozenset[Moment]) -> Iterator[Moment]:
    """Days and spans that a line tells; not those of the page itself."""
    for said in _SENTENCE.split(one.line.text[:2_000]):
        told = f"{one.label} {said}"
        if phrases(FILE, "published").find(told) and not phrases(FILE, "asked").find(told):
            continue
        yield from (moment for moment in dates_of(said) if moment in shown)
        for match in _SEASON.finditer(fold(digits(said))):
            moment = parse(match.group())
            if moment is not None and not moment.ambiguous:
                yield moment


CHECK = SurveyResults()
