"""`govah worklist`: the list, its rows, and the way back through verdicts.csv to the estimate and the error rates."""

from __future__ import annotations

import csv
import html
import io
import json
from pathlib import Path

import pytest

from checks import reasons
from checks.finding import VERDICTS, Finding
from claims.read import read_draws
from reports.catalogue import LANGUAGES, Language, TextCatalogue
from tests.govah import stored
from tests.govah.test_cli import govah

pytestmark = pytest.mark.processes

HEADING = ["subject", "verdict", "auditor", "date", "batch", "note"]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stored round with its findings."""
    return stored.judged(tmp_path_factory.mktemp("worklist"))


def test_rows_are_filled_in_read_and_counted(judged: Path, tmp_path: Path) -> None:
    said = json.loads(govah("worklist", judged, "--size", 10, "--json", home=tmp_path).stdout)
    assert said["batch"] == "b1" and said["seed"] > 0
    assert said["rebuttal"] == [], "both agencies have a case, and nothing of theirs is told"
    outcomes = {
        finding.subject.id: finding.verdict
        for finding in findings_of(judged)
        if finding.check == "services.entry"
    }
    cases = [case["service"] for case in said["audit"]]
    assert len(cases) == 6, "three of each of two agencies"
    assert not (judged / "batches.csv").exists(), "whoever only looks draws nothing"
    printed = govah("worklist", judged, "--size", 10, "--csv", home=tmp_path).stdout
    rows = list(csv.DictReader(io.StringIO(printed.removeprefix("\ufeff"))))
    assert list(rows[0]) == HEADING and [row["subject"] for row in rows] == cases
    drawn = {case.subject: case for case in read_draws(judged) or ()}
    assert sorted(drawn) == sorted(cases) and sum(case.design == "random" for case in drawn.values()) == 2
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
    wrong = sum(outcomes[case] in other for case in cases)
    assert rate["check"] == "services.entry" and rate["known_errors"] >= wrong > 0
    assert rate["random"]["audited"] + rate["targeted"]["audited"] <= 6
    again = json.loads(govah("worklist", judged, "--size", 10, "--json", home=tmp_path).stdout)
    assert again["batch"] == "b2"
    # what was chosen before may still be drawn: a sample of what nobody looked at would be no sample of all
    assert not {c["service"] for c in again["audit"]} & {s for s in cases if drawn[s].design == "random"}
    shown = govah("worklist", judged, "--size", 4, home=tmp_path).stdout
    assert "known to be wrong" in shown and "b2" in shown
    govah("worklist", judged, "--size", 4, "--csv", home=tmp_path)
    after = [case for case in read_draws(judged) or () if case.batch == "b2"]
    assert not {case.subject for case in after if case.design == "targeted"} & set(cases)
    sheet.unlink()
    (judged / "batches.csv").unlink()


def findings_of(round: Path) -> list[Finding]:
    lines = (round / "results" / "findings.jsonl").read_text(encoding="utf-8").splitlines()
    return [Finding.from_json(json.loads(line)) for line in lines]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_case_has_a_sheet_without_what_was_seen(judged: Path, tmp_path: Path, lang: Language) -> None:
    services = judged / "services.csv"
    sheet = services.read_text(encoding="utf-8")
    titles = [line.split(",")[2] for line in sheet.splitlines()[1:]]
    hostile = "<script>alert(1)</script>\u202egnp.exe"
    services.write_text(sheet.replace(f",{titles[0]},", f",{hostile},"), encoding="utf-8")
    try:
        done = govah("worklist", judged, "--size", 10, "--pages", "--json", home=tmp_path)
    finally:
        services.write_text(sheet, encoding="utf-8")
        (judged / "batches.csv").unlink(missing_ok=True)
    said = json.loads(done.stdout)
    home = Path(said["pages"]).parent
    assert home == judged / "results" / "worklist" / "b1"
    assert (home / "verdicts.csv").read_text(encoding="utf-8").count("\n") == len(said["audit"]) + 1
    folder = home if lang == "fa" else home / lang
    told = TextCatalogue(lang)
    index = (folder / "index.html").read_text(encoding="utf-8")
    assert told.text("worklist.step_all") in html.unescape(index)
    for case in said["audit"]:
        assert f'href="case-{case["service"]}.html"' in index
        page = (folder / f"case-{case['service']}.html").read_text(encoding="utf-8")
        sheet = html.unescape(page.partition("</head>")[2])
        assert case["url"] is None or case["url"] in sheet
        assert told.text("worklist.is_contradicted") in sheet and "could_not_tell" in sheet
        assert "services.entry" not in sheet and "<img" not in sheet
        assert "<script" not in page and "\u202e" not in page and "&lt;bdi" not in page
    assert all(finding["finding"] in index for finding in said["rebuttal"])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_outcome_says_what_would_settle_it(lang: Language) -> None:
    told = TextCatalogue(lang).table("settles")
    assert set(VERDICTS) <= set(told)
    unknown = set(told) - set(VERDICTS) - {code for codes in reasons.SERVICES.values() for code in codes}
    assert not unknown
