"""Holds the segments of a shard against the sealed list of records.

Streams: one record in memory while all is well. Where it is not, the segment is read again from its own
bytes, so that what was rewritten, dropped, added or moved can be told apart.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar

from evidence import layout, warc
from evidence.derivation import CaptureRow, derived
from evidence.errors import EvidenceDamaged
from evidence.fault import Faults
from evidence.index import RecordRow
from evidence.recording import HEADER, parse_capture

_LINE = re.compile(
    rb"([0-9a-f]{64}) (shard-\d{4,})/(seg-[1-9]\d{0,8}-\d{5,9}\.warc\.gz) (\d{1,18}) (\d{1,18})\n"
)
_MEMBER = b"\x1f\x8b\x08\x00"


@dataclass(frozen=True, slots=True)
class Expected:
    """What the index should hold of a record; row None when the record is not as it was sealed."""

    position: int
    row: RecordRow | None
    capture: CaptureRow | None


@dataclass(frozen=True, slots=True)
class Sealed:
    """A line of records.txt. position: within its shard."""

    position: int
    shard: str
    segment: str
    offset: int
    length: int
    leaf: bytes


def sealed_records(path: Path, faults: Faults) -> Iterator[Sealed]:
    """Lines of records.txt that read well; the others are faults."""
    positions: dict[str, int] = {}
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(512), b""), 1):
            match = _LINE.fullmatch(line)
            if match is None:
                faults.add(layout.RECORDS, f"line {number}", "changed_file", "not as a seal writes it")
                continue
            leaf, shard, segment, offset, length = (group.decode("ascii") for group in match.groups())
            position = positions.get(shard, 0)
            positions[shard] = position + 1
            yield Sealed(position, shard, segment, int(offset), int(length), bytes.fromhex(leaf))


def present_records(evidence: Path, faults: Faults) -> Iterator[Sealed]:
    """What records.txt should hold, read from the segments; for when that file cannot be relied on."""
    for shard in layout.shards(evidence):
        position = 0
        for segment in layout.segments(shard):
            with segment.open("rb") as file:
                for found in _scan(file):
                    if found.leaf is None:
                        name = f"{shard.name}/{segment.name}"
                        faults.add(name, f"{found.length} bytes", "changed_record", str(found.offset))
                        continue
                    yield Sealed(position, shard.name, segment.name, found.offset, found.length, found.leaf)
                    position += 1


@dataclass(frozen=True, slots=True)
class _Found:
    """A record as it is in the file now. leaf: None where bytes are no record."""

    offset: int
    length: int
    leaf: bytes | None
    name: str


_Item = TypeVar("_Item", Sealed, _Found)


def check_segment(path: Path, name: str, sealed: list[Sealed], faults: Faults) -> Iterator[Expected]:
    """What the index should hold of each sealed record. name: of the segment, for faults."""
    good = True
    offset = 0
    request: tuple[str, int] | None = None
    with path.open("rb") as file:
        for entry in sealed:
            record = _read(file, entry.offset, entry.length)
            if record is None or record.leaf != entry.leaf or record.length != entry.length:
                good, request = False, None
                yield Expected(entry.position, None, None)
            else:
                row, capture, request = derived(record, entry.segment, entry.position, request)
                yield Expected(entry.position, row, capture)
            good = good and entry.offset == offset
            offset = entry.offset + entry.length
        if not good or offset != path.stat().st_size:
            _explain(file, name, sealed, faults)


def _read(file: BinaryIO, offset: int, length: int | None = None) -> warc.Record | None:
    try:
        return warc.read_at(file, offset, length)
    except EvidenceDamaged:
        return None


def _explain(file: BinaryIO, name: str, sealed: list[Sealed], faults: Faults) -> None:
    """Says what became of the segment: compares the records that are there with those that were sealed.

    Between two records that are as they were, strangers stand for what is missing, in order.
    """
    found = list(_scan(file))
    wanted = {entry.leaf: entry for entry in sealed}
    strangers = _gaps(found, wanted.keys())
    for before, missing in _gaps(sealed, {record.leaf for record in found}).items():
        instead = strangers.pop(before, [])
        for entry, now in itertools.zip_longest(missing, instead):
            if now is None:
                faults.add(name, f"record {entry.position}", "missing_record", str(entry.offset))
            elif entry is None:
                strangers.setdefault(before, []).append(now)
            else:
                item = f"record {entry.position}" + (f" ({now.name})" if now.name else "")
                torn = (
                    now.leaf is None and now.offset + now.length == _size(file) < entry.offset + entry.length
                )
                faults.add(name, item, "torn_file" if torn else "changed_record", str(now.offset))
    for record in itertools.chain.from_iterable(strangers.values()):
        what = record.name or ("a record" if record.leaf else f"{record.length} bytes")
        faults.add(name, what, "added_record", str(record.offset))
    _explain_order(name, found, wanted, faults)


def _gaps(items: Iterable[_Item], known: Collection[bytes | None]) -> dict[bytes | None, list[_Item]]:
    """Items whose leaf is not known, in order, by the known leaf before them."""
    gaps: dict[bytes | None, list[_Item]] = {}
    before: bytes | None = None
    for item in items:
        if item.leaf is not None and item.leaf in known:
            before = item.leaf
        else:
            gaps.setdefault(before, []).append(item)
    return gaps


def _explain_order(name: str, found: list[_Found], wanted: dict[bytes, Sealed], faults: Faults) -> None:
    last = -1
    seen: set[bytes] = set()
    for record in found:
        entry = wanted.get(record.leaf) if record.leaf is not None else None
        if entry is None:
            continue
        if entry.leaf in seen:
            faults.add(name, f"record {entry.position}", "added_record", str(record.offset))
        elif entry.position < last:
            faults.add(name, f"record {entry.position}", "reordered_record", str(record.offset))
        seen.add(entry.leaf)
        last = max(last, entry.position)


def _scan(file: BinaryIO) -> Iterator[_Found]:
    """Records one after the other; past bytes that are none, on to the next that is one."""
    offset, size = 0, _size(file)
    while offset < size:
        record = _read(file, offset)
        if record is not None:
            yield _Found(offset, record.length, record.leaf, _name(record))
            offset += record.length
            continue
        following = next((at for at in _members(file, offset + 1, size) if _read(file, at) is not None), size)
        yield _Found(offset, following - offset, None, "")
        offset = following


def _members(file: BinaryIO, offset: int, size: int) -> Iterator[int]:
    """Offsets where a record may begin."""
    step = 1 << 20
    while offset < size:
        file.seek(offset)
        chunk = file.read(step + len(_MEMBER) - 1)
        at = chunk.find(_MEMBER)
        while 0 <= at < step:
            yield offset + at
            at = chunk.find(_MEMBER, at + 1)
        offset += step


def _name(record: warc.Record) -> str:
    text = record.header(HEADER)
    if text is None:
        return record.header("WARC-Record-ID") or ""
    try:
        return parse_capture(text).id
    except (ValueError, KeyError, TypeError):
        return record.header("WARC-Record-ID") or ""


def _size(file: BinaryIO) -> int:
    return file.seek(0, 2)
