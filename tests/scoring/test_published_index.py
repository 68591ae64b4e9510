"""The engine reproduces an index that others published.

`un-egdi.csv`: United Nations E-Government Survey 2022, published indices of 193 countries.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

import scoring
from claims.model import Agency, Declaration, Round
from scoring.load import load_model
from scoring.score import Scores, score

COMPONENTS = {
    "OSI": "Online Service Index",
    "HCI": "Human Capital Index",
    "TII": "Telecommunication Infrastructure Index",
}
Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def rows() -> Rows:
    path = Path(scoring.__path__[0]) / "models" / "un-egdi.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def scores(rows: Rows, make_round: Callable[..., Round]) -> Scores:
    agencies = [Agency(f"c{n}", row["Country Name"], "main", "https://c.test/") for n, row in enumerate(rows)]
    declared = [
        Declaration(f"c{n}", id, float(row[column]))
        for n, row in enumerate(rows)
        for id, column in COMPONENTS.items()
    ]
    return score(make_round(agencies, declarations=declared), (), load_model("un-egdi", Path()))


def test_every_rank_and_index(rows: Rows, scores: Scores) -> None:
    assert len(rows) == len(scores.agencies) == 193
    for row, agency in zip(rows, scores.agencies, strict=True):
        assert agency.rank is not None and agency.rank.place == int(row["E-Government Rank"])
        index = float(row["E-Government Index"])
        assert agency.tree.verified == pytest.approx(index, abs=1e-4)
        assert agency.score.declared == agency.score.verified == agency.score.possible
        assert agency.rank.low <= agency.rank.place <= agency.rank.high


def test_a_missing_figure_leaves_its_weight_to_the_others(make_round: Callable[..., Round]) -> None:
    declared = [Declaration("c", "OSI", 0.5), Declaration("c", "HCI", 0.7)]
    round = make_round([Agency("c", "C", "main", "https://c.test/")], declarations=declared)
    agency = score(round, (), load_model("un-egdi", Path())).agencies[0]
    assert agency.score.verified == 60.0
    assert [node.share for node in agency.indicators] == [0.5, 0.5, 0.0]
