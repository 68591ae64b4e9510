"""Why a finding is not what it was."""

from __future__ import annotations

from checks.finding import Finding, Subject
from reports.causes import LoadedJudgement, causes_of
from reports.claim_lines import ClaimLines


def test_a_dataset_that_a_catalogue_newly_lists_is_no_changed_claim() -> None:
    """Nobody claims it, in neither round: the portal lists it now. Of a claimed one, the claim is new."""
    old, new = (
        LoadedJudgement(
            (), ClaimLines(()), {"datasets.usability": {}}, {}, evidence, lambda _: (), lambda _: True
        )
        for evidence in ("before", "after")
    )

    def causes(**observed: object) -> tuple[str, ...]:
        subject = Subject("dataset", "d", "http://a.test/d.csv")
        found = Finding("a", subject, "datasets.usability", 6, "verified", "usable", observed)
        return causes_of(old, new, None, found).causes

    assert causes(claimed=False, title="آمار") == ("portal",)
    assert causes() == ("claim",)
