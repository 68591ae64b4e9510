"""The pages of a worklist: a list, and for each case one sheet to judge by and one with what the program saw.

They are for auditors and lie apart from the report. What the program concluded stands on the second sheet, so that
nobody has to know it before judging.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from checks.finding import Finding
from claims.model import Round
from evidence.store import EvidenceStore
from reports.catalogue import LANGUAGES, TextCatalogue
from reports.html.finding_view import FindingViews, ScreenshotGallery
from reports.html.places import put
from reports.html.write import ReportPages
from reports.replies import RepliesReport
from reports.unsealed import unsealed_mark
from reports.worklist import reason_of
from scoring.score import Scores
from scoring.worklist import AuditBatch, rows

ROWS = "verdicts.csv"


def write_cases(
    round: Round,
    results: Mapping[str, Any],
    findings: Sequence[Finding],
    scores: Scores,
    store: EvidenceStore,
    folder: Path,
    batch: AuditBatch,
    replies: RepliesReport,
) -> Path:
    """Returns the list's page. Beside it lie the rows for verdicts.csv."""
    folder.mkdir(parents=True, exist_ok=True)
    gallery = ScreenshotGallery(store, folder)
    by_agency: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_agency[finding.agency].append(finding)
    for agency in sorted({case.service.agency for case in batch.cases}):
        gallery.learn(store.captures(agency, "screenshot"))
    views_by_agency = {
        a: FindingViews(store, gallery, by_agency[a]) for a in {case.service.agency for case in batch.cases}
    }
    note = unsealed_mark(results["round"]["findings"]["seal"], TextCatalogue(round.settings.language).text)
    put(folder / ROWS, rows(batch.cases, batch.name, note).encode())
    for language in LANGUAGES:
        at_home = language == round.settings.language
        target = folder if at_home else folder / language
        target.mkdir(exist_ok=True)
        pages = ReportPages(
            round, results, scores.model, language, root="" if at_home else "../", replies=replies
        )
        common = {"batch": batch, "reason_of": reason_of, "rows": ROWS}
        pages.write(target / "index.html", "worklist.html", **common)
        for number, case in enumerate(batch.cases, 1):
            pages.write(
                target / f"case-{case.service.id}.html",
                "case.html",
                case=case,
                number=number,
                agency={"id": case.service.agency},
                claim=round.agency(case.service.agency),
                finding_views=views_by_agency[case.service.agency],
                here={
                    shown.finding.id
                    for shown in views_by_agency[case.service.agency].of("service", case.service.id)
                },
                **common,
            )
    return folder / "index.html"
