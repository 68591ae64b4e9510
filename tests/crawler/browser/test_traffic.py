"""What the first load of a page is known by: hosts and bytes, cookies, the storage, exceptions; drawn by the real browser."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from claims.model import NetworkSettings
from crawler.browser.limits import PageLimits
from crawler.browser.renderer import Renderer, find_browser
from tests.crawler.conftest import ENOUGH_TEXT

pytestmark = pytest.mark.sockets

COUNTER = (
    "localStorage.setItem('seen_before', 'a secret'); document.cookie = 'visitor=4711; max-age=9000';"
    "navigator.sendBeacon('http://count.test:' + location.port + '/hit?who=4711', 'x');"
    "new Image().src = 'http://pixel.test:' + location.port + '/dot.png?who=4711';"
)
PAGES = {
    "/quiet": "<p>صفحه‌ای که چیزی نمی‌خواهد.</p>",
    "/counted": '<p>صفحه‌ای که شمرده می‌شود.</p><script src="//count.test:PORT/count.js"></script>',
    "/broken": "<p>صفحه‌ای با خطا.</p><script>nothing.at.all()</script><script>setTimeout(() => { throw new Error('دوم') })</script>",
    "/caught": "<script>try { nothing.at.all() } catch (error) { console.error('گرفته شد') }</script>",
    "/unreachable": '<p>x</p><script src="//gone.test:PORT/lib.js"></script><script>lib.start()</script>',
    "/heavy": '<link rel="stylesheet" href="/big.css">',
    "/many": "<script>for (let n = 0; n < 70; n += 1) { localStorage.setItem('k' + n, 'x'); document.cookie = 'c' + n + '=x' }</script>",
    "/hidden": "<script>Object.defineProperty(window, 'localStorage', {get: () => ({length: 1e9, key: () => 'y'.repeat(1e6)})})</script>",
}
BIG = 300_000


class Handler(BaseHTTPRequestHandler):
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        kind, headers = "text/html; charset=utf-8", {}
        if path == "/count.js":
            kind, body = "text/javascript", COUNTER
        elif path == "/dot.png":
            kind, body = "image/png", "x" * 70
        elif path == "/big.css":
            kind, body = "text/css", f"/*{'x' * BIG}*/"
        elif path in PAGES:
            port = str(self.server.server_address[1])  # type: ignore[index]
            page = ENOUGH_TEXT + PAGES[path].replace("PORT", port)
            body = f"<!doctype html><html lang=fa><title>ص</title><body>{page}"
            headers = {"Set-Cookie": "session=kept; HttpOnly"} if path == "/counted" else {}
        else:
            self.send_error(404)
            return
        data = body.encode()
        self.send_response(200)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *arguments: object) -> None:
        self.asked.append(self.command)


@pytest.fixture(scope="module")
def loads() -> Iterator[dict[str, dict[str, Any]]]:
    """The measures' part about the load, of every page, by its path."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    site = f"http://portal.test:{server.server_port}"
    hosts = dict.fromkeys(("portal.test", "count.test", "pixel.test"), "127.0.0.1")

    async def draw() -> list[Any]:
        network = NetworkSettings(allow_private=True, hosts=hosts)
        async with Renderer(
            executable=find_browser(None),
            policy_settings=network,
            user_agent="govah-test",
            contexts=3,
            limits=PageLimits(still_seconds=0.3),
        ) as renderer:
            return await asyncio.gather(
                *(
                    renderer.render(f"{site}{path}", full_page_screenshot=False, measure=True)
                    for path in PAGES
                )
            )

    drawn = asyncio.run(draw())
    server.shutdown()
    assert all(page.facts.finished for page in drawn)
    yield {path: json.loads(page.measures)["visit"] for path, page in zip(PAGES, drawn, strict=True)}


def test_a_page_that_asks_for_nothing(loads: dict[str, dict[str, Any]]) -> None:
    load = loads["/quiet"]
    assert [entry["host"] for entry in load["hosts"]] == ["portal.test"]
    assert (load["cookies"], load["withheld"], load["exceptions"]) == ([], 0, 0)
    assert load["storage"] == {"local": [], "session": []}


def test_a_counter_is_seen_with_all_it_does(loads: dict[str, dict[str, Any]]) -> None:
    load = loads["/counted"]
    hosts = {entry["host"]: entry for entry in load["hosts"]}
    assert set(hosts) == {"portal.test", "count.test", "pixel.test"}
    assert (hosts["count.test"]["requests"], hosts["count.test"]["withheld"]) == (1, 1)
    # of a picture that a script asks for the browser names the page
    assert hosts["pixel.test"]["by"] == "portal.test"
    assert hosts["count.test"]["by"] == "portal.test"
    assert load["storage"]["local"] == ["seen_before"]
    assert [(c["name"], c["domain"], c["http_only"], c["lasting"]) for c in load["cookies"]] == [
        ("session", "portal.test", True, False),
        ("visitor", "portal.test", False, True),
    ]


def test_no_value_is_kept(loads: dict[str, dict[str, Any]]) -> None:
    text = json.dumps(loads["/counted"])
    assert "4711" not in text and "secret" not in text and "kept" not in text


def test_exceptions_that_nobody_caught_are_counted(loads: dict[str, dict[str, Any]]) -> None:
    assert loads["/broken"]["exceptions"] == 2
    assert len(loads["/broken"]["exception_examples"]) == 2
    assert loads["/caught"]["exceptions"] == 0
    assert loads["/broken"]["failed"] == 0


def test_what_did_not_come_is_told_beside_what_it_broke(loads: dict[str, dict[str, Any]]) -> None:
    load = loads["/unreachable"]
    assert (load["failed"], load["exceptions"]) == (1, 1)


def test_bytes_are_those_of_the_wire(loads: dict[str, dict[str, Any]]) -> None:
    heavy, quiet = loads["/heavy"], loads["/quiet"]
    assert BIG < heavy["bytes"] < BIG + 5_000
    assert 100 < quiet["bytes"] < 5_000
    assert heavy["requests"] == quiet["requests"] + 1


def test_names_are_bounded(loads: dict[str, dict[str, Any]]) -> None:
    load = loads["/many"]
    assert len(load["storage"]["local"]) == 40 and len(load["cookies"]) == 60 and load["cookies_total"] == 70
    assert len(json.dumps(loads["/hidden"])) < 5_000
    assert loads["/hidden"]["storage"] == {"local": [], "session": []}


def test_nothing_was_sent(loads: dict[str, dict[str, Any]]) -> None:
    assert loads and set(Handler.asked) == {"GET"}
