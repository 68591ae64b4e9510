"""How often the program itself is wrong: its findings held against auditors' verdicts, for each check and its version.

Cases drawn at random tell of all findings, cases chosen for another reason only of themselves; they are counted apart. A
verdict never changes a finding: it is counted here, and the rule is mended. What counts is what was wrong when it was found:
where a claim was tested again, what auditors saw before is held against what the crawl had found. Not here: what the
verdicts tell of the country (`scoring.estimate`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, cast

from checks.finding import Finding, Verdict, as_crawled, is_listed, judgement_digest, tied_by_alias
from claims.model import AuditorVerdict, Round, UntoldCase, VerdictWord
from scoring.estimate import StratumSample, SubjectAudit, sample_of, stratified
from scoring.open_data import wilson

Said = Literal["verified", "partial", "contradicted", "open"]
"""What a check said of a subject; open: nothing that a score moves on."""

_Sizes = Mapping[tuple[str, int, Verdict], int]
_SETTLED: tuple[VerdictWord, ...] = ("verified", "partial", "contradicted")
CLAIM_CHECKS = ("services.entry", "datasets.freshness", "datasets.usability")
"""The questions of a claim itself, which a verdict without `check` answers."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its 95 % interval, 0 to 1. of: audited cases that it rests on."""

    value: float
    low: float
    high: float
    of: int


@dataclass(frozen=True, slots=True)
class VerdictCounts:
    """cases: (what the check said, what auditors found) to the number of subjects."""

    cases: Mapping[tuple[Said, VerdictWord], int] = field(default_factory=dict)

    def said(self, word: Said) -> int:
        return sum(count for (said, _), count in self.cases.items() if said == word)

    def wrong(self, word: Said) -> int:
        """Of what the check said, how much auditors found otherwise."""
        return sum(count for (said, found), count in self.cases.items() if said == word != found)

    @property
    def audited(self) -> int:
        return sum(self.cases.values())

    @property
    def open(self) -> int:
        return self.said("open")

    @property
    def settled(self) -> int:
        return self.audited - self.open

    @property
    def agreeing(self) -> int:
        return sum(self.cases.get((word, word), 0) for word in _SETTLED)


@dataclass(frozen=True, slots=True)
class ErrorRate:
    """Of one check in one version.

    agreement: of all that it settled; wrong_contradictions, wrong_verifications: of what it refuted, of what it
    confirmed; each from the random cases, None without any. judged_twice: subjects that several auditors judged;
    auditors_differ: of these, those of which they said different things, which are in no other number.
    withdrawn: findings taken back after the agency's reply. known_errors: subjects of which it is known in any of these
    ways that what was said did not hold. by_alias: of subjects whose page an auditor chose, drawn or not; they are in no other
    number. earlier_judgement: verdicts on a judgement that is neither this nor the crawl's, in no other number either.
    could_not_tell: subjects that auditors looked at, and of which none gave a verdict; they are in no other number.
    """

    check: str
    version: int
    random: VerdictCounts
    targeted: VerdictCounts
    agreement: Rate | None
    wrong_contradictions: Rate | None
    wrong_verifications: Rate | None
    judged_twice: int
    auditors_differ: int
    withdrawn: int
    known_errors: int
    by_alias: VerdictCounts = field(default_factory=VerdictCounts)
    earlier_judgement: int = 0
    could_not_tell: int = 0


@dataclass(frozen=True, slots=True)
class _AuditedFinding:
    """One finding and what the auditors said of its subject."""

    finding: Finding
    words: frozenset[VerdictWord]
    random: bool
    verdicts: Sequence[AuditorVerdict]
    by_alias: bool = False

    @property
    def audit(self) -> SubjectAudit:
        """Whether they found what the check said, and how the case was drawn."""
        drawn = next((v for v in self.verdicts if v.probability is not None), self.verdicts[0])
        agrees = said_of(self.finding.verdict) in self.words
        return SubjectAudit(float(agrees), drawn.probability, drawn.batch)


def said_of(verdict: Verdict) -> Said:
    return "open" if verdict in ("inconclusive", "not_applicable") else verdict  # type: ignore[return-value]


def error_rates(round: Round, findings: Iterable[Finding]) -> list[ErrorRate]:
    """Of every check with audited or withdrawn subjects, by id and version.

    findings: as they count; those that were withdrawn after a reply are held against verdicts as they were published. A
    finding without a question (`not_applicable`) is not held against anything.
    """
    taken_back: dict[tuple[str, int], list[Finding]] = defaultdict(list)
    judged_subjects = {verdict.subject for verdict in round.verdicts}
    looked_at = {case.subject for case in round.untold}
    cooperated = {agency.id for agency in round.agencies if agency.cooperated}
    sizes: Counter[tuple[str, int, Verdict]] = Counter()
    published = []  # of what was judged: a country has millions of others
    untold: dict[tuple[str, int], set[str]] = defaultdict(set)
    for finding in findings:
        was = published_of(finding)
        if taken_back_of(finding):
            taken_back[was.check, was.check_version].append(was)
        if was.subject.kind in ("service", "dataset") and not is_listed(was):
            first = _at_crawl(was)
            by_alias = first is was and tied_by_alias(was)
            sizes[was.check, was.check_version, first.verdict] += was.agency in cooperated and not by_alias
            if was.subject.id in judged_subjects:
                published.append(was)
            if was.subject.id in looked_at and was.verdict != "not_applicable":
                untold[was.check, was.check_version].add(was.subject.id)
    found: dict[tuple[str, int], list[_AuditedFinding]] = defaultdict(list)
    earlier: Counter[tuple[str, int]] = Counter()
    for judged in _held_against(round, published, earlier):
        found[judged.finding.check, judged.finding.check_version].append(judged)
    counts = {key: _untold(round, key[0], subjects) for key, subjects in untold.items()}
    ended = {key for key, count in counts.items() if count}
    return [
        _rate(key, found.get(key, []), taken_back.get(key, []), sizes, earlier[key], counts.get(key, 0))
        for key in sorted(found.keys() | taken_back.keys() | earlier.keys() | ended)
    ]


def _untold(round: Round, check: str, subjects: set[str]) -> int:
    """Of these subjects, those whose question of this check was looked at and got no verdict from anybody."""

    def asks(row: AuditorVerdict | UntoldCase) -> bool:
        return check in (CLAIM_CHECKS if row.check is None else (row.check,))

    judged = {row.subject for row in round.verdicts if asks(row)}
    return len({row.subject for row in round.untold if asks(row)} & subjects - judged)


WITHDRAWN = "withdrawn"
"""Among the observed values of a finding that an auditor took back: what it was."""
CRAWL_WITHDRAWN = "crawl_withdrawn"
"""Among the observed values: what the crawl had found was withdrawn, and a re-test has found something else since."""


def taken_back_of(finding: Finding) -> bool:
    """Whether an auditor took back what is said of the subject, or what the crawl had said of it."""
    return published_of(finding) is not finding or CRAWL_WITHDRAWN in finding.observed


def _at_crawl(finding: Finding) -> Finding:
    before = as_crawled(finding)
    return finding if before is None else before[0]


def _of_another_judgement(verdict: AuditorVerdict, findings: Mapping[str, Finding]) -> bool | None:
    """Whether the row says that the auditor saw something else than what is found now; None where it does not say what was seen.

    What was withdrawn is no longer there to be compared.
    """
    asked = (verdict.check,) if verdict.check else CLAIM_CHECKS
    seen = [_as_judged(findings[check]) for check in asked if check in findings]
    if verdict.judged is None or any(WITHDRAWN in finding.observed for finding in seen):
        return None
    return judgement_digest(seen) != verdict.judged


def _as_judged(finding: Finding) -> Finding:
    """Without what the ledger of replies adds."""
    observed = {name: value for name, value in finding.observed.items() if name != CRAWL_WITHDRAWN}
    return replace(finding, observed=observed)


def _seen_by(verdict: AuditorVerdict, finding: Finding, other: bool | None) -> Finding | None:
    """The finding as it was when the auditor looked: before the re-test, or by it; None where it was neither.

    Who looked on the day of the re-test may have seen either, and is taken to have seen what agrees; a row that says what was
    seen leaves no doubt. other: as `_of_another_judgement`.
    """
    before = as_crawled(finding)
    if other is False:
        return finding
    if other:
        return before[0] if before is not None and verdict.date <= before[1] else None
    if before is None or verdict.date > before[1]:
        return finding
    first, day = before
    return first if verdict.date < day or said_of(first.verdict) == verdict.verdict else finding


def published_of(finding: Finding) -> Finding:
    """A withdrawn finding as it was published; any other as it is."""
    was = finding.observed.get(WITHDRAWN)
    if finding.reason != "own_error" or not isinstance(was, str):
        return finding
    verdict, _, reason = was.partition(" ")
    return replace(finding, verdict=cast(Verdict, verdict), reason=reason or None)


def without_finding(round: Round, findings: Iterable[Finding]) -> list[AuditorVerdict]:
    """Verdicts on a check that says nothing of their subject: a name written wrong, or of another version."""
    asked = {(verdict.subject, verdict.check) for verdict in round.verdicts if verdict.check is not None}
    if not asked:
        return []
    there = {key for f in findings if (key := (f.subject.id, f.check)) in asked}
    return [v for v in round.verdicts if v.check is not None and (v.subject, v.check) not in there]


def _held_against(
    round: Round, findings: Sequence[Finding], earlier: Counter[tuple[str, int]]
) -> Iterable[_AuditedFinding]:
    """findings: as they were published. earlier: counts verdicts on judgements that are gone, by check and version."""
    by_subject: dict[str, dict[str, Finding]] = defaultdict(dict)
    for finding in sorted(findings, key=lambda f: f.id):
        by_subject[finding.subject.id].setdefault(finding.check, finding)
    verdicts: dict[tuple[str, str], list[AuditorVerdict]] = defaultdict(list)
    other: dict[int, bool | None] = {}
    for verdict in round.verdicts:
        there = by_subject.get(verdict.subject, {})
        other[id(verdict)] = _of_another_judgement(verdict, there)
        seen = {c: _seen_by(verdict, finding, other[id(verdict)]) for c, finding in there.items()}
        for check in _questions(verdict, {c: there[c] if one is None else one for c, one in seen.items()}):
            if seen[check] is None:
                earlier[check, there[check].check_version] += 1
            else:
                verdicts[verdict.subject, check].append(verdict)
    for (subject, check), given in sorted(verdicts.items()):
        drawn = [verdict for verdict in given if verdict.design == "random"]
        counted = drawn or given
        finding = by_subject[subject][check]
        by_alias = tied_by_alias(finding)
        if of_crawl := [v for v in counted if _seen_by(v, finding, other[id(v)]) is not finding]:
            counted, finding, by_alias = of_crawl, _at_crawl(finding), False
        words = frozenset(verdict.verdict for verdict in counted)
        yield _AuditedFinding(finding, words, bool(drawn), counted, by_alias)


def _questions(verdict: AuditorVerdict, findings: Mapping[str, Finding]) -> list[str]:
    """The checks of this subject that a verdict speaks of.

    A dataset whose claim does not hold, or holds in part, is not fresh or not usable. Where the auditor does not say
    which, a check that found the same is taken to be meant; where none did, nobody knows which is wrong, and both count.
    """
    asked = (verdict.check,) if verdict.check else CLAIM_CHECKS
    there = [c for c in asked if c in findings and findings[c].verdict != "not_applicable"]
    if verdict.check or verdict.verdict == "verified":
        return there
    return [check for check in there if findings[check].verdict == verdict.verdict] or there


def _rate(
    key: tuple[str, int],
    judged: Sequence[_AuditedFinding],
    withdrawn: Sequence[Finding],
    sizes: _Sizes,
    earlier: int,
    could_not_tell: int,
) -> ErrorRate:
    check, version = key
    chosen = [one for one in judged if one.by_alias]
    judged = [one for one in judged if not one.by_alias]
    clear = [one for one in judged if len(one.words) == 1]
    random = [one for one in clear if one.random]
    samples = {
        word: sample_of(max(sizes.get((check, version, word), 0), len(audits)), audits)
        for word in _SETTLED
        if (audits := [one.audit for one in random if said_of(one.finding.verdict) == word])
    }
    wrong = {one.finding.id for one in clear if said_of(one.finding.verdict) not in (*one.words, "open")}
    return ErrorRate(
        check=check,
        version=version,
        random=_tally(random),
        targeted=_tally([one for one in clear if not one.random]),
        agreement=_agreement(check, version, samples, sizes),
        wrong_contradictions=_wrong(samples.get("contradicted")),
        wrong_verifications=_wrong(samples.get("verified")),
        judged_twice=sum(len(one.verdicts) > 1 for one in judged),
        auditors_differ=len(judged) - len(clear),
        withdrawn=len(withdrawn),
        known_errors=len(wrong | {finding.id for finding in withdrawn}),
        by_alias=_tally([one for one in chosen if len(one.words) == 1]),
        earlier_judgement=earlier,
        could_not_tell=could_not_tell,
    )


def _tally(judged: Iterable[_AuditedFinding]) -> VerdictCounts:
    return VerdictCounts(Counter((said_of(one.finding.verdict), next(iter(one.words))) for one in judged))


def _wrong(sample: StratumSample | None) -> Rate | None:
    """Wilson's interval over as many cases as weigh the same."""
    if sample is None:
        return None
    right = sample.confirmed / sample.drawn if sample.weighted is None else sample.weighted
    low, high = wilson((1.0 - right) * sample.worth, sample.worth)
    return Rate(1.0 - right, low, high, sample.drawn)


def _agreement(
    check: str,
    version: int,
    samples: Mapping[VerdictWord, StratumSample],
    sizes: _Sizes,
) -> Rate | None:
    """Over all that the check settled, by what it said, as the national estimate is made.

    None while nothing was drawn from one of these outcomes: it may hold anything.
    """
    said = [word for word in _SETTLED if word in samples or sizes.get((check, version, word))]
    strata = [samples[word] for word in said if word in samples]
    if not strata or len(strata) < len(said):
        return None
    estimate = stratified(strata)
    return Rate(estimate.value, estimate.low, estimate.high, estimate.audits)
