"""All that the catalogues of a portal list, read once an agency."""

from __future__ import annotations

from dataclasses import dataclass

from checks.case import Case
from checks.datasets.catalogues.merge import Found, merged
from checks.datasets.catalogues.pages import listed_on_pages
from checks.datasets.catalogues.reconcile import Reconciled, reconcile
from checks.datasets.catalogues.sources import Source, catalogues
from claims.hosts import own_hosts


@dataclass(frozen=True, slots=True)
class Listed:
    """All that was found of one agency. Made once."""

    sources: tuple[Source, ...]
    found: tuple[Found, ...]
    reconciled: Reconciled


def listed(case: Case) -> Listed:
    """What the lists of the portal, and others' lists that the round names, say of the agency's data."""

    def make() -> Listed:
        hosts = own_hosts(case.agency)
        sources = (*catalogues(case, hosts), *listed_on_pages(case, hosts))
        found = tuple(merged(sources))
        claims = case.round.datasets_of(case.agency.id)
        return Listed(sources, found, reconcile(claims, found, sources))

    return case.derived("catalogues.listed", make)
