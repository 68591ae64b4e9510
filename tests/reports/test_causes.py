"""Why a finding is not what it was."""

from __future__ import annotations

from dataclasses import replace

from checks.finding import Finding, Subject
from reports.causes import LoadedJudgement
from reports.changes import compare
from reports.claim_lines import ClaimLines
from reports.trend import TrendPoint, step_between


def test_a_dataset_that_a_catalogue_newly_lists_is_no_changed_claim() -> None:
    """Nobody claims it, in neither round: the portal lists it now. Of a claimed one, the claim is new."""
    old, new = (
        LoadedJudgement((), ClaimLines(()), {"datasets.usability": {}}, {}, evidence, lambda _: (), lambda _: True)
        for evidence in ("before", "after")
    )  # fmt: skip

    def found(id: str, **observed: object) -> Finding:
        subject = Subject("dataset", id, "http://a.test/d.csv")
        return Finding("a", subject, "datasets.usability", 6, "verified", "usable", observed)

    now = [found("l", claimed=False, title="آمار"), found("d")]
    compared = compare(old, replace(new, findings=sorted(now, key=lambda one: one.id)))
    assert {one.finding.subject.id: one.causes for one in compared.changes} == {
        "l": ("portal",),
        "d": ("claim",),
    }
    point = TrendPoint("r", "2025-12-01", "r", None)
    assert step_between(point, point, compared).changes == {"service": {}, "dataset": {"claim": 1}}
