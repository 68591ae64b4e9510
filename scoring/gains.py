"""What would raise an agency's verified score, and by how much: found by scoring again, by the very rules that scored.

Three things that must not be mixed: what the evidence speaks against, which the agency can mend; what stayed open, which is
nobody's fault; and what is not claimed at all. What only a document or a claim speaks for can raise no verified score.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from checks.finding import Finding, Verdict
from scoring.facts import AgencyFacts
from scoring.model import (
    Attested,
    Checked,
    Claimed,
    Contents,
    Count,
    Deductions,
    Goalposts,
    Indicator,
    Measured,
    Ordinal,
    Part,
    Ratio,
    Steps,
)
from scoring.parts import PartInput, looked_in_vain, points
from scoring.score import indicator_node, tree_of
from scoring.tree import ScoreNode, aggregate, replaced

Cause = Literal["access", "ours", "unsettled"]
"""Why something stayed open. access: we were not let in, or not answered. ours: we did not look, or not far enough.
unsettled: we looked, and what we saw leaves both possible."""

CAUSES: Mapping[str, Cause] = {
    **dict.fromkeys(
        ("blocked", "robots", "unreachable", "server_error", "timeout", "refused", "reset", "inconclusive_blocked"),
        "access",
    ),
    **dict.fromkeys(
        ("needs_browser", "needs_post", "limit", "not_attempted", "own_error", "inconclusive_not_attempted",
         "inconclusive_truncated", "inconclusive_limit"),
        "ours",
    ),
}  # fmt: skip
"""By reason; every other reason is `unsettled`."""
_LEAST = 1e-9  # points; less comes from sums, not from a finding
_DIGITS = 9  # of points that differ


@dataclass(frozen=True, slots=True)
class Gain:
    """One step, and what it would do alone.

    points: what the agency's verified score, 0 to 100, would rise by, unrounded. indicators: those that move, in order of
    the model. findings: those that would be otherwise, in order of id; none of them where nothing is claimed.
    cause: why it stayed open; None of what did not. claims: services not claimed electronic; 0 where nothing is claimed.
    """

    points: float
    indicators: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    cause: Cause | None = None
    claims: int = 0


@dataclass(frozen=True, slots=True)
class Gains:
    """Each the largest first; equal ones in order of check, subject and indicator.

    mend: findings against the agency, each as if verified. mend_together: the same, all of one check at once.
    open: findings that settled nothing, or not all, each as if it had turned out well. open_together: the same, all of one
    reason at once. claim: indicators, as if what is not claimed were claimed and verified.
    """

    mend: tuple[Gain, ...]
    mend_together: tuple[Gain, ...]
    open: tuple[Gain, ...]
    open_together: tuple[Gain, ...]
    claim: tuple[Gain, ...]

    def __bool__(self) -> bool:
        return bool(self.mend or self.open or self.claim)


def gains(contents: Contents, facts: AgencyFacts) -> Gains:
    """Of one agency."""
    return _Counterfactuals(contents, facts).gains()


class _Counterfactuals:
    """One agency's score, and what it would be if one thing were otherwise."""

    def __init__(self, contents: Contents, facts: AgencyFacts) -> None:
        self._facts = facts
        self._published = contents.model.inputs == "published"
        self._tree = tree_of(contents, facts)
        self._nodes = {node.id: node for node in self._tree.indicators}
        self._definitions = {indicator.id: indicator for indicator in contents.indicator}
        self._readers: dict[str, list[tuple[Indicator, Checked]]] = defaultdict(list)
        for indicator in contents.indicator:
            for part in indicator.part:
                if not isinstance(part, Attested | Claimed):
                    self._readers[part.check].append((indicator, part))
        self._not_claimed = frozenset(s.id for s in facts.services if not s.electronic)
        self._inputs: dict[str, list[tuple[Part, PartInput]]] = defaultdict(list)
        for node in self._nodes.values():
            for number, part in enumerate(self._definitions[node.id].part):
                for one in node.children[number].inputs if not isinstance(part, Attested) else ():
                    self._inputs[one.finding or ""].append((part, one))

    def gains(self) -> Gains:
        read = [f for check in sorted(self._readers) for f in self._facts.of(check)]
        faults = [finding for finding in read if self._is_fault(finding)]
        opened = [f for f in read if any(one.upper > one.lower for _, one in self._inputs[f.id])]
        opened = [f for f in opened if not looked_in_vain(f)]
        mend = _ordered(self._mended([finding]) for finding in faults)
        open = _ordered(self._opened([finding]) for finding in opened)
        checks = _grouped((f.check, f) for gain in mend for f in gain.findings)
        reasons = _grouped(((gain.cause, f.verdict, f.reason), f) for gain in open for f in gain.findings)
        return Gains(
            mend=mend,
            mend_together=_ordered(self._mended(group) for group in checks),
            open=open,
            open_together=_ordered(self._opened(group) for group in reasons),
            claim=_ordered(self._claimed(node) for node in self._nodes.values()),
        )

    def _is_fault(self, finding: Finding) -> bool:
        """Whether the evidence settles something against the agency. A service that nobody claims is no fault."""
        if finding.verdict == "inconclusive" and not looked_in_vain(finding):
            return False
        return any(
            one.settled > 0 and one.lower < 1.0 and not self._is_unclaimed(part, one.subject)
            for part, one in self._inputs[finding.id]
        )

    def _is_unclaimed(self, part: Part, subject: str) -> bool:
        return _counts_unclaimed(part) and subject in self._not_claimed

    def _mended(self, findings: Sequence[Finding]) -> Gain:
        return self._otherwise(findings, [mended(f, self._parts(f)) for f in findings])

    def _opened(self, findings: Sequence[Finding]) -> Gain:
        better = [turned_out_well(f, self._parts(f), self._settles(f)) for f in findings]
        return replace(self._otherwise(findings, better), cause=cause(findings[0]))

    def _parts(self, finding: Finding) -> list[Checked]:
        return [part for _, part in self._readers[finding.check]]

    def _settles(self, finding: Finding) -> bool:
        """Whether any part takes anything of it for decided."""
        return any(one.settled > 0 for _, one in self._inputs[finding.id])

    def _otherwise(self, findings: Sequence[Finding], better: Sequence[Finding]) -> Gain:
        """The score read again with other findings in place of these."""
        instead = {finding.id: finding for finding in better}
        found = dict(self._facts.findings)
        for check in {finding.check for finding in findings}:
            found[check] = tuple(instead.get(f.id, f) for f in found[check])
        facts = replace(self._facts, findings=found)
        touched = {indicator.id for f in findings for indicator, _ in self._readers[f.check]}
        nodes = {id: indicator_node(self._definitions[id], facts, self._published) for id in touched}
        return self._gain(nodes, findings)

    def _claimed(self, node: ScoreNode) -> Gain:
        """An indicator as if everything were claimed that its parts are about."""
        parts, claims = [], 0
        for part, definition in zip(node.children, self._definitions[node.id].part, strict=True):
            if part.state == "absent":
                part = replace(part, verified=1.0, possible=1.0)
            elif _counts_unclaimed(definition):
                claims += sum(one.subject in self._not_claimed and one.lower < 1.0 for one in part.inputs)
                part = _with_inputs(
                    part,
                    lambda one: (
                        replace(one, lower=1.0, upper=1.0) if one.subject in self._not_claimed else one
                    ),
                )
            parts.append(part)
        raised = aggregate(node.id, node.kind, node.weight, node.rule, parts)
        return replace(self._gain({node.id: raised}, ()), claims=claims)

    def _gain(self, nodes: Mapping[str, ScoreNode], findings: Sequence[Finding]) -> Gain:
        raised = replaced(self._tree, nodes).verified or 0.0
        moved = (id for id in self._nodes if id in nodes and nodes[id].verified != self._nodes[id].verified)
        return Gain(100.0 * (raised - (self._tree.verified or 0.0)), tuple(moved), tuple(findings))


def cause(finding: Finding) -> Cause:
    """Why it is open, or a part of it."""
    return cause_of(finding.verdict, finding.reason)


def cause_of(verdict: Verdict, reason: str | None) -> Cause:
    return CAUSES.get(reason or "", "unsettled") if verdict == "inconclusive" else "unsettled"


def mended(finding: Finding, parts: Iterable[Checked]) -> Finding:
    """The finding as these parts would read it were nothing wrong. What nobody could settle of a number stays open."""
    parts = list(parts)
    observed = dict(finding.observed)
    for _ in range(len(parts) + 1):  # one part's number may be what another's is divided by
        before = dict(observed)
        for part in parts:
            _put_right(part, observed)
        if observed == before:
            break
    return replace(finding, verdict="verified", reason=None, observed=observed)


def turned_out_well(finding: Finding, parts: Iterable[Checked], settles: bool) -> Finding:
    """The finding as these parts would read it had all that is open of it turned out well, and what is settled stayed.

    settles: whether any of them takes anything of it for decided.
    """
    parts = list(parts)
    observed = dict(finding.observed)
    observed.pop("unproven", None)
    for name, open in dict.fromkeys(
        (part.field, part.open) for part in parts if isinstance(part, Measured) and part.open
    ):
        number, left = observed.get(name), observed.pop(open, None)
        if isinstance(number, int | float) and isinstance(left, int | float):
            observed[name] = number + left
    better = replace(finding, observed=observed)
    return better if settles else mended(better, parts)


def _put_right(part: Checked, observed: dict[str, Any]) -> None:
    if isinstance(part, Ordinal):
        observed[part.field] = max(part.points, key=lambda level: part.points[level])
    elif isinstance(part, Deductions):
        observed["problems"] = []
    elif isinstance(part, Measured):
        divisor: float = 1.0
        if part.per is not None:
            given = observed.get(part.per)
            divisor = given if isinstance(given, int | float) and given else 1.0
            observed[part.per] = divisor
        left = observed.get(part.open) if part.open is not None else None
        best = _best(part) * divisor - (left if isinstance(left, int | float) else 0.0)
        seen = observed.get(part.field)
        known = [best, seen] if isinstance(seen, int | float) else [best]
        observed[part.field] = max(known, key=lambda number: points(part, number / divisor))


def _best(part: Measured) -> float:
    """A number with full points."""
    if isinstance(part, Goalposts):
        return part.best
    if isinstance(part, Count):
        return part.target
    return max(part.steps, key=lambda step: step.points).upto if isinstance(part, Steps) else 0.0


def _counts_unclaimed(part: Part) -> bool:
    """Whether services that are not claimed electronic count in the part, as 0."""
    return isinstance(part, Ratio) and part.subjects == "services" and part.which == "all"


def _with_inputs(part: ScoreNode, change: Callable[[PartInput], PartInput]) -> ScoreNode:
    """The part with its subjects changed; one that rests on a document is none of their mean."""
    if part.rule == "attested" or not part.inputs:
        return part
    inputs = tuple(change(one) for one in part.inputs)
    lower = math.fsum(one.lower for one in inputs) / len(inputs)
    upper = math.fsum(one.upper for one in inputs) / len(inputs)
    return replace(part, verified=lower, possible=upper, inputs=inputs)


def _grouped(keyed: Iterable[tuple[object, Finding]]) -> list[list[Finding]]:
    """Lists of findings with the same key, in order of id."""
    groups: dict[object, list[Finding]] = {}
    for key, finding in keyed:
        groups.setdefault(key, []).append(finding)
    return [sorted(group, key=lambda finding: finding.id) for group in groups.values()]


def _ordered(found: Iterable[Gain]) -> tuple[Gain, ...]:
    """The largest first, and nothing that gains nothing."""

    def order(gain: Gain) -> tuple[object, ...]:
        about = [(f.check, f.reason or "", f.subject.kind, f.subject.id) for f in gain.findings]
        return (-round(gain.points, _DIGITS), about, gain.indicators)

    return tuple(sorted((gain for gain in found if gain.points > _LEAST), key=order))
