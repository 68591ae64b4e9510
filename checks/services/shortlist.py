"""The three pages of a portal that may best be a claimed service's, where the check itself took none: for people to choose from.

Every page of the agency counts, by all that speaks for it: its name, the links that lead there, its text, its form. That
another claim of the agency fits better speaks against it. Nothing is judged here, and no verdict rests on it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from checks.case import Case
from checks.outcome import received
from checks.page.boilerplate import best_view, reading
from checks.page.content import PageContent
from checks.page.forms.kinds import forms
from checks.page.wordlist import spread
from checks.services.candidates import ranked
from checks.services.matching.declared import heading_of, named
from checks.services.matching.tie import ServiceMatch, tie
from checks.services.matching.titles import MARGIN, Titles
from checks.services.matching.weighing import (
    Part,
    RivalSums,
    Weighed,
    enough,
    has_entry,
    limits,
    naming_of,
    weigh,
)
from checks.services.title_words import read, stem
from checks.services.visit.surroundings import repeated_forms
from checks.services.wording import is_collection, is_news, is_search_results
from claims.model import Service
from evidence.records import Capture
from web.urls import host, identity

MOST = 3  # Candidates of a claim: the right page is among three for 98 % (docs/performance.md).
WhyNot = Literal[
    "list",
    "no_service_page",
    "other_service",
    "several_services",
    "other_matter",
    "too_little",
    "another_fits",
    "no_entry",
]
WHY_NOT: tuple[WhyNot, ...] = get_args(WhyNot)
"""Why a candidate was not taken: it lists services; it is news or results of a search; it is another
service's; it names several; its heading names another matter; too little speaks for it; as much speaks for another claim;
nothing that was taken for an entry stands there."""

# Pages that are weighed in full; the others are only asked for words.
_WEIGHED = 12
_MOST_PAGES = 3_000  # Pages that are asked for words. More than a portal's budget. It bounds the time.
_MOST_NAMES = 4  # Names of a page that are compared, as in weighing.py.
_MOST_LINKS = 8  # Wordings of links to one page, as in weighing.py.
_LONGEST = 200  # Characters that are kept of a heading. By hand.
# What the words of names and of the text count, before anything is weighed.
_NAMED, _TEXT = 1.0, 0.4
# What the words alone count beside all that is weighed: a page may be shut out by its heading and be the one all the same.
_SAID = 0.7
# What an entry counts where no claim names the page; what speaks for another claim is taken off by this share.
_ENTRY, _RIVAL = 0.15, 0.5


@dataclass(frozen=True, slots=True)
class CandidatePage:
    """A page that may be the service's.

    capture: id of the view that was read. heading: the page's own name. words: of the claimed title, those
    that the page says. parts: what speaks for it and against it. why_not: why the check did not take it.
    """

    url: str
    capture: str
    heading: str
    words: tuple[str, ...]
    parts: tuple[Part, ...]
    why_not: WhyNot

    def observed(self) -> dict[str, Any]:
        """As a finding keeps it."""
        return {
            "url": self.url,
            "capture": self.capture,
            "heading": self.heading,
            "words": list(self.words),
            "parts": [
                {"part": part.name, "weight": round(part.weight, 2), "text": part.text[:_LONGEST]}
                for part in self.parts
            ],
            "why_not": self.why_not,
        }


@dataclass(frozen=True, slots=True)
class _Page:
    """What is asked of every page before any is weighed. own: words of its names, as titles are read; text: stems of its words."""

    capture: Capture
    own: frozenset[str]
    text: frozenset[str]


def shortlist(case: Case, titles: Titles, service: Service) -> tuple[CandidatePage, ...]:
    """At most three, best first; of a claim with an address the page that stands there among them."""
    pages = case.derived("shortlist pages", lambda: _pages(case))
    links = case.derived("shortlist links", lambda: _links(case, pages.keys()))
    told = {page_key(lead.url): lead.score for lead in reversed(ranked(case, titles, service))}
    said = {key: _said(titles, service, page, links.get(key, ())) for key, page in pages.items()}
    leads = {key: max(share, told.get(key, 0.0)) for key, share in said.items()}
    declared = _declared(case, service)
    best = sorted(leads, key=lambda key: (key != declared, -leads[key], key))[:_WEIGHED]
    rated = []
    for key in best:
        score, page = _rated(case, titles, service, pages[key], links.get(key, ()), key == declared)
        rated.append((key != declared, -max(score, _SAID * said[key], told.get(key, 0.0)), key, page))
    return tuple(page for _, _, _, page in sorted(rated, key=lambda row: row[:3])[:MOST])


def _declared(case: Case, service: Service) -> str | None:
    """The page at the declared address: where its visits ended."""
    if service.url is None:
        return None
    ends = [visit.final.url for visit in case.visits(service.url) if received(case, visit) is None]
    return page_key(ends[0] if ends else service.url)


def page_key(url: str) -> str:
    """What a page is told from others by: with and without TLS, and with and without www, it is one."""
    return identity(url).partition("://")[2].removeprefix("www.")


def _pages(case: Case) -> Mapping[str, _Page]:
    """Those on hosts of the agency; of a page under two addresses the first with TLS."""
    chosen: dict[str, Capture] = {}
    for capture in case.pages[:_MOST_PAGES]:
        key = page_key(capture.url)
        known = chosen.get(key)
        better = known is None or (known.url.startswith("http:") and capture.url.startswith("https:"))
        if better and case.owns(host(capture.url)):
            chosen[key] = capture
    return {key: _read(case, capture) for key, capture in chosen.items()}


def _read(case: Case, capture: Capture) -> _Page:
    page = reading(case, best_view(case, capture))
    texts = (
        heading_of(case, page),
        named(case, page).text,
        *(line.text for line in page.headings[:_MOST_NAMES]),
    )
    own = frozenset(word for text in texts for word in _words(text))
    return _Page(capture, own, frozenset(map(stem, spread(page.text).split())))


def _words(text: str) -> Iterator[str]:
    title = read(text[:_LONGEST])
    yield from title.words
    yield from title.actions


def _links(case: Case, wanted: Any) -> Mapping[str, tuple[str, ...]]:
    """The words of the links that lead to a page from others."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for capture in case.pages[:_MOST_PAGES]:
        for link in case.document(best_view(case, capture)).links:
            key = page_key(link.url)
            if key in wanted and key != page_key(capture.url) and link.text and len(found[key]) < _MOST_LINKS:
                found[key].setdefault(link.text[:_LONGEST])
    return {key: tuple(texts) for key, texts in found.items()}


def _said(titles: Titles, service: Service, page: _Page, links: Sequence[str]) -> float:
    """How much of the title's words the page says, each by its weight; in its names and links, or in its text alone."""
    wanted = frozenset(_words(service.title))
    own = page.own.union(*(_words(text) for text in links))
    whole = math.fsum(map(titles.weight, wanted)) or 1.0
    return (
        math.fsum(
            titles.weight(word) * (_NAMED if word in own else _TEXT if word in page.text else 0.0)
            for word in wanted
        )
        / whole
    )


def _rated(
    case: Case, titles: Titles, service: Service, asked: _Page, links: Sequence[str], declared: bool
) -> tuple[float, CandidatePage]:
    view = best_view(case, asked.capture)
    page = reading(case, view)
    found = forms(page, repeated_forms(case, page))
    weighed = weigh(titles, service, page, named(case, page), found, links)
    matched = tie(titles, service, page, declared=named(case, page) if declared else None)
    entry = has_entry(found)
    own = math.fsum(part.weight for part in weighed.parts if part.weight > 0)
    against = math.fsum(-part.weight for part in weighed.parts if part.weight < 0)
    score = max(own, matched.score) - _RIVAL * against + (_ENTRY if entry else 0.0)
    text = asked.text.union(_words(heading_of(case, page)))
    words = tuple(
        dict.fromkeys(word for word in spread(service.title).split() if text.intersection(_words(word)))
    )
    why = _why_not(page, matched, weighed, entry=entry)
    return score, CandidatePage(asked.capture.url, view.id, heading_of(case, page), words, weighed.parts, why)


def _why_not(page: PageContent, matched: ServiceMatch, weighed: Weighed, *, entry: bool) -> WhyNot:
    if is_search_results(page) or is_news(page):
        return "no_service_page"
    if matched.listing or is_collection(page):
        return "list"
    if matched.other is not None:
        return "other_service"
    if matched.ambiguous:
        return "several_services"
    if matched.tied:
        return "no_entry"
    if not weighed.parts:
        return "other_matter"
    own = math.fsum(part.weight for part in weighed.parts if part.weight > 0)
    best = math.fsum(-part.weight for part in weighed.parts if part.weight < 0)
    if best > 0 and own - best < limits().margin + MARGIN:
        return "another_fits"
    if not enough(limits(), own, naming_of(weighed.parts).weight, RivalSums(best), besides=False):
        return "too_little"
    return "several_services" if entry else "no_entry"
