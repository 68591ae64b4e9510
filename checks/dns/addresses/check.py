"""`dns.addresses`: does a name lead somewhere, also over IPv6?

Looked at: addresses of the name and of what it is an alias of. Not looked at: whether anything answers there. An address of the
national filter is not the zone's.
"""

from __future__ import annotations

import dns.name

from checks.dns.evidence import Undecided, ValidatedLook, addresses, as_text, filters, first_few
from checks.dns.host_check import FactCheck, RuleResult
from checks.dns.look import ReceivedAnswer


def addresses_rule(seen: ValidatedLook) -> RuleResult:
    """Does the name lead somewhere, also over IPv6?"""
    host = seen.look.host
    found = {kind: addresses(seen.answer(host, kind), host, kind) for kind in ("A", "AAAA")}
    if any(four in network for four in found["A"] for network in filters()):
        raise Undecided("blocked")
    figures = {
        "ipv4": first_few(found["A"]),
        "ipv6": first_few(found["AAAA"]),
        "alias": first_few([as_text(name) for name in list(seen.answer(host, "A").names(host))[1:]]),
    }
    if not any(found.values()):
        if any(_goes_on(seen.answer(host, kind), host) for kind in found):
            raise Undecided("limit")
        return RuleResult(("no_address",), figures)
    return RuleResult(() if found["AAAA"] else ("no_ipv6",), figures)


def _goes_on(answer: ReceivedAnswer, name: dns.name.Name) -> bool:
    """Whether aliases lead on from the last name that was followed, or in a circle."""
    return answer.find(list(answer.names(name))[-1], "CNAME") is not None


CHECK = FactCheck("dns.addresses", 1, addresses_rule)
