"""`datasets.usability`: can a data set be had, and read by a program?

Looked at: what its address brought, the files that a page at it links to, the declared format, and the words of the licence. The
verdict is that of `checks.datasets.worth`; a licence changes none. Not looked at: how new it is (`datasets.freshness`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from checks.case import Case
from checks.datasets.files.fingerprint import is_whole
from checks.datasets.files.read import Content
from checks.datasets.findings import finding_of
from checks.datasets.obtain import Obtained
from checks.datasets.signs import table_of
from checks.datasets.subjects import JudgedDataset, judged_datasets
from checks.datasets.usability.licence import judge_licence
from checks.datasets.usability.remedies import remedies
from checks.finding import Finding
from checks.reasons import USABILITY
from checks.word_sets import OF_DATASETS
from claims.model import Dataset

# Data sets named as having the same content, as on the report's page. The rest is not named.
_MOST_TWINS = 20
_LONGEST_LICENCE = 200  # Characters of a declared licence that a finding quotes


class Usability:
    """One finding for each data set that is claimed or listed."""

    id = "datasets.usability"
    version = 6
    reasons = USABILITY
    words = OF_DATASETS

    def judge(self, case: Case) -> Iterator[Finding]:
        judged = judged_datasets(case)
        twins = _twins(judged)
        for one in judged:
            dataset, obtained = one.dataset, one.obtained
            observed = _seen(dataset, obtained) | one.marks
            if others := [twin for twin in twins.get(_print(obtained), ()) if twin != dataset.id]:
                observed["same_content_as"] = others[:_MOST_TWINS]
            worth = obtained.worth
            yield finding_of(self, dataset, worth.verdict, worth.reason, observed, obtained, "dataset_usable")


def _twins(judged: Sequence[JudgedDataset]) -> dict[str | None, list[str]]:
    """Ids of the agency's datasets by the fingerprint of their content."""
    found: dict[str | None, list[str]] = {}
    for one in judged:
        fingerprint = _print(one.obtained)
        if fingerprint is not None:
            found.setdefault(fingerprint, []).append(one.dataset.id)
    return found


def _print(obtained: Obtained) -> str | None:
    table = table_of(obtained)
    return table.fingerprint if table is not None and table.rows and is_whole(table.fingerprint) else None


def _seen(dataset: Dataset, obtained: Obtained) -> dict[str, Any]:
    licence = judge_licence(dataset.licence)
    content = obtained.content
    return {
        "stars": obtained.worth.stars,
        "detail": obtained.worth.detail,
        "declared_format": dataset.format,
        "format": None,
        "encoding": None,
        "rows": None,
        "columns": None,
        "url": obtained.url,
        "status": [seen.visit.status for seen in obtained.seen],
        "licence": licence,
        "declared_licence": (dataset.licence or "")[:_LONGEST_LICENCE],
        "fix": list(remedies(obtained.worth, content, licence)),
        **(_held(content) if content is not None else {}),
    }


def _held(content: Content) -> dict[str, Any]:
    table = content.table
    observed: dict[str, Any] = {
        "format": content.kind,
        "encoding": content.codec,
        "package": content.package,
        "member": content.member,
        "delimiter": content.delimiter,
        "rows": table.rows if table is not None else content.rows,
        "besides": list(content.notes),
    }
    if table is not None:
        observed |= {
            "columns": table.columns,
            "heading": list(table.heading[:20]),
            "sample": [list(row) for row in table.sample],
            "untidy": list(table.flags),
            "ragged_share": table.ragged,
            "formulas": table.formulas,
        }
    return observed


CHECK = Usability()
