"""`dns.mail`: who may send mail in the agency's name (SPF, DMARC)?

Looked at: the records of the domain that the host lies in; of the host itself where that domain is a registry's. Not looked at:
keys that sign mail (DKIM), whose names nobody can guess; whether servers obey.
"""

from __future__ import annotations

import dns.name

from checks.dns.dmarc import Dmarc, read_dmarc
from checks.dns.evidence import ValidatedLook, as_text, first_few, is_registry, texts
from checks.dns.host_check import FactCheck, RuleResult
from checks.dns.spf import read_spf

# Names above a host that are asked for a record, as the prober asks (crawler/probes/dns_prober.py).
_MOST_DMARC = 4


def mail_rule(seen: ValidatedLook) -> RuleResult:
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
        "mail_domain": as_text(domain),
        "mail_servers": first_few([as_text(target) for _, target in targets if target != dns.name.root]),
        "null_mx": no_mail,
        "spf": spf.strangers if spf.found == 1 else "",
        "spf_lookups": spf.lookups,
        "dmarc": dmarc.policy,
        "dmarc_at": as_text(at) if dmarc.found else "",
        "dmarc_reports": dmarc.reports,
    }
    return RuleResult(tuple(faults), figures)


def _mail_domain(seen: ValidatedLook) -> dns.name.Name:
    apex, host = seen.zone, seen.look.host
    if not is_registry(apex) or host == apex:
        return apex
    return host.parent() if host.labels[0] == b"www" and host.parent() != apex else host


def _dmarc(seen: ValidatedLook, domain: dns.name.Name) -> tuple[Dmarc, dns.name.Name]:
    """The record of the domain, else of the nearest name above: as browsing the tree upwards finds it."""
    name = domain
    found = Dmarc(0, False, "", False)
    for _ in range(_MOST_DMARC):
        if name == dns.name.root:
            break
        policy = dns.name.Name((b"_dmarc", *name.labels))
        found = read_dmarc(texts(seen.answer(policy, "TXT"), policy), inherited=name != domain)
        if found.found:
            return found, name
        name = name.parent()
    return found, domain


CHECK = FactCheck("dns.mail", 3, mail_rule)
