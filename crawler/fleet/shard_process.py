"""One shard in a process of its own, which dies with the one that started it.

For several processes on a machine (`crawler.fleet.process_pool`) and for a worker elsewhere (`crawler.fleet.worker_task`).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from crawler.engine.progress import Progress
from crawler.fleet.shard_run import ShardContext, ShardOutcome, run_shard
from evidence import layout
from evidence.errors import EvidenceBusy, EvidenceError
from evidence.store.lease import TTL

TICK = 0.2
SILENT = TTL  # seconds without a sign of life, after which a process is killed
_LOOK = 1.0  # seconds between two looks for one
_PR_SET_PDEATHSIG = 1


@dataclass(slots=True, eq=False)
class ShardProcess:
    """progress: how far it is, as it last said. outcome: how it ended; None as well where it died over its work."""

    shard: int
    process: BaseProcess
    _folder: Path
    _results: Connection
    progress: Progress | None = None
    outcome: ShardOutcome | EvidenceBusy | None = None
    _asked: bool = False
    _sign: tuple[str, int] | None = None
    _signed: float = field(default_factory=time.monotonic)
    _looked: float = field(default_factory=time.monotonic)

    @classmethod
    def start(cls, evidence: Path, shard: int, shard_context: Callable[[], ShardContext]) -> ShardProcess:
        """evidence: the evidence folder. shard_context: called by the process itself.

        It dies with the thread that calls this: that is its parent for the kernel.
        """
        context = get_context("spawn")
        results, told = context.Pipe(duplex=False)
        process = context.Process(
            target=_visit, args=(shard_context, shard, told, os.getpid()), name=f"govah shard {shard}"
        )
        process.start()
        told.close()
        return cls(shard, process, evidence / layout.shard_name(shard), results)

    def ended(self) -> bool:
        """Hears what it has to say; True once it is gone and has said everything."""
        ended = not self.process.is_alive()
        with contextlib.suppress(EOFError, OSError):
            while self._results.poll():
                message = self._results.recv()
                if isinstance(message, ShardOutcome | EvidenceBusy):
                    self.outcome = message
                elif message is not None:
                    self.progress = message
        if ended:
            self.process.join()
            self._results.close()
        elif self._hangs():
            self.process.kill()
        return ended

    def _hangs(self) -> bool:
        """Whether its lease stayed as it is for too long, by our own clock: clocks of file systems are set, and rest."""
        now = time.monotonic()
        if now - self._looked < _LOOK:
            return False
        sign = self._last_sign()
        if sign != self._sign or now - self._looked > SILENT / 2:  # it lives, or we were stopped ourselves
            self._sign, self._signed = sign, now
        self._looked = now
        return now - self._signed > SILENT

    def _last_sign(self) -> tuple[str, int] | None:
        with contextlib.suppress(OSError):
            epochs = layout.epochs(self._folder)
            if epochs:
                lease = self._folder / layout.epoch_name(epochs[-1])
                return lease.name, lease.stat().st_mtime_ns
        return None

    def ask_to_stop(self) -> None:
        """Once: a second signal would be the system's to handle."""
        if not self._asked:
            self._asked = True
            self.process.terminate()

    def kill(self) -> None:
        self.process.kill()
        self.process.join()


@dataclass(slots=True)
class _ProgressReporter:
    """How far a process is. It waits for nobody to listen: who started it may be stopped (Ctrl-Z) for hours."""

    told: Connection
    latest: Progress | None = None
    sent: float = 0.0

    def __call__(self, now: Progress) -> None:
        self.latest = now
        # a pipe that can be written to takes as much as this at once
        if time.monotonic() - self.sent >= TICK and select.select([], [self.told], [], 0)[1]:
            self.sent = time.monotonic()
            self.told.send(now)


def _visit(shard_context: Callable[[], ShardContext], shard: int, told: Connection, parent: int) -> None:
    """What the process does. A key pressed at the terminal is not for it."""
    os.setsid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        return  # it died before we could ask to be told
    telling = _ProgressReporter(told)
    outcome: ShardOutcome | EvidenceBusy
    try:
        outcome = run_shard(shard_context(), shard, progress=telling, stop=threading.Event(), signer=None)
    except EvidenceBusy as busy:
        outcome = busy
    except EvidenceError as error:
        outcome = ShardOutcome("failed", f"{type(error).__name__}: {error}")
    told.send(telling.latest)
    told.send(outcome)
