"""Ranks that cannot be told apart, held against a look at every pair."""

from __future__ import annotations

from itertools import combinations, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.distinct import RankIntervals, groups, ordered, pairs
from scoring.ranks import Rank


@st.composite
def _ranks(draw: st.DrawFn) -> dict[str, Rank]:
    count = draw(st.integers(1, 9))
    found = {}
    for number in range(count):
        low, place, high = sorted(draw(st.tuples(*[st.integers(1, count)] * 3)))
        found[f"a{number}"] = Rank(place, low, high, count)
    return found


def overlap(one: Rank, other: Rank) -> bool:
    return bool(set(range(one.low, one.high + 1)) & set(range(other.low, other.high + 1)))


@settings(deadline=None)
@given(ranks=_ranks())
def test_against_every_pair(ranks: dict[str, Rank]) -> None:
    alike = [(a, b) for a, b in combinations(ranks, 2) if overlap(ranks[a], ranks[b])]
    assert pairs(ranks) == (len(alike), len(ranks) * (len(ranks) - 1) // 2)
    intervals = RankIntervals(ranks)
    for agency in ranks:
        others = {a if b == agency else b for a, b in alike if agency in (a, b)}
        assert intervals.like(agency) == len(others)
        assert intervals.nearest(agency, len(ranks)) == tuple(id for id in ordered(ranks) if id in others)
        first = intervals.nearest(agency, 2)
        assert len(first) == min(2, len(others)) and set(first) <= others


@settings(deadline=None)
@given(ranks=_ranks())
def test_groups_are_in_sure_order_and_hang_together(ranks: dict[str, Rank]) -> None:
    found = groups(ranks)
    assert sorted(id for group in found for id in group.agencies) == sorted(ranks)
    for before, after in pairwise(found):
        assert max(ranks[id].high for id in before.agencies) < min(ranks[id].low for id in after.agencies)
        assert before.last < after.first
    for group in found:
        reached, pending = {group.agencies[0]}, [group.agencies[0]]
        while pending:
            one = pending.pop()
            new = set(RankIntervals(ranks).nearest(one, 9)) - reached
            reached |= new
            pending.extend(new)
        assert reached == set(group.agencies)


def test_by_hand() -> None:
    ranks = {
        "a": Rank(1, 1, 1, 5),
        "b": Rank(2, 2, 3, 5),
        "c": Rank(3, 2, 4, 5),
        "d": Rank(3, 3, 4, 5),
        "e": Rank(5, 5, 5, 5),
    }
    assert pairs(ranks) == (3, 10)
    assert RankIntervals(ranks).nearest("a", 9) == () and RankIntervals(ranks).nearest("b", 9) == ("c", "d")
    assert [(g.first, g.last, len(g.agencies)) for g in groups(ranks)] == [(1, 1, 1), (2, 3, 3), (5, 5, 1)]
