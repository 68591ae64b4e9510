"""One process at a time at an address, where several crawl a round: a file for each address, locked while it is visited.

Processes have their own agencies, so that their own hosts meet no other process; but every portal links to others, to the
national sign-on, to payment. Whoever comes to such an address waits until it is free, and keeps the delay from what
another process last asked of it. Files lie in the evidence folder, which all processes share, and go with the seal.
Each names the run that holds it: when that one is past its time (`evidence.store.lease`), stopped for good on a machine that
still keeps its locks, a new file takes the place of the locked one.

Not here: the delay between two requests of one process (`crawler.politeness.host_slot`).
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
import re
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from crawler.politeness.addresses import content_delivery, within
from crawler.politeness.policy import AddressPolicy, AddressRefused
from evidence import layout
from evidence.errors import WriteFailed
from evidence.store.lease import is_past

_LOOK = 0.05  # seconds between two looks at a lock that another process holds
_TERM = 5.0  # seconds after which an address that is never idle is left to others for a moment
_MOST_OPEN = 512  # files of addresses that nobody is at
_ASK = 5.0  # seconds of waiting, after which the one that holds a lock is looked at, and again
_LONGEST_NAME = 64  # of a run, in bytes
_RUN = re.compile(rb"(?P<shard>shard-\d{4})/(?P<run>epoch-[1-9]\d{0,8})\n")


@dataclass(slots=True, eq=False)
class _AddressLock:
    """An address. inside: visits of ours under way. taken: since when the lock is held. left: when our last visit ended.

    rests: until when it is left to others. ask: when the one that holds it is looked at next.
    """

    descriptor: int
    inside: int = 0
    held: bool = False
    taken: float = 0.0
    left: float = 0.0
    rests: float = 0.0
    ask: float = 0.0


class AddressLocks:
    """The addresses of this process's visits. clock: seconds of the file system's clock, as `time.time`.

    run: the lease of this process. overslept: whether another may have taken over from it, so that it enters nowhere.
    """

    def __init__(
        self,
        folder: Path,
        policy: AddressPolicy,
        *,
        run: Path,
        overslept: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Raises WriteFailed where locks do not work: every request would fail, and be kept as an error of ours."""
        self._folder = folder
        self._policy = policy
        self._name = f"{run.parent.name}/{run.name}\n".encode("ascii")
        self._overslept = overslept
        self._clock = clock
        self._networks = content_delivery(policy.content_delivery)
        self._locks: dict[str, _AddressLock] = {}
        self._keys: dict[str, str] = {}
        self._try()

    def _try(self) -> None:
        for path in (self._folder / layout.lock_name(""), *self._folder.glob(layout.LOCKS)):
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

    async def enter(
        self, host: str, pace: float, waits: Callable[[str, bool], None] = lambda host, waits: None
    ) -> str:
        """What is to be left again. Waits as long as it takes; cancelled, nothing is held.

        pace: seconds to keep from the last visit of another process. waits: told with the host when it has to, and when
        that is over.
        """
        key = await self._key(host)
        while True:
            if not self._entered(key):
                waits(host, True)
                try:
                    await asyncio.sleep(_LOOK)
                    while not self._entered(key):
                        await asyncio.sleep(_LOOK)
                finally:
                    waits(host, False)
            try:
                await asyncio.sleep(self._still(key, pace))
                if self._is_ours(key):
                    return key
            except BaseException:
                self.leave(key)
                raise
            self.leave(key)  # we were stopped meanwhile: another may have been here since

    async def _key(self, host: str) -> str:
        """The address; the host where an address is no machine, or there is none."""
        key = self._keys.get(host)
        if key is None:
            loop = asyncio.get_running_loop()
            try:
                key = await loop.run_in_executor(None, self._policy.address_of, host)
            except AddressRefused:
                return host
            if within(key, self._networks):
                key = host
            self._keys[host] = key
        return key

    def leave(self, key: str) -> None:
        lock = self._locks[key]
        lock.inside -= 1
        if lock.inside == 0:
            self._unlock(lock)

    def close(self) -> None:
        """Whatever is held is free for others."""
        for lock in self._locks.values():
            os.close(lock.descriptor)
        self._locks.clear()

    def _entered(self, key: str) -> bool:
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = _AddressLock(self._open(key))
        if lock.held:
            if self._clock() - lock.taken > _TERM or not self._is_ours(
                key
            ):  # nobody else comes in: it is free soon
                return False
            lock.inside += 1
            return True
        if self._clock() < lock.rests or self._overslept():
            return False
        try:
            fcntl.flock(lock.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            due, now = lock.ask, self._clock()
            if now < due:
                return False
            lock.ask = now + _ASK
            if not due or not self._taken_over(key, lock):
                return False
        else:
            if not self._is_in_place(key, lock):
                os.close(self._locks.pop(key).descriptor)
                return False
        lock.held, lock.taken, lock.inside, lock.ask = True, self._clock(), 1, 0.0
        self._sign(lock.descriptor)
        return True

    def _is_ours(self, key: str) -> bool:
        """Whether nobody can have taken the address over from us, who have locked it."""
        return not self._overslept() and self._is_in_place(key, self._locks[key])

    def _is_in_place(self, key: str, lock: _AddressLock) -> bool:
        """Whether the locked file is still the one that others lock."""
        try:
            there = (self._folder / layout.lock_name(key)).lstat()
        except FileNotFoundError:
            return False
        here = os.fstat(lock.descriptor)
        return (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino)

    def _sign(self, descriptor: int) -> None:
        """Our run's name into a file that we hold; the time of the last visit stays."""
        before = os.fstat(descriptor)
        try:
            if os.pread(descriptor, _LONGEST_NAME, 0) != self._name:
                os.ftruncate(descriptor, 0)  # on a full disk it names nobody, and is taken from nobody
                os.pwrite(descriptor, self._name, 0)
        except OSError:
            pass
        finally:
            visited = before.st_mtime_ns if before.st_size else 0
            os.utime(descriptor, ns=(before.st_atime_ns, visited))

    def _taken_over(self, key: str, lock: _AddressLock) -> bool:
        """Puts a new file, held by us, in the place of one that is locked by a run past its time."""
        match = _RUN.fullmatch(os.pread(lock.descriptor, _LONGEST_NAME, 0))
        if match is None or not is_past(self._folder / match["shard"].decode() / match["run"].decode()):
            return False
        path = self._folder / layout.lock_name(key)
        one_at_a_time = _opened(self._folder / layout.lock_name(""))
        try:
            fcntl.flock(one_at_a_time, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not self._is_in_place(key, lock):  # somebody else was first
                lock.descriptor, old = _opened(path), lock.descriptor
                os.close(old)
                return False
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(lock.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True  # it was left this moment
            # Not `layout.whole_file`: what counts is the lock on the new file, which is taken before others see it.
            draft = path.with_name(f"{path.name}.part")
            draft.unlink(missing_ok=True)
            descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, layout.PRIVATE)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            os.write(descriptor, self._name)
            os.utime(descriptor, ns=(0, os.fstat(lock.descriptor).st_mtime_ns))
            draft.rename(path)
            lock.descriptor, old = descriptor, lock.descriptor
            os.close(old)
            return True
        except BlockingIOError:
            return False
        finally:
            os.close(one_at_a_time)

    def _still(self, key: str, pace: float) -> float:
        """Seconds until another process's last visit is long enough ago."""
        lock = self._locks[key]
        last = os.fstat(lock.descriptor).st_mtime
        if last == lock.left:
            return 0.0  # it was us: our own delay is kept elsewhere
        return min(pace, max(0.0, last + pace - self._clock()))

    def _unlock(self, lock: _AddressLock) -> None:
        with contextlib.suppress(OSError):
            os.utime(lock.descriptor)
        lock.left = os.fstat(lock.descriptor).st_mtime
        if self._clock() - lock.taken > _TERM:
            lock.rests = self._clock() + 2 * _LOOK
        lock.held = False
        fcntl.flock(lock.descriptor, fcntl.LOCK_UN)

    def _open(self, key: str) -> int:
        if len(self._locks) >= _MOST_OPEN:
            for other, lock in list(self._locks.items()):
                if not lock.held:
                    os.close(lock.descriptor)
                    del self._locks[other]
        return _opened(self._folder / layout.lock_name(key))


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, layout.PRIVATE)
