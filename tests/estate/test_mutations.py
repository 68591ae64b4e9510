"""Mutations of what findings rest on: a drawn share of the estate's, and two files of fixtures, held to docs/performance.md.

The whole is measured by `python -m tests.estate.mutations`, some minutes of CPU.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from checks.finding import Finding
from checks.registry import finding_ids
from fixtures.benchmarks.figures import Figures
from fixtures.mutation_rules import rules
from fixtures.mutations import WAYS
from tests.depth import tries
from tests.estate import mutation_figures as figures
from tests.estate.mutations import Outcome, fixture_rows, outcomes, parts

SHARE = (8, tries(1, 2))  # seed, findings of each check
FILES = ("test_pages_of_another.py", "user/test_payment.py")
# No check of this version feeds it.
PLANNED = {"pages.browsers"}


@pytest.fixture(scope="module")
def drawn(audit: Any) -> list[Outcome]:
    found = [Finding.from_json(finding) for finding in audit.findings]
    return list(outcomes(audit.round, found, SHARE))


def told(outcome: Outcome) -> tuple[str, str, str, str]:
    return outcome.finding.check, outcome.finding.subject.id, outcome.way, outcome.verdict


@pytest.mark.thorough
def test_what_matters_is_noticed(drawn: list[Outcome]) -> None:
    """Misses are faults, unless they are declared and explained."""
    missed = [one for one in drawn if one.touched and not one.noticed]
    faults = [
        told(one)
        for one in missed
        if rules().why_unmoved(one.finding.check, one.way) is None
        and rules().why_kept(one.finding.check, one.way) is None
    ]
    assert len({one.finding.check for one in drawn}) >= 30
    assert faults == []


@pytest.mark.thorough
def test_nothing_is_held_against_an_agency_that_nothing_speaks_against(drawn: list[Outcome]) -> None:
    refuted = [one for one in drawn if one.verdict == "contradicted"]
    assert [told(one) for one in refuted if not rules().may_refute(one.finding.check, one.way)] == []
    assert refuted


@pytest.mark.thorough
def test_fixtures_are_counted_and_altered(tmp_path: Path) -> None:
    """Files whose tests are changed are counted anew by the command."""
    read, altered = fixture_rows([f"tests/checks/{name}" for name in FILES], tmp_path)
    known = figures.load()["tally"]
    assert figures.tallied(read) == {name: known[name] for name in FILES}
    found = {"fixtures": figures.altered_by_file(altered)}
    assert figures.missed(found) == {}
    assert sum(at[way].get("asked", 0) for _, _, at in figures.counted(found) for way in WAYS) > 100


def test_the_tables_are_those_of_the_data() -> None:
    data = figures.load()
    text = figures.DOCUMENT.read_text(encoding="utf-8")
    for name, table in (
        ("fixtures of checks", figures.fixture_table),
        ("mutations", figures.mutation_table),
    ):
        assert Figures(name).put(text, ["", *table(data), ""]) == text


def test_every_check_of_the_model_was_altered_and_none_is_blamed() -> None:
    data = figures.load()
    checks = {check for _, check, _ in figures.counted(data)}
    assert set(parts()) - checks <= PLANNED
    refuted = [
        (check, way) for _, check, at in figures.counted(data) for way in WAYS if at[way].get("refuted")
    ]
    assert refuted == []
    assert {key for key in figures.missed(data) if rules().why_kept(*key) is None} == set()


def test_declared_exceptions_are_of_checks_that_there_are() -> None:
    told_of = {*rules().unmoved, *rules().aged, *(row.check for row in rules().kept)}
    assert told_of <= finding_ids()


def test_a_check_says_in_its_folder_what_cannot_matter_to_it() -> None:
    assert rules().why_unmoved("hosts.security", "dead") == (
        "rests on the host, its certificates, handshakes and headers, not on what pages say"
    )
    assert rules().why_unmoved("hosts.domain", "removed") is None
    assert rules().why_unmoved("hosts.domain", "old") == "nothing of its rule asks how old a date is"
