"""One page in the browser: visited in a fresh context, watched until it rests, written down, thrown away.

Whatever the page does, the visit ends within its seconds and tells how far it came. Nothing is typed or
sent: what is no GET or HEAD is answered here with 204. Not here: the process (`child`), addresses
and bytes (`guard_proxy`), what runs inside the page (`scripts`), which controls are opened
(`opening`).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, BrowserContext, CDPSession, Page
from playwright.async_api import Error as BrowserError
from playwright.async_api import TimeoutError as NavigationTimeout

from crawler.browser.accessibility.measurer import NARROW_SIZE, AccessibilityMeasurement, measure
from crawler.browser.guard_proxy import GuardProxy, PageAccount
from crawler.browser.hidden_controls import OpenedControls, open_controls
from crawler.browser.isolated_world import evaluate, without_errors
from crawler.browser.limits import PageLimits
from crawler.browser.method_filter import MethodFilter
from crawler.browser.page_watcher import PageWatcher
from crawler.browser.screenshot import HEIGHT, WIDTH, Screenshot, measure_overflow, take_screenshot
from crawler.browser.scripts import WITNESS, kept_shape, withheld_abilities
from crawler.browser.traffic import FirstLoadTraffic, first_load
from web.urls import without_credentials

_BREATH = 0.1  # seconds without a request, before a page is looked at
_EMPTY_PAGE_SECONDS = 1.5  # after still_seconds, for a page that shows next to nothing
_LITTLE_TEXT = 100
_LONG_POLL_SECONDS = 8.0
_POLL = 0.05

_MAX_TITLE = 500


@dataclass(frozen=True, slots=True)
class VisitOrder:
    """seconds: all that the visit may take, closing included; measuring: of these, for measuring accessibility."""

    url: str
    full_page_screenshot: bool
    seconds: float
    user_agent: str
    measuring: float = 0.0
    limits: PageLimits = field(default_factory=PageLimits)


@dataclass(slots=True)
class VisitedPage:
    """`facts`: the fields of PageFacts. browser_is_sick: the page could not even be closed.

    measured: None when it was not ordered, or the page did not come to rest.
    """

    facts: dict[str, Any] = field(default_factory=dict)
    dom: bytes = b""
    picture: Screenshot = field(default_factory=Screenshot)
    measured: AccessibilityMeasurement | None = None
    browser_is_sick: bool = False


class PageVisit:
    """Use once: `await PageVisit(...).run()`. Never raises for what a page does."""

    def __init__(self, browser: Browser, guard: GuardProxy, sieve: MethodFilter, order: VisitOrder) -> None:
        self._browser = browser
        self._guard = guard
        self._order = order
        self._pictures = order.full_page_screenshot or order.measuring > 0
        self._limits = order.limits
        limit = self._limits.bytes_with_pictures if self._pictures else self._limits.bytes
        self._account = guard.open_account(limit)
        self._watch = PageWatcher(self._limits, self._shut, sieve, pictures=self._pictures)
        self._traffic = FirstLoadTraffic()
        self._result = VisitedPage()
        self._failure: str | None = None
        self._overflow: int | None = None
        self._title = ""
        self._page: Page | None = None
        self._address: str | None = None  # when the page was written down
        self._opened = OpenedControls()
        self._crashed = False
        self._deadline = time.monotonic() + order.seconds - self._limits.closing_seconds

    async def run(self) -> VisitedPage:
        context: BrowserContext | None = None
        try:
            async with asyncio.timeout(self._deadline - time.monotonic()):
                context = await self._context(self._account)
                self._page = await context.new_page()
                await self._visit(context, self._page)
        except TimeoutError:
            self._failure = self._failure or self._limit() or "timeout"
            self._crashed = self._watch.crashed
        except BrowserError as error:
            # A closed target is a crashed one, for nobody but us closes pages.
            self._failure = self._failure or ("crash" if self._watch.crashed else "own_error")
            self._crashed = self._watch.crashed
            self._watch.note(f"renderer: {error.message[:200]}")
        finally:
            self._watch.close()
            # First the way out, then the page: its last words on unload must not leave the house.
            self._shut()
            await self._close(context)
            self._watch.forget()
        self._result.facts = self._facts()
        return self._result

    def _shut(self) -> None:
        self._guard.close_account(self._account)

    def own_error(self, error: Exception) -> dict[str, Any]:
        """The facts of a visit that an error of ours ended."""
        self._failure = "own_error"
        self._watch.note(f"renderer: {error!r}")
        return self._facts()

    async def _context(self, account: PageAccount) -> BrowserContext:
        context = await self._browser.new_context(
            proxy={
                "server": f"http://127.0.0.1:{self._guard.port}",
                "username": account.name,
                "password": account.password,
            },
            user_agent=self._order.user_agent,
            viewport={"width": WIDTH, "height": HEIGHT},
            locale="fa-IR",
            ignore_https_errors=True,
            accept_downloads=False,
            service_workers="block",
            reduced_motion="reduce",
            permissions=[],
        )
        await context.add_init_script(withheld_abilities(self._limits.requests))
        await self._watch.guard_context(context)
        return context

    async def _visit(self, context: BrowserContext, page: Page) -> None:
        cdp = await context.new_cdp_session(page)
        await self._watch.attend(page, cdp)
        if self._order.measuring:
            self._traffic.attend(cdp)
        await self._navigate(page)
        if self._failure is None:
            await self._rest(cdp)
        self._watch.freeze()
        if self._failure is not None:
            # A script that never returns, or never stops asking, would keep us from reading the page.
            await self._watch.silence()
        await self._write_down(page, cdp)

    async def _navigate(self, page: Page) -> None:
        try:
            await page.goto(
                self._order.url,
                wait_until="domcontentloaded",
                timeout=self._limits.navigation_seconds * 1000,
            )
        except NavigationTimeout:
            self._failure = self._limit() or "timeout"
        except BrowserError as error:
            # Interrupted by the page's own next navigation: still under way, so wait for rest.
            if "interrupted by another navigation" not in error.message:
                self._failure = self._limit() or "navigation"
                self._watch.note(f"renderer: {error.message.splitlines()[0][:200]}")

    async def _rest(self, cdp: CDPSession) -> None:
        """Until nothing is under way, nothing is asked for and the tree does not change for a while."""
        until = self._deadline - self._limits.writing_seconds - self._order.measuring
        while time.monotonic() < until:
            if self._limit() is not None:
                self._failure = self._limit()
                return
            if self._watch.idle_for(_BREATH, _LONG_POLL_SECONDS) and await self._is_still(cdp, until):
                return
            await asyncio.sleep(_POLL)
        self._failure = "navigation" if self._watch.navigations > 3 else "timeout"

    async def _is_still(self, cdp: CDPSession, until: float) -> bool:
        """A page of scripts that shows next to nothing may draw itself from a timer: it is given a little longer."""
        shape = await self._still(cdp, self._limits.still_seconds, until)
        if isinstance(shape, list):
            _, characters, scripts, fields = shape
            if characters < _LITTLE_TEXT and scripts and not fields:
                shape = await self._still(cdp, _EMPTY_PAGE_SECONDS, until)
        return shape is not None

    async def _still(self, cdp: CDPSession, seconds: float, until: float) -> object:
        """The shape of a tree that kept it for so long, and asked for nothing; None otherwise.

        The seconds are the page's own: on a loaded machine its timers come late, and so does ours, after them.
        """
        stirs = self._watch.stirs
        looking = asyncio.ensure_future(
            evaluate(cdp, kept_shape(seconds), seconds + 2, tries=1, promised=True)
        )
        while not looking.done() and self._watch.stirs == stirs and time.monotonic() < until:
            await asyncio.wait({looking}, timeout=_POLL)
        if looking.done() and self._watch.stirs == stirs:
            return looking.result()
        looking.cancel()
        return None

    def _limit(self) -> str | None:
        return "limit" if self._account.exceeded else self._watch.limit

    async def _write_down(self, page: Page, cdp: CDPSession) -> None:
        await without_errors(cdp.send("Page.stopLoading"), 1)
        limit, pictured = self._limits.dom, self._order.full_page_screenshot
        reading = f"({WITNESS}, JSON.stringify(witness.read({limit}, {json.dumps(pictured)})))"
        written = await evaluate(cdp, reading, 4)
        controls: list[list[str]] = []
        if isinstance(written, str):
            tree = json.loads(written)
            whole = self._keep(tree["html"]) and tree["whole"]
            self._title, controls = tree["title"], tree["controls"]
            if not whole:
                self._failure = self._failure or "limit"
        else:
            self._failure = self._failure or self._limit() or "timeout"
        self._crashed, self._address = self._watch.crashed, page.url
        if self._address.startswith("chrome-error:"):
            # It left for a place that cannot be reached from here: what shows is the browser's own page.
            self._failure, self._address = self._failure or "navigation", self._watch.bound_for
            self._result.dom = b""
        # What follows adds to a page that is written down: running out of time for it takes nothing away.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, self._deadline - time.monotonic() - 0.3)):
                await self._look_closer(page, cdp, controls)

    async def _look_closer(self, page: Page, cdp: CDPSession, controls: list[list[str]]) -> None:
        # A window of another size may set a page to load more, which we do not wait for.
        self._watch.listing = False
        visit: dict[str, Any] = {}
        if self._order.measuring and self._failure is None:
            seen = self._watch
            visit = await first_load(page.context, cdp, self._traffic, seen.exceptions, seen.raised)
        if self._order.full_page_screenshot:
            taking = take_screenshot(cdp, self._limits)
            self._result.picture = await without_errors(taking, self._limits.picture_seconds) or Screenshot()
        if self._failure is None and controls and not self._order.measuring:
            self._watch.listing = True
            opening = open_controls(cdp, self._watch, controls, self._limits.openings, self._opened)
            await without_errors(opening, 6)
            if self._opened.dom is not None:
                self._keep(self._opened.dom)
        self._watch.listing = False
        self._overflow = await without_errors(measure_overflow(page, cdp), 2)
        if self._order.measuring and self._failure is None:
            self._result.measured = measured = await measure(page, cdp, self._order.measuring, visit)
            self._result.picture = Screenshot(measured.picture, *NARROW_SIZE)

    def _keep(self, html: str) -> bool:
        """Takes the tree as the page's; False when it had to be cut."""
        encoded = html.encode("utf-8", "replace")
        self._result.dom = encoded[: self._limits.dom]
        return len(encoded) <= self._limits.dom

    async def _close(self, context: BrowserContext | None) -> None:
        if context is None:
            return
        try:
            await asyncio.wait_for(context.close(), self._limits.closing_seconds)
        except (TimeoutError, BrowserError):
            self._result.browser_is_sick = True

    def _facts(self) -> dict[str, Any]:
        watch = self._watch
        failure = "crash" if self._crashed else self._failure
        if failure == "timeout":  # the time may have run out over what was too much
            failure = self._limit() or failure
        address = self._address or (self._page.url if self._page is not None else self._order.url)
        return {
            "status": watch.status,
            "final_url": without_credentials(address)[:4000],
            "title": self._title[:_MAX_TITLE],
            "finished": failure is None,
            "failure": failure,
            "console": watch.console,
            "requests": watch.requests,
            "would_send": [*watch.would_send, *self._account.withheld],
            "insecure": watch.insecure,
            "overflow_px": self._overflow,
            "certificate_error": watch.certificate_error,
            "opened": self._opened.controls,
        }
