"""From exchanges to captures: what is recorded at once, what waits for a control, what was our own failure."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial

from crawler.engine.progress import CrawlCounters
from crawler.jobs import Job
from crawler.politeness.controls import Controls
from crawler.politeness.frontier import Frontier
from crawler.wire.exchange import Exchange
from evidence.kinds.http import HttpFacts
from evidence.records import Capture
from evidence.store import EvidenceWriter
from web.entity import entity
from web.http_dates import retry_after_seconds

# Failures that our own network could have caused: a control decides.
_TRANSPORT = frozenset({"dns", "resolver", "refused", "reset", "timeout", "tls", "protocol"})
_MOST_LATE = 5  # times that one job is repeated for it
_READ_LIMIT = 8 << 20  # of an unfolded body, for finding links
_CONTROL_BODY = 65_536
_CONTROL_SECONDS = 15.0
_AT_ONCE = 0.001  # seconds between two looks at clocks that are one moment
_LOOKS = 5


@dataclass(slots=True, eq=False)
class HeldExchange:
    """An exchange that is not yet recorded. time: when it began."""

    job: Job
    exchange: Exchange
    facts: HttpFacts
    time: dt.datetime


@dataclass(frozen=True, slots=True)
class RecorderHooks:
    """What the recorder needs of the run that it records.

    take: a recorded exchange with its unfolded body, and what is to be called once it was read: what follows from an
    answer is known before the next request to its host goes. again: the job is to go out once more.
    fetch: asks a control. pause: the controls fell silent, or answer again. at_rest: nobody is asked for anything.
    stopped: whether the run is over, so that what is cut off is our own doing.
    """

    take: Callable[[Job, Capture, bytes, Callable[[], None]], None]
    again: Callable[[Job], None]
    fetch: Callable[[Job], Awaitable[Exchange]]
    pause: Callable[[bool], None]
    at_rest: Callable[[], bool]
    stopped: Callable[[], bool]


class ExchangeRecorder:
    """controls: their addresses. control_timeout: seconds that silent ones are waited for.

    max_body: bytes that are read of an unfolded dataset or sitemap.
    """

    def __init__(
        self,
        *,
        writer: EvidenceWriter,
        frontier: Frontier,
        counters: CrawlCounters,
        now: Callable[[], dt.datetime],
        max_body: int,
        controls: tuple[str, ...],
        control_timeout: float,
        hooks: RecorderHooks,
    ) -> None:
        self.controls: Controls[HeldExchange] = Controls(
            present=bool(controls),
            check=self._check,
            cleared=lambda held: self._record(held, _nothing),
            doubted=self._doubted,
            pause=hooks.pause,
            control_timeout=control_timeout,
            at_rest=hooks.at_rest,
        )
        self._writer = writer
        self._frontier = frontier
        self._counters = counters
        self._now = now
        self._max_body = max_body
        self._targets = controls
        self._rounds = 0
        self._late: dict[Job, int] = {}
        self._hooks = hooks

    def arrived(self, job: Job, exchange: Exchange) -> None:
        """An exchange is over, well or badly."""
        facts, wait = self._told(job, exchange)
        late = facts.late
        timed_out = facts.failure == "timeout" and not late
        self._frontier.answered(job, facts.status, timed_out, wait)  # before anything else of the host goes
        release = partial(self._frontier.release, job)
        cut_off = self._hooks.stopped() and facts.failure is not None
        if late or cut_off or facts.failure in _TRANSPORT:
            release()
        if cut_off:
            return  # by our own end: the next run asks again
        began = self._moment(exchange.started)
        held = HeldExchange(job, exchange, facts, began)
        times = self._late.pop(job, 0) + late
        if late and times <= _MOST_LATE:
            self._late[job] = times
            self._doubted(held)
        elif late:
            self._record(HeldExchange(job, exchange, _ours(facts), began), _nothing)
        elif facts.failure in _TRANSPORT:
            self.controls.hold(held)
        else:
            self._record(held, release)

    def _moment(self, started: float) -> dt.datetime:
        """By the clock on the wall. What a loaded machine puts between two looks at two clocks is no time of an exchange."""
        for _ in range(_LOOKS):
            before = time.monotonic()
            now = self._now()
            if time.monotonic() - before < _AT_ONCE:
                break
        return now - dt.timedelta(seconds=before - started)

    def _told(self, job: Job, exchange: Exchange) -> tuple[HttpFacts, float | None]:
        """What the answer says, and how long it asks us to wait. What makes our code raise is our own error."""
        try:
            facts = exchange.facts(job.previous)
            return facts, retry_after_seconds(facts.header("retry-after"), self._now())
        except MemoryError:
            raise
        except Exception as error:
            return exchange.unread(job.previous, error), None

    def _record(self, held: HeldExchange, release: Callable[[], None]) -> None:
        job, facts, body = held.job, held.facts, b""
        limit = self._max_body if job.purpose in ("dataset", "sitemap") else _READ_LIMIT
        try:
            if facts.size:
                body = entity(held.exchange.response, limit)
        except MemoryError:
            raise
        except Exception as error:
            facts = held.exchange.unread(job.previous, error)
        self._hooks.take(job, self._add(held, facts), body, release)

    def _doubted(self, held: HeldExchange) -> None:
        """Our own failure: it is recorded as ours, and the job goes out again."""
        self._add(held, _ours(held.facts))
        self._hooks.again(held.job)

    def _add(self, held: HeldExchange, facts: HttpFacts) -> Capture:
        self._counters.exchanges += 1
        self._counters.errors += facts.failure is not None
        return self._writer.add(
            kind="http",
            agency=held.job.agency,
            url=held.job.url,
            purpose=held.job.purpose,
            attempt=held.job.attempt,
            time=held.time,
            facts=facts,
            request=held.exchange.sent,
            response=held.exchange.response,
        )

    async def _check(self) -> bool:
        """Ask every control once, each answer a capture of its own. True when one of them is alive."""
        self._rounds += 1
        answered = [await self._answers(url) for url in self._targets]
        self._writer.commit()
        return any(answered)

    async def _answers(self, url: str) -> bool:
        """Whether a control is alive. What our own lateness spoils says nothing of it: it is asked again."""
        job = Job("", url, "control", attempt=self._rounds, time_limit=_CONTROL_SECONDS)
        job.body_limit = job.other_limit = _CONTROL_BODY
        for last in (False,) * _MOST_LATE + (True,):
            began = self._now()
            exchange = await self._hooks.fetch(job)
            facts = exchange.facts(None)
            late = facts.late and not last
            self._add(HeldExchange(job, exchange, facts, began), _ours(facts) if late else facts)
            if not late:
                break
        return facts.failure is None and facts.status is not None and facts.status < 500


def _nothing() -> None:
    """The host was let go before."""


def _ours(facts: HttpFacts) -> HttpFacts:
    detail = f"ours, not the target's: {facts.failure} {facts.detail}"[:200]
    return replace(facts, failure="own_error", detail=detail)
