"""Which services a human auditor should look at next.

Four in five by what an audit would teach about the agency's score, one in five drawn at random from each outcome of
the crawl, so that the national estimate stays unbiased. Contradictions do not come first: that would not reduce error. They are listed apart,
for rebuttal.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from checks.finding import Finding
from claims.model import Round, Service
from scoring.estimate import Stratum, allocate, confirmed_of, samples_of, strata_of

RANDOM_SHARE = 0.2
PER_AGENCY = 3
_LARGE = 60


@dataclass(frozen=True, slots=True)
class Case:
    """One service to audit. probability: of being drawn in this batch from its stratum, for random cases; None for targeted ones."""

    service: Service
    stratum: Stratum
    design: Literal["random", "targeted"]
    priority: float
    probability: float | None


def priority(confirmed_share: float, services: int, audited: int) -> float:
    """p(1 − p) / (min(N, 60) · (1 + audits so far of the agency))."""
    return confirmed_share * (1 - confirmed_share) / (min(services, _LARGE) * (1 + audited))


def worklist(round: Round, findings: Iterable[Finding], check: str, *, size: int, seed: int) -> list[Case]:
    """At most `size` services; random cases first, each group in its own order.

    The random ones are drawn from all services that were not drawn before, audited for another reason or not:
    a sample of what nobody looked at yet would be no sample of all. Targeted ones nobody audited yet.
    """
    strata = strata_of(round, findings, check)
    audited = confirmed_of(round, random_only=False)
    services = {service.id: service for service in round.services}
    samples = samples_of(strata, confirmed_of(round, random_only=True))
    claimed = Counter(service.agency for service in round.services)
    seen = Counter(services[s].agency for s in audited if s in services)
    ranks = {
        s: priority(samples[strata[s]].share, claimed[services[s].agency], seen[services[s].agency])
        for s in strata
    }
    count = max(1, math.floor(size * RANDOM_SHARE)) if size else 0
    drawn = _drawn(round, strata, allocate(samples, count), seed)
    cases = [Case(services[s], strata[s], "random", ranks[s], drawn[s]) for s in sorted(drawn)]
    batch: Counter[str] = Counter()
    targets = (s for s in strata if s not in audited and s not in drawn)
    for subject in sorted(targets, key=lambda s: (-ranks[s], -(services[s].annual_requests or 0), s)):
        agency = services[subject].agency
        if len(cases) >= size:
            break
        if batch[agency] < PER_AGENCY:
            batch[agency] += 1
            cases.append(Case(services[subject], strata[subject], "targeted", ranks[subject], None))
    return cases


def _drawn(
    round: Round, strata: Mapping[str, Stratum], wanted: Mapping[Stratum, int], seed: int
) -> dict[str, float]:
    """A simple random sample of each stratum: probability by service."""
    before = confirmed_of(round, random_only=True)
    random = np.random.Generator(np.random.PCG64(seed))
    drawn: dict[str, float] = {}
    for stratum, count in wanted.items():
        members = sorted(s for s, of in strata.items() if of == stratum and s not in before)
        picks = random.choice(len(members), size=count, replace=False) if count else ()
        drawn |= {members[int(pick)]: count / len(members) for pick in picks}
    return drawn


def for_rebuttal(findings: Iterable[Finding]) -> list[Finding]:
    """Contradictions of services and datasets, which the agency may answer, by agency and id."""
    return sorted(
        (f for f in findings if f.verdict == "contradicted" and f.subject.kind in ("service", "dataset")),
        key=lambda f: (f.agency, f.id),
    )
