"""The progress of a crawl: a live rich display on a terminal, plain lines on a pipe."""

from __future__ import annotations

import datetime as dt
import time
from types import TracebackType

from rich.live import Live
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from crawler.progress import Progress as Report
from govah.console import Speaker, text

_LINE_EVERY = 5.0  # seconds between two plain lines


class CrawlDisplay:
    """A context manager that takes the crawl's reports (`display(report)`)."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker
        self._live: Live | None = None
        self._last = 0.0
        self._line = ""  # the last one that was not printed
        self._paused = False
        self._opens: dt.datetime | None = None
        self._full = False
        self._bar = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[line]}"),
            TimeElapsedColumn(),
            console=speaker.err,
        )
        self._task = self._bar.add_task(text("cli.crawling"), total=None, line="")

    def __enter__(self) -> CrawlDisplay:
        if self._speaker.err.is_terminal and not self._speaker.quiet:
            self._live = Live(self._bar, console=self._speaker.err, refresh_per_second=4)
            self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.__exit__(kind, error, trace)
        elif self._line and not self._speaker.quiet:
            self._speaker.err.print(self._line, markup=False, soft_wrap=True)

    def __call__(self, report: Report) -> None:
        line = text(
            "cli.progress",
            done=report.done,
            total=report.agencies,
            fetched=report.fetched,
            queued=report.queued,
            rate=f"{report.rate:.1f}",
            errors=report.errors,
        )
        if self._live is not None:
            self._bar.update(
                self._task, total=report.fetched + report.queued, completed=report.fetched, line=line
            )
        if report.paused and not self._paused:
            self._speaker.note("cli.paused")
        self._paused = report.paused
        self._tell_of_waiting(report)
        self._line = line
        now = time.monotonic()
        if self._live is None and not self._speaker.quiet and now - self._last >= _LINE_EVERY:
            self._last = now
            self._line = ""
            self._speaker.err.print(line, markup=False, soft_wrap=True)

    def _tell_of_waiting(self, report: Report) -> None:
        """Once for each time that the crawl waits by its own settings."""
        opens = report.opens
        if opens is not None and opens != self._opens:
            self._speaker.note("cli.resting", opens=f"{opens:%Y-%m-%d %H:%M}", zone=str(opens.tzinfo))
        self._opens = opens
        if report.full and not self._full:
            self._speaker.note("cli.full", hosts=report.full)
        self._full = report.full > 0
