"""One table as one CSV file: each agency with its rank, its scores and its shares, to be searched and sorted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from reports.export.draft import WrittenFile
from reports.export.export_context import ExportContext, ExportTexts
from reports.export.export_format import ExportFormat
from reports.export.formats.csv import write_table
from reports.export.tables import ExportTable


def write(path: Path, context: ExportContext, tables: Sequence[ExportTable]) -> WrittenFile:
    written = WrittenFile()
    (table,) = (table for table in tables if table.name == "rankings")
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        write_table(file, table, ExportTexts(context.round, context.language), written)
    return written


FORMAT = ExportFormat(
    "rankings.csv",
    lambda path, sources: write(path, sources.context, sources.tables()),
    of_tables=True,
    with_report=True,
)
