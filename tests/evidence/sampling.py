"""Which of many places a test tries: usually some, drawn by a seed over the whole range, thoroughly each."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from typing import TypeVar

from tests.depth import tries

T = TypeVar("T")


def places(one_in: int) -> Iterator[int]:
    """Numbers from 1 on, rising without end: one of so many in the mean; every one for `make test-thorough`."""
    draw = random.Random(1404)
    place = 0
    while True:
        place += draw.randint(1, tries(2 * one_in - 1, 1))
        yield place


def spread(every: Sequence[T], one_in: int) -> list[T]:
    """Of these the first, the last and one of so many between; all of them for `make test-thorough`."""
    last = len(every) - 1
    between = itertools.takewhile(lambda place: place < last, places(one_in))
    return [every[place] for place in sorted({0, *between, last})]
