"""Explanations add up, and what is said to raise a score does."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claims.model import Agency
from scoring.explain import explain, find, gains
from scoring.model import Model
from scoring.score import score
from scoring.tree import Node, aggregate, geometric, product


def leaf(id: str, weight: float, value: float | None) -> Node:
    state: Any = "measured" if value is not None else "not_applicable"
    observable = 0.0 if value is None else 1.0
    return Node(id, "part", weight, "boolean", state, value, value, value, observable, observable, observable)


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_explanations_add_up(data: st.DataObject, worlds: Any, model: Model) -> None:
    world = data.draw(worlds)
    scores = score(world.round, world.findings, model)
    agency = scores.agencies[0]
    told = explain(scores, agency.agency.id)
    assert told["model"]["sha256"] == model.sha256
    json.dumps(told, allow_nan=False)

    def walk(node: dict[str, Any]) -> None:
        if node["children"]:
            total = sum(child["contribution"] for child in node["children"])
            assert total == pytest.approx(node["verified"] or 0.0, abs=1e-12)
        if node["inputs"]:
            mean = sum(item["lower"] for item in node["inputs"]) / len(node["inputs"])
            assert mean == pytest.approx(node["verified"], abs=1e-12)
        for child in node["children"]:
            walk(child)

    walk(told["node"])
    listed = gains(agency)
    assert [gain.points for gain in listed] == sorted((gain.points for gain in listed), reverse=True)
    for gain in listed:
        indicator = find(agency.tree, gain.indicator)
        assert indicator.verified is not None and indicator.verified < 1.0 and gain.points > 0


def test_one_indicator_can_be_asked_for(worlds: Any, model: Model, make_round: Any) -> None:
    scores = score(make_round([Agency("a", "A", "main", "https://a.test/")]), (), model)
    assert explain(scores, "a", "U04")["node"]["kind"] == "indicator"
    assert explain(scores, "a", "smart")["node"]["id"] == "smart"
    for agency, node in (("a", "U99"), ("z", None)):
        with pytest.raises(KeyError):
            explain(scores, agency, node)


def test_what_does_not_apply_leaves_its_weight_to_its_siblings_alone() -> None:
    one = aggregate("x", "axis", 1, "arithmetic", [leaf("a", 1, 0.2), leaf("b", 3, None), leaf("c", 1, 0.6)])
    assert one.verified == pytest.approx(0.4)
    assert [child.share for child in one.children] == [0.5, 0.0, 0.5]
    other = aggregate("y", "axis", 1, "arithmetic", [leaf("d", 1, 1.0)])
    whole = aggregate("w", "agency", 2, "arithmetic", [one, other])
    assert whole.verified == pytest.approx(0.7)


def test_nothing_applies_anywhere() -> None:
    axis = aggregate("x", "axis", 1, "arithmetic", [leaf("a", 1, None), leaf("b", 3, None)])
    whole = aggregate("w", "agency", 1, "geometric", [axis])
    for node in (axis, whole):
        assert (node.declared, node.verified, node.possible, node.coverage) == (None, None, None, 0.0)
        assert node.state == "not_applicable"


def test_declared_is_the_mean_of_what_was_declared() -> None:
    silent = Node("b", "part", 3, "boolean", "measured", None, 0.0, 1.0, 0.0, 1.0, 0.0)
    axis = aggregate("x", "axis", 4, "arithmetic", [leaf("a", 1, 0.5), silent])
    assert (axis.declared, axis.spoken) == (0.5, 0.25)
    whole = aggregate(
        "w", "agency", 8, "arithmetic", [axis, aggregate("y", "axis", 4, "arithmetic", [leaf("c", 1, 1.0)])]
    )
    # a quarter of one axis and the whole of the other
    assert whole.declared == pytest.approx((0.25 * 0.5 + 1.0) / 1.25)


def test_product_by_hand() -> None:
    value, contributions = product([0.25, 0.75], [0.5, 0.8])
    assert value == pytest.approx(0.4) and contributions == pytest.approx([0.1, 0.3])
    assert product([0.5, 0.5], [1.0, 0.0]) == (0.0, [0.0, 0.0])
    part = Node("p", "part", 1, "count", "measured", 0.6, 0.5, 0.75, 1, 1, 1)
    whole = aggregate("i", "indicator", 1, "product", [part, dataclasses.replace(part, id="q")])
    assert (whole.declared, whole.verified, whole.possible) == pytest.approx((0.6, 0.25, 0.5625))


def test_geometric_by_hand() -> None:
    value, contributions = geometric([0.5, 0.5], [0.25, 1.0])
    assert value == pytest.approx(0.5) and sum(contributions) == pytest.approx(0.5)
    assert geometric([0.5, 0.5], [0.0, 1.0])[0] == pytest.approx(0.1)
    # the floor never lifts a score above its parts
    assert geometric([0.5, 0.5], [0.0, 0.0]) == (0.0, [0.0, 0.0])
