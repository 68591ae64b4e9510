"""`dns.dnssec`: is what the zone says of a host signed, and do the signatures hold?

Looked at: the recorded answers about the host and its zone, validated from the root's keys down, at the time of judgement and at
that of the look. Not looked at: what the resolver says of itself. A registry that signs nothing leaves its zones `not_applicable`.
"""

from __future__ import annotations

from typing import Any

import dns.name

from checks.case import Case
from checks.clock_skew import clock_off
from checks.dns.evidence import ValidatedLook, as_text, reason_of
from checks.dns.host_check import Conclusion, HostCheck, unproven
from checks.dns.status import Result
from checks.finding import Verdict


class DnssecCheck(HostCheck):
    """Is what the zone says of the host signed, and do the signatures hold, all the way from the root?"""

    id = "dns.dnssec"
    version = 3

    def _told(self, case: Case, usable: list[ValidatedLook]) -> Conclusion:
        last = usable[-1]
        now, then = last.now.host, last.then.host
        apex = last.look.apex
        observed: dict[str, Any] = {
            "dnssec": now.status,
            "zone": as_text(apex) if apex is not None else "",
            "decided_at": as_text(now.at),
            "answers": {
                f"{as_text(name)} {kind}": result.status
                for (name, kind), result in sorted(last.now.answers.items())
            },
        }
        if now.fault:
            observed["dnssec_fault"] = now.fault
        if any(clock_off(case, look.look.capture.time) for look in usable):
            return Conclusion("inconclusive", "own_error", observed)
        if now.status != then.status:
            # signatures last for days: what holds at one time says nothing of the other
            observed["dnssec_when_seen"] = then.status
            return Conclusion("inconclusive", "not_attempted", observed)
        verdict, reason = _verdict(case, now, apex, usable)
        if verdict == "partial":
            observed["dns_fault"] = [f"dnssec_{now.status}"]
        return Conclusion(verdict, reason, observed)


def _verdict(
    case: Case, result: Result, apex: dns.name.Name | None, usable: list[ValidatedLook]
) -> tuple[Verdict, str | None]:
    if result.status == "secure":
        return "verified", None
    if result.status == "indeterminate":
        return "inconclusive", reason_of(result.fault)
    if apex is None:
        return "inconclusive", "no_match"
    above = apex != result.at and apex.is_subdomain(result.at)
    if result.status == "insecure":
        # where the registry signs nothing, nobody below it can
        return ("not_applicable" if above else "partial"), None
    if above:
        return "inconclusive", "own_error"  # a registry that does not validate: sooner it is us
    if (open_for := unproven(case, usable)) is not None:
        return "inconclusive", open_for
    if any(look.now.host.status != "bogus" for look in usable):
        return "inconclusive", "ambiguous"
    return "partial", None


CHECK = DnssecCheck()
