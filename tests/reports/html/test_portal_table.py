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
    table = portal_table(found, CONTENTS)
    user, reports = table.indicators
    assert (user.indicator, reports.indicator) == ("U05", "T10")
    (asked,) = user.asked
    assert [f.subject.id for f in asked.rows] == ["s2", "s4", "s1"]
    assert ([f.subject.id for f in asked.aside], asked.left, user.count) == (["s3"], 0, 3)


def test_what_no_indicator_counts_comes_last_and_changes_nothing_else() -> None:
    found = [
        of("services.support", "s1", "verified"),
        of("z.new", "s1", "verified"),
        of("a.new", "s2", "partial"),
    ]
    table = portal_table(found, CONTENTS)
    assert [basis.indicator for basis in table.indicators] == ["U05"]
    assert [(asked.check, asked.count) for asked in table.others] == [("a.new", 1), ("z.new", 1)]


@pytest.mark.parametrize("model", ["ir-portals", "un-egdi", "eu-egov-2023", "tutorial"])
def test_every_finding_has_one_place_in_every_model(model: str) -> None:
    findings = [Finding.from_json(json.loads(line)) for line in STORED.read_text("utf-8").splitlines()]
    table = portal_table(findings, load_model(model, Path()).contents)
    asked = [*(one for basis in table.indicators for one in basis.asked), *table.others]
    told = [finding.id for one in asked for finding in (*one.rows, *one.aside)]
    assert sorted(told) == sorted(finding.id for finding in findings if not is_apart(finding))
    assert bool(table.others) == (model != "ir-portals"), (
        "checks of govah count for an indicator of its own model"
    )


def test_many_rows_are_bounded_and_told() -> None:
    found = [of("services.support", f"s{n:04}", "partial") for n in range(1_000)]
    (rest,) = portal_table(found, CONTENTS).indicators
    assert len(rest.asked[0].rows) + rest.asked[0].left == rest.count == 1_000
    assert len(rest.asked[0].rows) <= 200


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_observed_has_a_name(language: str) -> None:
    catalogue = TextCatalogue("fa" if language == "fa" else "en")
    findings = [Finding.from_json(json.loads(line)) for line in STORED.read_text("utf-8").splitlines()]
    told = {name for finding in findings if not is_apart(finding) for name in finding.observed}
    assert len(told) > 20
    assert [name for name in sorted(told) if not catalogue.has(f"observed.{name}")] == []
