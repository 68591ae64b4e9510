"""The append-only writer: one epoch is one run of the crawl.

A batch is one write of whole gzip members, fdatasync, then the commit of the index. Nothing written by an
earlier epoch is appended to. A batch that fails stops the crawl.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import time as times
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence import layout
from evidence.errors import EvidenceError, LeaseLost, WriteFailed, writing
from evidence.kind import Facts
from evidence.kinds.http import HttpFacts
from evidence.records import Capture, CaptureKind, Purpose
from evidence.signing.keys import Signer
from evidence.signing.merkle import MerkleTree, leaf_hash
from evidence.store import checkpoints, recording, recovery
from evidence.store import plan as plans
from evidence.store.index import RecordRow, RunIndex, capture_values
from evidence.store.lease import HEARTBEAT, Lease
from evidence.store.segment import SegmentWriter
from web import entity

SEGMENT_BYTES = 64 << 20
CHECKPOINT_EVERY = 5_000
_BATCH_BYTES = 16 << 20
_REMEMBERED = 256  # batches


@dataclass(frozen=True, slots=True)
class WriteLimits:
    """When what was added is committed, and how much goes into one file and under one signature.

    batch: captures of one commit. interval: seconds that the oldest of them waits for it. segment_bytes: a segment of
    that size is followed by another. checkpoint_every: records between two signed checkpoints.
    """

    batch: int = 256
    interval: float = 0.5
    segment_bytes: int = SEGMENT_BYTES
    checkpoint_every: int = CHECKPOINT_EVERY


@dataclass(frozen=True, slots=True)
class _Run:
    """What holds for all of an epoch. plan: SHA-256 of the plan in force."""

    opened: dt.datetime
    plan: str
    vantage: str
    now: Callable[[], dt.datetime]
    new_id: Callable[[], str]
    signer: Signer | None
    limits: WriteLimits
    attempts: int
    clock: Callable[[], float]


class EvidenceWriter:
    """Writes captures to the evidence folder of a round. Use `open`; close it, or let a successor recover."""

    def __init__(self, folder: Path, lease: Lease, run: _Run) -> None:
        self._folder = folder
        self._shard = lease.path.parent
        self._lease = lease
        self._run = run

        self._tree = MerkleTree()
        self._sequence = 0
        for index in self._earlier():
            for row in index.records():
                self._tree.add(row.leaf)
            lease.beat()
            self._sequence = index.last()[1] or self._sequence
            index.close()
        self._checked = self._tree.size

        self._index: RunIndex | None = None
        self._segment = SegmentWriter(self._shard, lease.epoch)
        self._records: list[RecordRow] = []
        self._captures: list[tuple[Any, ...]] = []
        self._oldest: dt.datetime | None = None
        self._beaten = run.now()
        self._batches: deque[tuple[float, float]] = deque(
            maxlen=_REMEMBERED
        )  # when each ended, seconds it took
        self._failed = False
        self._closed = False

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        vantage: str,
        now: Callable[[], dt.datetime],
        new_id: Callable[[], str],
        plan: Mapping[str, Any],
        signer: Signer | None = None,
        limits: WriteLimits = WriteLimits(),
        attempts: int = 0,
        shard: int = 1,
        clock: Callable[[], float] = times.monotonic,
    ) -> EvidenceWriter:
        """folder: the evidence folder of the round, made when it is not there. shard: its number, from 1.

        attempts: added to the number of every visit of an agency (`evidence.retests`). clock: monotonic seconds.

        Recovers what an earlier epoch left. Writes the plan and the signed opening checkpoint when this
        is the first epoch; a later one with another plan writes its own beside it.
        Raises EvidenceBusy while another process writes, EvidenceDamaged when committed records are gone,
        WriteFailed when the disk does not take it.
        """
        own = folder / layout.shard_name(shard)
        with writing(own):
            layout.make_folder(own)
            lease = Lease.take(own)
        try:
            with writing(own):
                recovery.recover(own, before=lease.epoch, alive=lease.beat)
                if signer is not None:
                    layout.mend_lines(folder / layout.CHECKPOINTS)
                opened, in_force = plans.fix(folder, plan, vantage=vantage, now=now())
            run = _Run(
                opened=opened,
                plan=in_force,
                vantage=vantage,
                now=now,
                new_id=new_id,
                signer=signer,
                limits=limits,
                attempts=attempts,
                clock=clock,
            )
            writer = cls(folder, lease, run)
            if signer is not None and not checkpoints.lines(folder):
                with writing(folder):
                    writer._checkpoint()
        except BaseException:
            lease.close(keep=False)
            raise
        return writer

    @property
    def run(self) -> Path:
        """The lease of this run."""
        return self._lease.path

    def done(self) -> Iterator[Capture]:
        """Captures committed by earlier epochs, in order of commit."""
        for index in self._earlier():
            try:
                yield from index.captures()
            finally:
                index.close()

    def add(
        self,
        *,
        kind: CaptureKind,
        agency: str,
        url: str,
        purpose: Purpose,
        attempt: int,
        time: dt.datetime,
        facts: Facts,
        request: bytes = b"",
        response: bytes = b"",
        body: bytes = b"",
    ) -> Capture:
        """Keeps one capture. Durable once committed, which a full batch does by itself.

        http: request and response are the bytes of the wire, b"" when none were sent or came.
        Other kinds: body. Raises WriteFailed when a batch cannot be made durable.
        """
        self._refuse_dead()
        capture = Capture(
            id=self._run.new_id(),
            sequence=self._sequence + 1,
            kind=kind,
            agency=agency,
            url=url,
            time=time,
            vantage=self._run.vantage,
            purpose=purpose,
            attempt=attempt + (self._run.attempts if agency else 0),
            sha256=entity.digest(response) if kind == "http" else hashlib.sha256(body).hexdigest(),
            facts=facts,
        )
        values = capture_values(capture, 0, None)[:-2]  # its records have no position yet
        text = recording.recorded_text(values)
        if isinstance(facts, HttpFacts):
            written = recording.exchange(capture, request, response, text)
        else:
            written = recording.resource(capture, body, text)
        if self._segment.size == 0 or self._segment.size >= self._run.limits.segment_bytes:
            self._turn_segment()
        if self._oldest is None:
            self._oldest = self._run.now()
        positions = [self._buffer(record) for record in written]
        self._captures.append((*values, positions[-1], positions[0] if len(positions) > 1 else None))
        self._sequence += 1
        if len(self._captures) >= self._run.limits.batch or self._segment.buffered >= _BATCH_BYTES:
            self.commit()
        return capture

    def commit(self) -> None:
        """Makes what was added durable: segment first, then index. Raises WriteFailed, LeaseLost."""
        self._refuse_dead()
        if not self._records:
            return
        began = self._run.clock()
        try:
            with writing(self._shard / self._segment.name):
                self._lease.check()
                self._write_batch()
                if self._tree.size - self._checked >= self._run.limits.checkpoint_every:
                    self._checkpoint()
        except EvidenceError:
            self._failed = True
            raise
        ended = self._run.clock()
        self._batches.append((ended, ended - began))

    def busy(self, seconds: float) -> float:
        """How much of so many seconds until now went into making batches durable, 0 to 1."""
        since = self._run.clock() - seconds
        took = sum(min(length, ended - since) for ended, length in self._batches if ended > since)
        return min(1.0, took / seconds)

    @property
    def overslept(self) -> bool:
        """Whether this process gave no sign of life for so long that another may have taken over: ask nobody for
        anything before the next `tick`.
        """
        return self._lease.overslept

    def tick(self) -> None:
        """Commits when the oldest buffered capture is old enough; keeps the lease alive. Call it often.

        Raises WriteFailed, LeaseLost.
        """
        now = self._run.now()
        late = abs(now - self._beaten).total_seconds() >= HEARTBEAT  # clocks are set back at times
        if late or self._lease.overslept:
            with writing(self._lease.path):
                self._lease.beat()
            self._beaten = now
        if self._oldest is not None and abs(now - self._oldest).total_seconds() >= self._run.limits.interval:
            self.commit()

    def close(self) -> None:
        """Commits the rest and ends the epoch; raises WriteFailed. After a failure it leaves all to the recovery, and
        after a successor took over, to that one; raises LeaseLost then.
        """
        if self._closed:
            return
        lost: LeaseLost | None = None
        if not self._failed:
            try:
                self._lease.check()
                self.commit()
            except LeaseLost as error:
                self._failed, lost = True, error
        self._closed = True
        self._segment.close()
        if self._failed:
            if self._index is not None:
                self._index.close()
            if lost is not None:
                raise lost
            return
        path = self._shard / layout.index_name(self._lease.epoch)
        with writing(path):
            if self._index is not None:
                self._index.finish(path)
                plans.write_head(self._shard, self._tree)
            self._lease.close(keep=self._index is not None)

    def __enter__(self) -> EvidenceWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _earlier(self) -> Iterator[RunIndex]:
        for epoch in layout.epochs(self._shard):
            path = self._shard / layout.index_name(epoch)
            if epoch < self._lease.epoch and path.exists():
                yield RunIndex.read(path)

    def _refuse_dead(self) -> None:
        if self._failed:
            raise WriteFailed("an earlier batch could not be written")
        if self._closed:
            raise WriteFailed("the writer is closed")

    def _turn_segment(self) -> None:
        """Ends the segment; the next one begins with a record that says what made it."""
        self.commit()
        self._segment.turn()
        now = self._run.now()
        name = f"{self._run.plan}/{self._shard.name}/{self._segment.name}/{recording.time_text(now)}"
        self._buffer(recording.warcinfo(name=name, vantage=self._run.vantage, time=now))

    def _buffer(self, written: recording.SerializedRecord) -> int:
        """The record's position in the shard."""
        position = self._tree.size
        leaf = leaf_hash(written.record)
        self._tree.add(leaf)
        offset = self._segment.add(written.member)
        self._records.append(
            RecordRow(position, written.type, self._segment.name, offset, len(written.member), leaf)
        )
        return position

    def _write_batch(self) -> None:
        self._segment.flush()
        self._lease.check()
        if self._index is None:
            self._index = RunIndex.create(self._shard / layout.index_name(self._lease.epoch))
        self._index.add(self._records, self._captures)
        self._records, self._captures = [], []
        self._oldest = None

    def _checkpoint(self) -> None:
        self._checked = self._tree.size
        plans.write_head(self._shard, self._tree)
        if self._run.signer is not None:
            checkpoints.append(
                self._folder,
                self._run.signer,
                shard=self._shard.name,
                size=self._tree.size,
                root=self._tree.root,
                plan=self._run.plan,
                now=self._run.now(),
            )
