"""Why nothing goes out for the time being, and for how long it was so: it costs no agency of its time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

from crawler.politeness.frontier import Frontier

Reason = Literal["controls", "hours"]


class PauseState:
    """over: called with beginning and end (monotonic) when the last reason is gone."""

    def __init__(
        self,
        frontier: Frontier,
        over: Callable[[float, float], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._frontier = frontier
        self._over = over
        self._clock = clock
        self._reasons: set[Reason] = set()
        self._since = 0.0

    def __contains__(self, reason: Reason) -> bool:
        return reason in self._reasons

    def say(self, reason: Reason, holds: bool) -> None:
        """Whether a reason holds from now on."""
        if holds and not self._reasons:
            self._since = self._clock()
            self._frontier.paused = True
        if holds:
            self._reasons.add(reason)
        elif reason in self._reasons:
            self._reasons.discard(reason)
            if not self._reasons:
                self._over(self._since, self._clock())
                self._frontier.resume()
