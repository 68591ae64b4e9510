"""`services.tracking` (U04): can whoever applied learn what became of it? One finding for each claimed service.

Looked at: the service's own page, or where that was not read the page with its card, and what its links for tracking
lead to. Asked only of services that promise a code there. Not looked at: what a form answers to a real code; nothing is
sent. The form of the agency as a whole is `elements.tracking`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from checks.case import Case
from checks.elements.absence import complete_look
from checks.elements.words import names
from checks.finding import Finding, Verdict
from checks.inert_scripts import settled
from checks.page.boilerplate import reading
from checks.page.forms.kinds import Form, forms
from checks.page.page import Page
from checks.page.wordlist import phrases
from checks.reasons import PORTAL
from checks.services.actions import Action, names_other
from checks.services.each import OfEachService
from checks.services.kinds import LOGIN_KINDS
from checks.services.own_pages import (
    Arrived,
    EntrySummary,
    arrive,
    distinct,
    looked_through,
    of_nobody,
    own_of,
    own_pages,
)
from checks.services.service_cards import card_of
from checks.services.visit.surroundings import repeated_forms
from checks.services.wording import placeholder
from checks.tracking_codes import promise_on, promises_code, without_code
from checks.word_sets import OF_SECTIONS
from claims.model import Service
from web.urls import identity

_MOST_LEADS = 6  # Links to a tracking that are followed. Later ones are not. By hand.


class ServiceTracking(OfEachService):
    """One finding for each claimed service."""

    id = "services.tracking"
    version = 6
    reasons = PORTAL
    words = (*OF_SECTIONS, "tracking_codes.toml")
    criterion = "service_is_tracked"
    effect = "half_of_tracking"

    def _finding(self, case: Case, service: Service) -> Finding:
        own = own_of(case, service)
        if not service.electronic:
            return self._say(service, own, "not_applicable", None, {})
        pages = own_pages(case, service) or _card_page(case, service)
        if not pages:
            unknown = own.verdict != "contradicted"
            reason = own.reason if own.verdict == "inconclusive" else "not_attempted"
            return self._say(
                service, own, "inconclusive" if unknown else "not_applicable", reason if unknown else None, {}
            )
        return self._read(case, service, own, pages)

    def _read(self, case: Case, service: Service, own: EntrySummary, pages: tuple[Page, ...]) -> Finding:
        rests = tuple(dict.fromkeys(id for page in pages for id in page.rests))
        if of_nobody(case, service, pages[0].reading):
            # an unfilled template promises nothing, and another body's page nothing of the agency's
            return self._say(service, own, "not_applicable", None, {}, rests, len(pages))
        promise = _promise(own, distinct(pages))
        if promise is None and own.reason == "needs_browser":
            # what was withheld from the page may promise one
            return self._say(service, own, "inconclusive", "needs_browser", {}, rests, len(pages))
        if promise is None:
            return self._say(service, own, "not_applicable", None, {}, rests, len(pages))
        told: dict[str, Any] = {"promise": promise}
        if own.reason == "tracking_entry":
            observed = {**told, "by": "entry", "url": own.url}
            return self._say(service, own, "verified", None, observed, own.captures, own.attempts)
        if (form := _tracking_form(case, distinct(pages))) is not None:
            excerpt = (form.heading or form.words)[:300]
            observed = {**told, "by": "form", "url": pages[0].url, "excerpt": excerpt}
            return self._say(service, own, "verified", None, observed, rests, len(pages))
        leads = [a for a in own.actions if a.kind in ("link", "script") and _tracks(service, a)]
        return self._followed(case, service, own, pages, leads, told, rests)

    def _followed(
        self,
        case: Case,
        service: Service,
        own: EntrySummary,
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
            if there.page is not None and _shows_tracking(there.page):
                observed = {
                    **told,
                    "by": "link",
                    "url": there.page.url,
                    "excerpt": lead.text[:300],
                }
                return self._say(service, own, "verified", None, observed, ids, 1)
            if there.refuted and there.reason is not None:
                refuted.append((there.reason, lead.url, ids))
            elif (reason := _doubt(case, there)) is not None:
                doubts.append((reason, lead.url, ids))
        if doubts:
            reason, url, ids = doubts[0]
            return self._say(service, own, "inconclusive", reason, {**told, "url": url}, ids or rests, 1)
        if refuted:
            reason, url, ids = refuted[0]
            return self._say(service, own, "contradicted", reason, {**told, "url": url}, ids, 2)
        # what lies behind a login may show it, and so may a form for whatever people asked of the agency
        hidden = own.kind in LOGIN_KINDS or _another_way(case, pages, leads)
        complete = own.page is not None and looked_through(own, pages) and not hidden
        observed = {**told, "url": pages[0].url, "complete_look": complete}
        if complete and complete_look(case):
            observed["read_whole"] = True
        return self._say(service, own, "inconclusive", "no_match", observed, rests, len(pages))

    def _say(
        self,
        service: Service,
        own: EntrySummary,
        verdict: Verdict,
        reason: str | None,
        observed: dict[str, Any],
        captures: tuple[str, ...] = (),
        attempts: int = 0,
    ) -> Finding:
        return self._about(service, verdict, reason, observed, captures or own.captures, attempts)


def _tracks(service: Service, action: Action) -> bool:
    """Whether a link of the service's page is for tracking its requests, and what it says besides names no other matter.

    «رهگیری با کد پیگیری» names none by the code.
    """
    tracks = phrases("user/services_tracking/words.toml", "tracks")
    if tracks.find(action.text) is None:
        return False
    if phrases("page/words/pages.toml", "never_action").find(action.text) is not None:
        return False
    return not action.other or not names_other(service.title, tracks.removed(without_code(action.text)))


def _tracking_form(case: Case, pages: Sequence[Page]) -> Form | None:
    for page in pages:
        for form in forms(page.reading, repeated_forms(case, page.reading)):
            if form.kind == "tracking" and not form.closed:
                return form
    return None


def _shows_tracking(page: Page) -> bool:
    """A form that asks for a code, on a page that was filled in."""
    if placeholder(page.reading) is not None:
        return False
    return any(form.kind == "tracking" and not form.closed for form in forms(page.reading))


def _doubt(case: Case, there: Arrived) -> str | None:
    """Why nobody can say whether a link for tracking leads to it; None where a page without it was read."""
    if there.page is None:
        return there.reason or "not_attempted"
    page = there.page.reading
    if there.gateways or any(
        form.kind in ("login", "join", "other", "lookup", "service") for form in forms(page)
    ):
        return "not_attempted"  # what a login, or another form, hides was not seen
    if not settled(case, there.page.capture):
        return "needs_browser"
    return "limit" if page.document.cut else None


def _card_page(case: Case, service: Service) -> tuple[Page, ...]:
    """The page with the service's card, where the claimed one was not to be read."""
    found = card_of(case, service)
    if found is None:
        return ()
    return (Page(found.capture, reading(case, found.capture), found.capture.url, found.ids, 1),)


def _promise(own: EntrySummary, pages: Sequence[Page]) -> str | None:
    """The sentence, or the card's field, that promises a code."""
    said = next((said for page in pages if (said := promise_on(page.reading)) is not None), None)
    return said or next((value[:300] for _, value in sorted(own.card.items()) if promises_code(value)), None)


def _another_way(case: Case, pages: Sequence[Page], leads: Sequence[Action]) -> bool:
    """Whether the portal's frame on the page leads to tracking, beside what was followed: a citizen may go that way.

    A page that is dead, or was read and takes no code, is no way.
    """
    called = names("tracking")
    followed = {identity(lead.url) for lead in leads if lead.url}
    ways = {
        identity(link.url): link.url
        for page in pages
        for link in page.reading.document.links
        if link.element == "a" and link.fetchable and called.find(link.text) is not None
    }
    return any(_may_track(case, url) for key, url in ways.items() if key not in followed)


def _may_track(case: Case, url: str) -> bool:
    there = arrive(case, url)
    if there.refuted:
        return False
    return there.page is None or _shows_tracking(there.page) or _doubt(case, there) is not None


CHECK = ServiceTracking()
