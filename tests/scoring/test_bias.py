"""Declared against verified, over the same indicators on both sides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.finding import Finding
from claims.model import Agency, Declaration, Round
from scoring.bias import bias_of, national_bias
from scoring.model import Model
from scoring.score import score


def test_by_hand(make_round: Callable[..., Round], find: Callable[..., Finding], model: Model) -> None:
    agencies = [Agency(id, id, "main", f"https://{id}.test/", cooperated=id != "c") for id in "abc"]
    declared = [
        Declaration("a", "T02", 1.0),  # weight 3, half proven
        Declaration("a", "T03", 0.5),  # weight 2, nothing settled
        Declaration("a", "U07", 0.8),  # weight 3, nothing looks at it yet: open
        Declaration("c", "T02", 1.0),
    ]
    found = [
        find("a", "elements.sla", "element", "sla", "partial"),
        find("a", "sla.times", "element", "sla", "partial", measured=1, promised=2),
        find("a", "elements.foi", "element", "foi", "verified"),
        find("c", "elements.sla", "element", "sla", "contradicted", "hollow"),
        find("c", "sla.times", "element", "sla", "contradicted", "hollow"),
    ]
    scores = score(make_round(agencies, declarations=declared), found, model)
    bias = bias_of(scores.of("a"))
    assert bias is not None
    assert bias.weight == 8
    assert bias.declared == pytest.approx(100 * (3 * 1.0 + 2 * 0.5 + 3 * 0.8) / 8)
    assert bias.unproven == pytest.approx(bias.declared - 100 * 3 * 0.5 / 8)
    assert bias.untenable == pytest.approx(bias.declared - 100 * (3 * 0.5 + 2 * 1.0 + 3 * 1.0) / 8)
    assert bias_of(scores.of("b")) is None
    # c did not cooperate and b declared nothing, so the nation is a
    assert national_bias(scores.agencies) == bias
    assert national_bias([scores.of("b"), scores.of("c")]) is None


@settings(deadline=None)
@given(data=st.data())
def test_what_is_untenable_is_unproven(data: st.DataObject, worlds: Any, model: Model) -> None:
    world = data.draw(worlds)
    for agency in score(world.round, world.findings, model).agencies:
        bias = bias_of(agency)
        if bias is not None:
            assert bias.untenable <= bias.unproven + 1e-9 <= bias.declared + 2e-9
