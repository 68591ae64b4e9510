"""`govah worklist`: the list, its rows, and the way back through verdicts.csv to the estimate and the error rates."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.govah import stored
from tests.govah.test_cli import govah

HEADING = ["subject", "verdict", "auditor", "date", "design", "probability", "batch", "note"]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stored round with its findings."""
    folder = stored.unpack(tmp_path_factory.mktemp("worklist"))
    (folder / "results").mkdir()
    (folder / "results" / "findings.jsonl").write_bytes(stored.FINDINGS.read_bytes())
    return folder


def test_rows_are_filled_in_read_and_counted(judged: Path, tmp_path: Path) -> None:
    said = json.loads(govah("worklist", judged, "--size", 10, "--json", home=tmp_path).stdout)
    assert said["batch"] == "b1" and said["seed"] > 0 and said["rebuttal"]
    outcomes = {case["service"]: case["outcome"] for case in said["audit"]}
    random = [case for case in said["audit"] if case["design"] == "random"]
    assert len(outcomes) == 6 and len(random) == 2, "three of each of two agencies"
    assert all(case["probability"] == case["why"]["drawn"] / case["why"]["of"] for case in random)
    printed = govah("worklist", judged, "--size", 10, "--csv", home=tmp_path).stdout
    rows = list(csv.DictReader(io.StringIO(printed.removeprefix("\ufeff"))))
    assert list(rows[0]) == HEADING and [row["subject"] for row in rows] == list(outcomes)
    sheet = judged / "verdicts.csv"
    sheet.write_text(printed, encoding="utf-8")
    problems = json.loads(govah("worklist", judged, "--json", home=tmp_path, status=2).stdout)["problems"]
    assert {p["column"] for p in problems} == {"verdict", "auditor", "date"}, "none counts by oversight"
    # the auditor is of another opinion wherever the crawl was sure
    other = {"verified": "contradicted", "contradicted": "verified"}
    for row in rows:
        row |= {
            "verdict": other.get(outcomes[row["subject"]], "verified"),
            "auditor": "x",
            "date": "1404/08/20",
        }
    with sheet.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADING)
        writer.writeheader()
        writer.writerows(rows)
    national = json.loads(govah("score", judged, "--json", home=tmp_path).stdout)["national"]
    assert national["electronic_ratio"]["estimate"]["audits"] == 2
    (rate,) = national["error_rates"]
    wrong = sum(outcome in other for outcome in outcomes.values())
    assert rate["check"] == "services.entry" and rate["known_errors"] >= wrong > 0
    assert rate["random"]["audited"] + rate["targeted"]["audited"] <= 6
    again = json.loads(govah("worklist", judged, "--size", 10, "--json", home=tmp_path).stdout)
    assert again["batch"] == "b2"
    # what was chosen before may still be drawn: a sample of what nobody looked at would be no sample of all
    drawn_before = {case["service"] for case in random}
    assert not {c["service"] for c in again["audit"]} & drawn_before
    assert not {c["service"] for c in again["audit"] if c["design"] == "targeted"} & set(outcomes)
    shown = govah("worklist", judged, "--size", 4, home=tmp_path).stdout
    assert "known to be wrong" in shown and "b2" in shown
    sheet.unlink()


@pytest.mark.parametrize(("lang", "word"), [("en", "drawn: "), ("fa", "قرعه: ")])
def test_the_list_says_why(judged: Path, tmp_path: Path, lang: str, word: str) -> None:
    assert word in govah("worklist", judged, home=tmp_path, lang=lang).stdout
