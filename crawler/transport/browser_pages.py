"""Pages for the browser, as many at once as it has contexts, each when its host may be visited (`crawler.politeness.permits`).

Agencies one after another, of each in order: four hundred claims of one must not make another's home page wait for all of them.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
from collections import deque
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any

from scrapy.exceptions import IgnoreRequest

from crawler.browser.accessibility.measurements import keep_measurement
from crawler.browser.choice import RenderJob
from crawler.browser.renderer import RenderedPage, Renderer
from crawler.politeness.permits import AtHost
from evidence.kinds.page import PageFacts
from evidence.kinds.screenshot import ScreenshotFacts
from evidence.store import EvidenceWriter
from web.document import Document
from web.urls import host

_TRIES, _TRIES_BUSY = 2, 4  # of a measurement
_RENDER_SECONDS = 180.0  # the renderer keeps shorter limits of its own; this one is for its failing to
_PERMIT_SECONDS = 10.0  # a browser's page waits so long for its host, then other hosts' pages come first
_UTF8 = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class PageResult:
    """What the browser made of a page. result: None where it made nothing. began: by the clock of the round."""

    result: RenderedPage | None
    began: dt.datetime


def is_busy() -> bool:
    """Whether two programs wait for each that runs, over the last minute."""
    return os.getloadavg()[0] > 2 * (os.cpu_count() or 1)


class BrowserPages:
    """go: has the page's agency ask for it now; False when it is no longer there."""

    def __init__(
        self,
        go: Callable[[RenderJob], bool],
        now: Callable[[], dt.datetime],
        permit: AtHost,
        busy: Callable[[], bool] = is_busy,
    ) -> None:
        """busy: whether more is to be done on this machine than it can do at once."""
        self._go = go
        self._now = now
        self._permit = permit
        self._busy = busy
        self._renderer: Renderer | None = None
        self._free = 0
        self._lines: dict[str, deque[RenderJob]] = {}  # the first is the next to be served
        self._wanted, self._done = 0, 0  # since it last had nothing to do
        self._at: list[RenderJob] = []

    def open(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self._free = renderer.contexts
        self._next()

    @property
    def available(self) -> bool:
        return self._renderer is not None and self._renderer.available

    @property
    def browser(self) -> str | None:
        """Which browser it is; None when there is none."""
        return self._renderer.description or None if self._renderer is not None else None

    @property
    def at(self) -> tuple[int, int, str] | None:
        """Which page it is at, of how many, and its address; None while it has nothing to do."""
        return (self._done + 1, self._wanted, self._at[0].url) if self._at else None

    def add(self, job: RenderJob) -> None:
        self._wanted += 1
        self._line_up(job)

    def _line_up(self, job: RenderJob) -> None:
        self._lines.setdefault(job.job.agency, deque()).append(job)
        self._next()

    def _next(self) -> None:
        while self._free > 0 and self._lines:
            agency = next(iter(self._lines))
            line = self._lines.pop(agency)
            job = line.popleft()
            if line:
                self._lines[agency] = line
            self._free -= self._go(job)

    async def render(self, job: RenderJob) -> PageResult:
        """For a job that went. Raises IgnoreRequest where it waits again, behind others."""
        self._at.append(job)
        try:
            page = await self._render(job)
        finally:
            self._at.remove(job)
            self._free += 1
            asyncio.get_running_loop().call_soon(self._next)
        if page is None:
            self._line_up(job)
            raise IgnoreRequest
        self._done += 1
        if self._done >= self._wanted:
            self._wanted, self._done = 0, 0
        return page

    async def _render(self, job: RenderJob) -> PageResult | None:
        began, result = self._now(), None
        try:
            if self._renderer is not None and self._renderer.available:
                async with AsyncExitStack() as stack:
                    if not await self._at_host(job, stack):
                        return None
                    began = self._now()
                    rendering = self._renderer.render(
                        job.url, full_page_screenshot=job.full_page, measure=job.measure
                    )
                    result = await asyncio.wait_for(rendering, _RENDER_SECONDS)
        except Exception:  # a page must not end the work on all others; it has no capture then
            result = None
        job.tries += 1
        if job.measure and _was_disturbed(result) and job.tries < self._most_tries():
            return None
        return PageResult(result, began)

    def _most_tries(self) -> int:
        """A page that others share a busy browser, or a busy machine, with is late for no fault of its own."""
        return _TRIES_BUSY if self._busy() else _TRIES

    async def _at_host(self, job: RenderJob, stack: AsyncExitStack) -> bool:
        """Wait for the page's permit; False when its host is not ready for long, so that others go first."""
        try:
            async with asyncio.timeout(_PERMIT_SECONDS):
                await stack.enter_async_context(self._permit(host(job.url)))
        except TimeoutError:
            return False
        return True


def keep(writer: EvidenceWriter, render: RenderJob, page: PageResult) -> Document | None:
    """Write the page and its picture, or one of them, or its measurement; the DOM to read links from, None when there is none."""
    result = page.result
    if result is None:
        return None
    if render.measure:
        keep_measurement(writer, render, result, page.began)
        return None
    job, facts = render.job, result.facts
    assert isinstance(facts, PageFacts)
    if render.answered not in (None, facts.status):
        return None  # the server says something else by now, which the exchange is not to be shown by
    common: dict[str, Any] = {
        "agency": job.agency,
        "url": render.url,
        "purpose": job.purpose,
        "attempt": job.attempt,
    }
    of = render.source
    if render.answered is None:
        facts = replace(facts, source=render.source)
        of = writer.add(kind="page", time=page.began, facts=facts, body=result.dom, **common).id
    if result.screenshot:
        width, height = result.screenshot_size
        picture = ScreenshotFacts(of, "image/jpeg", width, height, render.full_page, boxes=result.boxes)
        writer.add(kind="screenshot", time=page.began, facts=picture, body=result.screenshot, **common)
    return document_of(facts.final_url or render.url, result.dom) if render.answered is None else None


def document_of(url: str, dom: bytes) -> Document | None:
    return Document(dom, url, _UTF8) if dom else None


def _was_disturbed(result: RenderedPage | None) -> bool:
    """Whether a part of a measurement did not come in time (`crawler.browser.accessibility.measurer`).

    A page that went past a limit does so at each visit. Another one would make the page beside it late once more.
    """
    if result is not None and result.facts.failure == "limit":
        return False
    if result is None or result.facts.failure is not None or result.axe.get("axe") in ("timeout", "failed"):
        return True
    parts = json.loads(result.measures or b"{}")
    return any(parts.get(name) is None for name in ("wide", "tab", "narrow"))
