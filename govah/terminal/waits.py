"""What a crawl waits for, in words: the same while it runs and in `govah status`."""

from __future__ import annotations

from crawler.engine.progress import Wait
from govah.terminal.console import text
from govah.terminal.trace_lines import figure
from reports.visible import visible

_LONGEST = 30  # letters of an address or a host: a line has room for more than that
_BEGINNING = 7


def wait_text(wait: Wait) -> str:
    """Safe for a terminal, and no markup. The place may be any that a portal names."""
    return text(
        f"waits.{wait.kind}",
        where=_short(wait.where),
        number=figure(wait.number),
        total=figure(wait.total),
        time=duration(wait.seconds),
        seconds=figure(int(wait.seconds)),
    )


def duration(seconds: float) -> str:
    """Hours, minutes and seconds: 1:02:03, or 2:03."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return figure(f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}")


def _short(place: str) -> str:
    """Of a long address the beginning of its host, and where it ends: `shahrak…/taxi`."""
    shown = visible(place, keeps="").removeprefix("https://").removeprefix("http://")
    if len(shown) <= _LONGEST:
        return shown
    name = shown.partition("?")[0].rstrip("/").rpartition("/")[2]
    return f"{shown[:_BEGINNING]}…/{name[-(_LONGEST - _BEGINNING - 2) :]}"
