"""Bytes changed, put in, taken out and cut off at random, in every kind of file: each is caught and named."""

from __future__ import annotations

import json
import random
import re
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from evidence import layout
from evidence.canonical import canonical_line
from evidence.fault import Fault
from evidence.store.index import UNREADABLE
from evidence.verify.folder import verify
from tests.depth import tries
from tests.evidence.warc_records import read_all

CHANGED, CUT = tries(90, 1_500), tries(45, 300)
# Files that are not to be blamed for the change of another, by who was changed; beside them, what rests on it may be.
ALONE = re.compile(
    r".*/(?:index-\d+\.sqlite|head\.json|epoch-\d+|recovery\.jsonl)|records\.txt|findings\.(?:jsonl|leaves\.txt)"
)
BY_LINE = ("records.txt", "SHA256SUMS", "findings.leaves.txt")


class Case:
    """One file of the round, and what verification has to say when a byte of it is another."""

    def __init__(self, round_folder: Path, path: Path) -> None:
        self.path = path
        self.evidence = round_folder / "evidence"
        self.content = path.read_bytes()
        inside = path.is_relative_to(self.evidence)
        self.name = path.relative_to(self.evidence).as_posix() if inside else path.name
        self.members = _members(self.evidence, path) if path.name.endswith(".warc.gz") else []

    def line(self, at: int) -> int:
        return self.content.count(b"\n", 0, at) + 1

    def named(self, faults: list[Fault]) -> list[Fault]:
        """The faults that name the file; a signature is named with what it signs."""
        return [fault for fault in faults if self.name in (fault.file, fault.item)]

    def told(self, at: int, changed: bytes) -> Callable[[Fault], bool] | None:
        """Which of its faults names the place, where that can be told."""
        if self.members:
            return self._record(at, changed)
        if self.path.suffix == ".sqlite":
            return _row if _rows(self.path, changed) != _rows(self.path, self.content) else None
        if self.path.name in BY_LINE:
            return lambda fault: fault.item == f"line {self.line(at)}"
        if self.path.name == "checkpoints.jsonl":
            return lambda fault: fault.item == f"checkpoint {self.line(at)}"
        if self.path.name == "findings.jsonl":
            finding = json.loads(self.content.splitlines()[self.line(at) - 1])["id"]
            return lambda fault: fault.item in (finding, f"line {self.line(at)}")
        if self.path.name == "head.json":
            return None if _same(self.content, changed) else lambda fault: fault.item in ("records", "root")
        if self.path.name in ("manifest.json", "findings.manifest.json"):
            return _field(self.content, changed)
        return None

    def _record(self, at: int, changed: bytes) -> Callable[[Fault], bool] | None:
        position, start, end = next(m for m in self.members if m[1] <= at < m[2])
        try:
            if zlib.decompress(changed[start:end], 31) == zlib.decompress(self.content[start:end], 31):
                return None  # the same record, packed otherwise
        except zlib.error:
            pass
        return lambda fault: fault.item.split(" (")[0] == f"record {position}"


def _members(evidence: Path, segment: Path) -> list[tuple[int, int, int]]:
    """(position in the shard, begin, end) of each record."""
    found: list[tuple[int, int, int]] = []
    position = 0
    for path in layout.segments(segment.parent):
        with path.open("rb") as file:
            for record in read_all(file):
                if path == segment:
                    found.append((position, record.offset, record.offset + record.length))
                position += 1
    return found


def _rows(beside: Path, content: bytes) -> Any:
    """Everything that an index says; None when it says nothing."""
    copy = beside.parent.parent.parent / "copy.sqlite"
    copy.write_bytes(content)
    try:
        with closing(sqlite3.connect(f"file:{copy}?mode=ro&immutable=1", uri=True)) as connection:
            return [
                connection.execute(f"SELECT * FROM {table}").fetchall() for table in ("record", "capture")
            ]
    except UNREADABLE:
        return None


def _same(content: bytes, changed: bytes) -> bool:
    """Whether it is the same JSON, written otherwise."""
    try:
        return bool(json.loads(content) == json.loads(changed))
    except ValueError:
        return False


def _row(fault: Fault) -> bool:
    return fault.problem in ("changed_row", "missing_row", "added_row", "damaged_index") and (
        fault.item.startswith(("record", "capture")) or fault.problem == "damaged_index"
    )


def _field(content: bytes, changed: bytes) -> Callable[[Fault], bool]:
    """The field that is another, where the folder says what it should be; else the signature that does not fit."""
    try:
        fields = {name for name, _ in _flat(json.loads(content)) ^ _flat(json.loads(changed))}
    except ValueError:
        return lambda fault: fault.problem == "invalid_manifest"
    return lambda fault: (
        any(fault.item.startswith(name) for name in fields)
        or fault.problem in ("invalid_signature", "invalid_manifest")
    )


def _flat(value: Any, name: str = "") -> set[tuple[str, str]]:
    if not isinstance(value, dict):
        return {(name, repr(value))}
    return {pair for key, inner in value.items() for pair in _flat(inner, f"{name}.{key}" if name else key)}


@pytest.fixture
def every_kind(round_: Any) -> Path:
    """A round with every kind of file: two plans, a torn tail, a seal before the present one, findings."""
    with round_.open(segment_bytes=4000, checkpoint_every=8) as writer:
        captures = round_.fill(writer)
    round_.seal()
    writer = round_.open(plan={"seeds": ["http://b.test/"]}, checkpoint_every=8)
    captures += round_.fill(writer, 2)
    writer.commit()  # and then it dies, in the middle of the next record
    shard = round_.evidence / "shard-0001"
    lease = shard / "epoch-2"
    lease.write_bytes(canonical_line({**json.loads(lease.read_bytes()), "pid": 2**22 + 1}))
    with layout.segments(shard, 2)[-1].open("ab") as file:
        file.write(b"\x1f\x8b\x08\x00 and no more")
    with round_.open(plan={"seeds": ["http://b.test/"]}, checkpoint_every=8) as writer:
        captures += round_.fill(writer, 1)
    round_.seal()
    round_.judge(captures)
    return Path(round_.folder)


@pytest.fixture
def cases(every_kind: Path) -> list[Case]:
    files = sorted(path for path in every_kind.rglob("*") if path.is_file())
    found = [Case(every_kind, path) for path in files]
    return [*found, *(case for case in found if case.members or case.name == "findings.jsonl")]


def _kinds(cases: list[Case]) -> set[str]:
    return {"".join(c for c in case.path.name if not c.isdigit()) for case in cases}


def _trial(case: Case, every_kind: Path, changed: bytes) -> list[Fault]:
    case.path.write_bytes(changed)
    try:
        return verify(every_kind / "evidence", findings=every_kind / "results" / "findings.jsonl")
    finally:
        case.path.write_bytes(case.content)


def test_every_changed_byte_is_caught_and_named(cases: list[Case], every_kind: Path) -> None:
    assert len(_kinds(cases)) >= 18
    draw = random.Random(1404)
    missed: list[str] = []
    for _, case in zip(range(CHANGED), cycle(cases), strict=False):
        at = draw.randrange(len(case.content))
        changed = bytearray(case.content)
        changed[at] ^= draw.randrange(1, 256)
        faults = _trial(case, every_kind, bytes(changed))
        named, told = case.named(faults), case.told(at, bytes(changed))
        blamed = {fault.file for fault in faults} - {case.name}
        wrongly = (
            blamed - {"findings.jsonl"} if case.members else blamed if ALONE.fullmatch(case.name) else None
        )
        if not named or wrongly or (told is not None and not any(map(told, named))):
            missed.append(f"{case.name} at {at}: {faults[:5]}")
    assert missed == []
    assert _trial(cases[0], every_kind, cases[0].content) == []


def _edits(draw: random.Random, content: bytes) -> Iterator[bytes]:
    """Without end: some bytes more, some fewer, the end cut off."""
    while True:
        at = draw.randrange(len(content) + 1)
        yield content[:at] + draw.randbytes(draw.randint(1, 20)) + content[at:]
        at = draw.randrange(len(content))
        yield content[:at] + content[at + draw.randint(1, 20) :]
        yield content[: draw.randrange(len(content))]


def test_bytes_put_in_taken_out_and_cut_off_are_caught_and_named(cases: list[Case], every_kind: Path) -> None:
    draw = random.Random(1405)
    edits = [_edits(draw, case.content) for case in cases]
    missed: list[str] = []
    for number in range(CUT):
        case = cases[number % len(cases)]
        changed = next(edit for edit in edits[number % len(cases)] if edit != case.content)
        faults = _trial(case, every_kind, changed)
        named = case.named(faults)
        if case.members:  # the record, or the bytes, at the place
            named = [fault for fault in named if fault.item.startswith("record") or "bytes" in fault.item]
        if not named:
            missed.append(f"{case.name}, {len(case.content)} to {len(changed)} bytes: {faults[:5]}")
    assert missed == []
