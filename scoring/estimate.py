"""The national electronic-service ratio, estimated from auditors' verdicts on randomly drawn services.

Claimed services are sorted by what the crawl found of them; in each stratum the confirmed share of the audited
sample is applied to the rest. Targeted verdicts never enter: they were chosen, not drawn.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from checks.finding import Finding
from claims.model import Round, Service

Stratum = Literal["verified", "partial", "contradicted", "inconclusive", "not_claimed"]
STRATA: tuple[Stratum, ...] = ("verified", "partial", "contradicted", "inconclusive", "not_claimed")
CONFIRMED = {"verified": 1.0, "partial": 0.5, "contradicted": 0.0}
_Z = 1.96


@dataclass(frozen=True, slots=True)
class Estimate:
    """value with its 95 % interval, 0 to 1; audits: services that were drawn and audited."""

    value: float
    low: float
    high: float
    audits: int


def stratum_of(service: Service, finding: Finding | None) -> Stratum:
    """The crawl outcome of a service. What the crawl did not settle is one stratum."""
    if not service.electronic:
        return "not_claimed"
    if finding is None or finding.verdict == "not_applicable":
        return "inconclusive"
    return finding.verdict


def strata_of(round: Round, findings: Iterable[Finding], check: str) -> dict[str, Stratum]:
    """The stratum of each service of a cooperating agency."""
    found: dict[str, Finding] = {}
    for finding in sorted((f for f in findings if f.check == check), key=lambda f: f.id):
        found.setdefault(finding.subject.id, finding)
    cooperated = {agency.id for agency in round.agencies if agency.cooperated}
    return {s.id: stratum_of(s, found.get(s.id)) for s in round.services if s.agency in cooperated}


def confirmed_of(round: Round, *, random_only: bool) -> dict[str, float]:
    """The confirmed share of each audited subject, 0 to 1; the mean where several auditors judged it."""
    verdicts: dict[str, list[float]] = defaultdict(list)
    for verdict in round.verdicts:
        if verdict.design == "random" or not random_only:
            verdicts[verdict.subject].append(CONFIRMED[verdict.verdict])
    return {subject: math.fsum(shares) / len(shares) for subject, shares in verdicts.items()}


def posterior(confirmed: float, audits: int) -> float:
    """The share expected of services not audited: (k + 1) / (n + 2), so that few audits claim no certainty."""
    return (confirmed + 1.0) / (audits + 2.0)


def national_estimate(round: Round, findings: Iterable[Finding], check: str) -> Estimate | None:
    """None when no service was drawn at random and audited.

    Audited services count as they were found; only the rest is estimated, so that auditing all of them gives
    the truth with an interval of width 0. A stratum without audits may be all or nothing: half its weight
    goes into the interval to both sides.
    """
    strata = strata_of(round, findings, check)
    audited = {s: share for s, share in confirmed_of(round, random_only=True).items() if s in strata}
    if not audited:
        return None
    everything = len(strata)
    value = variance = unknown = 0.0
    for stratum in STRATA:
        members = sorted(service for service, of in strata.items() if of == stratum)
        if not members:
            continue
        shares = [audited[service] for service in members if service in audited]
        drawn, size = len(shares), len(members)
        weight = size / everything
        share = posterior(math.fsum(shares), drawn)
        value += (math.fsum(shares) + (size - drawn) * share) / everything
        if drawn:
            variance += weight**2 * share * (1 - share) / drawn * (1 - drawn / size)
        else:
            unknown += weight / 2
    margin = _Z * math.sqrt(variance) + unknown
    return Estimate(value, max(0.0, value - margin), min(1.0, value + margin), len(audited))
