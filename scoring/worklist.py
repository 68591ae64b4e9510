"""Which services a human auditor should look at next.

Four in five by what an audit would teach about the agency's score, one in five drawn at random from each outcome of
the crawl, so that the national estimate stays unbiased. Contradictions do not come first: that would not reduce error. They are listed apart,
for rebuttal.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from checks.finding import Finding
from claims.model import Round, Service
from scoring.estimate import Stratum, allocate, audits_of, samples_of, strata_of
from scoring.unread_agencies import is_ours, often_unread

RANDOM_SHARE = 0.2  # of a batch: what the national estimate is made from (docs/model.md, the worklist)
PER_AGENCY = 3  # cases of one agency in a batch, those drawn of it included
COLUMNS = ("subject", "verdict", "auditor", "date", "design", "probability", "batch", "note")
_LARGE = 60  # services from which on an agency's size lowers the priority no further


@dataclass(frozen=True, slots=True)
class SelectionReason:
    """What put a case on the list.

    share: of its outcome that is expected to be confirmed, 0 to 1. services: the agency claims; audited: of these so
    far. drawn, of: the draw of its outcome in this batch, random cases alone. failed: how often we failed on the
    agency's answers, where that was so often that a person looks first; targeted cases alone.
    """

    share: float
    services: int
    audited: int
    drawn: int | None = None
    of: int | None = None
    failed: int | None = None


@dataclass(frozen=True, slots=True)
class AuditCase:
    """One service to audit. probability: of being drawn in this batch from its stratum, for random cases; None for targeted ones."""

    service: Service
    stratum: Stratum
    design: Literal["random", "targeted"]
    priority: float
    probability: float | None
    why: SelectionReason


@dataclass(frozen=True, slots=True)
class AuditBatch:
    """cases: random ones first. disputed: contradictions, for rebuttal. seed: of the draw, which anybody can repeat."""

    name: str
    seed: int
    cases: Sequence[AuditCase]
    disputed: Sequence[Finding]


def priority(confirmed_share: float, services: int, audited: int) -> float:
    """p(1 − p) / (min(N, 60) · (1 + audits so far of the agency))."""
    return confirmed_share * (1 - confirmed_share) / (min(services, _LARGE) * (1 + audited))


def draw_seed(seed: int, evidence: str | None) -> int:
    """The seed of the draws of a round. evidence: SHA-256 of its sealed manifest, which nobody knew before the crawl.

    So nobody can know, when claims are made or portals are mended, which services will be drawn; afterwards anybody can
    draw again.
    """
    return int.from_bytes(hashlib.sha256(f"{seed}:{evidence or ''}".encode()).digest()[:8])


def batch_of(round: Round) -> str:
    """The name of the next batch: `b1`, or one more than the highest that verdicts name."""
    names = [verdict.batch or "" for verdict in round.verdicts]
    numbers = [int(name[1:]) for name in names if name[:1] == "b" and name[1:].isdecimal()]
    return f"b{max(numbers, default=0) + 1}"


def worklist(
    round: Round,
    findings: Iterable[Finding],
    check: str,
    *,
    size: int,
    seed: int,
    often: Mapping[str, int] | None = None,
) -> list[AuditCase]:
    """At most `size` services; random cases first, each group in its own order.

    The random ones are drawn from all services that were not drawn before, audited for another reason or not:
    a sample of what nobody looked at yet would be no sample of all. Targeted ones nobody audited yet, at most three of
    an agency together with what was drawn of it; first those that we failed on, of agencies where we fail often. often: these
    agencies, where the findings are not all that there are.
    """
    findings = list(findings)
    often = often_unread(findings) if often is None else often
    unread = {f.subject.id for f in findings if f.check == check and f.agency in often and is_ours(f)}
    strata = strata_of(round, findings, check)
    before = audits_of(round, check, random_only=True)
    audited = audits_of(round, check, random_only=False)
    services = {service.id: service for service in round.services}
    samples = samples_of(strata, before)
    claimed = Counter(service.agency for service in round.services)
    seen = Counter(services[s].agency for s in audited if s in services)
    pools = {
        stratum: sorted(s for s, of in strata.items() if of == stratum and s not in before)
        for stratum in samples
    }
    count = max(1, math.floor(size * RANDOM_SHARE)) if size else 0
    wanted = allocate(samples, count)
    drawn = _drawn(pools, wanted, seed, len(before))

    def case(subject: str, design: Literal["random", "targeted"]) -> AuditCase:
        service, stratum = services[subject], strata[subject]
        share, agency = samples[stratum].share, service.agency
        draw = wanted[stratum], len(pools[stratum])
        why = SelectionReason(share, claimed[agency], seen[agency])
        if design == "random":
            why = replace(why, drawn=draw[0], of=draw[1])
        elif subject in unread:
            why = replace(why, failed=often[agency])
        return AuditCase(
            service,
            stratum,
            design,
            priority(share, claimed[agency], seen[agency]),
            draw[0] / draw[1] if design == "random" and all(draw) else None,
            why,
        )

    cases = [case(subject, "random") for subject in drawn]
    batch = Counter(one.service.agency for one in cases)
    targets = [case(s, "targeted") for s in strata if s not in audited and s not in set(drawn)]
    for target in sorted(
        targets,
        key=lambda t: (
            t.why.failed is None,
            -t.priority,
            -(t.service.annual_requests or 0),
            t.service.id,
        ),
    ):
        if len(cases) >= size:
            break
        if batch[target.service.agency] < PER_AGENCY:
            batch[target.service.agency] += 1
            cases.append(target)
    return cases


def _drawn(
    pools: Mapping[Stratum, Sequence[str]], wanted: Mapping[Stratum, int], seed: int, before: int
) -> list[str]:
    """A simple random sample of each stratum, by id. before: how many were drawn in earlier batches.

    Every batch has a stream of its own: with one for all, a batch would point at the neighbours of the last one.
    """
    random = np.random.Generator(np.random.PCG64([seed, before]))
    return sorted(
        members[int(pick)]
        for stratum, members in pools.items()
        if wanted[stratum]
        for pick in random.choice(len(members), size=wanted[stratum], replace=False)
    )


def rows(cases: Iterable[AuditCase], batch: str, note: str = "") -> str:
    """The cases as rows of verdicts.csv, for the auditor to fill in verdict, name and date. A BOM, so that Excel reads it.

    note: of every row.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for case in cases:
        probability = "" if case.probability is None else repr(case.probability)
        writer.writerow((case.service.id, "", "", "", case.design, probability, batch, note))
    return "\ufeff" + out.getvalue()


def for_rebuttal(findings: Iterable[Finding]) -> list[Finding]:
    """Contradictions of services and datasets, which the agency may answer, by agency and id."""
    return sorted(
        (f for f in findings if f.verdict == "contradicted" and f.subject.kind in ("service", "dataset")),
        key=lambda f: (f.agency, f.id),
    )
