"""Which ranks can be told apart: two whose intervals overlap cannot, whatever their places say."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate

from scoring.ranks import Rank


@dataclass(frozen=True, slots=True)
class Group:
    """Agencies that hang together by intervals that overlap; the order between two groups is sure.

    first, last: their best and worst place.
    """

    first: int
    last: int
    agencies: tuple[str, ...]


def like(ranks: Mapping[str, Rank], agency: str) -> tuple[str, ...]:
    """The others whose intervals overlap with that of this agency, by place. ranks: of one kind."""
    own = ranks[agency]
    return tuple(
        id
        for id in ordered(ranks)
        if id != agency and ranks[id].low <= own.high and ranks[id].high >= own.low
    )


def ordered(ranks: Mapping[str, Rank]) -> list[str]:
    """By place, then by interval and id."""
    return sorted(ranks, key=lambda id: (ranks[id].place, ranks[id].low, ranks[id].high, id))


def pairs(ranks: Mapping[str, Rank]) -> tuple[int, int]:
    """How many pairs of agencies cannot be told apart, and how many pairs there are."""
    count = len(ranks)
    ends = sorted(rank.high for rank in ranks.values())
    apart = sum(bisect_left(ends, rank.low) for rank in ranks.values())
    every = count * (count - 1) // 2
    return every - apart, every


def groups(ranks: Mapping[str, Rank]) -> tuple[Group, ...]:
    """The finest cut in groups whose order is sure, the best first."""
    by_start = sorted(ranks, key=lambda id: (ranks[id].low, ranks[id].high, id))
    worst = list(accumulate((ranks[id].high for id in by_start), max))
    found: list[list[str]] = []
    for number, id in enumerate(by_start):
        if number == 0 or worst[number - 1] < ranks[id].low:
            found.append([])
        found[-1].append(id)
    return tuple(_group(ranks, ids) for ids in found)


def _group(ranks: Mapping[str, Rank], ids: list[str]) -> Group:
    places = [ranks[id].place for id in ids]
    return Group(min(places), max(places), tuple(ordered({id: ranks[id] for id in ids})))
