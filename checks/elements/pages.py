"""What stands behind the links to an element or section of a portal: each target read once, its visits held together.

Knows one lead at a time; which of them is the element's verdict is `elements`, what a section's page says further is
for the check that asks `sections`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from checks.case import Case, Visit
from checks.derivations import once
from checks.elements.leads import ElementLink, home_pages, leads
from checks.elements.substance import substance
from checks.elements.words import rules_of
from checks.finding import Verdict
from checks.outcome import received, unattempted
from checks.page.boilerplate import reading
from checks.page.soft404 import answered_alike, error_answer
from checks.page.wordlist import known_host
from checks.services.actions import route
from checks.services.visit.blockers import blockers
from checks.services.visit.browsed import view_of
from checks.services.visit.seen import homes
from evidence.records import Capture
from web.urls import host, identity

_LEAST_SERVICES = 3  # a home page that leads to one or two services is a home page
RANK = {"verified": 0, "partial": 1, "contradicted": 2, "inconclusive": 3}


@dataclass(frozen=True, slots=True)
class LeadResult:
    """What one lead came to; as a visit sees it, before two visits are held together.

    page: the capture that was read, as people see it; None where no page was read.
    """

    verdict: Verdict
    reason: str | None
    captures: tuple[str, ...] = ()
    attempts: int = 0
    excerpt: str = ""
    url: str | None = None
    thin: bool = False
    notes: tuple[str, ...] = ()
    lead: ElementLink | None = None
    page: Capture | None = None


@once
def followed(case: Case, name: str) -> tuple[LeadResult, ...]:
    """What each lead of an element or section came to, best leads first."""
    return tuple(replace(_follow(case, name, lead), lead=lead) for lead in leads(case)[name])


def _follow(case: Case, element: str, lead: ElementLink) -> LeadResult:
    url = lead.link.url
    home = home_pages(case)
    if identity(url) in homes(case):
        if home and element == "service_desk" and _lists_services(case, home[0]):
            return _judged(case, element, home[0], url, None, (home[0].id,))
        if not lead.link.fragment or not home:
            return LeadResult("inconclusive", "no_match", url=url)
        return _judged(case, element, home[0], url, lead.link.fragment, (home[0].id,))
    visits = case.visits(url)
    if not visits:
        return LeadResult("inconclusive", unattempted(case, url), url=url)
    kind = rules_of(element).get("host")
    looks = [_visit(case, element, lead, visit, kind) for visit in visits]
    return _together(case, visits, looks)


def _lists_services(case: Case, home: Capture) -> bool:
    """Whether the home page is the desk: it leads to at least half of the claimed addresses."""
    claimed = {s.url for s in case.services if s.electronic and s.url}
    led_to = {
        link.url.partition("#")[0] if not route(link.url) else link.url for link in case.document(home).links
    }
    return len(claimed) >= _LEAST_SERVICES and 2 * len(claimed & led_to) >= len(claimed)


def _visit(case: Case, element: str, lead: ElementLink, visit: Visit, kind: str | None) -> LeadResult:
    url = visit.final.url
    outcome = received(case, visit)
    if outcome is not None:
        return LeadResult(outcome[0], outcome[1], visit.ids, 1, url=url)
    if kind is not None and any(known_host(kind, host(hop.url)) for hop in visit.hops):
        return LeadResult("verified", None, visit.ids, 1, url=url, notes=("known_host",))
    if identity(url) in homes(case):
        return LeadResult("contradicted", "redirects_home", visit.ids, 1, url=url)
    if not case.is_html(visit.final):
        # a document stands there; what it says was not read
        return LeadResult("partial", None, visit.ids, 1, url=url, notes=("document",))
    view = view_of(case, lead.link.url, visit)
    rests = (*visit.ids, *view.ids)
    if view.failure is not None:
        return LeadResult("inconclusive", view.failure, rests, 1, url=url)
    capture = view.page or visit.final
    if (error := error_answer(case, capture)) is not None:
        return LeadResult(error.verdict, error.reason, rests, 1, reading(case, capture).text[:300], url)
    seen = _judged(case, element, capture, url, lead.link.fragment, rests)
    if seen.verdict in ("partial", "contradicted") and answered_alike(case, capture):
        return replace(seen, verdict="inconclusive", reason="ambiguous", notes=("like_random_path",))
    return seen


def _judged(
    case: Case, element: str, capture: Capture, url: str, fragment: str | None, rests: tuple[str, ...]
) -> LeadResult:
    page = reading(case, capture)
    found = substance(case, element, page, fragment)
    if found.worth == "substance":
        return LeadResult("verified", None, rests, 1, found.excerpt, url, page=capture)
    if found.worth == "thin":
        return LeadResult("partial", None, rests, 1, found.excerpt, url, thin=True, page=capture)
    if found.worth == "elsewhere":
        return LeadResult("inconclusive", "no_match", rests, 1, found.excerpt, url, notes=("other_matter",))
    if (held := next(blockers(case, page, capture), None)) is not None:
        return LeadResult(
            "inconclusive", held.reason, rests, 1, found.excerpt, url, notes=(f"blocked_{held.kind}",)
        )
    if page.document.cut:
        return LeadResult("inconclusive", "limit", rests, 1, found.excerpt, url, notes=("read_in_part",))
    if found.worth == "unclear":
        return LeadResult("inconclusive", "ambiguous", rests, 1, found.excerpt, url, notes=("repeated_text",))
    return LeadResult("contradicted", found.worth, rests, 1, found.excerpt, url)


def _together(case: Case, visits: tuple[Visit, ...], looks: list[LeadResult]) -> LeadResult:
    best = min(looks, key=lambda seen: RANK[seen.verdict])
    ids = tuple(dict.fromkeys(capture for seen in looks for capture in seen.captures))
    alike = sum((seen.verdict, seen.reason) == (best.verdict, best.reason) for seen in looks)
    best = replace(best, captures=ids, attempts=alike)
    if best.verdict != "contradicted":
        return best
    doubt = next((seen for seen in looks if seen.verdict == "inconclusive"), None)
    if doubt is not None:
        return replace(doubt, captures=ids)
    if alike < len(looks):
        return replace(best, verdict="inconclusive", reason="ambiguous", notes=("visits_differ",))
    if len(visits) < 2:
        return replace(
            best, verdict="inconclusive", reason="not_attempted", notes=(best.reason or "", "no_second_visit")
        )
    if not case.controlled([visits[0].final, visits[-1].final]):
        return replace(best, verdict="inconclusive", reason="own_error", notes=("no_control",))
    if not case.proven(visits):
        return replace(best, verdict="inconclusive", reason="not_attempted", notes=("second_visit_too_soon",))
    return best
