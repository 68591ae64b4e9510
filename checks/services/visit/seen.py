"""What a look for a service came to, and the endings that need no reading: gateways, home page, other hosts."""

from __future__ import annotations

from dataclasses import dataclass, replace

from checks.case import Case, Visit
from checks.finding import Verdict
from checks.outcome import received
from checks.page.boilerplate import best_view, reading
from checks.page.forms.kinds import forms
from checks.page.similarity import shared_share
from checks.services.actions import gateway, route
from checks.services.gateways import names_client
from checks.services.kinds import ENTRY_KINDS, Kind, level_of
from checks.services.visit.alias import AliasState
from checks.services.visit.look import PageClassification
from claims.model import Level, Service
from evidence.records import Capture
from web.urls import host, identity, path, split_fragment

# So much text has a home page that can be told from a shell, and so much of it is there again but for a clock.
_LEAST, _ALIKE = 300, 0.95


@dataclass(frozen=True, slots=True)
class EntryResult:
    """What one look for the service came to.

    kind: of the page that decided; None where no page was read. url: where it was seen. captures: ids.
    look: the service's own page, for its tie, even where the entry lies one hop on. entry: the page of the entry itself.
    notes: further codes.
    elsewhere: an entry of the service that the crawl met at another address than the declared one.
    alias: the page that an auditor chose for the service, where that was asked for.
    """

    verdict: Verdict
    reason: str
    url: str
    captures: tuple[str, ...]
    kind: Kind | None = None
    excerpt: str = ""
    selector: str = ""
    via: str = "claimed_url"
    look: PageClassification | None = None
    entry: PageClassification | None = None
    notes: tuple[str, ...] = ()
    elsewhere: EntryResult | None = None
    alias: AliasState | None = None

    @property
    def level(self) -> Level | None:
        if self.verdict == "inconclusive":
            return None
        return (
            level_of(self.kind)
            if self.kind is not None
            else ("none" if self.verdict == "contradicted" else None)
        )


def left_open(seen: EntryResult, reason: str, note: str) -> EntryResult:
    """The same, with nothing concluded from it."""
    return replace(seen, verdict="inconclusive", reason=reason, notes=(*seen.notes, note))


def judged(kind: Kind, at: PageClassification, url: str, via: str, captures: tuple[str, ...]) -> EntryResult:
    """A page of a kind that is an entry, or half of one, as the contract names it."""
    if kind in ENTRY_KINDS:
        verdict: Verdict = "verified"
        reason = "tracking_entry" if kind == "tracking" else "transaction_entry"
    else:
        verdict = "partial"
        reason = "login_wall" if kind == "login" else "interaction_only"
    return EntryResult(verdict, reason, url, captures, kind, at.excerpt, at.selector, via, at, at)


def homes(case: Case) -> frozenset[str]:
    """Identities of the portal's home page: the portal's URL and where it leads."""
    found = {identity(case.agency.portal)}
    for visit in case.visits(case.agency.portal):
        if received(case, visit) is None:
            found.update(identity(hop.url) for hop in visit.hops)
    return frozenset(found)


def is_front(case: Case, url: str) -> bool:
    """Whether an address is the portal's home page, or the root of a host."""
    return path(url) in ("", "/") or identity(url) in homes(case)


def at_home(case: Case, url: str, page: Capture) -> bool:
    """Whether the page to which a URL led is the home page by another address, to which the home page links itself."""
    front = next((v.final for v in case.visits(case.agency.portal) if received(case, v) is None), None)
    if front is None or not (case.is_html(front) and case.is_html(page)):
        return False
    if identity(page.url) not in {identity(link.url) for link in case.document(front).links}:
        return False
    # as it was sent, and as a browser showed it: one shell may hold the pages of a whole application
    shown = {view.id: view for view in (best_view(case, page), *case.rendered(url))}
    return _alike(case, front, page) and all(
        _alike(case, best_view(case, front), view) for view in shown.values()
    )


def _alike(case: Case, one: Capture, other: Capture) -> bool:
    here, there = case.document(one).text, case.document(other).text
    return len(here) >= _LEAST and min(shared_share(here, there), shared_share(there, here)) >= _ALIKE


def moved_away(
    case: Case, url: str, final: str, captures: tuple[str, ...], page: Capture | None = None
) -> EntryResult | None:
    """Where the visit ended on the home page, or on a host that is not the agency's. page: what stood there."""
    if gateway(final) is None and not case.owns(host(final)):
        return EntryResult("inconclusive", "no_match", final, captures, notes=("foreign_host",))
    home = homes(case)
    bare = path(url) in ("", "/") and "?" not in url
    if (
        identity(url) not in home
        and not bare
        and identity(url) != identity(final)
        and not route(final)
        and not route(url)
        and (identity(final) in home or (page is not None and at_home(case, url, page)))
    ):
        return EntryResult("contradicted", "redirects_home", final, captures)
    return None


def at_gateway(case: Case, service: Service, visit: Visit, via: str) -> EntryResult | None:
    """A visit that was sent on to a national gateway, whether or not the gateway let us in."""
    reached = [hop.url for hop in visit.hops]
    if visit.open and visit.facts.redirect:
        reached.append(visit.facts.redirect)
    for target in reached:
        kind = gateway(target)
        if kind is None:
            continue
        direct = target == visit.first.url
        outcome = received(case, visit)
        page = visit.final if outcome is None and case.is_html(visit.final) else None
        named = any(names_client(case, service, url, None) for url in reached if gateway(url)) or (
            page is not None and names_client(case, service, visit.final.url, page)
        )
        if direct and outcome is not None and not (named and outcome[1] == "blocked"):
            return None  # the gateway itself did not answer; one that turns us away did, and is told whom it works for
        if direct and via == "claimed_url" and not _asks_to_log_in(case, visit):
            return None  # a page of the gateway like any other
        return sent_to_gateway(kind, target, named, visit.ids, via)
    return None


def _asks_to_log_in(case: Case, visit: Visit) -> bool:
    if not case.is_html(visit.final):
        return False
    return any(form.is_account for form in forms(reading(case, visit.final)))


def sent_to_gateway(kind: str, url: str, named: bool, captures: tuple[str, ...], via: str) -> EntryResult:
    head = split_fragment(url)[0]
    if kind == "payment":
        return EntryResult("verified", "transaction_entry", head, captures, "payment", head[:300], via=via)
    if named:
        return EntryResult("verified", "transaction_entry", head, captures, "sign_on", head[:300], via=via)
    return EntryResult("partial", "login_wall", head, captures, "login", head[:300], via=via)
