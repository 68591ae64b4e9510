"""The progress of a long stage: a live display on a terminal, plain lines on a pipe and in plain mode."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Sequence
from types import TracebackType

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.text import Text

from crawler.engine.progress import Progress as Report
from govah.terminal.console import Speaker, text
from govah.terminal.trace_lines import figure

_LINE_EVERY = 5.0  # seconds between two plain lines
_WIDEST = 72  # columns; a terminal that is made narrower later folds no longer line
_BAR = 24
_TOLD = ("disk", "store")  # what somebody can do something about; a late loop comes and goes


class Display:
    """A context manager: what is being done, how far it is, and facts about it.

    lines: whether a pipe is told too; what a command says there without it does not hang on the machine's pace.
    clock: seconds, monotonic.
    """

    def __init__(
        self,
        speaker: Speaker,
        title: str,
        lines: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._speaker = speaker
        self._silent = speaker.quiet or not (lines or speaker.err.is_terminal)
        self._title = title
        self._clock = clock
        self._live: Live | None = None
        self._last = float("-inf")
        self._began = 0.0
        self._done: float | None = None
        self._facts: Sequence[str] = ()
        self._told = True

    def __enter__(self) -> Display:
        self._began = self._clock()
        console = self._speaker.err
        if (
            console.is_terminal
            and not console.is_dumb_terminal
            and not (self._speaker.quiet or self._speaker.plain)
        ):
            self._live = Live(self, console=console, refresh_per_second=4, transient=True)
            self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.__exit__(kind, error, trace)
        if not self._told:
            self._line()

    def show(self, done: float | None, facts: Sequence[str]) -> None:
        """done: share of the work, 0 to 1; None while nobody knows."""
        self._done, self._facts, self._told = done, facts, False
        if self._live is None and self._clock() - self._last >= _LINE_EVERY:
            self._line()

    @property
    def elapsed(self) -> float:
        return self._clock() - self._began

    def _line(self) -> None:
        self._last, self._told = self._clock(), True
        if not self._silent:
            said = f"{self._title}: {' · '.join([*self._facts, duration(self.elapsed)])}"
            self._speaker.aside(said)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = min(options.max_width, _WIDEST)
        head = Text(self._title, style="bold")
        room = min(_BAR, width - head.cell_len - 6)
        if self._done is not None and room > 3:
            full = int(self._done * room)
            head.append(" ").append("█" * full, style="cyan").append("░" * (room - full), style="dim")
            head.append(f" {figure(f'{self._done * 100:.0f}')}{text('branch.percent')}", style="not bold")
        yield head
        yield from (Text(line) for line in _wrapped([*self._facts, duration(self.elapsed)], width))


class CrawlDisplay:
    """A context manager that takes the crawl's reports (`display(report)`)."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker
        self._display = Display(speaker, text("cli.crawling"))
        self._paused = False
        self._opens: dt.datetime | None = None
        self._full = False
        self._held_back: str | None = None

    def __enter__(self) -> CrawlDisplay:
        self._display.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._display.__exit__(kind, error, trace)

    def __call__(self, report: Report) -> None:
        known = report.fetched + report.queued
        self._display.show(report.fetched / known if known else None, _facts(report))
        if report.paused and not self._paused:
            self._speaker.note("cli.paused")
        self._paused = report.paused
        self._tell_of_waiting(report)

    def _tell_of_waiting(self, report: Report) -> None:
        """Once for each time that the crawl waits by its own settings, or lets nobody else in."""
        opens = report.opens
        if opens is not None and opens != self._opens:
            self._speaker.note("cli.resting", opens=f"{opens:%Y-%m-%d %H:%M}", zone=str(opens.tzinfo))
        self._opens = opens
        if report.full and not self._full:
            self._speaker.note("cli.full", hosts=report.full)
        self._full = report.full > 0
        held = report.held_back
        if held in _TOLD and held != self._held_back:
            self._speaker.note("spread.held_back", why=text(f"held_back.{held}"))
        self._held_back = held


def judging(display: Display) -> Callable[[int, int], None]:
    """Takes how many agencies are judged, and of how many."""

    def told(done: int, total: int) -> None:
        facts = [text("progress.agencies", done=figure(done), total=figure(total))]
        if 0 < done < total:
            left = display.elapsed / done * (total - done)
            facts.append(text("progress.about_left", time=duration(left)))
        display.show(done / total, facts)

    return told


def duration(seconds: float) -> str:
    """Hours, minutes and seconds: 1:02:03, or 2:03."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return figure(f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}")


def _facts(report: Report) -> list[str]:
    facts = [
        text("progress.agencies", done=figure(report.done), total=figure(report.agencies)),
        text("progress.fetched", n=figure(report.fetched)),
        text("progress.queued", n=figure(report.queued)),
        text("progress.rate", rate=figure(f"{report.rate:.1f}".replace(".", text("branch.decimal")))),
        text("progress.errors", n=figure(report.errors)),
    ]
    if report.paused:
        facts.append(text("progress.paused"))
    elif report.rate > 0 and report.queued:
        # what is fetched leads to more, so no crawl ends sooner
        facts.append(text("progress.least_left", time=duration(report.queued / report.rate)))
    return facts


def _wrapped(facts: Sequence[str], width: int) -> list[str]:
    """Facts side by side as far as a line has room; none is broken."""
    lines = [""]
    for fact in facts:
        longer = f"{lines[-1]} · {fact}" if lines[-1] else fact
        if lines[-1] and Text(longer).cell_len > width:
            lines.append(fact)
        else:
            lines[-1] = longer
    return lines
