"""Places, their intervals, and that the draws compute the very score the tree does."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.finding import Finding
from claims.model import Agency, Round
from scoring.load import load_model
from scoring.model import Boolean, Count, Deductions, Freshness, Goalposts, Model, Steps
from scoring.ranks import _Tails, combine, competition, draws_of, published_score
from scoring.score import Scores, score
from scoring.tree import arithmetic, geometric

Vary = Callable[[Callable[[dict[str, Any]], None]], Model]
# Parts that nothing of this version, or of the round, feeds.
OPEN = ("unmeasured", "not_given")


def everything(
    find: Callable[..., Finding], agency: str, broken: int, elements: str = "verified"
) -> list[Finding]:
    """Findings that settle nearly all that can be observed: the best of every part, but for broken links."""
    found = {
        "links.summary": find(
            agency,
            "links.summary",
            "agency",
            agency,
            "partial",
            None,
            inside_checked=1000,
            inside_broken=broken,
        )
    }
    for indicator in load_model("ir-portals", Path()).contents.indicator:
        for part in indicator.part:
            if isinstance(part, Boolean):
                name = part.check.partition(".")[2]
                found[part.check] = find(agency, part.check, "element", name, elements)
            elif isinstance(part, Deductions):
                host = f"{agency}.test:443"
                found[part.check] = find(agency, part.check, "host", host, "verified", None, problems=[])
            elif isinstance(part, Goalposts | Count | Steps | Freshness) and part.check != "links.summary":
                # two parts may read different numbers of one finding
                known = found[part.check].observed if part.check in found else {}
                observed = {part.field: best_of(part), **({part.per: 1} if part.per else {}), **known}
                found[part.check] = find(agency, part.check, "agency", agency, "verified", None, **observed)
    return list(found.values())


def best_of(part: Goalposts | Count | Steps | Freshness) -> float:
    if isinstance(part, Goalposts):
        return part.best
    if isinstance(part, Count):
        return part.target
    return part.steps[0].upto if isinstance(part, Steps) else 0.0


@pytest.fixture(scope="module")
def five(make_round: Callable[..., Round], find: Callable[..., Finding]) -> tuple[Round, list[Finding]]:
    """Four main agencies, two of them equal, and one executive agency."""
    agencies = [Agency(id, id, "main", f"https://{id}.test/") for id in ("a", "b", "c", "d")]
    agencies.append(Agency("x", "x", "executive", "https://x.test/"))
    found = [
        *everything(find, "a", 0),
        *everything(find, "b", 10),
        *everything(find, "c", 10),
        *everything(find, "d", 20),
        *everything(find, "x", 40),
    ]
    return make_round(agencies), found


def places(scores: Scores) -> dict[str, int | None]:
    return {s.agency.id: s.rank.place if s.rank else None for s in scores.agencies}


def test_equal_agencies_share_a_place_and_the_next_is_skipped(
    five: tuple[Round, list[Finding]], model: Model
) -> None:
    scores = score(*five, model)
    assert places(scores) == {"a": 1, "b": 2, "c": 2, "d": 4, "x": 1}
    b, c, x = scores.of("b").rank, scores.of("c").rank, scores.of("x").rank
    assert b == c and b is not None and b.of == 4
    assert x is not None and (x.low, x.high, x.of) == (1, 1, 1)


def test_ranks_are_given_on_the_published_rounded_score(
    make_round: Callable[..., Round], find: Callable[..., Finding], model: Model, vary: Vary
) -> None:
    def coarse(data: dict[str, Any]) -> None:
        data["model"]["decimals"] = 0

    # ten scores within one point: all different, and no more than two of them when rounded to whole points
    agencies = [Agency(id, id, "main", f"https://{id}.test/") for id in "abcdefghij"]
    found = [f for broken, agency in enumerate(agencies) for f in everything(find, agency.id, broken)]
    fine = places(score(make_round(agencies), found, model))
    assert list(fine.values()) == list(range(1, 11))
    assert len(set(places(score(make_round(agencies), found, vary(coarse))).values())) <= 2


def test_settled_inputs_and_fixed_weights_leave_no_interval(
    five: tuple[Round, list[Finding]], vary: Vary
) -> None:
    def fixed(data: dict[str, Any]) -> None:
        data["rules"]["weight_spread"] = 0.0

    for agency in score(*five, vary(fixed)).agencies:
        parts = [part for indicator in agency.indicators for part in indicator.children]
        assert all(part.verified == part.possible for part in parts if part.state not in OPEN)
        assert agency.rank is not None and agency.rank.low == agency.rank.place == agency.rank.high


def test_an_open_input_widens_the_interval(five: tuple[Round, list[Finding]], model: Model) -> None:
    round, found = five
    settled = score(round, found, model).of("a").rank
    opened = [
        dataclasses.replace(f, verdict="inconclusive", reason="blocked")
        if f.agency == "a" and f.check == "hosts.security"
        else f
        for f in found
    ]
    rank = score(round, opened, model).of("a").rank
    assert settled is not None and rank is not None
    assert (settled.place, settled.low, settled.high) == (1, 1, 1)
    assert rank.place == 4 and rank.low < 4


def test_low_coverage_is_not_ranked(five: tuple[Round, list[Finding]], model: Model) -> None:
    round, found = five
    few = [f for f in found if f.agency != "b" or f.check == "links.summary"]
    scores = score(round, few, model)
    assert scores.of("b").not_ranked == "low_coverage" and scores.of("b").tree.coverage < 0.6
    assert places(scores) == {"a": 1, "b": None, "c": 2, "d": 3, "x": 1}


def test_the_same_seed_gives_the_same_intervals(five: tuple[Round, list[Finding]], model: Model) -> None:
    round, found = five
    assert score(round, found, model) == score(round, list(reversed(found)), model)


def test_the_order_of_sums_decides_no_digit_that_is_published() -> None:
    assert (
        published_score(0.04625, 2)
        == published_score(0.046249999999999996, 2)
        == published_score(0.04625000000000001, 2)
    )
    assert published_score(1 / 3, 2) == 33.33


@pytest.mark.parametrize(("agencies", "draws"), [(1, 10_000), (167, 10_000), (1_500, 10_000), (3_000, 5_000), (30_000, 1_000), (90_000, 1_000)])  # fmt: skip
def test_a_country_is_drawn_less_often(agencies: int, draws: int) -> None:
    assert draws_of(10_000, agencies) == draws
    assert draws_of(200, agencies) == 200


@given(scores=st.lists(st.integers(0, 5), min_size=1, max_size=12))
def test_competition(scores: list[int]) -> None:
    ranks = competition([float(s) for s in scores])
    for place in set(ranks):
        shared = ranks.count(place)
        assert place + shared in {*ranks, len(ranks) + 1}
    assert sorted(ranks)[0] == 1


@settings(deadline=None)
@given(
    cells=st.lists(st.tuples(st.none() | st.floats(0, 1), st.floats(0.1, 9)), min_size=1, max_size=6),
    plain=st.booleans(),
)
def test_draws_compute_what_the_tree_computes(cells: list[tuple[float | None, float]], plain: bool) -> None:
    values = [np.array([[float("nan") if value is None else value]]) for value, _ in cells]
    weights = [np.array([[weight]]) for _, weight in cells]
    drawn = combine(values, weights, "arithmetic" if plain else "geometric")[0, 0]
    known = [(value, weight) for value, weight in cells if value is not None]
    if not known:
        assert np.isnan(drawn)
        return
    total = sum(weight for _, weight in known)
    mean = arithmetic if plain else geometric
    expected, _ = mean([weight / total for _, weight in known], [value for value, _ in known])
    assert drawn == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("draws", "agencies", "at_once"), [(1, 3, 1), (2, 3, 2), (1_000, 40, 6), (3_000, 7, 3_000)]
)
@pytest.mark.parametrize("interval", [0.0, 0.5, 0.95, 1.0])
def test_the_tails_that_are_kept_hold_the_quantiles_of_all_draws(
    draws: int, agencies: int, at_once: int, interval: float
) -> None:
    places = np.random.default_rng(1404).integers(1, agencies + 1, (draws, agencies))
    tail = (1.0 - interval) / 2
    tails = _Tails(draws, tail, agencies)
    for start in range(0, draws, at_once):
        tails.add(places[start : start + at_once])
    best, worst = tails.ends()
    assert best.tolist() == np.quantile(places, tail, axis=0, method="lower").tolist()
    assert worst.tolist() == np.quantile(places, 1.0 - tail, axis=0, method="higher").tolist()
