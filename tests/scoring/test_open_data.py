"""«Mostly stale»: shares, bounds and what is left out of them."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.finding import Finding, Subject
from scoring.open_data import OpenDataStatement, statement, wilson


def find(id: str, verdict: Any, reason: str, check: str = "datasets.freshness") -> Finding:
    return Finding("a", Subject("dataset", id), check, 1, verdict, reason)


# Newcombe 1998, table I, method 3, and two of our own.
PUBLISHED = {(81, 263): (0.2553, 0.3662), (15, 148): (0.0624, 0.1605), (0, 20): (0.0, 0.1611), (1, 29): (0.0061, 0.1718)}  # fmt: skip


@pytest.mark.parametrize("counts", PUBLISHED)
def test_bounds_are_those_of_the_literature(counts: tuple[int, int]) -> None:
    assert wilson(*counts) == pytest.approx(PUBLISHED[counts], abs=5e-5)


@given(st.integers(1, 5000), st.data())
def test_bounds_hold_the_share_and_mirror_each_other(of: int, data: Any) -> None:
    hits = data.draw(st.integers(0, of))
    low, high = wilson(hits, of)
    assert 0 <= low <= hits / of + 1e-12 and hits / of - 1e-12 <= high <= 1
    other = wilson(of - hits, of)
    assert math.isclose(low, 1 - other[1], abs_tol=1e-12)


STATES = {
    (10, 10): "proven",
    (9, 10): "proven",
    (8, 10): "undetermined",
    (5, 10): "undetermined",
    (2, 10): "undetermined",
    (1, 10): "refuted",
    (0, 10): "refuted",
    (9, 9): "few",
    (0, 0): "few",
    (60, 100): "proven",
    (59, 100): "undetermined",
    (40, 100): "refuted",
}


@pytest.mark.parametrize("counts", STATES)
def test_states(counts: tuple[int, int]) -> None:
    bad, decided = counts
    said = OpenDataStatement("stale", bad, decided, 3)
    assert said.state == STATES[counts]
    assert (said.share is None) == (said.state == "few") == (said.bounds is None)


def test_what_is_decided() -> None:
    findings = [
        *(find(f"s{n}", "contradicted", reason) for n, reason in enumerate(("stale_admitted", "stale_proven", "no_update_2y"))),
        *(find(f"g{n}", verdict, reason) for n, (verdict, reason) in enumerate(
            (("verified", "fresh"), ("partial", "due"), ("partial", "overdue")))),
        find("f", "not_applicable", "static"),
        find("u", "partial", "undeclared"),
        find("c", "inconclusive", "claimed_fresh"),
        find("s0", "contradicted", "touched_unchanged", "datasets.touched"),
        find("s0", "contradicted", "empty", "datasets.usability"),
    ]  # fmt: skip
    datasets = [*(f"s{n}" for n in range(3)), *(f"g{n}" for n in range(3)), "f", "u", "c", "unseen"]
    assert statement("stale", findings, datasets) == OpenDataStatement("stale", 3, 6, 3, 1)
    assert statement("unusable", findings, datasets) == OpenDataStatement("unusable", 1, 1, 9)
