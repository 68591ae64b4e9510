"""What a portal lists as its data, for the agency's page: from one finding, checked for shape. Holds no rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from checks.finding import Finding

CHECK = "catalogue.datasets"


@dataclass(frozen=True, slots=True)
class UnclaimedDataset:
    """A data set that nobody declared. newest: ISO date, None when the list has none."""

    title: str
    url: str
    formats: tuple[str, ...]
    newest: str | None
    period: str
    licence: str
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CatalogueTable:
    """finding: that it is made from. sources: as observed. absent: ids; told: whether it could be said which are.

    unclaimed, elsewhere: those that are shown, of `unclaimed_count` and `elsewhere_count`.
    """

    finding: Finding
    sources: tuple[Mapping[str, Any], ...]
    found: int
    claimed: int
    matched: int
    told: bool
    absent: tuple[str, ...]
    absent_count: int
    unclaimed: tuple[UnclaimedDataset, ...]
    unclaimed_count: int
    elsewhere: tuple[UnclaimedDataset, ...]
    elsewhere_count: int
    refused: int


def catalogue_table(findings: Iterable[Finding]) -> CatalogueTable | None:
    """None when nothing was found out of lists, or the findings are of a version without this check."""
    finding = next((f for f in findings if f.check == CHECK), None)
    if finding is None or "lists" not in finding.observed:
        return None
    seen = finding.observed
    return CatalogueTable(
        finding,
        tuple(seen["lists"]),
        seen["listed"],
        seen["claimed"],
        seen["claimed_listed"],
        seen["reconciled"],
        tuple(seen["absent"]),
        seen["absent_count"],
        tuple(map(_listed, seen["unclaimed"])),
        seen["unclaimed_count"],
        tuple(map(_listed, seen["elsewhere"])),
        seen["elsewhere_count"],
        seen["refused_addresses"],
    )


def _listed(row: Mapping[str, Any]) -> UnclaimedDataset:
    return UnclaimedDataset(
        row["title"],
        row["url"],
        tuple(row["formats"]),
        row["newest"],
        row["period"],
        row["licence"],
        tuple(row["listed_in"]),
    )
