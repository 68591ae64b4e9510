"""The picture of a page is bounded in time and size, whatever the page does, and takes nothing else with it."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.async_api import CDPSession, async_playwright
from playwright.async_api import Error as BrowserError

from crawler.browser.limits import PageLimits
from crawler.browser.renderer import RenderedPage, find_browser
from crawler.browser.screenshot import Screenshot, take_screenshot

pytestmark = pytest.mark.sockets

# Time for a picture on a loaded machine; the page that hangs uses it up.
LIMITS = PageLimits(seconds=90, still_seconds=0.3, picture_seconds=30, boxes=40)
HEAD = "<!doctype html><html lang=fa dir=rtl><meta charset=utf-8><title>سامانه</title><body style='margin:0'>"
FORM = "<p>متن صفحه</p><form><input name=q></form>"
# Fills the window with what no picture format packs.
NOISE = """<canvas width=1366 height=8000 style='display:block'></canvas><script>
  const canvas = document.querySelector('canvas').getContext('2d'), image = canvas.createImageData(1366, 8000);
  const words = new Uint32Array(image.data.buffer);
  let seed = 7;
  for (let at = 0; at < words.length; at += 1) words[at] = (seed = Math.imul(seed, 1664525) + 1013904223) | 0xff000000;
  canvas.putImageData(image, 0, 0);
</script>"""


def short(connection: socket.socket) -> None:
    """Announces more than it sends, and waits."""
    body = (HEAD + FORM).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body) + 99}\r\n\r\n"
    connection.sendall(head.encode() + body)
    time.sleep(40)


NAMES = ("short", "resize", "frames", "tall", "grows", "wide", "noise", "menu")


@pytest.fixture(scope="module")
def lab(browser_lab: Callable[..., Any]) -> Any:
    made = browser_lab(LIMITS, address="127.63.5.1", contexts=3)
    made.sites["site.test"].answers["/short"] = short
    made.serve("/ordinary", HEAD + FORM)
    pages = {
        "resize": "<script>onresize = () => { for (;;); }</script>",
        "frames": "<script>onresize = () => { const go = () => { for (let n = 0; n < 3e8; n++); requestAnimationFrame(go) }; go() }</script>",
        "tall": "<div style='height:1000000px;background:linear-gradient(red,blue)'></div>",
        "grows": "<div id=d></div><script>onresize = () => { d.style.height = d.offsetHeight + 1e6 + 'px' }</script>",
        "wide": "<div style='width:1000000px;height:1000000px;background:repeating-linear-gradient(45deg,red,blue 9px)'></div>",
        "noise": NOISE,
        "menu": f"<nav><ul>{''.join(f'<li><a href=/{n}>{n}</a>' for n in range(200))}</ul></nav><main><h1>خدمت</h1><p>متن</p></main>",
    }
    for name, body in pages.items():
        made.serve(f"/{name}", HEAD + FORM + body)
    return made


@pytest.fixture(scope="module")
def visits(lab: Any) -> dict[str, tuple[RenderedPage, RenderedPage]]:
    """Of each page, and of the one after it, a few at a time; a visit ends, or the lab loses its patience."""

    async def both(name: str) -> tuple[RenderedPage, RenderedPage]:
        page = await lab.renderer.render(f"http://site.test/{name}", full_page_screenshot=True)
        return page, await lab.renderer.render("http://site.test/ordinary", full_page_screenshot=True)

    async def work() -> list[tuple[RenderedPage, RenderedPage]]:
        return await asyncio.gather(*(both(name) for name in NAMES))

    return dict(zip(NAMES, lab.run(work(), 240), strict=True))


def pictured(visits: dict[str, tuple[RenderedPage, RenderedPage]], name: str) -> RenderedPage:
    """The visit; the page after it is pictured as well as ever."""
    page, after = visits[name]
    assert after.facts.finished and after.screenshot is not None
    assert b'<input name="q">' in page.dom
    return page


def test_an_answer_that_never_ends_is_pictured_as_far_as_it_came(visits: Any) -> None:
    page = pictured(visits, "short")
    assert (page.facts.finished, page.facts.failure) == (False, "timeout")
    assert page.screenshot is not None and page.screenshot_size == (1366, 768)


def test_a_page_that_hangs_while_it_is_pictured_has_no_picture_and_is_whole_all_the_same(visits: Any) -> None:
    page = pictured(visits, "resize")
    assert page.facts.finished and page.facts.failure is None
    assert page.screenshot is None and page.screenshot_size == (0, 0) and page.boxes == ()


def test_a_page_that_is_busy_while_it_is_pictured_is_whole(visits: Any) -> None:
    page = pictured(visits, "frames")
    assert page.facts.finished and page.facts.failure is None


@pytest.mark.parametrize(
    ("name", "height"), [("tall", 8000), ("grows", 768), ("wide", 8000), ("noise", 8000)]
)
def test_a_picture_is_bounded_in_height_and_bytes(visits: Any, name: str, height: int) -> None:
    page = pictured(visits, name)
    assert page.facts.finished
    assert page.screenshot_size == (1366, height)
    assert page.screenshot is not None and page.screenshot.startswith(b"\xff\xd8\xff")
    assert len(page.screenshot) < 6_000_000  # noise of this size comes to 4 MB
    assert all(y + tall <= height for _, _, _, y, _, tall in page.boxes)


def test_places_are_bounded_and_those_outside_the_frame_come_first(visits: Any) -> None:
    page = pictured(visits, "menu")
    assert len(page.boxes) == LIMITS.boxes
    assert {"body > main > h1", "body > main > p"} <= {box[0] for box in page.boxes}


class Refusing:
    """A page's session that refuses the first pictures, as a browser without a frame at hand does."""

    def __init__(self, session: CDPSession, times: int) -> None:
        self._session, self._times = session, times

    async def send(self, method: str, params: dict[str, Any] | None = None) -> Any:
        if method == "Page.captureScreenshot" and self._times:
            self._times -= 1
            raise BrowserError("Protocol error (Page.captureScreenshot): Unable to capture screenshot")
        return await self._session.send(method, params)


def test_a_picture_that_the_browser_refuses_is_asked_for_once_more() -> None:
    async def work(times: int) -> Screenshot:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=find_browser())
            page = await browser.new_page()
            await page.set_content(HEAD + FORM)
            session = await page.context.new_cdp_session(page)
            shot = await take_screenshot(Refusing(session, times), LIMITS)  # type: ignore[arg-type]
            await browser.close()
            return shot

    shot = asyncio.run(work(1))
    assert shot.image.startswith(b"\xff\xd8\xff") and shot.width == 1366
    with pytest.raises(BrowserError):
        asyncio.run(work(2))
