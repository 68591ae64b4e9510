"""A rule about hosts in the DNS as a check: a finding for each host that the agency declares.

A look is of the resolver's making as much as of the zone's. So nothing here contradicts; what does not validate has
to be so in both looks, and is the agency's only when it breaks in a zone that may be its own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import dns.name

from checks.case import Case
from checks.clock_skew import clock_off
from checks.dns.evidence import Seen, Untold, looks, reason_of, shown
from checks.dns.rules import Told
from checks.dns.status import Result
from checks.finding import Finding, Subject, Verdict
from checks.hosts.certificates.names import literal
from checks.hosts.evidence import apart
from checks.hosts.security import declared
from checks.outcome import own_error


@dataclass(frozen=True, slots=True)
class _Conclusion:
    verdict: Verdict
    reason: str | None = None
    observed: dict[str, Any] = field(default_factory=dict)


class _Check(ABC):
    """What both kinds of checks have in common."""

    id: str
    version: int

    def judge(self, case: Case) -> Iterator[Finding]:
        for name in dict.fromkeys(name for name, _ in declared(case.agency)):
            subject = Subject("host", name, None)
            try:
                yield self._finding(case, subject, name)
            except Exception as error:
                yield own_error(self, case, subject, error)

    def _finding(self, case: Case, subject: Subject, name: str) -> Finding:
        seen = looks(case, name) if literal(name) is None else ()
        usable = [look for look in seen if look.look.usable]
        if literal(name) is not None:
            told = _Conclusion("not_applicable")
        elif not seen:
            told = _Conclusion("inconclusive", "not_attempted")
        elif not usable:
            told = _Conclusion("inconclusive", reason_of(seen[-1].look.failure or ""))
        else:
            try:
                told = self._told(case, usable)
            except Untold as why:
                told = _Conclusion("inconclusive", why.reason)
        if seen:
            last = (usable or list(seen))[-1].look
            told.observed.update(resolvers=list(last.resolvers), resolver_source=last.source)
        code = self.id.replace(".", "_")
        return Finding(
            agency=case.agency.id,
            subject=subject,
            check=self.id,
            check_version=self.version,
            verdict=told.verdict,
            reason=told.reason,
            observed=told.observed,
            captures=tuple(look.look.capture.id for look in seen),
            attempts=len(usable) or len(seen),
            criterion=code,
            effect=code if told.verdict == "partial" else "",
        )

    @abstractmethod
    def _told(self, case: Case, usable: list[Seen]) -> _Conclusion: ...


def _unproven(case: Case, usable: list[Seen]) -> str | None:
    """Why what these looks show is held against nobody; None where there are two, apart, with a control alive."""
    if len(usable) < 2:
        return "not_attempted"
    if apart(case, [look.look.capture for look in usable]):
        return None
    return "own_error"


class FactCheck(_Check):
    """A rule that reads one look at a time: what the last one shows is told, of faults those that both show."""

    def __init__(self, id: str, version: int, rule: Callable[[Seen], Told]) -> None:
        self.id = id
        self.version = version
        self._rule = rule

    def _told(self, case: Case, usable: list[Seen]) -> _Conclusion:
        told = self._rule(usable[-1])
        observed = {name: value for name, value in told.figures.items() if value not in ("", [], None)}
        if not told.faults:
            return _Conclusion("verified", None, observed)
        if (unproven := _unproven(case, usable)) is not None:
            return _Conclusion("inconclusive", unproven, observed)
        before = {fault for look in usable[:-1] for fault in self._rule(look).faults}
        both = [fault for fault in told.faults if fault in before]
        if not both:
            return _Conclusion("inconclusive", "ambiguous", observed)
        return _Conclusion("partial", None, {"dns_fault": both, **observed})


class DnssecCheck(_Check):
    """Is what the zone says of the host signed, and do the signatures hold, all the way from the root?"""

    id = "dns.dnssec"
    version = 3

    def _told(self, case: Case, usable: list[Seen]) -> _Conclusion:
        last = usable[-1]
        now, then = last.now.host, last.then.host
        apex = last.look.apex
        observed: dict[str, Any] = {
            "dnssec": now.status,
            "zone": shown(apex) if apex is not None else "",
            "decided_at": shown(now.at),
            "answers": {
                f"{shown(name)} {kind}": result.status
                for (name, kind), result in sorted(last.now.answers.items())
            },
        }
        if now.fault:
            observed["dnssec_fault"] = now.fault
        if any(clock_off(case, look.look.capture.time) for look in usable):
            return _Conclusion("inconclusive", "own_error", observed)
        if now.status != then.status:
            # signatures last for days: what holds at one time says nothing of the other
            observed["dnssec_when_seen"] = then.status
            return _Conclusion("inconclusive", "not_attempted", observed)
        verdict, reason = _verdict(case, now, apex, usable)
        if verdict == "partial":
            observed["dns_fault"] = [f"dnssec_{now.status}"]
        return _Conclusion(verdict, reason, observed)


def _verdict(
    case: Case, result: Result, apex: dns.name.Name | None, usable: list[Seen]
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
    if (unproven := _unproven(case, usable)) is not None:
        return "inconclusive", unproven
    if any(look.now.host.status != "bogus" for look in usable):
        return "inconclusive", "ambiguous"
    return "partial", None
