"""`dns.servers`: is a zone held by two name servers at least, in two networks?

Looked at: the zone's own list of servers, and the networks of their addresses (/24 and /48). Not looked at: whether they answer,
which a resolver hides; where the networks are.
"""

from __future__ import annotations

import ipaddress

import dns.name

from checks.dns.evidence import Undecided, ValidatedLook, addresses, as_text, first_few
from checks.dns.host_check import FactCheck, RuleResult

# The smallest networks that are announced by themselves: what fails in one may fail in all of it.
_NETWORK = {4: 24, 6: 48}


def servers_rule(seen: ValidatedLook) -> RuleResult:
    """Is the zone held by two name servers at least, in two networks?"""
    apex = seen.zone
    answer = seen.answer(apex, "NS").find(apex, "NS")
    names = sorted(item.target for item in answer) if answer is not None else []
    networks, untold = _networks(seen, names)
    figures = {
        "zone": as_text(apex),
        "name_servers": first_few([as_text(name) for name in names]),
        "networks": first_few(networks),
    }
    if not names:
        raise Undecided("no_match")  # a zone without is none: the answer is somebody else's
    if len(names) < 2:
        return RuleResult(("one_server",), figures)
    if len(networks) >= 2:
        return RuleResult((), figures)
    if untold is not None or not networks:
        raise Undecided(untold or "no_match")
    return RuleResult(("one_network",), figures)


def _networks(seen: ValidatedLook, names: list[dns.name.Name]) -> tuple[list[str], str | None]:
    """Networks of the servers' addresses; why some are not known, if so."""
    found: set[str] = set()
    untold = None
    for name in names:
        for kind in ("A", "AAAA"):
            try:
                for address in addresses(seen.answer(name, kind), name, kind):
                    length = _NETWORK[address.version]
                    found.add(str(ipaddress.ip_network((address, length), strict=False)))
            except Undecided as why:
                untold = why.reason
    return sorted(found), untold


CHECK = FactCheck("dns.servers", 1, servers_rule)
