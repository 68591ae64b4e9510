"""`services.window` (S01): do the deep links of the national window land on the services? One finding a claimed service.

Looked at: the deep links that the round gives in `window.csv`, each followed twice. A service without a link there is
not connected. Without that file nothing is measured and no finding is made: the indicator stays open and says so. Not
looked at: the window itself, and what it lists beyond the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from checks.case import Case, Visit
from checks.finding import Finding, Subject
from checks.outcome import received, unattempted
from checks.page.boilerplate import reading
from checks.reasons import PORTAL
from checks.services.actions import gateway, route
from checks.services.each import OfEachService
from checks.services.entries import together
from checks.services.foreign import other_body
from checks.services.kinds import ASIDE_KINDS
from checks.services.own_pages import own_of, titles_of
from checks.services.visit.seen import EntryResult, homes, left_open
from checks.services.visit.visited import see
from checks.services.wording import is_news
from checks.word_sets import OF_SERVICES
from claims.model import Service
from web.urls import identity

# A page of the service that says nothing is no place to land on.
_EMPTY = ("hollow", "under_construction")
# What says nothing of where the link ends.
_UNSEEN = frozenset(
    {"blocked", "unreachable", "server_error", "own_error", "limit", "not_attempted", "robots"}
)
_RANK = {"verified": 0, "partial": 1, "inconclusive": 2, "contradicted": 3}


class NationalWindow(OfEachService):
    """One finding for each claimed service, in a round that lists deep links."""

    id = "services.window"
    version = 5
    reasons = PORTAL
    words = OF_SERVICES
    criterion = "window_leads_to_service"
    effect = "share_of_window"

    def judge(self, case: Case) -> Iterator[Finding]:
        return super().judge(case) if case.round.window_given else iter(())

    def _finding(self, case: Case, service: Service) -> Finding:
        if not service.electronic:
            return self._about(service, "not_applicable", None, {}, ())
        if not service.window:
            # the list is the round's own: what is not in it was looked for everywhere
            nowhere = {"links": 0, "complete_look": True}
            return self._about(service, "inconclusive", "no_match", nowhere, ())
        told = [(url, *_landed(case, service, url)) for url in service.window]
        url, seen, attempts = min(told, key=lambda row: _RANK[row[1].verdict])
        observed = {"links": len(told), "url": url, "landed_on": seen.url[:300], "notes": sorted(seen.notes)}
        reason = None if seen.verdict == "verified" else seen.reason
        finding = self._about(service, seen.verdict, reason, observed, seen.captures, attempts)
        return replace(finding, subject=Subject("service", service.id, url))


def _landed(case: Case, service: Service, url: str) -> tuple[EntryResult, int]:
    """Where a deep link ends, its visits held together."""
    visits = case.visits(url)
    if not visits:
        return EntryResult("inconclusive", unattempted(case, url), url, ()), 0
    return together(case, visits, [_landing(case, service, visit, url) for visit in visits])


def _landing(case: Case, service: Service, visit: Visit, url: str) -> EntryResult:
    """One visit: on the service, on the home page, on another page, or nowhere."""
    past = _past_window(visit)
    if past is visit and gateway(url) is not None and received(case, visit) is None:
        # the window's own page, which may have a login in its header, is not the service
        return EntryResult("inconclusive", "no_match", visit.final.url, visit.ids, notes=("foreign_host",))
    seen = replace(see(case, titles_of(case), service, past, past.first.url), captures=visit.ids)
    reached = seen.verdict == "verified" or (seen.verdict == "partial" and gateway(seen.url) is None)
    if reached and not _only_home(case, visit, seen):
        return replace(seen, verdict="verified")
    if seen.look is not None and other_body(
        case, service, reading(case, seen.look.capture), headings_only=True
    ):
        return seen  # the same page at another body is not where the link should end
    if seen.look is not None and is_news(reading(case, seen.look.capture)):
        # an article tells of the service, wherever it was declared
        return left_open(seen, "no_match", "news")
    there = seen.look is not None and seen.look.tie.tied and seen.look.kind not in ASIDE_KINDS
    if there and seen.reason not in _EMPTY:
        return replace(seen, verdict="verified", reason="transaction_entry")
    if seen.verdict == "inconclusive" and seen.reason in _UNSEEN:
        return seen
    final = identity(visit.final.url)
    if seen.reason == "redirects_home" or final in homes(case):
        return replace(seen, verdict="partial", reason="redirects_home", url=visit.final.url)
    own = own_of(case, service)
    addresses = {identity(one) for one in (service.url, own.page, own.url) if one is not None}
    if own.verdict in ("verified", "partial") and final in addresses:
        return replace(seen, verdict="verified", reason="transaction_entry")
    return seen


def _only_home(case: Case, visit: Visit, seen: EntryResult) -> bool:
    """Whether it ended on the home page, and what was met there, a log-in or a list of services, is the portal's own."""
    if identity(visit.final.url) not in homes(case) or route(visit.first.url):
        return False
    return seen.look is None or not seen.look.tie.tied


def _past_window(visit: Visit) -> Visit:
    """The visit from where it left the window, whose host is that of the sign-on too; itself where it did not leave."""
    hops = visit.hops
    while len(hops) > 1 and gateway(hops[0].url) is not None:
        hops = hops[1:]
    return visit if hops is visit.hops else replace(visit, hops=hops)


CHECK = NationalWindow()
