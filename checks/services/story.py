"""The whole story of one claim: where it was looked for, what was seen, what competed, why this verdict.

Made of what the judges return, asked once more: nothing is judged here, and the check itself runs without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from checks.case import Case, Visit
from checks.finding import Finding
from checks.outcome import received, unattempted
from checks.services.actions import Action
from checks.services.candidates import Candidate, ranked
from checks.services.chapters import (
    FollowedLink,
    GateTold,
    Hop,
    PageTold,
    Place,
    Render,
    Rival,
    State,
    Story,
    TieTold,
    VisitTold,
)
from checks.services.entries import find_entry, gates, tried
from checks.services.matching.titles import MARGIN, MATCH, Titles
from checks.services.visit.alias import AliasState, called
from checks.services.visit.blockers import Blocker
from checks.services.visit.browsed import view_of
from checks.services.visit.hop import LinkResult, followed
from checks.services.visit.look import PageClassification
from checks.services.visit.seen import EntryResult
from checks.services.visit.visited import see
from claims.model import Service
from evidence.kinds.http import HttpFacts
from evidence.kinds.page import PageFacts
from evidence.kinds.screenshot import ScreenshotFacts
from evidence.records import Capture
from web.urls import identity

_MOST_PLACES = 12  # Places that an explanation lists. It counts the others.
_MOST_RIVALS = 3  # Rivals that an explanation lists, best first


def story(case: Case, titles: Titles, service: Service, finding: Finding) -> Story:
    """The story of a claim of the case's agency. finding: of `services.entry`, of the same evidence."""
    claim = service
    seen, _ = find_entry(case, titles, service)
    places, further = _places(case, titles, service, seen)
    if seen.alias is not None and seen.alias.void is None:  # read as the page that an auditor chose
        service = called(titles, service, seen.alias)
        titles = titles.called(service)
        places = (_chosen(seen, seen.alias), *(replace(place, decided=False) for place in places))
    where = next((place.url for place in places if place.decided), case.agency.portal)
    visits = case.visits(where)
    searched = service.url is None and not any(place.decided for place in places)
    looks = [] if searched else [see(case, titles, service, visit, where) for visit in visits]
    at = seen.look or next((look.look for look in looks if look.look is not None), None)
    renders = _renders(case, where, visits)
    shown = [hop.id for visit in visits for hop in visit.hops] + [render.capture for render in renders]
    cited = [case.evidence.get(name) for name in dict.fromkeys((*finding.captures, *shown))]
    led = followed(case, titles, service, at, ()) if at is not None else []
    held = _blockers(at, led) if at is not None else ()
    pictures = [shot for one in cited if (shot := _picture(case, one.id)) is not None]
    return Story(
        finding=finding,
        service=claim,
        places=places,
        further_places=further,
        visits=_visits(case, visits, looks),
        renders=renders,
        tie=_tie(titles, service, at) if at is not None else None,
        page=_page(case, at) if at is not None else None,
        leads=_leads(case, at, led) if at is not None else (),
        blockers=held,
        gates=_gates(case, seen, visits, looks, at, renders, held),
        captures=(*cited, *(shot for shot in pictures if shot not in cited)),
    )


def _places(case: Case, titles: Titles, service: Service, seen: EntryResult) -> tuple[tuple[Place, ...], int]:
    if service.url is not None:
        lacking = None if case.visits(service.url) else unattempted(case, service.url)
        told = Place(service.url, "claimed_url", None, "", lacking, seen.verdict, seen.reason, True)
        return (told,), 0
    met = {identity(row.candidate.url): row for row in tried(case, titles, service)}
    leads = sorted(ranked(case, titles, service), key=lambda lead: identity(lead.url) not in met)
    found: list[Place] = []
    for lead in leads[:_MOST_PLACES]:
        row = met.get(identity(lead.url))
        mine = row.seen if row is not None else None
        found.append(_place(case, lead, mine, seen))
    return tuple(found), max(0, len(leads) - _MOST_PLACES)


def _chosen(seen: EntryResult, state: AliasState) -> Place:
    return Place(state.alias.address, "alias", None, "", None, seen.verdict, seen.reason, True)


def _place(case: Case, lead: Candidate, mine: EntryResult | None, seen: EntryResult) -> Place:
    known = case.visits(lead.url) or case.rendered(lead.url)
    return Place(
        lead.url,
        lead.via,
        round(lead.score, 2),
        lead.found_on,
        None if known else unattempted(case, lead.url),
        mine.verdict if mine is not None else None,
        mine.reason if mine is not None else None,
        mine is not None and (mine.url, mine.via, mine.captures) == (seen.url, seen.via, seen.captures),
    )


def _visits(case: Case, visits: Sequence[Visit], looks: Sequence[EntryResult]) -> tuple[VisitTold, ...]:
    """Where there are no looks, as at the home page of a service that was not found, the transport alone."""
    told: list[VisitTold] = []
    for number, visit in enumerate(visits):
        look = looks[number] if looks else None
        outcome = (look.verdict, look.reason) if look is not None else received(case, visit)
        verdict, reason = outcome or ("", "")
        hops = tuple(
            Hop(hop.url, hop.facts.status, hop.facts.failure or hop.facts.truncated, hop.id)
            for hop in visit.hops
            if isinstance(hop.facts, HttpFacts)
        )
        told.append(
            VisitTold(
                visit.first.url,
                visit.first.attempt,
                visit.first.time.isoformat(timespec="seconds"),
                hops,
                case.controlled([visit.final]),
                verdict,
                reason,
                look.notes if look is not None else (),
            )
        )
    return tuple(told)


def _renders(case: Case, url: str, visits: Sequence[Visit]) -> tuple[Render, ...]:
    pages = list(case.rendered(url))
    for visit in visits:
        pages += [page for page in case.rendered(visit.final.url) if page not in pages]
    read = {page for visit in visits for page in view_of(case, url, visit).ids}
    told: list[Render] = []
    for page in pages:
        facts = page.facts
        if not isinstance(facts, PageFacts):
            continue
        lost = tuple(
            (method, target, status)
            for method, target, _, status in facts.requests
            if status is None or status >= 400
        )
        shot = _picture(case, page.id)
        told.append(
            Render(
                page.url,
                page.id,
                page.attempt,
                facts.finished,
                facts.failure,
                facts.final_url,
                page.id in read,
                len(facts.requests),
                facts.would_send,
                lost,
                shot.id if shot is not None else None,
            )
        )
    return tuple(told)


def _picture(case: Case, page: str) -> Capture | None:
    """The screenshot of a rendered page; None when there is none."""
    pictures = case.derived(
        "story screenshots",
        lambda: {
            capture.facts.of: capture
            for capture in case.captures
            if isinstance(capture.facts, ScreenshotFacts)
        },
    )
    return pictures.get(page)


def _tie(titles: Titles, service: Service, at: PageClassification) -> TieTold:
    """The competition: titles that the page names, and those that come nearest to the words that decided."""
    tie = at.tie
    words = tie.text or service.title
    scores = {rival.service: rival.score for rival in tie.rivals}
    for other in titles.others(service):
        scores.setdefault(other.id, titles.score(other, words))
    best = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:_MOST_RIVALS]
    rivals = tuple(Rival(name, titles.title_of(name), round(score, 2)) for name, score in best if score > 0)
    ahead = tie.score - (best[0][1] if best else 0.0)
    return TieTold(
        how=tie.how,
        score=round(tie.score, 2),
        needed=MATCH,
        text=tie.text,
        selector=tie.selector,
        ambiguous=tie.ambiguous,
        listing=tie.listing,
        other=tie.other,
        rivals=rivals,
        won_by=round(ahead, 2) if tie.how in ("card", "heading") else None,
        margin=MARGIN,
        parts=tie.parts,
    )


def _page(case: Case, at: PageClassification) -> PageTold:
    shot = _picture(case, at.capture.id)
    return PageTold(
        at.kind, at.excerpt, at.selector, at.capture.id, at.rendered, at.open_for, shot.id if shot else None
    )


def _blockers(at: PageClassification, led: Sequence[tuple[Action, LinkResult]]) -> tuple[Blocker, ...]:
    """What of the page may hold the entry: as the look found it, and links that leave and could not be settled."""
    leaving = (
        Blocker("leads_away", "not_attempted", action.text, action.selector, action.url)
        for action, result in led
        if action.away and result.seen is not None and result.seen.verdict == "inconclusive"
    )
    return (*at.blockers, *leaving)


def _leads(
    case: Case, at: PageClassification, led: Sequence[tuple[Action, LinkResult]]
) -> tuple[FollowedLink, ...]:
    went = {id(action) for action, _ in led}
    return (
        *(_lead(case, action, result) for action, result in led),
        *(_lead(case, action, None) for action in at.actions if id(action) not in went and not action.weak),
    )


def _lead(case: Case, action: Action, led: LinkResult | None) -> FollowedLink:
    seen = led.seen if led is not None else None
    return FollowedLink(
        action.kind,
        action.text,
        action.url,
        action.selector,
        action.named,
        action.weak,
        led is not None,
        tuple(visit.status for visit in case.visits(action.url)) if led is not None else (),
        seen.verdict if seen is not None else None,
        seen.reason if seen is not None else (led.nothing if led is not None else None),
    )


def _gates(
    case: Case,
    seen: EntryResult,
    visits: Sequence[Visit],
    looks: Sequence[EntryResult],
    at: PageClassification | None,
    renders: Sequence[Render],
    held: Sequence[Blocker],
) -> tuple[GateTold, ...]:
    arrived = sum(received(case, visit) is None for visit in visits)
    told = [
        GateTold("arrived", _state(arrived > 0), (("visits", len(visits)), ("arrived", arrived))),
        GateTold("tied", "not_asked" if at is None else _state(at.tie.tied)),
        _rendered(renders, at),
        GateTold("entry", _state(seen.verdict in ("verified", "partial"))),
    ]
    against = [look for look in looks if look.verdict == "contradicted"]
    found = seen.verdict in ("verified", "partial")
    unblocked = "not_asked" if found or at is None or not at.tie.tied else _state(not held)
    told.append(GateTold("unblocked", unblocked, (("count", len(held)),)))
    figures: tuple[tuple[str, int], ...] = (("visits", len(looks)), ("against", len(against)))
    told.append(GateTold("evidence", "not_asked" if found else _state(bool(against)), figures))
    asked = bool(against) and not found
    apart = int((visits[-1].first.time - visits[0].first.time).total_seconds()) if visits else 0
    by_gate = {
        "no_second_visit": (("visits", len(visits)),),
        "second_visit_too_soon": (("apart", apart), ("wanted", int(case.settings.crawl.retry_after))),
    }
    told.extend(
        GateTold(gate.note, _state(gate.passed) if asked else "not_asked", by_gate.get(gate.note, ()))
        for gate in gates(case, visits, looks)
    )
    return tuple(told)


def _rendered(renders: Sequence[Render], at: PageClassification | None) -> GateTold:
    """Whether the browser came to rest, where a browser was needed or used."""
    read = [render for render in renders if render.read]
    if read:
        return GateTold("render", _state(any(render.finished for render in read)))
    needed = at is not None and (at.kind == "shell" or at.scripted)
    return GateTold("render", "unmet" if needed else "not_asked")


def _state(met: bool) -> State:
    return "met" if met else "unmet"
