"""What asks a crawl to end wherever it runs: the file `stop` in the evidence folder, which all its machines share."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from evidence import layout
from evidence.errors import writing

_LOOK = 1.0  # seconds between two looks: on a shared folder each is a question to its server


@dataclass(slots=True)
class StopFile:
    """Answers like a threading.Event; once there, it stays set for who has seen it."""

    evidence: Path
    _seen: bool = False
    _looked: float = float("-inf")

    def is_set(self) -> bool:
        if not self._seen and time.monotonic() - self._looked >= _LOOK:
            self._looked = time.monotonic()
            self._seen = (self.evidence / layout.STOP).exists()
        return self._seen


def ask_to_stop(evidence: Path) -> None:
    """Raises WriteFailed."""
    with writing(evidence / layout.STOP):
        os.close(
            os.open(
                evidence / layout.STOP,
                os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW,
                layout.PRIVATE,
            )
        )


def withdraw(evidence: Path) -> None:
    """Whoever is asked to crawl from now on does. Raises WriteFailed."""
    with writing(evidence / layout.STOP):
        (evidence / layout.STOP).unlink(missing_ok=True)
