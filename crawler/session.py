"""One run of the crawl: strings frontier, agencies, controls, browser, probes and store together.

Everything that happens here happens on the event loop's thread. Not here: what follows from an answer
(`crawler.agency_visit`), what goes over the wire (`crawler.recorder`).
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from scrapy import Request

from claims.model import Agency, Round
from crawler.agency_visit import AgencyVisit
from crawler.archive import AgencyArchive, Archive
from crawler.controls import Controls
from crawler.frontier import Frontier, Waker
from crawler.host_slot import retry_after_seconds
from crawler.jobs import Job, Limits
from crawler.loop_lag import LoopLag
from crawler.policy import AddressPolicy
from crawler.progress import CrawlOutcome, Progress, State
from crawler.recorder import Wires
from crawler.rendering import RenderJob
from crawler.robots import Robots
from crawler.side_work import Probes, Renders
from crawler.tape import Tape
from evidence.entity import entity
from evidence.records import Capture, CrawlFacts, HttpFacts
from evidence.store import EvidenceWriter

if TYPE_CHECKING:
    from crawler.renderer import Renderer

ACTIVE = 150
# Failures that our own network could have caused: a control decides.
_TRANSPORT = frozenset({"dns", "resolver", "refused", "reset", "timeout", "tls", "protocol"})
_TICK = 0.2
_GRACE = 2.0
_LAG_OURS = 2.0  # above this loop lag a time-out is ours
_READ_LIMIT = 16 << 20  # of an unfolded body, for finding links


@dataclass(slots=True, eq=False)
class Held:
    """A failed exchange that waits for a control's answer."""

    job: Job
    tape: Tape
    facts: HttpFacts
    time: dt.datetime


class Session:
    """Guarantees: nothing is fetched that the store already has; a failure of the store ends the crawl."""

    def __init__(
        self,
        round: Round,
        *,
        agencies: tuple[Agency, ...],
        writer: EvidenceWriter,
        archive: Archive,
        policy: AddressPolicy,
        now: Callable[[], dt.datetime],
        user_agent: str,
        limits: Limits,
        patience: float,
        progress: Callable[[Progress], None],
        stopping: Callable[[], bool],
        renderer: Callable[[], Renderer | None],
    ) -> None:
        self.round = round
        self.settings = round.settings.crawl
        self.writer = writer
        self.now = now
        self.limits = limits
        self.outcome = CrawlOutcome("failed", {}, "not started")
        self._archive = archive
        self._progress = progress
        self._stopping = stopping
        self._make_renderer = renderer
        self._waiting = deque(agencies)
        self._agencies = len(agencies)
        self._visits: dict[str, AgencyVisit] = {}
        self._archives: dict[str, AgencyArchive] = {}
        self._replays: deque[tuple[Job, Capture, bytes]] = deque()
        self._counts = {
            "agencies": 0,
            "planned": 0,
            "visited": 0,
            "exchanges": 0,
            "failed": 0,
            "rendered": 0,
            "own_errors": 0,
        }
        self._trouble: list[str] = []
        self._recent: deque[tuple[float, int]] = deque(maxlen=50)
        self._started = time.monotonic()
        self._paused_at: float | None = None
        self._control_rounds = 0
        self._over: asyncio.Future[State] | None = None
        self._engine: Any = None
        self.lag = LoopLag()
        self.frontier = Frontier(
            delay=self.settings.delay, per_host=self.settings.per_host, admit=self._admit
        )
        self.robots = Robots(
            obey=self.settings.robots,
            fetch=self._go,
            go=self._go,
            refuse=lambda job: self._refuse(job, "robots"),
            slow=self._slow,
        )
        self.controls: Controls[Held] = Controls(
            present=bool(round.settings.network.controls),
            check=self._check_controls,
            cleared=lambda held: self._record(held),
            doubted=self._doubted,
            pause=self._pause,
            patience=patience,
        )
        self.wires = Wires(
            limits, policy, self.settings.per_host, user_agent.encode("latin-1", "replace"),
            self.frontier.written, self.lag.since,
        )  # fmt: skip
        self._probes = Probes(policy, now, self._probed)
        self._renders = Renders(self._rendered, now)

    # the run

    async def run(self, engine: Any) -> None:
        """The whole crawl; returns when it is over. `outcome` says how."""
        from twisted.internet import reactor

        self._engine = engine
        self._over = asyncio.get_running_loop().create_future()
        self.frontier.wake = Waker(reactor, self._wake)
        state: State = "failed"
        try:
            state = await self._run()
        except Exception as error:
            self._note(error)
        try:
            await self._wind_down(state)
        except Exception as error:
            self._note(error)
            state = "failed"
        self.outcome = CrawlOutcome(state, dict(self._counts), "; ".join(self._trouble[:5]))

    async def _run(self) -> State:
        assert self._over is not None
        renderer = self._make_renderer()
        self._renders.renderer = renderer
        tasks: list[asyncio.Future[None]] = [
            asyncio.ensure_future(work) for work in (self._watch_controls(), self.lag.watch(), self._tick())
        ]
        try:
            if renderer is not None:
                await renderer.__aenter__()
                tasks.extend(self._renders.start())
            self._fill()
            state = await self._over
            if state == "complete" and not await self.controls.ask():
                return "paused"
            return state
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if renderer is not None:
                await renderer.__aexit__(None, None, None)

    def _end(self, state: State) -> None:
        if self._over is not None and not self._over.done():
            self._over.set_result(state)

    def _note(self, error: Exception) -> None:
        self._counts["own_errors"] += 1
        self._trouble.append(f"{type(error).__name__}: {error}"[:300])

    def _wake(self) -> None:
        slot = self._engine._slot
        if slot is not None:
            slot.nextcall.schedule()

    async def _watch_controls(self) -> None:
        try:
            if not await self.controls.watch():
                self._end("paused")
        except Exception as error:
            self._fail(error)

    async def _tick(self) -> None:
        while True:
            try:
                self._replay()
                self.writer.tick()
                self._report()
                if self._stopping():
                    self._end("interrupted")
            except Exception as error:
                self._fail(error)
            await asyncio.sleep(0 if self._replays else _TICK)

    def _fail(self, error: Exception) -> None:
        self._note(error)
        self._end("failed")

    async def _wind_down(self, state: State) -> None:
        """Let what is under way finish shortly, close the accounts of unfinished agencies, commit."""
        self.frontier.closed = True
        if state != "complete":
            await self._settled(_GRACE if state != "failed" else 0.0)
            for handler in self.wires.handlers:
                handler.abort()
            await self._settled(1.0)
        self._probes.close()
        if state != "failed":
            for visit in self._visits.values():
                self._account(visit, "interrupted")
            self.writer.commit()
        self._report()

    async def _settled(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while self.frontier.in_flight and time.monotonic() < until:
            await asyncio.sleep(0.02)

    def _report(self) -> None:
        now = time.monotonic()
        self._recent.append((now, self._counts["exchanges"]))
        span = now - self._recent[0][0]
        self._progress(
            Progress(
                agencies=self._agencies,
                done=self._counts["agencies"],
                active=len(self._visits),
                fetched=self._counts["exchanges"],
                queued=self.frontier.queued,
                in_flight=self.frontier.in_flight,
                rendered=self._counts["rendered"],
                errors=self._counts["failed"],
                rate=(self._counts["exchanges"] - self._recent[0][1]) / span if span > 0 else 0.0,
                paused=self.frontier.paused,
                elapsed=now - self._started,
            )
        )

    # agencies

    def _fill(self) -> None:
        """Let waiting agencies in while there is room."""
        while self._waiting and len(self._visits) < ACTIVE:
            agency = self._waiting.popleft()
            if self._archive.is_over(agency.id):
                self._counts["agencies"] += 1
                continue
            self._archives[agency.id] = self._archive.of(agency.id)
            visit = self._visits[agency.id] = AgencyVisit(
                agency,
                self.round.services_of(agency.id),
                self.round.datasets_of(agency.id),
                self.settings,
                self.limits,
                self,
                renders=self._renders.renderer is not None,
            )
            visit.start()
        if not self._visits and not self._waiting:
            self._end("complete")

    def _settle(self, agency: str) -> None:
        """Close an agency when nothing of it is under way any more."""
        visit = self._visits.get(agency)
        if visit is None or visit.open > 0:
            return
        state = "blocked" if visit.blocked else "time_budget" if visit.ledger.ran_out_of_time else "complete"
        self._account(visit, state)
        del self._visits[agency]
        del self._archives[agency]
        self._counts["agencies"] += 1
        self._fill()

    def _account(self, visit: AgencyVisit, state: str) -> None:
        ledger = visit.ledger
        waiting = (
            sum(1 for job in self.frontier.waiting() if job.agency == visit.agency.id and job.counts)
            if state == "interrupted"
            else 0
        )
        eligible = ledger.eligible + waiting
        self._counts["planned"] += eligible
        self._counts["visited"] += ledger.fetched
        renderer = self._renders.renderer
        self.writer.add(
            kind="crawl",
            agency=visit.agency.id,
            url=visit.agency.portal,
            purpose="home",
            attempt=1,
            time=self.now(),
            facts=CrawlFacts(state, eligible, ledger.fetched, self.controls.present),
            body=ledger.to_json(self._renders.browser if renderer is not None else None),
        )

    # the outlet of agencies

    def monotonic(self) -> float:
        return time.monotonic()

    def submit(self, job: Job) -> None:
        self.robots.submit(job)

    def sitemaps(self, origin: str) -> tuple[str, ...]:
        return self.robots.sitemaps(origin)

    def render(self, job: RenderJob) -> None:
        found = self._archives[job.job.agency].page(job.url, job.job.attempt)
        if found is None:
            self._renders.add(job)
        else:
            self._renders.replay(job, *found)

    def probe(self, agency: str, host: str, port: int, *, full: bool, attempt: int, wait: float) -> None:
        if (f"{host}:{port}", attempt) in self._archives[agency].probes:
            return
        self._visits[agency].open += 1
        self._probes.add(agency, host, port, full=full, attempt=attempt, wait=wait)

    def _go(self, job: Job) -> None:
        archive = self._archives.get(job.agency)
        found = archive.exchange(job) if archive is not None else None
        if found is not None:
            self._replays.append((job, *found))
        else:
            self.frontier.add(job)

    def _slow(self, host: str, delay: float) -> None:
        slot = self.frontier.slot(host)
        slot.delay = max(slot.delay, delay)

    def _admit(self, job: Job) -> bool:
        visit = self._visits.get(job.agency)
        reason = visit.admit(job, time.monotonic()) if visit is not None else None
        if visit is None or reason is None:
            return True
        self._refuse(job, reason)
        return False

    def _refuse(self, job: Job, reason: Any) -> None:
        visit = self._visits.get(job.agency)
        if visit is not None:
            visit.refused(job, reason)
            self._settle(job.agency)

    # what comes back

    def exchanged(self, job: Job, tape: Tape) -> None:
        """An exchange is over, well or badly. Never raises."""
        try:
            self._exchanged(job, tape)
        except Exception as error:
            self._fail(error)

    def _exchanged(self, job: Job, tape: Tape) -> None:
        facts = tape.facts(job.previous)
        time_ = self.now() - dt.timedelta(seconds=time.monotonic() - tape.started)
        wait = retry_after_seconds(facts.header("retry-after"), self.now())
        self.frontier.release(job, facts.status, facts.failure == "timeout", wait)
        if facts.failure == "own_error" and self._over is not None and self._over.done():
            return  # cut off by our own stop: it will be asked for again
        held = Held(job, tape, facts, time_)
        if facts.failure == "timeout" and tape.worst_lag > _LAG_OURS:
            self._doubted(held)
        elif facts.failure in _TRANSPORT:
            self.controls.hold(held)
        else:
            self._record(held)

    def _record(self, held: Held) -> None:
        job = held.job
        response = held.tape.response
        capture = self._add(held, held.facts)
        limit = self.settings.max_body if job.purpose in ("dataset", "sitemap") else _READ_LIMIT
        self._take(job, capture, entity(response, limit) if held.facts.size else b"", 0.0)

    def _add(self, held: Held, facts: HttpFacts) -> Capture:
        self._counts["exchanges"] += 1
        self._counts["failed"] += facts.failure is not None
        return self.writer.add(
            kind="http",
            agency=held.job.agency,
            url=held.job.url,
            purpose=held.job.purpose,
            attempt=held.job.attempt,
            time=held.time,
            facts=facts,
            request=held.tape.request,
            response=held.tape.response,
        )

    def _doubted(self, held: Held) -> None:
        """Our own failure: it is recorded as ours, and the job goes out again."""
        detail = f"ours, not the target's: {held.facts.failure} {held.facts.detail}"[:200]
        self._add(held, replace(held.facts, failure="own_error", detail=detail))
        visit = self._visits.get(held.job.agency)
        if visit is not None:
            visit.again_after_outage(held.job)

    def _take(self, job: Job, capture: Capture, body: bytes, ago: float) -> None:
        visit = self._visits.get(job.agency)
        facts = capture.facts
        if visit is None or not isinstance(facts, HttpFacts):
            return
        try:
            if job.purpose == "robots":
                hop = self.robots.learned(job, facts, body)
                if hop is not None:
                    self._go(replace(hop, previous=capture.id))
            else:
                visit.take(job, capture, body, ago)
        except OSError:
            raise
        except Exception as error:  # a page that our reading fails on must not end the crawl
            self._note(error)
        self._settle(job.agency)

    def _replay(self) -> None:
        """Take captures of earlier runs, a few at a time."""
        until = time.monotonic() + 0.1
        while self._replays and time.monotonic() < until:
            job, capture, body = self._replays.popleft()
            self._counts["exchanges"] += 1
            visit = self._visits.get(job.agency)
            if visit is not None:
                visit.replayed(job)
                ago = max(0.0, (self.now() - capture.time).total_seconds())
                self._take(job, capture, body, ago)

    def _rendered(self, render: RenderJob, result: Any) -> None:
        """The browser is done with a page: keep what it made, follow what it shows."""
        visit = self._visits.get(render.job.agency)
        if visit is None:
            return
        try:
            dom = self._renders.keep(self.writer, render, result)
            self._counts["rendered"] += dom is not None
            visit.rendered(render, dom)
            self._settle(render.job.agency)
        except Exception as error:
            self._fail(error)

    def _probed(self, agency: str, result: Any, attempt: int, full: bool) -> None:
        visit = self._visits.get(agency)
        if visit is None:
            return
        try:
            visit.open -= 1
            if result is not None:
                self._probes.keep(self.writer, agency, result, attempt, full)
            self._settle(agency)
        except Exception as error:
            self._fail(error)

    # controls

    async def _check_controls(self) -> bool:
        """Ask every control once, each a capture of its own."""
        self._control_rounds += 1
        alive = False
        for url in self.round.settings.network.controls:
            job = Job("", url, "control", attempt=self._control_rounds, body_limit=65_536, time_limit=15.0)
            began = self.now()
            answer = await self._engine.download_async(
                Request(url, meta={"job": job, "download_slot": "control"}, dont_filter=True)
            )
            facts = answer.tape.facts(None)
            self._add(Held(job, answer.tape, facts, began), facts)
            alive = alive or (facts.failure is None and facts.status is not None and facts.status < 500)
        return alive

    def _pause(self, paused: bool) -> None:
        now = time.monotonic()
        if paused:
            self._paused_at = now
            self.frontier.paused = True
        else:
            for visit in self._visits.values():
                visit.paused += now - (self._paused_at or now)
            self._paused_at = None
            self.frontier.resume()
        self._report()
