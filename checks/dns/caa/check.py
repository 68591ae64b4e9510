"""`dns.caa`: who may issue certificates for a name (RFC 8659)?

Looked at: the records of the host, else of the nearest name above it. Not looked at: whether the certificate that the host shows
comes from one who may.
"""

from __future__ import annotations

import dns.name
import dns.rdtypes.ANY.CAA

from checks.dns.caa_records import read_caa
from checks.dns.evidence import ValidatedLook, as_text, first_few
from checks.dns.host_check import FactCheck, RuleResult


def caa_rule(seen: ValidatedLook) -> RuleResult:
    """Does the zone say who may issue certificates for the host?"""
    name = seen.look.host
    while name != dns.name.root:
        records = seen.answer(name, "CAA").followed(name, "CAA")
        if records is not None:
            found = read_caa(item for item in records if isinstance(item, dns.rdtypes.ANY.CAA.CAA))
            figures = {
                "caa_at": as_text(name),
                "issuers": first_few(found.issuers),
                "wildcard_issuers": first_few(found.wildcards),
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
            return RuleResult(tuple(faults), figures)
        name = name.parent()
    return RuleResult(("caa_missing",))


CHECK = FactCheck("dns.caa", 2, caa_rule)
