"""The portals of `blind/all_truths`, written from the contract alone: what the rules make of sites nobody tuned them to.

Not every row has to be met: an honest `inconclusive` is allowed where a person would know more. What may not
happen is a false contradiction or a false verification.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from fixtures.portals.registry import SETS
from tests.estate.conftest import Audit
from tests.rounds import judged

pytestmark = pytest.mark.thorough

FOLDER = SETS["all_truths"].truth
RIGHT = 0.90  # share of services with the truth's verdict


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    return Audit.of(judged("all_truths")).results


def truth(table: str) -> dict[tuple[str, str], str]:
    """Verdict by agency and subject."""
    with Path(FOLDER / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return {(row["agency"], row["subject"]): row["verdict"] for row in csv.DictReader(file)}


def test_services(results: dict[str, Any]) -> None:
    expected = truth("services")
    found = {(a["id"], s["id"]): s["verdict"] for a in results["agencies"] for s in a["services"]}
    assert found.keys() == expected.keys()
    wrong = {
        key: (verdict, expected[key])
        for key, verdict in found.items()
        if verdict in ("contradicted", "verified") and verdict != expected[key]
    }
    assert wrong == {}
    right = sum(verdict == expected[key] for key, verdict in found.items())
    assert right >= RIGHT * len(expected), {k: (v, expected[k]) for k, v in found.items() if v != expected[k]}


def test_links(results: dict[str, Any]) -> None:
    expected = truth("links")
    broken = {(a["id"], link["url"]) for a in results["agencies"] for link in a["links"]["broken"]}
    assert {key for key in broken if expected.get(key) != "contradicted"} == set()
    missed = {key for key, verdict in expected.items() if verdict == "contradicted" and key not in broken}
    assert len(missed) <= 2, missed


def test_hosts_and_datasets(results: dict[str, Any]) -> None:
    expected = truth("hosts")
    hosts = {
        (a["id"], f"{h['host']}:{h['port']}"): h["verdict"] for a in results["agencies"] for h in a["hosts"]
    }
    assert {k: (v, hosts.get(k)) for k, v in expected.items() if hosts.get(k) != v} == {}
    with Path(FOLDER / "datasets.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    datasets = {(a["id"], d["id"]): d for a in results["agencies"] for d in a["datasets"]}
    wrong = [
        (row["subject"], row["check"], row["verdict"], datasets[row["agency"], row["subject"]][row["check"]])
        for row in rows
        if datasets[row["agency"], row["subject"]][row["check"]]["verdict"] != row["verdict"]
    ]
    assert wrong == []
