"""The datasets of an agency at a glance: which are dead, late, alive, unsettled, finished. Holds no rule of its own.

From the records of results.json; what decides is the reason of each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from checks.finding import Finding
from reports.html.dataset_copies import DatasetCopies, DatasetCopy

GROUPS = ("dead", "late", "alive", "open", "done")
_GROUP = {"stale_admitted": "dead", "stale_proven": "dead", "no_update_2y": "dead", "due": "late", "overdue": "late", "fresh": "alive", "static": "done"}  # fmt: skip
_YEARS, _MONTHS = 731, 62  # from so many days on an age is told in them


@dataclass(frozen=True, slots=True)
class DatasetRow:
    """age: (unit, number), None when there is none. unchanged: (day of the first round that had this content, rounds), None
    before the second, or if another date decided. finding: id of the one on freshness. touched: id of the other.
    copies: both, of a dataset whose date was renewed over the same content.
    """

    id: str
    title: str
    group: str
    reason: str
    age: tuple[str, int] | None
    newest: str | None
    unchanged: tuple[str, int] | None
    period: int | None
    usability: Mapping[str, Any]
    finding: str | None
    touched: str | None
    copies: tuple[DatasetCopy, ...]


@dataclass(frozen=True, slots=True)
class DatasetTable:
    """rows: the dead first, in each group the oldest first. counts: by group, those that have none left out. history: why
    the content was not held against the round before; None when it was, or there is none.
    """

    rows: tuple[DatasetRow, ...]
    counts: tuple[tuple[str, int], ...]
    history: str | None = None

    def of(self, group: str) -> tuple[DatasetRow, ...]:
        return tuple(row for row in self.rows if row.group == group)

    def row(self, dataset: str) -> DatasetRow:
        return next(row for row in self.rows if row.id == dataset)


def dataset_table(
    datasets: Sequence[Mapping[str, Any]], findings: Sequence[Finding], copies: DatasetCopies
) -> DatasetTable:
    """datasets: of the agency, as in results.json; findings: about it."""
    by_check = {(f.check, f.subject.id): f for f in findings if f.subject.kind == "dataset"}
    rows = [_row(dataset, by_check, copies.of(findings, dataset["id"])) for dataset in datasets]
    rows.sort(key=lambda pair: (GROUPS.index(pair[0].group), -pair[1], pair[0].id))
    counted = Counter(row.group for row, _ in rows)
    return DatasetTable(
        tuple(row for row, _ in rows),
        tuple((group, counted[group]) for group in GROUPS if counted[group]),
        _history(findings),
    )


def _history(findings: Sequence[Finding]) -> str | None:
    told = (f.observed.get("history") for f in findings if f.check == "datasets.freshness")
    states = {str(one["state"]) for one in told if isinstance(one, Mapping)}
    return min(states - {"used"}, default=None)


def _row(
    dataset: Mapping[str, Any], by_check: Mapping[tuple[str, str], Finding], copies: tuple[DatasetCopy, ...]
) -> tuple[DatasetRow, int]:
    """With the age in days, by which rows are put in order."""
    fresh, id = dataset["freshness"], dataset["id"]
    days = fresh["age_days"]
    finding, touched = (by_check.get((f"datasets.{name}", id)) for name in ("freshness", "touched"))
    row = DatasetRow(
        id=id,
        title=dataset["title"],
        group=_GROUP.get(fresh["reason"], "open"),
        reason=fresh["reason"],
        age=None if days is None else _age(days),
        newest=fresh["newest"],
        unchanged=_unchanged(finding, fresh["newest"]),
        period=fresh["period_days"],
        usability=dataset["usability"],
        finding=finding.id if finding else None,
        touched=touched.id if touched else None,
        copies=copies,
    )
    return row, days if days is not None else -1


def _unchanged(finding: Finding | None, newest: str | None) -> tuple[str, int] | None:
    seen = finding.observed if finding else {}
    since, rounds = seen.get("content_since"), seen.get("content_rounds")
    if not isinstance(since, str) or not isinstance(rounds, int) or rounds < 2 or newest not in (None, since):
        return None
    return since, rounds


def _age(days: int) -> tuple[str, int]:
    if days >= _YEARS:
        return "years", int(days / 365.25)
    if days >= _MONTHS:
        return "months", int(days / 30.44)
    return ("today", "day", "days")[min(days, 2)], days
