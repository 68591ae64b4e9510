"""Which services a human auditor should look at next.

Four in five by what an audit would teach about the agency's score, one in five at random so that the national
estimate stays unbiased. Contradictions do not come first: that would not reduce error. They are listed apart,
for rebuttal.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from checks.finding import Finding
from claims.model import Round, Service
from scoring.estimate import Stratum, confirmed_of, posterior, strata_of

RANDOM_SHARE = 0.2
PER_AGENCY = 3
_LARGE = 60


@dataclass(frozen=True, slots=True)
class Case:
    """One service to audit. probability: of being drawn, for random cases; None for targeted ones."""

    service: Service
    stratum: Stratum
    design: Literal["random", "targeted"]
    priority: float
    probability: float | None


def priority(confirmed_share: float, services: int, audited: int) -> float:
    """p(1 − p) / (min(N, 60) · (1 + audits so far of the agency))."""
    return confirmed_share * (1 - confirmed_share) / (min(services, _LARGE) * (1 + audited))


def worklist(round: Round, findings: Iterable[Finding], check: str, *, size: int, seed: int) -> list[Case]:
    """At most `size` services that nobody audited yet; random cases first, each group in its own order."""
    strata = strata_of(round, findings, check)
    audited = confirmed_of(round, random_only=False)
    services = {service.id: service for service in round.services}
    open_cases = sorted(service for service in strata if service not in audited)
    drawn = _drawn(open_cases, max(1, math.floor(size * RANDOM_SHARE)) if size else 0, seed)
    shares = stratum_shares(strata, confirmed_of(round, random_only=True))
    claimed = Counter(service.agency for service in round.services)
    seen = Counter(services[s].agency for s in audited if s in services)
    ranks = {
        s: priority(shares[strata[s]], claimed[services[s].agency], seen[services[s].agency])
        for s in open_cases
    }
    chance = len(drawn) / len(open_cases) if open_cases else 0.0
    cases = [Case(services[s], strata[s], "random", ranks[s], chance) for s in drawn]
    batch: Counter[str] = Counter()
    targets = (s for s in open_cases if s not in set(drawn))
    for subject in sorted(targets, key=lambda s: (-ranks[s], -(services[s].annual_requests or 0), s)):
        agency = services[subject].agency
        if len(cases) >= size:
            break
        if batch[agency] < PER_AGENCY:
            batch[agency] += 1
            cases.append(Case(services[subject], strata[subject], "targeted", ranks[subject], None))
    return cases


def _drawn(subjects: list[str], count: int, seed: int) -> list[str]:
    """A simple random sample, in order of id."""
    if not subjects:
        return []
    random = np.random.Generator(np.random.PCG64(seed))
    picks = random.choice(len(subjects), size=min(count, len(subjects)), replace=False)
    return sorted(subjects[int(pick)] for pick in picks)


def stratum_shares(strata: dict[str, Stratum], confirmed: dict[str, float]) -> dict[Stratum, float]:
    """The share expected to be confirmed in each stratum; one half where nobody audited."""
    sums: dict[Stratum, list[float]] = defaultdict(list)
    for service, stratum in strata.items():
        if service in confirmed:
            sums[stratum].append(confirmed[service])
    return {s: posterior(math.fsum(sums[s]), len(sums[s])) for s in set(strata.values())}


def for_rebuttal(findings: Iterable[Finding]) -> list[Finding]:
    """Contradictions of services and datasets, which the agency may answer, by agency and id."""
    return sorted(
        (f for f in findings if f.verdict == "contradicted" and f.subject.kind in ("service", "dataset")),
        key=lambda f: (f.agency, f.id),
    )
