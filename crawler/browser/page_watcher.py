"""What a page does to the network and the console while it is visited, and where it is stopped.

Every request of a document that is still there passes `_decide` before it leaves the browser; last words of one that is being
replaced are stopped by `crawler.browser.method_filter`. Not here: waiting, reading the page
(`crawler.browser.page`).
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any

from playwright.async_api import (
    BrowserContext,
    CDPSession,
    ConsoleMessage,
    Page,
    Request,
    Response,
    Route,
    WebSocketRoute,
)
from playwright.async_api import Error as BrowserError

from crawler.browser.limits import PageLimits
from crawler.browser.method_filter import MethodFilter
from web.urls import without_credentials, without_credentials_in_text

_MAX_NOTES = 50
_MAX_WITHHELD = 100
_MAX_INSECURE = 100
_MAX_FRAMES = 1000
_NOTE_LENGTH = 300
_MOST_EXCEPTIONS = 5
_URL_LENGTH = 2000

# What is plainly a picture or a font by its name is stopped inside the browser: asking us costs 2 ms each.
_PICTURE_NAMES = "png jpg jpeg gif webp avif svg ico bmp woff woff2 ttf otf eot mp4 webm mp3 m4a ogg".split()
_PICTURE_URLS = [f"*.{name}{tail}" for name in _PICTURE_NAMES for tail in ("", "?*")]
_DOCUMENTS = [{"urlPattern": "*", "resourceType": "Document", "requestStage": "Request"}]
_PICTURES = frozenset(("image", "media", "font"))
# Open for as long as the page is: no reason to wait.
_ENDLESS = frozenset(("eventsource", "websocket", "ping", "media"))


class PageWatcher:
    """Attached to one context and its one page. `limit`: the limit that was passed, or None."""

    def __init__(
        self, limits: PageLimits, shut: Callable[[], None], sieve: MethodFilter, *, pictures: bool
    ) -> None:
        """shut: closes the page's way out for good."""
        self._limits = limits
        self._shut = shut
        self._sieve = sieve
        self._frames: set[str] = set()
        self._pictures = pictures
        self._context: BrowserContext | None = None
        self._page: Page | None = None
        self._cdp: CDPSession | None = None
        self._silencing: asyncio.Future[None] | None = None
        self._frozen = False
        self._closed = False
        self._index: dict[Request, int] = {}
        self._under_way: set[Request] = set()
        self._last = time.monotonic()
        self.stirs = 0  # requests begun and ended: another number says that the page is at work
        self._made = 0
        self._pictures_shown = 0
        self.status: int | None = None
        self.navigations = 0
        self.bound_for = ""  # where the page itself last set out for
        self.limit: str | None = None
        self.crashed = False
        self.listing = True  # requests made while it is off are counted, and not told
        self.certificate_error = False
        self.console: list[str] = []
        self.raised = 0  # exceptions that no script of the page caught
        self.exceptions: list[str] = []  # the first of them
        self.requests: list[tuple[str, str, str, int | None]] = []
        self.would_send: list[tuple[str, str]] = []
        self.insecure: list[str] = []

    async def guard_context(self, context: BrowserContext) -> None:
        """Before there is a page, so that none of its requests is missed."""
        self._context = context
        await context.route("**/*", self._decide)
        await context.route_web_socket("**/*", self._refuse_socket)
        context.on("page", self._close_popup)
        context.on("request", self._requested)
        context.on("response", self._answered)
        context.on("requestfinished", self._ended)
        context.on("requestfailed", self._ended)

    async def attend(self, page: Page, cdp: CDPSession) -> None:
        self._page = page
        self._cdp = cdp
        page.on("dialog", lambda dialog: dialog.dismiss())
        page.on("console", self._logged)
        page.on("pageerror", self._uncaught)
        page.on("crash", self._crashed)
        main_frame = (await cdp.send("Page.getFrameTree"))["frameTree"]["frame"]["id"]
        self._known(main_frame)
        cdp.on("Page.frameAttached", lambda event: self._known(event["frameId"]))
        await cdp.send("Page.enable")
        cdp.on("Network.responseReceived", lambda event: self._judge_certificate(event, main_frame))
        cdp.on("Network.requestWillBeSent", self._will_be_sent)
        await cdp.send("Network.enable", {"maxTotalBufferSize": 0, "maxResourceBufferSize": 0})
        cdp.on("Fetch.requestPaused", self._document_asked)
        await cdp.send("Fetch.enable", {"patterns": _DOCUMENTS})
        if not self._pictures:
            await cdp.send("Network.setBlockedURLs", {"urls": _PICTURE_URLS})

    def freeze(self) -> None:
        """From now on the page stays where it is."""
        self._frozen = True

    def close(self) -> None:
        """From now on nothing leaves."""
        self._closed = True

    def forget(self) -> None:
        """The page is gone."""
        self._sieve.forget(self._frames)

    def _known(self, frame: str) -> None:
        if len(self._frames) < _MAX_FRAMES:
            self._frames.add(frame)
            self._sieve.tell(frame, self._withhold)

    def note(self, text: str) -> None:
        if len(self.console) < _MAX_NOTES:
            self.console.append(without_credentials_in_text(text[: 4 * _NOTE_LENGTH])[:_NOTE_LENGTH])

    def _uncaught(self, error: BrowserError) -> None:
        self.raised += 1
        if len(self.exceptions) < _MOST_EXCEPTIONS:
            self.exceptions.append(
                without_credentials_in_text(error.message[: 4 * _NOTE_LENGTH])[:_NOTE_LENGTH]
            )
        self.note(f"error: {error.message}")

    def idle_for(self, quiet: float, long_poll: float) -> bool:
        """Nothing under way for `quiet` seconds; or nothing new for so long that what is left is a long poll."""
        still = time.monotonic() - self._last
        return still >= (long_poll if self._under_way else quiet)

    async def _decide(self, route: Route, request: Request) -> None:
        try:
            if request.method not in ("GET", "HEAD"):
                self._withhold(request.method, request.url)
                await route.fulfill(status=204, headers=_allow(request))
            elif self._stays_home(request):
                await route.fulfill(status=204)
            elif self._closed or self.limit is not None or not request.url.startswith(("http:", "https:")):
                await route.abort("aborted")
            elif request.resource_type in _PICTURES and not self._picture_allowed():
                await route.abort("blockedbyclient")
            else:
                await route.continue_()
        except BrowserError:
            pass  # the page went away in the meantime

    async def _document_asked(self, event: dict[str, Any]) -> None:
        """A browser tells the password of an address to a server that asks for one. Here, for redirects never pass `_decide`."""
        url = event["request"]["url"]
        bare = without_credentials(url)
        with contextlib.suppress(BrowserError):  # the page went away in the meantime
            if self._cdp is not None:
                changed = {} if bare == url else {"url": bare}
                await self._cdp.send("Fetch.continueRequest", {"requestId": event["requestId"], **changed})

    def _picture_allowed(self) -> bool:
        """Pictures past the limit are left out, for a page is no less read without them."""
        self._pictures_shown += 1
        if self._pictures_shown > self._limits.pictures:
            self._exceed("limit")
        return self._pictures and self._pictures_shown <= self._limits.requests

    def _stays_home(self, request: Request) -> bool:
        """A navigation of the page itself that comes after its time, or too often. 204 leaves the page as it is."""
        if not request.is_navigation_request() or request.frame.parent_frame is not None:
            return False
        self.navigations += 1
        if not self._frozen:
            self.bound_for = request.url
        if self.navigations > self._limits.navigations:
            self._exceed("navigation")
        return self._frozen or self._closed or self.limit is not None

    def _exceed(self, limit: str) -> None:
        """The page is cut off at once and its scripts are stopped: ten thousand requests would otherwise pass
        through our hands, each to be refused."""
        if self.limit is None:
            self.limit = limit
            self._shut()
            self._silencing = asyncio.ensure_future(self._leave_alone())

    async def _leave_alone(self) -> None:
        context = self._context
        if context is not None:
            context.remove_listener("request", self._requested)
            context.remove_listener("response", self._answered)
            context.remove_listener("requestfinished", self._ended)
            context.remove_listener("requestfailed", self._ended)
            with contextlib.suppress(BrowserError):
                await context.unroute_all(behavior="ignoreErrors")
        await self.silence()

    async def silence(self) -> None:
        """No script of the page runs from now on, one that never returns is ended, and nothing is asked for."""
        if self._cdp is None:
            return
        with contextlib.suppress(BrowserError, TimeoutError):
            async with asyncio.timeout(1):
                await self._cdp.send("Emulation.setScriptExecutionDisabled", {"value": True})
                await self._cdp.send("Runtime.terminateExecution")
                await self._cdp.send("Network.setBlockedURLs", {"urls": ["*"]})

    def _withhold(self, method: str, url: str) -> None:
        if len(self.would_send) < _MAX_WITHHELD and not self._closed:
            self.would_send.append((method, without_credentials(url)[:_URL_LENGTH]))

    async def _refuse_socket(self, socket: WebSocketRoute) -> None:
        self._withhold("WEBSOCKET", socket.url)
        await socket.close()

    async def _close_popup(self, page: Page) -> None:
        if self._page is not None and page is not self._page:
            await page.close()

    def _stirred(self) -> None:
        self._last = time.monotonic()
        self.stirs += 1

    def _requested(self, request: Request) -> None:
        self._stirred()
        if not request.url.startswith(("http:", "https:")):
            return
        if request.resource_type not in _PICTURES:
            self._made += 1
            if self._made > self._limits.requests:
                self._exceed("limit")
        if request.resource_type not in _ENDLESS:
            self._under_way.add(request)
        if self.listing and len(self.requests) < self._limits.requests:
            self._index[request] = len(self.requests)
            self.requests.append(
                (request.method, without_credentials(request.url)[:_URL_LENGTH], request.resource_type, None)
            )

    def _answered(self, response: Response) -> None:
        request = response.request
        at = self._index.get(request)
        if at is not None:
            method, url, kind, _ = self.requests[at]
            self.requests[at] = (method, url, kind, response.status)
        if self._is_main(request) and request.method in ("GET", "HEAD") and not self._frozen:
            self.status = response.status

    def _is_main(self, request: Request) -> bool:
        try:
            return request.is_navigation_request() and request.frame.parent_frame is None
        except BrowserError:
            return False

    def _ended(self, request: Request) -> None:
        self._stirred()
        self._under_way.discard(request)

    def _logged(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.note(f"{message.type}: {message.text}")

    def _crashed(self, _page: Page) -> None:
        self.crashed = True

    def _judge_certificate(self, event: dict[str, Any], main_frame: str) -> None:
        """Of the page alone: "insecure" is what Chromium calls an https answer with a certificate it rejects."""
        response = event["response"]
        if (
            event["type"] == "Document"
            and event.get("frameId") == main_frame
            and response["url"].startswith("https:")
        ):
            self.certificate_error |= response.get("securityState") == "insecure"

    def _will_be_sent(self, event: dict[str, Any]) -> None:
        self._stirred()  # told by the page itself, before it tells anything later
        request = event["request"]
        if request.get("mixedContentType", "none") == "none" or not request["url"].startswith("http:"):
            return
        url = without_credentials(request["url"])[:_URL_LENGTH]
        if len(self.insecure) < _MAX_INSECURE and url not in self.insecure:
            self.insecure.append(url)


def _allow(request: Request) -> dict[str, str]:
    """What lets a script of another origin read our 204 as success, as it would the server's."""
    origin = request.headers.get("origin")
    return (
        {"access-control-allow-origin": origin, "access-control-allow-credentials": "true"} if origin else {}
    )
