"""Where a service without a declared URL may be: pages with its code, its title over them, links that say it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from checks.case import Case
from checks.frame import best_view, reading
from checks.services.cards import codes
from checks.services.titles import EXACT, MATCH, Titles
from claims.model import Service
from evidence.urls import absolute, identity, is_web

Via = Literal["code", "heading", "link"]
_MOST = 6
_MOST_LINKS = 20_000


@dataclass(frozen=True, slots=True)
class Candidate:
    """A page that may be the service's. firm: tied by code or by its very title."""

    url: str
    via: Via
    score: float

    @property
    def firm(self) -> bool:
        return self.via == "code" or (self.via == "heading" and self.score >= EXACT)


@dataclass(frozen=True, slots=True)
class _Page:
    url: str
    headings: tuple[str, ...]
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Index:
    pages: tuple[_Page, ...]
    links: dict[str, str]


def candidates(case: Case, titles: Titles, service: Service) -> list[Candidate]:
    """Best first: code, then headings, then links; each page once."""
    index = case.derived("search index", lambda: _index(case))
    found: list[Candidate] = []
    for page in index.pages:
        if service.code is not None and service.code in page.codes:
            found.append(Candidate(page.url, "code", 1.0))
            continue
        score = max((titles.score(service, text) for text in page.headings), default=0.0)
        if score >= MATCH:
            found.append(Candidate(page.url, "heading", score))
    for text, url in index.links.items():
        score = titles.score(service, text)
        if score >= MATCH:
            found.append(Candidate(url, "link", score))
    order = {"code": 0, "heading": 1, "link": 2}
    found.sort(key=lambda candidate: (order[candidate.via], -candidate.score, candidate.url))
    best: dict[str, Candidate] = {}
    for candidate in found:
        best.setdefault(identity(candidate.url), candidate)
    return list(best.values())[:_MOST]


def _index(case: Case) -> _Index:
    pages: list[_Page] = []
    links: dict[str, str] = {}
    for capture in case.pages:
        view = best_view(case, capture)
        page = reading(case, view)
        pages.append(
            _Page(capture.url, tuple(line.text for line in page.headings[:12]), tuple(codes(page)[:200]))
        )
        for line in page.lines:
            for anchor in line.anchors:
                text = " ".join(anchor.text(deep=True, separator=" ").split())
                target = absolute(page.document.base, anchor.attributes.get("href") or "")
                if (
                    6 <= len(text) <= 200
                    and target is not None
                    and is_web(target)
                    and len(links) < _MOST_LINKS
                ):
                    links.setdefault(text, target)
    return _Index(tuple(pages), links)
