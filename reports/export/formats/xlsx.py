"""The tables as one workbook. Text is written as text: no formula, no link, whatever it begins with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from reports.export.cells import cell, runs
from reports.export.draft import WrittenFile
from reports.export.export_context import ExportContext, ExportTexts
from reports.export.export_format import ExportFormat
from reports.export.tables import ExportTable, TableColumn, Value

MOST_ROWS = 1_048_575
"""Of one sheet, its heading not among them."""
_NUMBERS = {"count": "0", "score": "0.0", "share": "0.0%", "day": "yyyy-mm-dd"}
_LEFT_TO_RIGHT = 1
_FIRST_DAY = dt.date(1900, 3, 1)  # before it spreadsheets disagree, for a leap day that never was
_A4 = 9


def write(
    path: Path, context: ExportContext, tables: Sequence[ExportTable], most_rows: int = MOST_ROWS
) -> WrittenFile:
    return _Workbook(path, context, most_rows).write(tables)


FORMAT = ExportFormat(
    "results.xlsx", lambda path, sources: write(path, sources.context, sources.tables()), of_tables=True
)


class _Workbook:
    def __init__(self, path: Path, context: ExportContext, most_rows: int) -> None:
        self._words = ExportTexts(context.round, context.language)
        self._rtl = context.language == "fa"
        self._most_rows = most_rows
        self._mark = self._words.text("export_table.cut")
        self._unsealed = context.unsealed
        self._written = WrittenFile()
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "tmpdir": str(path.parent),
        }
        self._book = xlsxwriter.Workbook(str(path), options)
        self._book.set_properties(
            {
                "title": cell(
                    context.round.settings.title_in(context.round.settings.language)
                    or context.round.settings.id,
                    self._mark,
                )[0],
                "comments": f"govah {context.version}",
                "created": context.as_of.astimezone(dt.UTC).replace(tzinfo=None),
            }
        )
        self._heading = self._book.add_format(
            {"bold": True, "bg_color": "#E8ECF1", "bottom": 1, "text_wrap": True, "valign": "top"}
        )
        self._formats: dict[tuple[str, bool], Any] = {}

    def write(self, tables: Sequence[ExportTable]) -> WrittenFile:
        sheets = [self._sheet(table) for table in tables]
        notes: list[tuple[str, int]] = []
        # the first sheet is written last: it says what is missing in the others
        for table, sheet in zip(tables[1:], sheets[1:], strict=True):
            left = self._fill(table, sheet, table.rows())
            if left:
                notes.append((table.name, left))
        self._fill(tables[0], sheets[0], self._told(tables[0], notes))
        self._book.close()
        return self._written

    def _told(self, about: ExportTable, notes: Sequence[tuple[str, int]]) -> Iterator[list[Value]]:
        text = self._words.text
        rest: list[Value] = [None] * (len(about.columns) - 2)
        yield from about.rows()
        for name, left in notes:
            yield [
                text("export_about.missing"),
                text("export_about.rows", table=text(f"export_table.{name}"), count=left),
                *rest,
            ]
        if cut := self._written.left_out["cut_cell"]:
            yield [text("export_about.missing"), text("export_about.cells", count=cut), *rest]

    def _sheet(self, table: ExportTable) -> Any:
        sheet = self._book.add_worksheet(self._words.text(f"export_table.{table.name}"))
        if self._rtl:
            sheet.right_to_left()
        sheet.freeze_panes(1, 0)
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        if self._unsealed:  # above every printed page
            sheet.set_header(f"&C{self._words.text('unsealed_mark.short')}")
        for place, column in enumerate(table.columns):
            sheet.set_column(place, place, column.width)
            sheet.write_string(0, place, self._words.text(f"export_column.{column.key}"), self._heading)
        return sheet

    def _fill(self, table: ExportTable, sheet: Any, rows: Iterator[list[Value]]) -> int:
        """Returns the number of rows for which there was no room."""
        number = left = 0
        for row in rows:
            if number >= self._most_rows:
                left += 1
                continue
            number += 1
            for place, (column, value) in enumerate(zip(table.columns, row, strict=True)):
                if value is not None and value != "":
                    self._put(sheet, number, place, column, value)
        self._written.counts[table.name] = number
        if left:
            self._written.left_out["row"] += left
        sheet.autofilter(0, 0, number, len(table.columns) - 1)
        return left

    def _put(self, sheet: Any, row: int, place: int, column: TableColumn, value: str | int | float) -> None:
        if not isinstance(value, str):
            sheet.write_number(row, place, value, self._format(column.kind))
        elif column.kind == "day" and (day := _day(value)) is not None:
            sheet.write_datetime(row, place, day, self._format("day"))
        else:
            shown, cut = cell(value, self._mark)
            self._written.left_out["cut_cell"] += cut
            kind = "code" if column.kind == "code" else "text"
            sheet.write_string(row, place, shown, self._format(kind, quoted=runs(shown)))

    def _format(self, kind: str, quoted: bool = False) -> Any:
        """quoted: stays text when somebody edits the cell or saves the sheet as CSV and opens that."""
        if (known := self._formats.get((kind, quoted))) is not None:
            return known
        values: dict[str, Any] = {"valign": "top"}
        if kind in _NUMBERS:
            values["num_format"] = _NUMBERS[kind]
        if kind == "code":
            values["reading_order"] = _LEFT_TO_RIGHT
        if quoted:
            values["quote_prefix"] = True
        return self._formats.setdefault((kind, quoted), self._book.add_format(values))


def _day(value: str) -> dt.date | None:
    """None for what a spreadsheet has no date for."""
    try:
        day = dt.date.fromisoformat(value)
    except ValueError:
        return None
    return day if day >= _FIRST_DAY else None
