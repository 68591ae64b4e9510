"""Whether an agency's datasets are mostly stale, or mostly unusable: a share with its bounds, or no share at all.

The share is over decided datasets, with Wilson's 95 % interval. Proven: the lower bound is above one half; refuted: the
upper bound is below it; undetermined otherwise. Below ten decided datasets nothing is said but their number.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from checks.finding import Finding

Question = Literal["stale", "unusable"]
State = Literal["proven", "refuted", "undetermined", "few"]
QUESTIONS: tuple[Question, ...] = ("stale", "unusable")
FEWEST = 10  # decided datasets; below that a share says nothing of an agency
_Z = 1.959963984540054  # of a 95 % interval

_CHECKS: dict[Question, str] = {"stale": "datasets.freshness", "unusable": "datasets.usability"}
# Without a declared period there is no limit to be past, but for two years without anything new.
_UNDECIDED = frozenset({"undeclared"})


@dataclass(frozen=True, slots=True)
class OpenDataStatement:
    """bad: of the decided ones. undecided: datasets of which nothing was concluded. left_out: finished data, which is
    not to be renewed. low, high: bounds of the share bad / decided, 0 to 1; None below ten decided ones.
    """

    question: Question
    bad: int
    decided: int
    undecided: int
    left_out: int = 0

    @property
    def bounds(self) -> tuple[float, float] | None:
        return wilson(self.bad, self.decided) if self.decided >= FEWEST else None

    @property
    def share(self) -> float | None:
        return self.bad / self.decided if self.decided >= FEWEST else None

    @property
    def state(self) -> State:
        bounds = self.bounds
        if bounds is None:
            return "few"
        if bounds[0] > 0.5:
            return "proven"
        return "refuted" if bounds[1] < 0.5 else "undetermined"


def wilson(hits: float, of: float) -> tuple[float, float]:
    """The 95 % interval of a share, without correction for continuity (Wilson 1927)."""
    share, square = hits / of, _Z * _Z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = _Z / (1 + square / of) * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)


def statement(
    question: Question, findings: Iterable[Finding], datasets: Collection[str]
) -> OpenDataStatement:
    """Over the findings of one agency, or of all. datasets: ids of those asked about; one without a finding is undecided."""
    bad = good = left_out = 0
    for finding in findings:
        if finding.check != _CHECKS[question] or finding.subject.id not in datasets:
            continue
        bad += finding.verdict == "contradicted"
        left_out += finding.verdict == "not_applicable"
        good += finding.verdict in ("verified", "partial") and finding.reason not in _UNDECIDED
    decided = bad + good
    return OpenDataStatement(question, bad, decided, len(datasets) - decided - left_out, left_out)


def pooled(statements: Iterable[OpenDataStatement]) -> OpenDataStatement:
    """Of several agencies together; there has to be one at least."""
    said = list(statements)
    return OpenDataStatement(
        said[0].question,
        sum(one.bad for one in said),
        sum(one.decided for one in said),
        sum(one.undecided for one in said),
        sum(one.left_out for one in said),
    )
