"""The control targets: when they do not answer, it is our own network that fails, and nobody is blamed.

Failed exchanges are held back until a control has answered after them. Not here: sending.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Held = TypeVar("Held")

EVERY = 60.0  # seconds between two checks while all answer: a crawl costs them one request a minute
AGAIN = 3.0  # between two checks while they do not answer
SPACING = 1.0  # least time between two checks that failures ask for


@dataclass(slots=True)
class Controls(Generic[Held]):
    """Asks the controls when it is time, and decides what held-back failures are.

    check: ask every control; True when one answered. cleared: a control answered after these failures, so
    they are the target's. doubted: no control answered, so they are ours and are repeated.
    pause: called with True and False. control_timeout: seconds after which silent controls are given up.
    at_rest: nobody is asked for anything for the time being, so that the controls need not be asked either.
    """

    present: bool
    check: Callable[[], Awaitable[bool]]
    cleared: Callable[[Held], None]
    doubted: Callable[[Held], None]
    pause: Callable[[bool], None]
    control_timeout: float = 60.0
    at_rest: Callable[[], bool] = lambda: False
    every: float = EVERY
    _held: list[tuple[float, Held]] = field(default_factory=list)
    _last: float = float("-inf")
    _asked: asyncio.Event = field(default_factory=asyncio.Event)

    def hold(self, failed: Held) -> None:
        """A transport failure; decided by the next answer of a control."""
        if not self.present:
            self.cleared(failed)
            return
        self._held.append((time.monotonic(), failed))
        self._asked.set()

    @property
    def holding(self) -> int:
        return len(self._held)

    async def watch(self) -> bool:
        """Runs beside the crawl until cancelled; returns False when the controls stayed silent."""
        if not self.present:
            await asyncio.Event().wait()
        while True:
            try:
                await asyncio.wait_for(self._asked.wait(), self.every)
                await asyncio.sleep(max(0.0, self._last + SPACING - time.monotonic()))
            except TimeoutError:
                if self.at_rest():
                    continue
            if not await self.ask():
                return False

    async def ask(self) -> bool:
        """One check; while it fails, the crawl is paused and it is repeated. False: given up."""
        if not self.present:
            return True
        silent_since: float | None = None
        while True:
            self._asked.clear()
            started = self._last = time.monotonic()
            alive = await self.check()
            self._decide(started, alive, silent=silent_since is not None)
            if alive:
                if silent_since is not None:
                    self.pause(False)
                return True
            if silent_since is None:
                silent_since = started
                self.pause(True)
            if time.monotonic() - silent_since >= self.control_timeout:
                return False
            await asyncio.sleep(min(AGAIN, max(0.1, self.control_timeout / 10)))

    def _decide(self, started: float, alive: bool, *, silent: bool) -> None:
        """A good answer clears what failed before it was asked for; a bad one dooms all.

        silent: nobody had answered before. What was under way then and failed since is ours too.
        """
        held, self._held = self._held, []
        for when, failed in held:
            if alive and when > started:
                self._held.append((when, failed))
            elif alive and not silent:
                self.cleared(failed)
            else:
                self.doubted(failed)
        if self._held:
            self._asked.set()
