"""The rules: from findings and claims to the value of one part of an indicator.

Every rule reads subjects into `PartInput`s with a lower and an upper bound and takes their mean, so that verified
can never exceed possible. Only verified, partial and contradicted findings settle an input.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from checks.finding import Finding
from claims.model import Declaration
from scoring.attested import Attestation, attestation
from scoring.claim_credit import ClaimCredit, credit_of
from scoring.facts import AgencyFacts
from scoring.model import (
    Attested,
    Boolean,
    Checked,
    Claimed,
    Count,
    Credit,
    Decided,
    Deductions,
    Freshness,
    Goalposts,
    Measured,
    Ordinal,
    Part,
    Ratio,
    Steps,
)

State = Literal[
    "measured",
    "unmeasured",
    "not_given",
    "absent",
    "claim_only",
    "published",
    "attested",
    "unattested",
    "not_applicable",
    "mixed",
]
"""Where a value comes from. absent: nothing was claimed, so there is nothing to look at. unmeasured: this
program does not look yet, which is no fault of the agency. not_given: the round lacks the file that the look needs,
which is none either."""


@dataclass(frozen=True, slots=True)
class PartInput:
    """What one subject adds: its bounds, and how much of it evidence settled, 0 to 1.

    finding: the finding it rests on; None for a claim that no finding speaks of.
    """

    subject: str
    lower: float
    upper: float
    settled: float
    finding: str | None = None


@dataclass(frozen=True, slots=True)
class PartValue:
    """The value of one part.

    lower, upper: None when it does not apply. observable: the share of the part that evidence can decide at
    all; observed: the share that it did decide. declared: what the claims say of it; None when they say nothing.
    attestation: of a part that rests on a document. credit: of one that rests on a claim alone, from the round before.
    """

    state: State
    lower: float | None
    upper: float | None
    observable: float
    observed: float
    declared: float | None
    inputs: tuple[PartInput, ...] = ()
    attestation: Attestation | None = None
    credit: ClaimCredit | None = None


def read(part: Part, indicator: str, facts: AgencyFacts, *, published: bool = False) -> PartValue:
    """One part of an indicator for one agency. published: declared values are published figures."""
    declaration = facts.declarations.get(indicator)
    declared = declaration.value if declaration else None
    if isinstance(part, Claimed):
        if published:
            return _published(declared)
        return _claim_only(declared, credit_of(facts.audited_before.get(indicator), facts.agency.id))
    if isinstance(part, Attested):
        return _attested(part, declaration, facts)
    if part.planned and not facts.of(part.check):
        return PartValue("unmeasured", 0.0, 1.0, 0.0, 0.0, declared)
    if part.needs is not None and not facts.of(part.check):
        return PartValue("not_given", 0.0, 1.0, 0.0, 0.0, declared)
    return _checked(part, declared, facts)


def _checked(part: Checked, declared: float | None, facts: AgencyFacts) -> PartValue:
    if isinstance(part, Boolean):
        elements = [
            _element(part, finding, declared) for finding in facts.of(part.check) if _applies(finding)
        ]
        return _looked(elements, declared, facts.of(part.check))
    if isinstance(part, Ratio):
        return _ratio(part, declared, facts)
    if isinstance(part, Ordinal):
        return _ordinal(part, declared, facts)
    found = [finding for finding in facts.of(part.check) if _applies(finding)]
    if isinstance(part, Deductions):
        inputs = [_deducted(part, finding) for finding in found]
    else:
        if part.unless is not None and (facts.services if part.unless == "services" else facts.datasets):
            return PartValue("not_applicable", None, None, 0.0, 0.0, None)
        if part.subjects != "agency":
            return _claimed_numbers(part, declared, facts)
        inputs = [_measured(part, finding, declared) for finding in found]
    return _looked(inputs, declared, facts.of(part.check))


def _applies(finding: Finding) -> bool:
    return finding.verdict != "not_applicable"


def _claim_only(declared: float | None, credit: ClaimCredit | None) -> PartValue:
    said = declared or 0.0
    earned = credit.factor * said if credit is not None else 0.0
    return PartValue("claim_only", earned, said, 0.0, 0.0, declared, credit=credit)


def _published(figure: float | None) -> PartValue:
    if figure is None:
        return PartValue("not_applicable", None, None, 0.0, 0.0, None)
    return PartValue("published", figure, figure, 1.0, 1.0, figure)


def _attested(part: Attested, declaration: Declaration | None, facts: AgencyFacts) -> PartValue:
    signals = [f for f in facts.of(part.signal) if f.verdict == "partial"] if part.signal else []
    most = part.signal_most if signals else 1.0
    told = attestation(part, declaration, facts.as_of)
    upper = min(most, told.value) if told is not None else 0.0
    return PartValue(
        "attested" if told is not None and told.valid else "unattested",
        0.0,
        upper,
        0.0,
        0.0,
        declaration.value if declaration else None,
        tuple(PartInput(f.subject.id, 0.0, min(most, upper), 0.0, f.id) for f in signals),
        None if told is None else replace(told, value=upper),
    )


def _looked(inputs: list[PartInput], declared: float | None, findings: tuple[Finding, ...]) -> PartValue:
    """A part whose subjects only a look can name (hosts, elements). No finding at all: the look is missing."""
    if not findings:
        return PartValue("measured", 0.0, 1.0, 1.0, 0.0, declared)
    return _mean(inputs, declared, any_subject=True)


def _mean(inputs: list[PartInput], declared: float | None, *, any_subject: bool) -> PartValue:
    """The mean of the inputs. None left of the subjects: not applicable. No subject: nothing was claimed."""
    if inputs:
        count = len(inputs)
        return PartValue(
            "measured",
            math.fsum(i.lower for i in inputs) / count,
            math.fsum(i.upper for i in inputs) / count,
            1.0,
            math.fsum(i.settled for i in inputs) / count,
            declared,
            tuple(inputs),
        )
    if any_subject:
        return PartValue("not_applicable", None, None, 0.0, 0.0, None)
    return PartValue("absent", 0.0, declared or 0.0, 1.0, 0.0 if declared else 1.0, declared)


def _credited(subject: str, finding: Finding, credit: Credit | None) -> PartInput:
    """None: the verdict settles nothing."""
    if credit is None or credit == "open":
        return PartInput(subject, 0.0, 1.0, 0.0, finding.id)
    return PartInput(subject, credit, credit, 1.0, finding.id)


def _credit(
    finding: Finding, by_verdict: Mapping[Decided, Credit], by_reason: Mapping[str, Credit]
) -> Credit | None:
    verdict = finding.verdict
    if verdict == "inconclusive" or verdict == "not_applicable":
        return None
    if finding.reason is not None and finding.reason in by_reason:
        return by_reason[finding.reason]
    return by_verdict.get(verdict)


def _element(part: Boolean, finding: Finding, declared: float | None) -> PartInput:
    if looked_in_vain(finding):
        return _not_found(finding, declared)
    return _credited(finding.subject.id, finding, _credit(finding, part.credit, {}))


def looked_in_vain(finding: Finding) -> bool:
    """Whether everything was looked through, and it was not there."""
    if finding.verdict != "inconclusive":
        return False
    if finding.reason == "no_match":  # of findings sealed before this had a reason of its own
        return finding.observed.get("complete_look") is True or _read_whole(finding)
    return finding.reason == "not_found_anywhere"


def _read_whole(finding: Finding) -> bool:
    """Whether the very place where it would stand was found and read to its end: it is not there, and nothing stays open."""
    return finding.observed.get("read_whole") is True


def _not_found(finding: Finding, declared: float | None) -> PartInput:
    upper = 0.0 if _read_whole(finding) else declared or 0.0
    return PartInput(finding.subject.id, 0.0, upper, 1.0, finding.id)


def _ratio(part: Ratio, declared: float | None, facts: AgencyFacts) -> PartValue:
    inputs = ratio_inputs(part, facts, declared)
    claims = facts.services if part.subjects == "services" else facts.datasets
    said = declared
    if said is None and claims and part.declares == "all":
        said = 1.0
    if said is None and facts.services and part.declares == "electronic":
        said = sum(service.electronic for service in facts.services) / len(facts.services)
    # claims that all lie outside the part (no service is claimed electronic) are no claims to it
    left_out = part.subjects == "services" and part.which == "electronic" and not _electronic_ids(facts)
    if not claims and part.unclaimed == "left_out":
        return PartValue("not_applicable", None, None, 0.0, 0.0, None)
    return _mean(inputs, said, any_subject=bool(claims) and not left_out)


def ratio_inputs(part: Ratio, facts: AgencyFacts, declared: float | None = None) -> list[PartInput]:
    """One input a claim that the part is about, in order of id. declared: of the indicator, for what was nowhere to be found."""
    findings = facts.by_subject(part.check)
    inputs = []
    for subject, claimed in _claims(part, facts):
        finding = findings.get(subject)
        if not claimed:
            if part.which == "all":
                inputs.append(_unclaimed(part, subject, finding))
        elif finding is None:
            inputs.append(PartInput(subject, 0.0, 1.0, 0.0))
        elif looked_in_vain(finding):
            inputs.append(_not_found(finding, declared))
        elif _applies(finding):
            inputs.append(_credited(subject, finding, _credit(finding, part.credit, part.reasons)))
    return _of_decided(inputs) if part.of == "decided" else inputs


def _of_decided(inputs: list[PartInput]) -> list[PartInput]:
    """An open claim counts in verified as the decided ones do on average, so that their mean is the share of the decided."""
    decided = [one.lower for one in inputs if one.settled > 0]
    mean = math.fsum(decided) / len(decided) if decided else 0.0
    return [one if one.settled > 0 else replace(one, lower=mean) for one in inputs]


def _unclaimed(part: Ratio, subject: str, finding: Finding | None) -> PartInput:
    """A service that is not claimed electronic counts 0, unless an electronic entry was reached all the same."""
    if finding is not None and finding.verdict in ("verified", "partial"):
        return _credited(subject, finding, _credit(finding, part.credit, part.reasons))
    return PartInput(subject, 0.0, 0.0, 1.0, finding.id if finding else None)


def _claims(part: Ratio, facts: AgencyFacts) -> Iterable[tuple[str, bool]]:
    if part.subjects == "datasets":
        listed = facts.listed(part.check) if part.listed else ()
        return [(id, True) for id in (*(dataset.id for dataset in facts.datasets), *listed)]
    return [(service.id, service.electronic) for service in facts.services]


def _electronic_ids(facts: AgencyFacts) -> list[str]:
    return [service.id for service in facts.services if service.electronic]


def _ordinal(part: Ordinal, declared: float | None, facts: AgencyFacts) -> PartValue:
    findings = facts.by_subject(part.check)
    inputs: list[PartInput] = []
    claimed_points: list[float] = []
    for service in facts.services:
        if not service.electronic:
            continue
        most = part.points.get(service.level or part.assumed, 0.0)
        claimed_points.append(most)
        finding = findings.get(service.id)
        if finding is None:
            inputs.append(PartInput(service.id, 0.0, most, 0.0))
        elif finding.verdict == "inconclusive":
            inputs.append(PartInput(service.id, 0.0, most, 0.0, finding.id))
        elif _applies(finding):
            level = finding.observed.get(part.field)
            value = min(most, part.points.get(level, 0.0)) if isinstance(level, str) else 0.0
            inputs.append(PartInput(service.id, value, value, 1.0, finding.id))
    if declared is None and claimed_points:
        declared = math.fsum(claimed_points) / len(claimed_points)
    return _mean(inputs, declared, any_subject=bool(claimed_points))


def _deducted(part: Deductions, finding: Finding) -> PartInput:
    if finding.verdict == "inconclusive":
        return _credited(finding.subject.id, finding, None)
    told = set(finding.observed.get("problems", ()))
    unproven = set(finding.observed.get("unproven", ())) - told
    upper, lower = _kept(part, told), _kept(part, told | unproven)
    return PartInput(finding.subject.id, lower, upper, float(lower == upper), finding.id)


def _kept(part: Deductions, problems: set[str]) -> float:
    return 1.0 - min(1.0, math.fsum(part.points.get(code, 0.0) for code in sorted(problems)))


def _measured(part: Measured, finding: Finding, declared: float | None) -> PartInput:
    if looked_in_vain(finding):
        return _not_found(finding, declared)
    number = _number(part, part.field, finding)
    if number is None:
        return _credited(finding.subject.id, finding, 0.0 if finding.verdict == "contradicted" else None)
    unknown = _number(part, part.open, finding) or 0.0
    lower, upper = sorted((points(part, number), points(part, number + unknown)))
    return PartInput(finding.subject.id, lower, upper, 1.0 - (upper - lower), finding.id)


def _claimed_numbers(part: Measured, declared: float | None, facts: AgencyFacts) -> PartValue:
    """The mean over the claims that the part is about, in order of id."""
    findings = facts.by_subject(part.check)
    if part.subjects == "datasets":
        claims = [dataset.id for dataset in facts.datasets]
    else:
        claims = [service.id for service in facts.services if service.electronic or part.which == "all"]
    inputs = []
    for subject in claims:
        finding = findings.get(subject)
        if finding is None:
            inputs.append(PartInput(subject, 0.0, 1.0, 0.0))
        elif _applies(finding):
            inputs.append(_measured(part, finding, declared))
    return _mean(inputs, declared, any_subject=bool(claims))


def _number(part: Measured, name: str | None, finding: Finding) -> float | None:
    """None when the check could not observe it."""
    if finding.verdict == "inconclusive" or name is None:
        return None
    number = finding.observed.get(name)
    divisor = finding.observed.get(part.per) if part.per is not None else 1
    if not isinstance(number, int | float) or not isinstance(divisor, int | float) or divisor == 0:
        return None
    return number / divisor


def points(part: Measured, number: float) -> float:
    """The value, 0 to 1, of an observed number."""
    if isinstance(part, Goalposts):
        return min(1.0, max(0.0, (number - part.worst) / (part.best - part.worst)))
    if isinstance(part, Count):
        return min(1.0, max(0.0, number / part.target))
    if isinstance(part, Steps):
        return next((step.points for step in part.steps if number <= step.upto), 0.0)
    assert isinstance(part, Freshness)
    return 1.0 if number <= part.period else 0.5 ** ((number - part.period) / part.period)
