"""The choice of constants for weighing, over pairs made by hand and over the smallest set."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checks.services.matching.weighing import MatchThresholds, RivalSums, limits
from tests.estate.weights import GRID, Pair, block, chosen, counted, pairs_of
from tests.rounds import crawled, parameter

STRICT, LOOSE = MatchThresholds(0.7, 1.0, 0.2, 0.2), MatchThresholds(0.3, 0.5, 0.0, 0.1)


def pair(right: bool, own: float, *, name: float = 0.5, best: float = 0.0, away: float = 0.0, besides: bool = False, shut: bool = False) -> Pair:  # fmt: skip
    return Pair(right, own, name, RivalSums(best), RivalSums(away), besides, shut, shut)


def test_a_pair_is_accepted_as_a_page_is() -> None:
    assert pair(True, 0.5).accepted(LOOSE) and not pair(True, 0.5).accepted(STRICT)
    assert not pair(True, 0.9, besides=True).accepted(STRICT), "a word in the place of another needs more"
    assert not pair(True, 0.9, best=0.8).accepted(LOOSE), "another claim is as near"
    assert not pair(True, 0.9, name=0.0).accepted(STRICT) and not pair(True, 2.0, shut=True).accepted(LOOSE)
    apart = Pair(True, 0.9, 0.5, RivalSums(0.0, 0.9), RivalSums(0.0), False, False, False)
    assert apart.accepted(STRICT), "a claim that is as near is declared at another address"
    assert not replace(apart, best=RivalSums(0.0, 1.0)).accepted(LOOSE), "and fits better here"


def test_owners_count_where_they_are() -> None:
    wrong = pair(False, 0.8, best=1.5, away=0.1)
    assert counted([wrong], LOOSE) == (0, 0, 1)


def test_the_choice_accepts_no_wrong_pair_and_of_equals_is_the_strictest() -> None:
    pairs = [pair(True, 0.75), pair(False, 0.55), *(pair(False, 0.0) for _ in range(300))]
    best = chosen(pairs)
    assert counted(pairs, best) == (1, 0, 0) and best.needed == 0.7
    assert best == max(row for row in GRID if counted(pairs, row) == (1, 0, 0))


def test_the_table_has_a_row_for_each_set_and_their_sum() -> None:
    lines = block({"one": [pair(True, 0.8)], "two": [pair(False, 0.1), pair(True, 0.2)]})
    assert lines[2].startswith("| one | 1 | 0 |") and lines[3].startswith("| two | 1 | 1 |")
    assert lines[4].startswith("| all | 2 | 1 |")


@pytest.mark.parametrize("name", [parameter("whole_portals")])
def test_what_is_shipped_accepts_no_page_of_another_claim(name: str) -> None:
    pairs = pairs_of(name, crawled(name).round)
    assert len(pairs) > 100
    assert counted(pairs, limits())[1] == 0
