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

    async def watch(self) -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(_STEP)
            now = time.monotonic()
            if now - before - _STEP > _NOTICED:
                self._late.append((now, now - before - _STEP))
            while self._late and self._late[0][0] < now - _KEPT:
                self._late.popleft()

    def since(self, when: float) -> float:
        """Worst lag since a monotonic time, seconds."""
        worst = 0.0
        for at, late in reversed(self._late):
            if at < when:
                break
            worst = max(worst, late)
        return worst
