"""How long a spread crawl takes, worked out from what its shards say."""

from __future__ import annotations

import errno
import os
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from crawler.fleet.shard_progress import progress_of
from evidence import layout
from evidence.canonical import canonical_line
from evidence.store.lease import process_started
from govah.crawl_status import ShardStatus, left, shards_status


def shard(number: int, state: Any, agencies: int, **told: float) -> ShardStatus:
    return ShardStatus(number, agencies, state, told)


def test_the_end_counts_what_waits_and_no_shard_ends_before_itself() -> None:
    quick = shard(1, "running", 10, done=4, active=4, fetched=80, queued=40, rate=2.0)
    # 40 known, and two agencies that wait with ten exchanges each, as the eight had
    assert (quick.to_do, quick.left) == (60.0, 30.0)
    slow = shard(2, "running", 4, done=0, active=4, fetched=40, queued=100, rate=0.5)
    assert slow.left == 200.0
    assert left([quick, slow]) == 200.0
    # 20 more agencies, of ten exchanges each as all by now
    waiting = shard(3, "waiting", 20)
    assert left([quick, waiting]) == (60 + 200) / 2.0
    died = shard(4, "ended_early", 3, done=1, active=2, fetched=30, queued=50)
    assert left([quick, died]) == (60 + 50) / 2.0
    assert left([quick, shard(5, "complete", 9, done=9, fetched=90)]) == 30.0
    assert left([waiting]) is None
    assert left([quick, shard(6, "running", 3)]) is None
    assert left([]) is None
    assert left([shard(7, "running", 3, active=3, fetched=9, queued=1e11, rate=5e-324)]) is None


def planned(evidence: Path, planned_for: int, holder: dict[str, Any], **told: Any) -> Path:
    """The lease of the last run over the only shard of a plan. told: what it said last; nothing when it said nothing."""
    folder = evidence / layout.shard_name(1)
    folder.mkdir(parents=True)
    plan = {"shards": [[f"a{n}" for n in range(planned_for)]]}
    (evidence / layout.PLAN).write_bytes(
        canonical_line({"format": "govah-plan/1", "opened": "2025-12-01T00:00:00Z", "plan": plan})
    )
    if told:
        (folder / layout.PROGRESS).write_bytes(canonical_line(told))
    lease = folder / layout.epoch_name(1)
    lease.write_bytes(canonical_line(holder))
    return lease


@pytest.mark.parametrize("refused", [errno.EACCES, errno.EROFS])
def test_who_may_not_write_there_sees_it_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: int
) -> None:
    here = {"host": socket.gethostname(), "pid": os.getpid(), "started": process_started(os.getpid())}
    planned(tmp_path / "here", 2, here)
    elsewhere = planned(tmp_path / "elsewhere", 2, {"host": "elsewhere", "pid": 1, "started": "1"})

    def touch(path: Path, mode: int = 0o666) -> None:
        raise OSError(refused, os.strerror(refused), str(path))

    monkeypatch.setattr(Path, "touch", touch)
    assert [shard.state for shard in shards_status(tmp_path / "here")] == ["running"]
    assert [shard.state for shard in shards_status(tmp_path / "elsewhere")] == ["running"]
    long_ago = time.time() - 100
    os.utime(elsewhere, (long_ago, long_ago))
    assert [shard.state for shard in shards_status(tmp_path / "elsewhere")] == ["ended_early"]


@pytest.mark.parametrize(("agencies", "state"), [(2, "complete"), (3, "interrupted")])
def test_a_shard_of_which_a_part_was_visited_is_not_complete(
    tmp_path: Path, agencies: int, state: str
) -> None:
    planned(tmp_path, agencies, {"closed": True}, state="complete", agencies=2, done=2)
    assert [shard.state for shard in shards_status(tmp_path)] == [state]


def test_an_hour_of_no_zone_is_none() -> None:
    told = progress_of({"state": "running", "opens": "2026-01-01T08:00:00"})
    assert told is not None and told.opens is None
    told = progress_of({"state": "running", "opens": "2026-01-01T08:00:00Z"})
    assert told is not None and told.opens is not None
