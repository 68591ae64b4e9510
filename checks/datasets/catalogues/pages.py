"""Datasets on pages for people: schema.org records inside of them, and links to files where a page names open data.

Claims, never a whole catalogue: what no page lists may stand elsewhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from selectolax.lexbor import LexborNode

from checks.case import Case
from checks.datasets import formats
from checks.datasets.catalogues.entry import Entry, File, text_of, web_url, whole
from checks.datasets.catalogues.reading import read_document
from checks.datasets.catalogues.sources import Kind, Record, Source
from checks.datasets.offers import offers, promises_download
from checks.page.boilerplate import reading
from checks.page.wordlist import pattern
from claims.persian import COMMA, fold
from evidence.records import Capture
from web.document import Document
from web.urls import host, identity

_RECORD = re.compile(rb"application/ld\+json", re.IGNORECASE)
_A_DATASET = re.compile(r'"(?:[\w.:/#-]*[:/#])?Dataset"')
_A_FILE = re.compile(rb"\.(?:csv|tsv|xlsx?|ods|json|geojson|xml|zip|pdf)\b", re.IGNORECASE)
_NAMES_DATA = pattern("datasets/words.toml", "<data_pages>")
_MOST_SCRIPTS = 50  # Scripts with records on one page. Later ones are not read.
_MOST_RECORDS = 5_000  # Records kept of one portal's pages. Later ones are dropped, so memory has an end.
# Characters of a script. A longer one is not read: it holds a whole catalogue or a program.
_LONGEST_SCRIPT = 1_000_000
_MOST_PAGES = 400  # Pages searched for links to files. Later ones are left out. It bounds the time.
# Headings of a page that may say "open data". It stands on top; later ones name data sets.
_MOST_HEADINGS = 6


def listed_on_pages(case: Case, hosts: frozenset[str]) -> list[Source]:
    """At most one source of each kind: records in pages, files on pages."""
    records: list[Record] = []
    files: list[Record] = []
    pages = 0
    for capture in _pages(case, hosts):
        body = case.evidence.body(capture.id)
        if _RECORD.search(body) is not None and b"Dataset" in body and len(records) < _MOST_RECORDS:
            records += (Record(entry, capture.id) for entry in records_of(case.document(capture)))
        if capture.kind != "http" or pages >= _MOST_PAGES or _A_FILE.search(body) is None:
            continue
        if _names_data(case, capture):
            pages += 1
            files += (Record(entry, capture.id) for entry in _linked(case, capture, case.document(capture)))
    kinds: tuple[tuple[Kind, list[Record]], ...] = (("schema_org", records), ("page", files))
    return [
        Source(
            kind,
            case.agency.portal,
            True,
            tuple(kept[:_MOST_RECORDS]),
            captures=tuple(dict.fromkeys(record.capture for record in kept[:_MOST_RECORDS])),
        )
        for kind, kept in kinds
        if kept
    ]


def _pages(case: Case, hosts: frozenset[str]) -> Iterator[Capture]:
    for capture in case.pages:
        if host(capture.url) in hosts:
            yield capture
            yield from (page for page in case.rendered(capture.url)[:1] if host(page.url) in hosts)


def records_of(document: Document) -> Iterator[Entry]:
    """schema.org and DCAT records in the scripts of a page."""
    for node in document.tree.css('script[type="application/ld+json"]')[:_MOST_SCRIPTS]:
        text = node.text(deep=True)
        if len(text) > _LONGEST_SCRIPT or _A_DATASET.search(text) is None:
            continue
        try:
            told = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            continue
        for entry in read_document(told, document.url).entries:
            if entry.title:
                yield entry


def _names_data(case: Case, capture: Capture) -> bool:
    """In its title or a heading of its own: the name of the portal stands in a heading of every page."""
    document = case.document(capture)
    if _NAMES_DATA.search(fold(document.title)) is not None:
        return True
    headings = (node.text(deep=True)[:200] for node in document.tree.css("h1, h2")[:_MOST_HEADINGS])
    if not any(_NAMES_DATA.search(fold(text)) for text in headings):
        return False
    own = (line.text[:200] for line in reading(case, capture).headings if line.heading <= 2)
    return any(_NAMES_DATA.search(fold(text)) for text in own)


def _linked(case: Case, capture: Capture, document: Document) -> Iterator[Entry]:
    """Files that a page offers, those of one row or item together."""
    visit = next((visit for visit in case.visits(capture.url) if visit.final.id == capture.id), None)
    if visit is None:
        return
    wanted = {identity(offer.url): offer for offer in offers(case, visit) if offer.sign != "words"}
    titled: dict[str, list[File]] = {}
    for node in document.tree.css("a[href]") if wanted else ():
        url = web_url(document.base, node.attributes.get("href"))
        offer = wanted.pop(identity(url), None) if url else None
        if url is None or offer is None:
            continue
        extension = formats.extension(url)
        title = _title(node) or url.rpartition("/")[2]
        titled.setdefault(title, []).append(File(url, "", extension.upper() or None))
    for title, files in titled.items():
        page = capture.url if len(titled) == 1 else None
        yield whole(Entry(id=files[0].url, title=title, page=page), files)


def _title(link: LexborNode) -> str:
    """What a link is called: its own words, or where they only say "download" those of its row or item."""
    own = text_of(link.text(deep=True), 200)
    if own and not (promises_download(own) and len(fold(own)) < 25):
        return own
    node: LexborNode | None = link
    for _ in range(4):
        node = node.parent if node is not None else None
        if node is None:
            break
        if node.tag == "tr":
            cells = (text_of(cell.text(deep=True), 200) for cell in node.css("th, td"))
            return next((cell for cell in cells if sum(char.isalpha() for char in cell) >= 3), own)
        if node.tag in ("li", "p", "dd", "article", "section"):
            heading = node.css_first("h1, h2, h3, h4, h5, strong, b, dt")
            said = text_of((heading or node).text(deep=True), 200)
            return said.replace(own, "").strip(f" -–:{COMMA}") or own
    return own
