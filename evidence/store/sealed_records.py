"""The sealed list of records, records.txt: what each line says, and which lines are about which segment.

Nothing of it is kept in memory but a few numbers a segment.
"""

from __future__ import annotations

import re
from binascii import unhexlify
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from evidence import layout
from evidence.fault import Faults
from evidence.regular_files import is_regular

_LINE = re.compile(
    rb"([0-9a-f]{64}) (shard-\d{4,})/(seg-[1-9]\d{0,8}-\d{5,9}\.warc\.gz) (\d{1,18}) (\d{1,18})\n"
)
_LONGEST = 512
_NOT_OURS = "not as a seal writes it"


@dataclass(frozen=True, slots=True)
class SealedRecord:
    """A line of records.txt. position: within its shard."""

    position: int
    shard: str
    segment: str
    offset: int
    length: int
    leaf: bytes

    @property
    def line(self) -> bytes:
        return f"{self.leaf.hex()} {self.shard}/{self.segment} {self.offset} {self.length}\n".encode("ascii")


@dataclass(frozen=True, slots=True)
class SegmentRecords:
    """The records of one segment. position: of the first within the shard.

    at: where in records.txt their lines begin, lines: how many they are, broken ones included. at None: that list
    cannot be relied on, the segment itself says which records it has.
    """

    shard: str
    segment: str
    position: int
    at: int | None = None
    lines: int = 0

    @property
    def name(self) -> str:
        """Of the segment, relative to the evidence folder."""
        return f"{self.shard}/{self.segment}"

    @property
    def run(self) -> tuple[str, int]:
        """Shard, and number of the run of the crawl."""
        return self.shard, layout.segment_epoch(self.segment)


def sealed_records(path: Path, faults: Faults) -> Iterator[SealedRecord]:
    """Lines of records.txt that read well; the others are faults."""
    positions: dict[str, int] = {}
    with path.open("rb") as file:
        for number, line in enumerate(_lines(file), 1):
            entry = _parse(line, positions)
            if entry is None:
                faults.add(layout.RECORDS, f"line {number}", "changed_file", _NOT_OURS)
            else:
                yield entry


def listed_segments(path: Path, faults: Faults, told: Callable[[SealedRecord], None]) -> list[SegmentRecords]:
    """The parts in order. told: hears of every line that reads well; the others are faults.

    A seal lists each segment once, so lines of one that comes again are faults too.
    """
    parts: dict[tuple[str, str], SegmentRecords] = {}
    positions: dict[str, int] = {}
    at, number = 0, 0
    begun: SealedRecord | None = None  # first line of the part at hand
    begun_at, lines = 0, 0
    repeated = False

    def end() -> None:
        if begun is not None and not repeated:
            part = SegmentRecords(begun.shard, begun.segment, begun.position, begun_at, lines)
            parts[part.shard, part.segment] = part

    with path.open("rb") as file:
        for number, line in enumerate(_lines(file), 1):
            entry = _parse(line, positions)
            if entry is None:
                faults.add(layout.RECORDS, f"line {number}", "changed_file", _NOT_OURS)
            else:
                if begun is None or (entry.shard, entry.segment) != (begun.shard, begun.segment):
                    end()
                    begun, begun_at, lines = entry, at, 0
                    repeated = (entry.shard, entry.segment) in parts
                    if repeated:
                        faults.add(layout.RECORDS, f"line {number}", "changed_file", _NOT_OURS)
                told(entry)
            at += len(line)
            lines += 1
    end()
    return list(parts.values())


def listed_records(path: Path, part: SegmentRecords) -> Iterator[SealedRecord]:
    """What records.txt lists of a part of it."""
    positions = {part.shard: part.position}
    with path.open("rb") as file:
        file.seek(part.at or 0)
        for _, line in zip(range(part.lines), _lines(file), strict=False):
            entry = _parse(line, positions)
            if entry is not None:
                yield entry


def compared_with_list(entries: Iterable[SealedRecord], path: Path, faults: Faults) -> Iterator[SealedRecord]:
    """Hands on what records.txt should hold; the first of its lines that is another is a fault."""
    if not is_regular(path):
        yield from entries
        return
    with path.open("rb") as file:
        number, same = 0, True
        for number, entry in enumerate(entries, 1):
            if same and file.readline(_LONGEST) != entry.line:
                same = False
                faults.add(layout.RECORDS, f"line {number}", "changed_file")
            yield entry
        if same and file.readline(_LONGEST):
            faults.add(layout.RECORDS, f"line {number + 1}", "changed_file")


def _lines(file: BinaryIO) -> Iterator[bytes]:
    return iter(lambda: file.readline(_LONGEST), b"")


def _parse(line: bytes, positions: dict[str, int]) -> SealedRecord | None:
    match = _LINE.fullmatch(line)
    if match is None:
        return None
    leaf, name, segment, offset, length = match.groups()
    shard = name.decode("ascii")
    position = positions.get(shard, 0)
    positions[shard] = position + 1
    return SealedRecord(position, shard, segment.decode("ascii"), int(offset), int(length), unhexlify(leaf))
