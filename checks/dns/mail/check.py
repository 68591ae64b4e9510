"""`dns.mail`: who may send mail in the agency's name (SPF, DMARC)?"""

from __future__ import annotations

import dns.name
import dns.rdtypes.ANY.CAA

from checks.dns.dmarc import Dmarc, read_dmarc
from checks.dns.evidence import Seen, is_registry, shown, some, texts
from checks.dns.host_check import FactCheck
from checks.dns.rules import Told, answered, apex_of
from checks.dns.spf import read_spf

_MOST_DMARC = 4


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


def _mail_domain(seen: Seen) -> dns.name.Name:
    apex, host = apex_of(seen), seen.look.host
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
        found = read_dmarc(texts(answered(seen, policy), policy), inherited=name != domain)
        if found.found:
            return found, name
        name = name.parent()
    return found, domain


CHECK = FactCheck("dns.mail", 3, mail_rule)
