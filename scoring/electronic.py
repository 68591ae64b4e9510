"""The electronic-service ratio and its bands, the figures that are published today.

Computed from exact sums, so that an agency with 8 of 10 stands in the band that begins at 80.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from scoring.facts import AgencyFacts
from scoring.model import Contents, Ratio
from scoring.parts import ratio_inputs

BANDS = ("100", "80-100", "50-80", "0-50")
"""Half-open: `80-100` holds 80 and not 100."""
_SAME = 1e-9  # Rounding of floats: a ratio on the edge of a band is in the upper one


@dataclass(frozen=True, slots=True)
class Electronic:
    """Sums over claimed services: how many there are, and how many of them count as electronic."""

    services: int
    declared: float
    verified: float
    possible: float

    def ratio(self, of: float) -> float | None:
        """None without services."""
        return of / self.services if self.services else None


def ratio_part(contents: Contents) -> Ratio | None:
    """The part of the model that holds the ratio's credits; None when the model has no such ratio."""
    for indicator in contents.indicator:
        if indicator.id == contents.model.electronic and isinstance(indicator.part[0], Ratio):
            return indicator.part[0]
    return None


def electronic_of(part: Ratio | None, facts: AgencyFacts) -> Electronic:
    """The sums of one agency."""
    if part is None:
        return Electronic(0, 0.0, 0.0, 0.0)
    inputs = ratio_inputs(part, facts)
    counted = {one.subject for one in inputs}  # a service that the question does not apply to is in no sum
    return Electronic(
        services=len(inputs),
        declared=float(sum(service.electronic for service in facts.services if service.id in counted)),
        verified=math.fsum(i.lower for i in inputs),
        possible=math.fsum(i.upper for i in inputs),
    )


def pooled(many: Iterable[Electronic]) -> Electronic:
    """Over the services of several agencies: a large agency counts by its services."""
    items = list(many)
    return Electronic(
        sum(item.services for item in items),
        math.fsum(item.declared for item in items),
        math.fsum(item.verified for item in items),
        math.fsum(item.possible for item in items),
    )


def band(ratio: float) -> str:
    """The band of a ratio from 0 to 1."""
    if ratio >= 1.0 - _SAME:
        return "100"
    if ratio >= 0.8 - _SAME:
        return "80-100"
    return "50-80" if ratio >= 0.5 - _SAME else "0-50"


def bands(ratios: Iterable[float]) -> dict[str, int]:
    """How many ratios lie in each band; the counts add up to the number of ratios."""
    counts = dict.fromkeys(BANDS, 0)
    for ratio in ratios:
        counts[band(ratio)] += 1
    return counts
