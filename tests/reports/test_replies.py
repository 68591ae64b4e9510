"""What a ledger tells: states, what a re-test says to whom, what was withdrawn, and what it leads to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.finding import Finding, Subject
from claims.model import Reply, ReplySettings
from reports.replies import (
    DECISIONS,
    STATES,
    as_data,
    errors_by_check,
    of_round,
    recorded,
    replies_report,
    standing,
    until,
)

DEAD, THERE, OPEN = (
    ["contradicted", "dead_link"],
    ["verified", "transaction_entry"],
    ["inconclusive", "blocked"],
)


def row(name: str, before: list[str] | None, after: list[str] | None = None) -> dict[str, Any]:
    return {
        "id": name,
        "check": f"check.{name}",
        "before": before,
        "after": after,
        "seen_before": "2025-12-01",
    }


def received(reply: str, subject: str, *findings: dict[str, Any], date: str = "2026-01-10") -> dict[str, Any]:
    said = {"reply": reply, "agency": "a", "subject": subject, "date": date, "by": "x", "stance": "mended"}
    return {
        "event": "received",
        "reply": {**said, "text": "t"},
        "findings": list(findings),
        "time": "T",
        "by": "x",
    }


def said(event: str, reply: str, *findings: dict[str, Any]) -> dict[str, Any]:
    return {"event": event, "reply": reply, "findings": list(findings), "time": "T", "by": "A", "text": "why"}


def retested(
    *findings: dict[str, Any], replies: tuple[str, ...] = ("r1",), settled: Any = None
) -> dict[str, Any]:
    ids = [one["id"] for one in findings] if settled is None else settled
    return {
        "event": "retested",
        "retest": 1,
        "agency": "a",
        "subject": {"kind": "service", "id": "s1"},
        "replies": list(replies),
        "findings": list(findings),
        "settled": ids,
        "score": {"before": 1.0, "after": 2.0},
        "time": "T",
        "by": "A",
    }


def state(*entries: Mapping[str, Any], reply: str = "r1") -> str:
    return next(answer for answer in replies_report(entries, None, None).answers if answer.id == reply).state


RECEIVED = received("r1", "s1", row("f1", DEAD), row("f2", OPEN))


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ((), "received"),
        ((said("answered", "r1"),), "answered"),
        ((retested(row("f1", DEAD, THERE), row("f2", OPEN, OPEN)),), "amended"),
        ((retested(row("f1", DEAD, DEAD), row("f2", OPEN, OPEN)),), "upheld"),
        ((retested(row("f1", DEAD, DEAD), settled=[]),), "unsettled"),
        ((said("withdrawn", "r1", row("f1", DEAD)),), "withdrawn"),
        ((said("withdrawn", "r1", row("f1", DEAD)), said("upheld", "r1", row("f1", DEAD))), "upheld"),
    ],
)
def test_the_last_word_is_the_state(events: tuple[Mapping[str, Any], ...], expected: str) -> None:
    assert state(RECEIVED, *events) == expected
    assert expected in STATES


def test_a_retest_says_to_a_reply_what_it_asked_about() -> None:
    one = received("r1", "f1", row("f1", DEAD))
    other = received("r2", "f2", row("f2", OPEN))
    test = retested(row("f1", DEAD, THERE), row("f2", OPEN, OPEN), replies=("r1", "r2"))
    assert (state(one, other, test), state(one, other, test, reply="r2")) == ("amended", "upheld")


def test_a_retest_that_nobody_asked_for_is_told_by_itself() -> None:
    known = replies_report([RECEIVED, retested(row("f9", DEAD, THERE), replies=())], None, None)
    assert state(RECEIVED) == known.answers[0].state == "received"
    (alone,) = known.unasked_of("a")
    assert (alone.subject, alone.step.state, alone.step.score) == ("s1", "amended", (1.0, 2.0))
    assert known.unasked_of("b") == ()


def test_the_term_is_counted_from_its_day() -> None:
    sealed = dt.datetime(2025, 12, 1, 23, 59, tzinfo=dt.UTC)
    assert until(ReplySettings(), sealed) is None
    assert until(ReplySettings(30), sealed) == dt.date(2025, 12, 31)
    assert until(ReplySettings(30, dt.date(2026, 1, 1)), sealed) == dt.date(2026, 1, 31)
    assert until(ReplySettings(30), None) is None
    last = dt.date(2026, 1, 10)
    late = [received("r1", "s1", date="2026-01-10"), received("r2", "s1", date="2026-01-11")]
    assert [answer.late for answer in replies_report(late, last, None).answers] == [False, True]


def test_the_contact_is_not_recorded() -> None:
    reply = Reply("r1", "a", "s1", dt.date(2026, 1, 10), "x", "mended", "t", "me@x.test")
    assert "me@x.test" not in str(recorded(reply))


def finding(name: str, verdict: Any = "contradicted", reason: str | None = "dead_link") -> Finding:
    return Finding("a", Subject("service", name), "services.entry", 1, verdict, reason, {"url": "x"}, ("c1",))


def test_a_withdrawn_finding_is_our_own_error_as_long_as_it_says_the_same() -> None:
    one, other = finding("s1"), finding("s2")
    withdrawn = replies_report([RECEIVED, said("withdrawn", "r1", row(one.id, DEAD))], None, None).withdrawn
    now, same = standing([one, other], withdrawn)
    assert (now.verdict, now.reason, now.observed) == (
        "inconclusive",
        "own_error",
        {"withdrawn": "contradicted dead_link"},
    )
    assert (now.id, now.captures) == (one.id, one.captures) and same == other
    later = finding("s1", reason="soft_404")
    assert standing([later], withdrawn) == [later]


def test_a_withdrawn_finding_about_a_listed_dataset_makes_no_claim_of_it() -> None:
    marks = {"claimed": False, "title": "آمار"}
    listed = replace(finding("s1"), subject=Subject("dataset", "l1"), observed={**marks, "rows": 3})
    taken = replies_report(
        [received("r1", listed.id), said("withdrawn", "r1", row(listed.id, DEAD))], None, None
    )
    (now,) = standing([listed], taken.withdrawn)
    assert now.reason == "own_error" and now.observed == {**marks, "withdrawn": "contradicted dead_link"}


EVENTS = st.lists(
    st.one_of(
        st.builds(
            said, st.sampled_from(DECISIONS), st.sampled_from(["r1", "r2", "r9"]), st.just(row("f1", DEAD))
        ),
        st.builds(
            retested,
            st.builds(row, st.just("f1"), st.just(DEAD), st.sampled_from([DEAD, THERE, OPEN])),
            replies=st.sampled_from([(), ("r1",), ("r1", "r2"), ("r9",)]),
        ),
        st.just(received("r2", "f1", row("f1", DEAD))),
    ),
    max_size=8,
)


@given(EVENTS)
def test_any_row_of_events_is_told_whole(events: list[dict[str, Any]]) -> None:
    known = replies_report([RECEIVED, *events], None, "ab")
    for answer in known.answers:
        assert answer.state in STATES
        assert as_data(answer)["state"] == answer.state
    asked = [e for e in events if e["event"] != "received"]
    if not any(e["event"] == "withdrawn" for e in asked):
        assert known.withdrawn == {}
    counts = errors_by_check(known)
    assert all(n >= 0 for numbers in counts.values() for n in numbers.values())
    # a prefix of a ledger tells a prefix of each story
    before = {a.id: a.steps for a in replies_report([RECEIVED, *events[:-1]], None, None).answers}
    if not any(e["event"] == "received" for e in events):
        assert all(a.steps[: len(before[a.id])] == before[a.id] for a in known.answers)


def test_results_of_a_round_without_replies_are_as_they_were() -> None:
    assert of_round(replies_report([], None, None)) == {}
    full = replies_report([RECEIVED, said("withdrawn", "r1", row("f1", DEAD))], None, "ab")
    assert of_round(full)["replies"] == {
        "until": None,
        "ledger": "ab",
        "checks": {
            "check.f1": {"replied": 1, "amended": 0, "withdrawn": 1},
            "check.f2": {"replied": 1, "amended": 0, "withdrawn": 0},
        },
    }
    assert [answer.id for answer in full.of("a")] == ["r1"] and full.of("b") == ()
