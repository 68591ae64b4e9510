"""`services.tracking` (U04): can whoever applied learn what became of it? One finding for each claimed service.

Looked at: the service's own page, its card, and what its own links for tracking lead to. Asked only of services that
promise a code, or that offer to track. Not looked at: what a form answers to a real code; nothing is sent. The form
of the agency as a whole is `elements.tracking`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from checks.case import Case
from checks.element_words import names
from checks.finding import Finding, Verdict
from checks.promised import promises_code
from checks.sections import Page
from checks.services.actions import Action
from checks.services.each import OfEachService
from checks.services.forms import Form, forms
from checks.services.own_pages import (
    Arrived,
    Own,
    arrive,
    distinct,
    looked_through,
    of_nobody,
    own_of,
    own_pages,
)
from checks.services.surroundings import repeated_forms
from checks.services.wording import placeholder, sentences
from checks.wordlist import Phrases, phrases
from claims.model import Service
from evidence.urls import identity

_TRACKS = Phrases(
    ["پیگیری", "رهگیری", "پیگیری درخواست", "رهگیری درخواست", "وضعیت درخواست", "وضعیت پرونده", "track", "tracking",
     "check status", "status of your request", "متابعة"]
)  # fmt: skip
_MOST_LEADS = 6


class ServiceTracking(OfEachService):
    """The check of this module."""

    id = "services.tracking"
    version = 2
    criterion = "service_is_tracked"
    effect = "half_of_tracking"

    def _finding(self, case: Case, service: Service) -> Finding:
        own = own_of(case, service)
        if not service.electronic:
            return self._say(service, own, "not_applicable", None, {})
        if own.reason == "tracking_entry":
            observed = {"by": "entry", "url": own.url}
            return self._say(service, own, "verified", None, observed, own.captures, own.attempts)
        pages = own_pages(case, service)
        if not pages:
            unknown = own.verdict != "contradicted"
            reason = own.reason if own.verdict == "inconclusive" else "not_attempted"
            return self._say(
                service, own, "inconclusive" if unknown else "not_applicable", reason if unknown else None, {}
            )
        return self._read(case, service, own, pages)

    def _read(self, case: Case, service: Service, own: Own, pages: tuple[Page, ...]) -> Finding:
        rests = tuple(dict.fromkeys(id for page in pages for id in page.rests))
        if of_nobody(case, service, pages[0].reading):
            # an unfilled template promises nothing, and another body's page nothing of the agency's
            return self._say(service, own, "not_applicable", None, {}, rests, len(pages))
        if (form := _tracking_form(case, distinct(pages))) is not None:
            observed: dict[str, Any] = {"by": "form", "url": pages[0].url}
            observed["excerpt"] = (form.heading or form.words)[:300]
            return self._say(service, own, "verified", None, observed, rests, len(pages))
        promise = _promise(own, distinct(pages))
        leads = [a for a in own.actions if a.kind in ("link", "script") and not a.other and _tracks(a)]
        if promise is None and not leads:
            return self._say(service, own, "not_applicable", None, {}, rests, len(pages))
        told: dict[str, Any] = {"promise": promise}
        return self._followed(case, service, own, pages, leads, told, rests)

    def _followed(
        self,
        case: Case,
        service: Service,
        own: Own,
        pages: tuple[Page, ...],
        leads: Sequence[Action],
        told: dict[str, Any],
        rests: tuple[str, ...],
    ) -> Finding:
        doubts: list[tuple[str, str, tuple[str, ...]]] = []
        refuted: list[tuple[str, str, tuple[str, ...]]] = []
        for lead in leads[:_MOST_LEADS]:
            if lead.kind == "script":
                doubts.append(("not_attempted", "", ()))
                continue
            there = arrive(case, lead.url)
            ids = (*rests, *there.ids)
            if there.page is not None and _shows_tracking(case, there.page):
                observed = {
                    **told,
                    "by": "link",
                    "url": there.page.url,
                    "excerpt": lead.text[:300],
                }
                return self._say(service, own, "verified", None, observed, ids, 1)
            if there.refuted and there.reason is not None:
                refuted.append((there.reason, lead.url, ids))
            elif (reason := _doubt(there)) is not None:
                doubts.append((reason, lead.url, ids))
        if doubts:
            reason, url, ids = doubts[0]
            return self._say(service, own, "inconclusive", reason, {**told, "url": url}, ids or rests, 1)
        if refuted:
            reason, url, ids = refuted[0]
            return self._say(service, own, "contradicted", reason, {**told, "url": url}, ids, 2)
        complete = looked_through(own, pages) and not _agency_wide(pages, leads)
        observed = {**told, "url": pages[0].url, "complete_look": complete}
        return self._say(service, own, "inconclusive", "no_match", observed, rests, len(pages))

    def _say(
        self,
        service: Service,
        own: Own,
        verdict: Verdict,
        reason: str | None,
        observed: dict[str, Any],
        captures: tuple[str, ...] = (),
        attempts: int = 0,
    ) -> Finding:
        return self._about(service, verdict, reason, observed, captures or own.captures, attempts)


def _tracks(action: Action) -> bool:
    return (
        _TRACKS.find(action.text) is not None
        and phrases("pages.toml", "never_action").find(action.text) is None
    )


def _tracking_form(case: Case, pages: Sequence[Page]) -> Form | None:
    for page in pages:
        for form in forms(page.reading, repeated_forms(case, page.reading)):
            if form.kind == "tracking" and not form.closed:
                return form
    return None


def _shows_tracking(case: Case, page: Page) -> bool:
    """A form that asks for a code, on a page that was filled in."""
    if placeholder(page.reading) is not None:
        return False
    return any(form.kind == "tracking" and not form.closed for form in forms(page.reading))


def _doubt(there: Arrived) -> str | None:
    """Why nobody can say whether a link for tracking leads to it; None where a page without it was read."""
    if there.page is None:
        return there.reason or "not_attempted"
    page = there.page.reading
    if there.gateways or any(
        form.kind in ("login", "join", "other", "lookup", "service") for form in forms(page)
    ):
        return "not_attempted"  # what a login, or another form, hides was not seen
    if page.document.scripts and there.page.capture.kind != "page":
        return "needs_browser"
    return "limit" if page.document.cut else None


def _promise(own: Own, pages: Sequence[Page]) -> str | None:
    """The sentence, or the card's field, that promises a code."""
    for page in pages:
        for text, _ in sentences(page.reading):
            if promises_code(text):
                return text[:300]
    return next((value[:300] for _, value in sorted(own.card.items()) if promises_code(value)), None)


def _agency_wide(pages: Sequence[Page], leads: Sequence[Action]) -> bool:
    """Whether the portal's frame on the page leads to tracking, beside what was followed: a citizen may go that way."""
    called = names("tracking")
    followed = {identity(lead.url) for lead in leads if lead.url}
    return any(
        called.find(link.text) is not None and identity(link.url) not in followed
        for page in pages
        for link in page.reading.document.links
        if link.element == "a" and link.fetchable
    )
