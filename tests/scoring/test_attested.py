"""What documents count: attested, never verified; halved with each year, nothing past the term; lowered by a signal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.finding import Finding
from checks.registry import finding_ids
from claims.model import Agency, Declaration, Round, Service
from scoring.crosscheck import cross_check
from scoring.explain import explain
from scoring.model import Contents, Model
from scoring.score import Scores, score

AGENCY = Agency("a", "A", "main", "https://a.test/")
SERVICE = Service("a", "s", "صدور مجوز", True, "https://a.test/s")
HASH = "ab" * 32
Vary = Callable[[Callable[[dict[str, Any]], None]], Model]


@pytest.fixture
def scored(make_round: Callable[..., Round], model: Model) -> Callable[..., Scores]:
    def made(indicator: str, value: float, date: dt.date | None, *found: Finding, **more: Any) -> Scores:
        claim = Declaration("a", indicator, value, more.get("document", "report.pdf"), date, HASH, 9)
        return score(make_round([AGENCY], [SERVICE], declarations=[claim]), found, model)

    return made


def part(scores: Scores, indicator: str) -> dict[str, Any]:
    told: dict[str, Any] = explain(scores, "a", f"{indicator}.1")["node"]
    return told


# day of the document (the round is of 2025-12-01), what it counts, whether it counts at all
AGES = [
    ("2025-12-01", 1.0, True),
    ("2025-06-01", 1.0, True),
    ("2024-12-01", 1.0, True),
    ("2024-06-01", 0.5**0.501, True),
    ("2023-12-01", 0.5, True),
    ("2022-12-01", 0.25, True),
    ("2022-11-30", 0.0, False),
    ("2015-01-01", 0.0, False),
    ("2025-12-02", 0.0, False),
    (None, 0.0, False),
]


@pytest.mark.parametrize("indicator", ["S03", "S08", "S09"])
@pytest.mark.parametrize(("day", "value", "valid"), AGES)
def test_what_a_document_counts_by_its_age(
    scored: Callable[..., Scores], indicator: str, day: str | None, value: float, valid: bool
) -> None:
    date = dt.date.fromisoformat(day) if day else None
    node = part(scored(indicator, 1.0, date), indicator)
    told = node["attestation"]
    assert node["verified"] == 0.0
    assert node["possible"] == told["value"] == pytest.approx(value, abs=0.001)
    assert (told["valid"], node["state"]) == (valid, "attested" if valid else "unattested")
    assert (told["document"], told["sha256"], told["size"], told["date"]) == ("report.pdf", HASH, 9, day)


def test_a_document_counts_until_its_term_ends(scored: Callable[..., Scores]) -> None:
    assert part(scored("S08", 1.0, dt.date(2025, 6, 1)), "S08")["attestation"]["until"] == "2028-06-01"


def test_without_a_document_nothing_is_attested(scored: Callable[..., Scores]) -> None:
    node = part(scored("S08", 1.0, dt.date(2025, 6, 1), document=None), "S08")
    assert "attestation" not in node and node["possible"] == 0.0


SIGNALS = [
    ("partial", 1.0, 0.5),
    ("partial", 0.4, 0.4),
    ("verified", 1.0, 1.0),
    ("inconclusive", 1.0, 1.0),
    ("not_applicable", 1.0, 1.0),
    (None, 1.0, 1.0),
]


@pytest.mark.parametrize(("verdict", "declared", "possible"), SIGNALS)
def test_a_signal_from_outside_lowers_what_is_possible(
    scored: Callable[..., Scores],
    find: Callable[..., Finding],
    verdict: str | None,
    declared: float,
    possible: float,
) -> None:
    found = [find("a", "services.uploads", "service", "s", verdict)] if verdict else []
    scores = scored("S03", declared, dt.date(2025, 6, 1), *found)
    node = part(scores, "S03")
    assert (node["verified"], node["possible"]) == (0.0, possible)
    assert node["attestation"]["value"] == possible
    assert node["findings"] == ([f.id for f in found] if verdict == "partial" else [])
    assert node["check"] == "services.uploads"
    # the document of another indicator is not touched by it
    assert part(scored("S08", declared, dt.date(2025, 6, 1), *found), "S08")["possible"] == declared


@settings(deadline=None)
@given(
    declared=st.floats(0, 1),
    days=st.one_of(st.none(), st.integers(-400, 2000)),
    verdicts=st.lists(st.sampled_from(("verified", "partial", "inconclusive", "not_applicable")), max_size=3),
)
def test_a_signal_never_raises_anything(
    declared: float, days: int | None, verdicts: list[str], make_round: Any, find: Any, model: Model
) -> None:
    date = None if days is None else dt.date(2025, 12, 1) - dt.timedelta(days=days)
    services = [Service("a", f"s{n}", "t", True) for n in range(3)]
    round = make_round([AGENCY], services, declarations=[Declaration("a", "S03", declared, "d.pdf", date)])
    found = [find("a", "services.uploads", "service", f"s{n}", verdict) for n, verdict in enumerate(verdicts)]
    plain, told = (part(score(round, each, model), "S03") for each in ((), found))
    assert told["verified"] == plain["verified"] == 0.0
    assert 0.0 <= told["possible"] <= plain["possible"] <= declared
    assert told["possible"] <= (0.5 if "partial" in verdicts else 1.0)
    assert told["coverage"] == plain["coverage"] == 0.0


def test_a_signal_is_a_check_that_there_is(vary: Vary) -> None:
    def change(data: dict[str, Any]) -> None:
        next(i for i in data["indicator"] if i["id"] == "S03")["part"][0]["signal"] = "services.nothing"

    faults = list(
        cross_check(Contents.model_validate(vary(change).contents.model_dump(by_alias=True)), finding_ids())
    )
    assert [(code, value) for _, code, value in faults] == [("unknown_check", "services.nothing")]
