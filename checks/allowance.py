"""How much CPU and memory the judging of one agency may take: the last defence against pages and files made to wear us down.

Rules take linear time, so that nobody comes near it; whoever does costs the round some minutes and his own findings.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evidence.cpu_limit import TookTooLong, cpu_limit

_LEAST = 0.05  # Seconds of CPU that a step gets when the allowance is used up: a limit of 0 would mean none
_MEMORY = 3 << 30  # bytes, twenty times what pages as they are take; two processes judge at once
# Of CPU, for a child that reads a file: what starts it, and what a package takes that unfolds tenfold.
_TO_START, _OF_MEGABYTE = 2.0, 1.0


class Allowance:
    """seconds: of CPU, for all checks of an agency together; one turn may take a third of them."""

    def __init__(self, seconds: float) -> None:
        self._turn = seconds / 3
        self._left = seconds

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Raises TookTooLong in the block when its time is over, and before it when all is."""
        if self._left <= 0:
            raise TookTooLong("the agency's CPU time is over")
        begun = time.process_time()
        try:
            with cpu_limit(max(_LEAST, min(self._turn, self._left))):
                yield
        finally:
            self._left -= time.process_time() - begun


@contextmanager
def bounded_memory() -> Iterator[None]:
    """In the block the process gets so much more memory, and then MemoryError, in place of the system's ending it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + _MEMORY
    if soft == resource.RLIM_INFINITY or most < soft:
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


class ChildTime:
    """What child processes may take over the files of an agency, beyond what such files usually take.

    Files as they are cost nothing of it, however many they are; those that are made to wear a reader down use it up.
    """

    def __init__(self, seconds: float) -> None:
        """seconds: of CPU."""
        self._left = seconds

    @property
    def over(self) -> bool:
        return self._left <= 0

    @contextmanager
    def reading(self, usual: float) -> Iterator[None]:
        """Counts what the children of the block take past `usual`, in seconds of CPU."""
        begun = _of_children()
        try:
            yield
        finally:
            self._left -= max(0.0, _of_children() - begun - usual)


def usual_seconds(body: bytes) -> float:
    """Of CPU, for reading a dataset or a catalogue of this size."""
    return _TO_START + _OF_MEGABYTE * len(body) / 1e6


def _of_children() -> float:
    """CPU of those that have ended, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
