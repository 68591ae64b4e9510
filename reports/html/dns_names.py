"""Which hosts' findings about the DNS a page shows in full; what they say in words stands with each host. Holds no rule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from checks.finding import Finding
from checks.registry import of_family

_CHECKS = frozenset(check.id for check in of_family("dns"))


@dataclass(frozen=True, slots=True)
class DnsNames:
    """asked: names about which something was asked; unasked: the other hosts. Both sorted."""

    asked: tuple[str, ...]
    unasked: tuple[str, ...]


def names_of(findings: Iterable[Finding]) -> DnsNames | None:
    """None when the findings are of a version without these checks, or nothing was asked about any host."""
    about = [finding for finding in findings if finding.check in _CHECKS]
    asked = {finding.subject.id for finding in about if finding.captures}
    if not asked:
        return None
    return DnsNames(tuple(sorted(asked)), tuple(sorted({finding.subject.id for finding in about} - asked)))
