"""What the indicators of an agency rest on besides its claims, elements, data and hosts: a table for each indicator.

Those have sheets of their own; here stands what further checks saw of services, sections and pages, so that every number
of the score leads to what was seen. Findings of checks that the round's model does not count come last. Knows findings and
the model, no page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from checks.finding import Finding
from scoring.model import Attested, Claimed, Contents, Names, Part

# Checks whose findings the page shows in full elsewhere, by id or family.
_APART = frozenset(
    "reach services.entry services.card datasets elements links hosts.security hosts.headers dns catalogue.datasets"
    " accessibility mobile".split()
)
_ORDER = {"contradicted": 0, "partial": 1, "inconclusive": 2, "verified": 3}
# Of one check: a table that people still read. The page says how many more there are, and findings.jsonl has all.
_MOST_ROWS = 200
# Findings that a finding of the model was put together from.
_BESIDE = {"channels.newest": ("channels.answers",)}


@dataclass(frozen=True, slots=True)
class CheckFindings:
    """What one check found. rows: findings, what is wrong first; left: how many more; aside: those that do not apply."""

    check: str
    criterion: str
    rows: tuple[Finding, ...]
    left: int
    aside: tuple[Finding, ...]

    @property
    def count(self) -> int:
        return len(self.rows) + self.left


@dataclass(frozen=True, slots=True)
class IndicatorBasis:
    """What one indicator rests on, by check."""

    indicator: str
    name: Names
    asked: tuple[CheckFindings, ...]

    @property
    def count(self) -> int:
        return sum(asked.count for asked in self.asked)


@dataclass(frozen=True, slots=True)
class PortalTable:
    """indicators: in order of the model. others: checks that no indicator counts, in order of their ids."""

    indicators: tuple[IndicatorBasis, ...]
    others: tuple[CheckFindings, ...]


def is_apart(finding: Finding) -> bool:
    """Whether the finding has a place of its own on the page."""
    return finding.check in _APART or finding.check.partition(".")[0] in _APART


def portal_table(findings: Iterable[Finding], contents: Contents) -> PortalTable:
    """Every finding without a place of its own, once."""
    by_check: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if not is_apart(finding):
            by_check[finding.check].append(finding)
    entries = []
    for indicator in contents.indicator:
        checks = dict.fromkeys(check for part in indicator.part for check in _checks(part))
        asked = tuple(_asked(check, by_check.pop(check)) for check in checks if check in by_check)
        if asked:
            entries.append(IndicatorBasis(indicator.id, indicator.name, asked))
    others = tuple(_asked(check, rest) for check, rest in sorted(by_check.items()))
    return PortalTable(tuple(entries), others)


def _asked(check: str, findings: Sequence[Finding]) -> CheckFindings:
    told = sorted(
        (f for f in findings if f.verdict in _ORDER),
        key=lambda f: (_ORDER[f.verdict], f.subject.kind, f.subject.id),
    )
    criterion = next((f.criterion for f in findings if f.criterion), "")
    left = max(0, len(told) - _MOST_ROWS)
    aside = sorted((f for f in findings if f.verdict not in _ORDER), key=lambda f: f.subject.id)
    return CheckFindings(check, criterion, tuple(told[:_MOST_ROWS]), left, tuple(aside))


def _checks(part: Part) -> Iterator[str]:
    """The check that feeds a part, or speaks against its document."""
    if isinstance(part, Attested):
        if part.signal is not None:
            yield part.signal
    elif not isinstance(part, Claimed):
        yield part.check
        yield from _BESIDE.get(part.check, ())
