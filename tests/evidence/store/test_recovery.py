"""Killed at any moment: nothing committed is lost, a torn tail is kept aside, the rest goes on."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evidence import layout
from evidence.canonical import canonical_line
from evidence.errors import EvidenceBusy, EvidenceDamaged, LeaseLost, WriteFailed
from evidence.kinds.tls import TlsFacts
from evidence.store import EvidenceStore, EvidenceWriter
from evidence.store.lease import TTL, process_started
from evidence.verify.folder import verify
from tests.depth import tries
from tests.evidence.warc_records import read_all


def test_a_lease_of_another_machine_lasts_until_its_heart_has_stopped(round_: Any) -> None:
    round_.open().close()
    lease = round_.evidence / "shard-0001" / "epoch-1"
    lease.write_text(json.dumps({"host": "elsewhere", "pid": 1, "started": "1"}))
    with pytest.raises(EvidenceBusy, match="elsewhere"):
        round_.open()
    long_ago = time.time() - TTL - 1
    os.utime(lease, (long_ago, long_ago))
    round_.open().close()


@pytest.mark.processes
def test_a_stopped_process_is_ended_once_its_time_is_over(round_: Any) -> None:
    sleeper = subprocess.Popen(["sleep", "600"])
    try:
        sleeper.send_signal(signal.SIGSTOP)
        round_.open().close()
        lease = round_.evidence / "shard-0001" / "epoch-1"
        holder = {
            "host": socket.gethostname(),
            "pid": sleeper.pid,
            "started": process_started(sleeper.pid),
        }
        lease.write_bytes(canonical_line(holder))
        with pytest.raises(EvidenceBusy, match=f"process {sleeper.pid}, last sign"):
            round_.open()
        assert sleeper.poll() is None
        long_ago = time.time() - TTL - 1
        os.utime(lease, (long_ago, long_ago))
        round_.open().close()
        assert sleeper.wait(60) == -signal.SIGKILL
    finally:
        sleeper.kill()
        sleeper.wait()


def test_a_process_of_a_container_that_is_not_seen_is_given_its_time(round_: Any) -> None:
    """Machines and containers may have one name; what lives there is told by its heart alone."""
    round_.open().close()
    lease = round_.evidence / "shard-0001" / "epoch-1"
    holder = {"host": socket.gethostname(), "machine": "another", "pid": 2**22 + 1, "started": "1"}
    lease.write_bytes(canonical_line(holder))
    with pytest.raises(EvidenceBusy):
        round_.open()
    long_ago = time.time() - TTL - 1
    os.utime(lease, (long_ago, long_ago))
    round_.open().close()


def test_a_run_that_was_succeeded_leaves_everything_to_its_successor(round_: Any) -> None:
    writer = round_.open()
    first = round_.exchange(writer, "http://a.test/1", b"HTTP/1.1 200 OK\r\n\r\none")
    writer.commit()
    round_.exchange(writer, "http://a.test/2", b"HTTP/1.1 200 OK\r\n\r\ntwo")
    _forget_holder(round_.evidence)
    successor = round_.open()
    assert list(successor.done()) == [first]
    after = _content(round_.evidence)
    with pytest.raises(LeaseLost):
        writer.close()
    assert _content(round_.evidence) == after
    successor.close()


def _content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_writer_that_was_succeeded_stops(round_: Any) -> None:
    writer = round_.open()
    (round_.evidence / "shard-0001" / "epoch-2").touch()
    round_.exchange(writer, "http://a.test/", b"HTTP/1.1 200 OK\r\n\r\n")
    with pytest.raises(LeaseLost):
        writer.commit()
    with pytest.raises(WriteFailed):
        writer.commit()
    writer.close()
    assert not list(round_.evidence.rglob("*.warc.gz"))


def test_a_failed_write_stops_the_writer_and_the_next_run_recovers(
    round_: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = round_.open()
    first = round_.exchange(writer, "http://a.test/1", b"HTTP/1.1 200 OK\r\n\r\none")
    writer.commit()
    second = round_.exchange(writer, "http://a.test/2", b"HTTP/1.1 200 OK\r\n\r\ntwo")
    index = round_.evidence / "shard-0001" / "index-1.sqlite"
    other = sqlite3.connect(index, isolation_level=None)
    other.execute("DROP TABLE capture")  # the segment will be written, its rows will not
    with pytest.raises(WriteFailed):
        writer.commit()
    with pytest.raises(WriteFailed):
        round_.exchange(writer, "http://a.test/3", b"")
    writer.close()
    other.close()
    _forget_holder(round_.evidence)
    with round_.open() as successor:
        assert list(successor.done()) == [first, second]


def _forget_holder(evidence: Path) -> None:
    """As if the process that holds the last lease had died."""
    shard = evidence / "shard-0001"
    lease = shard / layout.epoch_name(layout.epochs(shard)[-1])
    holder = json.loads(lease.read_bytes())
    lease.write_bytes(canonical_line({**holder, "pid": 2**22 + 1}))


def test_recovery_at_many_cut_points(round_: Any, memory: Path, new_round: Callable[[Path], Any]) -> None:
    """A segment of which any number of bytes reached the disk, its index of none of them."""
    writer: EvidenceWriter = round_.open()
    captures = [
        round_.exchange(writer, "http://a.test/1", b"HTTP/1.1 200 OK\r\n\r\none"),
        round_.exchange(writer, "http://b.test/", b"", status=None, failure="dns"),
        round_.other(writer, "tls", _tls(), b"{}", "a.test:443"),
    ]
    writer.commit()
    segment = round_.evidence / "shard-0001" / "seg-1-00001.warc.gz"
    content = segment.read_bytes()
    with segment.open("rb") as file:
        ends = [r.offset + r.length for r in read_all(file)]
        file.seek(0)
        carriers = [r.offset + r.length for r in read_all(file) if r.header("Govah-Capture")]
    near_ends = {end + by for end in [0, *ends] for by in (-1, 0, 1)} & set(range(len(content) + 1))
    for cut in sorted(near_ends | set(range(0, len(content), tries(97, 7)))):
        folder = memory / f"cut{cut}"
        shard = folder / "evidence" / "shard-0001"
        shard.mkdir(parents=True)
        shutil.copy(round_.evidence / "plan.json", folder / "evidence")
        (shard / "epoch-1").write_bytes(canonical_line({"host": os.uname().nodename, "pid": 2**22 + 1}))
        (shard / "seg-1-00001.warc.gz").write_bytes(content[:cut])
        again = new_round(folder)
        with again.open() as successor:
            found = list(successor.done())
        assert found == captures[: sum(end <= cut for end in carriers)]
        whole = max((end for end in ends if end <= cut), default=0)
        assert b"".join(p.read_bytes() for p in layout.segments(shard)) == content[:whole]
        torn = shard / "seg-1-00001.warc.gz.torn"
        assert torn.exists() == (cut != whole)
        if torn.exists():
            assert torn.read_bytes() == content[whole:cut]
            entry = json.loads((shard / "recovery.jsonl").read_bytes())
            assert entry == {
                "bytes": cut - whole,
                "offset": whole,
                "segment": "seg-1-00001.warc.gz",
                "sha256": hashlib.sha256(content[whole:cut]).hexdigest(),
                "torn": torn.name,
            }
        shutil.rmtree(folder)
    writer.close()


def _tls() -> Any:
    return TlsFacts("a.test", 443, None, 1)


@pytest.mark.parametrize("tail", [b"\x00" * 5000, b"\x1f\x8b\x08\x00" * 100, b"WARC/1.1\r\n" * 50])
def test_a_tail_of_anything_is_set_aside(round_: Any, tail: bytes) -> None:
    writer = round_.open()
    captures = round_.fill(writer)
    writer.commit()
    with (round_.evidence / "shard-0001" / "seg-1-00001.warc.gz").open("ab") as file:
        file.write(tail)
    _forget_holder(round_.evidence)
    with round_.open() as successor:
        assert list(successor.done()) == captures
    round_.seal()
    assert verify(round_.evidence) == []
    assert (round_.evidence / "shard-0001" / "seg-1-00001.warc.gz.torn").read_bytes() == tail


def test_committed_records_that_are_gone_are_an_error(round_: Any) -> None:
    writer = round_.open()
    round_.fill(writer)
    writer.commit()
    segment = round_.evidence / "shard-0001" / "seg-1-00001.warc.gz"
    os.truncate(segment, segment.stat().st_size - 1)
    _forget_holder(round_.evidence)
    with pytest.raises(EvidenceDamaged):
        round_.open()


@pytest.mark.parametrize("content", [None, b"", b"no database at all" * 500])
def test_a_lost_index_is_rebuilt_by_the_next_run(round_: Any, content: bytes | None) -> None:
    writer = round_.open()
    captures = round_.fill(writer)
    writer.close()
    shard = round_.evidence / "shard-0001"
    (shard / "epoch-1").write_bytes(canonical_line({"host": os.uname().nodename, "pid": 2**22 + 1}))
    if content is None:
        (shard / "index-1.sqlite").unlink()
    else:
        (shard / "index-1.sqlite").write_bytes(content)
    with round_.open() as successor:
        assert list(successor.done()) == captures


def test_a_kill_in_mid_recovery_changes_nothing(round_: Any) -> None:
    """Every step of setting a tail aside may have been the last one."""
    writer = round_.open()
    captures = round_.fill(writer)
    writer.commit()
    shard = round_.evidence / "shard-0001"
    segment = shard / "seg-1-00001.warc.gz"
    whole = segment.read_bytes()
    _forget_holder(round_.evidence)
    (shard / "epoch-2").write_bytes(b"")  # killed before it had written its name
    (shard / "seg-1-00001.warc.gz.torn").write_bytes(b"tail")  # set aside, not cut off yet
    (shard / "seg-1-00001.warc.gz.torn.part").write_bytes(b"ta")
    segment.write_bytes(whole + b"tail")
    with round_.open() as successor:
        assert list(successor.done()) == captures
    assert segment.read_bytes() == whole
    assert json.loads((shard / "recovery.jsonl").read_bytes())["bytes"] == 4


def test_a_checkpoint_that_a_crash_cut_short_is_written_again(round_: Any) -> None:
    round_.open().close()
    path = round_.evidence / "checkpoints.jsonl"
    path.write_bytes(path.read_bytes()[:50])
    with round_.open() as writer:
        round_.fill(writer)
    round_.seal()
    assert len(path.read_bytes().splitlines()) == 1
    assert verify(round_.evidence) == []


@pytest.mark.processes
def test_a_full_disk_stops_the_writer_and_loses_nothing(round_: Any) -> None:
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (120_000, 120_000))
        code = 1
        try:
            writer = round_.open(batch=4)
            for number in range(200):
                body = b"HTTP/1.1 200 OK\r\n\r\n" + os.urandom(900)
                round_.exchange(writer, f"http://a.test/{number}", body)
        except WriteFailed:
            writer.close()
            code = 7
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 7
    round_.skip_ids(1000)
    with round_.open() as writer:
        found = list(writer.done())
        assert [c.sequence for c in found] == list(range(1, len(found) + 1))
        assert len(found) > 10
        round_.fill(writer)
    round_.seal()
    assert verify(round_.evidence) == []


def test_a_clock_that_is_set_back_delays_no_commit(round_: Any) -> None:
    writer = round_.open()
    round_.exchange(writer, "http://a.test/", b"HTTP/1.1 200 OK\r\n\r\n")
    round_.time -= dt.timedelta(hours=1)
    writer.tick()
    with EvidenceStore.open(round_.evidence) as store:
        assert len(list(store.captures())) == 1
    writer.close()
