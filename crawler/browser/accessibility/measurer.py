"""Measures a page that came to rest: for people with disabilities, for right-to-left reading, for telephones.

Called by `crawler.browser.page` at the end of a visit. Each part is bounded in time and in size; a part that gives
nothing is None, and the others stand. Nothing is clicked, typed or sent: of all keys only Tab is pressed. Concludes
nothing; the scripts are in `crawler.browser.accessibility.scripts` and `crawler.browser.accessibility.narrow`.

The body of the capture: {"wide": at 1366 px, "narrow": at 360 px, "tab": the order of focus, "axe": axe-core,
"visit": what the page loaded and left behind, as `crawler.browser.traffic` has it}.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from playwright.async_api import CDPSession, Page
from playwright.async_api import Error as BrowserError

from crawler.browser.accessibility.narrow import NARROW
from crawler.browser.accessibility.scripts import AXE, FOCUSED, RETURN, WIDE
from crawler.browser.isolated_world import without_errors
from evidence.canonical import canonical

NARROW_SIZE = (360, 640)
_WIDE_SIZE = (1366, 768)
_MOST_ELEMENTS = 20_000  # past it axe-core is not started: it needs seconds for 5,000
_AXE_SECONDS = 10.0
_MOST_TABS = 60
_TAB_SECONDS = 4.0
_SETTLE_SECONDS = 0.3  # after a new width, until scripts that listen to it have moved what they move
_REDRAW_SECONDS = 0.1
_MOST_BYTES = 1_000_000
_WORLD = "measure"


@dataclass(slots=True)
class AccessibilityMeasurement:
    """facts: `axe` and `axe_version` of AccessibilityFacts. picture: JPEG, a telephone's first screen."""

    facts: dict[str, Any] = field(default_factory=dict)
    body: bytes = b"{}"
    picture: bytes = b""


async def measure(
    page: Page, cdp: CDPSession, seconds: float, visit: Mapping[str, Any]
) -> AccessibilityMeasurement:
    """All parts, one after the other, until the time is up: what was not reached by then is not measured.

    visit: what is known of the load already.
    """
    measured = AccessibilityMeasurement({"axe": "not_run", "axe_version": ""})
    parts: dict[str, Any] = {"wide": None, "narrow": None, "tab": None, "axe": None, "visit": dict(visit)}
    try:
        async with asyncio.timeout(seconds):
            await _measure(page, cdp, measured, parts)
    except TimeoutError:
        if parts["wide"] is not None:
            measured.facts["axe"] = "timeout"
    except (BrowserError, KeyError):
        return measured
    if parts["wide"] is None:
        return measured
    body = canonical(parts).encode()
    if len(body) <= _MOST_BYTES:
        measured.body = body
    return measured


async def _measure(
    page: Page, cdp: CDPSession, measured: AccessibilityMeasurement, parts: dict[str, Any]
) -> None:
    """axe-core last, for it may leave the page's thread busy."""
    await without_errors(_resize(page, _WIDE_SIZE, _REDRAW_SECONDS), 2)
    world = await asyncio.wait_for(_world(cdp), 2)
    parts["wide"] = _parsed(await without_errors(_evaluate(cdp, world, WIDE, 4), 4.5))
    if parts["wide"] is None:
        return
    stops = sum(control["focusable"] for control in parts["wide"]["controls"])
    parts["tab"] = await without_errors(_tab_through(cdp, world, stops), _TAB_SECONDS + 1)
    await without_errors(_evaluate(cdp, world, RETURN, 1), 1.5)
    await without_errors(_resize(page, NARROW_SIZE, _SETTLE_SECONDS), 2)
    parts["narrow"] = _parsed(await without_errors(_evaluate(cdp, world, NARROW, 4), 4.5))
    measured.picture = await without_errors(_photograph(cdp, world), 3) or b""
    await without_errors(_resize(page, _WIDE_SIZE, _REDRAW_SECONDS), 2)
    measured.facts["axe"], parts["axe"] = await _run_axe(cdp, world, parts["wide"]["elements"])
    measured.facts["axe_version"] = parts["axe"]["version"] if parts["axe"] else ""


async def _world(cdp: CDPSession) -> int:
    """A world of our own in the main frame, which lasts as long as its document."""
    frame = (await cdp.send("Page.getFrameTree"))["frameTree"]["frame"]["id"]
    world = await cdp.send("Page.createIsolatedWorld", {"frameId": frame, "worldName": _WORLD})
    return int(world["executionContextId"])


async def _tab_through(cdp: CDPSession, world: int, stops: int) -> dict[str, Any]:
    """Where the focus goes, one press of Tab after the other, until it has come round or the limit is reached.

    order: number of the control in `wide.controls`, -1 for another element, -2 for none. dialog: an open dialog
    held the focus. ended: "round", "limit" (presses) or "time". stops: controls that can have the focus.
    """
    order: list[int] = []
    dialog, ended = False, "limit"
    until = asyncio.get_running_loop().time() + _TAB_SECONDS
    key = {"key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9, "nativeVirtualKeyCode": 9}
    for _ in range(_MOST_TABS):
        if asyncio.get_running_loop().time() > until:
            ended = "time"
            break
        await cdp.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **key})
        await cdp.send("Input.dispatchKeyEvent", {"type": "keyUp", **key})
        where = await _evaluate(cdp, world, FOCUSED, 1)
        if not isinstance(where, list):
            ended = "time"
            break
        at = int(where[0])
        dialog = dialog or bool(where[1])
        if order and (at == -2 or (at == order[0] and len(set(order)) >= stops)):
            ended = "round"
            break
        order.append(at)
    return {"order": order, "dialog": dialog, "ended": ended}


async def _resize(page: Page, size: tuple[int, int], settle: float) -> None:
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await asyncio.sleep(settle)


async def _photograph(cdp: CDPSession, world: int) -> bytes:
    """The first screen as a telephone shows it, which heeds the viewport tag."""
    width, height = NARROW_SIZE
    screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": True}
    await cdp.send("Emulation.setDeviceMetricsOverride", screen)
    await _evaluate(cdp, world, RETURN, 1)
    await asyncio.sleep(_REDRAW_SECONDS)
    shot = await cdp.send("Page.captureScreenshot", {"format": "jpeg", "quality": 60})
    await cdp.send("Emulation.clearDeviceMetricsOverride")
    return base64.b64decode(shot["data"])


async def _run_axe(cdp: CDPSession, world: int, elements: int) -> tuple[str, dict[str, Any] | None]:
    """(what became of it, its results). Ended by force when it takes too long."""
    if elements > _MOST_ELEMENTS:
        return "too_large", None
    try:
        async with asyncio.timeout(_AXE_SECONDS):
            await _evaluate(cdp, world, _axe_source(), 3)
            found = _parsed(await _evaluate(cdp, world, AXE, _AXE_SECONDS, wait=True))
    except TimeoutError:
        await without_errors(cdp.send("Runtime.terminateExecution"), 1)
        return "timeout", None
    except (BrowserError, KeyError):
        return "failed", None
    return ("done", found) if found is not None else ("failed", None)


@cache
def _axe_source() -> str:
    """Ends in a value that is small to hand over."""
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8") + "\n;0"


def _parsed(answer: object) -> dict[str, Any] | None:
    if not isinstance(answer, str) or len(answer) > _MOST_BYTES:
        return None
    found = json.loads(answer)
    return found if isinstance(found, dict) else None


async def _evaluate(
    cdp: CDPSession, world: int, expression: str, seconds: float, *, wait: bool = False
) -> object:
    """The value of an expression in our world. wait: for the promise that it is."""
    answer = await cdp.send(
        "Runtime.evaluate",
        {
            "expression": expression,
            "contextId": world,
            "returnByValue": True,
            "awaitPromise": wait,
            "timeout": int(seconds * 1000),
        },
    )
    value: object = answer["result"].get("value")
    return value
