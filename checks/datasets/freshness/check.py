"""`datasets.freshness`: is a data set as new as its period promises?

Looked at: days in the rows, the declared day, the day of the file, and what earlier rounds knew of the content. Which counts when is
`checks.datasets.freshness_rules`. Not looked at: whether the rows are right, and what the file is worth (`datasets.usability`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from checks.case import Case
from checks.datasets.catalogues.declared import softened
from checks.datasets.findings import dated_by, finding_of, looked_at
from checks.datasets.freshness_rules import Signs, basis, decide
from checks.datasets.history import remember
from checks.datasets.limits import Limits
from checks.datasets.obtain import Obtained
from checks.datasets.signs import downloads, table_of
from checks.datasets.subjects import judged_datasets
from checks.finding import Finding
from checks.reasons import FRESHNESS
from checks.word_sets import OF_DATASETS
from claims.model import Dataset


class Freshness:
    """One finding for each data set that is claimed or listed."""

    id = "datasets.freshness"
    version = 7
    reasons = FRESHNESS
    words = OF_DATASETS

    def judge(self, case: Case) -> Iterator[Finding]:
        for one in judged_datasets(case):
            dataset, obtained, said = one.dataset, one.obtained, one.said
            now, known, signs = looked_at(case, dataset, obtained)
            signs = softened(signs, said)
            verdict, reason = decide(signs)
            observed = (
                _dated(dataset, obtained, signs, reason) | remember(case, dataset, now, known) | said.told
            ) | one.marks
            finding = finding_of(self, dataset, verdict, reason, observed, obtained, "dataset_fresh")
            yield replace(finding, captures=dated_by(obtained) or finding.captures)


def _dated(dataset: Dataset, obtained: Obtained, signs: Signs, reason: str) -> dict[str, Any]:
    newest = basis(signs, reason)
    table = table_of(obtained)
    observed: dict[str, Any] = {
        "age_days": signs.days(newest[0]) if newest else None,
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
            **({"tables": table.tables} if table.tables > 1 else {}),
            "ahead": list(table.dates.ahead[:10]),
            "not_counted": list(table.dates.excluded[:10]),
            **({"cells_left_out": table.dates.left_out} if table.dates.left_out else {}),
        }
    return observed


CHECK = Freshness()
