"""The tutorial of the handbook: a model that an auditor writes in ten minutes, and the stored round under it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.govah import stored
from tests.govah.test_cli import govah

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "scoring" / "models" / "tutorial.toml"
HANDBOOK = (ROOT / "docs" / "handbook.md").read_text(encoding="utf-8")
PIECES = re.findall(r"```toml\n(.*?)```", HANDBOOK.partition("in ten minutes")[2], re.DOTALL)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stored round with its findings, under an auditor's copy of the model."""
    folder = stored.judged(tmp_path_factory.mktemp("tutorial"))
    (folder / "my-model.toml").write_bytes(MODEL.read_bytes())
    settings = folder / "round.toml"
    text = re.sub(r"^model = .*\n", "", settings.read_text(encoding="utf-8"), flags=re.MULTILINE)
    settings.write_text(text.replace("[round]\n", '[round]\nmodel = "my-model.toml"\n', 1), encoding="utf-8")
    return folder


def test_every_piece_of_the_page_stands_in_the_model() -> None:
    model = MODEL.read_text(encoding="utf-8")
    assert len(PIECES) == 4 and all(piece in model for piece in PIECES)


@pytest.mark.processes
def test_the_model_is_valid_and_a_slip_is_named_with_its_line(tmp_path: Path) -> None:
    govah("model", "check", MODEL, home=tmp_path)
    slipped = tmp_path / "slipped.toml"
    slipped.write_text(
        MODEL.read_text(encoding="utf-8").replace("weight = 40\nclass", "class"), encoding="utf-8"
    )
    said = govah("model", "check", slipped, home=tmp_path, status=2)
    assert "A1" in said.stdout + said.stderr
    assert "Safe connection" in govah("model", "show", MODEL, home=tmp_path).stdout


@pytest.mark.processes
def test_the_stored_round_is_scored_with_it(judged: Path, tmp_path: Path) -> None:
    results = json.loads(govah("score", judged, "--json", home=tmp_path).stdout)
    assert results["round"]["model"]["id"] == "tutorial"
    for agency in results["agencies"]:
        assert [axis["weight"] for axis in agency["axes"]] == [60, 40]
        indicators = {one["id"]: one for one in agency["indicators"]}
        assert list(indicators) == ["A1", "A2", "B1", "B2", "B3"]
        assert indicators["B3"]["verified"] == 0.0, "attested is not verified"
        tree = json.loads(govah("explain", judged, agency["id"], "--json", home=tmp_path).stdout)["node"]
        assert 100 * tree["verified"] == pytest.approx(agency["score"]["verified"], abs=0.005)
        weighed = sum(i["weight"] * i["verified"] for i in indicators.values() if i["verified"] is not None)
        assert agency["score"]["verified"] == pytest.approx(weighed, abs=0.02)
    assert 0 < results["national"]["score"]["verified"] < results["national"]["score"]["possible"] <= 100
