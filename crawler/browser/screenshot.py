"""The picture of a page, where its elements stand in it, and how the page fits a narrow screen."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass

from playwright.async_api import CDPSession, Page
from playwright.async_api import Error as BrowserError

from crawler.browser.isolated_world import evaluate, without_errors
from crawler.browser.limits import PageLimits
from crawler.browser.scripts import OVERFLOW

WIDTH, HEIGHT = 1366, 768
_NARROW_WIDTH, _NARROW_HEIGHT = 360, 640
# JPEG: WebP of the same look is a quarter smaller and costs four times the time of all the rest of the picture.
_QUALITY = 45
_BEFORE_THE_SECOND = 0.25  # seconds: a few frames

Box = tuple[str, int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Screenshot:
    """image: JPEG. boxes: (selector, which of that selector, x, y, width, height) in CSS pixels."""

    image: bytes = b""
    width: int = 0
    height: int = 0
    boxes: tuple[Box, ...] = ()


async def take_screenshot(cdp: CDPSession, limits: PageLimits) -> Screenshot:
    """The page from its head down to the limit. Needs the tree read before, with places."""
    size = (await cdp.send("Page.getLayoutMetrics"))["cssContentSize"]
    height = max(1, min(limits.height, int(size["height"])))
    # A window as high as the picture, so that elements are measured where the picture shows them.
    await _resize(cdp, height)
    measured = await evaluate(cdp, f"witness.measure({height}, {limits.boxes})", 2)
    try:
        image = await _capture(cdp, height)
    except BrowserError:
        # Chromium refuses one at times, when it has no frame to give yet, and gives it when asked again.
        await asyncio.sleep(_BEFORE_THE_SECOND)
        image = await _capture(cdp, height)
    await without_errors(_resize(cdp, HEIGHT), 1)
    boxes = tuple(tuple(box) for box in measured) if isinstance(measured, list) else ()
    return Screenshot(image, WIDTH, height, boxes)


async def _capture(cdp: CDPSession, height: int) -> bytes:
    clip = {"x": 0, "y": 0, "width": WIDTH, "height": height, "scale": 1}
    wanted = {"format": "jpeg", "quality": _QUALITY, "captureBeyondViewport": True, "clip": clip}
    shot = await cdp.send("Page.captureScreenshot", wanted)
    return base64.b64decode(shot["data"])


async def _resize(cdp: CDPSession, height: int) -> None:
    metrics = {"width": WIDTH, "height": height, "deviceScaleFactor": 1, "mobile": False}
    await cdp.send("Emulation.setDeviceMetricsOverride", metrics)


async def measure_overflow(page: Page, cdp: CDPSession) -> int | None:
    """Horizontal overflow on a telephone, in CSS pixels. Leaves the window narrow."""
    await page.set_viewport_size({"width": _NARROW_WIDTH, "height": _NARROW_HEIGHT})
    measured = await evaluate(cdp, OVERFLOW, 1)
    return int(measured) if isinstance(measured, int | float) else None
