"""The tables as CSV files in one ZIP: UTF-8 with a BOM, so that Excel reads Persian, and no cell that a spreadsheet runs."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from reports.export.cells import cell, in_csv
from reports.export.draft import WrittenFile
from reports.export.export_context import ExportContext, ExportTexts
from reports.export.export_format import ExportFormat
from reports.export.tables import ExportTable, Value

_NO_DATE = (1980, 1, 1, 0, 0, 0)


def write(path: Path, context: ExportContext, tables: Sequence[ExportTable]) -> WrittenFile:
    written = WrittenFile()
    words = ExportTexts(context.round, context.language)
    with zipfile.ZipFile(path, "w") as archive:
        for table in tables:
            info = zipfile.ZipInfo(f"{table.name}.csv", _NO_DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            with (
                archive.open(info, "w", force_zip64=True) as entry,
                io.TextIOWrapper(entry, encoding="utf-8-sig", newline="") as file,
            ):
                write_table(file, table, words, written)
    return written


def write_table(file: TextIO, table: ExportTable, words: ExportTexts, written: WrittenFile) -> None:
    mark = words.text("export_table.cut")
    rows = csv.writer(file, lineterminator="\r\n")
    rows.writerow([words.text(f"export_column.{column.key}") for column in table.columns])
    for row in _plain(table, mark, written):
        rows.writerow(row)
        written.counts[table.name] += 1


FORMAT = ExportFormat(
    "tables.zip", lambda path, sources: write(path, sources.context, sources.tables()), of_tables=True
)


def _plain(table: ExportTable, mark: str, written: WrittenFile) -> Iterator[list[str]]:
    for row in table.rows():
        yield [_text(value, mark, written) for value in row]


def _text(value: Value, mark: str, written: WrittenFile) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        return repr(value)
    shown, cut = cell(value, mark)
    written.left_out["cut_cell"] += cut
    return in_csv(shown)
