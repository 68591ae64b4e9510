"""What must hold of a whole round's scores: equal units, equal bytes, one model, bands, audits of everything."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.finding import Finding
from claims.model import Agency, AuditorVerdict, VerdictWord
from scoring.electronic import BANDS, band, bands
from scoring.explain import explain
from scoring.load import load_model
from scoring.model import Model
from scoring.score import Scores, score
from tests.records import build, to_bytes

EXAMPLES = settings(deadline=None)
SHIPPED = (Path(__file__).parents[2] / "scoring" / "models" / "ir-portals.toml").read_bytes()


def scored(world: Any, model: Model) -> Scores:
    return score(world.round, world.findings, model)


def twin(world: Any, of: str, named: str) -> Any:
    """The round with one more agency that claims the same, and of which the same was found."""

    def own(items: tuple[Any, ...]) -> tuple[Any, ...]:
        copies = [dataclasses.replace(item, agency=named) for item in items if item.agency == of]
        return tuple(copies)

    renamed = {s.id: f"{named}-{s.id}" for s in (*world.round.services, *world.round.datasets)}
    first = next(agency for agency in world.round.agencies if agency.id == of)
    claims = {
        name: (
            *getattr(world.round, name),
            *(dataclasses.replace(item, id=renamed[item.id]) for item in own(getattr(world.round, name))),
        )
        for name in ("services", "datasets")
    }
    round_ = dataclasses.replace(
        world.round,
        agencies=(*world.round.agencies, dataclasses.replace(first, id=named)),
        declarations=(*world.round.declarations, *own(world.round.declarations)),
        **claims,
    )
    found = [
        dataclasses.replace(
            f,
            agency=named,
            subject=dataclasses.replace(f.subject, id=renamed.get(f.subject.id, f.subject.id)),
        )
        for f in world.findings
        if f.agency == of
    ]
    return dataclasses.replace(world, round=round_, findings=(*world.findings, *found))


@EXAMPLES
@given(data=st.data())
def test_equal_units_share_a_rank_and_the_next_rank_skips(
    data: st.DataObject, wide_worlds: Any, model: Model
) -> None:
    world = data.draw(wide_worlds)
    of = data.draw(st.sampled_from([agency.id for agency in world.round.agencies]))
    scores = scored(twin(world, of, "twin"), model)
    one, other = scores.of(of), scores.of("twin")
    assert one.score == other.score and one.not_ranked == other.not_ranked
    if one.rank is None or other.rank is None:
        return
    assert one.rank.place == other.rank.place
    ranks = [s for s in scores.agencies if s.rank and s.agency.kind == one.agency.kind]
    for agency in ranks:
        assert agency.rank is not None
        better = [s for s in ranks if (s.score.verified or 0.0) > (agency.score.verified or 0.0)]
        assert agency.rank.place == len(better) + 1


@EXAMPLES
@given(data=st.data())
def test_the_same_input_gives_the_same_bytes_in_whatever_order(
    data: st.DataObject, wide_worlds: Any, model: Model, as_of: Any
) -> None:
    world = data.draw(wide_worlds)
    shuffle = random.Random(data.draw(st.integers(0, 99)))
    mixed = list(world.findings)
    shuffle.shuffle(mixed)

    def written(findings: list[Finding]) -> bytes:
        scores = score(world.round, findings, model)
        return to_bytes(build(world.round, findings, scores, manifest_sha256=None, as_of=as_of, version="0"))

    assert written(list(world.findings)) == written(list(world.findings)) == written(mixed)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@EXAMPLES
@given(note=st.text(alphabet="abc \u0627", max_size=20))
def test_a_changed_model_changes_the_hash_beside_every_score(
    note: str, folder: Path, make_round: Any
) -> None:
    changed = SHIPPED + f"\n# {note}\n".encode()
    (folder / "own.toml").write_bytes(changed)
    model = load_model("own.toml", folder)
    assert model.sha256 == hashlib.sha256(changed).hexdigest() != hashlib.sha256(SHIPPED).hexdigest()
    scores = score(make_round([Agency(id, id, "main", f"https://{id}.test/") for id in "ab"]), (), model)
    assert {explain(scores, id)["model"]["sha256"] for id in "ab"} == {model.sha256}


@EXAMPLES
@given(data=st.data())
def test_what_applies_nowhere_is_null(data: st.DataObject, wide_worlds: Any, vary: Any) -> None:
    """Every part of an indicator left out: its node, and a whole of such nodes, has no value and no weight."""
    world = data.draw(wide_worlds)

    def hosts_alone(raw: dict[str, Any]) -> None:
        raw["indicator"] = [one for one in raw["indicator"] if one["id"] in ("S06", "U11")]
        raw["axis"] = [one for one in raw["axis"] if one["id"] in ("smart", "user")]
        raw["model"]["electronic"] = None
        for axis, indicator in zip(
            sorted(raw["axis"], key=lambda a: a["id"]), raw["indicator"][::-1], strict=True
        ):
            axis["weight"] = indicator["weight"] = 50.0
            assert axis["id"] == indicator["axis"]
            indicator["part"] = indicator["part"][:1]

    findings = tuple(dataclasses.replace(f, verdict="not_applicable", reason=None) for f in world.findings)
    for agency in scored(world.with_findings(findings), vary(hosts_alone)).agencies:
        for node in (agency.tree, *agency.tree.children, *agency.indicators):
            seen = {finding.check for finding in findings if finding.agency == agency.agency.id}
            parts = [part for one in node.indicators for part in one.children]
            if all(part.check in seen for part in parts):
                assert (node.verified, node.possible, node.coverage) == (None, None, 0.0)
        if agency.tree.verified is None:
            assert agency.score.verified is None
            assert agency.not_ranked in ("nothing_applies", "did_not_cooperate")


@EXAMPLES
@given(st.lists(st.integers(0, 1000), max_size=60))
def test_bands_hold_every_unit_once_and_are_half_open(thousandths: list[int]) -> None:
    found = bands(n / 1000 for n in thousandths)
    assert sum(found.values()) == len(thousandths)
    lowest = {"100": 1000, "80-100": 800, "50-80": 500, "0-50": 0}
    for n in thousandths:
        assert lowest[band(n / 1000)] == max(low for low in lowest.values() if n >= low)
    assert tuple(found) == BANDS


@EXAMPLES
@given(data=st.data())
def test_audits_of_all_units_give_the_truth(data: st.DataObject, worlds: Any, model: Model) -> None:
    """Every claimed service of every cooperating agency audited at random: the estimate is their mean, without width."""
    world = data.draw(worlds)
    ours = {agency.id for agency in world.round.agencies if agency.cooperated}
    services = [service for service in world.round.services if service.agency in ours]
    if not services:
        return
    said: list[VerdictWord] = [
        data.draw(st.sampled_from(("verified", "partial", "contradicted"))) for _ in services
    ]
    verdicts = tuple(
        AuditorVerdict(service.id, verdict, "x", dt.date(2025, 12, 1), "random")
        for service, verdict in zip(services, said, strict=True)
    )
    estimate = score(
        dataclasses.replace(world.round, verdicts=verdicts), world.findings, model
    ).national.estimate
    worth = {"verified": 1.0, "partial": 0.5, "contradicted": 0.0}
    truth = sum(worth[verdict] for verdict in said) / len(said)
    assert estimate is not None and estimate.value == pytest.approx(truth)
    assert estimate.high - estimate.low == pytest.approx(0.0, abs=1e-12)
