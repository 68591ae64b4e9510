"""The fifth set of portals, eight usual ones whose pages name their services as they please.

As with the other sets, an honest `inconclusive` is allowed where a person would know more; a false contradiction or a
false verification is not. At first sight 64 of its 89 verdicts were right; what is missed is a title in other words.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from fixtures.fifth_set.stage import FifthSet
from fixtures.fifth_set.truth import FOLDER
from tests.estate.conftest import govah

RIGHT = 0.74  # share of services with the truth's verdict
REASON = 0.73  # and with one of the reasons that it allows


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("fifth-set")
    key = folder / "signer.key"
    with FifthSet(folder) as stage:
        round_folder = stage.round_folder
        govah("crawl", round_folder, key=key)
    govah("check", round_folder, key=key)
    govah("score", round_folder, key=key)
    found: dict[str, Any] = json.loads(
        (round_folder / "results" / "results.json").read_text(encoding="utf-8")
    )
    return found


@pytest.fixture(scope="module")
def truth() -> dict[str, dict[str, str]]:
    with Path(FOLDER / "services.csv").open(encoding="utf-8", newline="") as file:
        return {row["subject"]: row for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def services(results: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {service["id"]: service for agency in results["agencies"] for service in agency["services"]}


def test_no_false_verdict(services: dict[str, dict[str, Any]], truth: dict[str, dict[str, str]]) -> None:
    assert services.keys() == truth.keys()
    wrong = {
        key: (service["verdict"], service["reason"], truth[key]["verdict"], truth[key]["note"])
        for key, service in services.items()
        if service["verdict"] in ("contradicted", "verified") and service["verdict"] != truth[key]["verdict"]
    }
    assert wrong == {}


def test_verdicts(services: dict[str, dict[str, Any]], truth: dict[str, dict[str, str]]) -> None:
    missed = {
        key: (service["verdict"], truth[key]["verdict"], truth[key]["note"])
        for key, service in services.items()
        if service["verdict"] != truth[key]["verdict"]
    }
    assert len(truth) - len(missed) >= RIGHT * len(truth), missed


def test_reasons(services: dict[str, dict[str, Any]], truth: dict[str, dict[str, str]]) -> None:
    missed = {
        key: (service["reason"], truth[key]["reason"], truth[key]["note"])
        for key, service in services.items()
        if service["verdict"] != truth[key]["verdict"]
        or (service["reason"] or "") not in truth[key]["reason"].split("|")
    }
    assert len(truth) - len(missed) >= REASON * len(truth), missed


def test_every_portal_was_reached(results: dict[str, Any]) -> None:
    assert {agency["id"]: agency["reach"]["verdict"] for agency in results["agencies"]} == {
        agency["id"]: "verified" for agency in results["agencies"]
    }
