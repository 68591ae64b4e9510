"""What other choices of a model do to the ranks: by hand, and against scoring once more under the other model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claims.model import Agency, Declaration, Round
from scoring.load import load_model
from scoring.model import Model
from scoring.score import Scores, score
from scoring.sensitivity import RankShift, shifts_of
from tests.depth import tries

Vary = Callable[[Callable[[dict[str, Any]], None]], Model]
# by agency: human capital, online services, telecommunications
COUNTRIES = {"a": (0.9, 0.2, 0.5), "b": (0.5, 0.6, 0.52), "c": (0.1, 0.95, 0.5), "d": (0.3, 0.3, 0.3)}


@pytest.fixture(scope="module")
def scored(make_round: Callable[..., Round]) -> Scores:
    model = load_model("un-egdi", Path())
    ids = [indicator.id for indicator in model.contents.indicator]
    agencies = [Agency(id, id, "main", f"https://{id}.test/") for id in COUNTRIES]
    declared = [
        Declaration(id, node, value)
        for id, row in COUNTRIES.items()
        for node, value in zip(ids, row, strict=True)
    ]
    return score(make_round(agencies, declarations=declared), (), model)


def shifts(scored: Scores) -> dict[tuple[str, str | None], RankShift]:
    found = shifts_of(scored.shape, scored.standings["main"], scored.model.contents.model.decimals)
    return {(shift.choice, shift.node): shift for shift in found}


def test_by_hand(scored: Scores) -> None:
    """a .533, b .540, c .517, d .300: places 2, 1, 3, 4."""
    assert [one.rank and one.rank.place for one in scored.agencies] == [2, 1, 3, 4]
    found = shifts(scored)
    first, second, third = (indicator.id for indicator in scored.model.contents.indicator)
    # without the first: a .350, b .560, c .725, d .300: places 3, 2, 1, 4
    assert found["without", first] == RankShift("without", first, 1.0, 2, "c")
    # without the second: a .700, b .510, c .300, d .300: places 1, 2, 3, 3
    assert found["without", second] == RankShift("without", second, 0.75, 1, "a")
    # without the third: a .550, b .550, c .525, d .300: places 1, 1, 3, 4
    assert found["without", third] == RankShift("without", third, 0.25, 1, "a")
    # geometric: a .448, b .538, c .362, d .300
    assert found["geometric", None] == RankShift("geometric", None, 0.0, 0, None)
    assert found["equal_indicators", None].most == 0


@settings(deadline=None, max_examples=tries(15, 400))
@given(data=st.data())
def test_a_choice_is_what_the_model_would_be(
    data: st.DataObject, wide_worlds: Any, model: Model, vary: Vary
) -> None:
    """Equal weights of all indicators give the ranks of a model that says so."""

    def equal(raw: dict[str, Any]) -> None:
        for table in raw["indicator"]:
            table["weight"] = 1.0
        for axis in raw["axis"]:
            axis["weight"] = float(sum(one["axis"] == axis["id"] for one in raw["indicator"]))
        raw["model"]["total"] = float(len(raw["indicator"]))
        raw["rules"]["min_coverage"] = 0.0  # other weights are other coverages

    def covered(raw: dict[str, Any]) -> None:
        raw["rules"]["min_coverage"] = 0.0

    world = data.draw(wide_worlds)
    here = score(world.round, world.findings, vary(covered))
    there = score(world.round, world.findings, vary(equal))
    own, theirs = ({one.agency.id: one.rank for one in scores.agencies} for scores in (here, there))
    for standings in here.standings.values():
        found = {one.choice: one for one in shifts_of(here.shape, standings, model.contents.model.decimals)}
        if not found:
            continue
        places = [(own[standing.id], theirs[standing.id]) for standing in standings]
        moved = [abs(one.place - other.place) for one, other in places if one and other]
        assert len(moved) == len(standings)
        shift = found["equal_indicators"]
        assert shift.mean == pytest.approx(sum(moved) / len(moved))
        assert shift.most == max(moved)


def test_one_agency_or_none_cannot_change_places(scored: Scores) -> None:
    (first, *_) = scored.standings["main"]
    assert shifts_of(scored.shape, (), 2) == shifts_of(scored.shape, (first,), 2) == ()
