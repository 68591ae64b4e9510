"""Whose host is it: the agency's, another's of the round, or a stranger's?"""

from __future__ import annotations

from checks.case import Case
from claims.model import Agency
from web.urls import host

# Second levels below which bodies register, such as gov.ir.
_SHARED_LEVELS = frozenset("gov ac co org net sch id com edu".split())


def own_host(case: Case, name: str) -> bool:
    """The portal's host, a declared one, one below them, or one of the same registered domain."""
    own = _hosts(case.agency)
    if name in own or name.removeprefix("www.") in own:
        return True
    others = {
        entry for agency in case.round.agencies if agency.id != case.agency.id for entry in _hosts(agency)
    }
    if name in others or name.removeprefix("www.") in others:
        return False
    if any(name.endswith(f".{entry}") for entry in own):
        return True
    domain = _domain(host(case.agency.portal))
    return _domain(name) == domain and domain not in {_domain(entry) for entry in others}


def _hosts(agency: Agency) -> set[str]:
    names = {host(agency.portal)}
    names |= {host(entry if "://" in entry else f"http://{entry}/") for entry in agency.hosts}
    return {name.removeprefix("www.") for name in names if name}


def _domain(name: str) -> str:
    labels = name.split(".")
    keep = 3 if len(labels) >= 3 and labels[-2] in _SHARED_LEVELS else 2
    return ".".join(labels[-keep:])
