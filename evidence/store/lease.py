"""One writer at a time: the lease of a run of the crawl, a file `epoch-N` made with O_EXCL.

A dead process on the same machine is succeeded at once. One that gave no sign of life for `TTL` seconds, since it was
stopped or hangs, is ended first on the same machine; on another it is succeeded, and finds that out before it does
anything once it wakes. Ages are told by the clock of the file system alone.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG
from typing import Any

from evidence import layout
from evidence.canonical import canonical_line
from evidence.errors import EvidenceBusy, LeaseLost

TTL = 60.0  # seconds without a sign of life after which another process may go on (docs/operations.md)
HEARTBEAT = 5.0  # seconds between two signs of life: a dozen may be lost before the lease is
_LARGEST = 1 << 16  # bytes of a lease
_DYING = 10.0  # seconds that a killed process may take to go


def process_started(pid: int) -> str | None:
    """When the process started, in the kernel's ticks; None when it does not live. Tells reused ids apart."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    fields = stat[stat.rfind(b")") + 2 :].split()
    return None if fields[0] in (b"Z", b"X") else fields[19].decode("ascii")


class Lease:
    """Held until closed. `check` raises when a successor has taken over."""

    def __init__(self, shard: Path, epoch: int) -> None:
        self.epoch = epoch
        self.path = shard / layout.epoch_name(epoch)
        self._successor = shard / layout.epoch_name(epoch + 1)
        self._beaten = time.monotonic()

    @classmethod
    def take(cls, shard: Path) -> Lease:
        """Raises EvidenceBusy while another process holds it."""
        held = _held(shard)
        if held is not None and not held.ended():
            raise EvidenceBusy(str(held))
        earlier = layout.epochs(shard)
        lease = cls(shard, earlier[-1] + 1 if earlier else 1)
        holder = {
            "host": socket.gethostname(),
            "machine": _machine(),
            "pid": os.getpid(),
            "started": process_started(os.getpid()),
        }
        try:  # not `layout.whole_file`: who comes second has to fail
            descriptor = os.open(
                lease.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, layout.PRIVATE
            )
        except FileExistsError:
            raise EvidenceBusy(f"{lease.path} was taken this moment") from None
        try:
            layout.write_all(descriptor, canonical_line(holder))
            os.fsync(descriptor)
        except BaseException:
            lease.path.unlink()
            raise
        finally:
            os.close(descriptor)
        layout.sync_folder(shard)
        return lease

    def check(self) -> None:
        if self._successor.exists() or not self.path.exists():
            raise LeaseLost(f"{self.path} was succeeded")

    @property
    def overslept(self) -> bool:
        """Whether the last sign of life is so long ago that a successor may have come: `check` before anything else."""
        return time.monotonic() - self._beaten > TTL / 2

    def beat(self) -> None:
        """A sign of life. Raises LeaseLost when it comes too late."""
        self.check()
        os.utime(self.path)
        self._beaten = time.monotonic()

    def close(self, *, keep: bool) -> None:
        """Ends the run. keep False: it saw nothing, no trace of it is needed."""
        if keep:
            layout.write_whole(self.path, canonical_line({"closed": True}))
        else:
            self.path.unlink()


@dataclass(frozen=True, slots=True)
class _HeldLease:
    """A lease whose process may be at work. age: seconds since its last sign of life."""

    path: Path
    host: str
    pid: int
    started: str | None
    here: bool
    age: float

    def __str__(self) -> str:
        by = f"process {self.pid}" if self.here else self.host
        return f"{self.path} is held by {by}, last sign of life {self.age:.0f} s ago"

    def ended(self) -> bool:
        """Ends a process of this machine that is past its time; True when it is gone.

        A stopped one would go on writing once it is woken, and keeps addresses locked until then.
        """
        if not self.here or self.age < TTL or self.pid == os.getpid():
            return False
        try:
            process = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return True
        try:
            if process_started(self.pid) == self.started:
                signal.pidfd_send_signal(process, signal.SIGKILL)
            return bool(select.select([process], [], [], _DYING)[0])
        except PermissionError:
            return False
        finally:
            os.close(process)


def refuse_living(shard: Path) -> None:
    """Raises EvidenceBusy while the process of the last run lives."""
    held = _held(shard)
    if held is not None:
        raise EvidenceBusy(str(held))


def alive(shard: Path) -> bool:
    """Whether the process of the last run lives and says so: one that hangs here is ended by who takes its lease."""
    held = _held(shard) if shard.is_dir() else None
    return held is not None and held.age < TTL


def is_held(shard: Path) -> bool:
    """Whether the process of the last run lives, for who only looks: who may not write there tells ages by his own clock."""
    return _held(shard, only_looking=True) is not None


def is_closed(shard: Path) -> bool:
    """Whether the last run ended well; False as well where there was none."""
    earlier = layout.epochs(shard) if shard.is_dir() else []
    return bool(earlier) and closed(shard / layout.epoch_name(earlier[-1]))


def closed(path: Path) -> bool:
    """Whether the run of this lease ended well; False as well for what is no lease that can be read."""
    try:
        holder = _holder(path)
    except OSError:
        return False
    return holder is not None and bool(holder.get("closed"))


def _held(shard: Path, *, only_looking: bool = False) -> _HeldLease | None:
    """The lease of the last run; None when its process is dead, or elsewhere and past its time."""
    earlier = layout.epochs(shard)
    if not earlier:
        return None
    path = shard / layout.epoch_name(earlier[-1])
    holder = _holder(path)
    if holder is None or holder.get("closed"):
        return None
    pid = holder.get("pid")
    host = str(holder.get("host"))
    here = host == socket.gethostname() and holder.get("machine", _machine()) == _machine()
    started = process_started(pid) if isinstance(pid, int) and here else None
    if here and (started is None or started != holder.get("started")):
        return None
    try:
        age = _age(path)
    except OSError:  # nothing may be written there
        if not only_looking:
            raise
        age = time.time() - path.stat().st_mtime
    if not here and age >= TTL:
        return None
    return _HeldLease(path, host, pid if isinstance(pid, int) else 0, started, here, age)


def is_past(path: Path) -> bool:
    """Whether the run of this lease can no longer be at work: it is over, was succeeded, or is silent for too long."""
    shard, number = path.parent, layout.epoch_of(path.name)
    if number is None or not shard.is_dir():
        return False
    if not path.exists() or (shard / layout.epoch_name(number + 1)).exists():
        return True
    holder = _holder(path)
    return (holder is not None and bool(holder.get("closed"))) or _age(path) >= TTL


def _machine() -> str:
    """Tells machines of one name apart, and containers that do not see each other's processes."""
    try:
        booted = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{booted} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""


def _holder(path: Path) -> dict[str, Any] | None:
    """What a lease says; None when its run was killed before it had written its name or ended this moment, having seen
    nothing, and when it is no lease at all.

    What is about to be verified may hold anything there: a pipe, an endless file, other JSON. Raises OSError.
    """
    try:
        if not S_ISREG(path.lstat().st_mode):
            return None
        with path.open("rb") as file:
            written = file.read(_LARGEST)
    except FileNotFoundError:
        return None
    try:
        holder = json.loads(written)
    except (ValueError, RecursionError):
        return None
    return holder if isinstance(holder, dict) else None


def _age(path: Path) -> float:
    """Seconds since the file's last change, by the file system's clock."""
    probe = path.with_name(f".clock-{os.getpid()}")
    try:
        probe.touch(layout.PRIVATE)
        return probe.stat().st_mtime - path.stat().st_mtime
    finally:
        with contextlib.suppress(FileNotFoundError):
            probe.unlink()
