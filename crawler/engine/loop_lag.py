"""How late our own event loop is: our saturation must never read as a slow agency."""

from __future__ import annotations

import asyncio
import time
from collections import deque

_STEP = 0.1
_KEPT = 600.0
_NOTICED = 0.02


class LoopLag:
    """Measures by sleeping; remembers only what is worth noticing."""

    def __init__(self) -> None:
        self._late: deque[tuple[float, float]] = deque()
        self._asleep: float | None = None  # since when the next look is waited for

    async def watch(self) -> None:
        try:
            while True:
                before = self._asleep = time.monotonic()
                await asyncio.sleep(_STEP)
                now = time.monotonic()
                if now - before - _STEP > _NOTICED:
                    self._late.append((now, now - before - _STEP))
                while self._late and self._late[0][0] < now - _KEPT:
                    self._late.popleft()
        finally:
            self._asleep = None

    def since(self, when: float) -> float:
        """Worst lag since a monotonic time, seconds; what is late by now included.

        After a pause others may run before `watch` does, and what they end has to know.
        """
        worst = 0.0 if self._asleep is None else max(0.0, time.monotonic() - self._asleep - _STEP)
        for at, late in reversed(self._late):
            if at < when:
                break
            worst = max(worst, late)
        return worst
