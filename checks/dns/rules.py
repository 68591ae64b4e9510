"""The rules about hosts in the DNS: each reads one look and says what it found. Facts: they move no score."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import dns.name
import dns.rdtypes.ANY.CAA

from checks.dns.caa import read_caa
from checks.dns.dmarc import Dmarc, read_dmarc
from checks.dns.evidence import Seen, Untold, addresses, filters, is_registry, shown, some, texts
from checks.dns.look import Answer
from checks.dns.spf import read_spf

_NETWORK = {4: 24, 6: 48}
_MOST_DMARC = 4


@dataclass(frozen=True, slots=True)
class Told:
    """faults: codes with texts in `dns_fault`. figures: what was seen."""

    faults: tuple[str, ...] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)


def addresses_rule(seen: Seen) -> Told:
    """Does the name lead somewhere, also over IPv6?"""
    host = seen.look.host
    found = {kind: addresses(seen.answer(host, kind), host, kind) for kind in ("A", "AAAA")}
    if any(four in network for four in found["A"] for network in filters()):
        raise Untold("blocked")
    figures = {
        "ipv4": some(found["A"]),
        "ipv6": some(found["AAAA"]),
        "alias": some([shown(name) for name in list(seen.answer(host, "A").names(host))[1:]]),
    }
    if not any(found.values()):
        if any(_goes_on(seen.answer(host, kind), host) for kind in found):
            raise Untold("limit")
        return Told(("no_address",), figures)
    return Told(() if found["AAAA"] else ("no_ipv6",), figures)


def _goes_on(answer: Answer, name: dns.name.Name) -> bool:
    """Whether aliases lead on from the last name that was followed, or in a circle."""
    return answer.find(list(answer.names(name))[-1], "CNAME") is not None


def servers_rule(seen: Seen) -> Told:
    """Is the zone held by two name servers at least, in two networks?"""
    apex = _apex(seen)
    answer = seen.answer(apex, "NS").find(apex, "NS")
    names = sorted(item.target for item in answer) if answer is not None else []
    networks, untold = _networks(seen, names)
    figures = {
        "zone": shown(apex),
        "name_servers": some([shown(name) for name in names]),
        "networks": some(networks),
    }
    if not names:
        raise Untold("no_match")  # a zone without is none: the answer is somebody else's
    if len(names) < 2:
        return Told(("one_server",), figures)
    if len(networks) >= 2:
        return Told((), figures)
    if untold is not None or not networks:
        raise Untold(untold or "no_match")
    return Told(("one_network",), figures)


def _networks(seen: Seen, names: list[dns.name.Name]) -> tuple[list[str], str | None]:
    """Networks of the servers' addresses; why some are not known, if so."""
    found: set[str] = set()
    untold = None
    for name in names:
        for kind in ("A", "AAAA"):
            try:
                for address in addresses(seen.answer(name, kind), name, kind):
                    length = _NETWORK[address.version]
                    found.add(str(ipaddress.ip_network((address, length), strict=False)))
            except Untold as why:
                untold = why.reason
    return sorted(found), untold


def caa_rule(seen: Seen) -> Told:
    """Does the zone say who may issue certificates for the host?"""
    name = seen.look.host
    while name != dns.name.root:
        records = seen.answer(name, "CAA").followed(name, "CAA")
        if records is not None:
            found = read_caa(item for item in records if isinstance(item, dns.rdtypes.ANY.CAA.CAA))
            figures = {
                "caa_at": shown(name),
                "issuers": some(found.issuers),
                "wildcard_issuers": some(found.wildcards),
                "caa_contact": found.contact,
            }
            faults = [
                code
                for code, there in (
                    ("caa_unlimited", not found.limited),
                    ("caa_invalid", found.malformed),
                    ("caa_unknown", found.unknown),
                )
                if there
            ]
            return Told(tuple(faults), figures)
        name = name.parent()
    return Told(("caa_missing",))


def mail_rule(seen: Seen) -> Told:
    """Can strangers send mail in the agency's name? A name without mail says so, and that nobody sends for it."""
    domain = _mail_domain(seen)
    exchangers = seen.answer(domain, "MX").find(domain, "MX")
    targets = sorted((item.preference, item.exchange) for item in exchangers or ())
    null = [target for _, target in targets if target == dns.name.root]
    spf = read_spf(texts(seen.answer(domain, "TXT"), domain))
    dmarc, at = _dmarc(seen, domain)
    no_mail = bool(null) and len(targets) == 1
    faults = [spf.fault] if spf.fault else []
    if null and not no_mail:
        faults.append("null_mx_mixed")
    if dmarc.fault and not (no_mail and dmarc.found == 0 and spf.strangers == "fail" and not spf.fault):
        faults.append(dmarc.fault)
    figures = {
        "mail_domain": shown(domain),
        "mail_servers": some([shown(target) for _, target in targets if target != dns.name.root]),
        "null_mx": no_mail,
        "spf": spf.strangers if spf.found == 1 else "",
        "spf_lookups": spf.lookups,
        "dmarc": dmarc.policy,
        "dmarc_at": shown(at) if dmarc.found else "",
        "dmarc_reports": dmarc.reports,
    }
    return Told(tuple(faults), figures)


def _apex(seen: Seen) -> dns.name.Name:
    """The zone that the host lies in; raises Untold where that could not be told."""
    if seen.look.apex is None:
        seen.answer(seen.look.host, "SOA")
        raise Untold("limit" if seen.look.limited else "no_match")
    return seen.look.apex


def _mail_domain(seen: Seen) -> dns.name.Name:
    apex, host = _apex(seen), seen.look.host
    if not is_registry(apex) or host == apex:
        return apex
    return host.parent() if host.labels[0] == b"www" and host.parent() != apex else host


def _dmarc(seen: Seen, domain: dns.name.Name) -> tuple[Dmarc, dns.name.Name]:
    """The record of the domain, else of the nearest name above: as browsing the tree upwards finds it."""
    name = domain
    found = Dmarc(0, False, "", False)
    for _ in range(_MOST_DMARC):
        if name == dns.name.root:
            break
        policy = dns.name.Name((b"_dmarc", *name.labels))
        found = read_dmarc(texts(_answered(seen, policy), policy), inherited=name != domain)
        if found.found:
            return found, name
        name = name.parent()
    return found, domain


def _answered(seen: Seen, policy: dns.name.Name) -> Answer:
    return seen.answer(policy, "TXT")
