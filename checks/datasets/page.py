"""A web page where a dataset was claimed: an error, a login, a document, or the page that offers the files.

A page that offers files is followed one hop (`checks.datasets.obtain`); what all pages of the portal link to
is no offer of this one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from checks.case import Case, Visit
from checks.datasets import formats
from checks.datasets.worth import Worth
from checks.frame import best_view, reading
from checks.soft404 import needs_browser, soft_404
from claims.model import Dataset
from claims.persian import fold
from evidence.document import Document, Link
from evidence.records import HttpFacts
from evidence.urls import identity, path

_DOWNLOAD = re.compile(
    r"دانلود|دریافت (?:فایل|داده|اطلاعات)|بارگیری|فایل (?:اکسل|داده)|خروجی|download|export|get data|\bcsv\b|\bxlsx?\b|\bjson\b"
)
_DOWNLOAD_URL = re.compile(
    r"/download|/export|[?&](?:download|format|export|file|output)=|getfile|/dataset/.+/resource/",
    re.IGNORECASE,
)
_MAINTENANCE = re.compile(
    r"under maintenance|temporarily (?:unavailable|down)|در دست (?:تعمیر|به ?روز ?رسانی)|موقتا"
    r"|در حال (?:به ?روز ?رسانی|بروزرسانی) (?:سامانه|سایت|سیستم)"
)
_NOT_FILES = ("text/html", "application/xhtml", "text/css", "text/javascript", "application/javascript", "image/", "font/", "video/", "audio/")  # fmt: skip
_FEED = re.compile(r"\b(?:rss|atom|feed|sitemap|opensearch|خبرخوان)\b", re.IGNORECASE)
# Data that a home page may link to without being a feed or a leaflet for everybody.
_PLAIN_DATA = formats.DATA_EXTENSIONS - {"xml", "rdf", "zip", "rar", "7z"}
_LOGIN_PATH = re.compile(r"/(?:log-?in|sign-?in|sso|cas|auth|oauth2?|account)(?:[/.]|$)", re.IGNORECASE)
_SHORT = 1_500
_TABLE_ROWS = 3
_FILES = formats.DATA_EXTENSIONS | formats.DOCUMENT_EXTENSIONS


@dataclass(frozen=True, slots=True)
class Offer:
    """A link that leads to data. sign: what says so, its extension, its words, or the answer that came."""

    url: str
    sign: Literal["extension", "words", "answer"]


def judge_page(case: Case, dataset: Dataset, visit: Visit) -> Worth:
    """What the page itself is worth where data was claimed."""
    document = case.document(visit.final)
    view = best_view(case, visit.final)
    text = fold(reading(case, view).text[: _SHORT + 1])
    if (sign := soft_404(case, visit.final) or soft_404(case, view)) is not None:
        return Worth("contradicted", "soft_404", 0, sign)
    if _led_to_login(visit) or (len(text) <= _SHORT and _asks_for_login(document)):
        return Worth("inconclusive", "blocked", detail="login")
    if len(text) <= _SHORT and _MAINTENANCE.search(text):
        return Worth("inconclusive", "server_error", detail="maintenance")
    if _went_home(case, visit):
        return Worth("contradicted", "soft_404", 0, "redirects_home")
    if view is visit.final and needs_browser(reading(case, visit.final)):
        return Worth("inconclusive", "not_attempted", detail="needs_browser")
    return _page_for_data(case, dataset, visit, case.document(view))


def _page_for_data(case: Case, dataset: Dataset, visit: Visit, document: Document) -> Worth:
    extension = formats.extension(dataset.url)
    promised = formats.promised(dataset.format)
    if _has_table(document):
        # Some servers send a table of a page under the name of a spreadsheet.
        if _sent_as_sheet(visit.facts) or extension in ("xls", "xlsx"):
            return Worth("contradicted", "wrong_format", 2, "html_table")
        return Worth("contradicted", "document_only", 1, "html_table")
    if promised or extension in _FILES:
        return Worth("contradicted", "soft_404", 0, "page_for_file")
    # A page and no more: what it may offer was not recognised, which proves nothing.
    return Worth("inconclusive", "not_attempted", detail="no_data_links")


def may_offer(dataset: Dataset, worth: Worth) -> bool:
    """Whether the page may be one that stands for the dataset and links to its files."""
    if formats.extension(dataset.url) in _FILES:
        return False
    return worth.reason != "blocked" and (worth.reason != "soft_404" or worth.detail == "page_for_file")


def offers(case: Case, visit: Visit) -> list[Offer]:
    """Links to files on the page as served and as rendered: fetched ones first, data before documents."""
    documents = [case.document(visit.final)]
    view = best_view(case, visit.final)
    if view is not visit.final:
        documents.append(case.document(view))
    everywhere = _everywhere(case, visit)
    found: dict[str, Offer] = {}
    for document in documents:
        for link in document.links:
            key = identity(link.url)
            if link.use != "page" or link.element == "link" or not link.fetchable or key in found:
                continue
            sign = _sign(case, link)
            if sign is None or key == identity(visit.final.url):
                continue
            if key not in everywhere or formats.extension(link.url) in _PLAIN_DATA:
                found[key] = Offer(link.url, sign)
    return sorted(
        found.values(),
        key=lambda offer: (
            not case.exchanges(offer.url),
            formats.extension(offer.url) not in formats.DATA_EXTENSIONS,
        ),
    )


def _sign(case: Case, link: Link) -> Literal["extension", "words", "answer"] | None:
    extension = formats.extension(link.url)
    if _FEED.search(link.url[:2000]) or _FEED.search(link.text[:200]):
        return None
    if extension in _FILES:
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


def _everywhere(case: Case, visit: Visit) -> frozenset[str]:
    """Links of the home page, unless the page is the home page itself."""
    return case.derived("datasets.everywhere", lambda: _home_links(case)) - (
        _home_links(case) if identity(visit.final.url) in _home(case) else frozenset()
    )


def _home(case: Case) -> frozenset[str]:
    visits = case.visits(case.agency.portal)
    return frozenset({identity(case.agency.portal), *(identity(v.final.url) for v in visits)})


def _home_links(case: Case) -> frozenset[str]:
    return frozenset(
        identity(link.url)
        for visit in case.visits(case.agency.portal)[:1]
        if case.is_html(visit.final)
        for link in case.document(visit.final).links
    )


def _went_home(case: Case, visit: Visit) -> bool:
    home = _home(case)
    return len(visit.hops) > 1 and identity(visit.final.url) in home and identity(visit.first.url) not in home


def _led_to_login(visit: Visit) -> bool:
    return len(visit.hops) > 1 and _LOGIN_PATH.search(path(visit.final.url)) is not None


def _asks_for_login(document: Document) -> bool:
    return document.tree.css_first("input[type=password]") is not None


def _has_table(document: Document) -> bool:
    """A table of data: several rows of several cells, none of them a form's."""
    for table in document.tree.css("table")[:20]:
        rows = [row for row in table.css("tr")[:50] if len(row.css("td")) > 1]
        if len(rows) >= _TABLE_ROWS and table.css_first("input, form, table table") is None:
            return True
    return False


def _sent_as_sheet(facts: HttpFacts) -> bool:
    """Whether the server called the page a file: a table of HTML saved as .xls."""
    kind = (facts.header("content-type") or "").lower()
    named = (facts.header("content-disposition") or "").lower()
    return "excel" in kind or "spreadsheet" in kind or ("attachment" in named and ".xls" in named)
