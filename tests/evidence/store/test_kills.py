"""Killed at random moments, again and again: nothing committed is lost, and one process writes at a time."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import itertools
import json
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from evidence import layout
from evidence.errors import EvidenceBusy
from evidence.kinds.http import HttpFacts
from evidence.store import EvidenceStore, EvidenceWriter, WriteLimits
from evidence.store.derived_index import write_derived
from evidence.store.index import RunIndex
from evidence.store.lease import process_started
from evidence.verify.folder import verify
from tests.depth import tries

pytestmark = pytest.mark.processes

# So many kills of each round; one in four lies on a disk, the rest in memory.
ROUNDS, KILLS = tries(2, 20), tries(10, 25)


def _write_for_ever(evidence: Path, run: int, pipe: int) -> None:
    """What a crawl does to its store, as fast as it can; says the last sequence of each commit."""
    ids = itertools.count()
    writer = EvidenceWriter.open(
        evidence,
        vantage="v",
        now=lambda: dt.datetime.now(dt.UTC),
        new_id=lambda: f"r{run}-{next(ids)}",
        plan={},
        limits=WriteLimits(batch=8, segment_bytes=200_000),
    )
    os.write(pipe, b"open\n")
    for number in itertools.count():
        capture = writer.add(
            kind="http",
            agency="a",
            url=f"http://a.test/{run}/{number}",
            purpose="page",
            attempt=1,
            time=dt.datetime.now(dt.UTC),
            facts=HttpFacts("GET", 200, "OK", (), None),
            request=b"GET / HTTP/1.1\r\n\r\n",
            response=b"HTTP/1.1 200 OK\r\n\r\n" + os.urandom(300 + number % 7 * 4000),
        )
        if number % 8 == 7:
            writer.commit()
            os.write(pipe, b"%d\n" % capture.sequence)


@contextlib.contextmanager
def _writing(evidence: Path, run: int) -> Iterator[tuple[int, BinaryIO]]:
    """A process that writes until it is killed: (its id, what it says), once it is open."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            _write_for_ever(evidence, run, writing)
        finally:
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb", buffering=0) as said:
        assert said.readline() == b"open\n"
        yield child, said
        os.waitpid(child, 0)


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_kills_lose_nothing_that_was_committed(
    tmp_path: Path, memory: Path, new_round: Callable[[Path], Any], seed: int
) -> None:
    """After each the store opens, and the run is put in order."""
    draw = random.Random(seed)
    round_ = new_round(memory if seed % 4 else tmp_path)
    evidence: Path = round_.evidence
    promised = 0
    for run in range(KILLS):
        with _writing(evidence, run) as (child, said):
            lines = [said.readline() for _ in range(draw.randint(0, 4))]  # however slow the machine is
            time.sleep(draw.uniform(0.0, 0.03))
            os.kill(child, signal.SIGKILL)
            lines += said.read().splitlines()
            promised = max([promised, *map(int, lines)])
        with EvidenceStore.open(evidence) as store:  # readable before anything is recovered
            assert max((c.sequence for c in store.captures()), default=0) >= promised
        with round_.open() as writer:  # of which no trace stays, for it adds nothing
            found = list(writer.done())
        assert [c.sequence for c in found] == list(range(1, len(found) + 1))
        assert len(found) >= promised
        _check_last_index(evidence / "shard-0001")
    assert promised > 4 * KILLS
    with EvidenceStore.open(evidence) as store:
        for capture in found:
            assert hashlib.sha256(store.body(capture.id)).hexdigest() == capture.sha256
    round_.seal()
    assert verify(evidence) == []


def _check_last_index(shard: Path) -> None:
    """It is what the segments alone give, row by row, and what was torn is told of."""
    epochs = [epoch for epoch in layout.epochs(shard) if layout.segments(shard, epoch)]
    if not epochs:
        return
    path = shard / layout.index_name(epochs[-1])
    derived = shard.parent.parent / "derived.sqlite"
    with contextlib.closing(RunIndex.read(path, finished=True)) as present:
        rows = [*present.record_rows()], [*present.capture_rows()]
    assert write_derived(shard, epochs[-1], rows[0][0][0], derived)
    with contextlib.closing(RunIndex.read(derived, finished=True)) as anew:
        assert ([*anew.record_rows()], [*anew.capture_rows()]) == rows
    assert derived.read_bytes() == path.read_bytes()
    log = shard / layout.RECOVERY
    told = (
        {line["torn"]: line for line in map(json.loads, log.read_bytes().splitlines())}
        if log.exists()
        else {}
    )
    for torn in shard.glob("*.torn"):
        assert told[torn.name]["sha256"] == hashlib.sha256(torn.read_bytes()).hexdigest()


def test_two_writers_cannot_run_and_a_dead_one_is_succeeded(round_: Any) -> None:
    with _writing(round_.evidence, 0) as (child, _):
        with pytest.raises(EvidenceBusy):
            round_.open()
        os.kill(child, signal.SIGKILL)
    assert process_started(child) is None
    with round_.open():
        assert len(list(round_.evidence.glob(f"**/{layout.epoch_name(2)}"))) == 1
        with pytest.raises(EvidenceBusy):
            round_.open()
