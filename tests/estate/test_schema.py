"""results.json and findings.jsonl are what their schemas in docs/schema/ say, and the schemas say no when they are not."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any, get_args

import pytest

from checks.finding import VERDICTS, SubjectKind
from claims.model import Kind, Level
from reports.results import SCHEMA
from tests.estate.conftest import Audit
from tests.rounds import judged
from tests.schema import faults, validator

WAYS: dict[str, Callable[[Any], object]] = {
    "a part is missing": lambda results: results["agencies"][0].pop("axes"),
    "a part is new": lambda results: results["agencies"][0].update(colour="green"),
    "a verdict of no list": lambda results: results["agencies"][0]["services"][0].update(verdict="guilty"),
    "a share above one": lambda results: results["agencies"][0].update(coverage=1.01),
    "a score above a hundred": lambda results: results["national"]["score"].update(verified=100.5),
    "a number as text": lambda results: results["national"].update(agencies="20"),
    "another schema": lambda results: results.update(schema="govah-results/2"),
    "a hash that is none": lambda results: results["round"]["model"].update(sha256="0"),
    "a finding's id that is none": lambda results: results["agencies"][0]["services"][0].update(
        findings=["x"]
    ),
}


def test_the_estate_has_the_published_shape(audit: Audit) -> None:
    assert faults("results", audit.results) == []
    assert [fault for finding in audit.findings for fault in faults("findings", finding)] == []


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["all_truths", "usual_day", "guilds_and_post"])
def test_blind_sets_have_it_too(name: str) -> None:
    kept = Audit.of(judged(name))
    assert faults("results", kept.results) == []
    assert [fault for finding in kept.findings for fault in faults("findings", finding)] == []


@pytest.mark.parametrize("way", WAYS)
def test_what_has_another_shape_is_refused(audit: Audit, way: str) -> None:
    results = deepcopy(audit.results)
    WAYS[way](results)
    assert faults("results", results) != []


def test_its_lists_are_the_products_own() -> None:
    shapes = validator("results").schema["$defs"]
    assert shapes["verdict"]["enum"] == list(VERDICTS)
    assert shapes["agency"]["properties"]["kind"]["enum"] == list(get_args(Kind))
    assert shapes["service"]["properties"]["level"]["anyOf"][0]["enum"] == list(get_args(Level))
    assert validator("results").schema["properties"]["schema"]["const"] == SCHEMA
    line = validator("findings").schema["properties"]
    assert line["subject"]["properties"]["kind"]["enum"] == list(get_args(SubjectKind))
