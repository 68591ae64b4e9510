"""The locks of addresses: one process at each, whatever it is called, and nobody is shut out by what the disk refuses."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from claims.model import NetworkSettings
from crawler.politeness import address_locks
from crawler.politeness.address_locks import AddressLocks
from crawler.politeness.policy import AddressPolicy
from evidence import layout
from evidence.canonical import canonical_line
from evidence.errors import WriteFailed
from evidence.store import lease

HOSTS = {
    "plain.test": "127.0.0.1",
    "port.test": "127.0.0.1:8001",
    "mapped.test": "::ffff:127.0.0.1",
    "mapped-port.test": "[::ffff:7f00:1]:8002",
}
POLICY = AddressPolicy(NetworkSettings(allow_private=True, hosts=HOSTS))


def locks_of(folder: Path, shard: int = 1, policy: AddressPolicy = POLICY, **options: Any) -> AddressLocks:
    """Of a run of this shard whose lease is fresh."""
    run = folder / layout.shard_name(shard) / layout.epoch_name(1)
    run.parent.mkdir(exist_ok=True)
    run.write_bytes(canonical_line({"host": "elsewhere", "pid": 1, "started": "1"}))
    return AddressLocks(folder, policy, run=run, **options)


async def enters(locks: AddressLocks, host: str) -> bool:
    """At once, or as soon as a busy machine comes to it."""
    async with asyncio.timeout(60):
        await locks.enter(host, 0.0)
    return True


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0.01)


async def stays_out(locks: AddressLocks, host: str) -> bool:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await locks.enter(host, 0.0)
    return True


@pytest.mark.parametrize("host", [*HOSTS, "127.0.0.1", "[::ffff:127.0.0.1]"])
def test_an_address_is_one_in_whatever_notation_and_at_whatever_port(tmp_path: Path, host: str) -> None:
    async def meet() -> None:
        one, other = locks_of(tmp_path), locks_of(tmp_path)
        key = await one.enter("plain.test", 0.0)
        assert await stays_out(other, host)
        one.leave(key)
        assert await enters(other, host)
        one.close()
        other.close()

    asyncio.run(meet())


def test_at_an_address_of_content_delivery_hosts_meet_and_a_host_does_not_meet_itself(tmp_path: Path) -> None:
    async def meet() -> None:
        network = NetworkSettings(allow_private=True, hosts=HOSTS, content_delivery=("127.0.0.0/30",))
        one, other = (locks_of(tmp_path, shard, policy=AddressPolicy(network)) for shard in (1, 2))
        await one.enter("plain.test", 0.0)
        assert await stays_out(other, "plain.test")
        assert await enters(other, "mapped.test")
        one.close()
        other.close()

    asyncio.run(meet())


def test_a_full_disk_shuts_nobody_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    async def meet() -> None:
        one, other = locks_of(tmp_path), locks_of(tmp_path)
        key = await one.enter("plain.test", 0.0)
        monkeypatch.setattr(os, "pwrite", full)
        one.leave(key)
        monkeypatch.undo()
        assert await enters(other, "plain.test")
        one.close()
        other.close()

    asyncio.run(meet())


def _link(path: Path) -> None:
    path.symlink_to(path.with_name("elsewhere"))


@pytest.mark.parametrize("made", [_link, Path.mkdir, os.mkfifo])
def test_what_is_no_file_of_ours_ends_the_run_before_a_request_fails_over_it(
    tmp_path: Path, made: Callable[[Path], None]
) -> None:
    made(tmp_path / layout.lock_name("127.0.0.1"))
    with pytest.raises(WriteFailed, match="gate-"):
        locks_of(tmp_path)
    assert not (tmp_path / "elsewhere").exists()


def test_a_file_system_without_locks_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: Any) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none)
    with pytest.raises(WriteFailed, match="No locks available"):
        locks_of(tmp_path)


def test_a_gate_that_another_process_holds_is_no_fault(tmp_path: Path) -> None:
    async def meet() -> None:
        one = locks_of(tmp_path)
        await one.enter("plain.test", 0.0)
        locks_of(tmp_path).close()
        one.close()

    asyncio.run(meet())


def test_who_is_past_its_time_keeps_nobody_out_and_finds_the_others_when_it_wakes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(address_locks, "_ASK", 0.1)

    async def meet() -> None:
        asleep, other, third = (locks_of(tmp_path, shard) for shard in (1, 2, 3))
        key = await asleep.enter("plain.test", 0.0)
        assert await stays_out(other, "plain.test")
        long_ago = time.time() - lease.TTL - 1
        os.utime(tmp_path / "shard-0001" / "epoch-1", (long_ago, long_ago))
        assert await enters(other, "plain.test")
        assert await stays_out(third, "plain.test")
        asleep.leave(key)  # woken: it ends the visit that it was at, and comes in no more
        assert await stays_out(asleep, "plain.test")
        other.leave(key)
        os.utime(tmp_path / "shard-0001" / "epoch-1")
        assert await enters(asleep, "plain.test")
        assert await stays_out(other, "plain.test")
        for locks in (asleep, other, third):
            locks.close()

    asyncio.run(meet())


@pytest.mark.parametrize(
    "content", [b"", b"shard-0001/epoch-1", b"../../elsewhere\n", b"shard-0009/epoch-1\n"]
)
def test_a_lock_of_nobody_that_is_known_is_taken_from_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.setattr(address_locks, "_ASK", 0.05)

    async def meet() -> None:
        one, other = locks_of(tmp_path), locks_of(tmp_path, 2)
        await one.enter("plain.test", 0.0)
        (tmp_path / layout.lock_name("127.0.0.1")).write_bytes(content)
        (tmp_path / "shard-0001" / "epoch-1").unlink()
        assert await stays_out(other, "plain.test")
        one.close()
        other.close()

    asyncio.run(meet())


def test_who_overslept_enters_nowhere_before_it_has_looked(tmp_path: Path) -> None:
    sleeping = [True]

    async def meet() -> None:
        locks = locks_of(tmp_path, overslept=lambda: sleeping[0])
        waits: list[tuple[str, bool]] = []
        coming = asyncio.ensure_future(
            locks.enter("plain.test", 0.0, lambda host, now: waits.append((host, now)))
        )
        await until(lambda: waits)
        await asyncio.sleep(0.2)
        assert not coming.done()
        assert waits == [("plain.test", True)]
        sleeping[0] = False
        await coming
        assert waits == [("plain.test", True), ("plain.test", False)]
        locks.close()

    asyncio.run(meet())


def test_who_is_stopped_while_it_keeps_the_pace_finds_who_was_there_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(address_locks, "_ASK", 0.05)
    sleeping = [False]

    async def meet() -> None:
        one = locks_of(tmp_path, overslept=lambda: sleeping[0])
        before, other = locks_of(tmp_path, 2), locks_of(tmp_path, 3)
        before.leave(await before.enter("plain.test", 0.0))
        coming = asyncio.ensure_future(one.enter("plain.test", 1.0))
        beside = asyncio.ensure_future(one.enter("plain.test", 1.0))
        await until(lambda: sum(lock.inside for lock in one._locks.values()) == 2)  # the pace is waited for
        sleeping[0] = True  # stopped, and past its time
        long_ago = time.time() - lease.TTL - 1
        os.utime(tmp_path / "shard-0001" / "epoch-1", (long_ago, long_ago))
        key = await other.enter("plain.test", 0.0)
        await asyncio.sleep(1.3)
        assert not coming.done() and not beside.done()
        left = time.monotonic()
        other.leave(key)
        sleeping[0] = False
        await asyncio.gather(coming, beside)
        assert time.monotonic() - left >= 0.9, "the delay is kept from what the other asked"
        for locks in (one, before, other):
            locks.close()

    asyncio.run(meet())


def test_the_pace_is_kept_from_the_last_visit_of_another_and_from_nothing_else(tmp_path: Path) -> None:
    async def meet() -> None:
        one, other = locks_of(tmp_path), locks_of(tmp_path, 2)
        async with asyncio.timeout(60):
            one.leave(await one.enter("plain.test", 90.0))  # nobody was there
            key = await one.enter("plain.test", 90.0)  # it was there itself
        left = time.monotonic()
        one.leave(key)
        await other.enter("plain.test", 0.6)
        assert time.monotonic() - left >= 0.5
        one.close()
        other.close()

    asyncio.run(meet())
