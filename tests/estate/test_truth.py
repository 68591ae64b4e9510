"""The estate's truth tables, row by row. The runner knows nothing of the sites; the tables are the expectation."""

from __future__ import annotations

import csv
from collections import defaultdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import fixtures.portals.estate
from evidence.store import EvidenceStore
from govah.stages import read_round, scored
from reports.results_db.findings_file import FindingsFile

Findings = dict[tuple[str, str, str], list[dict[str, Any]]]  # by agency, check and subject
TRUTH = Path(fixtures.portals.estate.__file__).parent / "truth"


def rows(name: str) -> list[Any]:
    with (TRUTH / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [pytest.param(row, id=f"{row['agency']}-{row['subject']}") for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def findings(audit: Any) -> Findings:
    told: Findings = defaultdict(list)
    for finding in audit.findings:
        told[finding["agency"], finding["check"], finding["subject"]["id"]].append(finding)
    return told


def found(findings: Findings, agency: str, check: str, subject: str) -> dict[str, Any]:
    matching = findings[agency, check, subject]
    assert len(matching) == 1, f"{len(matching)} findings of {check} on {subject}"
    finding: dict[str, Any] = matching[0]
    return finding


def assert_outcome(finding: dict[str, Any], row: dict[str, str]) -> None:
    """The reason is one of those that the truth allows, told apart by `|`."""
    told = (finding["verdict"], finding["reason"])
    assert told in [(row["verdict"], reason or None) for reason in row["reason"].split("|")], (
        f"{row['note']}\nobserved: {finding['observed']}"
    )


@pytest.mark.parametrize("row", rows("services"))
def test_service(findings: Findings, row: dict[str, str]) -> None:
    assert_outcome(found(findings, row["agency"], "services.entry", row["subject"]), row)


@pytest.mark.parametrize("row", rows("datasets"))
def test_dataset(findings: Findings, row: dict[str, str]) -> None:
    assert_outcome(found(findings, row["agency"], f"datasets.{row['check']}", row["subject"]), row)


@pytest.mark.parametrize("row", rows("window"))
def test_window(findings: Findings, row: dict[str, str]) -> None:
    assert_outcome(found(findings, row["agency"], "services.window", row["subject"]), row)


@pytest.mark.parametrize("row", rows("hosts"))
def test_host(findings: Findings, row: dict[str, str]) -> None:
    finding = found(findings, row["agency"], "hosts.security", row["subject"])
    assert sorted(finding["observed"]["problems"]) == sorted(row["problems"].split()), finding["observed"]
    assert_outcome(finding, row)


@pytest.mark.parametrize("row", rows("elements"))
def test_element(findings: Findings, row: dict[str, str]) -> None:
    finding = found(findings, row["agency"], f"elements.{row['subject']}", row["subject"])
    assert_outcome(finding, row)


@pytest.fixture(scope="module")
def numbers(audit: Any) -> dict[tuple[str, str], tuple[float | None, ...]]:
    """Declared, verified and possible of each indicator of each agency, as exact as they were computed."""
    round_ = read_round(audit.round).round
    findings = FindingsFile(audit.round / "results" / "findings.jsonl", {})
    with EvidenceStore.open(audit.round / "evidence") as store:
        scores = scored(round_, store, findings)
    return {
        (agency.agency.id, node.id): (node.declared, node.verified, node.possible)
        for agency in scores.agencies
        for node in agency.indicators
    }


@pytest.mark.parametrize("row", rows("indicators"))
def test_indicator(numbers: dict[tuple[str, str], tuple[float | None, ...]], row: dict[str, str]) -> None:
    told = numbers[row["agency"], row["subject"]]
    true = [
        float(Fraction(row[name])) if row[name] else None for name in ("declared", "verified", "possible")
    ]
    assert told == pytest.approx(true, abs=1e-9, rel=0), row["why"]


def test_the_table_has_every_indicator_of_every_agency(
    audit: Any, numbers: dict[tuple[str, str], tuple[float | None, ...]]
) -> None:
    with (TRUTH / "indicators.csv").open(encoding="utf-8", newline="") as file:
        known = {(row["agency"], row["subject"]) for row in csv.DictReader(file)}
    assert known == numbers.keys()
    assert len(known) == 37 * len(audit.results["agencies"])


@pytest.mark.parametrize("row", rows("agencies"))
def test_reach(findings: Findings, row: dict[str, str]) -> None:
    assert_outcome(found(findings, row["agency"], "reach.portal", row["agency"]), row)


@pytest.mark.parametrize("row", rows("links"))
def test_link(findings: Findings, row: dict[str, str]) -> None:
    assert_outcome(found(findings, row["agency"], "links.target", row["subject"]), row)


def test_no_link_is_called_broken_or_open_that_is_not(audit: Any) -> None:
    with (TRUTH / "links.csv").open(encoding="utf-8", newline="") as file:
        known = {(row["agency"], row["subject"]) for row in csv.DictReader(file)}
    extra = [
        (f["agency"], f["subject"]["id"], f["reason"])
        for f in audit.findings
        if f["check"] == "links.target" and (f["agency"], f["subject"]["id"]) not in known
    ]
    assert extra == []


def test_no_false_contradiction_and_no_false_verification(audit: Any) -> None:
    with (TRUTH / "services.csv").open(encoding="utf-8", newline="") as file:
        truth = {row["subject"]: row["verdict"] for row in csv.DictReader(file)}
    wrong = [
        (f["subject"]["id"], f["verdict"], truth[f["subject"]["id"]])
        for f in audit.findings
        if f["check"] == "services.entry"
        and f["verdict"] in ("contradicted", "verified")
        and f["verdict"] != truth[f["subject"]["id"]]
    ]
    assert wrong == []


def test_the_tables_cover_every_claim(audit: Any) -> None:
    for name, check in (("services", "services.entry"), ("datasets", "datasets.usability")):
        with (TRUTH / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            known = {row["subject"] for row in csv.DictReader(file)}
        assert {f["subject"]["id"] for f in audit.findings if f["check"] == check} == known
