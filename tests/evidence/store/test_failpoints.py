"""The process dies at calls that change the disk, thoroughly at every one, before it or in the middle of a write.

After each death the store opens, holds what had been committed, goes on, and can be sealed. What the disk may lose
when the power goes is in `test_power_cut.py`.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evidence.store import EvidenceMissing, EvidenceStore
from evidence.store.index import RunIndex
from evidence.verify.folder import verify
from tests.evidence.sampling import places

pytestmark = pytest.mark.processes

CALLS = ("write", "pwrite", "fsync", "fdatasync", "ftruncate", "replace", "unlink", "open", "mkdir")


class Failpoint:
    """Counts calls that change the disk, and kills the process at one of them."""

    def __init__(self, deadly: int) -> None:
        self.calls = 0
        self._deadly = deadly
        self._write = os.write
        for name in CALLS:
            setattr(os, name, self._counted(name, getattr(os, name)))
        add = RunIndex.add

        def counted_add(index: RunIndex, *args: Any) -> None:
            self.step()
            add(index, *args)
            self.step()

        RunIndex.add = counted_add  # type: ignore[method-assign,assignment]

    def _counted(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **options: Any) -> Any:
            self.step()
            if name == "write":
                self.step(lambda: self._write(args[0], bytes(args[1])[: len(args[1]) // 2]))
            return call(*args, **options)

        return counted

    def step(self, last_act: Callable[[], object] = lambda: None) -> None:
        self.calls += 1
        if self.calls == self._deadly:
            last_act()
            os.kill(os.getpid(), signal.SIGKILL)

    def say(self, pipe: int, number: int) -> None:
        self._write(pipe, b"%d\n" % number)


def _crawl(made: Any, failpoint: Failpoint, pipe: int) -> None:
    with made.open(batch=100, segment_bytes=2500, checkpoint_every=6) as writer:
        for number in range(7):
            body = os.urandom(400)
            capture = made.exchange(writer, f"http://a.test/{number}", b"HTTP/1.1 200 OK\r\n\r\n" + body)
            if number % 2:
                writer.commit()
                failpoint.say(pipe, capture.sequence)
        captures = list(writer.done()) or [capture]
    made.seal()
    made.judge(captures)


def _in_child(made: Any, deadly: int) -> tuple[int, int, bool]:
    """(last sequence that was committed, calls made or 0, whether it lived)."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        failpoint = Failpoint(deadly)
        try:
            _crawl(made, failpoint, writing)
            failpoint.say(writing, 1_000_000 + failpoint.calls)
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = [int(line) for line in pipe]
    _, status = os.waitpid(child, 0)
    committed = max((number for number in said if number < 1_000_000), default=0)
    calls = max((number - 1_000_000 for number in said if number >= 1_000_000), default=0)
    return committed, calls, os.WIFEXITED(status)


@pytest.mark.thorough
def test_death_while_recovering_and_going_on(memory: Path, new_round: Callable[[Path], Any]) -> None:
    # What every crawl here goes on from: a run that was killed, its index lost, its tail torn.
    origin = new_round(memory / "origin")
    shard = origin.evidence / "shard-0001"
    _in_child(origin, 0)
    for name in ("SHA256SUMS", "manifest.json", "manifest.sig", "records.txt", "signer.pem"):
        (origin.evidence / name).unlink()
    (shard / "index-1.sqlite").unlink()
    with max(shard.glob("seg-*")).open("r+b") as segment:
        torn = segment.read(100)
        segment.seek(0, os.SEEK_END)
        segment.write(torn)
    (shard / "epoch-1").write_bytes(b"")

    folder = memory / "copy"
    for deadly in places(8):
        shutil.copytree(origin.folder, folder)
        made = new_round(folder)
        made.skip_ids(1000)
        committed, _, lived = _in_child(made, deadly)
        _check(new_round(folder), max(7, committed))
        shutil.rmtree(folder)
        if lived:
            break
    assert deadly > 120


def _check(made: Any, committed: int) -> None:
    made.skip_ids(2000)
    with made.open() as writer:
        found = [capture.sequence for capture in writer.done()]
        assert found == list(range(1, len(found) + 1))
        assert len(found) >= committed
        made.exchange(writer, "http://a.test/last", b"HTTP/1.1 200 OK\r\n\r\n")
    made.seal()
    with EvidenceStore.open(made.evidence) as store:
        captures = list(store.captures())
        assert len([store.body(capture.id) for capture in captures]) == len(found) + 1
    assert verify(made.evidence, findings=made.judge(captures)) == []


def test_death_in_a_first_run(memory: Path, new_round: Callable[[Path], Any]) -> None:
    for deadly in places(8):
        made = new_round(memory / str(deadly))
        committed, _, lived = _in_child(made, deadly)
        try:
            EvidenceStore.open(made.evidence).close()
        except EvidenceMissing:
            assert committed == 0
        _check(new_round(memory / str(deadly)), committed)
        if lived:
            break
    assert deadly > 180
