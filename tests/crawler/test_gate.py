"""The gate of addresses: one process at each, whatever it is called, and nobody is shut out by what the disk refuses."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from claims.model import NetworkSettings
from crawler.gate import Gate
from crawler.policy import AddressPolicy
from evidence import layout
from evidence.errors import WriteFailed

HOSTS = {
    "plain.test": "127.0.0.1",
    "port.test": "127.0.0.1:8001",
    "mapped.test": "::ffff:127.0.0.1",
    "mapped-port.test": "[::ffff:7f00:1]:8002",
}
POLICY = AddressPolicy(NetworkSettings(allow_private=True, hosts=HOSTS))


async def enters(gate: Gate, host: str) -> bool:
    try:
        async with asyncio.timeout(0.3):
            await gate.enter(host, 0.0)
    except TimeoutError:
        return False
    return True


@pytest.mark.parametrize("host", [*HOSTS, "127.0.0.1", "[::ffff:127.0.0.1]"])
def test_an_address_is_one_in_whatever_notation_and_at_whatever_port(tmp_path: Path, host: str) -> None:
    async def meet() -> None:
        one, other = Gate(tmp_path, POLICY), Gate(tmp_path, POLICY)
        key = await one.enter("plain.test", 0.0)
        assert not await enters(other, host)
        one.leave(key)
        assert await enters(other, host)
        one.close()
        other.close()

    asyncio.run(meet())


def test_a_full_disk_shuts_nobody_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    async def meet() -> None:
        one, other = Gate(tmp_path, POLICY), Gate(tmp_path, POLICY)
        key = await one.enter("plain.test", 0.0)
        monkeypatch.setattr(os, "write", full)
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
    made(tmp_path / layout.gate_name("127.0.0.1"))
    with pytest.raises(WriteFailed, match="gate-"):
        Gate(tmp_path, POLICY)
    assert not (tmp_path / "elsewhere").exists()


def test_a_file_system_without_locks_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: Any) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none)
    with pytest.raises(WriteFailed, match="No locks available"):
        Gate(tmp_path, POLICY)


def test_a_gate_that_another_process_holds_is_no_fault(tmp_path: Path) -> None:
    async def meet() -> None:
        one = Gate(tmp_path, POLICY)
        await one.enter("plain.test", 0.0)
        Gate(tmp_path, POLICY).close()
        one.close()

    asyncio.run(meet())
