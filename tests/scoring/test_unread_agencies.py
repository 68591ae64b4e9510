"""Who makes us fail again and again is told, and looked at first; a few failures are nobody's doing."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from checks.finding import Finding, Subject
from claims.model import Agency, Round, Service, Settings
from scoring.unread_agencies import often_unread
from scoring.worklist import worklist

CHECK = "services.entry"


def finding(agency: str, subject: str, reason: str | None = "own_error", **told: Any) -> Finding:
    verdict = "inconclusive" if reason else "verified"
    return Finding(agency, Subject("service", subject, "x"), CHECK, 1, verdict, reason, told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ours", "others", "told"),
    [(4, 0, {}), (5, 0, {"a": 5}), (5, 95, {"a": 5}), (5, 96, {}), (60, 1_000, {"a": 60})],
)
def test_how_many_are_many(ours: int, others: int, told: dict[str, int]) -> None:
    findings = [finding("a", f"o{n}", exception="ValueError") for n in range(ours)]
    findings += [finding("a", f"g{n}", None) for n in range(others)] + [finding("b", "s", None)]
    assert often_unread(findings) == told


def test_what_was_taken_back_after_a_reply_is_none_of_them() -> None:
    assert often_unread(finding("a", f"s{n}", withdrawn="contradicted") for n in range(50)) == {}


def test_people_are_sent_there_first(tmp_path: Any) -> None:
    agencies = tuple(Agency(name, name, "main", f"http://{name}.test/") for name in "abc")
    services = tuple(Service(name, f"{name}{n}", "x", True, "http://x/") for name in "abc" for n in range(12))
    round = Round(tmp_path, Settings("r"), agencies, services)
    found = [
        finding(s.agency, s.id, "own_error" if s.agency == "b" and int(s.id[1:]) < 8 else None)
        for s in services
    ]
    cases = worklist(round, found, CHECK, size=10, seed=3)
    targeted = [case for case in cases if case.design == "targeted"]
    assert [case.service.agency for case in targeted][:2] == ["b", "b"]
    assert [case.unread for case in targeted][:2] == [True, True]
    assert not any(case.unread for case in cases if case.service.agency != "b" or case.design == "random")
    fair = [dataclasses.replace(one, reason=None, verdict="verified") for one in found]
    drawn = {case.service.id for case in cases if case.design == "random"}
    assert len(drawn) == len(
        {c.service.id for c in worklist(round, fair, CHECK, size=10, seed=3) if c.design == "random"}
    )
