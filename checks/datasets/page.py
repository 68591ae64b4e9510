"""A web page where a dataset was claimed: an error, a login, a document, or the page that offers the files.

Not here: which files the page offers (`checks.datasets.offers`).
"""

from __future__ import annotations

import re

from checks.case import Case, Visit
from checks.datasets import formats
from checks.datasets.files.cells import is_number
from checks.datasets.files.messages import is_message
from checks.datasets.files.read import Content
from checks.datasets.offers import home, promises_download
from checks.datasets.worth import Worth
from checks.page.boilerplate import best_view, reading
from checks.page.boxes import own_groups
from checks.page.content import PageContent
from checks.page.soft404 import answered_alike, error_answer, needs_browser
from checks.page.wordlist import pattern
from claims.model import Dataset
from claims.persian import fold
from web.document import Document
from web.urls import identity, path

_MAINTENANCE = pattern("datasets/words.toml", "<maintenance>")
_LOGIN_PATH = re.compile(r"/(?:log-?in|sign-?in|sso|cas|auth|oauth2?|account)(?:[/.]|$)", re.IGNORECASE)
# Letters. A log-in and a notice of maintenance stand alone, under some sentences at most. On a longer page they are a box or news,
# and the page is judged by itself. Longer, and news of maintenance would excuse a page that stands where a file should.
_SHORT = 1_500
# Fewer rows are a form or a notice that a page lays out.
_TABLE_ROWS = 3
_NUMBERED = 0.3  # of the cells of a table without heads: with fewer numbers it lays out a page. By hand
# Letters. Three sentences may be a gate in words that we do not know; whoever writes more says what his page is.
_GATE = 200
# What pages have and exported tables have not.
_OF_PAGES = (
    "script[src], iframe, nav, input:not([type=hidden]):not([type=checkbox]), select, textarea, button, form[action*='log'],"
    " a[href^='/'], a[href^='http']:not(td a)"
)


def judge_page(case: Case, dataset: Dataset, visit: Visit, content: Content) -> Worth | None:
    """What the page itself is worth where data was claimed; None when it is no page, but a table that was saved as one.

    content: with a table where a name or a header called the page a file of rows.
    """
    view = best_view(case, visit.final)
    page = reading(case, view)
    text = fold(page.text[: _SHORT + 1])
    if (error := error_answer(case, visit.final) or error_answer(case, view)) is not None:
        return Worth(error.verdict, error.reason, 0 if error.reason == "soft_404" else None, error.sign)
    if _led_to_login(visit) or (len(text) <= _SHORT and _asks_for_login(case, page)):
        return Worth("inconclusive", "blocked", detail="login")
    if len(text) <= _SHORT and _MAINTENANCE.search(text):
        return Worth("inconclusive", "server_error", detail="maintenance")
    if _went_home(case, visit):
        return Worth("contradicted", "soft_404", 0, "redirects_home")
    if view is visit.final and needs_browser(reading(case, visit.final)):
        return Worth("inconclusive", "not_attempted", detail="needs_browser")
    return _page_for_data(case, dataset, visit, page, content)


def _page_for_data(
    case: Case, dataset: Dataset, visit: Visit, page: PageContent, content: Content
) -> Worth | None:
    extension = formats.extension(dataset.url)
    promised = formats.promised(dataset.format)
    if extension not in formats.FILE_EXTENSIONS and answered_alike(case, visit.final):
        return Worth("inconclusive", "not_attempted", detail="like_random_path")
    if content.fault == "limit":
        return Worth("inconclusive", "limit", detail=content.detail)
    if content.table is not None and (_has_table(page) or _is_bare(page)):
        return None
    if content.detail == "linked_file":  # a workbook saved as a page of frames, whose sheets nobody linked to
        return Worth("inconclusive", "not_attempted", detail="linked_file")
    if extension not in formats.FILE_EXTENSIONS and _acts(page):
        return Worth("inconclusive", "not_attempted", detail="behind_script")
    if _has_table(page):
        return Worth("contradicted", "document_only", 1, "html_table")
    if promised or extension in formats.FILE_EXTENSIONS:
        if _says_nothing(page.document):
            return Worth("inconclusive", "blocked", detail="unknown_page")
        return Worth("contradicted", "soft_404", 0, "page_for_file")
    # A page and no more: what it may offer was not recognised, which proves nothing.
    return Worth("inconclusive", "not_attempted", detail="no_data_links")


def may_offer(dataset: Dataset, worth: Worth) -> bool:
    """Whether the page may be one that stands for the dataset and links to its files."""
    if formats.extension(dataset.url) in formats.FILE_EXTENSIONS:
        return False
    if worth.detail in ("page_for_file", "unknown_page", "like_random_path"):
        return True
    return worth.reason not in ("blocked", "soft_404", "limit")


def _went_home(case: Case, visit: Visit) -> bool:
    homes = home(case)
    return (
        len(visit.hops) > 1 and identity(visit.final.url) in homes and identity(visit.first.url) not in homes
    )


def _led_to_login(visit: Visit) -> bool:
    return len(visit.hops) > 1 and _LOGIN_PATH.search(path(visit.final.url)) is not None


def _asks_for_login(case: Case, page: PageContent) -> bool:
    """Whether a log-in stands on the page that is not the portal's box on every page."""
    return any(field.asks == "password" for _, members in own_groups(case, page) for field in members)


def _has_table(page: PageContent) -> bool:
    """A table of data: several rows of several cells, numbers among them, none of them a form's or a frame's."""
    for table in page.document.tree.css("table")[:20]:
        if table.css_first("input, form, table table") is not None or not page.owns(table):
            continue
        rows = [cells for row in table.css("tr")[:50] if len(cells := row.css("td")) > 1]
        texts = [cell.text(deep=True).strip()[:100] for cells in rows for cell in cells[:20]]
        headed = len(table.css("tr th")) > 1
        if len(rows) >= _TABLE_ROWS and (headed or sum(map(is_number, texts)) >= _NUMBERED * len(texts)):
            return True
    return False


def _acts(page: PageContent) -> bool:
    """A button or script of the page promises the file: what a visitor's click would bring was not seen."""
    for node in page.document.tree.css(
        "button, input[type=submit], input[type=button], a[onclick], a[href^=javascript]"
    )[:200]:
        label = " ".join(
            (
                node.text(deep=True)[:200],
                node.attributes.get("value") or "",
                node.attributes.get("title") or "",
            )
        )
        if promises_download(label) and page.owns(node):
            return True
    return False


def _says_nothing(document: Document) -> bool:
    """A few words without a link, and no error told: a gate that we do not know looks like this."""
    links = sum(link.element == "a" and link.fetchable for link in document.links)
    return links < 2 and len(document.text) < _GATE and not is_message(f"{document.title} {document.text}")


def _is_bare(page: PageContent) -> bool:
    """A table and little else, as exporters write it: nothing to fill in, to run or to go to, and no word of an error."""
    document = page.document
    if document.tree.css_first(_OF_PAGES) is not None or is_message(f"{document.title} {document.text}"):
        return False
    tables = [table for table in document.tree.css("table") if table.css_first("table table") is None]
    inside = sum(len(" ".join(table.text(deep=True, separator=" ").split())) for table in tables)
    return 2 * inside >= len(document.text)
