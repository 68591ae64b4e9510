"""How long a spread crawl takes, worked out from what its shards say."""

from __future__ import annotations

from typing import Any

from govah.crawl_status import ShardStatus, left


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
