"""Questions to a page, asked in an isolated world where its scripts cannot have changed what words mean.

Not here: what is asked (`crawler.browser.scripts`, `crawler/browser/page_scripts`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from playwright.async_api import CDPSession
from playwright.async_api import Error as BrowserError

T = TypeVar("T")


async def evaluate(
    cdp: CDPSession, expression: str, seconds: float, *, tries: int = 2, promised: bool = False
) -> object:
    """The value of an expression in a world of our own; None when the page gives none in time.

    promised: the expression promises its value.
    """
    for _ in range(tries):  # a navigation in between destroys the world: once more in the new one
        answer = await without_errors(_evaluate(cdp, expression, seconds, promised), seconds + 0.5)
        if answer is not None:
            return answer
    return None


async def without_errors(work: Awaitable[T], seconds: float) -> T | None:
    """The result, or None when it fails or takes too long: the page may be in any state."""
    try:
        return await asyncio.wait_for(work, seconds)
    except (TimeoutError, BrowserError, KeyError):
        return None


async def _evaluate(cdp: CDPSession, expression: str, seconds: float, promised: bool) -> object:
    frame = (await cdp.send("Page.getFrameTree"))["frameTree"]["frame"]["id"]
    # The same world each time, as long as the page is not left: what one question keeps, the next one finds.
    world = await cdp.send("Page.createIsolatedWorld", {"frameId": frame, "worldName": "witness"})
    answer = await cdp.send(
        "Runtime.evaluate",
        {
            "expression": expression,
            "contextId": world["executionContextId"],
            "returnByValue": True,
            "awaitPromise": promised,
            "timeout": int(seconds * 1000),
        },
    )
    value: object = answer["result"].get("value")
    return value
