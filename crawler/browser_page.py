"""One page in the browser: visited in a fresh context, watched until it rests, written down, thrown away.

Whatever the page does, the visit ends within its seconds and tells how far it came. Nothing is clicked,
typed or sent: what is no GET or HEAD is answered here with 204. Not here: the process (`browser_child`),
addresses and bytes (`guard_proxy`), what runs inside the page (`browser_scripts`).
"""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from playwright.async_api import Browser, BrowserContext, CDPSession, Page
from playwright.async_api import Error as BrowserError
from playwright.async_api import TimeoutError as NavigationTimeout

from crawler.browser_accessibility import NARROW_SIZE, Measured, measure
from crawler.browser_scripts import OVERFLOW, SERIALISE, SHAPE, WITHHELD_ABILITIES
from crawler.browser_watch import Watch
from crawler.guard_proxy import Account, GuardProxy

_NAVIGATION_SECONDS = 15.0
_WRITING_DOWN_SECONDS = 5.0  # of the visit's seconds, kept for what comes after the page's own time
_CLOSE_SECONDS = 3.0
_QUIET_SECONDS = 0.5
_EMPTY_PAGE_SECONDS = 2.0
_LITTLE_TEXT = 100
_LONG_POLL_SECONDS = 8.0
_POLL = 0.05

_MAX_BYTES = 8 * 1024 * 1024
_MAX_BYTES_WITH_PICTURES = 24 * 1024 * 1024
_MAX_DOM = 8 * 1024 * 1024
_MAX_HEIGHT = 8000
_MAX_TITLE = 500

_WIDTH, _HEIGHT = 1366, 768
_NARROW_WIDTH, _NARROW_HEIGHT = 360, 640

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Order:
    """seconds: all that the visit may take, closing included; measuring: of these, for measuring accessibility."""

    url: str
    full_page_screenshot: bool
    seconds: float
    user_agent: str
    measuring: float = 0.0


@dataclass(slots=True)
class VisitedPage:
    """`facts`: the fields of PageFacts. browser_is_sick: the page could not even be closed.

    measured: None when it was not ordered, or the page did not come to rest.
    """

    facts: dict[str, Any] = field(default_factory=dict)
    dom: bytes = b""
    screenshot: bytes = b""
    screenshot_size: tuple[int, int] = (0, 0)
    measured: Measured | None = None
    browser_is_sick: bool = False


class PageVisit:
    """Use once: `await PageVisit(...).run()`. Never raises for what a page does."""

    def __init__(self, browser: Browser, guard: GuardProxy, order: Order) -> None:
        self._browser = browser
        self._guard = guard
        self._order = order
        self._pictures = order.full_page_screenshot or order.measuring > 0
        self._watch = Watch(pictures=self._pictures)
        self._result = VisitedPage()
        self._failure: str | None = None
        self._overflow: int | None = None
        self._title = ""
        self._deadline = time.monotonic() + order.seconds - _CLOSE_SECONDS

    async def run(self) -> VisitedPage:
        limit = _MAX_BYTES_WITH_PICTURES if self._pictures else _MAX_BYTES
        account = self._guard.open_account(limit)
        context: BrowserContext | None = None
        page: Page | None = None
        try:
            async with asyncio.timeout(self._order.seconds - _CLOSE_SECONDS):
                context = await self._context(account)
                page = await context.new_page()
                await self._visit(context, page, account)
        except TimeoutError:
            self._failure = self._failure or "timeout"
        except BrowserError as error:
            # A closed target is a crashed one, for nobody but us closes pages.
            self._failure = self._failure or ("crash" if self._watch.crashed else "own_error")
            self._watch.note(f"renderer: {error.message[:200]}")
        finally:
            self._watch.close()
            # First the way out, then the page: its last words on unload must not leave the house.
            self._guard.close_account(account)
            await self._close(context)
        self._result.facts = self._facts(page, account)
        return self._result

    def own_error(self, error: Exception) -> dict[str, Any]:
        """The facts of a visit that an error of ours ended."""
        self._failure = "own_error"
        self._watch.note(f"renderer: {error!r}")
        return self._facts(None, None)

    async def _context(self, account: Account) -> BrowserContext:
        context = await self._browser.new_context(
            proxy={
                "server": f"http://127.0.0.1:{self._guard.port}",
                "username": account.name,
                "password": account.password,
            },
            user_agent=self._order.user_agent,
            viewport={"width": _WIDTH, "height": _HEIGHT},
            locale="fa-IR",
            ignore_https_errors=True,
            accept_downloads=False,
            service_workers="block",
            reduced_motion="reduce",
            permissions=[],
        )
        await context.add_init_script(WITHHELD_ABILITIES)
        await self._watch.guard_context(context)
        return context

    async def _visit(self, context: BrowserContext, page: Page, account: Account) -> None:
        cdp = await context.new_cdp_session(page)
        await self._watch.attend(page, cdp)
        await self._navigate(page)
        if self._failure is None:
            await self._rest(cdp, account)
        self._watch.freeze()
        if self._failure is not None:
            # A script that never returns, or never stops asking, would keep us from reading the page.
            await self._watch.silence()
        await self._write_down(page, cdp)

    async def _navigate(self, page: Page) -> None:
        try:
            await page.goto(
                self._order.url, wait_until="domcontentloaded", timeout=_NAVIGATION_SECONDS * 1000
            )
        except NavigationTimeout:
            self._failure = self._limit() or "timeout"
        except BrowserError as error:
            # Interrupted by the page's own next navigation: still under way, so wait for rest.
            if "interrupted by another navigation" not in error.message:
                self._failure = self._limit() or "navigation"
                self._watch.note(f"renderer: {error.message.splitlines()[0][:200]}")

    async def _rest(self, cdp: CDPSession, account: Account) -> None:
        """Until no request has been under way for half a second and the tree has stopped changing."""
        until = self._deadline - _WRITING_DOWN_SECONDS - self._order.measuring
        shape: object = None
        while time.monotonic() < until:
            if self._limit(account) is not None:
                self._failure = self._limit(account)
                return
            if self._watch.idle_for(_QUIET_SECONDS, _LONG_POLL_SECONDS):
                seen = await self._ask(cdp, SHAPE, 2)
                if seen is not None and seen == shape and not self._may_draw_itself_yet(seen):
                    return
                shape = seen
                await asyncio.sleep(_QUIET_SECONDS / 2)
            await asyncio.sleep(_POLL)
        self._failure = "navigation" if self._watch.navigations > 3 else "timeout"

    def _may_draw_itself_yet(self, shape: object) -> bool:
        """A page of scripts that shows next to nothing may do so from a timer: it is given a little longer."""
        if not isinstance(shape, list) or self._watch.idle_for(_EMPTY_PAGE_SECONDS, _LONG_POLL_SECONDS):
            return False
        _, characters, scripts, fields = shape
        return bool(characters < _LITTLE_TEXT and scripts and not fields)

    def _limit(self, account: Account | None = None) -> str | None:
        if account is not None and account.exceeded:
            return "limit"
        return self._watch.limit

    async def _write_down(self, page: Page, cdp: CDPSession) -> None:
        await _quietly(cdp.send("Page.stopLoading"), 1)
        written = await self._ask(cdp, f"JSON.stringify(({SERIALISE})({_MAX_DOM}))", 4)
        if isinstance(written, str):
            tree = json.loads(written)
            self._result.dom = tree["html"].encode("utf-8", "replace")
            self._title = tree["title"]
            if not tree["whole"] or len(self._result.dom) > _MAX_DOM:
                self._result.dom = self._result.dom[:_MAX_DOM]
                self._failure = self._failure or "limit"
        else:
            self._failure = self._failure or "timeout"
        if self._order.full_page_screenshot:
            await _quietly(self._take_screenshot(cdp), 6)
        await _quietly(self._measure_overflow(page, cdp), 2)
        if self._order.measuring and self._failure is None:
            self._result.measured = measured = await measure(page, cdp)
            self._result.screenshot, self._result.screenshot_size = measured.picture, NARROW_SIZE

    async def _take_screenshot(self, cdp: CDPSession) -> None:
        size = (await cdp.send("Page.getLayoutMetrics"))["cssContentSize"]
        width, height = _WIDTH, max(1, min(_MAX_HEIGHT, int(size["height"])))
        shot = await cdp.send(
            "Page.captureScreenshot",
            {
                "format": "webp",
                "quality": 50,
                "captureBeyondViewport": True,
                "clip": {"x": 0, "y": 0, "width": width, "height": height, "scale": 1},
            },
        )
        self._result.screenshot = base64.b64decode(shot["data"])
        self._result.screenshot_size = (width, height)

    async def _measure_overflow(self, page: Page, cdp: CDPSession) -> None:
        await page.set_viewport_size({"width": _NARROW_WIDTH, "height": _NARROW_HEIGHT})
        measured = await self._ask(cdp, OVERFLOW, 1)
        self._overflow = int(measured) if isinstance(measured, int | float) else None

    async def _ask(self, cdp: CDPSession, expression: str, seconds: float) -> object:
        """The value of an expression in a world of our own; None when the page gives none in time."""
        for _ in range(2):  # a navigation in between destroys the world: once more in the new one
            answer = await _quietly(_evaluate(cdp, expression, seconds), seconds + 0.5)
            if answer is not None:
                return answer
        return None

    async def _close(self, context: BrowserContext | None) -> None:
        if context is None:
            return
        try:
            await asyncio.wait_for(context.close(), _CLOSE_SECONDS)
        except (TimeoutError, BrowserError):
            self._result.browser_is_sick = True

    def _facts(self, page: Page | None, account: Account | None) -> dict[str, Any]:
        watch = self._watch
        failure = "crash" if watch.crashed else self._failure
        return {
            "status": watch.status,
            "final_url": page.url[:4000] if page is not None else self._order.url,
            "title": self._title[:_MAX_TITLE],
            "finished": failure is None,
            "failure": failure,
            "console": watch.console,
            "requests": watch.requests,
            "would_send": [*watch.would_send, *(account.withheld if account else ())],
            "insecure": watch.insecure,
            "overflow_px": self._overflow,
            "certificate_error": watch.certificate_error,
        }


async def _evaluate(cdp: CDPSession, expression: str, seconds: float) -> object:
    frame = (await cdp.send("Page.getFrameTree"))["frameTree"]["frame"]["id"]
    world = await cdp.send("Page.createIsolatedWorld", {"frameId": frame, "worldName": "witness"})
    answer = await cdp.send(
        "Runtime.evaluate",
        {
            "expression": expression,
            "contextId": world["executionContextId"],
            "returnByValue": True,
            "timeout": int(seconds * 1000),
        },
    )
    value: object = answer["result"].get("value")
    return value


async def _quietly(work: Awaitable[T], seconds: float) -> T | None:
    """The result, or None when it fails or takes too long: the page may be in any state."""
    try:
        return await asyncio.wait_for(work, seconds)
    except (TimeoutError, BrowserError, KeyError):
        return None
