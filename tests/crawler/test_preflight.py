"""What is asked before a crawl, against real servers: one that answers, one in trouble, one that is silent, one that is gone."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from claims.model import NetworkSettings
from crawler.preflight import ask_controls, resolver_answers, unresolved
from govah.stages import now
from tests.ports import spare

pytestmark = pytest.mark.sockets


@contextlib.contextmanager
def server(status: int) -> Iterator[tuple[int, list[str]]]:
    """Its port and the requests that it saw."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(f"{self.path} {self.headers['User-Agent']}")
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    try:
        yield listening.server_port, seen
    finally:
        listening.shutdown()
        listening.server_close()


def test_each_control_is_asked_once_and_told_as_it_is() -> None:
    silent = socket.create_server(("127.0.0.1", 0))
    with server(200) as (good, seen), server(503) as (troubled, _), server(404) as (missing, _):
        ports = {"good": good, "troubled": troubled, "missing": missing, "gone": spare()}
        ports["silent"] = silent.getsockname()[1]
        network = NetworkSettings(
            allow_private=True,
            hosts={f"{name}.test": f"127.0.0.1:{port}" for name, port in ports.items()},
            controls=tuple(f"http://{name}.test/" for name in (*ports, "nowhere")),
        )
        answers = {one.url: one.failure for one in asyncio.run(ask_controls(network, "govah-test", 1.0))}
    silent.close()
    assert answers == {
        "http://good.test/": None,
        "http://troubled.test/": "server_error",
        "http://missing.test/": None,
        "http://gone.test/": "refused",
        "http://silent.test/": "timeout",
        "http://nowhere.test/": "dns",
    }
    assert seen == ["/ govah-test"]


def test_places_that_cannot_be_visited_say_why() -> None:
    network = NetworkSettings(hosts={"inside.test": "10.0.0.7", "open.test": "8.8.8.8"})
    places = [
        ("inside.test", 443),
        ("open.test", 443),
        ("nowhere.test", 443),
        ("open.test", 25),
        ("127.0.0.1", 80),
    ]
    assert unresolved(network, places) == {
        ("inside.test", 443): "private_address",
        ("nowhere.test", 443): "dns",
        ("open.test", 25): "bad_port",
        ("127.0.0.1", 80): "private_address",
    }
    allowed = NetworkSettings(allow_private=True, hosts=network.hosts)
    assert ("inside.test", 443) not in unresolved(allowed, places)


def test_a_name_that_nobody_answers_for_in_time_is_a_time_out(monkeypatch: pytest.MonkeyPatch) -> None:
    held = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: held.wait(20) and [])
    assert unresolved(NetworkSettings(), [("slow.gov.ir", 443)], seconds=0.2) == {
        ("slow.gov.ir", 443): "timeout"
    }
    held.set()


def test_a_resolver_that_says_anything_answers() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as resolver:
        resolver.bind(("127.0.0.1", 0))
        port = resolver.getsockname()[1]

        def refuse() -> None:
            query, client = resolver.recvfrom(4096)
            resolver.sendto(query[:2] + b"\x81\x05" + query[4:], client)

        threading.Thread(target=refuse, daemon=True).start()
        network = NetworkSettings(allow_private=True, resolvers=(f"127.0.0.1:{port}",))
        assert asyncio.run(resolver_answers(network, now))
    assert not asyncio.run(resolver_answers(NetworkSettings(resolvers=()), now))
