"""The findings of a filter as CSV: UTF-8 with a BOM, so that Excel reads Persian, and no cell that a spreadsheet runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator

from checks.finding import Finding
from reports.export.cells import cell, in_csv
from reports.export.export_context import ExportTexts

COLUMNS = (
    "agency", "agency_name", "verdict", "reason", "reason_code", "check_name", "check", "subject", "subject_id",
    "url", "finding", "auditors",
)  # fmt: skip


def lines(findings: Iterable[Finding], words: ExportTexts, said: Callable[[Finding], str]) -> Iterator[bytes]:
    """said: what auditors said of a finding."""
    yield b"\xef\xbb\xbf" + _line([words.text(f"export_column.{column}") for column in COLUMNS])
    for finding in findings:
        yield _line(
            [
                finding.agency,
                words.agency(finding.agency),
                words.named("verdict", finding.verdict),
                words.named("reason", finding.reason),
                finding.reason,
                words.check(finding.check),
                finding.check,
                words.subject(finding),
                finding.subject.id,
                finding.subject.url,
                finding.id,
                said(finding),
            ]
        )


def _line(values: Iterable[str | None]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerow([in_csv(cell(value or "", "…")[0]) for value in values])
    return out.getvalue().encode("utf-8", "replace")
