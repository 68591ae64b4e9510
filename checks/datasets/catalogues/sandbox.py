"""Large catalogues, read in a child process with limits. `python -m checks.datasets.catalogues` is the child."""

from __future__ import annotations

import datetime as dt
from typing import Any

from checks.datasets.catalogues.entry import Entry, File
from checks.datasets.catalogues.reading import Reading, read
from claims import confined
from claims.confined import CPU_SECONDS, HERE_SECONDS, WALL_SECONDS, LimitReached
from evidence.cpu_limit import within

# Bytes for the child. Past them it dies, and the catalogue is a limit of ours. Bodies are bounded below.
MEMORY = 1024 << 20
_ALONE = 1_000_000  # a body up to this size costs the readers little
_MAX_ANSWER = 128 << 20  # Bytes of what the child writes. More is a limit of ours.


def examine(body: bytes, url: str, content_type: str | None) -> Reading:
    """As `read`, with a child process for what is large or takes long. Raises confined.ChildFailed."""
    if len(body) <= _ALONE:
        found = within(HERE_SECONDS, lambda: read(body, url, content_type))
        if found is not None:
            return found
    return ask(body, url, content_type)


def ask(
    body: bytes, url: str, content_type: str | None, *, memory: int = MEMORY, cpu: int = CPU_SECONDS
) -> Reading:
    """Reads a body in a child process of its own. Raises confined.ChildFailed."""
    try:
        answer = confined.ask(
            "checks.datasets.catalogues",
            [url, content_type],
            body,
            memory=memory,
            cpu=cpu,
            seconds=WALL_SECONDS,
            most=_MAX_ANSWER,
        )
    except LimitReached as limit:
        return Reading(None, fault="limit", detail=str(limit))
    return reading_from(answer)


def reading_from(data: dict[str, Any]) -> Reading:
    """The inverse of `dataclasses.asdict`, dates as ISO text."""
    entries = tuple(
        Entry(files=tuple(File(**_dated(file)) for file in entry.pop("files")), **_dated(entry))
        for entry in data.pop("entries")
    )
    names, nested = (tuple(data.pop(name)) for name in ("names", "nested"))
    return Reading(entries=entries, names=names, nested=nested, **data)


def _dated(data: dict[str, Any]) -> dict[str, Any]:
    days = {key: dt.date.fromisoformat(data[key]) for key in ("modified", "issued") if data.get(key)}
    return {**data, **days}


def child() -> int:
    """The child's side."""
    return confined.answer(lambda order, body: read(body, *order))
