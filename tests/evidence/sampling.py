"""Which of many places a test tries: usually some, drawn by a seed over the whole range, thoroughly each."""

from __future__ import annotations

import random
from collections.abc import Iterator

from tests.depth import tries


def places(one_in: int) -> Iterator[int]:
    """Numbers from 1 on, rising without end: one of so many in the mean; every one for `make test-thorough`."""
    draw = random.Random(1404)
    place = 0
    while True:
        place += draw.randint(1, tries(2 * one_in - 1, 1))
        yield place
