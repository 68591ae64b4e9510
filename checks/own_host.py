"""Whose host is it: the agency's, another's of the round, or a stranger's? As `claims.hosts` has it, for a case."""

from __future__ import annotations

from checks.case import Case
from claims.hosts import HostOwners


def own_host(case: Case, name: str) -> bool:
    """Whether a host is the agency's, also where nobody declared it."""
    owners = case.shared.derived("own_host", lambda: HostOwners(case.round))
    return owners.owns(case.agency, name)
