"""One re-test at a time, by `govah retest` in a process of its own, and what it has said so far."""

from __future__ import annotations

import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

_MOST_BYTES = 64 << 10  # of its output that are shown: the last ones
_ENDS = 20.0  # seconds in which it stops at the desk's end; the same command continues it


@dataclass(frozen=True, slots=True)
class RetestState:
    """status: of its process, None while it runs. lines: what it said."""

    subject: str
    by: str
    status: int | None
    lines: tuple[str, ...]


class RetestBusy(Exception):
    """A re-test of this desk runs, or another crawl holds the round."""


class RetestRun:
    """start: begins a re-test of a subject, by whom, in a language, with its output in a file. held: whether a crawl holds the round."""

    def __init__(
        self,
        start: Callable[[str, str, str, IO[bytes]], subprocess.Popen[bytes]],
        held: Callable[[], bool],
    ) -> None:
        self._start = start
        self._held = held
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._output: IO[bytes] | None = None
        self._of = ("", "")

    def begin(self, subject: str, by: str, language: str) -> None:
        """Raises RetestBusy and OSError."""
        with self._lock:
            if (self._process is not None and self._process.poll() is None) or self._held():
                raise RetestBusy
            if self._output is not None:
                self._output.close()
            self._output = tempfile.TemporaryFile()  # noqa: SIM115 (open as long as it is read)
            self._process = self._start(subject, by, language, self._output)
            self._of = (subject, by)

    def state(self) -> RetestState | None:
        """None when none was begun."""
        with self._lock:
            if self._process is None or self._output is None:
                return None
            status = self._process.poll()
            self._output.seek(0, 2)
            self._output.seek(max(0, self._output.tell() - _MOST_BYTES))
            said = self._output.read().decode("utf-8", "replace")
            return RetestState(*self._of, status, tuple(said.splitlines()))

    def close(self) -> None:
        """Ends what still runs, as Ctrl+C does."""
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                self._process.send_signal(signal.SIGINT)
                try:
                    self._process.wait(_ENDS)
                except subprocess.TimeoutExpired:
                    self._process.kill()
