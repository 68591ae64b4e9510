"""Taking away one finding, of whatever kind, changes its branch of the tree and nothing else; and every tree adds up."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.finding import Finding
from govah.stages import read_round
from scoring.explain import explain
from scoring.load import load_model
from scoring.model import Model
from scoring.score import Scores, score
from tests.govah.stored import FINDINGS, unpack

Json = dict[str, Any]
# What a node is, but for its place among its siblings: when one of them no longer applies, the others take its weight.
OWN = ("kind", "rule", "state", "weight", "declared", "verified", "possible", "coverage", "check", "findings")
OF_SUBJECT = ("subject", "lower", "upper", "settled", "finding", "verdict", "reason", "share", "contribution")


def test_what_is_compared_is_all_there_is(stored: tuple[Any, list[Finding], Model]) -> None:
    round_, findings, model = stored
    told = trees(score(round_, findings, model), findings)["mahi"]
    places = {"id", "share", "contribution", "points", "children", "inputs", "left_out", "attestation"}
    assert all(set(node) - {*OWN, *places} == set() for node in nodes(told))
    inputs = [one for node in nodes(told) for one in node["inputs"]]
    assert inputs and all(set(one) - {*OF_SUBJECT, "points"} == set() for one in inputs)


def nodes(told: Json) -> list[Json]:
    return [told, *(node for child in told["children"] for node in nodes(child))]


def trees(scores: Scores, findings: Sequence[Finding]) -> dict[str, Json]:
    ids = [one.agency.id for one in scores.agencies]
    return {id: explain(scores, id, findings=findings)["node"] for id in ids}


def assert_adds_up(told: Json) -> None:
    """To 1e-9 at every node: in the node's own value, and in points of the agency's score."""
    assert told["points"] == pytest.approx(100 * (told["verified"] or 0.0), abs=1e-9)
    for node in nodes(told):
        for below in (node["children"], node["inputs"]):
            if below and node["rule"] != "attested":
                added = math.fsum(one["contribution"] for one in below)
                assert added == pytest.approx(node["verified"] or 0.0, abs=1e-9), node["id"]
                assert math.fsum(one["points"] for one in below) == pytest.approx(node["points"], abs=1e-9)


def assert_only_its_branch(gone: Finding, before: dict[str, Json], after: dict[str, Json]) -> int:
    """Returns how many nodes lie on the branch."""
    on_it = 0
    for agency, told in before.items():
        for one, other in zip(nodes(told), nodes(after[agency]), strict=True):
            assert gone.id not in other["findings"]
            if gone.id in one["findings"]:
                on_it += 1
                continue
            assert one["id"] == other["id"]
            for name in OWN:
                assert one[name] == other[name], (one["id"], name)
            for a, b in zip(one["inputs"], other["inputs"], strict=True):
                assert {name: a[name] for name in OF_SUBJECT} == {name: b[name] for name in OF_SUBJECT}
            assert one.get("attestation") == other.get("attestation")
    return on_it


def held_apart(round: Any, findings: Sequence[Finding], model: Model, gone: Finding) -> int:
    without = [finding for finding in findings if finding.id != gone.id]
    after = trees(score(round, without, model), without)
    for told in after.values():
        assert_adds_up(told)
    return assert_only_its_branch(gone, trees(score(round, findings, model), findings), after)


@settings(deadline=None)
@given(data=st.data())
def test_of_any_kind_in_any_round(data: st.DataObject, wide_worlds: Any, model: Model) -> None:
    world = data.draw(wide_worlds)
    for told in trees(score(world.round, world.findings, model), world.findings).values():
        assert_adds_up(told)
    if world.findings:
        held_apart(world.round, world.findings, model, data.draw(st.sampled_from(world.findings)))


@settings(deadline=None)
@given(data=st.data())
def test_trees_add_up_whatever_the_means(data: st.DataObject, wide_worlds: Any, vary: Any) -> None:
    def change(raw: Json) -> None:
        raw["model"]["aggregation"] = "geometric"
        for axis in raw["axis"][1:]:
            axis["aggregation"] = "geometric"

    world = data.draw(wide_worlds)
    for told in trees(score(world.round, world.findings, vary(change)), world.findings).values():
        assert_adds_up(told)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory, model: Model) -> tuple[Any, list[Finding], Model]:
    round_ = read_round(unpack(tmp_path_factory.mktemp("stored"))).round
    lines = FINDINGS.read_text(encoding="utf-8").splitlines()
    return round_, [Finding.from_json(json.loads(line)) for line in lines], model


@pytest.mark.slow
def test_each_finding_of_the_stored_round(stored: tuple[Any, list[Finding], Model]) -> None:
    round_, findings, model = stored
    read = {getattr(part, "check", None) for i in model.contents.indicator for part in i.part}
    before = trees(score(round_, findings, model), findings)
    for told in before.values():
        assert_adds_up(told)
    moved = 0
    for gone in findings:
        without = [finding for finding in findings if finding is not gone]
        after = trees(score(round_, without, model), without)
        for told in after.values():
            assert_adds_up(told)
        on_it = assert_only_its_branch(gone, before, after)
        assert on_it == 0 or on_it >= 4  # part, indicator, axis, agency
        assert on_it == 0 or gone.check in read
        moved += on_it > 0
    assert moved > 200


def test_a_published_index_adds_up(make_round: Any) -> None:
    from claims.model import Agency, Declaration

    model = load_model("eu-egov-2023", Path())
    values = [Declaration("a", i.id, 1 / (n + 2)) for n, i in enumerate(model.contents.indicator)]
    scores = score(make_round([Agency("a", "A", "main", "https://a.test/")], (), (), values), (), model)
    assert_adds_up(trees(scores, ())["a"])


def test_a_finding_that_only_shows_that_there_was_a_look(make_round: Any, find: Any, model: Model) -> None:
    """It counts nothing itself, of a service not claimed electronic; but without it the part has no file to rest on."""
    from claims.model import Agency, Service

    service = Service("a", "s1", "one", False)
    window = find("a", "services.window", "service", "s1", "partial", "login_wall")
    assert (
        held_apart(
            make_round([Agency("a", "A", "main", "https://a.test/")], [service]), [window], model, window
        )
        >= 4
    )
