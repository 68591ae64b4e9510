"""A program in a terminal of a given size: what it wrote there, and keys pressed while it runs."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType

from tests import command_server
from tests.fork_server import Forked

ESCAPE = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07]*\x07|[@-Z\\-_=>])")
STYLE = re.compile(r"\x1b\[[0-9;]*m")
_LONGEST = 120.0  # seconds


# What a program is started through: in the foreground, even where the tests are run in the background, which ignores
# keys. Not between fork and exec, where code can stand still for ever when there are threads.
_AT_A_TERMINAL = """\
import fcntl, os, signal, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
for number in (signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ):
    signal.signal(number, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])
"""


class Terminal:
    """A context manager. `text` is what came so far, as it came."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], columns: int, rows: int = 24
    ) -> None:
        """command: of the shell; one that begins with `govah` is forked (tests/command_server.py)."""
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        env = {name: value for name, value in environment.items() if name not in ("COLUMNS", "LINES")}
        self._process: Forked | subprocess.Popen[bytes]
        if command[0] == "govah":
            self._process = command_server.started(
                *command[1:], env=env, files=(theirs, theirs, theirs), terminal=True
            )
        else:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _AT_A_TERMINAL, *command],
                env=env,
                stdin=theirs,
                stdout=theirs,
                stderr=theirs,
                start_new_session=True,
            )
        os.close(theirs)
        self._came = b""

    @property
    def text(self) -> str:
        return self._came.decode("utf-8", "replace").replace("\r\n", "\n")

    @property
    def shown(self) -> str:
        """Without what steers colours and the cursor."""
        return ESCAPE.sub("", self.text)

    @property
    def process(self) -> int:
        return self._process.pid

    def resize(self, columns: int, rows: int = 24) -> None:
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.killpg(self._process.pid, signal.SIGWINCH)

    def press(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def wait_for(self, said: str) -> None:
        """Until that stands there. Fails when the program ends without saying it."""
        self.wait_until(said, lambda shown: said in shown)

    def wait_until(self, what: str, stands: Callable[[str], object]) -> None:
        """Until `stands` finds it in what is `shown`. Fails when the program ends before."""
        ends = time.monotonic() + _LONGEST
        while not stands(self.shown):
            assert time.monotonic() < ends and self._read(0.1), f"{what!r} never came:\n{self.text}"

    def ended(self) -> int:
        """The exit status, when all was read."""
        ends = time.monotonic() + _LONGEST
        while self._read(0.1):
            assert time.monotonic() < ends, self.text
        return self._process.wait(timeout=_LONGEST)

    def _read(self, seconds: float) -> bool:
        """False once the other side is closed."""
        if select.select([self._ours], [], [], seconds)[0]:
            try:
                piece = os.read(self._ours, 65536)
            except OSError:  # how Linux says so
                return False
            self._came += piece
            return bool(piece)
        return True

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._ours)
