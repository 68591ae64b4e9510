"""What must hold of every score, whatever was claimed and found."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from checks.finding import Finding
from scoring.gains import mended
from scoring.model import Deductions, Model
from scoring.parts import looked_in_vain
from scoring.score import Scores, score
from scoring.tree import ScoreNode

EXAMPLES = settings(deadline=None)
Vary = Callable[[Callable[[dict[str, Any]], None]], Model]


def nodes(tree: ScoreNode) -> Iterator[ScoreNode]:
    yield tree
    for child in tree.children:
        yield from nodes(child)


def scored(world: Any, model: Model) -> Scores:
    return score(world.round, world.findings, model)


def verified(scores: Scores) -> dict[str, float]:
    return {s.agency.id: s.tree.verified or 0.0 for s in scores.agencies}


@EXAMPLES
@given(data=st.data(), aggregation=st.sampled_from(("arithmetic", "geometric")))
def test_numbers_are_bounded_and_contributions_add_up(
    data: st.DataObject, aggregation: str, wide_worlds: Any, vary: Vary
) -> None:
    def change(raw: dict[str, Any]) -> None:
        raw["model"]["aggregation"] = aggregation
        raw["axis"][0]["aggregation"] = aggregation

    for agency in scored(data.draw(wide_worlds), vary(change)).agencies:
        for node in nodes(agency.tree):
            assert 0.0 <= node.coverage <= 1.0
            assert node.observed <= node.observable <= 1.0 + 1e-12
            if node.verified is None or node.possible is None:
                assert node.possible is None and node.declared is None
                continue
            assert 0.0 <= node.verified <= node.possible + 1e-12 <= 1.0 + 2e-12
            if node.children:
                assert abs(sum(child.contribution for child in node.children) - node.verified) <= 1e-12
                assert abs(sum(child.share for child in node.children) - 1.0) <= 1e-12
                known = [child.verified for child in node.children if child.verified is not None]
                low = 0.0 if node.rule == "product" else min(known)
                assert low - 1e-12 <= node.verified <= max(known) + 1e-12


@EXAMPLES
@given(data=st.data())
def test_order_of_files_and_findings_decides_nothing(
    data: st.DataObject, wide_worlds: Any, model: Model
) -> None:
    world = data.draw(wide_worlds)
    shuffle = random.Random(data.draw(st.integers(0, 99)))

    def mixed(items: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(shuffle.sample(items, len(items)))

    other = dataclasses.replace(
        world.round,
        agencies=mixed(world.round.agencies),
        services=mixed(world.round.services),
        datasets=mixed(world.round.datasets),
        declarations=mixed(world.round.declarations),
    )
    first = scored(world, model)
    second = score(other, mixed(world.findings), model)
    assert {s.agency.id: s for s in first.agencies} == {s.agency.id: s for s in second.agencies}
    assert first.national == second.national


@EXAMPLES
@given(data=st.data(), factor=st.sampled_from((0.01, 0.5, 3.0, 1000.0)))
def test_scaling_all_weights_changes_nothing(
    data: st.DataObject, factor: float, wide_worlds: Any, model: Model, vary: Vary
) -> None:
    def scale(raw: dict[str, Any]) -> None:
        raw["model"]["total"] *= factor
        for table in (*raw["axis"], *raw["indicator"]):
            table["weight"] *= factor

    world = data.draw(wide_worlds)
    for one, other in zip(scored(world, model).agencies, scored(world, vary(scale)).agencies, strict=True):
        assert one.score == other.score
        assert one.rank == other.rank


def supported(finding: Finding, model: Model) -> Finding:
    """The same finding with the best outcome its subject can have."""
    better = mended(finding, readers(finding, model))
    opened = {part.open: 0 for part in readers(finding, model) if getattr(part, "open", None)}
    # what nobody could settle has turned out well too
    return mended(
        dataclasses.replace(better, observed={**better.observed, "unproven": [], **opened}),
        readers(finding, model),
    )


def refuted(finding: Finding, model: Model) -> Finding:
    """The same finding with the worst outcome its subject can have."""
    parts = readers(finding, model)
    numbers = {name for part in parts for name in (getattr(part, "field", None), getattr(part, "open", None))}
    observed = {name: value for name, value in finding.observed.items() if name not in numbers}
    codes = {code for part in parts if isinstance(part, Deductions) for code in part.points}
    return dataclasses.replace(
        finding, verdict="contradicted", reason="dead_link", observed={**observed, "problems": sorted(codes)}
    )


def readers(finding: Finding, model: Model) -> list[Any]:
    parts = [part for indicator in model.contents.indicator for part in indicator.part]
    return [part for part in parts if getattr(part, "check", None) == finding.check]


def applicable(world: Any) -> list[int]:
    return [n for n, finding in enumerate(world.findings) if finding.verdict != "not_applicable"]


@EXAMPLES
@given(data=st.data())
def test_support_never_lowers_and_contradiction_never_raises(
    data: st.DataObject, wide_worlds: Any, model: Model
) -> None:
    world = data.draw(wide_worlds)
    places = applicable(world)
    assume(places)
    place = data.draw(st.sampled_from(places))
    chosen = world.findings[place]
    before = verified(scored(world, model))

    def after(finding: Finding) -> dict[str, float]:
        changed = (*world.findings[:place], finding, *world.findings[place + 1 :])
        return verified(scored(world.with_findings(changed), model))

    better, worse = after(supported(chosen, model)), after(refuted(chosen, model))
    for agency, value in before.items():
        assert worse[agency] - 1e-12 <= value <= better[agency] + 1e-12


@EXAMPLES
@given(data=st.data())
def test_inconclusive_findings_of_claims_never_move_verified(
    data: st.DataObject, worlds: Any, model: Model
) -> None:
    world = data.draw(worlds)
    claims = {s.id for s in (*world.round.services, *world.round.datasets)}
    without = tuple(f for f in world.findings if not (f.verdict == "inconclusive" and f.subject.id in claims))
    assert verified(scored(world, model)) == verified(scored(world.with_findings(without), model))


@EXAMPLES
@given(data=st.data())
def test_no_chain_of_inconclusive_findings_moves_anything(
    data: st.DataObject, wide_worlds: Any, model: Model
) -> None:
    """A finding that settles nothing may say so again and again, for whatever reason: nothing moves."""
    world = data.draw(wide_worlds)
    before = scored(world, model)
    for _ in range(3):
        reason = data.draw(st.sampled_from(("blocked", "robots", "limit", "ambiguous", "own_error")))
        findings = tuple(
            dataclasses.replace(f, reason=reason)
            if f.verdict == "inconclusive" and not looked_in_vain(f)
            else f
            for f in world.findings
        )
        world = world.with_findings(findings)
    assert [one.tree for one in scored(world, model).agencies] == [one.tree for one in before.agencies]


@EXAMPLES
@given(data=st.data())
def test_every_finding_id_exists(data: st.DataObject, wide_worlds: Any, model: Model) -> None:
    world = data.draw(wide_worlds)
    known = {f.id: f.agency for f in world.findings}
    for agency in scored(world, model).agencies:
        assert all(known[finding] == agency.agency.id for finding in agency.tree.findings)


@EXAMPLES
@given(data=st.data())
def test_bands_and_ranks_are_complete(data: st.DataObject, wide_worlds: Any, model: Model) -> None:
    scores = scored(data.draw(wide_worlds), model)
    counted = [s for s in scores.agencies if s.agency.cooperated and s.electronic.services]
    assert sum(scores.national.bands.values()) == len(counted) == sum(scores.national.bands_verified.values())
    for agency in scores.agencies:
        assert (agency.rank is None) == (agency.not_ranked is not None)
        if not agency.agency.cooperated:
            assert agency.not_ranked == "did_not_cooperate"
        if agency.rank:
            assert 1 <= agency.rank.low <= agency.rank.place <= agency.rank.high <= agency.rank.of


@EXAMPLES
@given(data=st.data())
def test_geometric_never_exceeds_arithmetic(
    data: st.DataObject, wide_worlds: Any, model: Model, vary: Vary
) -> None:
    def geometric(raw: dict[str, Any]) -> None:
        raw["model"]["aggregation"] = "geometric"
        for axis in raw["axis"]:
            axis["aggregation"] = "geometric"

    world = data.draw(wide_worlds)
    plain, other = verified(scored(world, model)), verified(scored(world, vary(geometric)))
    assert all(other[agency] <= plain[agency] + 1e-12 for agency in plain)
