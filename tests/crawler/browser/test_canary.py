"""Every way into the auditor's own network that we know a page to have, tried by a real browser, with the address
policy on: a server on loopback that answers to anything must see nothing at all, not even a connection."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import async_playwright

from claims.model import NetworkSettings
from crawler.browser.guard_proxy import GuardProxy
from crawler.browser.launch import command, environment, unprivileged
from crawler.browser.limits import PageLimits
from crawler.browser.method_filter import MethodFilter
from crawler.browser.page import PageVisit, VisitedPage, VisitOrder
from crawler.browser.renderer import find_browser
from crawler.politeness.policy import Address, AddressPolicy
from tests.crawler.conftest import ENOUGH_TEXT
from tests.depth import THOROUGH, tries

pytestmark = pytest.mark.sockets

CANARY, PORTAL = "127.64.7.1", "127.64.7.2"
_AT_ONCE = 3

# Names and numbers for one address. Those that a browser does not take for an address are tried all the same.
NOTATIONS = [
    "127.64.7.1", "2134902529", "0177.0100.07.01", "0x7f.0x40.0x7.0x1", "0x7f400701", "017720003401", "127.4196097",
    "127.64.1793", "127.64.7.1.", "[::ffff:127.64.7.1]", "[::ffff:7f40:701]", "[0:0:0:0:0:ffff:7f40:0701]",
    "[::127.64.7.1]", "[64:ff9b::127.64.7.1]", "[2002:7f40:701::]", "１２７.64.7.1", "127。64。7。1", "%31%32%37.64.7.1",
    "inside.test", "INSIDE.test", "inside.test.", "mixed.ir", "turning.ir",
]  # fmt: skip
# Other names of this machine; a second server listens on every address of it, at the same port.
HERE = ["0.0.0.0", "0", "[::]", "[::1]", "127.1", "127.0.0.1", "localhost", "localhost.", "LOCALHOST", "a.localhost", "localhost.localdomain", "169.254.169.254", "[fe80::1]"]  # fmt: skip

# ORIGIN: http://notation:port. Each page is tried with a notation of its own and with the plain one.
WAYS = {
    "picture": "<img src=ORIGIN/a><img srcset='ORIGIN/b 2x'><picture><source srcset=ORIGIN/c><img></picture><input type=image src=ORIGIN/d>",
    "frame": "<iframe src=ORIGIN/a></iframe><object data=ORIGIN/b></object><embed src=ORIGIN/c><iframe srcdoc='<img src=ORIGIN/d>'></iframe>",
    "script": "<script src=ORIGIN/a></script><script type=module src=ORIGIN/b></script><script>import('ORIGIN/c').catch(() => 0)</script>",
    "style": "<link rel=stylesheet href=ORIGIN/a><style>@import 'ORIGIN/b'; @import url(ORIGIN/c); body { background: url(ORIGIN/d); cursor: url(ORIGIN/e), auto } @font-face { font-family: f; src: url(ORIGIN/f) } p { font-family: f; list-style: url(ORIGIN/g) }</style><p>x",
    "media": "<video src=ORIGIN/a poster=ORIGIN/b autoplay muted></video><audio src=ORIGIN/c autoplay></audio><video><track default src=ORIGIN/d></video>",
    "drawing": "<svg><image href=ORIGIN/a /><use href='ORIGIN/b#x' /><filter id=f><feImage href=ORIGIN/c /></filter><rect filter=url(#f) width=9 height=9 /></svg>",
    "hints": "".join(f"<link rel={rel} href=ORIGIN/{rel} as=script crossorigin>" for rel in "preconnect dns-prefetch prefetch prerender preload modulepreload icon manifest apple-touch-icon next search".split()),
    "rules": """<script type=speculationrules>{"prefetch": [{"source": "list", "urls": ["ORIGIN/a"], "eagerness": "immediate"}],
        "prerender": [{"source": "list", "urls": ["ORIGIN/b"], "eagerness": "immediate"}]}</script>""",
    "fetch": """<script>for (const how of [{}, {mode: 'no-cors'}, {keepalive: true}, {method: 'POST', body: 'x', mode: 'no-cors'},
        {method: 'POST', body: 'x', keepalive: true, mode: 'no-cors'}, {method: 'PUT', body: 'x'}, {headers: {'x-own': '1'}},
        {targetAddressSpace: 'local'}, {credentials: 'include', cache: 'reload'}]) try { fetch('ORIGIN/a', how).catch(() => 0) } catch (e) {}
        const x = new XMLHttpRequest(); x.open('POST', 'ORIGIN/b'); x.send('x');
        navigator.sendBeacon('ORIGIN/c', 'x'); try { fetchLater('ORIGIN/d', {activateAfter: 0}) } catch (e) {}</script>""",
    "sockets": "<script>for (const kind of ['ws', 'wss']) try { new WebSocket('ORIGIN/a'.replace('http', kind)) } catch (e) {} new EventSource('ORIGIN/b'); try { new WebTransport('ORIGIN/c'.replace('http:', 'https:')) } catch (e) {}</script>",
    "calls": "<script>const f = document.createElement('iframe'); document.body.append(f); for (const C of [window.RTCPeerConnection, f.contentWindow.RTCPeerConnection]) if (C) for (const kind of ['stun', 'turn']) { try { const p = new C({iceServers: [{urls: kind + ':HOST:PORT?transport=tcp'.replace(kind == 'stun' ? '?transport=tcp' : '#', ''), username: 'a', credential: 'b'}]}); p.createDataChannel('x'); p.createOffer().then(o => p.setLocalDescription(o)) } catch (e) {} }</script>",
    "forms": """<form id=get action=ORIGIN/a><input name=x value=1></form><form id=post method=post action=ORIGIN/b target=inside><input name=x></form>
        <form id=own method=post action=ORIGIN/c><button>x</button></form><iframe name=inside></iframe>
        <script>post.submit(); get.target = 'inside'; get.submit(); own.querySelector('button').click(); setTimeout(() => { get.target = ''; get.submit() }, 50)</script>""",
    "links": "<a id=a href='#here' ping=ORIGIN/a>x</a><a id=b href=ORIGIN/b target=_blank>x</a><a id=c href=ORIGIN/c download>x</a><a id=d href=ORIGIN/d>x</a><script>a.click(); b.click(); c.click(); window.open('ORIGIN/e'); setTimeout(() => d.click(), 50)</script>",
    "leaving": "<script>setTimeout(() => location.replace('ORIGIN/a'), 50)</script>",
    "refresh": "<meta http-equiv=refresh content='0; url=ORIGIN/a'>",
    "workers": "<script>const code = `fetch('ORIGIN/a', {mode: 'no-cors'}).catch(() => 0); try { importScripts('ORIGIN/b') } catch (e) {} try { new WebSocket('ORIGIN/c'.replace('http', 'ws')) } catch (e) {}`; const url = URL.createObjectURL(new Blob([code])); new Worker(url); try { new SharedWorker(url) } catch (e) {} try { new Worker('ORIGIN/d') } catch (e) {}</script>",
    "reports": "<meta http-equiv=Content-Security-Policy content=\"script-src 'none'; report-uri ORIGIN/a\"><script>1</script><img src=/x>",
    "last words": "<script>for (const when of ['pagehide', 'unload', 'beforeunload', 'visibilitychange']) addEventListener(when, () => { navigator.sendBeacon('ORIGIN/a', 'x'); fetch('ORIGIN/b', {keepalive: true, method: 'POST', body: 'x', mode: 'no-cors'}).catch(() => 0); new Image().src = 'ORIGIN/c' })</script>",
    "redirects": "<img src=/to/a><iframe src=/to/b></iframe><script src=/to/c></script><script>fetch('/to/d', {mode: 'no-cors'}).catch(() => 0); new EventSource('/to/e'); navigator.sendBeacon('/to/f', 'x')</script><link rel=stylesheet href=/to/g><link rel=prefetch href=/to/h>",
    "redirected itself": "",
    "headers": "",
}  # fmt: skip


class Canary:
    """Listens, and takes note of every connection."""

    def __init__(self, address: str, port: int = 0) -> None:
        self.seen: list[bytes] = []
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._listener = socket.socket(family)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            self._listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        self._listener.bind((address, port))
        self._listener.listen(64)
        self.port = int(self._listener.getsockname()[1])
        self.calls = socket.socket(family, socket.SOCK_DGRAM)
        self.calls.bind((address, self.port))
        self.calls.setblocking(False)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.settimeout(1)
            with connection, contextlib.suppress(OSError):
                self.seen.append(b"connection")
                self.seen.append(connection.recv(2000))
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    def everything(self) -> list[bytes]:
        with contextlib.suppress(BlockingIOError):
            self.seen.append(self.calls.recv(2000))
        return self.seen

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.calls.close()


class Turning:
    """A resolver whose answers change: outside when it is asked first, inside ever after."""

    def __init__(self) -> None:
        self.asked: dict[str, int] = {}

    def __call__(self, name: str) -> Sequence[Address]:
        self.asked[name] = self.asked.get(name, 0) + 1
        if name == "mixed.ir":
            return [IPv4Address(CANARY), IPv4Address("127.0.0.1")]
        if name == "turning.ir" and self.asked[name] == 1:
            return [IPv4Address("240.0.0.1")]
        return [IPv4Address(CANARY)]


class OnePlace(AddressPolicy):
    """The policy as it is, which of all private addresses lets the portal of these tests through."""

    def __init__(self, portal: str, port: int, lookup: Callable[[str], Sequence[Address]]) -> None:
        super().__init__(NetworkSettings(hosts={"inside.test": CANARY}), lookup=lookup)
        self._portal = AddressPolicy(
            NetworkSettings(allow_private=True, hosts={"portal.test": f"{portal}:{port}"})
        )

    def resolve(self, host: str, port: int) -> Any:
        return self._portal.resolve(host, port) if host == "portal.test" else super().resolve(host, port)


class Scene:
    """A browser behind the guard, a portal that it may visit, and the canaries."""

    def __init__(self, folder: Path, portal: Any) -> None:
        self.portal = portal
        self.canaries = [Canary(CANARY)]
        for address in ("127.0.0.1", "::1"):
            with contextlib.suppress(OSError):  # no IPv6 here, or the port is taken
                self.canaries.append(Canary(address, self.canaries[0].port))
        self.lookup = Turning()
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._stop = asyncio.Event()
        ready: Any = self._loop.create_future()
        self._life = asyncio.run_coroutine_threadsafe(self._live(ready), self._loop)
        asyncio.run_coroutine_threadsafe(asyncio.wait_for(ready, 60), self._loop).result(60)

    @property
    def port(self) -> int:
        return self.canaries[0].port

    async def _live(self, ready: Any) -> None:
        executable = find_browser()
        assert executable is not None
        guard = GuardProxy(OnePlace(self.portal.address, self.portal.port, self.lookup))
        await guard.start()
        async with async_playwright() as playwright:
            line = command(executable, self._folder, proxy_port=guard.port, sandbox=unprivileged() is None)
            browser = await playwright.chromium.launch(
                executable_path=line[0],
                args=line[1:],
                ignore_default_args=True,
                env=dict(environment(self._folder)),
            )
            sieve = MethodFilter()
            await sieve.attend(browser)
            self.browser, self.guard, self.sieve = browser, guard, sieve
            ready.set_result(None)
            await self._stop.wait()
            await browser.close()
        await guard.close()

    def visit(self, url: str) -> VisitedPage:
        return self.visit_all([url])[0]

    def visit_all(self, urls: Sequence[str]) -> list[VisitedPage]:
        """A few at once: most of a visit is waiting."""
        limits = PageLimits(
            seconds=60, navigation_seconds=30, writing_seconds=20, closing_seconds=10, still_seconds=0.3
        )
        places = asyncio.Semaphore(_AT_ONCE)

        async def go(url: str) -> VisitedPage:
            order = VisitOrder(url, True, limits.seconds, "govah/test", limits=limits)
            async with places:
                return await PageVisit(self.browser, self.guard, self.sieve, order).run()

        async def work() -> list[VisitedPage]:
            return await asyncio.gather(*(go(url) for url in urls))

        return asyncio.run_coroutine_threadsafe(work(), self._loop).result(180 + 10 * len(urls))

    def seen(self) -> list[bytes]:
        return [one for canary in self.canaries for one in canary.everything()]

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._life.result(120)
        self._loop.call_soon_threadsafe(self._loop.stop)
        for canary in self.canaries:
            canary.close()


@pytest.fixture(scope="module")
def scene(browser_sites: Callable[..., Any]) -> Iterator[Scene]:
    # not below pytest's own folder, which the browser's unprivileged user may not enter
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o777)
        made = Scene(folder, browser_sites({}, address=PORTAL))
        yield made
        made.close()


def put(scene: Scene, way: str, host: str, number: int) -> str:
    """The attack as a page of the portal; its URL. Whatever it asks the canary for has its number in the path."""
    origin = f"http://{host}:{scene.port}/{number}"
    answer, answers = scene.portal.answer, scene.portal.answers
    for letter in "abcdefgh":
        answers[f"/to/{number}/{letter}"] = answer(
            b"", "302 Found", headers=(f"Location: {origin}/redirected",)
        )
    body = WAYS[way].replace("ORIGIN", origin).replace("HOST", host).replace("PORT", str(scene.port))
    body = body.replace("/to/", f"/to/{number}/") + ("" if THOROUGH else ENOUGH_TEXT)
    headers: tuple[str, ...] = ()
    url = f"http://portal.test/attack/{number}"
    if way == "redirected itself":
        answers[f"/attack/{number}"] = answer(b"", "302 Found", headers=(f"Location: {origin}/page",))
        return url
    if way == "headers":
        group = f'{{"group": "default", "max_age": 9, "endpoints": [{{"url": "{origin}/report"}}]}}'
        headers = (
            f"Link: <{origin}/a>; rel=preload; as=script, <{origin}>; rel=preconnect, <{origin}/b>; rel=prefetch",
            f"Content-Security-Policy-Report-Only: img-src 'none'; report-uri {origin}/c; report-to default",
            f"Report-To: {group}", f'Reporting-Endpoints: default="{origin}/d"', f"NEL: {group}",
            f'Alt-Svc: h2="{host}:{scene.port}", h3=":{scene.port}"', f'Speculation-Rules: "{origin}/e"',
            f"Refresh: 1; url={origin}/f", f"SourceMap: {origin}/g", f"Expect-CT: max-age=1, report-uri={origin}/h",
            "Clear-Site-Data: \"cache\"", f'Use-As-Dictionary: match="{origin}/*"', "Critical-CH: Sec-CH-UA-Full-Version",
        )  # fmt: skip
        body = "<img src=/x><script>document.write(1)</script>"
    page = f"<!doctype html><title>attack</title><p>here</p>{body}"
    answers[f"/attack/{number}"] = answer(page, headers=headers)
    return url


# Every way with a notation of its own, and with a name of this machine; usually with one of the two.
PLAN = [
    (way, places[number % len(places)])
    for which, places in enumerate((NOTATIONS, HERE))
    for number, way in enumerate(WAYS)
    if THOROUGH or number % 2 == which
]


@pytest.fixture(scope="module")
def attacks(scene: Scene) -> dict[tuple[str, str], VisitedPage]:
    urls = [put(scene, way, host, number) for number, (way, host) in enumerate(PLAN)]
    return dict(zip(PLAN, scene.visit_all(urls), strict=True))


@pytest.mark.parametrize(("way", "host"), PLAN)
def test_no_page_gets_inside(
    scene: Scene, attacks: dict[tuple[str, str], VisitedPage], way: str, host: str
) -> None:
    page = attacks[way, host]
    assert scene.seen() == []
    assert page.facts["finished"] == (b"<p>here</p>" in page.dom), (
        "what shows instead is no page of the portal"
    )
    if not page.facts["finished"]:
        assert page.facts["failure"] == "navigation" and page.facts["final_url"].startswith("http://")


def test_no_notation_of_an_address_gets_inside(scene: Scene) -> None:
    """All of them on one page, by what loads without further ado."""
    tags = "".join(
        f"<img src=http://{host}:{scene.port}/all><script src='//{host}:{scene.port}/s'></script>"
        for host in (*NOTATIONS, *HERE)
    )
    scene.portal.answers["/attack"] = scene.portal.answer(
        f"<!doctype html><title>attack</title><p>here</p>{tags}"
    )
    page = scene.visit("http://portal.test/attack")
    assert scene.seen() == []
    assert page.facts["requests"], "they were asked for"
    assert len(page.facts["requests"]) > len(NOTATIONS)


# Usually every third: one page has just asked for all of them.
VISITED = [*NOTATIONS, *HERE][:: tries(3, 1)]


@pytest.fixture(scope="module")
def notations(scene: Scene) -> dict[str, VisitedPage]:
    pages = scene.visit_all([f"http://{host}:{scene.port}/page" for host in VISITED])
    return dict(zip(VISITED, pages, strict=True))


@pytest.mark.parametrize("host", VISITED)
def test_no_notation_is_visited_as_a_page(scene: Scene, notations: dict[str, VisitedPage], host: str) -> None:
    page = notations[host]
    assert scene.seen() == []
    assert page.facts["failure"] == "navigation" and page.facts["status"] is None


def test_a_name_whose_answers_change_leads_nowhere(scene: Scene) -> None:
    """Its address of the moment is judged each time it is looked up, and connected to without another look-up."""
    for _ in range(2):
        page = scene.visit(f"http://turning.ir:{scene.port}/page")
        assert page.facts["failure"] == "navigation"
    assert scene.seen() == []
    assert scene.lookup.asked["turning.ir"] >= 1


@pytest.mark.thorough
def test_the_canary_hears_whoever_gets_in(scene: Scene) -> None:
    """Else its silence would prove nothing."""
    for canary in scene.canaries:
        family = canary._listener.family
        with socket.socket(family) as caller:
            caller.connect(canary._listener.getsockname()[:2])
            caller.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert caller.recv(100).startswith(b"HTTP/1.1 200")
    assert len(scene.seen()) == 2 * len(scene.canaries)
    for canary in scene.canaries:
        canary.seen.clear()
