"""Starts crawls by fork from one process that has imported everything: Python's start is most of what a short crawl costs.

Each is a process of its own all the same, with its own loop, threads, limits and signals. `ForkServer` is the side of the
tests, `orders` that of the process: it returns in every child, with what that one has to do.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, BinaryIO

_MOST_BYTES = 200_000  # of an order


class Forked:
    """A process of the server, used as `subprocess.Popen` is. out, err: files that it writes to."""

    def __init__(self, arguments: dict[str, Any], status: int, out: BinaryIO, err: BinaryIO) -> None:
        self.args = arguments
        self.returncode: int | None = None
        self._status, self._out, self._err = status, out, err
        self._said = b""
        self._read_until(1)
        self.pid = int(self._said.split(b"\n")[0])

    def _read_until(self, lines: int, seconds: float | None = None) -> None:
        """Reads what the server says of the process. Raises TimeoutExpired."""
        until = None if seconds is None else time.monotonic() + seconds
        while self._said.count(b"\n") < lines:
            left = None if until is None else max(0.0, until - time.monotonic())
            if not select.select([self._status], [], [], left)[0]:
                raise subprocess.TimeoutExpired(str(self.args), seconds or 0.0)
            said = os.read(self._status, 1024)
            assert said, "the server of processes is gone"
            self._said += said

    def poll(self) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0.0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            self._read_until(2, timeout)
            self.returncode = int(self._said.split(b"\n")[1])
            os.close(self._status)
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """What it has said until its end."""
        self.wait(timeout)
        said = []
        for file in (self._out, self._err):
            file.seek(0)
            said.append(file.read().decode())
        return said[0], said[1]

    def send_signal(self, number: int) -> None:
        """Nothing, to one that is over: its number may be another's by now."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class ForkServer:
    """program: a module of ours that asks `orders` what to do."""

    def __init__(self, program: str) -> None:
        self._orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", program, "--serve", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                cwd=Path(__file__).parents[1],
            )

    def start(self, arguments: dict[str, Any]) -> Forked:
        out, err = (os.fdopen(os.memfd_create(name), "w+b") for name in ("out", "err"))
        status, theirs = os.pipe()
        order = json.dumps(arguments).encode()
        assert len(order) <= _MOST_BYTES
        socket.send_fds(self._orders, [order], [out.fileno(), err.fileno(), theirs])
        os.close(theirs)
        return Forked(arguments, status, out, err)

    def close(self) -> None:
        """Ends it, and what a failed test has left."""
        self._orders.close()
        self._process.wait()


def orders(number: int) -> dict[str, Any]:
    """Serves until the other end of this socket is closed; in each child, returns what that one has to do."""
    gc.collect()
    gc.freeze()  # what is shared stays shared
    running: dict[int, tuple[int, int]] = {}
    listening = [number]
    while listening or running:
        for ready in select.select([*listening, *running], [], [])[0]:
            if ready in running:
                pid, status = running.pop(ready)
                code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
                with contextlib.suppress(BrokenPipeError):  # the tests were killed
                    os.write(status, b"%d\n" % code)
                os.close(ready)
                os.close(status)
                continue
            with socket.socket(fileno=os.dup(number)) as asking:
                order, files, _, _ = socket.recv_fds(asking, _MOST_BYTES, 3)
            if not order:
                listening.clear()
                for pid, _ in running.values():
                    os.kill(pid, signal.SIGKILL)
                continue
            out, err, status = files
            pid = os.fork()
            if pid == 0:
                os.dup2(out, 1)
                os.dup2(err, 2)
                for file in (number, *files, *running, *(status for _, status in running.values())):
                    os.close(file)
                return dict(json.loads(order))
            os.write(status, b"%d\n" % pid)
            running[os.pidfd_open(pid)] = pid, status
            os.close(out)
            os.close(err)
    raise SystemExit(0)
