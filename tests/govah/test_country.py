"""`govah score` and `govah report` of more agencies than one table shows, shared by two processes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from checks.finding import Finding, Subject
from evidence.canonical import canonical
from evidence.signing.findings_seal import seal_findings
from evidence.signing.keys import Signer
from tests.govah.sealed import sealed_round
from tests.govah.test_cli import govah

pytestmark = pytest.mark.processes

COUNT = 1_001
ROUND = '[round]\nid = "country"\nmodel = "tutorial"\n[network]\ncontrols = ["https://control.test/"]\n'


def country(folder: Path) -> Path:
    signer = Signer.generate()
    sealed_round(folder, signer, 1)
    ids = [f"a{number:04}" for number in range(COUNT)]
    (folder / "round.toml").write_text(ROUND, encoding="utf-8")
    rows = [f"{id},سازمان {id},main,https://{id}.test/\n" for id in ids]
    (folder / "agencies.csv").write_text("agency,name,kind,portal\n" + "".join(rows), encoding="utf-8")
    services = [f"{id},{id}-1,خدمت,https://{id}.test/1,yes\n" for id in ids]
    (folder / "services.csv").write_text(
        "agency,service,title,url,electronic\n" + "".join(services), encoding="utf-8"
    )
    findings = sorted(
        (
            Finding(id, Subject("service", f"{id}-1"), "services.entry", 1, "contradicted", "dead_link", {}, ("c0",), 2)
            for id in ids
        ),
        key=lambda finding: finding.id,
    )  # fmt: skip
    (folder / "results").mkdir()
    lines = "".join(canonical(finding.to_json()) + "\n" for finding in findings)
    (folder / "results" / "findings.jsonl").write_text(lines, encoding="utf-8")
    seal_findings(folder / "results", folder / "evidence", signer)
    return folder


@pytest.mark.thorough
def test_the_report_of_a_country_writes_the_pages_that_are_asked_for(tmp_path: Path) -> None:
    round = country(tmp_path / "round")
    said = govah("report", round, "--agency", "a0007", "--jobs", "2", home=tmp_path)
    assert "1,000" in said.stderr.replace("1000", "1,000") and "--all-pages" in said.stderr
    report = round / "results" / "report"
    assert [page.name for page in report.glob("a[0-9]*.html")] == ["a0007.html"]
    assert (
        len(list(report.glob("list names *.html")))
        == len(list((report / "en").glob("list names *.html")))
        == 3
    )
    assert not (round / "results" / "junit.xml").exists()
    results = json.loads((round / "results" / "results.json").read_bytes())
    assert len(results["agencies"]) == COUNT
    scored = govah("score", round, "--json", "--jobs", "1", home=tmp_path)
    assert json.loads(scored.stdout) == results


def test_a_broken_line_is_told_and_leaves_the_results_as_they_were(tmp_path: Path) -> None:
    round = country(tmp_path / "round")
    findings = round / "results" / "findings.jsonl"
    lines = findings.read_text(encoding="utf-8").splitlines(keepends=True)
    findings.write_text("".join([lines[0].replace('"verdict"', '"v"'), *lines[1:]]), encoding="utf-8")
    (round / "results" / "results.json").write_bytes(b"before")
    said = govah("score", round, "--jobs", "2", status=4, home=tmp_path)
    assert "findings" in said.stderr and "Traceback" not in said.stderr
    assert (round / "results" / "results.json").read_bytes() == b"before"
    assert not list((round / "results").glob(".results*"))
