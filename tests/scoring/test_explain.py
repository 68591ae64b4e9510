"""How a number came about: what a tree tells, and the means that it is made of, by hand."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from claims.model import Agency, Service
from scoring.explain import explain
from scoring.model import Model
from scoring.score import score
from scoring.tree import ScoreNode, aggregate, geometric, product


def leaf(id: str, weight: float, value: float | None) -> ScoreNode:
    state: Any = "measured" if value is not None else "not_applicable"
    observable = 0.0 if value is None else 1.0
    return ScoreNode(
        id, "part", weight, "boolean", state, value, value, value, observable, observable, observable
    )


def test_a_tree_is_json_and_says_which_model_it_stands_on(make_round: Any, find: Any, model: Model) -> None:
    services = [Service("a", "s1", "one", True), Service("a", "s2", "two", True)]
    entry = find("a", "services.entry", "service", "s1", "contradicted", "dead_link")
    support = find("a", "services.support", "service", "s2", "not_applicable")
    scores = score(
        make_round([Agency("a", "A", "main", "https://a.test/")], services), [entry, support], model
    )
    told = explain(scores, "a", findings=[entry, support])
    assert told["model"]["sha256"] == model.sha256
    json.dumps(told, allow_nan=False)
    one, other = explain(scores, "a", "U01.1", [entry])["node"]["inputs"]
    assert (one["subject"], one["verdict"], one["reason"]) == ("s1", "contradicted", "dead_link")
    assert (other["subject"], other["verdict"], other["finding"], other["share"]) == ("s2", None, None, 0.5)
    # what a finding took out of the mean is told too
    (left_out,) = explain(scores, "a", "U05.1", [support])["node"]["left_out"]
    assert (left_out["subject"], left_out["verdict"]) == ("s2", "not_applicable")
    assert explain(scores, "a", "U05.1")["node"]["left_out"][0] == {
        "subject": None, "finding": support.id, "verdict": None, "reason": None,
    }  # fmt: skip


def test_points_are_of_the_whole_score_wherever_the_tree_is_entered(
    make_round: Any, find: Any, model: Model
) -> None:
    services = [Service("a", "s1", "one", True), Service("a", "s2", "two", True)]
    entry = find("a", "services.entry", "service", "s1", "verified", "transaction_entry", level="transaction")
    links = find("a", "links.summary", "agency", "a", "partial", None, inside_broken=1, inside_checked=100)
    answers = find(
        "a", "services.availability", "agency", "a", "partial", None, answered=3, visits=4, blocked=0
    )
    findings = [entry, links, answers]
    scores = score(make_round([Agency("a", "A", "main", "https://a.test/")], services), findings, model)
    whole, part = explain(scores, "a"), explain(scores, "a", "U06")
    assert part["node"] in [node for axis in whole["node"]["children"] for node in axis["children"]]
    # a product is no sum: its parts share in its points, and the subjects of a part in those of the part
    for node in part["node"]["children"]:
        assert node["points"] == pytest.approx(part["node"]["points"] / 2)
        assert sum(one["points"] for one in node["inputs"]) == pytest.approx(node["points"])


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
    silent = ScoreNode("b", "part", 3, "boolean", "measured", None, 0.0, 1.0, 0.0, 1.0, 0.0)
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
    part = ScoreNode("p", "part", 1, "count", "measured", 0.6, 0.5, 0.75, 1, 1, 1)
    whole = aggregate("i", "indicator", 1, "product", [part, dataclasses.replace(part, id="q")])
    assert (whole.declared, whole.verified, whole.possible) == pytest.approx((0.6, 0.25, 0.5625))


def test_geometric_by_hand() -> None:
    value, contributions = geometric([0.5, 0.5], [0.25, 1.0])
    assert value == pytest.approx(0.5) and sum(contributions) == pytest.approx(0.5)
    assert geometric([0.5, 0.5], [0.0, 1.0])[0] == pytest.approx(0.1)
    # the floor never lifts a score above its parts
    assert geometric([0.5, 0.5], [0.0, 0.0]) == (0.0, [0.0, 0.0])
