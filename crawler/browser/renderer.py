"""The bounded renderer: hands URLs to a browser in a process of its own and never waits longer than it must.

The process is started when it is first needed, renewed after some hundred pages, killed when it hangs. Its
death costs the page that killed it, never the crawl. Not here: what happens to a page
(`crawler.browser.page`), how the browser is started (`crawler.browser.launch`).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from claims.model import NetworkSettings
from crawler.browser.launch import BrowserUnavailable, Sandbox, describe, find_browser
from crawler.browser.limits import PageLimits
from crawler.browser.messages import Message
from crawler.browser.process import BrowserProcess, ProcessDied
from evidence.kinds.page import PageFacts

__all__ = ["BrowserTrial", "RenderedPage", "Renderer", "Sandbox", "describe", "find_browser", "try_browser"]

NO_SANDBOX = ", no-sandbox"  # how the description of a browser without its sandbox ends
_MEASURING_SECONDS = 16.0  # of them for measuring, when a visit is for that
_LONGEST_SECONDS = 29.0  # a visit, however it is spent
_STARTS = 2


@dataclass(frozen=True, slots=True)
class RenderedPage:
    """A rendered page. `dom` is empty and `facts.failure` set when there was none; screenshot: JPEG,
    of a measured page WebP. boxes: where elements stand in it, as ScreenshotFacts has them.

    measures: body of an accessibility capture, `{}` when nothing was measured; axe: its facts about axe-core.
    """

    dom: bytes
    screenshot: bytes | None
    screenshot_size: tuple[int, int]
    facts: PageFacts
    measures: bytes = b"{}"
    axe: Mapping[str, str] = field(default_factory=dict)
    boxes: tuple[tuple[str, int, int, int, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class BrowserTrial:
    """What came of starting a browser. browser: its name and version, "" where it did not start. sandboxed: whether its sandbox
    holds pages. reason: why one of the two is not so, in the words of the program; "" where both are.
    """

    browser: str
    started: bool
    sandboxed: bool
    reason: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def try_browser(executable: Path) -> BrowserTrial:
    """Starts the browser as a crawl does, and stops it. Takes a second or two; blocking."""

    async def tried() -> BrowserTrial:
        renderer = Renderer(executable=executable, policy_settings=NetworkSettings(), user_agent="")
        async with renderer:
            return BrowserTrial(renderer.description, renderer.available, renderer.sandboxed, renderer.reason)

    return asyncio.run(tried())


class Renderer:
    """An async context manager. `available` and `reason` are known inside it; `render` never raises for a page.

    sandbox "auto": with Chromium's sandbox where it can start, else without it but still unprivileged, which
    `description` (and every page's facts) then says; "on": only with it; "off": without it. Where it held once it must
    hold at every later start: pages that break the browser must not get one without.
    """

    def __init__(
        self,
        *,
        executable: Path | None,
        policy_settings: NetworkSettings,
        user_agent: str,
        sandbox: Sandbox = "auto",
        contexts: int = 2,
        renew_after: int = 300,
        limits: PageLimits | None = None,
    ) -> None:
        self._executable = executable
        self._network = policy_settings
        self._user_agent = user_agent
        self._sandbox = sandbox
        self._renew_after = renew_after
        self._limits = limits or PageLimits()
        self._retiring: set[asyncio.Task[None]] = set()
        self.contexts = contexts
        self._slots = asyncio.Semaphore(contexts)
        self._starting = asyncio.Lock()
        self._child: BrowserProcess | None = None
        self._stopped = False
        self.available = False
        self.reason = "not started"
        self.description = ""
        self.sandboxed = False

    async def __aenter__(self) -> Renderer:
        if self._executable is None:
            self.reason = "no browser found"
            return self
        with contextlib.suppress(ProcessDied):
            await self._ready_child()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.available, self._stopped = False, True
        if self._child is not None:
            await self._child.stop()
            self._child = None
        await asyncio.gather(*self._retiring)

    async def render(self, url: str, *, full_page_screenshot: bool, measure: bool = False) -> RenderedPage:
        """Within the limits' seconds and two more; a process that has to be started first comes on top.

        measure: for accessibility, with a picture of a telephone's first screen.
        """
        measuring = _MEASURING_SECONDS if measure else 0.0
        loop = asyncio.get_running_loop()
        async with self._slots:
            left = min(self._limits.seconds + measuring, _LONGEST_SECONDS)
            for _ in range(2):
                began = loop.time()
                try:
                    child = await self._ready_child()
                    began = loop.time()
                    message = await child.visit(url, full_page_screenshot, left, measuring)
                except ProcessDied:
                    # It may have been the neighbour's page: once more, if there is time.
                    left -= loop.time() - began
                    if not self.available or left < self._limits.seconds / 2 + measuring / 2:
                        break
                    continue
                except TimeoutError:
                    break
                return self._rendered(message)
            return self._own_error(url)

    async def _ready_child(self) -> BrowserProcess:
        """The running process; a new one when there is none, or the old one has served long enough."""
        async with self._starting:
            child = self._child
            if child is not None and not child.dead and child.pages < self._renew_after:
                return child
            if child is not None:
                # The old one finishes its pages by itself: nobody waits for a neighbour's.
                retiring = asyncio.create_task(child.retire())
                self._retiring.add(retiring)
                retiring.add_done_callback(self._retiring.discard)
                self._child = None
            return await self._start()

    async def _start(self) -> BrowserProcess:
        executable = self._executable
        for _ in range(_STARTS):
            if executable is None or self._stopped:
                break
            try:
                child = await BrowserProcess.start(
                    executable, self._network, self._user_agent, self._sandbox, self._limits
                )
            except (BrowserUnavailable, OSError, TimeoutError) as error:
                self.reason = str(error) or type(error).__name__
                continue
            self._child = child
            self.available, self.reason, self.sandboxed = True, child.unheld, child.sandbox
            if child.sandbox:
                self._sandbox = "on"
            self.description = f"{executable.name} {child.version}" + ("" if child.sandbox else NO_SANDBOX)
            return child
        self.available, self._stopped = False, True
        raise ProcessDied

    def _rendered(self, message: Message) -> RenderedPage:
        fields: dict[str, Any] = dict(message.content["facts"])
        for name in ("requests", "would_send", "opened"):
            fields[name] = tuple(tuple(entry) for entry in fields[name])
        for name in ("console", "insecure"):
            fields[name] = tuple(fields[name])
        dom, screenshot, measures = message.blobs
        width, height = message.content["screenshot_size"]
        facts = PageFacts(**fields, browser=self.description)
        content = message.content
        boxes = tuple(tuple(box) for box in content["boxes"])
        return RenderedPage(dom, screenshot or None, (width, height), facts, measures, content["axe"], boxes)

    def _own_error(self, url: str) -> RenderedPage:
        facts = PageFacts(
            status=None,
            final_url=url,
            title="",
            finished=False,
            failure="own_error",
            browser=self.description,
        )
        return RenderedPage(b"", None, (0, 0), facts)
