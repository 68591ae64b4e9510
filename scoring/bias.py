"""How far self-declaration goes beyond the evidence, like held against like.

Only indicators with a declared value enter, each with its weight, on both sides of the difference: the declared
score and the verified score of an agency may rest on different indicators, so their plain difference misleads.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from scoring.score import AgencyScore
from scoring.tree import ScoreNode


@dataclass(frozen=True, slots=True)
class Bias:
    """Points of 100 over what was declared.

    weight: of the indicators that enter, in the model's unit. unproven: declared − verified. untenable:
    declared − possible, which even the kindest reading cannot support; negative where more is possible than
    was declared.
    """

    weight: float
    declared: float
    unproven: float
    untenable: float


def bias_of(score: AgencyScore) -> Bias | None:
    """None when nothing that applies was declared."""
    said = [node for node in score.indicators if node.declared is not None and node.applies]
    if not said:
        return None
    weight = math.fsum(node.weight for node in said)
    declared = _mean(said, [node.declared for node in said], weight)
    return Bias(
        weight=weight,
        declared=declared,
        unproven=declared - _mean(said, [node.verified for node in said], weight),
        untenable=declared - _mean(said, [node.possible for node in said], weight),
    )


def national_bias(scores: Iterable[AgencyScore]) -> Bias | None:
    """The plain mean over cooperating agencies that declared anything; weight is the mean weight."""
    known = [bias for score in scores if score.agency.cooperated and (bias := bias_of(score)) is not None]
    if not known:
        return None
    count = len(known)
    return Bias(
        weight=math.fsum(bias.weight for bias in known) / count,
        declared=math.fsum(bias.declared for bias in known) / count,
        unproven=math.fsum(bias.unproven for bias in known) / count,
        untenable=math.fsum(bias.untenable for bias in known) / count,
    )


def _mean(nodes: list[ScoreNode], values: list[float | None], weight: float) -> float:
    parts = [node.weight * (value or 0.0) for node, value in zip(nodes, values, strict=True)]
    return 100.0 * math.fsum(parts) / weight
