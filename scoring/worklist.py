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
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from checks.finding import Finding, is_listed
from claims.model import AuditorVerdict, DrawnCase, Round, Service, UntoldCase
from claims.persian import fold
from scoring.estimate import Stratum, allocate, audits_of, samples_of, strata_of
from scoring.unread_agencies import is_ours, often_unread

RANDOM_SHARE = 0.2  # of a batch: what the national estimate is made from (docs/model.md, the worklist)
PER_AGENCY = 3  # cases of one agency in a batch, those drawn of it included
COLUMNS = ("subject", "verdict", "auditor", "date", "batch", "note")
SIZE = 50  # services of a batch, where nobody says otherwise
_LARGE = 60  # services from which on an agency's size lowers the priority no further


@dataclass(frozen=True, slots=True)
class AuditCase:
    """One service to audit. probability: of being drawn in this batch from its stratum, for random cases; None for targeted ones.

    unread: whether we failed on it, of an agency where we fail often. Whoever judges sees nothing of this but the service.
    """

    service: Service
    stratum: Stratum
    design: Literal["random", "targeted"]
    priority: float
    probability: float | None
    unread: bool = False


@dataclass(frozen=True, slots=True)
class AuditBatch:
    """What is handed out to be judged. Nothing in it, its order neither, tells what the program found.

    services: by agency and id. seed: of the draw, which anybody can repeat. disputed: contradictions, for rebuttal, but
    for those of services that are still to be judged.
    """

    name: str
    seed: int
    services: Sequence[Service]
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
    """The name of the next batch: `b1`, or one more than the highest that was drawn, or that verdicts name."""
    rows: list[AuditorVerdict | UntoldCase | DrawnCase] = [*round.verdicts, *round.untold, *round.drawn]
    names = [row.batch or "" for row in rows]
    numbers = [int(name[1:]) for name in names if name[:1] == "b" and name[1:].isdecimal()]
    return f"b{max(numbers, default=0) + 1}"


def open_cases(round: Round) -> list[DrawnCase]:
    """Cases of batches that are still to be judged: by everybody whom they were given to, else by anybody."""
    ended: dict[tuple[str | None, str], set[str]] = defaultdict(set)
    rows: list[AuditorVerdict | UntoldCase] = [*round.verdicts, *round.untold]
    for row in rows:
        if row.check is None:
            ended[row.batch, row.subject].add(same_name(row.auditor))
    return [case for case in round.drawn if not _has_ended(case, ended[case.batch, case.subject])]


def _has_ended(case: DrawnCase, by: set[str]) -> bool:
    return by.issuperset(map(same_name, case.auditors)) if case.auditors else bool(by)


def same_name(auditor: str) -> str:
    """The same for a name in Arabic and in Persian letters: «علي», «علی»."""
    return fold(auditor)


def batch_in_work(round: Round) -> str | None:
    """The batch that has open cases; None when the next one is to be drawn."""
    return next((case.batch for case in open_cases(round)), None)


def cases_of(round: Round, batch: str) -> list[DrawnCase]:
    return [case for case in round.drawn if case.batch == batch]


def drawn_cases(cases: Iterable[AuditCase], batch: str) -> list[DrawnCase]:
    """As they are kept, by agency and id: the order in which they were found tells what the program found."""
    ordered = sorted(cases, key=lambda case: (case.service.agency, case.service.id))
    return [DrawnCase(batch, case.service.id, case.design, case.probability) for case in ordered]


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
    an agency together with what was drawn of it; first those that we failed on, of agencies where we fail often.
    often: these agencies, where the findings are not all that there are.
    """
    if often is None:
        findings = list(findings)
        often = often_unread(findings)
    unread = set[str]()
    strata = strata_of(round, _noting(unread, findings, check, often), check)
    audits = audits_of(round, check, random_only=True)
    before = {*audits, *(case.subject for case in round.untold if case.design == "random")}
    audited = {*audits_of(round, check, random_only=False), *(case.subject for case in round.untold)}
    samples = samples_of(strata, audits)
    claimed = Counter(service.agency for service in round.services)
    seen = Counter(service.agency for service in round.services if service.id in audited)
    pools = {
        stratum: sorted(s for s, of in strata.items() if of == stratum and s not in before)
        for stratum in samples
    }
    count = max(1, math.floor(size * RANDOM_SHARE)) if size else 0
    room = {s: replace(samples[s], size=samples[s].drawn + len(pools[s])) for s in samples}
    wanted = allocate(room, count)
    drawn = _drawn(pools, wanted, seed, len(before))

    def worth(service: Service) -> float:
        share, agency = samples[strata[service.id]].share, service.agency
        return priority(share, claimed[agency], seen[agency])

    def random_case(service: Service) -> AuditCase:
        stratum = strata[service.id]
        drawn_of, of = wanted[stratum], len(pools[stratum])
        return AuditCase(
            service, stratum, "random", worth(service), drawn_of / of if drawn_of and of else None
        )

    chosen, random_ones = frozenset(drawn), dict[str, AuditCase]()
    # the first first, with the place of each: of a country the services themselves are too many
    targets: list[tuple[bool, float, int, str, int]] = []
    for place, service in enumerate(round.services):
        id = service.id
        if id in chosen:
            random_ones[id] = random_case(service)
        elif id in strata and id not in audited:
            targets.append((id not in unread, -worth(service), -(service.annual_requests or 0), id, place))
    cases = [random_ones[id] for id in drawn]
    batch = Counter(one.service.agency for one in cases)
    for seen_well, value, _, id, place in sorted(targets):
        if len(cases) >= size:
            break
        service = round.services[place]
        if batch[service.agency] < PER_AGENCY:
            batch[service.agency] += 1
            cases.append(AuditCase(service, strata[id], "targeted", -value, None, not seen_well))
    return cases


def _noting(
    unread: set[str], findings: Iterable[Finding], check: str, often: Mapping[str, int]
) -> Iterator[Finding]:
    """The findings as they come. unread: takes the subjects on which we failed, of agencies where we fail often."""
    for finding in findings:
        if finding.check == check and finding.agency in often and is_ours(finding):
            unread.add(finding.subject.id)
        yield finding


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


def rows(subjects: Iterable[str], batch: str, note: str = "") -> str:
    """The cases as rows of verdicts.csv, for the auditor to fill in verdict, name and date. A BOM, so that Excel reads it.

    How they were drawn is not among them, for it tells what the program found: `claims.audits` reads it from batches.csv.
    note: of every row.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows((subject, "", "", "", batch, note) for subject in subjects)
    return "\ufeff" + out.getvalue()


def for_rebuttal(findings: Iterable[Finding]) -> list[Finding]:
    """Contradictions of claimed services and datasets, which the agency may answer, by agency and id. What was observed is left
    out: a country has a hundred thousand of them."""
    return sorted(
        (
            replace(f, observed={}, captures=())
            for f in findings
            if f.verdict == "contradicted" and f.subject.kind in ("service", "dataset") and not is_listed(f)
        ),
        key=lambda f: (f.agency, f.id),
    )
