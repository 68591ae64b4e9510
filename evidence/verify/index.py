"""Holds the index of one run of the crawl against what its records say. Streams along with them.

`SegmentRows` answers for one segment whether its rows are there, which is all that is asked while all is well, and in
any order of segments; `IndexCheck` goes through the whole run and names what is not.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence.fault import Faults
from evidence.regular_files import is_regular
from evidence.store.index import CAPTURE_COLUMNS, RECORD_COLUMNS, UNREADABLE, RecordRow, RunIndex
from evidence.store.index_rows import CaptureRow
from evidence.store.outline import Outline
from evidence.store.recording import HEADER, recorded_text
from evidence.store.sealed_records import SealedRecord

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class ExpectedRows:
    """What the index should hold of a record; row None when the record is not as it was sealed.

    paired: whether the request of the capture is known; it is not when the record before is not as it was sealed.
    """

    position: int
    row: RecordRow | None
    capture: CaptureRow | None
    paired: bool = True


def _opened(path: Path) -> RunIndex:
    """Raises what UNREADABLE lists."""
    if not is_regular(path):
        raise sqlite3.OperationalError("no file")
    return RunIndex.read(path, finished=True)


class SegmentRows:
    """Give it the records of a segment in order, all of them as sealed, for as long as they agree.

    capture: id of the one that the record last given carries; None when it carries none. A record is not parsed:
    what it should say is made from the row and compared, which takes a tenth of the time.
    """

    def __init__(self, path: Path, position: int) -> None:
        self.capture: str | None = None
        self._captures: Iterator[Row] | None = None
        self._request: tuple[str, int] | None = None
        self._records: Iterator[Row] = iter(())
        self._index: RunIndex | None = None
        with contextlib.suppress(*UNREADABLE):
            self._index = _opened(path)
            if self._index.has_tables:
                self._records = self._index.record_rows(position)

    def close(self) -> None:
        if self._index is not None:
            self._index.close()

    def agree(self, record: Outline, sealed: SealedRecord) -> bool:
        """Whether the record has the rows that it should have."""
        try:
            return self._has_record(record, sealed) and self._has_capture(record, sealed.position)
        except (*UNREADABLE, TypeError, ValueError, KeyError, RecursionError):
            return False

    def _has_record(self, record: Outline, sealed: SealedRecord) -> bool:
        kind = record.header("WARC-Type") or ""
        row = (sealed.position, kind, sealed.segment, sealed.offset, sealed.length, sealed.leaf)
        return next(self._records, None) == row

    def _has_capture(self, record: Outline, position: int) -> bool:
        before, self._request, self.capture = self._request, None, None
        text = record.header(HEADER)
        if text is None:
            if record.header("WARC-Type") == "request":
                self._request = record.header("WARC-Record-ID") or "", position
            return True
        if self._captures is None:
            assert self._index is not None  # it gave the record's row
            self._captures = self._index.capture_rows_from(json.loads(text)["sequence"])
        row = next(self._captures, None)
        if row is None or recorded_text(row) != text:
            return False
        self.capture = row[1]
        paired = before is not None and before[0] == record.header("WARC-Concurrent-To")
        return row[-2:] == (position, before[1] if paired and before else None)


def sound_with(path: Path, records: int, captures: int) -> bool:
    """Whether an index is in order and has exactly so many rows."""
    try:
        index = _opened(path)
        try:
            return index.has_tables and index.counts() == (records, captures) and index.inconsistency is None
        finally:
            index.close()
    except UNREADABLE:
        return False


class _TableRows:
    """Rows of one table in order of the position of their record."""

    def __init__(self, name: str, columns: Sequence[str], key: str, rows: Iterator[Row]) -> None:
        self.name = name
        self.columns = columns
        self._key = columns.index(key)
        self._rows = rows
        self._next: Row | None = next(rows, None)

    def take(self, position: int) -> Row | None:
        """The row of this record, None when there is none. Rows must not lie before it."""
        if self._next is None or self._next[self._key] != position:
            return None
        return self._advance()

    def before(self, position: int | None) -> Iterator[Row]:
        """Rows that lie before the record, or whose key is no position; all that are left for None."""
        while self._next is not None:
            key = self._next[self._key]
            if position is not None and isinstance(key, int) and key >= position:
                return
            yield self._advance()

    def _advance(self) -> Row:
        row = self._next
        assert row is not None
        self._next = next(self._rows, None)
        return row


class IndexCheck:
    """Give it every record of the run in order, then `finish`. name: of the index, for faults."""

    def __init__(self, path: Path, name: str, faults: Faults) -> None:
        self._name = name
        self._faults = faults
        self._index: RunIndex | None = None
        try:
            self._index = _opened(path)
            if not self._index.has_tables:
                raise sqlite3.DatabaseError("no tables")
            self._records = _TableRows("record", RECORD_COLUMNS, "position", self._index.record_rows())
            self._captures = _TableRows("capture", CAPTURE_COLUMNS, "record", self._index.capture_rows())
        except UNREADABLE as error:
            self._damaged(error)

    def check(self, expected: ExpectedRows) -> None:
        if self._index is None:
            return
        try:
            row = None if expected.row is None else expected.row.values
            self._compare(self._records, expected.position, row, known=expected.row is not None)
            self._compare(
                self._captures,
                expected.position,
                expected.capture,
                known=expected.row is not None,
                but=() if expected.paired else ("request",),
            )
        except UNREADABLE as error:
            self._damaged(error)

    def finish(self) -> None:
        if self._index is None:
            return
        try:
            for table in (self._records, self._captures):
                for row in table.before(None):
                    self._added(table, row)
            broken = self._index.inconsistency
            if broken is not None:
                self._faults.add(self._name, "", "damaged_index", broken)
            self._index.close()
        except UNREADABLE as error:
            self._damaged(error)

    def _compare(
        self, table: _TableRows, position: int, wanted: Row | None, *, known: bool, but: Collection[str] = ()
    ) -> None:
        """known False: the record itself is not as sealed, so nothing is known of its row. but: columns left out."""
        for row in table.before(position):
            self._added(table, row)
        found = table.take(position)
        if not known or found == wanted:
            return
        if found is None:
            self._faults.add(self._name, _item(table, wanted), "missing_row")
        elif wanted is None:
            self._added(table, found)
        else:
            fields = [
                column
                for column, now, then in zip(table.columns, found, wanted, strict=False)
                if column not in but and (now != then or type(now) is not type(then))
            ]
            if fields:
                self._faults.add(self._name, _item(table, wanted), "changed_row", ", ".join(fields))

    def _added(self, table: _TableRows, row: Row) -> None:
        self._faults.add(self._name, _item(table, row), "added_row")

    def _damaged(self, error: Exception) -> None:
        if self._index is not None:
            self._index.close()
            self._index = None
        self._faults.add(self._name, "", "damaged_index", str(error))


def _item(table: _TableRows, row: Row | None) -> str:
    """A capture by its id, a record by its position."""
    if row is None:
        return table.name
    return f"{table.name} {row[1] if table.name == 'capture' else row[0]}"
