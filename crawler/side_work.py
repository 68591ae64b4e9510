"""Work beside the fetching: TLS probes in threads, pages in the browser. Results go back to the session."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from typing import Any

from crawler.browser import Rendered, Renderer
from crawler.certificate_documents import Documents, Fetched, Kind, fetch, wanted
from crawler.measurements import keep_measurement
from crawler.policy import AddressPolicy
from crawler.render_queue import RenderQueue
from crawler.rendering import RenderJob
from crawler.tls import probe
from crawler.tls_capture import Probe
from crawler.turns import AtHost
from evidence.document import Document
from evidence.records import Capture, PageFacts, ScreenshotFacts
from evidence.store import EvidenceWriter
from evidence.urls import host

_THREADS = 16  # they wait; 167 hosts behind 100 ms take half a minute with these
_PROBES_OF_AN_AGENCY = 3  # at once, so that one with a hundred dead hosts leaves a thread for others
_TRIES, _TRIES_BUSY = 2, 4  # of a measurement
_RENDER_SECONDS = 180.0  # the renderer keeps shorter limits of its own; this one is for its failing to
_TURN_SECONDS = 10.0  # a browser's page waits so long for its host, then other hosts' pages come first
_UTF8 = "text/html; charset=utf-8"


class Probes:
    """TLS probes, a few at a time. done: called on the loop with (agency, what writes the probe, or None).

    turn: waits until the host may be visited; what certificates name is fetched in turns of its hosts too.
    """

    def __init__(
        self,
        policy: AddressPolicy,
        now: Callable[[], dt.datetime],
        done: Callable[[str, Callable[[EvidenceWriter], None] | None], None],
        turn: AtHost,
        user_agent: str,
    ) -> None:
        self._policy = policy
        self._user_agent = user_agent
        self._documents = Documents(self._document)
        self._now = now
        self._done = done
        self._turn = turn
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="tls")
        self._tasks: set[asyncio.Task[None]] = set()
        self._of_agency: defaultdict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(_PROBES_OF_AN_AGENCY)
        )
        self._times: dict[tuple[str, str, int, int], dt.datetime] = {}
        # When each look began, on the loop's clock.
        self._began: dict[tuple[str, str, int, int], asyncio.Future[float]] = {}

    def add(self, agency: str, host: str, port: int, *, full: bool, attempt: int, wait: float) -> None:
        """wait: seconds to let pass, for a second look from the begin of the first on."""
        self._began[agency, host, port, attempt] = asyncio.get_running_loop().create_future()
        task = asyncio.ensure_future(self._probe(agency, host, port, full, attempt, wait))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _probe(self, agency: str, host: str, port: int, full: bool, attempt: int, wait: float) -> None:
        loop = asyncio.get_running_loop()
        began = self._began[agency, host, port, attempt]
        earlier = self._began.pop((agency, host, port, attempt - 1), None)
        # The first look may itself have waited for its turn.
        since = loop.time() if earlier is None else await asyncio.shield(earlier)
        await asyncio.sleep(since + wait - loop.time())
        result: Probe | None = None
        try:
            async with self._of_agency[agency], self._turn(host):
                self._times[agency, host, port, attempt] = self._now()
                began.set_result(loop.time())
                result = await loop.run_in_executor(
                    self._pool, lambda: probe(host, port, self._policy, now=self._now, full=full)
                )
            if full:
                result = await self._with_documents(result)
        except Exception:  # a probe must not end the work on all others; it has no capture then
            result = None
        finally:
            if not began.done():
                began.set_result(loop.time())
        # Not when it was cancelled: the next run probes what this one did not.
        self._done(agency, None if result is None else partial(self._keep, agency, result, attempt, full))

    async def _with_documents(self, result: Probe) -> Probe:
        while (document := wanted(result.chain, result.fetched)) is not None:
            try:
                result = result.having(await self._documents.get(*document))
            except Exception:  # ours, since a fetch tells its failures: the probe is kept without
                break
        return result

    async def _document(self, kind: Kind, url: str) -> Fetched:
        async with self._turn(host(url)):
            return await asyncio.get_running_loop().run_in_executor(
                self._pool,
                lambda: fetch(kind, url, self._policy, user_agent=self._user_agent, now=self._now),
            )

    @property
    def idle(self) -> bool:
        return not self._tasks

    def _keep(self, agency: str, result: Probe, attempt: int, full: bool, writer: EvidenceWriter) -> None:
        facts = result.facts
        writer.add(
            kind="tls",
            agency=agency,
            url=f"{facts.host}:{facts.port}",
            purpose="host" if full else "link",
            attempt=attempt,
            time=self._times.pop((agency, facts.host, facts.port, attempt), self._now()),
            facts=facts,
            body=result.body,
        )

    def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        self._documents.close()
        self._pool.shutdown(wait=False, cancel_futures=True)


def _is_measured(result: Rendered | None) -> bool:
    """Whether every part of a measurement came in time (`crawler.browser_accessibility`)."""
    if result is None or result.facts.failure is not None or result.axe.get("axe") in ("timeout", "failed"):
        return False
    parts = json.loads(result.measures or b"{}")
    return all(parts.get(name) is not None for name in ("wide", "tab", "narrow"))


def is_busy() -> bool:
    """Whether two programs wait for each that runs, over the last minute."""
    return os.getloadavg()[0] > 2 * (os.cpu_count() or 1)


class Renders:
    """Pages for the browser, each when its host may be visited (`turn`)."""

    def __init__(
        self,
        done: Callable[[RenderJob, Any], None],
        now: Callable[[], dt.datetime],
        turn: AtHost,
        busy: Callable[[], bool] = is_busy,
    ) -> None:
        """busy: whether more is to be done on this machine than it can do at once."""
        self._busy = busy
        self._renderer: Renderer | None = None
        self._done = done
        self._now = now
        self._turn = turn
        self._queue = RenderQueue()
        self._times: dict[RenderJob, dt.datetime] = {}

    @property
    def idle(self) -> bool:
        return not self._queue and not self._times

    def add(self, job: RenderJob) -> None:
        self._queue.add(job)

    def replay(self, job: RenderJob, capture: Capture, dom: bytes) -> None:
        """The page was rendered in an earlier run."""
        asyncio.get_running_loop().call_soon(self._done, job, (capture, dom))

    @property
    def available(self) -> bool:
        return self._renderer is not None and self._renderer.available

    @property
    def browser(self) -> str | None:
        """Which browser it is; None when there is none."""
        return self._renderer.description or None if self._renderer is not None else None

    def start(self, renderer: Renderer) -> list[asyncio.Task[None]]:
        self._renderer = renderer
        return [asyncio.ensure_future(self._work()) for _ in range(renderer.contexts)]

    async def _work(self) -> None:
        while True:
            job = await self._queue.take()
            renderer = self._renderer
            self._times[job] = self._now()
            result: Rendered | None = None
            try:
                if renderer is not None and renderer.available:
                    async with AsyncExitStack() as stack:
                        if not await self._at_host(job, stack):
                            continue
                        rendering = renderer.render(
                            job.url, full_page_screenshot=job.full_page, measure=job.measure
                        )
                        result = await asyncio.wait_for(rendering, _RENDER_SECONDS)
            except Exception:  # a page must not end the work on all others; it has no capture then
                result = None
            job.tries += 1
            if job.measure and not _is_measured(result) and job.tries < self._most_tries():
                del self._times[job]
                self._queue.add(job)
                continue
            self._done(job, result)
            self._times.pop(job, None)

    def _most_tries(self) -> int:
        """A page that others share a busy browser, or a busy machine, with is late for no fault of its own."""
        return _TRIES_BUSY if self._busy() else _TRIES

    async def _at_host(self, job: RenderJob, stack: AsyncExitStack) -> bool:
        """Wait for the page's turn; False when its host is not ready for long, so that others go first."""
        try:
            async with asyncio.timeout(_TURN_SECONDS):
                await stack.enter_async_context(self._turn(host(job.url)))
        except TimeoutError:
            self._queue.add(job)
            del self._times[job]
            return False
        self._times[job] = self._now()
        return True

    def keep(self, writer: EvidenceWriter, render: RenderJob, result: Any) -> Document | None:
        """Write the page and its picture; the DOM to read links from, None when there is none."""
        if result is None:
            return None
        if render.measure:
            if isinstance(result, Rendered):
                keep_measurement(writer, render, result, self._times.pop(render, self._now()))
            return None
        if isinstance(result, tuple):
            capture, dom = result
            return Document(dom, capture.facts.final_url or render.url, _UTF8) if dom else None
        job, facts = render.job, result.facts
        assert isinstance(facts, PageFacts)
        began = self._times.pop(render, self._now())
        common: dict[str, Any] = {
            "agency": job.agency,
            "url": render.url,
            "purpose": job.purpose,
            "attempt": job.attempt,
        }
        page = writer.add(
            kind="page", time=began, facts=replace(facts, source=render.source), body=result.dom, **common
        )
        if result.screenshot:
            width, height = result.screenshot_size
            picture = ScreenshotFacts(
                page.id, "image/jpeg", width, height, render.full_page, boxes=result.boxes
            )
            writer.add(kind="screenshot", time=began, facts=picture, body=result.screenshot, **common)
        return Document(result.dom, facts.final_url or render.url, _UTF8) if result.dom else None
