"""Does an action link lead where other services' links, or the home page, lead too?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from checks.case import Case
from checks.outcome import received
from checks.page.boilerplate import best_view, reading
from checks.services.actions import Action, actions, route
from checks.services.matching.titles import Titles
from claims.model import Service
from evidence.records import Capture
from web.links import Link
from web.urls import identity


def shared_target(case: Case, titles: Titles, service: Service, action: Action) -> bool:
    """Whether the home page, or the page of another claimed service of the agency, links to the same target."""
    if _key(action.url) in case.derived("home targets", lambda: _home_targets(case)):
        return True
    holders = case.derived("action targets", lambda: _targets(case, titles))
    return bool(holders.get(_key(action.url), frozenset()) - {service.id})


def is_linked_elsewhere(case: Case, service: Service, url: str) -> bool:
    """Whether the home page, or the page of another claimed service of the agency, links to an address, in whatever words."""
    if _key(url) in case.derived("home targets", lambda: _home_targets(case)):
        return True
    holders = case.derived("links of claimed pages", lambda: _linked(case))
    return bool(holders.get(_key(url), frozenset()) - {service.id})


def _linked(case: Case) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for service, page in _claimed_pages(case):
        for link in case.document(page).links:
            found[_link_key(link)].add(service.id)
    return {key: frozenset(ids) for key, ids in found.items()}


def _key(url: str) -> str:
    """With the fragment where that is a page of an application."""
    return url if route(url) else identity(url)


def _link_key(link: Link) -> str:
    return _key(link.url if link.fragment is None else f"{link.url}#{link.fragment}")


def _home_targets(case: Case) -> frozenset[str]:
    home = next((v for v in case.visits(case.agency.portal) if received(case, v) is None), None)
    if home is None or not case.is_html(home.final):
        return frozenset()
    return frozenset(map(_link_key, case.document(best_view(case, home.final)).links))


def _targets(case: Case, titles: Titles) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for service, page in _claimed_pages(case):
        for action in actions(reading(case, page), titles, service):
            if action.kind == "link" and not action.weak:
                found[_key(action.url)].add(service.id)
    return {key: frozenset(ids) for key, ids in found.items()}


def _claimed_pages(case: Case) -> Iterator[tuple[Service, Capture]]:
    """The claims of the agency with what stands at their addresses, as best seen."""
    for service in case.round.services_of(case.agency.id):
        if service.url is None:
            continue
        visit = next((v for v in case.visits(service.url) if received(case, v) is None), None)
        if visit is not None and case.is_html(visit.final):
            yield service, best_view(case, visit.final)
