"""The last gate inside the browser: whatever asks, nothing but GET and HEAD passes it.

A page's own guard (`crawler.browser.page_watcher`) loses sight of what a document says while another takes its place: to the
driver such a request belongs to no frame, and it is let go. This one is asked by the browser, not by its pages, so it
outlives every document, frame and worker. It is asked after the page's guard, so what it stops is what that one missed.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from typing import Any

from playwright.async_api import Browser, CDPSession
from playwright.async_api import Error as BrowserError

Told = Callable[[str, str], None]
"""Is given the method and the address of a request that was stopped."""


class MethodFilter:
    """For all pages of one browser, for as long as it runs."""

    def __init__(self) -> None:
        self._cdp: CDPSession | None = None
        self._pages: dict[str, Told] = {}  # by frame
        self._answers: set[asyncio.Task[None]] = set()

    async def attend(self, browser: Browser) -> None:
        """Before there are pages. Raises BrowserError where the browser cannot be asked to: no page may be opened in it then."""
        self._cdp = await browser.new_browser_cdp_session()
        self._cdp.on("Fetch.requestPaused", self._asked)
        await self._cdp.send("Fetch.enable", {"patterns": [{"urlPattern": "*"}]})

    def tell(self, frame: str, told: Told) -> None:
        """What is stopped of this frame is told from now on."""
        self._pages[frame] = told

    def forget(self, frames: Iterable[str]) -> None:
        for frame in frames:
            self._pages.pop(frame, None)

    def _asked(self, event: dict[str, Any]) -> None:
        request = event["request"]
        if request["method"] in ("GET", "HEAD"):
            answer = self._answer("Fetch.continueRequest", {"requestId": event["requestId"]})
        else:
            if (told := self._pages.get(event.get("frameId", ""))) is not None:
                told(request["method"], request["url"])
            stopped = {"requestId": event["requestId"], "errorReason": "BlockedByClient"}
            answer = self._answer("Fetch.failRequest", stopped)
        task = asyncio.ensure_future(answer)
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _answer(self, command: str, given: dict[str, Any]) -> None:
        if self._cdp is not None:
            with contextlib.suppress(BrowserError):  # it waits no longer: its page is gone
                await self._cdp.send(command, given)
