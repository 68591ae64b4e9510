"""A bell on the event loop: rings once, at the earliest time asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class WakeTimer:
    """Asked for again and again; `call` is called at the earliest of the times, then it waits to be asked anew."""

    def __init__(self, loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
        self._loop = loop
        self._call = call
        self._due = float("inf")
        self._pending: asyncio.Handle | None = None

    def __call__(self, seconds: float) -> None:
        due = self._loop.time() + seconds
        if self._pending is not None:
            if self._due <= due + 0.001:
                return
            self._pending.cancel()
        self._due = due
        self._pending = (
            self._loop.call_later(seconds, self._ring) if seconds > 0 else self._loop.call_soon(self._ring)
        )

    def _ring(self) -> None:
        self._pending = None
        self._call()
