"""What the indicators rest on: which findings are told there, in which order, and that their figures have names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from checks.finding import Finding, Subject
from reports.catalogue import LANGUAGES, TextCatalogue
from reports.html.portal_table import is_apart, portal_table
from scoring.load import load_model

STORED = Path(__file__).parents[2] / "govah" / "data" / "stored-findings.jsonl"
CONTENTS = load_model("ir-portals", Path()).contents


def of(check: str, subject: str, verdict: str) -> Finding:
    return Finding("a", Subject("service", subject), check, 1, verdict, None, criterion="x")  # type: ignore[arg-type]


def test_what_is_wrong_comes_first_and_what_does_not_apply_is_counted() -> None:
    found = [
        of("services.support", "s1", "verified"),
        of("services.support", "s2", "contradicted"),
        of("services.support", "s3", "not_applicable"),
        of("services.support", "s4", "inconclusive"),
        of("services.entry", "s1", "verified"),
        of("sections.newest", "tenders", "partial"),
    ]
    user, reports = portal_table(found, CONTENTS)
    assert (user.indicator, reports.indicator) == ("U05", "T10")
    (asked,) = user.asked
    assert [f.subject.id for f in asked.rows] == ["s2", "s4", "s1"]
    assert ([f.subject.id for f in asked.aside], asked.left, user.count) == (["s3"], 0, 3)


def test_every_finding_has_a_place() -> None:
    findings = [Finding.from_json(json.loads(line)) for line in STORED.read_text("utf-8").splitlines()]
    told = {
        f.id for rest in portal_table(findings, CONTENTS) for a in rest.asked for f in (*a.rows, *a.aside)
    }
    homeless = sorted({f.check for f in findings if not is_apart(f) and f.id not in told})
    assert homeless == [], "they need a row in the model: docs/adding-a-check.md"


def test_many_rows_are_bounded_and_told() -> None:
    found = [of("services.support", f"s{n:04}", "partial") for n in range(1_000)]
    (rest,) = portal_table(found, CONTENTS)
    assert len(rest.asked[0].rows) + rest.asked[0].left == rest.count == 1_000
    assert len(rest.asked[0].rows) <= 200


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_observed_has_a_name(language: str) -> None:
    catalogue = TextCatalogue("fa" if language == "fa" else "en")
    findings = [Finding.from_json(json.loads(line)) for line in STORED.read_text("utf-8").splitlines()]
    told = {name for finding in findings if not is_apart(finding) for name in finding.observed}
    assert len(told) > 20
    assert [name for name in sorted(told) if not catalogue.has(f"observed.{name}")] == []
