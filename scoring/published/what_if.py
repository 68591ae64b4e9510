"""What a country would need for a rank of a published index, while others stand still or move as they did before.

Values go up in steps of the last digit that surveys publish, and each step is ranked like a published index: the
model's weights and order, its rounding, competition ranks. So a rise that is told does reach the rank. Pure.

A rise is of one indicator alone, or the same rise of all. Other ways to divide it reach the rank too; with equal
weights their sums are the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from scoring.model import Contents
from scoring.published.table import Figures, PublishedTable
from scoring.ranks import combine, published_score

STEP = 0.0001
"""The last digit of a component as surveys print it."""
_DIGITS = 6  # of a sum of steps: what comes from the order of sums ends here
_SCENARIOS = 2  # changes from survey to survey that others may repeat: the last two
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rise:
    """Of one indicator, or of several by the same amount, each up to 1 at most.

    rise: the smallest that reaches the rank; None where not even 1 does. after: the figures then, or at 1. rank: the
    place then. curve: (rise, place) wherever the place changes, from no rise on.
    """

    indicators: tuple[str, ...]
    rise: float | None
    after: Figures
    rank: int
    curve: tuple[tuple[float, int], ...]


@dataclass(frozen=True, slots=True)
class Scenario:
    """How the others move. repeats: the two surveys whose change they repeat; None: they stand still.

    rank: the country's place when it does not move itself. needed: published score of the place that is wanted.
    """

    repeats: tuple[int, int] | None
    rank: int
    needed: float
    rises: tuple[Rise, ...]


@dataclass(frozen=True, slots=True)
class WhatIf:
    """value: published score, 0 to 100. scenarios: standing still first, then the latest change."""

    survey: int
    country: str
    figures: Figures
    value: float
    rank: int
    of: int
    wanted: int
    scenarios: tuple[Scenario, ...]


def what_if(
    contents: Contents, table: PublishedTable, country: str, wanted: int, only: Sequence[str] = ()
) -> WhatIf:
    """Of the table's last survey. country: one of it. wanted: a place in it. only: ids of indicators that may rise.

    Raises KeyError when the survey does not have the country.
    """
    rows = table.last
    own = rows[country]
    ids = tuple(indicator.id for indicator in contents.indicator)
    chosen = tuple(id for id in ids if id in only) if only else ids
    ways = [*((id,) for id in chosen), *([chosen] if len(chosen) > 1 else [])]
    scenarios = []
    for repeats in (None, *reversed(tuple(pairwise(table.years))[-_SCENARIOS:])):
        others = [_moved(table, name, repeats) for name in rows if name != country]
        ladder = np.sort(_published(contents, {id: np.array([f[id] for f in others]) for id in ids}))
        scenarios.append(_scenario(contents, own, ladder, repeats, wanted, ways))
    value = float(_published(contents, {id: np.array([own[id]]) for id in ids})[0])
    return WhatIf(
        table.years[-1], country, own, value, scenarios[0].rank, len(rows), wanted, tuple(scenarios)
    )


def _moved(table: PublishedTable, country: str, repeats: tuple[int, int] | None) -> Figures:
    """A country's last figures, and its change between two surveys on top; one that was not in both stands still."""
    last = table.last[country]
    if repeats is None:
        return last
    before, after = (table.surveys[year].get(country) for year in repeats)
    if before is None or after is None:
        return last
    return {id: min(1.0, max(0.0, value + after[id] - before[id])) for id, value in last.items()}


def _scenario(
    contents: Contents,
    own: Figures,
    ladder: Array,
    repeats: tuple[int, int] | None,
    wanted: int,
    ways: Sequence[tuple[str, ...]],
) -> Scenario:
    """ladder: published scores of the others, lowest first."""
    rises = tuple(_rise(contents, own, ladder, wanted, way) for way in ways)
    # as many others may stand above as there are places above the one that is wanted
    needed = float(ladder[len(ladder) - wanted]) if wanted <= len(ladder) else 0.0
    return Scenario(repeats, rises[0].curve[0][1], needed, rises)


def _rise(contents: Contents, own: Figures, ladder: Array, wanted: int, way: tuple[str, ...]) -> Rise:
    steps = np.round(np.arange(0.0, 1.0 - min(own[id] for id in way) + STEP, STEP), _DIGITS)
    figures = {
        id: np.round(np.minimum(1.0, value + steps), _DIGITS) if id in way else np.full(len(steps), value)
        for id, value in own.items()
    }
    places = 1 + len(ladder) - np.searchsorted(ladder, _published(contents, figures), side="right")
    reached = np.flatnonzero(places <= wanted)
    at = int(reached[0]) if len(reached) else len(steps) - 1
    turns = [0, *(np.flatnonzero(np.diff(places)) + 1).tolist()]
    return Rise(
        way,
        float(steps[at]) if len(reached) else None,
        {id: float(values[at]) for id, values in figures.items()},
        int(places[at]),
        tuple((float(steps[turn]), int(places[turn])) for turn in turns),
    )


def _published(contents: Contents, figures: Mapping[str, Array]) -> Array:
    """Scores from 0 to 100 as the index rounds them."""
    decimals = contents.model.decimals
    return np.array([published_score(value, decimals) for value in _value(contents, figures).tolist()])


def _value(contents: Contents, figures: Mapping[str, Array]) -> Array:
    """The index from its indicators, cell by cell, 0 to 1."""

    def inside(axis: str, group: str | None, aggregation: str) -> Array:
        groups = contents.groups_in(axis, group)
        own = contents.indicators_in(axis, group)
        values = [inside(axis, one.id, one.aggregation) for one in groups] + [figures[one.id] for one in own]
        weights = [one.weight for one in groups] + [one.weight for one in own]
        return combine(values, [np.array(weight) for weight in weights], aggregation)

    axes = contents.axis
    return combine(
        [inside(axis.id, None, axis.aggregation) for axis in axes],
        [np.array(axis.weight) for axis in axes],
        contents.model.aggregation,
    )
