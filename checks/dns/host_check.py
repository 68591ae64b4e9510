"""A rule about hosts in the DNS as a check: a finding for each host that the agency declares.

A look is of the resolver's making as much as of the zone's. So nothing here contradicts; what does not validate has
to be so in both looks, and is the agency's only when it breaks in a zone that may be its own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from checks.case import Case
from checks.dns.evidence import Undecided, ValidatedLook, looks, reason_of
from checks.finding import Finding, Subject, Verdict
from checks.hosts.evidence import apart
from checks.outcome import own_error
from checks.reasons import UNSEEN
from claims.hosts import declared_hosts
from web.urls import literal


@dataclass(frozen=True, slots=True)
class Conclusion:
    verdict: Verdict
    reason: str | None = None
    observed: dict[str, Any] = field(default_factory=dict)


class HostCheck(ABC):
    """What both kinds of checks have in common."""

    id: str
    version: int
    # what the DNS says has no reason of a list: its kinds stand among the observed values
    reasons = UNSEEN
    words = ("dns/facts.toml",)

    def judge(self, case: Case) -> Iterator[Finding]:
        for name in declared_hosts(case.agency):
            subject = Subject("host", name, None)
            try:
                yield self._finding(case, subject, name)
            except Exception as error:
                yield own_error(self, case, subject, error)

    def _finding(self, case: Case, subject: Subject, name: str) -> Finding:
        seen = looks(case, name) if literal(name) is None else ()
        usable = [look for look in seen if look.look.usable]
        if literal(name) is not None:
            told = Conclusion("not_applicable")
        elif not seen:
            told = Conclusion("inconclusive", "not_attempted")
        elif not usable:
            told = Conclusion("inconclusive", reason_of(seen[-1].look.failure or ""))
        else:
            try:
                told = self._told(case, usable)
            except Undecided as why:
                told = Conclusion("inconclusive", why.reason)
        if seen:
            last = (usable or list(seen))[-1].look
            told.observed.update(resolvers=list(last.resolvers), resolver_source=last.source)
        code = self.id.replace(".", "_")
        return case.finding(
            self,
            subject,
            told.verdict,
            told.reason,
            told.observed,
            (look.look.capture.id for look in seen),
            attempts=len(usable) or len(seen),
            criterion=code,
            effect=code if told.verdict == "partial" else "",
        )

    @abstractmethod
    def _told(self, case: Case, usable: list[ValidatedLook]) -> Conclusion: ...


def unproven(case: Case, usable: list[ValidatedLook]) -> str | None:
    """Why what these looks show is held against nobody; None where there are two, apart, with a control alive."""
    if len(usable) < 2:
        return "not_attempted"
    if apart(case, [look.look.capture for look in usable]):
        return None
    return "own_error"


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What a rule says of one look. faults: codes with texts in `dns_fault`. figures: what was seen. Facts: they move no score."""

    faults: tuple[str, ...] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)


class FactCheck(HostCheck):
    """A rule that reads one look at a time: what the last one shows is told, of faults those that both show."""

    def __init__(self, id: str, version: int, rule: Callable[[ValidatedLook], RuleResult]) -> None:
        self.id = id
        self.version = version
        self._rule = rule

    def _told(self, case: Case, usable: list[ValidatedLook]) -> Conclusion:
        told = self._rule(usable[-1])
        observed = {name: value for name, value in told.figures.items() if value not in ("", [], None)}
        if not told.faults:
            return Conclusion("verified", None, observed)
        if (open_for := unproven(case, usable)) is not None:
            return Conclusion("inconclusive", open_for, observed)
        before = {fault for look in usable[:-1] for fault in self._rule(look).faults}
        both = [fault for fault in told.faults if fault in before]
        if not both:
            return Conclusion("inconclusive", "ambiguous", observed)
        return Conclusion("partial", None, {"dns_fault": both, **observed})
