"""A card that is a file: which of the files on the service's page it is, and what its text says.

Its rows are read as those of a page (`checks.page.cards`). A file proves no entry: the address that it names is a lead, and what was not
read forbids to say that nothing is there.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Literal

from checks.case import Case, Visit
from checks.outcome import received
from checks.page.cards.card import Card, cards
from checks.page.cards.labels import names_card
from checks.page.content import PageContent
from checks.pdf.sandbox import examine
from checks.pdf.text import Fault, Text
from checks.services.matching.titles import MATCH, Titles
from claims.model import Service
from claims.persian import COMMA, SEMICOLON
from evidence.kinds.http import HttpFacts
from evidence.records import Capture
from web.document import Document
from web.urls import absolute, identity, is_web, path

State = Fault | Literal["unfetched", "format"]

_FILES = (".pdf", ".doc", ".docx", ".rtf", ".odt")
_PDF = b"%PDF-"
_HEAD = 1_024  # Bytes in which %PDF- may stand: readers accept it there (PDF Reference 1.7, note 13).
_MOST_FILES = 4  # Files of a page that are read as cards. Others are a limit of ours.
_MOST_TRIED = 20  # Links of a page that are tried. Later ones are not. By hand.
_MOST_ADDRESSES = 4  # Addresses of a card that are followed. Later ones are not. By hand.
# Of CPU: five times what a long card takes; most of a large file are pictures, which nobody reads.
_USUAL_SECONDS = 1.0
_ADDRESS = re.compile(rf"(?:https?://|www\.)[^\s<>\"«»{COMMA}{SEMICOLON}]{{3,500}}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CardFile:
    """state: "" for a text that was read, else why it was not: format, a file that is no PDF; unfetched, no good answer.

    addresses: where the card says that the service is given, besides the page that links to it. ids: what it rests on.
    whole: nothing of its text was left out for its length.
    """

    url: str
    state: State
    ids: tuple[str, ...] = ()
    capture: Capture | None = None
    cards: tuple[Card, ...] = ()
    addresses: tuple[str, ...] = ()
    whole: bool = True


def card_file(case: Case, titles: Titles, service: Service, page: PageContent) -> CardFile | None:
    """The file with the claim's card, by code or title, else one that may hold it: the only one, or one that was not read."""
    urls = list(_named(case, page))
    files = [_file(case, url, page.document.url) for url in urls[:_MOST_FILES]]
    for file in files:
        if any(_is_own(titles, service, card) for card in file.cards):
            return file
    # what was left out for its length may be the claim's card
    files = [file if file.whole or file.state else replace(file, state="limit") for file in files]
    files += [CardFile(url, "limit") for url in urls[_MOST_FILES:]]
    return files[0] if len(files) == 1 else next((file for file in files if file.state), None)


def file_observed(file: CardFile) -> dict[str, Any]:
    """What a finding says of it. card_file: read, but no card of the claim's; or why it was not read."""
    return {"card_document": file.url, "card_file": file.state or "read"}


def _is_own(titles: Titles, service: Service, card: Card) -> bool:
    if service.code is not None and service.code in card.codes:
        return True
    return bool(card.title) and titles.score(service, card.title) >= MATCH


def _named(case: Case, page: PageContent) -> Iterator[str]:
    """Addresses of files that the page calls a card: at most one more than are read."""
    met: set[str] = set()
    tried = found = 0
    for line in page.own:
        for anchor in line.anchors:
            url = page.target(anchor)
            if url is None or identity(url) in met or identity(url) == identity(page.document.url):
                continue
            if not (names_card(anchor.text(deep=True, separator=" ")) or names_card(line.text)):
                continue
            met.add(identity(url))
            tried += 1
            is_file = path(url).lower().endswith(_FILES) or _answer(case, url) is not None
            if is_file and not _is_gone(case, url):
                yield url
                found += 1
            if found > _MOST_FILES or tried >= _MOST_TRIED:
                return


def _is_gone(case: Case, url: str) -> bool:
    visits = case.visits(url)
    return bool(visits) and all(_dead(case, visit) for visit in visits) and case.proven(visits)


def _dead(case: Case, visit: Visit) -> bool:
    return received(case, visit) == ("contradicted", "dead_link")


def _answer(case: Case, url: str) -> Visit | None:
    """The first visit that got a PDF."""
    for visit in case.visits(url):
        if received(case, visit) is None and _PDF in case.evidence.body(visit.final.id)[:_HEAD]:
            return visit
    return None


def _file(case: Case, url: str, page: str) -> CardFile:
    return case.derived(("card file", identity(url), page), lambda: _read(case, url, page))


def _read(case: Case, url: str, page: str) -> CardFile:
    ids = tuple(id for visit in case.visits(url) for id in visit.ids)
    visit = _answer(case, url)
    if visit is None:
        return CardFile(url, "unfetched" if path(url).lower().endswith(_FILES[0]) else "format", ids)
    capture = visit.final
    assert isinstance(capture.facts, HttpFacts)
    if capture.facts.truncated is not None:
        return CardFile(url, "limit", ids, capture)
    text = case.derived(("card text", capture.sha256), lambda: _text(case, capture))
    if text.fault:
        return CardFile(url, text.fault, ids, capture)
    # what stands where in a file, no path of elements says
    shown = tuple(replace(card, places={}, line=None) for card in cards(as_page(text, url)))
    return CardFile(url, "", ids, capture, shown, tuple(_addresses(text, shown, page)), text.whole)


def _text(case: Case, capture: Capture) -> Text:
    if case.child_time.over:
        return Text(fault="limit")
    with case.child_time.reading(_USUAL_SECONDS):
        return examine(case.evidence.body(capture.id))


def as_page(text: Text, url: str) -> PageContent:
    """The rows of a file as a page: rows of several cells in tables, others in paragraphs."""
    parts: list[str] = []
    for several, rows in groupby(text.rows, key=lambda row: len(row) > 1):
        if several:
            cells = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in rows)
            parts.append(f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>")
        else:
            parts += [f"<p>{html.escape(row[0])}</p>" for row in rows]
    body = f"<!doctype html><body><main>{''.join(parts)}</main></body>"
    return PageContent(Document(body.encode(), url, "text/html; charset=utf-8"))


def _addresses(text: Text, shown: tuple[Card, ...], page: str) -> Iterator[str]:
    """In the card's own field for it; where it has none and says that people may ask online, behind the file's links."""
    told = [url for card in shown for url in _ADDRESS.findall(card.fields.get("address", ""))]
    online = any(card.electronic or card.phases.get("request") for card in shown)
    met = {identity(page)}
    for said in (told or (list(text.links) if online else []))[:_MOST_ADDRESSES]:
        url = absolute(page, said if "://" in said else f"http://{said}")
        if url is not None and is_web(url) and identity(url) not in met:
            met.add(identity(url))
            yield url
