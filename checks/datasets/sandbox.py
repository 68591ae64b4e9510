"""The child process that reads what may hurt: limits on memory, CPU and output; its death is our limit.

`python -m checks.datasets` is the child (how: `claims.confined`).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from checks.datasets.files.columns import DateColumns
from checks.datasets.files.read import Content, read
from checks.datasets.files.sniff import Hints
from checks.datasets.files.table import Table
from claims import confined
from claims.confined import CPU_SECONDS, HERE_SECONDS, WALL_SECONDS, LimitReached
from evidence.cpu_limit import within

# Bytes for the child. Past them it dies, and the file is a limit of ours, not the agency's fault.
MEMORY = 1536 << 20
_MAX_ANSWER = 1 << 20  # Bytes of what the child writes: figures and short samples. More is a limit of ours.
# Text up to this size is read without a child: what a tree is built of, and what passes by in pieces.
_ALONE, _ALONE_IN_PIECES = 1_000_000, 8_000_000
_BEGINNING, _HEAD = 262_144, 8_192  # where `sniff` looks for a page


def examine(body: bytes, hints: Hints, as_of: dt.date) -> Content:
    """As `read`, with a child process for everything that inflates, builds trees or takes long."""
    if _harmless(body) and not (hints.sheet and _may_be_page(body)):
        found = within(HERE_SECONDS, lambda: read(body, hints, as_of))
        if found is not None:
            return found
    return ask(body, hints, as_of)


def _harmless(body: bytes) -> bool:
    """Text of a size that is read in moments, in pieces or whole. All else, and every package, is for the child."""
    head = body[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if body.startswith((b"PK", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")):
        return False
    return len(body) <= (_ALONE if head.startswith((b"{", b"[", b"<")) else _ALONE_IN_PIECES)


def _may_be_page(body: bytes) -> bool:
    """Whether a tag stands where one has to for a text to be read as a page."""
    return b"<" in body[:_BEGINNING].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")[:_HEAD]


def ask(
    body: bytes, hints: Hints, as_of: dt.date, *, memory: int = MEMORY, cpu: int = CPU_SECONDS
) -> Content:
    """Reads a body in a child process of its own. Raises ChildFailed."""
    try:
        answer = confined.ask(
            "checks.datasets",
            [dataclasses.asdict(hints), as_of.isoformat()],
            body,
            memory=memory,
            cpu=cpu,
            seconds=WALL_SECONDS,
            most=_MAX_ANSWER,
        )
    except LimitReached as limit:
        return Content("binary", fault="limit", detail=str(limit))
    return content_from(answer)


def content_from(data: dict[str, Any]) -> Content:
    """The inverse of `dataclasses.asdict`, dates as ISO text."""
    table: dict[str, Any] | None = data.pop("table")
    content = Content(**_tuples(data))
    if table is None:
        return content
    dates: dict[str, Any] = _tuples(table.pop("dates"))
    columns = DateColumns(
        newest=_day(dates.pop("newest")),
        reach=_day(dates.pop("reach")),
        sure=_day(dates.pop("sure")),
        **dates,
    )
    return dataclasses.replace(content, table=Table(dates=columns, **_tuples(table)))


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _tuples(data: dict[str, Any]) -> dict[str, Any]:
    return {key: _tuple(value) for key, value in data.items()}


def _tuple(value: Any) -> Any:
    return tuple(map(_tuple, value)) if isinstance(value, list) else value


def child() -> int:
    """The child's side."""
    return confined.answer(lambda order, body: read(body, Hints(**order[0]), dt.date.fromisoformat(order[1])))
