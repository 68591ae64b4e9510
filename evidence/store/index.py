"""The index of one run of the crawl: SQLite, derived from its segments, rebuilt when lost.

Tables: `record` (every WARC record, in order of commit) and `capture` (what the checks ask for).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence import layout
from evidence.records import Capture, CaptureKind
from evidence.store import index_file, recording
from evidence.store.index_file import journals

RECORD_COLUMNS = ("position", "type", "segment", "offset", "length", "leaf")
CAPTURE_COLUMNS = (
    "sequence",
    "id",
    "kind",
    "agency",
    "url",
    "time",
    "vantage",
    "purpose",
    "attempt",
    "sha256",
    "facts",
    "record",
    "request",
)
# What reading a damaged index raises: SQLite's messages quote what they found, which may be no text.
UNREADABLE = (sqlite3.Error, UnicodeDecodeError)
_CAPTURE_LIST = ", ".join(CAPTURE_COLUMNS[:11])
_RECORD_PLACE = (
    "SELECT record.type, segment, offset, length FROM capture"
    " JOIN record ON record.position = capture.record WHERE id = ?"
)
_REQUEST_PLACE = _RECORD_PLACE.replace("capture.record", "capture.request")
_TABLES = """
CREATE TABLE "record" (
   "position" INTEGER PRIMARY KEY,
   "type" TEXT NOT NULL,
   "segment" TEXT NOT NULL,
   "offset" INTEGER NOT NULL,
   "length" INTEGER NOT NULL,
   "leaf" BLOB NOT NULL
);
CREATE TABLE "capture" (
   "sequence" INTEGER PRIMARY KEY,
   "id" TEXT NOT NULL,
   "kind" TEXT NOT NULL,
   "agency" TEXT NOT NULL,
   "url" TEXT NOT NULL,
   "time" TEXT NOT NULL,
   "vantage" TEXT NOT NULL,
   "purpose" TEXT NOT NULL,
   "attempt" INTEGER NOT NULL,
   "sha256" TEXT NOT NULL,
   "facts" TEXT NOT NULL,
   "record" INTEGER NOT NULL REFERENCES "record"("position"),
   "request" INTEGER REFERENCES "record"("position")
);
CREATE UNIQUE INDEX "idx_capture_id" ON "capture" ("id");
CREATE INDEX "idx_capture_agency_kind_sequence" ON "capture" ("agency", "kind", "sequence");
"""


@dataclass(frozen=True, slots=True)
class Location:
    """Where a record lies: file relative to the evidence folder, offset and length of its gzip member."""

    file: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class RecordRow:
    """position: order of commit within the shard, from 0. segment: file name. leaf: of the Merkle tree."""

    position: int
    type: str
    segment: str
    offset: int
    length: int
    leaf: bytes

    @property
    def values(self) -> tuple[int, str, str, int, int, bytes]:
        return (self.position, self.type, self.segment, self.offset, self.length, self.leaf)


def capture_values(
    capture: Capture, record: int, request: int | None, facts: str | None = None
) -> tuple[Any, ...]:
    """A row of `capture`. record, request: positions of its records; request None when nothing was sent.

    facts: ASCII JSON of the capture's facts, when a record has it already.
    """
    return (
        capture.sequence,
        capture.id,
        capture.kind,
        capture.agency,
        capture.url,
        recording.time_text(capture.time),
        capture.vantage,
        capture.purpose,
        capture.attempt,
        capture.sha256,
        recording.facts_text(capture.kind, capture.facts) if facts is None else facts,
        record,
        request,
    )


def _capture(row: tuple[Any, ...]) -> Capture:
    sequence, id_, kind, agency, url, time, vantage, purpose, attempt, sha256, facts = row
    return Capture(
        id=id_,
        sequence=sequence,
        kind=kind,
        agency=agency,
        url=url,
        time=recording.parse_time(time),
        vantage=vantage,
        purpose=purpose,
        attempt=attempt,
        sha256=sha256,
        facts=recording.parse_facts(kind, facts),
    )


class RunIndex:
    """One index file. Written by one process; readers see what was committed."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    def create(cls, path: Path, *, durable: bool = True) -> RunIndex:
        """Opens for writing; makes the tables when they are not there.

        durable: each commit outlasts a power cut; else only what is finished does.
        """
        # SQLite asks for the rights of any other file, and gives its journals those of the index
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, layout.PRIVATE))
        connection = sqlite3.connect(path, isolation_level=None)
        index_file.prepare(connection)
        connection.execute(f"PRAGMA journal_mode={'WAL' if durable else 'MEMORY'}")
        connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'OFF'}")
        index = cls(connection)
        if not index.has_tables:
            connection.executescript(f"BEGIN;{_TABLES}COMMIT;")
        return index

    @classmethod
    def read(cls, path: Path, *, finished: bool = False) -> RunIndex:
        """Opens for reading. A finished index needs no write access to its folder.

        finished: take the file alone, whatever lies beside it; else a journal is looked for.
        """
        alone = finished or not journals(path)[0].exists()
        uri = f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if alone else ''}"
        # Threads share the connection. A prepared statement that they shared would give one of them the other's row.
        connection = sqlite3.connect(
            uri, uri=True, check_same_thread=False, isolation_level=None, cached_statements=0
        )
        connection.execute("PRAGMA trusted_schema=OFF")
        return cls(connection)

    def add(self, records: Iterable[RecordRow], captures: Iterable[tuple[Any, ...]]) -> None:
        """One transaction."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            self._connection.executemany(
                "INSERT INTO record VALUES (?, ?, ?, ?, ?, ?)", [row.values for row in records]
            )
            self._connection.executemany(
                "INSERT INTO capture VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", captures
            )
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def finish(self, path: Path) -> None:
        """Leaves one file without a journal beside it, the same bytes for the same rows, and closes.

        path: the file of this index. A reader that has it open keeps the old one.
        """
        index_file.settle(self._connection, path)

    @property
    def has_tables(self) -> bool:
        """False while a writer is only just making them."""
        query = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN ('record', 'capture')"
        return bool(self._connection.execute(query).fetchone()[0] == 2)

    def close(self) -> None:
        self._connection.close()

    def captures(self, agency: str | None = None, kind: CaptureKind | None = None) -> Iterator[Capture]:
        where, values = [], []
        for column, value in (("agency", agency), ("kind", kind)):
            if value is not None:
                where.append(f"{column} = ?")
                values.append(value)
        query = f"SELECT {_CAPTURE_LIST} FROM capture"  # noqa: S608
        if where:
            query += " WHERE " + " AND ".join(where)
        for row in self._connection.execute(query + " ORDER BY sequence", values):
            yield _capture(row)

    def ids(self) -> Iterator[str]:
        """Of all captures, in their own order."""
        return (id_ for (id_,) in self._connection.execute("SELECT id FROM capture ORDER BY id"))

    def agencies(self) -> frozenset[str]:
        """Those of which there is a capture; "" for what belongs to none."""
        query = """
            WITH RECURSIVE next(agency) AS (
                SELECT min(agency) FROM capture
                UNION ALL
                SELECT (SELECT min(agency) FROM capture WHERE agency > next.agency) FROM next WHERE agency NOT NULL
            ) SELECT agency FROM next WHERE agency NOT NULL"""  # one step of the index each, where DISTINCT reads it all
        return frozenset(agency for (agency,) in self._connection.execute(query))

    def exchanges(self, agency: str | None = None) -> tuple[int, int]:
        """How many there are, and how many of them failed; counted by SQLite, for a country has hundreds of millions."""
        query = "SELECT count(*), count(json_extract(facts, '$.failure')) FROM capture WHERE kind = 'http'"
        if agency is not None:
            query += " AND agency = ?"
        exchanges, failed = self._connection.execute(query, () if agency is None else (agency,)).fetchone()
        return exchanges, failed

    def get(self, capture_id: str) -> Capture | None:
        query = f"SELECT {_CAPTURE_LIST} FROM capture WHERE id = ?"  # noqa: S608
        row = self._connection.execute(query, (capture_id,)).fetchone()
        return None if row is None else _capture(row)

    def place(self, capture_id: str, request: bool = False) -> tuple[str, str, int, int] | None:
        """(type, segment, offset, length) of the capture's record, or of its request's."""
        query = _REQUEST_PLACE if request else _RECORD_PLACE
        row: tuple[str, str, int, int] | None = self._connection.execute(query, (capture_id,)).fetchone()
        return row

    def records(self) -> Iterator[RecordRow]:
        for row in self.record_rows():
            yield RecordRow(*row)

    def record_rows(self, first: int | None = None) -> Iterator[tuple[Any, ...]]:
        """Rows of `record` as they are, in order of position; from one on, or all."""
        query = f"SELECT {', '.join(RECORD_COLUMNS)} FROM record"  # noqa: S608
        query += "" if first is None else " WHERE position >= :first"
        for row in self._connection.execute(query + " ORDER BY position", {"first": first}):
            yield tuple(row)

    def capture_rows(self) -> Iterator[tuple[Any, ...]]:
        """Rows of `capture` as they are, in order of their records."""
        query = f"SELECT {', '.join(CAPTURE_COLUMNS)} FROM capture ORDER BY record, sequence"  # noqa: S608
        for row in self._connection.execute(query):
            yield tuple(row)

    def capture_rows_from(self, sequence: int) -> Iterator[tuple[Any, ...]]:
        """Rows of `capture` as they are, in order of sequence, from one on."""
        query = f"SELECT {', '.join(CAPTURE_COLUMNS)} FROM capture WHERE sequence >= ? ORDER BY sequence"  # noqa: S608
        for row in self._connection.execute(query, (sequence,)):
            yield tuple(row)

    def committed(self, segment: str) -> int:
        """Where the last committed record of the segment ends."""
        row = self._connection.execute(
            "SELECT max(offset + length) FROM record WHERE segment = ?", (segment,)
        ).fetchone()
        return row[0] or 0

    def counts(self) -> tuple[int, int]:
        """(records, captures), counted in the tables themselves."""
        query = "SELECT (SELECT count(*) FROM record NOT INDEXED), (SELECT count(*) FROM capture NOT INDEXED)"
        records, captures = self._connection.execute(query).fetchone()
        return records, captures

    @property
    def inconsistency(self) -> str | None:
        """Where the tables and what is looked up in their stead do not say the same; None when they do."""
        found: str = self._connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        return None if found == "ok" else found

    def last(self) -> tuple[int | None, int | None]:
        """(last position, last sequence); None where there is none."""
        position = self._connection.execute("SELECT max(position) FROM record").fetchone()[0]
        sequence = self._connection.execute("SELECT max(sequence) FROM capture").fetchone()[0]
        return position, sequence
