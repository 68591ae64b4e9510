"""What the portal's own catalogue says of a claimed dataset: soft evidence, which counts for the agency and never against it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from checks.case import Case
from checks.datasets.catalogues.listed import listed
from checks.datasets.catalogues.merge import Found
from checks.datasets.freshness_rules import Signs, decide
from checks.datasets.signs import touched
from checks.finding import Verdict
from claims.model import Dataset, Period

_DAY = dt.timedelta(days=1)  # Time zones: a day that has begun elsewhere is not the future
# What is best for the agency: finished data asks for nothing, which is more than a half.
_RANK: dict[Verdict, int] = {
    "verified": 4,
    "not_applicable": 3,
    "partial": 2,
    "inconclusive": 1,
    "contradicted": 0,
}


@dataclass(frozen=True, slots=True)
class Declared:
    """modified: the newest possible date. cycle: the period, None when none that has a meaning. licence: "" for none.

    captures: ids of those that say it.
    """

    modified: dt.date | None = None
    cycle: Period | None = None
    licence: str = ""
    captures: tuple[str, ...] = ()

    @property
    def told(self) -> dict[str, Any]:
        """As observed values."""
        said = {
            "listed_date": self.modified.isoformat() if self.modified else None,
            "listed_period": self.cycle.text[:100] if self.cycle else None,
            "listed_licence": self.licence[:200],
        }
        return {name: value for name, value in said.items() if value}


def declared_of(case: Case, dataset: Dataset) -> Declared:
    """Of one record that is surely this claim's; nothing where several may be, or only others list it."""
    finds = [one for one in listed(case).reconciled.matched.get(dataset.id, ()) if one.own]
    return declared_by(case, finds[0]) if len(finds) == 1 else Declared()


def declared_by(case: Case, found: Found) -> Declared:
    """What the agency's own catalogues say of a dataset."""
    own = [record for source, record in found.said if source.own]
    latest = max(case.as_of, case.evidence.opened).date() + _DAY
    days = [day for record in own if (day := record.entry.newest) is not None and day <= latest]
    return Declared(
        min(max(days), case.as_of.date()) if days else None,
        next((cycle for record in own if (cycle := record.entry.cycle) is not None), None),
        next((record.entry.licence for record in own if record.entry.licence), ""),
        tuple(dict.fromkeys(record.capture for record in own)),
    )


def softened(signs: Signs, said: Declared) -> Signs:
    """The signs with what the catalogue adds to them, where the rules then say no worse of the agency.

    A date that the content contradicts adds nothing; a period only where the agency declared none.
    """
    day = said.modified
    if day is not None and (touched({"listed": day}, signs.past) or "declared" in signs.touched):
        day = None
    dated = signs if day is None else replace(signs, declared=max(day, signs.declared or day))
    candidates = [dated, signs]
    if signs.period is None and not signs.static and said.cycle is not None:
        candidates.append(replace(dated, period=said.cycle.days, static=said.cycle.static))
    return max(candidates, key=lambda candidate: _RANK[decide(candidate)[0]])  # the first of equals
