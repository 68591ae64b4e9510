"""The engine reproduces the eGovernment Benchmark 2023 of the European Union, in its own order of aggregation.

`eu-egov-2023.csv`: European Commission and Capgemini, eGovernment Benchmark 2023, as tabulated in
blavatnik-index/bipa2024_sourcedata (CC BY 4.0): per country, each indicator in each life event, and the published scores.
"""

from __future__ import annotations

import csv
import dataclasses
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from claims.model import Agency, Declaration, Round
from scoring.load import load_model
from scoring.score import AgencyScore, score
from scoring.tree import ScoreNode, replaced

OVERALL = "Biennial average 2021 + 2022"
DIMENSIONS = {
    "0": None,
    "1": "user",
    "2": "transparency",
    "3": "enablers",
    "4": "cross_border",
}
Cells = dict[tuple[str, str, str], float]


@pytest.fixture(scope="module")
def cells() -> Cells:
    """Published scores, 0 to 100, by country, number of the row (`1`, `1.1`) and life event."""
    path = Path(__file__).parent / "eu-egov-2023.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {
            (row["country"], row["indicator"].split(" ")[0].rstrip("."), event_of(row["life_event"])): float(
                row["score"]
            )
            for row in csv.DictReader(file)
            if row["score"]
        }


@pytest.fixture(scope="module")
def countries(cells: Cells, make_round: Callable[..., Round]) -> tuple[AgencyScore, ...]:
    """Of the rows, only the indicators in the life events go in."""
    declared = [
        Declaration(country, f"{number}.{event}", value / 100)
        for (country, number, event), value in cells.items()
        if "." in number and event != OVERALL
    ]
    agencies = [Agency(c, c, "main", "https://c.test/") for c in sorted({country for country, _, _ in cells})]
    return score(make_round(agencies, declarations=declared), (), load_model("eu-egov-2023", Path())).agencies


def event_of(name: str) -> str:
    """`Business Start-up (2022)` is `business_start_up` in the model; the row of the averages keeps its name."""
    if name == OVERALL:
        return name
    return {"regular_business_operations": "regular_business"}.get(
        plain := re.sub(r"[^a-z]+", "_", name.split(" (")[0].lower()), plain
    )


def find(tree: ScoreNode, id: str) -> ScoreNode:
    """The axis, group or indicator with this id."""
    pending = [tree]
    while (node := pending.pop()).id != id:
        pending.extend(node.children)
    return node


@pytest.mark.slow
def test_every_published_score_of_a_country(cells: Cells, countries: tuple[AgencyScore, ...]) -> None:
    compared = 0
    for country in countries:
        for number, axis in DIMENSIONS.items():
            node = find(country.tree, axis) if axis else country.tree
            assert node.verified is not None
            published = cells[country.agency.id, number, OVERALL]
            assert 100 * node.verified == pytest.approx(published, abs=1e-6), (country.agency.id, number)
            compared += 1
    assert compared == 175


def test_every_published_score_of_a_life_event(cells: Cells, countries: tuple[AgencyScore, ...]) -> None:
    published = {
        (country, axis, event): value
        for (country, number, event), value in cells.items()
        if event != OVERALL and (axis := DIMENSIONS.get(number)) is not None
    }
    assert len(published) == 35 * 4 * 9
    for country in countries:
        for (of, axis, event), value in published.items():
            if of == country.agency.id:
                node = find(country.tree, f"{axis}.{event}")
                assert node.verified is not None and 100 * node.verified == pytest.approx(value, abs=1e-6)


def test_the_other_order_would_be_wrong(cells: Cells, countries: tuple[AgencyScore, ...]) -> None:
    """Indicators averaged over the life events first: by up to 2.48 points of the overall score."""
    largest = 0.0
    for country in countries:
        dimensions = []
        for axis in country.tree.children:
            by_indicator: dict[str, list[float]] = {}
            weight: dict[str, float] = {}
            for indicator in axis.indicators:
                number = indicator.id.rsplit(".", 1)[0]
                # each of the two that share a weight has half of it
                weight[number] = 0.5 if number in ("4.3", "4.4") else indicator.weight
                if indicator.verified is not None:
                    by_indicator.setdefault(number, []).append(indicator.verified)
            means = {number: sum(values) / len(values) for number, values in by_indicator.items()}
            total = sum(weight[number] for number in means)
            dimensions.append(sum(weight[number] * mean for number, mean in means.items()) / total)
        off = abs(100 * sum(dimensions) / len(dimensions) - cells[country.agency.id, "0", OVERALL])
        largest = max(largest, off)
    assert largest == pytest.approx(2.48, abs=0.005)


def test_an_indicator_in_a_group_of_a_group_raises_the_score_by_its_share(
    countries: tuple[AgencyScore, ...],
) -> None:
    country = countries[0]
    shares = {}

    def walk(node: ScoreNode, share: float) -> None:
        shares[node.id] = share * node.share
        for child in node.children:
            walk(child, share * node.share)

    walk(country.tree, 1.0)
    assert "4.3.business_start_up" in shares
    for indicator in country.indicators:
        if indicator.verified is not None:
            full = replaced(
                country.tree, {indicator.id: dataclasses.replace(indicator, verified=1.0, possible=1.0)}
            )
            expected = shares[indicator.id] * (1 - indicator.verified)
            assert (full.verified or 0.0) - (country.tree.verified or 0.0) == pytest.approx(
                expected, abs=1e-11
            )


def test_places_lie_inside_their_intervals(countries: tuple[AgencyScore, ...]) -> None:
    ranks = [country.rank for country in countries]
    assert all(rank is not None and rank.low <= rank.place <= rank.high for rank in ranks)
    assert any(rank is not None and rank.low < rank.high for rank in ranks)
