"""Reading an evidence folder: captures in order of commit, their bodies and wire bytes by random access."""

from __future__ import annotations

import datetime as dt
import hashlib
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from functools import cached_property
from heapq import merge
from pathlib import Path
from typing import BinaryIO

from evidence import layout
from evidence.errors import EvidenceDamaged, EvidenceMissing, EvidenceUnreachable
from evidence.records import Capture, CaptureKind
from evidence.signing.evidence_manifests import manifest_in_force
from evidence.store import plan as plans
from evidence.store import warc
from evidence.store.index import Location, RunIndex
from evidence.store.index_file import unmade
from evidence.store.lease import closed
from web import entity

_OPEN_FILES = 32
_KEPT_BODIES = 8
_KEPT_BODY_BYTES = 2 << 20


class EvidenceStore:
    """Implements `evidence.records.Evidence`. Reads only; may be used by several threads.

    also: what other vantage points saw. Their captures are found by their ids, and are listed by their own stores alone.
    """

    def __init__(
        self,
        folder: Path,
        opened: dt.datetime,
        parts: list[tuple[Path, RunIndex]],
        also: Sequence[EvidenceStore] = (),
    ) -> None:
        self.also = tuple(also)
        self._folder = folder
        self._opened = opened
        self._own = parts
        self._parts: list[tuple[Path, RunIndex]] = [*parts, *(part for one in also for part in one._parts)]
        self._of_agency: dict[str, list[RunIndex]] | None = None
        self._last = 0
        self._lock = threading.Lock()
        self._files: OrderedDict[Path, BinaryIO] = OrderedDict()
        self._bodies: OrderedDict[str, bytes] = OrderedDict()

    @classmethod
    def open(
        cls, folder: Path, shard: int | None = None, also: Sequence[EvidenceStore] = ()
    ) -> EvidenceStore:
        """folder: the evidence folder of the round. shard: the only one to read. Raises EvidenceMissing, EvidenceDamaged."""
        if not (folder / layout.PLAN).exists():
            raise EvidenceMissing(f"no evidence in {folder}")
        opened = plans.opened_at(folder)
        parts = []
        for each in layout.shards(folder):
            if shard is not None and each.name != layout.shard_name(shard):
                continue
            for epoch in layout.epochs(each):
                path = each / layout.index_name(epoch)
                if path.exists() and (index := _index(path, each / layout.epoch_name(epoch))) is not None:
                    parts.append((each, index))
        return cls(folder, opened, parts, also)

    def close(self) -> None:
        for _, index in self._parts:
            index.close()
        for file in self._files.values():
            file.close()
        self._files.clear()
        for store in self.also:
            store.close()

    def __enter__(self) -> EvidenceStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def folder(self) -> Path:
        return self._folder

    @property
    def opened(self) -> dt.datetime:
        """When the crawl opened (UTC)."""
        return self._opened

    @cached_property  # a country's plan is a file of megabytes
    def vantage(self) -> str:
        """Where the crawl looked from."""
        return plans.vantage(self._folder)

    @property
    def manifest_sha256(self) -> str | None:
        """SHA-256 of the seal's manifest; None when no seal stands over all that was recorded."""
        manifest = manifest_in_force(self._folder)
        return None if manifest is None else hashlib.sha256(manifest).hexdigest()

    def captures(self, agency: str | None = None, kind: CaptureKind | None = None) -> Iterator[Capture]:
        """In order of commit. `agency=""` gives what belongs to no agency."""
        for index in self._indexes(agency):
            yield from index.captures(agency, kind)

    def ids(self) -> Iterator[str]:
        """Of all captures, in their own order: two stores can be compared without holding either."""
        return merge(*(index.ids() for _, index in self._own))

    def exchanges(self, agency: str | None = None) -> tuple[int, int]:
        """How many exchanges there are, of one agency or of all, and how many of them failed."""
        counts = [index.exchanges(agency) for index in self._indexes(agency)]
        return sum(count for count, _ in counts), sum(failed for _, failed in counts)

    def _indexes(self, agency: str | None) -> list[RunIndex]:
        """Those that have captures of an agency: of a country's many one or two."""
        if agency is None or len(self._own) < 2:
            return [index for _, index in self._own]
        known = self._of_agency
        if known is None:
            known = {}
            for _, index in self._own:
                for name in index.agencies():
                    known.setdefault(name, []).append(index)
            self._of_agency = known
        return known.get(agency, [])

    def _nearest_first(self) -> Iterator[int]:
        """Numbers of parts, first the one that had what was asked for last: who reads an agency stays in one."""
        last = self._last
        if self._parts:
            yield last
        yield from (number for number in range(len(self._parts)) if number != last)

    def get(self, capture_id: str) -> Capture:
        """Raises KeyError."""
        for number in self._nearest_first():
            capture = self._parts[number][1].get(capture_id)
            if capture is not None:
                self._last = number
                return capture
        raise KeyError(capture_id)

    def has(self, capture_id: str) -> bool:
        return self._find(capture_id) is not None

    def folder_of(self, capture_id: str) -> Path:
        """The evidence folder that holds the capture: this one, or another vantage point's. Raises KeyError."""
        return self._place(capture_id)[0].parent.parent

    def location(self, capture_id: str) -> Location:
        """Where the capture's record lies. Raises KeyError."""
        return self._location(self._place(capture_id))

    def member(self, capture_id: str) -> bytes:
        """The capture's record as it lies in the archive, packed. Raises KeyError."""
        path, offset, length, _ = self._place(capture_id)
        with self._lock:
            file = self._file(path)
            file.seek(offset)
            return file.read(length)

    def locations(self, capture_id: str) -> list[Location]:
        """Where all records of the capture lie: what was sent, if anything was, and what came. Raises KeyError."""
        found = [place for request in (True, False) if (place := self._find(capture_id, request)) is not None]
        if not found:
            raise KeyError(capture_id)
        return list(map(self._location, found))

    def _location(self, place: tuple[Path, int, int, str]) -> Location:
        path, offset, length, _ = place
        # a segment lies in a shard, which lies in the folder; relative_to() costs ten times as much
        return Location(f"{path.parent.name}/{path.name}", offset, length)

    def body(self, capture_id: str) -> bytes:
        """The entity: http de-chunked and content-decoded (bounded), page DOM, image, or JSON."""
        with self._lock:
            kept = self._bodies.get(capture_id)
            if kept is not None:
                self._bodies.move_to_end(capture_id)
                return kept
        record, kind = self._record(capture_id)
        if kind == "response":
            body = entity.entity(record.block)
        else:
            body = b"" if kind == "metadata" else record.block
        if len(body) <= _KEPT_BODY_BYTES:
            with self._lock:
                self._bodies[capture_id] = body
                if len(self._bodies) > _KEPT_BODIES:
                    self._bodies.popitem(last=False)
        return body

    def wire(self, capture_id: str) -> bytes:
        """The bytes of the record's block as they came; b"" when none came."""
        record, kind = self._record(capture_id)
        return b"" if kind == "metadata" else record.block

    def request(self, capture_id: str) -> bytes:
        """The bytes that were sent; b"" when nothing was, or the capture is no exchange."""
        if self._find(capture_id, request=True) is None:
            self.get(capture_id)
            return b""
        return self._record(capture_id, request=True)[0].block

    def _find(self, capture_id: str, request: bool = False) -> tuple[Path, int, int, str] | None:
        for number in self._nearest_first():
            shard, index = self._parts[number]
            place = index.place(capture_id, request)
            if place is not None:
                self._last = number
                kind, segment, offset, length = place
                return shard / segment, offset, length, kind
        return None

    def _place(self, capture_id: str, request: bool = False) -> tuple[Path, int, int, str]:
        place = self._find(capture_id, request)
        if place is None:
            raise KeyError(capture_id)
        return place

    def _record(self, capture_id: str, request: bool = False) -> tuple[warc.WarcRecord, str]:
        path, offset, length, kind = self._place(capture_id, request)
        with self._lock:
            record = warc.read_at(self._file(path), offset, length)
        if record is None:
            raise EvidenceDamaged(f"{path} ends before {offset}")
        return record, kind

    def _file(self, path: Path) -> BinaryIO:
        file = self._files.pop(path, None)
        if file is None:
            file = path.open("rb")
        self._files[path] = file
        if len(self._files) > _OPEN_FILES:
            self._files.popitem(last=False)[1].close()
        return file


def _index(path: Path, lease: Path) -> RunIndex | None:
    """None while a writer is only just making its tables, or was cut off while it did.

    What did not close is read together with its journal, which takes the right to write beside it: without,
    EvidenceUnreachable. Raises EvidenceDamaged.
    """
    try:
        index = RunIndex.read(path)
        return index if index.has_tables else None
    except sqlite3.Error as error:
        if unmade(path) and not closed(lease):
            return None
        if isinstance(error, sqlite3.OperationalError) and not closed(lease):
            raise EvidenceUnreachable(f"{path}: {error}") from None
        raise EvidenceDamaged(f"{path}: {error}") from None
