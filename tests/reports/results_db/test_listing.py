"""Lists against Python's own sort."""

from __future__ import annotations

import random

import numpy as np
import pytest

from reports.results_db.listing import Listing
from reports.results_db.rows import ORDER


def _plain(severity: list[int], numbers: list[int], shown: list[bool]) -> list[int]:
    places = [place for place, is_shown in enumerate(shown) if is_shown]
    return sorted(places, key=lambda place: (numbers[place], severity[place], place))


@pytest.mark.parametrize(
    ("size", "values", "share"),
    [
        (0, 1, 1.0),
        (1, 1, 1.0),
        (9, 1, 0.5),
        (1_000, 40, 0.0),
        (1_000, 40, 0.3),
        (70_000, 1, 0.9),
        (150_000, 60, 1.0),
        (150_000, 60, 0.001),
        (150_000, 30_000, 0.8),
        (150_000, 150_000, 1.0),
    ],
)
def test_a_list_has_its_findings_in_their_order(size: int, values: int, share: float) -> None:
    chosen = random.Random(f"{size} {values} {share}")
    severity = chosen.choices(range(len(ORDER)), weights=range(1, len(ORDER) + 1), k=size)
    numbers = [chosen.randrange(values) for _ in range(size)]
    shown = [chosen.random() < share for _ in range(size)]
    wanted = _plain(severity, numbers, shown)
    listing = Listing.of(
        np.array(severity, np.uint8),
        None if values == 1 else np.array(numbers, np.min_scalar_type(values)),
        np.packbits(np.array(shown, np.bool_)),
    )
    assert len(listing) == len(wanted)
    assert listing[:] == wanted
    starts = [0, 1, len(wanted) // 2, len(wanted) - 50, *(chosen.randrange(size + 1) for _ in range(5))]
    for start in (start for start in starts if start >= 0):
        assert listing[start : start + 50] == wanted[start : start + 50]
    rank = {place: number for number, place in enumerate(wanted)}
    for place in chosen.sample(range(size), min(size, 12)):
        before, is_shown = listing.find(place)
        assert is_shown == shown[place]
        alone = _plain(severity, numbers, [here or at == place for at, here in enumerate(shown)])
        assert before == (rank[place] if is_shown else alone.index(place))
