"""One visit of a URL, judged: the transport, where it ended, what stands there, one hop on.

What several visits together prove is for `entry`.
"""

from __future__ import annotations

from dataclasses import replace

from checks.case import Case, Visit
from checks.outcome import Outcome, received, unattempted
from checks.page.boilerplate import reading
from checks.page.content import PageContent
from checks.page.panels import Panel
from checks.page.soft404 import answered_alike, error_answer
from checks.services.actions import gateway, names_form, route
from checks.services.gateways import names_client
from checks.services.kinds import ENTRY_KINDS, HALF_KINDS
from checks.services.matching.declared import is_name, named
from checks.services.matching.titles import Titles
from checks.services.visit.browsed import RenderedView, view_of
from checks.services.visit.follow import own_link
from checks.services.visit.hop import lead, onward
from checks.services.visit.look import look
from checks.services.visit.parts import claimed_place, look_at_place, panel_of
from checks.services.visit.seen import (
    EntryResult,
    at_gateway,
    is_front,
    left_open,
    moved_away,
    sent_to_gateway,
)
from checks.services.wording import says_nothing
from checks.stand_ins import StandIn, stand_in
from claims.model import Service
from evidence.kinds.page import PageFacts
from evidence.records import Capture

# Characters. A page with fewer that leads on by itself is judged where it leads. As _HOLLOW in look.py.
_LITTLE = 200
# Kinds of a page in which the service may have a part.
_SEVERAL = ("list", "unclear", "untied")
_IN_ITS_PLACE: dict[StandIn | None, str] = {
    "maintenance": "under_construction",
    "default_page": "hollow",
    "parked": "hollow",
}
_DOCUMENTS = (
    "application/pdf",
    "application/msword",
    "application/vnd.",
    "application/rtf",
    "application/zip",
)


def see(case: Case, titles: Titles, service: Service, visit: Visit, url: str) -> EntryResult:
    """A visit of the claimed URL."""
    if (arrived := at_gateway(case, service, visit, "claimed_url")) is not None:
        return arrived
    outcome = received(case, visit)
    if outcome is not None:
        verdict, reason = _in_its_place(case, visit) or outcome
        return EntryResult(verdict, reason, visit.final.url, visit.ids)
    if not case.is_html(visit.final):
        return _not_html(case, visit)
    if (moved := moved_away(case, url, visit.final.url, visit.ids, visit.final)) is not None:
        return moved
    view = view_of(case, url, visit)
    if view.page is None and (sent_on := _sent_on(case, titles, service, visit, url)) is not None:
        return sent_on
    if view.failure is not None:
        return EntryResult("inconclusive", view.failure, url, (*visit.ids, *view.ids))
    captures = (*visit.ids, *view.ids)
    if view.page is not None and isinstance(view.page.facts, PageFacts):
        final = view.page.facts.final_url
        if not route(url) and (moved := moved_away(case, url, final, captures)) is not None:
            return moved
        if (kind := gateway(final)) is not None:
            return sent_to_gateway(
                kind, final, names_client(case, service, final, view.page), captures, "claimed_url"
            )
    return _read(case, titles, service, visit, view, captures)


def _in_its_place(case: Case, visit: Visit) -> Outcome | None:
    """What a notice or a default page in place of the service's own says; None where the whole portal shows one."""
    reason = _IN_ITS_PLACE.get(stand_in(case, visit))
    if reason is None or all(stand_in(case, home) is not None for home in case.visits(case.agency.portal)):
        return None
    return "contradicted", reason


def _sent_on(case: Case, titles: Titles, service: Service, visit: Visit, url: str) -> EntryResult | None:
    """A page that says little and sends its visitors on by <meta refresh>, followed once."""
    target = case.document(visit.final).refresh
    if target is None or len(reading(case, visit.final).text) >= _LITTLE:
        return None
    if (kind := gateway(target)) is not None:
        return sent_to_gateway(
            kind, target, names_client(case, service, target, None), visit.ids, "claimed_url"
        )
    if (moved := moved_away(case, url, target, visit.ids)) is not None:
        return moved
    onward_visits = case.visits(target)
    if not onward_visits:
        return EntryResult("inconclusive", unattempted(case, target), target, visit.ids)
    same = next((v for v in onward_visits if v.first.attempt == visit.first.attempt), onward_visits[-1])
    if case.is_html(same.final) and case.document(same.final).refresh is not None:
        return EntryResult("inconclusive", "ambiguous", target, visit.ids)
    seen = see(case, titles, service, same, target)
    return replace(seen, captures=(*visit.ids, *seen.captures))


def _read(
    case: Case, titles: Titles, service: Service, visit: Visit, view: RenderedView, captures: tuple[str, ...]
) -> EntryResult:
    capture = view.page or visit.final
    if (error := error_answer(case, capture)) is not None:
        excerpt = error.text or reading(case, capture).text[:300]
        if view.broken is not None:
            # an application whose data did not come says so, and nothing of whether there is such a page
            return EntryResult(
                "inconclusive", view.broken, view.url, captures, excerpt=excerpt, notes=("data_failed",)
            )
        return EntryResult(
            error.verdict, error.reason, capture.url, captures, excerpt=excerpt, notes=(error.sign,)
        )
    here = capture.url if view.page is None else view.url
    seen = _seen(case, titles, service, capture, here, captures)
    if view.differs or (
        (seen.verdict == "contradicted" or seen.reason == "no_match")
        and _sent_an_entry(case, titles, service, visit, view)
    ):
        return left_open(seen, "ambiguous", "differs_in_browser")
    if (
        seen.reason in ("ambiguous", "no_match")
        and view.broken is not None
        and says_nothing(reading(case, capture))
    ):
        return left_open(seen, view.broken, "data_failed")
    if (
        seen.verdict != "verified"
        and seen.reason not in ("needs_browser", "limit")
        and answered_alike(case, capture)
    ):
        return left_open(seen, "ambiguous", "like_random_path")
    if seen.verdict == "contradicted" and view.lost:
        return left_open(seen, "needs_browser", "script_lost")
    if seen.verdict == "contradicted" and any(case.read_in_part(id_) for id_ in seen.captures):
        return left_open(seen, "limit", "read_in_part")  # the entry may stand in the rest
    return seen


def _seen(
    case: Case, titles: Titles, service: Service, capture: Capture, here: str, captures: tuple[str, ...]
) -> EntryResult:
    """The part of the page that the claim names, where it decides; else the page, and the service's panel in it."""

    def at(place: str | Panel | None) -> EntryResult | None:
        found = look_at_place(case, titles, service, capture, place) if place is not None else None
        seen = onward(case, titles, service, found, here, captures) if found is not None else None
        return seen if seen is not None and seen.verdict != "inconclusive" else None

    if (seen := at(claimed_place(service))) is not None:
        return seen
    whole = onward(case, titles, service, look(case, titles, service, capture), here, captures)
    if whole.verdict != "inconclusive" or whole.look is None or whole.kind not in _SEVERAL:
        return whole
    if (seen := at(panel_of(titles, service, reading(case, capture)))) is not None:
        return seen
    return _one_link_on(case, titles, service, whole, captures) or whole


def _one_link_on(
    case: Case, titles: Titles, service: Service, whole: EntryResult, captures: tuple[str, ...]
) -> EntryResult | None:
    """What stands behind the one link of a list, home page or root that is the service's; None unless it is an entry."""
    assert whole.look is not None
    page = reading(case, whole.look.capture)
    if whole.look.tie.tied or whole.look.tie.other is not None or not _leads_only(case, whole, page):
        return None
    action = own_link(titles, service, page)
    if action is None:
        return None
    led = lead(case, titles, service, whole.look, action, captures)
    if led.seen is None or led.seen.verdict not in ("verified", "partial"):
        return None
    return replace(led.seen, look=whole.look, notes=(*led.seen.notes, "one_link_on"))


def _leads_only(case: Case, whole: EntryResult, page: PageContent) -> bool:
    """Whether the page is a list, a home page or the root of an application, or its heading names no matter."""
    url, main = page.document.url, page.main_heading
    if whole.kind == "list" or is_front(case, url):
        return True
    return main is None or not is_name(main.text, named(case, page))


def _sent_an_entry(case: Case, titles: Titles, service: Service, visit: Visit, view: RenderedView) -> bool:
    """Whether the server sent an entry that the browser does not show."""
    if view.page is None:
        return False
    return look(case, titles, service, visit.final).kind in (*ENTRY_KINDS, *HALF_KINDS)


def _not_html(case: Case, visit: Visit) -> EntryResult:
    """A message that there is nothing says so; a document that is a form by its name says that there is nothing but a
    form; any other says nothing."""
    if (error := error_answer(case, visit.final)) is not None:
        url = visit.final.url
        return EntryResult(
            error.verdict, error.reason, url, visit.ids, excerpt=error.text, notes=(error.sign,)
        )
    kind = (visit.facts.header("content-type") or "").lower()
    name = f"{visit.final.url} {visit.facts.header('content-disposition') or ''}"
    if kind.startswith(_DOCUMENTS) and names_form(name):
        return EntryResult(
            "contradicted", "form_download_only", visit.final.url, visit.ids, "document", kind[:100]
        )
    return EntryResult("inconclusive", "no_match", visit.final.url, visit.ids)
