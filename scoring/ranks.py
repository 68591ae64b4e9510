"""Ranks on the published verified score, and how far each may move.

Competition ranks: equal published scores share a place and the next place is skipped. The interval comes from
seeded draws in which every unsettled input lies anywhere between verified and possible, and every weight
anywhere within the model's spread.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.model import Contents
from scoring.tree import Node

Array = NDArray[np.float64]
# scores held at once: enough for numpy to be quick, few enough for little memory
_CELLS = 200_000
# differences below this come from the order of floating-point sums, not from the agencies
_PRECISION = 9


@dataclass(frozen=True, slots=True)
class Rank:
    """place among `of` agencies of the kind; low and high: best and worst place of the interval."""

    place: int
    low: int
    high: int
    of: int


def competition(scores: Sequence[float]) -> list[int]:
    """1 for the highest; equal scores share a place, and the next place is skipped."""
    places: dict[float, int] = {}
    for place, value in enumerate(sorted(scores, reverse=True), start=1):
        places.setdefault(value, place)
    return [places[value] for value in scores]


def ranks_of(trees: Sequence[Node], contents: Contents, *, seed: int) -> dict[str, Rank]:
    """The rank of each agency among these, by agency id. The order of the trees decides nothing."""
    trees = sorted((tree for tree in trees if tree.applies), key=lambda tree: tree.id)
    if not trees:
        return {}
    published = [round(100.0 * (tree.verified or 0.0), contents.model.decimals) for tree in trees]
    places = competition(published)
    drawn = _drawn_places(trees, contents, seed)
    tail = (1.0 - contents.rules.interval) / 2
    best = np.quantile(drawn, tail, axis=0, method="lower")
    worst = np.quantile(drawn, 1.0 - tail, axis=0, method="higher")
    return {
        tree.id: Rank(place, min(place, int(low)), max(place, int(high)), len(trees))
        for tree, place, low, high in zip(trees, places, best, worst, strict=True)
    }


def _drawn_places(trees: Sequence[Node], contents: Contents, seed: int) -> NDArray[np.int64]:
    """Places by draw (rows) and agency (columns)."""
    random = np.random.Generator(np.random.PCG64(seed))
    rows = []
    left = contents.rules.draws
    while left > 0:
        draws = min(max(1, _CELLS // len(trees)), left)
        rows.append(_places(_draw(trees, contents.rules.weight_spread, draws, random)))
        left -= draws
    return np.concatenate(rows)


def _draw(nodes: Sequence[Node], spread: float, draws: int, random: np.random.Generator) -> Array:
    """Values of one node, given of every agency, by draw and agency.

    Sums run indicator by indicator, so that every machine adds alike.
    """
    first = nodes[0]
    if first.kind == "indicator":
        low = np.array([nan(node.verified) for node in nodes])
        high = np.array([_reach(node) for node in nodes])
        drawn: Array = low + (high - low) * random.random((draws, len(nodes)))
        return drawn
    values: list[Array] = []
    weights: list[Array] = []
    for number, child in enumerate(first.children):
        values.append(_draw([node.children[number] for node in nodes], spread, draws, random))
        weights.append(child.weight * random.uniform(1.0 - spread, 1.0 + spread, (draws, 1)))
    return combine(values, weights, first.rule)


def _reach(indicator: Node) -> float:
    """The upper bound of a draw. What nobody is measured on yet is left out: it says nothing of an order."""
    if indicator.possible is None or indicator.verified is None:
        return float("nan")
    unmeasured = math.fsum(
        part.share for part in indicator.children if part.state in ("unmeasured", "not_given")
    )
    return max(indicator.verified, indicator.possible - unmeasured)


def nan(value: float | None) -> float:
    """NaN stands for "does not apply"."""
    return float("nan") if value is None else value


def combine(values: Sequence[Array], weights: Sequence[Array], aggregation: str) -> Array:
    """Weighted mean over the list, cell by cell, of the values that apply; NaN where none does.

    aggregation: `arithmetic` or `geometric`.
    """
    shape = values[0].shape
    total, plain, logs = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for value, weight in zip(values, weights, strict=True):
        applies = ~np.isnan(value)
        share = np.where(applies, weight, 0.0)
        known = np.where(applies, value, 0.0)
        total += share
        plain += share * known
        if aggregation == "geometric":
            logs += share * np.log(np.maximum(1.0, 100.0 * known))
    with np.errstate(invalid="ignore"):
        mean: Array = plain / total
        if aggregation == "geometric":
            mean = np.minimum(mean, np.exp(logs / total) / 100.0)
    return mean


def _places(scores: Array) -> NDArray[np.int64]:
    """Competition places in each row."""
    rounded = np.round(scores, _PRECISION)
    ordered = np.sort(rounded, axis=1)
    count = rounded.shape[1]
    places = np.empty(rounded.shape, dtype=np.int64)
    for row in range(len(rounded)):
        places[row] = count - np.searchsorted(ordered[row], rounded[row], side="right") + 1
    return places
