"""Ranks on the published verified score, and how far each may move.

Competition ranks: equal published scores share a place and the next place is skipped. The interval comes from
seeded draws in which every unsettled input lies anywhere between verified and possible, and every weight
anywhere within the model's spread.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from scoring.model import Contents
from scoring.tree import ScoreNode

Array = NDArray[np.float64]
# scores held at once: enough for numpy to be quick, few enough for little memory
CELLS = 200_000
# times as many places are held as are kept of them: they are parted less often, and take little memory
_ROWS = 4
# Numbers drawn in all, and draws for each agency at least: they bound time in a country's ranks.
_DRAWN, _FEWEST_DRAWS = 15_000_000, 1_000
# differences below this come from the order of floating-point sums, not from the agencies
_PRECISION = 9


@dataclass(frozen=True, slots=True)
class Rank:
    """place among `of` agencies of the kind; low and high: best and worst place of the interval."""

    place: int
    low: int
    high: int
    of: int


def published_score(value: float, decimals: int) -> float:
    """A value from 0 to 1 as it is published, 0 to 100. What comes from the order of sums decides no last digit."""
    return round(round(100.0 * value, _PRECISION), decimals)


def competition(scores: Sequence[float]) -> list[int]:
    """1 for the highest; equal scores share a place, and the next place is skipped."""
    places: dict[float, int] = {}
    for place, value in enumerate(sorted(scores, reverse=True), start=1):
        places.setdefault(value, place)
    return [places[value] for value in scores]


@dataclass(frozen=True, slots=True)
class RankInput:
    """What ranks are made of. verified: of the whole. low, high: of each indicator in order of the tree, NaN where it does not apply."""

    id: str
    verified: float
    low: array[float]
    high: array[float]

    @classmethod
    def of(cls, tree: ScoreNode) -> RankInput:
        indicators = tree.indicators
        return cls(
            tree.id,
            tree.verified or 0.0,
            array("d", (nan(indicator.verified) for indicator in indicators)),
            array("d", map(_reach, indicators)),
        )


def ranks_of(
    shape: ScoreNode, standings: Sequence[RankInput], contents: Contents, *, seed: int
) -> dict[str, Rank]:
    """The rank of each agency among these, by agency id. The order of the standings decides nothing.

    shape: the tree of any agency of the model, for its weights and aggregations.
    """
    standings = sorted(standings, key=lambda standing: standing.id)
    if not standings:
        return {}
    published = [published_score(standing.verified, contents.model.decimals) for standing in standings]
    places = competition(published)
    best, worst = _interval(shape, standings, contents, seed)
    return {
        standing.id: Rank(place, min(place, low), max(place, high), len(standings))
        for standing, place, low, high in zip(standings, places, best.tolist(), worst.tolist(), strict=True)
    }


def _interval(
    shape: ScoreNode, standings: Sequence[RankInput], contents: Contents, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Best and worst place of each agency, the tails of the draws left out."""
    random = np.random.Generator(np.random.PCG64(seed))
    low = np.array([standing.low for standing in standings]).T
    high = np.array([standing.high for standing in standings]).T
    left = draws_of(contents.rules.draws, len(standings))
    tails = _Tails(left, (1.0 - contents.rules.interval) / 2, len(standings))
    while left > 0:
        draws = min(max(1, CELLS // len(standings)), left)
        values = _draw(shape, iter(zip(low, high, strict=True)), contents.rules.weight_spread, draws, random)
        tails.add(_places(values))
        left -= draws
    return tails.ends()


class _Tails:
    """The lowest and the highest places of each agency: of a thousand draws of a country, 3 MB instead of 54."""

    def __init__(self, draws: int, tail: float, agencies: int) -> None:
        """tail: share of the draws at each end that is left out, as a quantile between two draws takes the outer one."""
        self._lowest = 1 + math.floor(tail * (draws - 1))
        self._highest = draws - math.ceil((1.0 - tail) * (draws - 1))
        self._kept = 0
        kind = np.uint16 if agencies < 1 << 16 else np.int32
        self._rows = np.empty((_ROWS * (self._lowest + self._highest), agencies), kind)

    def add(self, places: NDArray[np.int64]) -> None:
        """places: rows are draws."""
        while len(places):
            now = places[: len(self._rows) - self._kept]
            self._rows[self._kept : self._kept + len(now)] = now
            self._kept += len(now)
            places = places[len(now) :]
            if self._kept == len(self._rows):
                highest = self._parted()[self._kept - self._highest :]
                self._kept = self._lowest + self._highest
                self._rows[self._lowest : self._kept] = highest

    def ends(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        rows = self._parted()
        return rows[self._lowest - 1].astype(np.int64), rows[self._kept - self._highest].astype(np.int64)

    def _parted(self) -> NDArray[np.uint16 | np.int32]:
        """What is kept, the lowest of each agency first and the highest last."""
        rows = self._rows[: self._kept]
        rows.partition((self._lowest - 1, self._kept - self._highest), axis=0)
        return rows


def draws_of(most: int, agencies: int) -> int:
    """As many as the model wants, up to some thousand agencies; from there on a thousand are enough for places among so many."""
    return min(most, max(_FEWEST_DRAWS, _DRAWN // agencies))


def _draw(
    node: ScoreNode,
    bounds: Iterator[tuple[Array, Array]],
    spread: float,
    draws: int,
    random: np.random.Generator,
) -> Array:
    """Values of one node by draw and agency. bounds: of the indicators that are left, in order of the tree.

    Sums run indicator by indicator, so that every machine adds alike.
    """
    if node.kind == "indicator":
        low, high = next(bounds)
        drawn: Array = low + (high - low) * random.random((draws, len(low)))
        return drawn
    # each is drawn when it is summed up: a value, then its weight
    values = (_draw(child, bounds, spread, draws, random) for child in node.children)
    weights = (
        child.weight * random.uniform(1.0 - spread, 1.0 + spread, (draws, 1)) for child in node.children
    )
    return combine(values, weights, node.rule)


def _reach(indicator: ScoreNode) -> float:
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


def combine(values: Iterable[Array], weights: Iterable[Array], aggregation: str) -> Array:
    """Weighted mean over the values, cell by cell, of those that apply; NaN where none does. One is held at a time.

    aggregation: `arithmetic` or `geometric`.
    """
    pairs = zip(values, weights, strict=True)
    first = next(pairs)
    shape = first[0].shape
    total, plain, logs = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for value, weight in chain([first], pairs):
        applies = ~np.isnan(value)
        everywhere = bool(applies.all())
        share = weight if everywhere else np.where(applies, weight, 0.0)
        known = value if everywhere else np.where(applies, value, 0.0)
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
    """Competition places in each row: one more than there are better ones."""
    rounded = np.round(scores, _PRECISION)
    # one sort of a row; looking every value up in the sorted row takes three times as long
    order = np.argsort(rounded, axis=1)
    ordered = np.take_along_axis(rounded, order, axis=1)
    last = rounded.shape[1] - 1
    ends = np.full(rounded.shape, last, dtype=np.int64)
    ends[:, :-1] = np.where(ordered[:, :-1] == ordered[:, 1:], last, np.arange(last))
    last_equal = np.minimum.accumulate(ends[:, ::-1], axis=1)[:, ::-1]
    places = np.empty(rounded.shape, dtype=np.int64)
    np.put_along_axis(places, order, last - last_equal + 1, axis=1)
    return places
