"""Whether the page that an auditor chose for a service is still the page that was chosen.

An alias says which page is the service's, where the check itself found none; it says nothing of what stands there. It is void
as soon as the portal, the page's address or its heading is another.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from checks.case import Case
from checks.outcome import received
from checks.page.boilerplate import reading
from checks.page.wordlist import spread
from checks.services.actions import route
from checks.services.matching.declared import heading_of, is_name, named
from checks.services.matching.titles import EXACT, Titles
from checks.services.visit.browsed import at_rest, view_of
from claims.aliases import MOST_HEADING, normal_address
from claims.model import Alias, Service
from evidence.records import Capture
from web.urls import identity

Why = Literal["evidence", "portal", "address", "heading", "not_seen"]
"""Why an alias ties nothing: it was chosen from other evidence; the agency has another portal; no page stands at the address, or it leads elsewhere; the page is
called otherwise; the page was not seen this time."""


@dataclass(frozen=True, slots=True)
class AliasState:
    """void: None where it is the page that was chosen. seen: what the page calls itself now; "" where none was read.

    called: what the page calls itself, where that is the name of a matter; "" otherwise.
    """

    alias: Alias
    void: Why | None
    seen: str = ""
    called: str = ""

    def observed(self) -> dict[str, Any]:
        """As a finding keeps it."""
        told = {"address": self.alias.address, "auditor": self.alias.by, "date": self.alias.date}
        if self.void is None:
            return {**told, "capture": self.alias.capture}
        return {**told, "void": self.void, "heading": self.alias.heading or "", "seen": self.seen}


def folded(heading: str) -> str:
    """A heading as aliases keep it."""
    return spread(heading)[:MOST_HEADING]


def alias_state(case: Case, alias: Alias) -> AliasState:
    if alias.capture and not _is_there(case, alias.capture):
        return AliasState(alias, "evidence")
    if normal_address(case.agency.portal) != alias.portal:
        return AliasState(alias, "portal")
    view = _view(case, alias.address)
    if not isinstance(view, Capture):
        return AliasState(alias, view)
    page = reading(case, view)
    heading = heading_of(case, page)
    if alias.heading is not None and folded(heading) != alias.heading:
        return AliasState(alias, "heading", heading)
    return AliasState(alias, None, heading, heading if is_name(heading, named(case, page)) else "")


def page_at(case: Case, address: str) -> tuple[str, str] | Why:
    """The view of a page that the last visit saw, by its id, and what the page calls itself; else why there is none."""
    view = _view(case, address)
    return (view.id, heading_of(case, reading(case, view))) if isinstance(view, Capture) else view


def _is_there(case: Case, capture: str) -> bool:
    try:
        case.evidence.get(capture)
    except KeyError:
        return False
    return True


def called(titles: Titles, service: Service, state: AliasState) -> Service:
    """The claim as the page at the alias would make it: at that address, and under the page's own name, unless another claim has
    that name.
    """
    name = state.called
    rival = titles.best(name, titles.others(service)) if name else None
    if rival is not None and rival.score >= EXACT:
        name = ""
    return replace(service, title=name or service.title, url=state.alias.address)


def _view(case: Case, address: str) -> Capture | Why:
    """The page as the last visit saw it; else why there is none."""
    if route(address):
        return next((page for page in reversed(case.rendered(address)) if at_rest(page)), "not_seen")
    visits = case.visits(address)
    if not visits:
        return "not_seen"
    last = visits[-1]
    outcome = received(case, last)
    if outcome is not None:
        return "address" if outcome[0] == "contradicted" else "not_seen"
    if identity(last.final.url) != identity(address) or not case.is_html(last.final):
        return "address"
    view = view_of(case, address, last)
    return "not_seen" if view.failure is not None else view.page or last.final
