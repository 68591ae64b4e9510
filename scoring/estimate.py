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

from checks.finding import Finding, Verdict
from claims.model import AuditorVerdict, Round, Service

Stratum = Literal["verified", "partial", "contradicted", "inconclusive", "not_claimed"]
STRATA: tuple[Stratum, ...] = ("verified", "partial", "contradicted", "inconclusive", "not_claimed")
CONFIRMED = {"verified": 1.0, "partial": 0.5, "contradicted": 0.0}
_Z = 1.96  # of a 95 % interval
_LEAST = 1e-9  # a smaller probability is taken as this


@dataclass(frozen=True, slots=True)
class SubjectAudit:
    """What auditors found of one subject. confirmed: share, 0 to 1; the mean where several judged it.

    probability: of being drawn into its batch, None where nobody said. batch: the worklist it was drawn in.
    """

    confirmed: float
    probability: float | None = None
    batch: str | None = None


@dataclass(frozen=True, slots=True)
class StratumSample:
    """What is known of one stratum: its size, how many of it were drawn and audited, and the sum of their confirmed shares.

    weighted: the mean of these shares, each weighing as much of the rest as it stands for; effective: how many equally
    weighing audits tell as much. Both None: all weigh the same.
    """

    size: int
    drawn: int
    confirmed: float
    weighted: float | None = None
    effective: float | None = None

    @property
    def worth(self) -> float:
        """The audits that the share of the rest rests on."""
        return self.drawn if self.effective is None else self.effective

    @property
    def share(self) -> float:
        """The share expected of those not audited."""
        confirmed = self.confirmed if self.weighted is None else self.weighted * self.worth
        return posterior(confirmed, self.worth)


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


def stratum_of(service: Service, verdict: Verdict | None) -> Stratum:
    """The crawl outcome of a service; None for a service without a finding. What the crawl did not settle is one stratum."""
    if not service.electronic:
        return "not_claimed"
    return "inconclusive" if verdict is None or verdict == "not_applicable" else verdict


def strata_of(round: Round, findings: Iterable[Finding], check: str) -> dict[str, Stratum]:
    """The stratum of each service of a cooperating agency. Where a check found several things of one, the first by id decides."""
    found: dict[str, tuple[str, Verdict]] = {}
    for finding in findings:
        subject = finding.subject.id
        if finding.check == check and (subject not in found or finding.id < found[subject][0]):
            found[subject] = finding.id, finding.verdict
    cooperated = {agency.id for agency in round.agencies if agency.cooperated}
    return {
        service.id: stratum_of(service, found[service.id][1] if service.id in found else None)
        for service in round.services
        if service.agency in cooperated
    }


def audits_of(round: Round, check: str, *, random_only: bool) -> dict[str, SubjectAudit]:
    """The audit of each subject whose claim was judged, or the very question of this check."""
    judged: dict[str, list[AuditorVerdict]] = defaultdict(list)
    for verdict in round.verdicts:
        if (verdict.design == "random" or not random_only) and verdict.check in (None, check):
            judged[verdict.subject].append(verdict)
    return {subject: _audit(verdicts) for subject, verdicts in judged.items()}


def _audit(verdicts: Sequence[AuditorVerdict]) -> SubjectAudit:
    """Several auditors judge what was drawn once, so that any row which tells of the draw tells it."""
    drawn = next((v for v in verdicts if v.probability is not None), verdicts[0])
    share = math.fsum(CONFIRMED[v.verdict] for v in verdicts) / len(verdicts)
    return SubjectAudit(share, drawn.probability, drawn.batch)


def posterior(confirmed: float, audits: float) -> float:
    """The share expected of services not audited: (k + 1) / (n + 2), so that few audits claim no certainty."""
    return (confirmed + 1.0) / (audits + 2.0)


def estimated(
    strata: Mapping[str, Stratum], audits: Mapping[str, SubjectAudit], sizes: Mapping[Stratum, int]
) -> Estimate | None:
    """From the stratum of each service that was drawn and judged, its audit, and the size of each stratum.

    None when no service was drawn at random and audited.
    """
    samples = samples_of(strata, audits, sizes)
    return stratified(list(samples.values())) if any(sample.drawn for sample in samples.values()) else None


def samples_of(
    strata: Mapping[str, Stratum],
    audits: Mapping[str, SubjectAudit],
    sizes: Mapping[Stratum, int] | None = None,
) -> dict[Stratum, StratumSample]:
    """The sample of each stratum that has members. audits: by service. sizes: where the strata are those of audited services."""
    found: dict[Stratum, list[SubjectAudit]] = defaultdict(list)
    for service in sorted(strata):
        if service in audits:
            found[strata[service]].append(audits[service])
    sizes = Counter(strata.values()) if sizes is None else sizes
    return {s: sample_of(sizes[s], found[s]) for s in STRATA if sizes.get(s)}


def sample_of(size: int, audits: Sequence[SubjectAudit]) -> StratumSample:
    """What these audits of a stratum of that size tell of it."""
    weights = weights_of(audits)
    confirmed = math.fsum(audit.confirmed for audit in audits)
    if len(set(weights)) <= 1:
        return StratumSample(size, len(audits), confirmed)
    whole = math.fsum(weights)
    weighted = math.fsum(w * audit.confirmed for w, audit in zip(weights, audits, strict=True)) / whole
    return StratumSample(size, len(audits), confirmed, weighted, worth_of(weights))


def weights_of(audits: Sequence[SubjectAudit]) -> list[float]:
    """How much of the rest of a stratum each of its audits stands for, 1 on the average of its batch.

    One that was drawn with probability p stands for 1/p, itself among them, and so for 1/p − 1 of the rest. Each batch
    is a sample of its own, so that its audits weigh together as much as they are many: a small probability in a later
    batch, when less was left to draw from, says nothing of the service. In a batch whose probabilities are not all
    known, or in which everything was drawn, all weigh the same.
    """
    batches: dict[str | None, list[float | None]] = defaultdict(list)
    for audit in audits:
        batches[audit.batch].append(_stands_for(audit.probability))
    means: dict[str | None, float] = {}
    for batch, drawn in batches.items():
        known = [rest for rest in drawn if rest is not None]
        means[batch] = math.fsum(known) / len(known) if len(known) == len(drawn) else 0.0
    return [_weight(_stands_for(audit.probability), means[audit.batch]) for audit in audits]


def _stands_for(probability: float | None) -> float | None:
    return None if probability is None else 1.0 / max(probability, _LEAST) - 1.0


def _weight(rest: float | None, mean: float) -> float:
    """Equal probabilities give equal weights, to the last bit."""
    return round(rest / mean, 12) if rest is not None and mean else 1.0


def worth_of(weights: Sequence[float]) -> float:
    """The number of equally weighing audits that tell as much: (Σw)²/Σw² (Kish, Survey Sampling, 1965, section 11.7)."""
    return math.fsum(weights) ** 2 / math.fsum(w * w for w in weights)


def stratified(samples: Sequence[StratumSample]) -> Estimate:
    """The share of all services, from a simple random sample of each stratum.

    Audited services count as they were found; only the rest is estimated, so that auditing all of them gives
    the truth with an interval of width 0. A stratum without audits may be all or nothing: half its weight
    goes into the interval to both sides. Variance of a stratified mean with finite populations: Cochran, Sampling
    Techniques, 3rd edition (1977), section 5.4, with the expected share in place of the observed one and, where audits
    weigh differently, with as many of them as are worth the same.
    """
    everything = sum(sample.size for sample in samples)
    audits = sum(sample.drawn for sample in samples)
    value = variance = unknown = 0.0
    for sample in samples:
        weight, share = sample.size / everything, sample.share
        value += (sample.confirmed + (sample.size - sample.drawn) * share) / everything
        if sample.drawn:
            variance += weight**2 * share * (1 - share) / sample.worth * (1 - sample.drawn / sample.size)
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


def allocate(samples: Mapping[Stratum, StratumSample], audits: int) -> dict[Stratum, int]:
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


def _gain(sample: StratumSample, drawn: int) -> float:
    """What the next audit of a stratum takes off the variance, times the square of the number of services."""
    if drawn == 0:
        return math.inf
    return sample.size**2 * sample.share * (1 - sample.share) / (drawn * (drawn + 1))
