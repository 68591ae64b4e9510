"""How new each claimed dataset is, as findings. Not here: what it is worth (`checks.datasets.usability`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from checks.case import Case, Check
from checks.datasets.catalogues.declared import declared_of, softened
from checks.datasets.freshness import Signs, decide
from checks.datasets.history import Past, Present, past, present, remember
from checks.datasets.limits import Limits
from checks.datasets.obtain import Obtained, obtain
from checks.datasets.signs import downloads, signs_of, table_of
from checks.finding import Finding, Subject, Verdict
from claims.model import Dataset


class Freshness:
    """`datasets.freshness`: is it as new as its period promises?"""

    id = "datasets.freshness"
    version = 6

    def judge(self, case: Case) -> Iterator[Finding]:
        for dataset in case.datasets:
            obtained = obtain(case, dataset)
            now, known, signs = _looked_at(case, dataset, obtained)
            said = declared_of(case, dataset)
            signs = softened(signs, said)
            verdict, reason = decide(signs)
            observed = _dated(dataset, obtained, signs) | remember(case, dataset, now, known) | said.told
            finding = finding_of(self, dataset, verdict, reason, observed, obtained, "dataset_fresh")
            yield replace(finding, captures=_dated_by(obtained) or finding.captures)


class Touched:
    """`datasets.touched`: only when a date was renewed and the content was not. Beside the other findings."""

    id = "datasets.touched"
    version = 5

    def judge(self, case: Case) -> Iterator[Finding]:
        for dataset in case.datasets:
            obtained = obtain(case, dataset)
            now, known, signs = _looked_at(case, dataset, obtained)
            if not signs.touched or now is None or known is None:
                continue
            dates = {"declared": signs.declared, "http": signs.http}
            observed = {
                "content_since": known.since.isoformat(),
                "content_rounds": known.rounds,
                "content_gap_days": known.gap,
                "fingerprint": now.print,
                "copies": [dict(known.first), dict(now.copy)],
                **{name: day.isoformat() for name in signs.touched if (day := dates[name]) is not None},
            }
            finding = finding_of(
                self, dataset, "contradicted", "touched_unchanged", observed, obtained, "dataset_touched"
            )
            yield replace(finding, captures=_dated_by(obtained) or finding.captures)


def _looked_at(case: Case, dataset: Dataset, obtained: Obtained) -> tuple[Present | None, Past | None, Signs]:
    """The content, what is known of it from before, and all that the rules look at."""
    now = present(obtained, case.settings.id)
    known = past(case, dataset, now)
    return now, known, signs_of(case, dataset, obtained, known)


def _dated_by(obtained: Obtained) -> tuple[str, ...]:
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


def _dated(dataset: Dataset, obtained: Obtained, signs: Signs) -> dict[str, Any]:
    newest = signs.newest
    table = table_of(obtained)
    observed: dict[str, Any] = {
        "age_days": signs.age,
        "period_days": signs.period,
        "period": dataset.period.text if dataset.period is not None else None,
        "newest": newest[0].isoformat() if newest else None,
        "newest_source": newest[1] if newest else None,
        "dates": {
            name: day.isoformat() if day else None
            for name, day in (("declared", signs.declared), ("http", signs.http), ("data", signs.data))
        },
        **({"reach": signs.reach.isoformat()} if signs.reach is not None else {}),
        "downloads": len(downloads(obtained)),
        "url": obtained.url,
    }
    if signs.period is not None:
        limits = Limits.of(signs.period)
        observed["limits"] = {
            "due": limits.due,
            "overdue": limits.overdue,
            "stale": limits.stale,
            "lag": limits.lag,
        }
    if table is not None:
        observed |= {
            "column": table.dates.column,
            "calendar": table.dates.calendar,
            "ahead": list(table.dates.ahead[:10]),
            "not_counted": list(table.dates.excluded[:10]),
        }
    return observed
