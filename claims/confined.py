"""A child process that reads one hostile body: limits on memory, CPU, time and output; its death is our limit.

The parent sends an order and a body and gets one answer back, as JSON. Not here: what is read
(`claims.workbook`, `checks.datasets.sandbox`, `checks.datasets.catalogues.sandbox`).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import resource
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

WALL_SECONDS = 300.0
CPU_SECONDS = 60
HERE_SECONDS = 10.0  # of CPU, for a body that is read without a child; past it a child reads it
_HEAD = struct.Struct("<I")
_GAVE_UP = 3  # exit status: the body was too much for the readers
_PASSED_ON = ("LD_LIBRARY_PATH", "HOME")


class ChildFailed(Exception):
    """The child did not come to read: nothing is known of the body, and this machine is to blame."""


class LimitReached(Exception):
    """The child met a limit of ours; the argument says which: "time", or "child" for any other end of it."""


def ask(module: str, order: Any, body: bytes, *, memory: int, cpu: int, seconds: float, most: int) -> Any:
    """What `python -m module` answers, parsed. seconds: on the wall. most: bytes of an answer. Raises LimitReached, ChildFailed."""
    told = json.dumps([order, memory, cpu, len(body)]).encode()
    child = subprocess.Popen(  # noqa: S603 — our own program with a module of ours
        # -P: the folder we stand in is the round's, and no place to import from
        [sys.executable, "-P", "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(),
    )
    late = threading.Event()
    clock = threading.Timer(seconds, _stop, (child, late))
    feeder = threading.Thread(target=_feed, args=(child, _HEAD.pack(len(told)) + told, body), daemon=True)
    clock.start()
    feeder.start()
    try:
        assert child.stdout is not None
        with child.stdout as answers:
            answer = answers.read(most + 1)  # and no further, whatever wrote it
    finally:
        status = child.wait()
        clock.cancel()
        feeder.join()
    if late.is_set():
        raise LimitReached("time")
    if len(answer) > most or status == _GAVE_UP or status < 0:
        raise LimitReached("child")
    if status != 0:
        raise ChildFailed(status)
    return json.loads(answer)


def _feed(child: subprocess.Popen[bytes], order: bytes, body: bytes) -> None:
    assert child.stdin is not None
    try:
        with child.stdin as stream:
            stream.write(order)
            stream.write(body)
    except OSError:  # it died; its status says so
        pass


def _stop(child: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    child.kill()


def _environment() -> dict[str, str]:
    """The child imports what the parent runs, wherever that was imported from."""
    ours = str(Path(__file__).parents[1])
    path = os.pathsep.join([ours, *filter(None, [os.environ.get("PYTHONPATH")])])
    # Threads of the linear algebra that is never called would reserve memory for nothing.
    return {
        "PYTHONPATH": path,
        "OPENBLAS_NUM_THREADS": "1",
        **{key: os.environ[key] for key in _PASSED_ON if key in os.environ},
    }


def answer(read: Callable[[Any, bytes], Any]) -> int:
    """The child's side: limits first, then one order and one body from stdin, and what `read` makes of them to stdout.

    read: returns a dataclass. The exit status.
    """
    stream = sys.stdin.buffer
    (length,) = _HEAD.unpack(stream.read(_HEAD.size))
    order, memory, cpu, size = json.loads(stream.read(length))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        found = json.dumps(dataclasses.asdict(read(order, stream.read(size))), default=dt.date.isoformat)
    except BaseException:  # no memory, or a reader that panics over what it was given
        return _GAVE_UP
    sys.stdout.write(found)
    sys.stdout.flush()
    return 0
