"""`services.support` (U05): guide, frequent questions, telephone, e-mail and hours. One finding for each claimed service.

Looked at: the text of the service's own page, the portal's frame taken away, and one link on: pages that the page's
links call a guide, frequent questions or contact, those of the agency as a whole included. Not looked at: how good the
help is, and who answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from checks.case import Case
from checks.elements.absence import complete_look
from checks.elements.substance import substance
from checks.elements.words import names
from checks.finding import Finding, Verdict
from checks.inert_scripts import settled
from checks.page.page import Page
from checks.page.wordlist import phrases
from checks.reasons import PORTAL
from checks.services.each import OfEachService
from checks.services.foreign import other_body
from checks.services.own_pages import arrive, distinct, looked_through, own_of, own_pages
from checks.services.wording import placeholder
from checks.user.ways_of_help import HELPS, WORDS, Help, helps_of
from checks.word_sets import OF_SECTIONS
from claims.model import Service
from web.urls import identity

Leads = Literal["guide", "faq", "contact"]
# What a page under such a name may add.
_ADDS: Mapping[Leads, tuple[Help, ...]] = {
    "guide": ("guide",),
    "faq": ("faq",),
    "contact": ("phone", "mail", "hours"),
}
_MOST_LEADS = 4  # Links to help that are followed. Later ones are not. By hand.
_LONGEST = 60  # Characters of a link's words. Longer is a sentence.
_GUIDE = 200  # characters of a page that is called a guide; two sentences only say where to begin


@dataclass(frozen=True, slots=True)
class _LinkedHelp:
    """What the page of one link gives: kinds of help with their words. open: nobody could say. ids: captures."""

    helps: Mapping[Help, str]
    open: bool
    ids: tuple[str, ...]


class ServiceSupport(OfEachService):
    """One finding for each claimed service."""

    id = "services.support"
    version = 4
    reasons = PORTAL
    words = OF_SECTIONS
    criterion = "service_is_supported"
    effect = "share_of_help"

    def _finding(self, case: Case, service: Service) -> Finding:
        own = own_of(case, service)
        if not service.electronic:
            return self._about(service, "not_applicable", None, {}, own.captures, 0)
        pages = own_pages(case, service)
        if not pages:
            return self._without_page(service, own)
        found: dict[Help, dict[str, str]] = {}
        rests = [id for page in pages for id in page.rests]
        for page in distinct(pages):
            if other_body(case, service, page.reading) is None:
                for kind, words in helps_of(page.reading).items():
                    found.setdefault(kind, {"by": "page", "excerpt": words})
        unsettled: set[Help] = set()
        if placeholder(pages[0].reading, service.title) is None:
            unsettled = _one_link_on(case, distinct(pages), found, rests)
        if any(action.kind == "mail" for action in own.actions):
            found.setdefault(
                "mail", {"by": "page", "excerpt": next(a.url for a in own.actions if a.kind == "mail")[:200]}
            )
        if not looked_through(own, pages):
            unsettled |= set(HELPS)
        unsettled -= set(found)
        observed: dict[str, Any] = {
            "found": len(found),
            "of": len(HELPS),
            "unsettled": len(unsettled),
            "given": {kind: found[kind] for kind in HELPS if kind in found},
            "lacking": [kind for kind in HELPS if kind not in found],
            "url": pages[0].url,
        }
        ids = tuple(dict.fromkeys(rests))
        if not found and not unsettled:
            observed["complete_look"] = True
            if complete_look(case):
                observed["read_whole"] = True
            return self._about(service, "inconclusive", "no_match", observed, ids, len(pages))
        verdict: Verdict = "verified" if len(found) == len(HELPS) else "partial"
        if not found:
            return self._about(service, "inconclusive", "not_attempted", observed, ids, len(pages))
        return self._about(service, verdict, None, observed, ids, len(pages))


def _one_link_on(
    case: Case, pages: Sequence[Page], found: dict[Help, dict[str, str]], rests: list[str]
) -> set[Help]:
    """Adds what the page's links lead to; returns the kinds that a link names and nobody could look at."""
    unsettled: set[Help] = set()
    for name, adds in _ADDS.items():
        if all(kind in found for kind in adds):
            continue
        for url in _links(name, pages):
            linked = _linked_help(case, name, url)
            for kind in adds:
                if kind in linked.helps and kind not in found:
                    found[kind] = {"by": "link", "excerpt": linked.helps[kind], "url": url}
                    rests.extend(linked.ids)
                elif linked.open:
                    unsettled.add(kind)
    return unsettled


def _links(name: Leads, pages: Sequence[Page]) -> list[str]:
    """Addresses of the page's links by that name, its own first, then those of the portal's frame."""
    called = names("faq") if name == "faq" else phrases(WORDS, "guides" if name == "guide" else "contacts")
    own: dict[str, str] = {}
    rest: dict[str, str] = {}
    for page in pages:
        here = {
            (anchor.attributes.get("href") or "").strip()
            for line in page.reading.own
            for anchor in line.anchors
        }
        for link in page.reading.document.links:
            if link.element != "a" or not link.fetchable or not 2 <= len(link.text) <= _LONGEST:
                continue
            if called.find(link.text) is not None and identity(link.url) != identity(page.url):
                (own if link.raw.strip() in here else rest).setdefault(identity(link.url), link.url)
    # a guide of the portal as a whole is none of the service
    urls = (
        [*own.values()] if name == "guide" else [*own.values(), *(u for k, u in rest.items() if k not in own)]
    )
    return urls[:_MOST_LEADS]


def _linked_help(case: Case, name: Leads, url: str) -> _LinkedHelp:
    return case.derived(("help", name, identity(url)), lambda: _read(case, name, url))


def _read(case: Case, name: Leads, url: str) -> _LinkedHelp:
    there = arrive(case, url)
    if there.document:
        return _LinkedHelp({"guide": url[:200]} if name == "guide" else {}, name != "guide", there.ids)
    if there.page is None:
        return _LinkedHelp({}, not there.refuted, there.ids)
    page = there.page.reading
    unread = not settled(case, there.page.capture)
    if other_body(case, None, page, mentions=False) is not None:
        return _LinkedHelp({}, False, there.ids)
    helps = helps_of(page)
    if name == "guide" and placeholder(page) is None and len(page.text) >= _GUIDE:
        helps.setdefault("guide", page.text[:200])
    if name == "faq" and substance(case, "faq", page).worth == "substance":
        helps.setdefault("faq", page.text[:200])
    return _LinkedHelp({kind: helps[kind] for kind in _ADDS[name] if kind in helps}, unread, there.ids)


CHECK = ServiceSupport()
