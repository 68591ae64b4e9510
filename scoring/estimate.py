"""The national electronic-service ratio, estimated from auditors' verdicts on randomly drawn services.

Claimed services are sorted by what the crawl found of them; in each stratum the confirmed share of the audited
sample is applied to the rest. Targeted verdicts never enter: they were chosen, not drawn.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from checks.finding import Finding
from claims.model import Round, Service

Stratum = Literal["verified", "partial", "contradicted", "inconclusive", "not_claimed"]
STRATA: tuple[Stratum, ...] = ("verified", "partial", "contradicted", "inconclusive", "not_claimed")
CONFIRMED = {"verified": 1.0, "partial": 0.5, "contradicted": 0.0}
_Z = 1.96


@dataclass(frozen=True, slots=True)
class Sample:
    """What is known of one stratum: its size, how many of it were drawn and audited, and the sum of their confirmed shares."""

    size: int
    drawn: int
    confirmed: float

    @property
    def share(self) -> float:
        """The share expected of those not audited."""
        return posterior(self.confirmed, self.drawn)


@dataclass(frozen=True, slots=True)
class Estimate:
    """value with its 95 % interval, 0 to 1; audits: services that were drawn and audited.

    design_effect: the variance over that of as many audits drawn without strata; below 1 the strata are worth audits.
    None where a stratum has no audit yet, or nothing varies.
    """

    value: float
    low: float
    high: float
    audits: int
    design_effect: float | None = None


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
    """None when no service was drawn at random and audited."""
    return estimated(strata_of(round, findings, check), confirmed_of(round, random_only=True))


def estimated(strata: Mapping[str, Stratum], confirmed: Mapping[str, float]) -> Estimate | None:
    """The same from the stratum of each service and the confirmed share of each that was audited."""
    samples = samples_of(strata, confirmed)
    return stratified(list(samples.values())) if any(sample.drawn for sample in samples.values()) else None


def samples_of(strata: Mapping[str, Stratum], confirmed: Mapping[str, float]) -> dict[Stratum, Sample]:
    """The sample of each stratum that has members. confirmed: by audited service, 0 to 1."""
    shares: dict[Stratum, list[float]] = defaultdict(list)
    for service in sorted(strata):
        if service in confirmed:
            shares[strata[service]].append(confirmed[service])
    sizes = Counter(strata.values())
    return {s: Sample(sizes[s], len(shares[s]), math.fsum(shares[s])) for s in STRATA if sizes[s]}


def stratified(samples: Sequence[Sample]) -> Estimate:
    """The share of all services, from a simple random sample of each stratum.

    Audited services count as they were found; only the rest is estimated, so that auditing all of them gives
    the truth with an interval of width 0. A stratum without audits may be all or nothing: half its weight
    goes into the interval to both sides. Variance of a stratified mean with finite populations: Cochran, Sampling
    Techniques, 3rd edition (1977), section 5.4, with the expected share in place of the observed one.
    """
    everything = sum(sample.size for sample in samples)
    audits = sum(sample.drawn for sample in samples)
    value = variance = unknown = 0.0
    for sample in samples:
        weight, share = sample.size / everything, sample.share
        value += (sample.confirmed + (sample.size - sample.drawn) * share) / everything
        if sample.drawn:
            variance += weight**2 * share * (1 - share) / sample.drawn * (1 - sample.drawn / sample.size)
        else:
            unknown += weight / 2
    margin = _Z * math.sqrt(variance) + unknown
    plain = value * (1 - value) / audits * (1 - audits / everything) if audits else 0.0
    return Estimate(
        value,
        max(0.0, value - margin),
        min(1.0, value + margin),
        audits,
        variance / plain if plain > 0 and not unknown else None,
    )


def allocate(samples: Mapping[Stratum, Sample], audits: int) -> dict[Stratum, int]:
    """How many of the next audits to draw from each stratum.

    Each goes where it takes most off the variance, which is Neyman's allocation in whole numbers (Wright, The
    Equivalence of Neyman Optimum Allocation for Sampling and Equal Proportions for Apportioning the U.S. House of
    Representatives, The American Statistician 66, 2012). A stratum that nobody was drawn from comes first.
    """
    given = dict.fromkeys(samples, 0)
    for _ in range(audits):
        open_ones = [s for s, sample in samples.items() if sample.drawn + given[s] < sample.size]
        if not open_ones:
            break
        best = max(open_ones, key=lambda s: _gain(samples[s], samples[s].drawn + given[s]))
        given[best] += 1
    return given


def _gain(sample: Sample, drawn: int) -> float:
    """What the next audit of a stratum takes off the variance, times the square of the number of services."""
    if drawn == 0:
        return math.inf
    return sample.size**2 * sample.share * (1 - sample.share) / (drawn * (drawn + 1))
