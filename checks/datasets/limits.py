"""When a dataset is due, overdue and stale, by its period in days. Numbers only.

The anchors are those of the humanitarian data exchange; between them the limits are interpolated, and past a
year they grow with the period.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

# (period, overdue after, stale after); a period's upper end has its nominal length's limits.
_ANCHORS = (
    (1, 2, 3),
    (7, 14, 21),
    (30, 44, 60),
    (31, 44, 60),
    (90, 120, 150),
    (92, 120, 150),
    (180, 210, 270),
    (184, 210, 270),
    (365, 425, 548),
    (366, 425, 548),
)
# Days that publication may take, at most (docs/open-data.md): a quarter, even for yearly data.
_LONGEST_LAG = 90.0
# Two years (`no_update_2y`): without a period, what is not renewed for so long is out of date.
NO_UPDATE_DAYS = 730


@dataclass(frozen=True, slots=True)
class Limits:
    """Ages in days past which a dataset is due, overdue, stale; lag: what publication itself may take."""

    due: int
    overdue: int
    stale: int
    lag: float

    @classmethod
    def of(cls, period: int) -> Limits:
        overdue, stale = _interpolated(period)
        return cls(period, overdue, max(stale, math.ceil(1.5 * period)), min(period / 2, _LONGEST_LAG))


def _interpolated(period: int) -> tuple[int, int]:
    last = _ANCHORS[-1]
    if period >= last[0]:
        return math.ceil(period * last[1] / last[0]), math.ceil(period * last[2] / last[0])
    for low, high in itertools.pairwise(_ANCHORS):
        if low[0] <= period <= high[0]:
            share = (period - low[0]) / (high[0] - low[0])
            return math.ceil(low[1] + share * (high[1] - low[1])), math.ceil(
                low[2] + share * (high[2] - low[2])
            )
    return _ANCHORS[0][1], _ANCHORS[0][2]
