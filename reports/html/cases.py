"""The pages of a worklist: a list, and for each case a sheet to judge by.

They are for auditors and lie apart from the report. Nothing of what the program saw or concluded stands on them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from claims.model import Round
from reports.catalogue import LANGUAGES, TextCatalogue
from reports.html.places import put
from reports.html.write import ReportPages
from reports.replies import RepliesReport
from reports.unsealed import unsealed_mark
from scoring.score import Scores
from scoring.worklist import AuditBatch, rows

ROWS = "verdicts.csv"


def write_cases(
    round: Round,
    results: Mapping[str, Any],
    scores: Scores,
    folder: Path,
    batch: AuditBatch,
    replies: RepliesReport,
) -> Path:
    """findings: by agency. Returns the list's page. Beside it lie the rows for verdicts.csv."""
    folder.mkdir(parents=True, exist_ok=True)
    note = unsealed_mark(results["round"]["findings"]["seal"], TextCatalogue(round.settings.language).text)
    put(folder / ROWS, rows([service.id for service in batch.services], batch.name, note).encode())
    for language in LANGUAGES:
        at_home = language == round.settings.language
        target = folder if at_home else folder / language
        target.mkdir(exist_ok=True)
        pages = ReportPages(
            round,
            results,
            scores.model,
            language,
            root="" if at_home else "../",
            replies=replies,
            published=False,
        )
        common = {"batch": batch, "rows": ROWS}
        pages.write(target / "index.html", "worklist.html", **common)
        for number, service in enumerate(batch.services, 1):
            pages.write(
                target / f"case-{service.id}.html",
                "case.html",
                service=service,
                number=number,
                claim=round.agency(service.agency),
                **common,
            )
    return folder / "index.html"
