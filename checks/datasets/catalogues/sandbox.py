"""The child process that reads large catalogues: limits on memory and CPU; its death is our limit, never a verdict.

`python -m checks.datasets.catalogues` is the child. It gets one body and gives one `Reading`, as JSON.
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
from pathlib import Path
from typing import Any

from checks.datasets.catalogues.entry import Entry, File
from checks.datasets.catalogues.reading import Reading, read

MEMORY = 1024 << 20
CPU_SECONDS = 60
WALL_SECONDS = 300.0
_ALONE = 1_000_000  # a body up to this size costs the readers little
_MAX_ANSWER = 128 << 20
_HEAD = struct.Struct("<I")
_GAVE_UP = 3  # exit status: the body was too much for the readers


def examine(body: bytes, url: str, content_type: str | None) -> Reading:
    """As `read`, with a child process for what is large."""
    return read(body, url, content_type) if len(body) <= _ALONE else ask(body, url, content_type)


def ask(
    body: bytes, url: str, content_type: str | None, *, memory: int = MEMORY, cpu: int = CPU_SECONDS
) -> Reading:
    """Reads a body in a child process of its own. Raises OSError when there can be none."""
    order = json.dumps([url, content_type, memory, cpu]).encode()
    try:
        child = subprocess.run(
            # -P: the folder we stand in is the round's, and no place to import from
            [sys.executable, "-P", "-m", "checks.datasets.catalogues"],
            input=_HEAD.pack(len(order)) + order + body,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=WALL_SECONDS,
            check=False,
            env=_environment(),
        )
    except subprocess.TimeoutExpired:
        return Reading(None, fault="limit", detail="time")
    if child.returncode not in (0, _GAVE_UP) and child.returncode > 0:
        raise OSError(f"the reading process ended with {child.returncode}")
    if child.returncode != 0 or len(child.stdout) > _MAX_ANSWER:
        return Reading(None, fault="limit", detail="child")
    return reading_from(json.loads(child.stdout))


def _environment() -> dict[str, str]:
    """The child imports what the parent runs, wherever that was imported from."""
    ours = str(Path(__file__).parents[3])
    path = os.pathsep.join([ours, *filter(None, [os.environ.get("PYTHONPATH")])])
    passed = {key: os.environ[key] for key in ("LD_LIBRARY_PATH", "HOME") if key in os.environ}
    return {"PYTHONPATH": path, **passed}


def reading_from(data: dict[str, Any]) -> Reading:
    """The inverse of `dataclasses.asdict`, dates as ISO text."""
    entries = tuple(
        Entry(files=tuple(File(**_dated(file)) for file in entry.pop("files")), **_dated(entry))
        for entry in data.pop("entries")
    )
    return Reading(entries=entries, names=tuple(data.pop("names")), **data)


def _dated(data: dict[str, Any]) -> dict[str, Any]:
    days = {key: dt.date.fromisoformat(data[key]) for key in ("modified", "issued") if data.get(key)}
    return {**data, **days}


def child() -> int:
    """The child's side: limits first, then one body from stdin, one answer to stdout."""
    stream = sys.stdin.buffer
    (length,) = _HEAD.unpack(stream.read(_HEAD.size))
    url, content_type, memory, cpu = json.loads(stream.read(length))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        reading = read(stream.read(), url, content_type)
        answer = json.dumps(dataclasses.asdict(reading), default=dt.date.isoformat)
    except BaseException:  # no memory, or a reader that panics over what it was given
        return _GAVE_UP
    sys.stdout.write(answer)
    sys.stdout.flush()
    return 0
