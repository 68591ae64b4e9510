"""Which ranks can be told apart: two whose intervals overlap cannot, whatever their places say."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate

from scoring.ranks import Rank


@dataclass(frozen=True, slots=True)
class RankGroup:
    """Agencies that hang together by intervals that overlap; the order between two groups is sure.

    first, last: their best and worst place.
    """

    first: int
    last: int
    agencies: tuple[str, ...]


def ordered(ranks: Mapping[str, Rank]) -> list[str]:
    """By place, then by interval and id."""
    return sorted(ranks, key=lambda id: (ranks[id].place, ranks[id].low, ranks[id].high, id))


class RankIntervals:
    """The ranks of one kind of agencies, made ready to be asked about each of them, however many they are."""

    def __init__(self, ranks: Mapping[str, Rank]) -> None:
        self.ranks = ranks
        self.order = ordered(ranks)
        self._position = {id: number for number, id in enumerate(self.order)}
        self._lows = sorted(rank.low for rank in ranks.values())
        self._highs = sorted(rank.high for rank in ranks.values())

    def like(self, agency: str) -> int:
        """How many others have an interval that overlaps with that of this agency."""
        own = self.ranks[agency]
        above = bisect_left(self._highs, own.low)
        below = len(self.order) - bisect_right(self._lows, own.high)
        return len(self.order) - 1 - above - below

    def nearest(self, agency: str, most: int) -> tuple[str, ...]:
        """Of these others, those whose places are nearest, by place."""
        own, at = self.ranks[agency], self._position[agency]
        wanted = min(most, self.like(agency))
        found: list[str] = []
        for step in range(1, len(self.order)):
            for number in (at - step, at + step):
                if len(found) == wanted:
                    return tuple(sorted(found, key=self._position.__getitem__))
                if 0 <= number < len(self.order):
                    other = self.ranks[self.order[number]]
                    if other.low <= own.high and other.high >= own.low:
                        found.append(self.order[number])
        return tuple(sorted(found, key=self._position.__getitem__))


def pairs(ranks: Mapping[str, Rank]) -> tuple[int, int]:
    """How many pairs of agencies cannot be told apart, and how many pairs there are."""
    count = len(ranks)
    ends = sorted(rank.high for rank in ranks.values())
    apart = sum(bisect_left(ends, rank.low) for rank in ranks.values())
    every = count * (count - 1) // 2
    return every - apart, every


def groups(ranks: Mapping[str, Rank]) -> tuple[RankGroup, ...]:
    """The finest cut in groups whose order is sure, the best first."""
    by_start = sorted(ranks, key=lambda id: (ranks[id].low, ranks[id].high, id))
    worst = list(accumulate((ranks[id].high for id in by_start), max))
    found: list[list[str]] = []
    for number, id in enumerate(by_start):
        if number == 0 or worst[number - 1] < ranks[id].low:
            found.append([])
        found[-1].append(id)
    return tuple(_group(ranks, ids) for ids in found)


def _group(ranks: Mapping[str, Rank], ids: list[str]) -> RankGroup:
    places = [ranks[id].place for id in ids]
    return RankGroup(min(places), max(places), tuple(ordered({id: ranks[id] for id in ids})))
