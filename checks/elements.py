"""`elements.<id>`: are the elements of a portal there, and have they substance? One finding for each of the nineteen.

Found by name within two clicks, then read one hop on. Not found is never a contradiction: `complete_look` says
whether home page and crawl allow to say that it is not there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from checks.case import Case, Visit
from checks.element_leads import Lead, element_ids, home_pages, leads
from checks.element_substance import stated, substance
from checks.finding import Finding, Subject, Verdict
from checks.frame import best_view, reading
from checks.outcome import received, unattempted
from checks.services.browsed import view_of
from checks.services.seen import homes
from checks.soft404 import soft_404
from checks.wordlist import known_host, table
from evidence.records import Capture, PageFacts
from evidence.urls import host, identity

_RANK = {"verified": 0, "partial": 1, "contradicted": 2, "inconclusive": 3}
_COMPLETE = 0.9
_STATED_PAGES = 60


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one lead came to; as a visit sees it, before two visits are held together."""

    verdict: Verdict
    reason: str | None
    captures: tuple[str, ...] = ()
    attempts: int = 0
    excerpt: str = ""
    url: str | None = None
    thin: bool = False
    notes: tuple[str, ...] = ()
    lead: Lead | None = None


class Elements:
    """The check of this module: nineteen findings an agency."""

    id = "elements"
    version = 1

    def judge(self, case: Case) -> Iterator[Finding]:
        for element in element_ids():
            yield self._finding(case, element, _best(case, element))

    def _finding(self, case: Case, element: str, seen: _Seen) -> Finding:
        lead = seen.lead
        observed: dict[str, Any] = {
            "url": seen.url,
            "words": lead.link.text[:200] if lead is not None else None,
            "clicks": lead.clicks if lead is not None else None,
            "found_on": lead.found_on if lead is not None else None,
            "excerpt": seen.excerpt[:300],
            "thin": seen.thin,
            "notes": sorted(seen.notes),
        }
        if seen.reason == "no_match":
            observed["complete_look"] = complete_look(case)
        return Finding(
            agency=case.agency.id,
            subject=Subject("element", element, seen.url),
            check=f"elements.{element}",
            check_version=self.version,
            verdict=seen.verdict,
            reason=seen.reason,
            observed=observed,
            captures=tuple(dict.fromkeys(seen.captures)),
            attempts=seen.attempts,
            criterion="element",
            effect=f"element_{seen.verdict}",
        )


CHECKS = (Elements(),)


def complete_look(case: Case) -> bool:
    """Home page seen as people see it, and at least 90 % of what could be fetched was."""
    account = case.crawl
    pages = home_pages(case)
    if account is None or account.state != "complete" or not pages:
        return False
    if account.fetched < _COMPLETE * account.eligible:
        return False
    if any(case.document(page).cut for page in pages):
        return False
    rendered = any(isinstance(page.facts, PageFacts) for page in pages)
    return rendered or not case.document(pages[0]).scripts


def _best(case: Case, element: str) -> _Seen:
    seen = [replace(_follow(case, element, lead), lead=lead) for lead in leads(case)[element]]
    best = min(seen, key=lambda one: _RANK[one.verdict], default=None)
    if best is not None and best.verdict == "verified":
        return best
    if (there := _on_pages(case, element)) is not None:
        return there
    if best is None or (best.verdict == "inconclusive" and best.reason == "no_match"):
        return best or _not_found(case)
    doubt = next((one for one in seen if one.verdict == "inconclusive" and one.reason != "no_match"), None)
    # a dead link beside one that nobody could follow proves nothing
    return doubt if best.verdict == "contradicted" and doubt is not None else best


def _not_found(case: Case) -> _Seen:
    home = case.visits(case.agency.portal)
    outcomes = [received(case, visit) for visit in home]
    ids = tuple(visit.final.id for visit in home)
    if not home:
        return _Seen("inconclusive", unattempted(case, case.agency.portal))
    if all(outcome is not None for outcome in outcomes):
        reason = outcomes[-1][1] if outcomes[-1] is not None else "unreachable"
        return _Seen("inconclusive", "unreachable" if reason == "dead_link" else reason, ids, len(home))
    return _Seen("inconclusive", "no_match", ids, len(home))


def _on_pages(case: Case, element: str) -> _Seen | None:
    """An official code or a date of update stands on the pages themselves."""
    if element not in ("service_code", "updated"):
        return None
    captures = tuple(
        dict.fromkeys([*home_pages(case), *(best_view(case, page) for page in case.pages[:_STATED_PAGES])])
    )
    found = stated(element, case, captures, [reading(case, capture) for capture in captures])
    if found is None:
        return None
    return _Seen("verified", None, (found[0],), 1, found[2], found[1])


def _follow(case: Case, element: str, lead: Lead) -> _Seen:
    url = lead.link.url
    home = home_pages(case)
    if identity(url) in homes(case):
        if not lead.link.fragment or not home:
            return _Seen("inconclusive", "no_match", url=url)
        return _judged(case, element, home[0], url, lead.link.fragment, (home[0].id,))
    visits = case.visits(url)
    if not visits:
        return _Seen("inconclusive", unattempted(case, url), url=url)
    kind = table("elements.toml")[element].get("host")
    looks = [_visit(case, element, lead, visit, kind) for visit in visits]
    return _together(case, visits, looks)


def _visit(case: Case, element: str, lead: Lead, visit: Visit, kind: str | None) -> _Seen:
    url = visit.final.url
    outcome = received(case, visit)
    if outcome is not None:
        return _Seen(outcome[0], outcome[1], visit.ids, 1, url=url)
    if kind is not None and any(known_host(kind, host(hop.url)) for hop in visit.hops):
        return _Seen("verified", None, visit.ids, 1, url=url, notes=("known_host",))
    if identity(url) in homes(case):
        return _Seen("contradicted", "redirects_home", visit.ids, 1, url=url)
    if not case.is_html(visit.final):
        # a document stands there; what it says was not read
        return _Seen("partial", None, visit.ids, 1, url=url, notes=("document",))
    view = view_of(case, lead.link.url, visit)
    rests = (*visit.ids, *view.ids)
    if view.failure is not None:
        return _Seen("inconclusive", view.failure, rests, 1, url=url)
    capture = view.page or visit.final
    if soft_404(case, capture) is not None:
        return _Seen("contradicted", "soft_404", rests, 1, reading(case, capture).text[:300], url)
    return _judged(case, element, capture, url, lead.link.fragment, rests)


def _judged(
    case: Case, element: str, capture: Capture, url: str, fragment: str | None, rests: tuple[str, ...]
) -> _Seen:
    page = reading(case, capture)
    found = substance(case, element, page, fragment)
    scripted = bool(page.document.scripts) and not isinstance(capture.facts, PageFacts)
    if found.worth == "substance":
        return _Seen("verified", None, rests, 1, found.excerpt, url)
    if found.worth == "thin":
        return _Seen("partial", None, rests, 1, found.excerpt, url, thin=True)
    if found.worth == "elsewhere":
        return _Seen("inconclusive", "no_match", rests, 1, found.excerpt, url, notes=("other_matter",))
    if scripted:
        return _Seen("inconclusive", "needs_browser", rests, 1, found.excerpt, url)
    if page.document.cut:
        return _Seen("inconclusive", "limit", rests, 1, found.excerpt, url, notes=("read_in_part",))
    return _Seen("contradicted", found.worth, rests, 1, found.excerpt, url)


def _together(case: Case, visits: tuple[Visit, ...], looks: list[_Seen]) -> _Seen:
    best = min(looks, key=lambda seen: _RANK[seen.verdict])
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
