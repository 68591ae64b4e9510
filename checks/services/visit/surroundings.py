"""What stands around a page: the frames inside it, and the forms that the whole portal shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from checks.case import Case, Visit
from checks.outcome import received
from checks.page.boilerplate import best_view, reading
from checks.page.boxes import is_login, of_portal
from checks.page.content import PageContent
from checks.page.forms.groups import Signature
from checks.page.forms.kinds import forms
from checks.page.wordlist import table
from evidence.records import Capture
from web.urls import host, path

_MEDIA = re.compile(r"\.(?:pdf|swf|svg|png|jpe?g|gif|webp|mp[34]|webm|ogg|ogv|wav|mov|avi)$", re.IGNORECASE)
_MOST_FRAMES = 4  # Frames of a page that are read. With more, the page counts as not seen whole.
_SRCDOC = "about:srcdoc"  # the address of such documents in HTML
_LEADS_ON = re.compile(
    r"<(?:form|input|select|textarea|button|a|script|i?frame|object|embed)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Inside:
    """The document of a frame, as the browser shows it. visit: that got it."""

    page: PageContent
    capture: Capture
    visit: Visit


@dataclass(frozen=True, slots=True)
class Framed:
    """pages: documents of the frames of the agency. unread: URLs of such frames that were not read: they did not come, there
    are more of them than are read, or their text stands in the page itself (`srcdoc`).

    foreign: URLs of frames of others that may hold what the page is for.
    """

    pages: tuple[Inside, ...]
    unread: tuple[str, ...]
    foreign: tuple[str, ...]


def framed_pages(case: Case, page: PageContent) -> Framed:
    """Frames of the page, one hop; maps, players and chats of others are left out."""
    pages: list[Inside] = []
    unread: list[str] = []
    foreign: list[str] = []
    urls = dict.fromkeys(
        link.url
        for link in page.document.links
        if link.fetchable
        and (
            link.element in ("iframe", "frame")
            or (link.element in ("object", "embed") and not _MEDIA.search(path(link.url)))
        )
    )
    for url in urls:
        if len(unread) > _MOST_FRAMES or len(foreign) >= _MOST_FRAMES:
            break  # enough to say that the page was not seen whole
        if not case.owns(host(url)):
            if not beside(host(url)) and url not in _at_home(case):
                foreign.append(url)
            continue
        if len(pages) >= _MOST_FRAMES:
            unread.append(url)
            break
        good = next((visit for visit in case.visits(url) if received(case, visit) is None), None)
        if good is None or not case.is_html(good.final):
            unread.append(url)
        else:
            view = best_view(case, good.final)
            pages.append(Inside(reading(case, view), view, good))
    written = (
        (node.attributes.get("srcdoc") or "", node) for node in page.document.tree.css("iframe[srcdoc]")
    )
    if any(
        _LEADS_ON.search(told) and told not in _at_home(case) and page.owns(node) for told, node in written
    ):
        unread.append(_SRCDOC)
    return Framed(tuple(pages), tuple(unread), tuple(foreign))


def beside(name: str) -> bool:
    """Whether a host is known for what stands beside a page's matter: maps, players, chats, counters."""
    lists = table("page/words/pages.toml")
    return name not in lists["form_hosts"] and any(
        name == known or name.endswith(f".{known}") for known in lists["beside_hosts"]
    )


def _at_home(case: Case) -> frozenset[str]:
    """Addresses of the frames that the home page shows too, and texts of those that have none."""
    return case.derived("frames at home", lambda: frozenset(_frames_at_home(case)))


def _frames_at_home(case: Case) -> Iterator[str]:
    for capture in case.pages:
        if capture.purpose == "home":
            document = case.document(best_view(case, capture))
            yield from (link.url for link in document.links if link.element in ("iframe", "frame"))
            yield from (node.attributes.get("srcdoc") or "" for node in document.tree.css("iframe[srcdoc]"))


def repeated_forms(case: Case, page: PageContent) -> frozenset[Signature]:
    """Signatures of forms that most pages show; not of the login on a page that is the login."""
    wide = of_portal(case, page)
    if not wide or not is_login(page):
        return wide
    return wide - {form.signature for form in forms(page) if form.is_account}
