"""One process at a time at an address, where several crawl a round: a file for each address, locked while it is visited.

Processes have their own agencies, so that their own hosts meet no other process; but every portal links to others, to the
national sign-on, to payment. Whoever comes to such an address waits until it is free, and keeps the delay from what
another process last asked of it. Files lie in the evidence folder, which all processes share, and go with the seal.

Not here: the delay between two requests of one process (`crawler.host_slot`).
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from crawler.addresses import content_delivery, within
from crawler.policy import AddressPolicy, Refused
from evidence import layout
from evidence.errors import WriteFailed

_LOOK = 0.05  # seconds between two looks at a lock that another process holds
_TERM = 5.0  # seconds after which an address that is never idle is left to others for a moment
_MOST_OPEN = 512  # files of addresses that nobody is at


@dataclass(slots=True, eq=False)
class _Door:
    """An address. inside: visits of ours under way. taken: since when the lock is held. left: when our last visit ended.

    rests: until when it is left to others.
    """

    descriptor: int
    inside: int = 0
    held: bool = False
    taken: float = 0.0
    left: float = 0.0
    rests: float = 0.0


class Gate:
    """The addresses of this process's visits. clock: seconds of the file system's clock, as `time.time`."""

    def __init__(
        self, folder: Path, policy: AddressPolicy, *, clock: Callable[[], float] = time.time
    ) -> None:
        """Raises WriteFailed where locks do not work: every request would fail, and be kept as an error of ours."""
        self._folder = folder
        self._policy = policy
        self._clock = clock
        self._networks = content_delivery()
        self._doors: dict[str, _Door] = {}
        self._keys: dict[str, str] = {}
        self._try()

    def _try(self) -> None:
        for path in (self._folder / layout.gate_name(""), *self._folder.glob(layout.GATES)):
            try:
                descriptor = _opened(path)
                try:
                    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                        raise OSError(errno.EINVAL, "not a file")
                    with contextlib.suppress(BlockingIOError):
                        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
                finally:
                    os.close(descriptor)
            except OSError as error:
                raise WriteFailed(f"{path}: {error.strerror}") from None

    async def enter(self, host: str, pace: float) -> str:
        """What is to be left again. Waits as long as it takes; cancelled, nothing is held.

        pace: seconds to keep from the last visit of another process.
        """
        key = await self._key(host)
        while not self._entered(key):
            await asyncio.sleep(_LOOK)
        try:
            await asyncio.sleep(self._still(key, pace))
        except BaseException:
            self.leave(key)
            raise
        return key

    async def _key(self, host: str) -> str:
        """The address; the host where an address is no machine, or there is none."""
        key = self._keys.get(host)
        if key is None:
            loop = asyncio.get_running_loop()
            try:
                key = await loop.run_in_executor(None, self._policy.address_of, host)
            except Refused:
                return host
            if within(key, self._networks):
                key = host
            self._keys[host] = key
        return key

    def leave(self, key: str) -> None:
        door = self._doors[key]
        door.inside -= 1
        if door.inside == 0:
            self._unlock(door)

    def close(self) -> None:
        """Whatever is held is free for others."""
        for door in self._doors.values():
            os.close(door.descriptor)
        self._doors.clear()

    def _entered(self, key: str) -> bool:
        door = self._doors.get(key)
        if door is None:
            door = self._doors[key] = _Door(self._open(key))
        if door.held:
            if self._clock() - door.taken > _TERM:  # nobody else comes in, so that it is free soon
                return False
            door.inside += 1
            return True
        if self._clock() < door.rests:
            return False
        try:
            fcntl.flock(door.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        door.held, door.taken, door.inside = True, self._clock(), 1
        return True

    def _still(self, key: str, pace: float) -> float:
        """Seconds until another process's last visit is long enough ago."""
        door = self._doors[key]
        last = os.fstat(door.descriptor)
        if last.st_size == 0 or last.st_mtime == door.left:
            return 0.0  # nobody was there, or it was us: our own delay is kept elsewhere
        return min(pace, max(0.0, last.st_mtime + pace - self._clock()))

    def _unlock(self, door: _Door) -> None:
        with contextlib.suppress(OSError):  # on a full disk others do not learn of us, but they come in
            if os.fstat(door.descriptor).st_size == 0:
                os.write(door.descriptor, b"\n")
            os.utime(door.descriptor)
        door.left = os.fstat(door.descriptor).st_mtime
        if self._clock() - door.taken > _TERM:
            door.rests = self._clock() + 2 * _LOOK
        door.held = False
        fcntl.flock(door.descriptor, fcntl.LOCK_UN)

    def _open(self, key: str) -> int:
        if len(self._doors) >= _MOST_OPEN:
            for other, door in list(self._doors.items()):
                if not door.held:
                    os.close(door.descriptor)
                    del self._doors[other]
        return _opened(self._folder / layout.gate_name(key))


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
