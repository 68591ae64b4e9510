"""What the DNS says of an agency's hosts as a table: a row for each host, a column for each check. Holds no rule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from checks.dns import RULES
from checks.finding import Finding

_ORDER = tuple(rule.id for rule in RULES)


@dataclass(frozen=True, slots=True)
class NameTable:
    """rows: (host, a finding for each check or None) of hosts that were asked about. unasked: the other hosts."""

    checks: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Finding | None, ...]], ...]
    unasked: tuple[str, ...]


def name_table(findings: Iterable[Finding]) -> NameTable | None:
    """None when the findings are of a version without these checks, or nothing was asked about any host."""
    by_place = {(f.subject.id, f.check): f for f in findings if f.check in _ORDER}
    hosts = sorted({host for host, _ in by_place})
    asked = [host for host in hosts if any(f.captures for (at, _), f in by_place.items() if at == host)]
    if not asked:
        return None
    return NameTable(
        checks=_ORDER,
        rows=tuple((host, tuple(by_place.get((host, check)) for check in _ORDER)) for host in asked),
        unasked=tuple(host for host in hosts if host not in asked),
    )
