"""The child process that reads what may hurt: limits on memory, CPU and output; its death is our limit.

The parent sends one body and gets one `Content` back, as JSON. `python -m checks.datasets` is the child.
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
from pathlib import Path
from typing import Any

from checks.datasets.columns import DateColumns
from checks.datasets.read import Content, read
from checks.datasets.sniff import Hints
from checks.datasets.table import Table

MEMORY = 1536 << 20
CPU_SECONDS = 60
WALL_SECONDS = 300.0
_MAX_ANSWER = 1 << 20
# Text up to this size is read without a child: what a tree is built of, and what passes by in pieces.
_ALONE, _ALONE_IN_PIECES = 1_000_000, 8_000_000
_HEAD = struct.Struct("<I")
_GAVE_UP = 3  # exit status: the body was too much for the readers
_PASSED_ON = ("LD_LIBRARY_PATH", "HOME")


class ChildFailed(Exception):
    """The child did not come to read: nothing is known of the body, and this machine is to blame."""


def examine(body: bytes, hints: Hints, as_of: dt.date) -> Content:
    """As `read`, with a child process for everything that inflates or builds trees."""
    if _harmless(body):
        return read(body, hints, as_of)
    return ask(body, hints, as_of)


def _harmless(body: bytes) -> bool:
    """Text of a size that is read in moments, in pieces or whole. All else, and every package, is for the child."""
    head = body[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if body.startswith((b"PK", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")):
        return False
    return len(body) <= (_ALONE if head.startswith((b"{", b"[", b"<")) else _ALONE_IN_PIECES)


def ask(
    body: bytes, hints: Hints, as_of: dt.date, *, memory: int = MEMORY, cpu: int = CPU_SECONDS
) -> Content:
    """Reads a body in a child process of its own. Raises ChildFailed."""
    order = json.dumps([dataclasses.asdict(hints), as_of.isoformat(), memory, cpu, len(body)]).encode()
    child = subprocess.Popen(
        # -P: the folder we stand in is the round's, and no place to import from
        [sys.executable, "-P", "-m", "checks.datasets"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(),
    )
    late = threading.Event()
    clock = threading.Timer(WALL_SECONDS, _stop, (child, late))
    feeder = threading.Thread(target=_feed, args=(child, _HEAD.pack(len(order)) + order, body), daemon=True)
    clock.start()
    feeder.start()
    try:
        assert child.stdout is not None
        with child.stdout as answers:
            answer = answers.read(_MAX_ANSWER + 1)  # and no further, whatever wrote it
    finally:
        status = child.wait()
        clock.cancel()
        feeder.join()
    if late.is_set():
        return Content("binary", fault="limit", detail="time")
    if len(answer) > _MAX_ANSWER or status == _GAVE_UP or status < 0:
        return Content("binary", fault="limit", detail="child")
    if status != 0:
        raise ChildFailed(status)
    return content_from(json.loads(answer))


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
    ours = str(Path(__file__).parents[2])
    path = os.pathsep.join([ours, *filter(None, [os.environ.get("PYTHONPATH")])])
    # Threads of the linear algebra that is never called would reserve memory for nothing.
    return {
        "PYTHONPATH": path,
        "OPENBLAS_NUM_THREADS": "1",
        **{key: os.environ[key] for key in _PASSED_ON if key in os.environ},
    }


def content_from(data: dict[str, Any]) -> Content:
    """The inverse of `dataclasses.asdict`, dates as ISO text."""
    table: dict[str, Any] | None = data.pop("table")
    content = Content(**_tuples(data))
    if table is None:
        return content
    dates: dict[str, Any] = _tuples(table.pop("dates"))
    newest: str | None = dates.pop("newest")
    columns = DateColumns(newest=dt.date.fromisoformat(newest) if newest else None, **dates)
    return dataclasses.replace(content, table=Table(dates=columns, **_tuples(table)))


def _tuples(data: dict[str, Any]) -> dict[str, Any]:
    return {key: _tuple(value) for key, value in data.items()}


def _tuple(value: Any) -> Any:
    return tuple(map(_tuple, value)) if isinstance(value, list) else value


def child() -> int:
    """The child's side: limits first, then one body from stdin, one answer to stdout."""
    stream = sys.stdin.buffer
    (length,) = _HEAD.unpack(stream.read(_HEAD.size))
    hints, as_of, memory, cpu, size = json.loads(stream.read(length))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        content = read(stream.read(size), Hints(**hints), dt.date.fromisoformat(as_of))
    except BaseException:  # no memory, or a reader that panics over what it was given
        return _GAVE_UP
    answer = json.dumps(dataclasses.asdict(content), default=dt.date.isoformat)
    sys.stdout.write(answer)
    sys.stdout.flush()
    return 0
