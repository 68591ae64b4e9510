"""One writer at a time: the lease of a run of the crawl, a file `epoch-N` made with O_EXCL.

A dead process on the same machine is succeeded at once, one on another machine once its heartbeat has
stopped for `TTL` seconds. Times are compared by the clock of the file system alone.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
from pathlib import Path
from stat import S_ISREG
from typing import Any

from evidence import layout
from evidence.errors import EvidenceBusy, LeaseLost

TTL = 60.0
HEARTBEAT = 5.0
_LARGEST = 1 << 16  # bytes of a lease


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

    @classmethod
    def take(cls, shard: Path) -> Lease:
        """Raises EvidenceBusy while another process holds it."""
        refuse_living(shard)
        earlier = layout.epochs(shard)
        lease = cls(shard, earlier[-1] + 1 if earlier else 1)
        holder = {"host": socket.gethostname(), "pid": os.getpid(), "started": process_started(os.getpid())}
        try:
            descriptor = os.open(lease.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        except FileExistsError:
            raise EvidenceBusy(f"{lease.path} was taken this moment") from None
        try:
            layout.write_all(descriptor, layout.canonical(holder))
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

    def beat(self) -> None:
        os.utime(self.path)

    def close(self, *, keep: bool) -> None:
        """Ends the run. keep False: it saw nothing, no trace of it is needed."""
        if keep:
            layout.write_whole(self.path, layout.canonical({"closed": True}))
        else:
            self.path.unlink()


def refuse_living(shard: Path) -> None:
    """Raises EvidenceBusy while the process of the last run lives."""
    earlier = layout.epochs(shard)
    if not earlier:
        return
    path = shard / layout.epoch_name(earlier[-1])
    holder = _holder(path)
    if holder is None or holder.get("closed"):
        return
    if holder.get("host") == socket.gethostname():
        pid = holder.get("pid")
        started = process_started(pid) if isinstance(pid, int) else None
        if started is not None and started == holder.get("started"):
            raise EvidenceBusy(f"{path} is held by process {holder['pid']}")
        return
    age = _age(path)
    if age < TTL:
        raise EvidenceBusy(f"{path} is held on {holder.get('host')}, last sign {age:.0f} s ago")


def _holder(path: Path) -> dict[str, Any] | None:
    """What a lease says; None when its run was killed before it had written its name, and when it is no lease at all.

    What is about to be verified may hold anything there: a pipe, an endless file, other JSON. Raises OSError.
    """
    if not S_ISREG(path.lstat().st_mode):
        return None
    with path.open("rb") as file:
        written = file.read(_LARGEST)
    try:
        holder = json.loads(written)
    except (ValueError, RecursionError):
        return None
    return holder if isinstance(holder, dict) else None


def _age(path: Path) -> float:
    """Seconds since the file's last change, by the file system's clock."""
    probe = path.with_name(f".clock-{os.getpid()}")
    try:
        probe.touch()
        return probe.stat().st_mtime - path.stat().st_mtime
    finally:
        with contextlib.suppress(FileNotFoundError):
            probe.unlink()
