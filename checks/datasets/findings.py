"""The checks on datasets: what was concluded of each claimed one, as findings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from checks.case import Case, Check
from checks.datasets.freshness import Signs, decide
from checks.datasets.history import Past, Present, past, present, remember
from checks.datasets.limits import Limits
from checks.datasets.obtain import Obtained, obtain
from checks.datasets.signs import downloads, signs_of, table_of
from checks.finding import Finding, Subject, Verdict
from claims.model import Dataset


class Usability:
    """`datasets.usability`: can the claimed dataset be had, and read by a machine?"""

    id = "datasets.usability"
    version = 1

    def judge(self, case: Case) -> Iterator[Finding]:
        twins = _twins(case)
        for dataset in case.datasets:
            obtained = obtain(case, dataset)
            worth = obtained.worth
            observed = _seen(dataset, obtained)
            if others := [twin for twin in twins.get(_print(obtained), ()) if twin != dataset.id]:
                observed["same_content_as"] = others[:20]
            yield _finding(self, dataset, worth.verdict, worth.reason, observed, obtained, "dataset_usable")


class Freshness:
    """`datasets.freshness`: is it as new as its period promises?"""

    id = "datasets.freshness"
    version = 2

    def judge(self, case: Case) -> Iterator[Finding]:
        for dataset in case.datasets:
            obtained = obtain(case, dataset)
            now, known, signs = _looked_at(case, dataset, obtained)
            verdict, reason = decide(signs)
            observed = _dated(dataset, obtained, signs) | remember(case, dataset, now, known)
            finding = _finding(self, dataset, verdict, reason, observed, obtained, "dataset_fresh")
            yield replace(finding, captures=_dated_by(obtained) or finding.captures)


class Touched:
    """`datasets.touched`: only when a date was renewed and the content was not. Beside the other findings."""

    id = "datasets.touched"
    version = 2

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
            finding = _finding(
                self, dataset, "contradicted", "touched_unchanged", observed, obtained, "dataset_touched"
            )
            yield replace(finding, captures=_dated_by(obtained) or finding.captures)


def _looked_at(case: Case, dataset: Dataset, obtained: Obtained) -> tuple[Present | None, Past | None, Signs]:
    """The content, what is known of it from before, and all that the rules look at."""
    now = present(obtained, case.settings.id)
    known = past(case, dataset, now)
    return now, known, signs_of(case, dataset, obtained, known)


def _twins(case: Case) -> dict[str | None, list[str]]:
    """Ids of the agency's datasets by the fingerprint of their content."""
    found: dict[str | None, list[str]] = {}
    for dataset in case.datasets:
        fingerprint = _print(obtain(case, dataset))
        if fingerprint is not None:
            found.setdefault(fingerprint, []).append(dataset.id)
    return found


def _print(obtained: Obtained) -> str | None:
    table = table_of(obtained)
    return table.fingerprint if table is not None and table.rows else None


def _dated_by(obtained: Obtained) -> tuple[str, ...]:
    """Captures of all files whose dates were read."""
    files = (obtained, *obtained.others)
    ids = [id for file in files for seen in downloads(file) for id in seen.visit.ids]
    return tuple(dict.fromkeys((*obtained.through, *ids))) if ids else ()


def _finding(
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


def _seen(dataset: Dataset, obtained: Obtained) -> dict[str, Any]:
    observed: dict[str, Any] = {
        "stars": obtained.worth.stars,
        "detail": obtained.worth.detail,
        "declared_format": dataset.format,
        "format": None,
        "encoding": None,
        "rows": None,
        "columns": None,
        "url": obtained.url,
        "status": [seen.visit.status for seen in obtained.seen],
    }
    content = obtained.content
    if content is None:
        return observed
    table = content.table
    observed |= {
        "format": content.kind,
        "encoding": content.codec,
        "package": content.package,
        "member": content.member,
        "delimiter": content.delimiter,
        "rows": table.rows if table is not None else content.rows,
    }
    if table is not None:
        observed |= {
            "columns": table.columns,
            "heading": list(table.heading[:20]),
            "untidy": list(table.flags),
            "ragged_share": table.ragged,
            "formulas": table.formulas,
        }
    return observed


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
