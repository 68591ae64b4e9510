"""How much CPU the judging of one agency may take: the last defence against pages made to be read for hours.

Rules take linear time, so that nobody comes near it; whoever does costs the round some minutes and his own findings.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from evidence.cpu_limit import TookTooLong, cpu_limit

_LEAST = 0.05


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
