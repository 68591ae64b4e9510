"""The child process that reads a PDF: limits on memory, CPU, time and output; its death is our limit (how: `claims.confined`)."""

from __future__ import annotations

from typing import Any

from checks.pdf.text import Text
from claims import confined
from claims.confined import LimitReached

MEMORY = 768 << 20  # Bytes for the child. Past them it dies, and the file is a limit of ours.
CPU_SECONDS = 10  # Of CPU for the child. Past them it dies, and the file is a limit of ours.
# Of waiting for the child, on a machine that has other work. Past them it is a limit of ours.
WALL_SECONDS = 60.0
# Bytes of what the child writes: text within the bounds of reading.py. More is a limit of ours.
_MAX_ANSWER = 2 << 20


def examine(
    body: bytes, *, memory: int = MEMORY, cpu: int = CPU_SECONDS, seconds: float = WALL_SECONDS
) -> Text:
    """The text of a PDF, read in a process of its own. Raises confined.ChildFailed."""
    try:
        answer: dict[str, Any] = confined.ask(
            "checks.pdf", None, body, memory=memory, cpu=cpu, seconds=seconds, most=_MAX_ANSWER
        )
    except LimitReached:
        return Text(fault="limit")
    rows = tuple(tuple(row) for row in answer["rows"])
    return Text(rows, tuple(answer["links"]), answer["fault"], answer["whole"])
