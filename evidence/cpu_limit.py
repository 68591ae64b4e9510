"""How much CPU the reading of hostile text may take. Past it, whatever reads is interrupted.

The last defence: patterns take linear time and texts have bounds. A timer of the process's CPU time raises in the main
thread, where patterns look for signals while they run, and again each second, should something have caught it. In other
threads nothing is limited, and neither is a single call of a library, which ends by the bounds of what it is given.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from functools import wraps
from types import FrameType
from typing import ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")
_AGAIN = 1.0  # seconds until it is raised again
_HURRY = 1.0  # seconds of CPU that are left for all reading when the run is to end
_LEAST, _SOON = 0.05, 0.001


class TookTooLong(Exception):
    """Reading took more CPU than it may."""


class CutOff(TookTooLong):
    """Reading was interrupted because the run is to end: nothing is wrong with what was read."""


class cpu_limit:
    """Raises TookTooLong inside the block after so many seconds of CPU (user time). One within another takes of its time."""

    __slots__ = ("_begun", "_mine", "_outer", "_seconds", "ends_with_outer")
    active = False
    ends: float | None = None  # CPU time of the process when all reading is over, once the run is to end
    unbroken = 0  # changes under way that are not to be interrupted, one in another
    late = False  # an interruption waits for the end of them
    _handles = False

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._mine = False
        self._begun = self._outer = 0.0
        self.ends_with_outer = False  # of two timers the outer one's is over first

    def __enter__(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        if not cpu_limit._handles:
            signal.signal(signal.SIGVTALRM, _raise)
            cpu_limit._handles = True
        self._mine = cpu_limit.active = True
        cpu_limit.late = False
        self._begun, seconds = time.process_time(), self._seconds
        if cpu_limit.ends is not None:
            seconds = min(seconds, max(_LEAST, cpu_limit.ends - self._begun))
        self._outer, _ = signal.setitimer(signal.ITIMER_VIRTUAL, seconds, _AGAIN)
        self.ends_with_outer = 0.0 < self._outer < seconds
        if self.ends_with_outer:
            signal.setitimer(signal.ITIMER_VIRTUAL, self._outer, _AGAIN)

    def __exit__(self, *raised: object) -> None:
        if not self._mine:
            return
        if self._outer:
            left = self._outer - (time.process_time() - self._begun)
            signal.setitimer(signal.ITIMER_VIRTUAL, max(_SOON, left), _AGAIN)
        else:
            cpu_limit.active = cpu_limit.late = False
            signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)


def unbroken(change: Callable[P, T]) -> Callable[P, T]:
    """A change of state that is done as a whole: what would interrupt it does so at its end. It reads nothing hostile."""

    @wraps(change)
    def whole(*args: P.args, **kwargs: P.kwargs) -> T:
        cpu_limit.unbroken += 1
        try:
            changed = change(*args, **kwargs)
        finally:
            cpu_limit.unbroken -= 1
        if cpu_limit.late and not cpu_limit.unbroken:
            cpu_limit.late = False
            raise _interruption()
        return changed

    return whole


def within(seconds: float, read: Callable[[], T]) -> T | None:
    """What `read` returns; None when it takes longer. Raises TookTooLong when that is the end of an outer limit too."""
    limit = cpu_limit(seconds)
    try:
        with limit:
            return read()
    except TookTooLong as error:
        if limit.ends_with_outer or isinstance(error, CutOff):
            raise
        return None


def hurry() -> None:
    """The run is to end: all reading has a second of CPU left. For handlers of signals."""
    cpu_limit.ends = time.process_time() + _HURRY
    if cpu_limit.active:
        signal.setitimer(signal.ITIMER_VIRTUAL, _HURRY, _AGAIN)


def take_time() -> None:
    """Another run begins: what was said of an earlier one's end counts no more."""
    cpu_limit.ends = None


_BOUNDS = (cpu_limit.__enter__.__code__, cpu_limit.__exit__.__code__)


def _raise(number: int, frame: FrameType | None) -> None:
    """In the block, and not on the way in or out, where nobody would stop the timer."""
    if not cpu_limit.active or frame is None or frame.f_code in _BOUNDS:
        return
    if cpu_limit.unbroken:
        cpu_limit.late = True
    else:
        raise _interruption()


def _interruption() -> TookTooLong:
    if cpu_limit.ends is not None:
        return CutOff("the run is to end")
    return TookTooLong("reading took too much CPU time")
