"""The browser's own process: `python -m crawler.browser.child`, started by `crawler.browser.renderer` alone.

Holds the driver, the browser and the guard proxy, so that whatever a page does to them costs one page.
Orders come on standard input, results go to standard output; when the input ends, so does the process.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Playwright, async_playwright
from playwright.async_api import Error as BrowserError

from claims.model import NetworkSettings
from crawler.browser.accessibility.measurer import AccessibilityMeasurement
from crawler.browser.guard_proxy import GuardProxy
from crawler.browser.launch import BrowserUnavailable, bound_memory, command, environment
from crawler.browser.limits import PageLimits
from crawler.browser.messages import Message, encode, read
from crawler.browser.method_filter import MethodFilter
from crawler.browser.page import PageVisit, VisitedPage, VisitOrder
from crawler.browser.sandbox import is_sandboxed, start_error
from crawler.politeness.policy import AddressPolicy

_LAUNCH_MS = 20_000
_SANDBOX_TRIES = {"auto": (True, False), "on": (True, True), "off": (False,)}


async def _launch(
    playwright: Playwright, settings: Mapping[str, Any], guard: GuardProxy, sieve: MethodFilter
) -> tuple[Browser | None, bool, str]:
    """(browser, whether its sandbox holds pages, why one of the two is missing). "auto" gives up the sandbox, not the user."""
    profile = Path(settings["profile"])
    reason = ""
    for sandbox in _SANDBOX_TRIES[settings["sandbox"]]:
        try:
            line = command(Path(settings["executable"]), profile, proxy_port=guard.port, sandbox=sandbox)
            browser = await playwright.chromium.launch(
                executable_path=line[0],
                args=line[1:],
                ignore_default_args=True,
                env=dict(environment(profile)),
                timeout=_LAUNCH_MS,
                handle_sigint=False,
                handle_sigterm=False,
                handle_sighup=False,
            )
            await sieve.attend(browser)
            # A browser whose sandbox fails may start all the same and lose its first page.
            context = await browser.new_context()
            await asyncio.wait_for((await context.new_page()).goto("about:blank"), 10)
            held = await is_sandboxed(browser)
            await context.close()
            if held:
                return browser, True, ""
            reason = reason or "the browser runs, but its pages are in no sandbox"
            if settings["sandbox"] != "on":
                return browser, False, reason
            await browser.close()
        except (BrowserError, TimeoutError, BrowserUnavailable) as error:
            reason = start_error(str(error)) or type(error).__name__
    return None, False, reason


class _Conversation:
    """One order after the other from the input, each in a task; results to the output, whole and one at a time."""

    def __init__(
        self,
        browser: Browser,
        guard: GuardProxy,
        sieve: MethodFilter,
        user_agent: str,
        limits: PageLimits,
        output: int,
    ) -> None:
        self._browser = browser
        self._guard = guard
        self._sieve = sieve
        self._user_agent = user_agent
        self._limits = limits
        self._output = output
        self._writing = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    async def say(self, message: Message) -> None:
        data = encode(message)
        async with self._writing:
            await asyncio.to_thread(_write_all, self._output, data)

    async def listen(self, stream: asyncio.StreamReader) -> None:
        while (message := await read(stream)) is not None:
            task = asyncio.create_task(self._visit(message.content))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _visit(self, content: dict[str, Any]) -> None:
        order = VisitOrder(
            content["url"],
            content["full_page_screenshot"],
            content["seconds"],
            self._user_agent,
            content["measuring"],
            self._limits,
        )
        visit = PageVisit(self._browser, self._guard, self._sieve, order)
        try:
            page = await visit.run()
        except Exception as error:
            # A fault of ours must cost this page and be read in its facts, not keep the crawl waiting.
            page = VisitedPage(facts=visit.own_error(error))
        picture = page.picture
        answer = {
            "id": content["id"],
            "facts": page.facts,
            "screenshot_size": (picture.width, picture.height),
            "boxes": picture.boxes,
        }
        measured = page.measured or AccessibilityMeasurement()
        answer["axe"] = measured.facts
        await self.say(Message(answer, (page.dom, picture.image, measured.body)))
        if page.browser_is_sick:
            os._exit(3)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


async def _serve(stdin: int, output: int) -> None:
    loop = asyncio.get_running_loop()
    stream = asyncio.StreamReader(limit=2**20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(stdin, "rb"))
    first = await read(stream)
    if first is None:
        return
    settings = first.content
    network = NetworkSettings(allow_private=settings["allow_private"], hosts=settings["hosts"])
    guard = GuardProxy(AddressPolicy(network))
    await guard.start()
    sieve = MethodFilter()
    async with async_playwright() as playwright:
        browser, sandbox, reason = await _launch(playwright, settings, guard, sieve)
        hello = {"ready": browser is not None, "sandbox": sandbox, "reason": reason}
        if browser is None:
            await asyncio.to_thread(_write_all, output, encode(Message(hello)))
            return
        hello["version"] = browser.version
        limits = PageLimits(**settings["limits"])
        conversation = _Conversation(browser, guard, sieve, settings["user_agent"], limits, output)
        await conversation.say(Message(hello))
        gone = asyncio.Event()
        browser.on("disconnected", lambda _: gone.set())
        listening = asyncio.create_task(conversation.listen(stream))
        waiting = asyncio.create_task(gone.wait())
        await asyncio.wait((listening, waiting), return_when=asyncio.FIRST_COMPLETED)
        if gone.is_set():
            os._exit(4)
        await guard.close()
        await asyncio.wait_for(browser.close(), 5)
    # The crawl removes it too, unless it was killed.
    shutil.rmtree(settings["profile"], ignore_errors=True)


def main() -> None:
    # Nothing but messages may reach the pipe, whatever a library prints.
    output = os.dup(1)
    os.dup2(2, 1)
    stdin = os.dup(0)
    bound_memory()
    asyncio.run(_serve(stdin, output))


if __name__ == "__main__":
    main()
