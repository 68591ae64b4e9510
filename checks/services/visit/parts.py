"""A part of a page, for one claim: what the claimed fragment names, or the one panel that bears the claimed title.

A part is read like a page, with the dialogs that its buttons open. Against anyone it counts under stricter rules.
"""

from __future__ import annotations

from dataclasses import replace

from checks.case import Case
from checks.page.boilerplate import reading
from checks.page.content import PageContent
from checks.page.dialogs import opened_by
from checks.page.forms.kinds import forms
from checks.page.lines import selector
from checks.page.panels import Panel, panel_at, panel_titles, panels
from checks.services.actions import actions, route
from checks.services.matching.tie import reads_like_another, tie
from checks.services.matching.titles import EXACT, MATCH, Titles
from checks.services.ownership import doubtful
from checks.services.visit.look import PageClassification, look
from checks.services.visit.surroundings import Framed, framed_pages, repeated_forms
from checks.services.wording import is_collection
from claims.model import Service
from evidence.records import Capture
from web.urls import split_fragment

_MANY = 2  # Titles of other services that make a page a list, of which one part is the claim's
# Kinds of a part of a page that say that there is no entry, whatever else is missing in it.
_SAYS_SO = ("in_person", "form_download")


def claimed_place(service: Service) -> str | None:
    """The part of the page that the claimed URL names."""
    if service.url is None or route(service.url):
        return None
    return split_fragment(service.url)[1] or None


def panel_of(titles: Titles, service: Service, page: PageContent) -> Panel | None:
    """The one panel of the page whose title is the claim's, and no other panel's is near; None without one.

    None, too, where the claim names another part of the page, and on a page of questions or notices.
    """
    if is_collection(page):
        return None
    place = claimed_place(service)
    if place is not None and page.part(place) is not None:
        return None
    named = [(titles.score(service, panel.said), panel) for panel in panels(page.document.tree.body)]
    named = [(score, panel) for score, panel in named if score >= MATCH]
    return named[0][1] if len(named) == 1 and named[0][0] >= EXACT else None


def look_at_place(
    case: Case, titles: Titles, service: Service, capture: Capture, place: str | Panel
) -> PageClassification | None:
    """A part of the page; None where it is none of this service.

    Against anyone it counts only by what it says itself, on a page of many services, and where nothing outside of
    the panels may be the entry. That it offers nothing counts only where the claim names it, it leads nowhere, and
    panels beside it do offer something.
    """
    page = reading(case, capture)
    part = page.part(place)
    if part is None:
        return None
    at = look(case, titles, service, capture, part=part)
    if not at.tie.tied:
        return None
    panel = panel_at(page.document.tree.body, place) if isinstance(place, str) else place
    if panel is not None:  # what opens the panel opens nothing else
        opener = ("", selector(panel.control), panel.said[:120])
        rest = tuple(one for one in at.actions if (one.url, one.selector, one.text) != opener)
        at = replace(at, actions=rest)
    if _counts(case, titles, service, page, part, at, place):
        return at
    return replace(at, doubt=at.doubt or "ambiguous")


def _counts(
    case: Case,
    titles: Titles,
    service: Service,
    page: PageContent,
    part: PageContent,
    at: PageClassification,
    place: str | Panel,
) -> bool:
    """Whether what the part lacks may be held against anyone."""
    says_so = at.kind in _SAYS_SO
    if not says_so and (at.kind != "information" or not isinstance(place, str) or at.actions):
        return False
    if not _of_many(titles, service, page) or framed_pages(case, page) != Framed((), (), ()):
        return False
    if opened_by(page.document.tree.body, part.around).shared:
        return False
    if _offers(case, titles, service, page.beside(place)):
        return False
    return says_so or _offers(case, titles, service, page)


def _offers(case: Case, titles: Titles, service: Service, page: PageContent) -> bool:
    """Whether a form or a link may be an entry of something."""
    if any(not action.weak for action in actions(page, titles, service)):
        return True
    return any(doubtful(form) for form in forms(page, repeated_forms(case, page)))


def _of_many(titles: Titles, service: Service, page: PageContent) -> bool:
    """Whether the page is a list of services, or its panels are; else other parts may be of this service too."""
    others = panel_titles(page.document.tree.body)
    return (
        tie(titles, service, page).listing
        or sum(reads_like_another(titles, service, title) for title in others) >= _MANY
    )
