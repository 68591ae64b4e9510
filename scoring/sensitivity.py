"""Which of the model's choices made the ranking: the ranks once more without each of them.

After the OECD and JRC, Handbook on Constructing Composite Indicators (2008), step 7: the shift in rank, averaged over the
agencies, when one choice is another. Only verified values enter; a choice that moves nobody cannot be blamed for a place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from scoring.ranks import CELLS, Array, RankInput, combine, competition, published_score
from scoring.tree import ScoreNode

Choice = Literal["as_is", "equal_indicators", "equal_axes", "geometric", "without"]


@dataclass(frozen=True, slots=True)
class RankShift:
    """What another choice does to the ranks of a kind.

    node: the axis or indicator that is left out; None for the other choices. mean: of the places that agencies move,
    up or down. most: the largest of them; agency: whose it is, the first by id.
    """

    choice: Choice
    node: str | None
    mean: float
    most: int
    agency: str | None


def shifts_of(shape: ScoreNode, standings: Sequence[RankInput], decimals: int) -> tuple[RankShift, ...]:
    """The shifts of every other choice: of weights and aggregation first, then without each axis and each indicator, the
    largest first. () with fewer than two agencies. shape: as for `ranks_of`.
    """
    standings = sorted(standings, key=lambda standing: standing.id)
    if len(standings) < 2:
        return ()
    columns = np.array([standing.low for standing in standings]).T
    left_out = [one.id for one in (*shape.children, *shape.indicators) if len(one.indicators) < len(columns)]
    plain: list[tuple[Choice, str | None]] = [
        ("as_is", None),
        ("equal_indicators", None),
        ("equal_axes", None),
        *(("without", node) for node in left_out),
    ]
    others = _places(shape, columns, plain, None, decimals)
    as_is = next(others)
    (curved,) = _places(shape, columns, plain[:1], "geometric", decimals)
    ids = [standing.id for standing in standings]
    geometric = _shift("geometric", None, as_is, curved, ids)
    shifts = [
        _shift(choice, node, as_is, places, ids)
        for (choice, node), places in zip(plain[1:], others, strict=True)
    ]
    return (*shifts[:2], geometric, *sorted(shifts[2:], key=lambda shift: -shift.mean))


def _shift(
    choice: Choice, node: str | None, then: Sequence[int], now: Sequence[int], ids: Sequence[str]
) -> RankShift:
    moved = [abs(one - other) for one, other in zip(now, then, strict=True)]
    most = max(moved)
    return RankShift(choice, node, sum(moved) / len(moved), most, ids[moved.index(most)] if most else None)


def _places(
    shape: ScoreNode,
    columns: Array,
    choices: Sequence[tuple[Choice, str | None]],
    rule: str | None,
    decimals: int,
) -> Iterator[list[int]]:
    """Places of the agencies, choice by choice. rule: of every node above the indicators; None for the model's own."""
    at_once = max(1, CELLS // columns.shape[1])
    for start in range(0, len(choices), at_once):
        for row in _valued(shape, iter(columns), choices[start : start + at_once], rule):
            yield competition([published_score(float(value), decimals) for value in np.nan_to_num(row)])


def _valued(
    node: ScoreNode, columns: Iterator[Array], choices: Sequence[tuple[Choice, str | None]], rule: str | None
) -> Array:
    """Values of a node by choice and agency."""
    if node.kind == "indicator":
        return np.tile(next(columns), (len(choices), 1))
    values = (_valued(child, columns, choices, rule) for child in node.children)
    weights = (np.array([[_weight(child, *choice)] for choice in choices]) for child in node.children)
    return combine(values, weights, rule or node.rule)


def _weight(node: ScoreNode, choice: Choice, left_out: str | None) -> float:
    if left_out is not None and node.id == left_out:
        return 0.0
    if choice == "equal_indicators":
        return float(len(node.indicators))
    return 1.0 if choice == "equal_axes" and node.kind == "axis" else node.weight
