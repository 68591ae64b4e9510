"""Which files a page offers: links that lead to data, without those that every page of the portal has.

Not here: what the page itself is worth (`checks.datasets.page`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Literal

from checks.case import Case, Visit
from checks.datasets import formats
from checks.derivations import once
from checks.page.boilerplate import best_view
from checks.page.soft404 import answered_alike
from checks.page.wordlist import pattern
from claims.persian import fold, tight
from web.links import Link
from web.urls import folder, identity

Sign = Literal["extension", "words", "answer"]

_DOWNLOAD = pattern("datasets/words.toml", "<downloads>")
_DOWNLOAD_URL = re.compile(
    r"/download|/export|[?&](?:download|format|export|file|output)=|getfile|/dataset/.+/resource/",
    re.IGNORECASE,
)
_NOT_FILES = ("text/html", "application/xhtml", "text/css", "text/javascript", "application/javascript", "image/", "font/", "video/", "audio/")  # fmt: skip
_FEED = pattern("datasets/words.toml", r"(?i)\b<feeds>\b")
# Data that a home page may link to without being a feed or a leaflet for everybody.
_PLAIN_DATA = formats.DATA_EXTENSIONS - {"xml", "rdf", "zip", "rar", "7z"}
# Linked from so many datasets' pages, it is of none of them: a guide, a list of codes. Two may share a table.
_SHARED = 3


@dataclass(frozen=True, slots=True)
class Offer:
    """A link that leads to data. sign: what says so, its extension, its words, or the answer that came.

    format: as a catalogue declares it of this file; None where it is the dataset's.
    """

    url: str
    sign: Sign
    text: str = ""
    format: str | None = None


def offers(case: Case, visit: Visit) -> list[Offer]:
    """Links to files on the page as served and as rendered: fetched ones first, data before documents."""
    documents = [case.document(visit.final)]
    view = best_view(case, visit.final)
    if view is not visit.final:
        documents.append(case.document(view))
    common: frozenset[str] = frozenset()
    if answered_alike(case, visit.final):
        # A page of few words of its own may be told from those by the files it leads to alone.
        common = _of_random_paths(case, folder(visit.final.url))
    found: dict[str, Offer] = {}
    for document in documents:
        for link in document.links:
            key = identity(link.url)
            if link.use != "page" or link.element == "link" or not link.fetchable or key in found:
                continue
            sign = _sign(case, link)
            if sign is None or key == identity(visit.final.url):
                continue
            if not _is_shared(case, key, visit) and key not in common:
                found[key] = Offer(link.url, sign, link.text[:300])
    return sorted(
        found.values(),
        key=lambda offer: (
            not case.exchanges(offer.url),
            formats.extension(offer.url) not in formats.DATA_EXTENSIONS,
        ),
    )


def of_title(offered: list[Offer], title: str) -> list[Offer]:
    """Those whose words are the dataset's title, or else have it in them, where one page stands for several datasets."""
    wanted = tight(title)
    exact = [offer for offer in offered if tight(offer.text) == wanted]
    return exact or [
        offer
        for offer in offered
        if wanted in (words := tight(offer.text)) or (len(words) >= 8 and words in wanted)
    ]


def _sign(case: Case, link: Link) -> Sign | None:
    extension = formats.extension(link.url)
    if _FEED.search(link.url[:2000]) or _FEED.search(link.text[:200]):
        return None
    if extension in formats.FILE_EXTENSIONS:
        return "extension"
    if _DOWNLOAD_URL.search(link.url[:2000]) or _DOWNLOAD.search(fold(link.text[:200])):
        return "words"
    return "answer" if _is_file(case, link.url) else None


def _is_file(case: Case, url: str) -> bool:
    """Whether what came from there is no page and no part of one."""
    for visit in case.visits(url):
        facts = visit.facts
        if facts.status != 200 or not facts.size:
            continue
        kind = (facts.header("content-type") or "").lower()
        attached = "attachment" in (facts.header("content-disposition") or "").lower()
        return attached or (bool(kind) and not kind.startswith(_NOT_FILES) and not case.is_html(visit.final))
    return False


def home(case: Case) -> frozenset[str]:
    """Identities of the portal's home page."""
    portal = case.agency.portal
    return case.derived(
        "datasets.home",
        lambda: frozenset({identity(portal), *(identity(v.final.url) for v in case.visits(portal))}),
    )


def promises_download(text: str) -> bool:
    return _DOWNLOAD.search(fold(text)) is not None


def _is_shared(case: Case, key: str, visit: Visit) -> bool:
    """A link of the portal, and not of this page."""
    homes = home(case)
    if formats.extension(key) not in _PLAIN_DATA and key in _home_links(case):
        return identity(visit.final.url) not in homes
    pages = case.derived("datasets.linking", lambda: _linking(case))
    return len(pages.get(key, ())) >= _SHARED


@once
def _of_random_paths(case: Case, place: str) -> frozenset[str]:
    """What pages have that answer to whatever is asked for in a folder."""
    return frozenset(
        identity(link.url)
        for capture in case.siblings(place)
        if case.is_html(capture)
        for link in case.document(capture).links
    )


def _home_links(case: Case) -> frozenset[str]:
    def read() -> frozenset[str]:
        return frozenset(
            identity(link.url)
            for visit in case.visits(case.agency.portal)[:1]
            if case.is_html(visit.final)
            for link in case.document(visit.final).links
        )

    return case.derived("datasets.home_links", read)


def _linking(case: Case) -> dict[str, set[str]]:
    """By link: the pages of claimed datasets that have it."""
    found: dict[str, set[str]] = defaultdict(set)
    for dataset in case.round.datasets_of(case.agency.id):
        for visit in case.visits(dataset.url)[:1]:
            if case.is_html(visit.final):
                for link in case.document(visit.final).links:
                    found[identity(link.url)].add(identity(visit.final.url))
    return found
