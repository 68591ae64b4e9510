"""Rows out of spreadsheets and Parquet. To be run in the child process of `checks.datasets.sandbox`."""

from __future__ import annotations

import datetime as dt
import io
import re
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from checks.datasets.files.packages import BROKEN, Damaged, TooMuch, check_size

# Bytes of a workbook (12.5 MiB). Larger is a limit of ours, for the child's memory. By hand.
MAX_SHEET_BYTES = 13_107_200
MAX_CELLS = 5_000_000  # Cells of all sheets. More is a limit of ours, for the child's memory. By hand.
# Rows at the top where merged cells are a heading. Merged cells further down are not counted. By hand.
MERGE_ROWS = 10
_FORMULA = re.compile(rb"<f[ >/]|table:formula=")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A visible sheet that holds cells. merged: cells are merged in its first rows. named: its first row is the
    heading for certain."""

    name: str
    rows: Iterator[list[str]]
    merged: bool
    named: bool = False


@dataclass(frozen=True, slots=True)
class Book:
    """sheets: visible ones in order, without empty ones. notes: as of `checks.datasets.files.read.Content`. beside: texts
    that stand in none of them."""

    sheets: list[Sheet]
    notes: tuple[str, ...]
    beside: tuple[str, ...] = ()


def sheets_of(body: bytes, kind: str) -> Book:
    """Raises Damaged, TooMuch."""
    if len(body) > MAX_SHEET_BYTES:
        raise TooMuch("sheet_size")
    if kind != "xls":
        check_size(body)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(body))
        # Charts and macros are no sheets of cells.
        cells = [meta for meta in workbook.sheets_metadata if meta.typ == SheetTypeEnum.WorkSheet]
        visible = [meta.name for meta in cells if meta.visible == SheetVisibleEnum.Visible]
        sheets = [workbook.get_sheet_by_name(name) for name in visible]
    except PasswordError as error:
        raise Damaged("password") from error
    except (CalamineError, ValueError, OSError) as error:
        raise (TooMuch("reader") if _sound(body, kind) else Damaged("workbook")) from error
    except BaseException as error:
        if type(error).__module__ != "pyo3_runtime":
            raise
        raise TooMuch("reader") from error  # the reader itself fell over, which says nothing of the file
    filled = [sheet for sheet in sheets if sheet.height and sheet.width]
    if sum(sheet.height * sheet.width for sheet in filled) > MAX_CELLS:
        raise TooMuch("cells")
    notes = [
        *(["hidden_sheets"] if len(visible) < len(cells) else []),
        *(["no_formulas"] if kind != "xls" and _computes(body) else []),
    ]
    return Book(
        [
            Sheet(
                sheet.name,
                ([_text(cell) for cell in row] for row in sheet.iter_rows()),
                any(start[0] < MERGE_ROWS for start, _ in sheet.merged_cell_ranges or ()),
            )
            for sheet in filled
        ],
        tuple(notes),
    )


def _computes(body: bytes) -> bool:
    """Whether cells hold formulas, whose values change with other cells or with the day."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return any(
                _FORMULA.search(archive.read(name))
                for name in archive.namelist()
                if (name.startswith("xl/worksheets/sheet") and name.endswith(".xml")) or name == "content.xml"
            )
    except BROKEN:  # its cells were read all the same, and it is they that count
        return False


def _text(cell: Any) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ") if cell.time() != dt.time() else cell.date().isoformat()
    return str(cell)


def _sound(body: bytes, kind: str) -> bool:
    """Whether the file is whole, so that it is our reader that cannot read it."""
    if kind == "xls":
        return len(body) % 512 == 0
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            if archive.testzip() is not None:
                return False
            parts = [name for name in archive.namelist() if name.endswith((".xml", ".rels"))]
            for name in parts:
                expat.ParserCreate().Parse(archive.read(name), True)
            return any(name in ("xl/workbook.xml", "content.xml") for name in parts) or kind == "xlsb"
    except (*BROKEN, expat.ExpatError):
        return False


def parquet_rows(body: bytes) -> tuple[int, int]:
    """(rows, columns) from the footer. Raises Damaged."""
    if len(body) < 12 or body[-4:] != b"PAR1":
        raise Damaged("parquet")
    size = struct.unpack_from("<I", body, len(body) - 8)[0]
    if size > len(body) - 12:
        raise Damaged("parquet")
    reader = _Compact(body[len(body) - 8 - size : -8])
    try:
        return reader.file_metadata()
    except (IndexError, RecursionError) as error:
        raise Damaged("parquet") from error


class _Compact:
    """As much of Thrift's compact protocol as the footer's first three fields need."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def file_metadata(self) -> tuple[int, int]:
        rows = columns = 0
        number = 0
        while kind := self._byte():
            number = number + (kind >> 4) if kind >> 4 else self._zigzag()
            if number == 2 and kind & 15 == 9:
                columns = max(0, self._list(1) - 1)  # the root is no column
            elif number == 3:
                rows = self._zigzag()
                return rows, columns
            else:
                self._skip(kind & 15, 1)
        raise IndexError("num_rows")

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128 or shift > 70:
                return value

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)

    def _list(self, depth: int) -> int:
        head = self._byte()
        count = head >> 4 if head >> 4 != 15 else self._varint()
        if count > len(self._data):
            raise IndexError("list")
        for _ in range(count):
            self._skip(head & 15, depth + 1)
        return count

    def _skip(self, kind: int, depth: int) -> None:
        if depth > 20:
            raise IndexError("depth")
        if kind in (1, 2):
            return
        if kind == 3:
            self._at += 1
        elif kind in (4, 5, 6):
            self._varint()
        elif kind == 7:
            self._at += 8
        elif kind == 8:
            length = self._varint()
            self._at += length
        elif kind in (9, 10):
            self._list(depth)
        elif kind == 12:
            while field := self._byte():
                if not field >> 4:
                    self._varint()
                self._skip(field & 15, depth + 1)
        else:
            raise IndexError("type")
