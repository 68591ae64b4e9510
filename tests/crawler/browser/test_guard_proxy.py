"""The guard proxy spoken to by hand: whom it serves, what it forwards, what it refuses, where it stops."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest

from claims.model import NetworkSettings
from crawler.browser.guard_proxy import GuardProxy, PageAccount
from crawler.politeness.policy import AddressPolicy
from crawler.probes.client_hello import build
from web.tls_flight import TLS12

pytestmark = pytest.mark.sockets

SERVER = "127.64.0.1"
Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Lab:
    """A guard, and a server behind it that keeps the request heads it saw."""

    def __init__(self, answer: bytes) -> None:
        self.heads: list[bytes] = []
        self._answer = answer

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(self._answer)
            await writer.drain()
            # A server that keeps its connection open, whatever it was asked.
            self.heads.append(await reader.readuntil(b"\r\n\r\n"))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def start(self, *, allow_private: bool = True, limit: int = 10_000_000) -> PageAccount:
        self.server = await asyncio.start_server(self.serve, SERVER, 0)
        self.port = int(self.server.sockets[0].getsockname()[1])
        hosts = {"site.test": f"{SERVER}:{self.port}"}
        self.guard = GuardProxy(AddressPolicy(NetworkSettings(allow_private=allow_private, hosts=hosts)))
        await self.guard.start()
        return self.guard.open_account(limit)

    async def say(self, data: bytes, *, until_end: bool = True, size: int = 1) -> bytes:
        """What comes until the connection ends, or at least so many bytes of it."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.guard.port)
        writer.write(data)
        try:
            if until_end:
                return await reader.read()
            came = b""
            while len(came) < size and (piece := await reader.read(65536)):
                came += piece
            return came
        except ConnectionError:
            return b""
        finally:
            writer.close()


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\nX-Own: 1\r\n\r\nok"


def request(account: PageAccount, line: str, *headers: str) -> bytes:
    credential = f"Proxy-Authorization: Basic {account.credential}"
    return "\r\n".join([line + " HTTP/1.1", credential, *headers, "", ""]).encode()


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 120))


async def until(holds: Callable[[], object]) -> None:
    while not holds():
        await asyncio.sleep(0.01)


def test_nobody_else_may_use_it() -> None:
    async def scene() -> None:
        lab = Lab(OK)
        account = await lab.start()
        get = b"GET http://site.test/ HTTP/1.1\r\nHost: site.test\r\n"
        assert (await lab.say(get + b"\r\n")).startswith(b"HTTP/1.1 407 ")
        assert (await lab.say(get + b"Proxy-Authorization: Basic eDp5\r\n\r\n")).startswith(b"HTTP/1.1 407 ")
        assert (await lab.say(b"CONNECT site.test:443 HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 407 ")
        lab.guard.close_account(account)
        closed = await lab.say(request(account, "GET http://site.test/"))
        assert closed.startswith(b"HTTP/1.1 407 ")
        assert lab.heads == []

    run(scene())


def test_a_read_is_forwarded_once_per_connection_without_what_is_the_proxys() -> None:
    async def scene() -> None:
        lab = Lab(OK)
        account = await lab.start()
        first = request(
            account,
            "GET http://site.test/a?b=%D8%A7",
            "Host: site.test",
            "Proxy-Connection: keep-alive",
            "X-A: 1",
        )
        sneaky = request(account, "POST http://site.test/sneaky", "Host: site.test", "Content-Length: 0")
        reader, writer = await asyncio.open_connection("127.0.0.1", lab.guard.port)
        writer.write(first + sneaky)
        answer = await reader.readuntil(b"ok")
        await asyncio.sleep(0.1)
        writer.close()
        assert answer == b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Own: 1\r\nConnection: close\r\n\r\nok"
        assert lab.heads == [
            b"GET /a?b=%D8%A7 HTTP/1.1\r\nHost: site.test\r\nX-A: 1\r\nConnection: close\r\n\r\n"
        ]

    run(scene())


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "get"])
def test_other_methods_are_answered_here(method: str) -> None:
    async def scene() -> None:
        lab = Lab(OK)
        account = await lab.start()
        answer = await lab.say(
            request(account, f"{method} http://site.test/form", "Host: site.test", "Content-Length: 0")
        )
        assert answer.startswith(b"HTTP/1.1 204 ")
        assert account.withheld == [(method, "http://site.test/form")]
        assert lab.heads == []

    run(scene())


@pytest.mark.parametrize(
    "lines",
    [
        ("GET http://site.test/", "Upgrade: websocket", "Connection: Upgrade"),
        ("GET /no-proxy-request", "Host: site.test"),
        ("GET ftp://site.test/", "Host: site.test"),
        ("CONNECT site.test",),
        ("GET http://[::bad/", "Host: x"),
        ("CONNECT site.test:0",),
        ("CONNECT site.test:65536",),
        ("CONNECT site.test:99999999999999999999",),
        ("CONNECT site.test:443:",),
        ("CONNECT nobody@site.test:443",),
        ("CONNECT site.test/path:443",),
        ("CONNECT http://site.test/:443",),
        ("CONNECT site.test:443 HTTP/1.1 and",),
        ("GET http://site.test/ and", "Host: site.test"),
        ("GET https://site.test/", "Host: site.test"),
        ("GET //site.test/", "Host: site.test"),
        ("GET http:/site.test/ x", "Host: site.test"),
        ("GET http://site.test/", "X-A: 1\nX-Evil: 2"),
        ("GET http://site.test/", "X-A: 1\rX-Evil: 2"),
        ("GET http://site.test/", "X-A: 1\0"),
        ("GET http://site.test/", "X-A: 1", " folded: 2"),
        ("GET http://site.test/", "X A: 1"),
        ("GET http://site.test/", ": no name"),
        ("GET http://site.test/", "X-A : 1"),
    ],
)
def test_odd_requests_are_refused(lines: tuple[str, ...]) -> None:
    async def scene() -> None:
        lab = Lab(OK)
        account = await lab.start()
        answer = await lab.say(request(account, *lines))
        assert not answer.startswith(b"HTTP/1.1 2")
        assert lab.heads == []

    run(scene())


# What is asked for in a way that two readers may read in two ways: the canary is at 127.64.0.1, the policy is on.
TWO_WAYS = [
    "http://example.invalid@127.64.0.1:PORT/",
    "http://127.64.0.1:PORT\\@example.invalid/",
    "http://127.64.0.1:PORT#@example.invalid/",
    "http://127.64.0.1:PORT?@example.invalid/",
    "http://127.64.0.1%00.example.invalid:PORT/",
    "http://127.64.0.1%2F.example.invalid:PORT/",
    "http://127.64.0.1\t:PORT/",
    "http:///127.64.0.1:PORT/",
    "http://2134900737:PORT/",
    "http://0x7f400001:PORT/",
    "http://0177.0100.0.1:PORT/",
    "http://127.64.1:PORT/",
    "http://127.64.0.1.:PORT/",
    "http://[::ffff:7f40:1]:PORT/",
    "http://site.test.:PORT/",
    "http://SITE.TEST:PORT/",
]


@pytest.mark.parametrize("url", TWO_WAYS)
def test_no_way_to_write_an_address_leads_inside(url: str) -> None:
    async def scene() -> None:
        lab = Lab(OK)
        account = await lab.start(allow_private=False)
        target = url.replace("PORT", str(lab.port))
        for line in (f"GET {target}", f"CONNECT {target[7:].rstrip('/')}"):
            answer = await lab.say(request(account, line, "Host: example.invalid"))
            assert not answer.startswith(b"HTTP/1.1 2")
        assert lab.heads == []

    run(scene())


def test_the_host_that_is_told_is_the_one_that_was_asked_about() -> None:
    async def scene() -> None:
        lab = Lab(OK)
        account = await lab.start()
        smuggled = ("Host: other.test", "Host: third.test", "Content-Length: 5", "Transfer-Encoding: chunked")
        await lab.say(
            request(account, "GET http://SITE.test/a", *smuggled) + b"0\r\n\r\nPOST / HTTP/1.1\r\n\r\n",
            until_end=False,
        )
        assert lab.heads == [b"GET /a HTTP/1.1\r\nHost: site.test\r\nConnection: close\r\n\r\n"]

    run(scene())


def test_notes_of_an_account_are_bounded() -> None:
    account = PageAccount("a", "b", 1)
    for number in range(1000):
        account.note_withheld("POST", f"http://a.test/{number}" + "x" * 10_000)
        account.note_refused("a.test", "dns")
    assert len(account.withheld) == len(account.refused) == 100
    assert max(len(url) for _, url in account.withheld) <= 2000


def test_private_addresses_are_refused_and_no_answer_passes_for_the_servers() -> None:
    async def scene() -> None:
        lab = Lab(OK)
        account = await lab.start(allow_private=False)
        for host in ("site.test", "127.0.0.1", "0x7f.1", "[::1]", "localhost", "169.254.169.254"):
            assert await lab.say(request(account, f"GET http://{host}:{lab.port}/", "Host: x")) == b""
            assert (await lab.say(request(account, f"CONNECT {host}:{lab.port}"))).startswith(
                b"HTTP/1.1 502 "
            )
        assert {why for _, why in account.refused} == {"private_address"}
        assert lab.heads == []

    run(scene())


def test_a_tunnel_carries_tls_and_nothing_else() -> None:
    async def scene() -> None:
        lab = Lab(OK)
        account = await lab.start()
        connect = request(account, "CONNECT site.test:443")
        plain = await lab.say(connect + b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n")
        assert plain == b"HTTP/1.1 200 Connected\r\n\r\n"
        socket_hello = _hello(["http/1.1"])
        assert await lab.say(connect + socket_hello) == b"HTTP/1.1 200 Connected\r\n\r\n"
        assert account.refused == [("site.test", "websocket")] * 2
        assert lab.heads == []
        # A page's hello is passed on, and so is the answer, whatever it is.
        for hello in (_hello(["h2", "http/1.1"]), build(TLS12, (0xC02F,), "site.test", bytes(64))):
            passed = b"HTTP/1.1 200 Connected\r\n\r\n" + OK
            answer = await lab.say(connect + hello + b"\r\n\r\n", until_end=False, size=len(passed))
            assert answer == passed
            assert lab.heads[-1] == hello + b"\r\n\r\n"

    run(scene())


def _hello(protocols: list[str]) -> bytes:
    context = ssl.create_default_context()
    context.set_alpn_protocols(protocols)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = context.wrap_bio(incoming, outgoing, server_hostname="site.test")
    with pytest.raises(ssl.SSLWantReadError):
        session.do_handshake()
    return outgoing.read()


def test_bytes_are_counted_and_the_page_is_cut_at_its_limit() -> None:
    async def scene() -> None:
        lab = Lab(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(3_000_000))
        account = await lab.start(limit=1_000_000)
        answer = await lab.say(request(account, "GET http://site.test/", "Host: x"))
        assert len(answer) <= 1_000_000 + 65536
        assert account.exceeded
        assert await lab.say(request(account, "GET http://site.test/", "Host: x")) == b""

    run(scene())


def test_closing_an_account_cuts_what_is_under_way() -> None:
    async def scene() -> None:
        lab = Lab(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegun")
        account = await lab.start()
        waiting = asyncio.create_task(lab.say(request(account, "GET http://site.test/", "Host: x")))
        await until(lambda: account.connections and lab.heads)
        lab.guard.close_account(account)
        await waiting
        await until(lambda: not account.connections)

    run(scene())


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (
            b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        ),
        (b"HTTP/1.0 200 OK\n\nbody", b"HTTP/1.0 200 OK\r\nConnection: close\r\n\r\nbody"),
        (b"<html>no head at all\r\n\r\n", b"<html>no head at all\r\n\r\n"),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\nraw", b""),
    ],
)
def test_odd_answers(sent: bytes, expected: bytes) -> None:
    async def scene() -> None:
        lab = Lab(sent)
        account = await lab.start()
        answer = await lab.say(
            request(account, "GET http://site.test/", "Host: x"), until_end=False, size=len(expected) or 1
        )
        assert answer == expected

    run(scene())
