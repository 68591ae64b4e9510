"""What a claim that nobody outside can see earns, from what auditors found of such claims before."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.model import Agency, AuditedBefore, AuditorVerdict, Declaration, Round
from scoring.claim_credit import audited_answers, audited_before, credit_of
from scoring.explain import explain
from scoring.load import load_model
from scoring.open_data import wilson
from scoring.score import score


def audit(agency: str, verdict: Any, design: Any = "random", day: int = 3, **more: Any) -> AuditorVerdict:
    return AuditorVerdict(f"{agency}/S05", verdict, "x", dt.date(2025, 12, day), design, **more)


@pytest.fixture
def asked(make_round: Callable[..., Round]) -> Round:
    """Twenty agencies, each of which says that it has smart services."""
    agencies = [Agency(f"a{n}", f"a{n}", "main", f"https://a{n}.test/") for n in range(20)]
    return make_round(agencies, declarations=[Declaration(a.id, "S05", 0.8) for a in agencies])


def test_what_is_sealed_of_the_audits(asked: Round) -> None:
    verdicts = (
        audit("a0", "verified"), audit("a1", "verified"), audit("a2", "partial"), audit("a3", "contradicted"),
        audit("a4", "contradicted", "targeted"), audit("a5", "verified", "targeted"),
        audit("a3", "verified", "targeted", day=9),  # mended since: the later word is what holds against an agency
        AuditorVerdict("a0/U01", "verified", "x", dt.date(2025, 12, 3), "random"),  # not declared
    )  # fmt: skip
    told = audited_answers(dataclasses.replace(asked, verdicts=verdicts))
    assert told == {"S05": {"audited": 4, "share": 0.625, "worth": 4, "refuted": ["a4"]}}
    before = audited_before(told, "1403-2")
    assert before == {"S05": AuditedBefore("1403-2", 4, 0.625, 4, frozenset({"a4"}))}
    assert audited_answers(asked) == {}


def test_answers_drawn_by_size_weigh_by_their_draw(asked: Round) -> None:
    verdicts = (audit("a0", "verified", probability=0.5), audit("a1", "contradicted", probability=0.1))
    told = audited_answers(dataclasses.replace(asked, verdicts=verdicts))["S05"]
    assert told["share"] == pytest.approx(0.1) and told["worth"] == pytest.approx(100 / 82)


def test_a_first_round_gives_nothing_and_a_later_one_no_more_than_half(asked: Round) -> None:
    model = load_model("ir-portals", Path())

    def smart(round: Round, agency: str = "a0") -> Any:
        scores = score(round, [], model)
        return explain(scores, agency, "S05")["node"]

    first = smart(asked)
    assert (first["verified"], first["possible"]) == (0.0, 0.8)
    assert "credit" not in first["children"][0]
    few = AuditedBefore("1403-2", 4, 0.75, 4.0, frozenset({"a1"}))
    later = smart(dataclasses.replace(asked, audited_before={"S05": few}))
    low = wilson(3, 4)[0]
    assert low < 0.5 and later["verified"] == pytest.approx(0.8 * low) and later["possible"] == 0.8
    assert later["state"] == "claim_only" and later["coverage"] == 0.0
    assert later["children"][0]["credit"] == {
        "factor": low, "low": low, "share": 0.75, "audited": 4, "round": "1403-2", "refuted": False,
    }  # fmt: skip
    many = AuditedBefore("1403-2", 400, 0.99, 400.0)
    assert smart(dataclasses.replace(asked, audited_before={"S05": many}))["verified"] == 0.4
    own = smart(dataclasses.replace(asked, audited_before={"S05": few}), "a1")
    assert own["verified"] == 0.0 and own["children"][0]["credit"]["refuted"]


def test_what_was_only_found_false_gives_nothing() -> None:
    for before in (AuditedBefore("r", 5, 0.0, 5.0), AuditedBefore("r", 0, 0.0, 0.0, frozenset({"b"}))):
        credit = credit_of(before, "a")
        assert credit is not None and credit.factor == 0.0
    assert credit_of(None, "a") is None


@given(st.floats(0, 1), st.integers(0, 5000), st.booleans())
def test_no_more_than_half_and_never_more_than_was_confirmed(share: float, worth: int, refuted: bool) -> None:
    before = AuditedBefore("r", worth, share, float(worth), frozenset({"a"} if refuted else ()))
    credit = credit_of(before, "a")
    assert credit is not None and 0.0 <= credit.factor <= min(0.5, share + 1e-12)
    assert not (refuted and credit.factor)


@pytest.mark.parametrize(
    "sealed",
    [{"S05": {"audited": 3, "share": 1.2, "worth": 3, "refuted": []}}, {"S05": {"audited": 3}}, {"S05": 4},
     {"S05": {"audited": 3, "share": 1.0, "worth": 9, "refuted": []}}],
)  # fmt: skip
def test_what_no_version_of_ours_sealed_is_refused(sealed: Any) -> None:
    with pytest.raises((ValueError, TypeError, KeyError)):
        audited_before(sealed, "r")
