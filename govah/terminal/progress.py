"""The progress of a long stage: a live display on a terminal, plain lines on a pipe and in plain mode, events for programs."""

from __future__ import annotations

import datetime as dt
import sys
import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Literal

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.markup import escape
from rich.text import Text

from crawler.engine.progress import Progress as Report
from crawler.engine.progress import Wait
from govah.terminal.console import Speaker, text
from govah.terminal.trace_lines import figure
from govah.terminal.waits import duration, wait_text

Stage = Literal["crawl", "check", "score", "report", "pack", "export", "verify"]
_LINE_EVERY = 5.0  # seconds between two plain lines
_SOON = 1.0  # seconds until a stage is drawn that may be over before
_EVENT_EVERY = 1.0  # seconds between two events
_WIDEST = 72  # columns; a terminal that is made narrower later folds no longer line
_BAR = 24
_PHASES = ("sealing", "timestamp")  # while which the crawl reports nothing else
_TOLD = ("disk", "store")  # what somebody can do something about; a late loop comes and goes


class Display:
    """A context manager: what is being done, how far it is, and facts about it.

    lines: whether a pipe is told too; what a command says there without it does not hang on the machine's pace. A stage without
    is drawn once it takes a while: most are over in a moment.
    clock: seconds, monotonic.
    """

    def __init__(
        self,
        speaker: Speaker,
        stage: Stage,
        lines: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._speaker = speaker
        self._lines = lines
        self._silent = speaker.quiet or not (lines or speaker.err.is_terminal)
        self._timer: threading.Timer | None = None
        self._drawing = threading.Lock()
        self._over = False
        self._stage = stage
        self._title = text(f"progress.stage_{stage}")
        self._clock = clock
        self._live: Live | None = None
        self._last = float("-inf")
        self._began = 0.0
        self._done: float | None = None
        self._facts: Sequence[str] = ()
        self._figures: dict[str, Any] = {}
        self._told = True

    def __enter__(self) -> Display:
        self._began = self._clock()
        speaker, console = self._speaker, self._speaker.err
        speaker.event("stage", stage=self._stage, state="begun", seconds=0.0)
        drawn = console.is_terminal and not console.is_dumb_terminal and console.color_system is not None
        if drawn and not (speaker.quiet or speaker.plain or speaker.events):
            # a result that goes into a file must not be drawn on the terminal
            stdout = sys.stdout.isatty()
            self._live = Live(
                self, console=console, refresh_per_second=4, transient=True, redirect_stdout=stdout
            )
            if self._lines:
                self._draw()
            else:
                self._timer = threading.Timer(_SOON, self._draw)
                self._timer.daemon = True
                self._timer.start()
        return self

    def _draw(self) -> None:
        with self._drawing:
            if self._live is not None and not self._over:
                self._live.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            if self._timer is not None:
                self._timer.cancel()
            with self._drawing:  # it may begin this moment
                self._over = True
            self._live.stop()
        if not self._told:
            self._tell()
        state = "ended" if kind is None else "failed"
        self._speaker.event("stage", stage=self._stage, state=state, seconds=round(self.elapsed, 1))

    def show(
        self, done: float | None, facts: Sequence[str], figures: dict[str, Any], *, at_once: bool = False
    ) -> None:
        """done: share of the work, 0 to 1; None while nobody knows. facts: for people; figures: the same for programs.

        at_once: nothing else may be shown for long.
        """
        self._done, self._facts, self._figures, self._told = done, facts, figures, False
        every = _EVENT_EVERY if self._speaker.events else _LINE_EVERY
        if self._live is None and (at_once or self._clock() - self._last >= every):
            self._tell()

    @property
    def elapsed(self) -> float:
        return self._clock() - self._began

    def _tell(self) -> None:
        self._last, self._told = self._clock(), True
        share = None if self._done is None else round(self._done, 4)
        if self._speaker.events:
            seconds = round(self.elapsed, 1)
            self._speaker.event("progress", stage=self._stage, seconds=seconds, share=share, **self._figures)
        elif not self._silent:
            said = f"{self._title}: {' · '.join([*self._facts, duration(self.elapsed)])}"
            self._speaker.aside(escape(said))

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
        self._display = Display(speaker, "crawl")
        self._paused = False
        self._opens: dt.datetime | None = None
        self._full = False
        self._held_back: str | None = None
        self._phase: Wait | None = None

    def __enter__(self) -> CrawlDisplay:
        self._display.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._display.__exit__(kind, error, trace)

    def __call__(self, report: Report) -> None:
        phase = next((wait for wait in report.waits if wait.kind in _PHASES), None)
        at_once = phase is not None and phase != self._phase
        self._phase = phase
        self._display.show(_share(report), _facts(report), _figures(report), at_once=at_once)
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
        display.show(done / total, facts, {"agencies": {"done": done, "total": total}})

    return told


def _share(report: Report) -> float | None:
    """Of the claims, which are known beforehand; of a round without any, of the requests that are known by now."""
    if report.claims:
        return report.settled / report.claims
    known = report.fetched + report.queued
    return report.fetched / known if known else None


def _facts(report: Report) -> list[str]:
    facts = [
        text("progress.agencies", done=figure(report.done), total=figure(report.agencies)),
        text("progress.fetched", n=figure(report.fetched)),
        text("progress.queued", n=figure(report.queued)),
        text("progress.rate", rate=figure(f"{report.rate:.1f}".replace(".", text("branch.decimal")))),
        text("progress.errors", n=figure(report.errors)),
    ]
    if report.claims:
        settled = {"done": figure(report.settled), "total": figure(report.claims)}
        facts.insert(0, text("progress.claims", **settled))
    if report.paused:
        facts.append(text("progress.paused"))
    elif report.rate > 0 and report.queued:
        # what is fetched leads to more, so no crawl ends sooner
        facts.append(text("progress.least_left", time=duration(report.queued / report.rate)))
    return [*facts, *map(wait_text, report.waits)]


def _figures(report: Report) -> dict[str, Any]:
    return {
        "claims": {"settled": report.settled, "total": report.claims},
        "agencies": {"done": report.done, "total": report.agencies},
        "fetched": report.fetched,
        "queued": report.queued,
        "in_flight": report.in_flight,
        "rendered": report.rendered,
        "errors": report.errors,
        "rate": round(report.rate, 2),
        "paused": report.paused,
        "opens": None if report.opens is None else report.opens.isoformat(),
        "held_back": report.held_back,
        "waits": [
            {
                "kind": wait.kind,
                "where": wait.where,
                "number": wait.number,
                "total": wait.total,
                "seconds": round(wait.seconds, 1),
            }
            for wait in report.waits
        ],
    }


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
