"""Findings counted, once, for whatever counts them: the tables of a terminal, the pages about all agencies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from checks.finding import Finding, SubjectKind, Verdict, is_listed

_OWN = "own_error"
T = TypeVar("T")


class FindingKind(NamedTuple):
    """What findings are alike in. version: of the check. listed: about a dataset that nobody claims."""

    check: str
    version: int
    kind: SubjectKind
    verdict: Verdict
    reason: str | None
    listed: bool


@dataclass(slots=True)
class FindingCounts:
    """erring: agencies with findings that are our own errors. first_error: the least id of these; None without any."""

    counts: Counter[FindingKind] = field(default_factory=Counter)
    erring: set[str] = field(default_factory=set)
    first_error: str | None = None

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> FindingCounts:
        tally = cls()
        for one in findings:
            alike = FindingKind(
                one.check, one.check_version, one.subject.kind, one.verdict, one.reason, is_listed(one)
            )
            tally.counts[alike] += 1
            if one.reason is not None and one.reason.endswith(_OWN):
                tally.erring.add(one.agency)
                tally._erred(one.id)
        return tally

    def add(self, other: FindingCounts) -> None:
        """Of other agencies."""
        self.counts.update(other.counts)
        self.erring |= other.erring
        if other.first_error is not None:
            self._erred(other.first_error)

    def _erred(self, finding: str) -> None:
        self.first_error = finding if self.first_error is None else min(self.first_error, finding)

    @property
    def errors(self) -> Counter[str]:
        """Our own errors by check."""
        return count_findings(
            (said.check, n) for said, n in self.counts.items() if (said.reason or "").endswith(_OWN)
        )


def count_findings(numbers: Iterable[tuple[T, int]]) -> Counter[T]:
    """Numbers of the same key together."""
    found: Counter[T] = Counter()
    for key, number in numbers:
        found[key] += number
    return found
