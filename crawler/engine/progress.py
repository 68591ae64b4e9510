"""What a crawl says of itself while it runs and when it ends. No texts for people here."""

from __future__ import annotations

import datetime as dt
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, get_args

from crawler.engine.admission import HOLDS, Hold

if TYPE_CHECKING:
    from crawler.browser.renderer import BrowserTrial
    from evidence.timestamps import StampAttempt

_MOST_TROUBLE = 100
MOST_WAITS = 6
_LONGEST_PLACE = 120  # characters

WaitKind = Literal["controls", "rendering", "second_visits", "response", "sealing", "timestamp"]
WAIT_KINDS: tuple[WaitKind, ...] = get_args(WaitKind)
State = Literal["complete", "paused", "interrupted", "failed"]


@dataclass(frozen=True, slots=True)
class Wait:
    """One thing that the crawl waits for.

    rendering: the browser is at page `number` of `total`, `where`. second_visits: of `total` pages, the next in `seconds`.
    response: of the host `where`, for `seconds` by now. timestamp: of the authority `where`. controls, sealing: no more is known.
    """

    kind: WaitKind
    where: str = ""
    number: int = 0
    total: int = 0
    seconds: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "where", self.where[:_LONGEST_PLACE])


@dataclass(frozen=True, slots=True)
class Progress:
    """A moment of the crawl.

    agencies: in this crawl; done: those that are over; active: those under way. fetched: exchanges recorded,
    those of earlier runs included. queued: jobs waiting. rate: exchanges a second over the last seconds.
    errors: exchanges without a complete answer. paused: the controls do not answer. elapsed: seconds.
    opens: outside of the working hours, when they begin, by the clock of the round; full: hosts that have had their
    most requests of the day while more is waiting. held: hosts that have more to be asked and whose delay is not over;
    lag: the worst of our own event loop over the last seconds, in seconds. held_back: why no further agency is let in
    though some wait and there are places (`crawler.engine.admission`). claims: services and data sets of these agencies;
    settled: those that need no further visit. waits: what is being waited for, at most MOST_WAITS.
    """

    agencies: int
    done: int
    active: int
    fetched: int
    queued: int
    in_flight: int
    rendered: int
    errors: int
    rate: float
    paused: bool
    elapsed: float
    opens: dt.datetime | None = None
    full: int = 0
    held: int = 0
    lag: float = 0.0
    held_back: Hold | None = None
    claims: int = 0
    settled: int = 0
    waits: tuple[Wait, ...] = ()

    def at_rest(self) -> Progress:
        """What was done, of a run that is not under way."""
        return replace(self, active=0, queued=0, in_flight=0, rate=0.0, waits=())


def total(parts: Iterable[Progress], agencies: int, elapsed: float) -> Progress:
    """Of several runs at once, or one after the other. agencies: of all that there will be."""
    parts = list(parts)
    opens = [part.opens for part in parts if part.opens is not None]
    return Progress(
        agencies=agencies,
        done=sum(part.done for part in parts),
        active=sum(part.active for part in parts),
        fetched=sum(part.fetched for part in parts),
        queued=sum(part.queued for part in parts),
        in_flight=sum(part.in_flight for part in parts),
        rendered=sum(part.rendered for part in parts),
        errors=sum(part.errors for part in parts),
        rate=sum(part.rate for part in parts),
        paused=any(part.paused for part in parts),
        elapsed=elapsed,
        opens=min(opens, default=None),
        full=sum(part.full for part in parts),
        held=sum(part.held for part in parts),
        lag=max((part.lag for part in parts), default=0.0),
        held_back=next((hold for hold in HOLDS if hold in {part.held_back for part in parts}), None),
        claims=sum(part.claims for part in parts),
        settled=sum(part.settled for part in parts),
        waits=_together([wait for part in parts for wait in part.waits]),
    )


def _together(waits: Sequence[Wait]) -> tuple[Wait, ...]:
    """Of several runs: one of each kind, with the sum of their pages. The next second visit, the longest silence."""
    found = []
    for kind in WAIT_KINDS:
        alike = [wait for wait in waits if wait.kind == kind]
        if alike:
            least = min if kind == "second_visits" else max
            shown = least(alike, key=lambda wait: wait.seconds)
            number, pages = (sum(getattr(wait, name) for wait in alike) for name in ("number", "total"))
            found.append(replace(shown, number=number, total=pages))
    return tuple(found)


@dataclass(slots=True)
class CrawlCounters:
    """What happened so far; the only counters of a run. trouble: errors of our own, in words, the first of them."""

    agencies: int = 0
    done: int = 0
    exchanges: int = 0
    errors: int = 0
    rendered: int = 0
    started: float = field(default_factory=time.monotonic)
    trouble: list[str] = field(default_factory=list)
    claims: int = 0
    _recent: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=50))

    def note(self, error: Exception, where: str | None = None) -> None:
        """where: the address or the agency whose answer made our code raise."""
        if len(self.trouble) < _MOST_TROUBLE:
            told = f"{where[:200]}: " if where is not None else ""
            self.trouble.append(f"{told}{type(error).__name__}: {error}"[:500])

    def progress(self) -> Progress:
        """What was counted; of what is under way nothing."""
        now = time.monotonic()
        self._recent.append((now, self.exchanges))
        span = now - self._recent[0][0]
        return Progress(
            agencies=self.agencies,
            done=self.done,
            active=0,
            fetched=self.exchanges,
            queued=0,
            in_flight=0,
            rendered=self.rendered,
            errors=self.errors,
            rate=(self.exchanges - self._recent[0][1]) / span if span > 0 else 0.0,
            paused=False,
            elapsed=now - self.started,
            claims=self.claims,
        )


@dataclass(frozen=True, slots=True)
class CrawlOutcome:
    """How a crawl ended. coverage: counts for the manifest. detail: a code or the words of an error.

    stamps: what came of asking for time stamps in this run. browser: what that of this machine was able to do before it; None
    where none was tried. since: when it was sealed, where all of it was before, so that nothing was visited.
    """

    state: State
    coverage: Mapping[str, int] = field(default_factory=dict)
    detail: str = ""
    stamps: tuple[StampAttempt, ...] = ()
    browser: BrowserTrial | None = None
    since: dt.datetime | None = None
