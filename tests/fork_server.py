"""Starts processes by fork from one that has imported everything: Python's start is most of what a short one costs.

Each is a process of its own all the same, with its own loop, threads, limits and signals. `ForkServer` is the side of the
tests, `orders` that of the process: it returns in every child, with what that one has to do. Who is no part of the tests, as
a shell, asks by `python tests/forked.py` at the server's address.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

_MOST_BYTES = 200_000  # of an order
_NAME = "GOVAH_TESTS_SERVERS"
_SHARED = os.environ.pop(
    _NAME, ""
)  # the folder of the servers' addresses: ours, and of no tests that a test runs


class Forked:
    """A process of the server, used as `subprocess.Popen` is. written: files with what it says, if they are ours.

    cpu: seconds of all that were waited for, and of what they waited for: they are the server's children and not ours.
    """

    cpu = 0.0

    def __init__(self, arguments: dict[str, Any], server: socket.socket, *written: BinaryIO) -> None:
        self.args = arguments
        self.returncode: int | None = None
        self._server, self._written = server, written
        self._said = b""
        self._read_until(1)
        self.pid = int(self._said.split(b"\n")[0])

    def _read_until(self, lines: int, seconds: float | None = None) -> None:
        """Reads what the server says of the process. Raises TimeoutExpired."""
        until = None if seconds is None else time.monotonic() + seconds
        while self._said.count(b"\n") < lines:
            left = None if until is None else max(0.0, until - time.monotonic())
            if not select.select([self._server], [], [], left)[0]:
                raise subprocess.TimeoutExpired(str(self.args), seconds or 0.0)
            said = self._server.recv(1024)
            assert said, "the server of processes is gone"
            self._said += said

    def poll(self) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0.0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            self._read_until(2, timeout)
            code, cpu = self._said.split(b"\n")[1].split()
            self.returncode = int(code)
            Forked.cpu += float(cpu)
            self._server.close()
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """What it has said until its end."""
        self.wait(timeout)
        for file in self._written:
            file.seek(0)
        out, err = (file.read().decode() for file in self._written)
        return out, err

    def send_signal(self, number: int) -> None:
        """Nothing, to one that is over: its number may be another's by now."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Servers:
    """Processes that fork: each is started when somebody asks it first. folder: of their addresses, by program."""

    def __init__(self, *programs: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="govah-forks-")
        self.folder = self._folder.name
        # the end that we keep is closed when the tests are over, however they end
        self._over, self._life = os.pipe()
        self._waiting = {self._listening(program): program for program in programs}
        self._started: list[subprocess.Popen[bytes]] = []
        self._thread = threading.Thread(target=self._start_who_is_asked, daemon=True)
        self._thread.start()

    def _listening(self, program: str) -> socket.socket:
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        listening.bind(str(Path(self.folder, program)))
        listening.listen(64)
        return listening

    def _start_who_is_asked(self) -> None:
        while self._waiting:
            asked = select.select([self._over, *(one.fileno() for one in self._waiting)], [], [])[0]
            if self._over in asked:
                return
            for listening in [one for one in self._waiting if one.fileno() in asked]:
                command = [sys.executable, "-m", *self._waiting.pop(listening).split(), "--serve"]
                passed = [listening.fileno(), self._over]
                root = Path(__file__).parents[1]
                self._started.append(
                    subprocess.Popen([*command, *map(str, passed)], pass_fds=passed, cwd=root)
                )
                listening.close()

    def close(self) -> None:
        """Ends them, and what a failed test has left."""
        os.close(self._life)
        self._thread.join()
        before = _of_children()
        for process in self._started:
            process.wait()
        Forked.cpu -= _of_children() - before  # their children are counted already
        for listening in self._waiting:
            listening.close()
        os.close(self._over)
        self._folder.cleanup()


class ForkServer:
    """program: a module of ours, and its words, that asks `orders` what to do. address: of the socket where it is asked.

    One serves all processes of pytest-xdist, if the first of them has told them where (`share`).
    """

    def __init__(self, program: str) -> None:
        self._own = None if _SHARED else Servers(program)
        self.address = str(Path(_SHARED or self._own.folder, program))  # type: ignore[union-attr]

    def start(
        self, arguments: dict[str, Any], files: tuple[int, int, int] | None = None, terminal: bool = False
    ) -> Forked:
        """files: its input and outputs; without them it reads nothing, and what it writes is kept. terminal: which they are."""
        order = json.dumps({**arguments, "terminal": terminal}).encode()
        assert len(order) <= _MOST_BYTES
        server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        server.connect(self.address)
        if files is not None:
            socket.send_fds(server, [order], files)
            return Forked(arguments, server)
        out, err = (os.fdopen(os.memfd_create(name), "w+b") for name in ("out", "err"))
        with Path(os.devnull).open("rb") as nothing:
            socket.send_fds(server, [order], [nothing.fileno(), out.fileno(), err.fileno()])
        return Forked(arguments, server, out, err)

    def close(self) -> None:
        if self._own is not None:
            self._own.close()


def share(*programs: str) -> Servers:
    """For the processes that this one starts from now on."""
    servers = Servers(*programs)
    os.environ[_NAME] = servers.folder
    return servers


def _of_children() -> float:
    spent = os.times()
    return spent.children_user + spent.children_system


class _Running:
    """What a server has started, and who asked for it."""

    def __init__(self, pid: int, asked: socket.socket) -> None:
        self.pid, self.asked = pid, asked
        self.over = os.pidfd_open(pid)

    def tell(self) -> None:
        _, status, used = os.wait4(self.pid, 0)
        told = f"{os.waitstatus_to_exitcode(status)} {used.ru_utime + used.ru_stime:.4f}\n"
        with contextlib.suppress(OSError):  # the tests were killed
            self.asked.send(told.encode())
        self.asked.close()
        os.close(self.over)


def orders(listening: int, life: int) -> dict[str, Any]:
    """Serves until the other end of `life` is closed; in each child, returns what that one has to do."""
    gc.collect()
    gc.freeze()  # what is shared stays shared
    server = socket.socket(fileno=listening)
    asking = server.fileno()
    running: dict[int, _Running] = {}
    while True:
        for ready in select.select([asking, life, *running], [], [])[0]:
            if ready == life:
                for one in running.values():
                    os.kill(one.pid, signal.SIGKILL)
                raise SystemExit(0)
            if ready != asking:
                running.pop(ready).tell()
                continue
            asked, _ = server.accept()
            order, files, _, _ = socket.recv_fds(asked, _MOST_BYTES, 3)
            if not order:
                asked.close()
                continue
            pid = os.fork()
            if pid == 0:
                for number, file in enumerate(files):
                    os.dup2(file, number)
                for kept in (asked, server, *(one.asked for one in running.values())):
                    kept.close()
                for file in (life, *files, *running):
                    os.close(file)
                signal.signal(
                    signal.SIGINT, signal.default_int_handler
                )  # ignored where all runs in the background
                told = dict(json.loads(order))
                if told.pop("terminal", False):
                    os.setsid()
                    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
                return told
            asked.send(b"%d\n" % pid)
            one = _Running(pid, asked)
            running[one.over] = one
            for file in files:
                os.close(file)


def to_its_end(program: Callable[[], object]) -> None:
    """Runs it and ends the process as Python does, but does not take all modules apart: each would be copied for that."""
    status = 0
    try:
        program()
    except SystemExit as end:
        if not isinstance(end.code, int | None):
            raise
        status = end.code or 0
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads, as Python's own end does
    atexit._run_exitfuncs()
    try:
        for stream in filter(None, (sys.stdout, sys.stderr)):
            stream.flush()
    except OSError:
        raise SystemExit(status) from None  # says so, in Python's own way
    os._exit(status & 0xFF)
