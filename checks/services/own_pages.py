"""The service's own page and what stands one link on, for checks that read further there than the entry.

Found as the entry is (`entry`), kept as values: no page and no element outlives its turn. Nothing is judged here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checks.case import Case, Visit
from checks.finding import Verdict
from checks.outcome import received, unattempted, unproven
from checks.page.boilerplate import reading
from checks.page.content import PageContent
from checks.page.page import Page
from checks.page.soft404 import answered_alike, error_answer
from checks.services.actions import gateway, route
from checks.services.entries import find_entry
from checks.services.foreign import other_body
from checks.services.matching.titles import titles_of
from checks.services.own import EntrySummary, own_from, own_key
from checks.services.visit.browsed import at_rest, view_of
from checks.services.visit.parts import claimed_place
from checks.services.visit.seen import homes
from checks.services.wording import placeholder
from claims.model import Service
from web.urls import identity

__all__ = [
    "Arrived",
    "EntrySummary",
    "arrive",
    "distinct",
    "looked_through",
    "of_nobody",
    "own_of",
    "own_pages",
    "titles_of",
]


@dataclass(frozen=True, slots=True)
class Arrived:
    """What stands at an address. page: what was read there; None with the reason why there is none.

    refuted: the address leads nowhere, on evidence that may carry a contradiction. document: a file stands there.
    gateways: addresses of national gateways that the visits were sent on to.
    """

    page: Page | None
    reason: str | None = None
    ids: tuple[str, ...] = ()
    refuted: bool = False
    document: bool = False
    gateways: tuple[str, ...] = ()


def own_of(case: Case, service: Service) -> EntrySummary:
    """What the look for the entry came to, made once for the agency."""
    return case.derived(own_key(service), lambda: _own(case, service))


def _own(case: Case, service: Service) -> EntrySummary:
    return own_from(*find_entry(case, titles_of(case), service))


def own_pages(case: Case, service: Service) -> tuple[Page, ...]:
    """The service's own page as each visit saw it, in order of time; the part of it that the claim names."""
    own = own_of(case, service)
    if own.page is None:
        return ()
    found: list[Page] = []
    before: tuple[Visit, Page] | None = None
    for visit in case.visits(own.page):
        if before is not None and _same_answer(case, before[0], visit):
            page: Page | None = _again(before[1], visit)
        else:
            page = _seen(case, own.page, visit)
        if page is not None:
            found.append(page)
            before = visit, page
    if not found:
        shown = [page for page in case.rendered(own.page) if at_rest(page)]
        found = [Page(one, reading(case, one), own.page, (one.id,), 1) for one in shown[:1]]
    place = claimed_place(service)
    return tuple(_part(page, place) for page in found)


def _same_answer(case: Case, one: Visit, other: Visit) -> bool:
    """To the byte, from the same address: it is read once."""
    if other.status != one.status or other.looped or other.open or other.facts.truncated is not None:
        return False
    same = other.final.url == one.final.url and other.facts.size == one.facts.size
    return same and case.evidence.body(other.final.id) == case.evidence.body(one.final.id)


def _again(page: Page, visit: Visit) -> Page:
    if page.capture.kind == "page":
        return Page(page.capture, page.reading, page.url, (*visit.ids, page.capture.id), 1)
    return Page(visit.final, page.reading, page.url, visit.ids, 1)


def _part(page: Page, place: str | None) -> Page:
    part = page.reading.part(place) if place is not None else None
    return page if part is None else Page(page.capture, part, page.url, page.rests, page.attempts)


def _seen(case: Case, url: str, visit: Visit) -> Page | None:
    """A visit's page, as people see it; None where none was read."""
    if received(case, visit) is not None or not case.is_html(visit.final):
        return None
    view = view_of(case, url, visit)
    capture = view.page or visit.final
    if view.failure is not None or error_answer(case, capture) is not None or answered_alike(case, capture):
        return None
    return Page(capture, reading(case, capture), visit.final.url, (*visit.ids, *view.ids), 1)


def of_nobody(case: Case, service: Service, page: PageContent) -> bool:
    """Whether a page of the service is an unfilled template, or another body's: what it offers is nobody's."""
    return placeholder(page, service.title) is not None or other_body(case, service, page) is not None


def arrive(case: Case, url: str) -> Arrived:
    """What stands at the address of a link: the first good visit of it, else why there is none."""
    visits = case.visits(url)
    if not visits:
        return _rendered_alone(case, url) or Arrived(None, unattempted(case, url))
    ids = tuple(dict.fromkeys(id for visit in visits for id in visit.ids))
    gateways = tuple(dict.fromkeys(target for visit in visits for target in _gateways(visit)))
    told: list[tuple[Verdict, str]] = []
    for visit in visits:
        outcome = received(case, visit)
        if outcome is None and not case.is_html(visit.final):
            return Arrived(None, "no_match", ids, document=True, gateways=gateways)
        if outcome is None and _is_home(case, url, visit):
            outcome = ("contradicted", "redirects_home")
        if outcome is None and (page := _seen(case, url, visit)) is not None:
            return Arrived(page, None, page.rests, gateways=gateways)
        told.append(outcome or _unread(case, url, visit))
    doubts = [reason for verdict, reason in told if verdict == "inconclusive"]
    if doubts or len(set(told)) > 1:
        return Arrived(None, doubts[-1] if doubts else "ambiguous", ids, gateways=gateways)
    if not case.proven(visits):
        return Arrived(None, unproven(case, visits), ids, gateways=gateways)
    return Arrived(None, told[0][1], ids, refuted=True, gateways=gateways)


def _rendered_alone(case: Case, url: str) -> Arrived | None:
    """A route of an application, which no exchange but the browser's own shows."""
    if not route(url):
        return None
    for one in case.rendered(url):
        if at_rest(one) and "#" in one.url:
            return Arrived(Page(one, reading(case, one), url, (one.id,), 1), None, (one.id,))
    return None


def _gateways(visit: Visit) -> Iterator[str]:
    reached = [hop.url for hop in visit.hops]
    if visit.open and visit.facts.redirect:
        reached.append(visit.facts.redirect)
    yield from (target for target in reached if gateway(target) is not None)


def _is_home(case: Case, url: str, visit: Visit) -> bool:
    home = homes(case)
    return identity(url) not in home and identity(visit.final.url) in home and not route(url)


def _unread(case: Case, url: str, visit: Visit) -> tuple[Verdict, str]:
    view = view_of(case, url, visit)
    if view.failure is not None:
        return "inconclusive", view.failure
    error = error_answer(case, view.page or visit.final)
    return ("inconclusive", "ambiguous") if error is None else (error.verdict, error.reason)


def distinct(pages: tuple[Page, ...]) -> tuple[Page, ...]:
    """Without visits that saw what one before them saw."""
    return tuple({id(page.reading): page for page in reversed(pages)}.values())[::-1]


def looked_through(own: EntrySummary, pages: tuple[Page, ...]) -> bool:
    """Whether the service's page was read to its end, as people see it, and nothing that it asked for was withheld."""
    return (
        bool(pages)
        and not own.scripted
        and own.reason != "needs_browser"
        and not any(page.reading.document.cut for page in pages)
    )
