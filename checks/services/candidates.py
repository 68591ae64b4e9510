"""Where a service without a declared URL may be: an index over all that the crawl met, asked by code and title.

In order of trust: pages with its code, pages whose card or headings are its title, links that say it, entries of a
list (service desk, catalogue) that stand beside a link, addresses of a site map that read like it, and the page whose
name says it best of the whole portal. A candidate is a lead and proves nothing: `entry` looks at each.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote_plus, urlsplit

from selectolax.lexbor import LexborNode

from checks.case import Case
from checks.page.boilerplate import best_view, reading
from checks.page.cards.card import cards, codes
from checks.page.content import PageContent
from checks.page.lines import ancestry
from checks.services.matching.competition import best_named
from checks.services.matching.titles import EXACT, MATCH, Titles
from claims.model import Service
from claims.persian import digits
from evidence.kinds.http import HttpFacts
from web.sitemaps import sitemap_entries
from web.urls import absolute, identity, is_web

Via = Literal["code", "card", "heading", "link", "desk", "sitemap", "name"]
_ORDER: dict[Via, int] = {"code": 0, "card": 1, "heading": 2, "link": 3, "desk": 4, "sitemap": 5, "name": 6}
_MOST = 6  # Leads followed for one claim, best first. Others are not. By hand.
# So many of one kind at first, that a code in every list of services leaves room for other leads.
_MOST_ALIKE = 3
# Wordings, codes and addresses of a portal that are indexed. Later ones lead to nothing. For memory.
_MOST_TEXTS = 20_000
_MOST_TARGETS = 4  # Links of one row or wording. With more, a row is about several services: eight settles six claims of the fixtures less.
_MOST_LINKS = 3_000  # Links of a page that are indexed. Later ones lead to nothing. It bounds the time.
_ROW = frozenset({"tr", "li", "dl", "article"})
_BOX = frozenset({"div", "section", "p", "td"})
_LONGEST_ROW = 500  # Characters of a row around a link. Longer is not about the link alone. By hand.
_CODE = re.compile(r"(?<!\d)\d{11}(?!\d)")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A page that may be the service's. firm: tied by code or by its very title. found_on: what led to it."""

    url: str
    via: Via
    score: float
    found_on: str = ""

    @property
    def firm(self) -> bool:
        return self.via == "code" or (self.via in ("card", "heading") and self.score >= EXACT)


@dataclass(frozen=True, slots=True)
class _Page:
    url: str
    cards: tuple[str, ...]
    headings: tuple[str, ...]
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Told:
    """Wordings and the addresses they lead to, with the page that says so. codes: the same by official code."""

    texts: dict[str, dict[str, str]]
    codes: dict[str, dict[str, str]]

    def add(self, text: str, url: str, page: str) -> None:
        if len(self.texts) < _MOST_TEXTS or text in self.texts:
            _put(self.texts[text], url, page)

    def add_code(self, code: str, url: str, page: str) -> None:
        if len(self.codes) < _MOST_TEXTS or code in self.codes:
            _put(self.codes[code], url, page)


@dataclass(frozen=True, slots=True)
class _Index:
    pages: tuple[_Page, ...]
    links: _Told
    listed: _Told
    mapped: _Told


def candidates(case: Case, titles: Titles, service: Service) -> list[Candidate]:
    """Best first, each page once, at most six."""
    return case.derived(("candidates", service.id), lambda: _chosen(case, titles, service))


def _chosen(case: Case, titles: Titles, service: Service) -> list[Candidate]:
    alike: Counter[str] = Counter()
    first: list[Candidate] = []
    rest: list[Candidate] = []
    for candidate in ranked(case, titles, service):
        alike[candidate.via] += 1
        (first if alike[candidate.via] <= _MOST_ALIKE else rest).append(candidate)
    chosen = [*first, *rest][:_MOST]
    return sorted(chosen, key=lambda candidate: (_ORDER[candidate.via], -candidate.score))


def ranked(case: Case, titles: Titles, service: Service) -> list[Candidate]:
    """Everything that the index knows of the service, best first, each page once."""
    index = case.derived("candidates index", lambda: _index(case))
    found = [
        *_pages(index.pages, titles, service),
        *_told(index.links, "link", titles, service),
        *_told(index.listed, "desk", titles, service),
        *_told(index.mapped, "sitemap", titles, service),
        *(Candidate(best.url, "name", best.score, best.url) for best in best_named(case, titles, service)),
    ]
    crowd = {page.url: len(page.codes) for page in index.pages}
    found.sort(
        key=lambda lead: (
            _ORDER[lead.via],
            crowd.get(lead.url, 0) if lead.via == "code" else 0,
            -lead.score,
            lead.url,
        )
    )
    best: dict[str, Candidate] = {}
    for candidate in found:
        best.setdefault(identity(candidate.url), candidate)
    return list(best.values())


def _pages(pages: tuple[_Page, ...], titles: Titles, service: Service) -> Iterator[Candidate]:
    for page in pages:
        if service.code is not None and service.code in page.codes:
            yield Candidate(page.url, "code", 1.0, page.url)
            continue
        named: tuple[tuple[Via, tuple[str, ...]], ...] = (("card", page.cards), ("heading", page.headings))
        for via, texts in named:
            score = max((titles.score(service, text) for text in texts), default=0.0)
            if score >= MATCH:
                yield Candidate(page.url, via, score, page.url)
                break


def _told(told: _Told, via: Via, titles: Titles, service: Service) -> Iterator[Candidate]:
    if service.code is not None:
        for url, page in told.codes.get(service.code, {}).items():
            yield Candidate(url, via, 1.0, page)
    for text, targets in told.texts.items():
        score = titles.score(service, text)
        if score >= MATCH:
            yield from (Candidate(url, via, score, page) for url, page in targets.items())


def _index(case: Case) -> _Index:
    pages: list[_Page] = []
    links, listed, mapped = _nothing(), _nothing(), _nothing()
    for capture in case.pages:
        page = reading(case, best_view(case, capture))
        pages.append(
            _Page(
                capture.url,
                tuple(card.title for card in cards(page) if card.title)[:12],
                tuple(line.text for line in page.headings[:12]),
                tuple(codes(page)[:200]),
            )
        )
        _links(page, capture.url, links, listed)
    for url, page_url in _mapped(case):
        if (words := _words_of(url)) is not None:
            mapped.add(words, url, page_url)
        for code in _CODE.findall(url):
            mapped.add_code(code, url, page_url)
    return _Index(tuple(pages), links, listed, mapped)


def _links(page: PageContent, url: str, links: _Told, listed: _Told) -> None:
    """Texts of the page's links, and what stands beside a link in its row of a list."""
    body = page.document.tree.body
    for anchor in body.css("a[href]")[:_MOST_LINKS] if body is not None else ():
        href = (anchor.attributes.get("href") or "").strip()
        target = page.document.resolve(href)
        if target is None or not is_web(target) or (href.startswith("#") and href[1:2] not in ("/", "!")):
            continue
        text = _text(anchor)
        for said in (text, *_unwritten(anchor)):
            if 6 <= len(said) <= 200:
                links.add(said, target, url)
        row = row_of(anchor, text)
        if row is None:
            continue
        for label in labels_of(row, text):
            listed.add(label, target, url)
        for code in _CODE.findall(digits(row.text(deep=True, separator=" "))):
            listed.add_code(code, target, url)


def _unwritten(anchor: LexborNode) -> Iterator[str]:
    """What a link says to those who do not see its picture."""
    for node in (anchor, *anchor.css("img")):
        for name in ("title", "aria-label", "alt"):
            yield " ".join((node.attributes.get(name) or "").split())


def row_of(anchor: LexborNode, text: str) -> LexborNode | None:
    """The entry of a list that a link belongs to, where it says more than the link."""
    for depth, node in enumerate(ancestry(anchor)):
        if depth > 6 or node.tag in ("body", "table", "ul", "ol", "nav", "form"):
            return None
        if node.tag not in _ROW and node.tag not in _BOX:
            continue
        said = _text(node)
        if len(said) > _LONGEST_ROW:
            return None
        if len(said) > len(text) + 5 and len(node.css("a[href]")) <= _MOST_TARGETS:
            return node
        if node.tag in _ROW:
            return None
    return None


def labels_of(row: LexborNode, text: str) -> Iterator[str]:
    """What an entry of a list says, part by part."""
    parts = [_text(part) for part in row.css("td, th, dt, dd, h2, h3, h4, h5, h6, strong, b, span, p, div")][
        :20
    ]
    whole = _text(row).replace(text, " ", 1) if text else _text(row)
    for part in dict.fromkeys([*parts, " ".join(whole.split())]):
        if 6 <= len(part) <= 200 and part != text:
            yield part


def _text(node: LexborNode) -> str:
    return " ".join(node.text(deep=True, separator=" ").split())


def _mapped(case: Case) -> Iterator[tuple[str, str]]:
    """Addresses of the agency's site map files, with the file that lists them."""
    read: set[str] = set()
    for capture in case.captures:
        facts = capture.facts
        if capture.purpose != "sitemap" or not isinstance(facts, HttpFacts) or facts.status != 200:
            continue
        if identity(capture.url) in read:
            continue
        read.add(identity(capture.url))
        for entry in sitemap_entries(case.evidence.body(capture.id))[:_MOST_TEXTS]:
            target = absolute(capture.url, entry)
            if target is not None and is_web(target):
                yield target, capture.url


def _words_of(url: str) -> str | None:
    """The last words of an address, where it is written in words: /خدمات/صدور-مجوز-چاه."""
    parts = urlsplit(url)
    tail = unquote_plus(parts.path.rstrip("/").rpartition("/")[2])
    words = " ".join(re.sub(r"[-_.+]|\.(?:html?|aspx?|php)$", " ", tail).split())
    return words if 6 <= len(words) <= 200 and not words.isascii() else None


def _nothing() -> _Told:
    return _Told(defaultdict(dict), defaultdict(dict))


def _put(targets: dict[str, str], url: str, page: str) -> None:
    if len(targets) < _MOST_TARGETS:
        targets.setdefault(url, page)
