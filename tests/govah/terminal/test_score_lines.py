"""`govah explain` of an agency: every subject, whatever the terminal; what would raise the score; which ranks are alike."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from checks.finding import Finding
from govah.commands.explanations import explain_indicator
from govah.stages import read_round
from govah.terminal.console import Speaker, catalogue
from reports.catalogue import LANGUAGES
from reports.terminal import rank_lines
from scoring.facts import RoundFacts
from scoring.load import load_model
from scoring.score import Scores, score
from tests.govah.stored import FINDINGS, unpack

HOSTILE = "\x1b[31m[bold]\u202eخدمت\n" + "x" * 500


class Told:
    """The stored round, with one title that no terminal should take at its word."""

    def __init__(self, folder: Any) -> None:
        read = read_round(unpack(folder)).round
        first, *others = read.services
        self.round = dataclasses.replace(read, services=(dataclasses.replace(first, title=HOSTILE), *others))
        lines = FINDINGS.read_text(encoding="utf-8").splitlines()
        self.findings = [Finding.from_json(json.loads(line)) for line in lines]
        self.scores: Scores = score(self.round, self.findings, load_model("ir-portals", folder))

    def explain(self, agency: str, node: str | None = None, **speaker: Any) -> None:
        own = [finding for finding in self.findings if finding.agency == agency]
        facts = RoundFacts(self.round, own).of(agency)
        explain_indicator(Speaker(**speaker), self.scores, facts, node, own)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    return Told(tmp_path_factory.mktemp("stored"))


@pytest.mark.parametrize("width", ["40", "80", "200"])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("agency", ["mahi", "barg"])
def test_every_finding_of_an_indicator_is_told(
    told: Told, agency: str, language: str, width: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setenv("GOVAH_LANG", language)
    monkeypatch.setenv("COLUMNS", width)
    for indicator in told.scores.of(agency).indicators:
        told.explain(agency, indicator.id)
        said = capsys.readouterr().out
        assert "\x1b" not in said and "\u202e" not in said
        for id in indicator.findings:
            assert id in said, (indicator.id, id)


@pytest.mark.parametrize("width", ["40", "80", "200"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_agency_is_told_in_short(
    told: Told, language: str, width: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setenv("GOVAH_LANG", language)
    monkeypatch.setenv("COLUMNS", width)
    told.explain("mahi")
    said = capsys.readouterr().out
    flat = re.sub(r"[\s│┃─━]+", "", said)
    texts = catalogue(language)
    for indicator in told.scores.model.contents.indicator:
        assert indicator.id in said
    for key in ("gains.title", "gains.mend", "gains.open", "gains.open_text"):
        assert re.sub(r"\s+", "", texts.text(key)) in flat
    assert "govah explain ROUND mahi/" in re.sub(r"[\s│]+", " ", said)
    assert "\x1b" not in said and "\u202e" not in said
    assert len(said) < 60_000


def walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node["children"]:
        yield from walk(child)


def test_json_has_every_subject_and_every_step(told: Told, capsys: Any) -> None:
    told.explain("barg", as_json=True)
    data = json.loads(capsys.readouterr().out)
    inputs = [one for node in walk(data["node"]) for one in node["inputs"]]
    assert len(inputs) > 100
    assert all(one["verdict"] for one in inputs if one["finding"])
    assert set(data["gains"]) == {"mend", "mend_together", "open", "open_together", "claim"}
    first = data["gains"]["mend"][0]
    assert set(first) == {"points", "indicators", "finding", "check", "subject", "verdict", "reason"}
    assert {one["cause"] for one in data["gains"]["open"]} <= {"access", "ours", "unsettled"}
    told.explain("barg", "U01", as_json=True)
    assert "gains" not in json.loads(capsys.readouterr().out)


def test_quiet_says_nothing(told: Told, capsys: Any) -> None:
    told.explain("barg", quiet=True)
    assert capsys.readouterr().out == ""


def agency(id: str, kind: str, place: int, low: int, high: int) -> dict[str, Any]:
    return {"id": id, "kind": kind, "rank": {"place": place, "low": low, "high": high, "of": 3}}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_summary_says_which_ranks_are_alike(language: str) -> None:
    texts = catalogue(language)
    rows = [agency("a", "main", 1, 1, 1), agency("b", "main", 2, 2, 3), agency("c", "main", 3, 2, 3)]
    rows += [agency("d", "executive", 1, 1, 1), {"id": "e", "kind": "main", "rank": None}]
    said = list(rank_lines({"agencies": rows}, texts.text, str))
    main, executive = texts.text("cli.section_main"), texts.text("cli.section_executive")
    assert said == [
        f"{main}: {texts.text('ranks.pairs', alike='1', all='3')}",
        f"{main}: " + texts.text("ranks.groups", groups="1" + texts.text("ranks.joined") + texts.text("ranks.group", first="2", last="3")),
        f"{executive}: {texts.text('ranks.alone')}",
    ]  # fmt: skip
