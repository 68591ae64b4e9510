"""What was read last, as much of it as fits: pages are read again and again, and some are made to fill the memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")
ROOM = 40_000_000  # of `web.document.Document.weight`: hundreds of pages as they are, two of the largest that are read


class Recent(Generic[T]):
    """The values that were used last: at most so many, and beside the newest no more than weigh `room` together."""

    def __init__(self, most: int, room: int = ROOM) -> None:
        self._most = most
        self._room = room
        self._kept: OrderedDict[str, tuple[T, int]] = OrderedDict()
        self._weight = 0

    def __iter__(self) -> Iterator[T]:
        return (value for value, _ in self._kept.values())

    def get(self, key: str) -> T | None:
        held = self._kept.get(key)
        if held is None:
            return None
        self._kept.move_to_end(key)
        return held[0]

    def keep(self, key: str, value: T, weight: int) -> None:
        """key: of no value that is kept."""
        self._kept[key] = value, weight
        self._weight += weight
        while len(self._kept) > 1 and (len(self._kept) > self._most or self._weight > self._room):
            self._weight -= self._kept.popitem(last=False)[1][1]
