"""What findings about claimed data sets have in common."""

from __future__ import annotations

from typing import Any

from checks.case import Case, Check
from checks.datasets.freshness_rules import Signs
from checks.datasets.history import ContentHistory, CurrentContent, past, present
from checks.datasets.obtain import Obtained
from checks.datasets.signs import downloads, signs_of
from checks.finding import Finding, Subject, Verdict
from claims.model import Dataset


def looked_at(
    case: Case, dataset: Dataset, obtained: Obtained
) -> tuple[CurrentContent | None, ContentHistory | None, Signs]:
    """The content, what is known of it from before, and all that the rules look at."""
    now = present(obtained, case.settings.id)
    known = past(case, dataset, now)
    return now, known, signs_of(case, dataset, obtained, known)


def dated_by(obtained: Obtained) -> tuple[str, ...]:
    """Captures of all files whose dates were read."""
    files = (obtained, *obtained.others)
    ids = [id for file in files for seen in downloads(file) for id in seen.visit.ids]
    return tuple(dict.fromkeys((*obtained.through, *ids))) if ids else ()


def finding_of(
    check: Check,
    dataset: Dataset,
    verdict: Verdict,
    reason: str,
    observed: dict[str, Any],
    obtained: Obtained,
    criterion: str,
) -> Finding:
    return Finding(
        agency=dataset.agency,
        subject=Subject("dataset", dataset.id, dataset.url),
        check=check.id,
        check_version=check.version,
        verdict=verdict,
        reason=reason,
        observed=observed,
        captures=obtained.captures,
        attempts=len(obtained.carrying),
        criterion=criterion,
        effect=_effect(verdict, reason),
    )


def _effect(verdict: Verdict, reason: str) -> str:
    if verdict in ("verified", "not_applicable"):
        return ""
    return "dataset_unsettled" if verdict == "inconclusive" else f"dataset_{reason}"
