"""How time-stamping authorities are asked: one bounded POST, wherever the address policy lets it go."""

from __future__ import annotations

import gzip
import ipaddress
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from claims.model import NetworkSettings
from crawler.politeness.policy import AddressPolicy
from crawler.wire.timestamp_client import ask
from evidence.timestamps import AuthoritySilent
from fixtures.authority import AuthorityServer, Behaviour, replies

pytestmark = pytest.mark.sockets


@contextmanager
def serve(behaviour: Behaviour) -> Iterator[AuthorityServer]:
    """As the fixtures have it, with a server that looks for its end more often than twice a second."""
    with AuthorityServer(behaviour) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.closing.set()
        server.shutdown()


LOOPBACK = NetworkSettings(allow_private=True)
REQUEST = b"\x30\x03\x02\x01\x01"


def _ask(address: str, network: NetworkSettings = LOOPBACK, **options: Any) -> bytes:
    return ask(
        address, REQUEST, policy=AddressPolicy(network), user_agent="govah/test (+http://x/)", **options
    )


def _sends(response: bytes) -> Behaviour:
    def behave(request: bytes, handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(response)

    return behave


def test_the_request_goes_as_rfc_3161_says_and_the_reply_comes_back_as_it_came() -> None:
    heads: list[BaseHTTPRequestHandler] = []

    def answer(request: bytes, handler: BaseHTTPRequestHandler) -> None:
        heads.append(handler)
        replies(lambda query: b"reply to " + query)(request, handler)

    with serve(answer) as server:
        assert _ask(server.address) == b"reply to " + REQUEST
        assert server.requests == [("POST", "application/timestamp-query", REQUEST)]
        [head] = heads
        assert head.path == "/tsr"
        assert head.headers["Host"] == f"127.0.0.1:{server.server_address[1]}"
        assert head.headers["User-Agent"] == "govah/test (+http://x/)"


@pytest.mark.parametrize(
    "response",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\nabcde",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde and more",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"abcde", mtime=0),
    ],
)
def test_replies_in_every_framing(response: bytes) -> None:
    with serve(_sends(response)) as server:
        assert _ask(server.address) == b"abcde"


@pytest.mark.parametrize(
    ("response", "said"),
    [
        (b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 5\r\n\r\nabcde", "HTTP status 500"),
        (
            b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n",
            "HTTP status 302",
        ),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "HTTP status 204"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nabcde", "closed before the end"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab", "closed before the end"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "no HTTP"),
        (b"", "closed before the end"),
    ],
)
def test_what_is_no_reply_says_why(response: bytes, said: str) -> None:
    with serve(_sends(response)) as server, pytest.raises(AuthoritySilent, match=said):
        _ask(server.address)


def test_a_reply_of_100_megabytes_is_not_read() -> None:
    sent = 0
    over = threading.Event()

    def flood(request: bytes, handler: BaseHTTPRequestHandler) -> None:
        nonlocal sent
        try:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n")
            for _ in range(1600):
                handler.wfile.write(bytes(65_536))
                sent += 65_536
        except OSError:
            pass
        finally:
            over.set()

    with serve(flood) as server:
        with pytest.raises(AuthoritySilent, match="more than"):
            _ask(server.address)
        assert over.wait(30)
    assert sent < 50_000_000


def test_a_bomb_is_not_unpacked() -> None:
    packed = gzip.compress(bytes(50_000_000), mtime=0)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    with serve(_sends(head + packed)) as server:
        assert len(_ask(server.address)) <= 131_072


def _never(request: bytes, handler: BaseHTTPRequestHandler) -> None:
    server = handler.server
    assert isinstance(server, AuthorityServer)
    server.closing.wait(60)


def _drips(request: bytes, handler: BaseHTTPRequestHandler) -> None:
    server = handler.server
    assert isinstance(server, AuthorityServer)
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n")
    while not server.closing.wait(0.05):
        handler.wfile.write(b"x")
        handler.wfile.flush()


@pytest.mark.parametrize("behaviour", [_never, _drips])
def test_silence_and_drops_end_in_time(behaviour: Behaviour) -> None:
    with serve(behaviour) as server, pytest.raises(AuthoritySilent, match=r"no reply within 0\.5 s"):
        _ask(server.address, seconds=0.5)


def test_nobody_listens() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        with pytest.raises(AuthoritySilent, match="ConnectionRefused"):
            _ask(f"http://127.0.0.1:{held.getsockname()[1]}/")


def test_tls_is_spoken_first_where_the_address_says_so() -> None:
    """Whatever answers it here is no TLS, and is no reply either."""
    with serve(replies(lambda query: query)) as server, pytest.raises(AuthoritySilent, match="SSL"):
        _ask(server.address.replace("http:", "https:"))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "10.0.0.1", "169.254.169.254", "[::1]", "mapped.test"]
)
def test_private_addresses_are_refused_unless_the_round_allows_them(host: str) -> None:
    hosts = {"mapped.test": "127.0.0.1"}
    with serve(replies(lambda query: query)) as server:
        port = server.server_address[1]
        with pytest.raises(AuthoritySilent, match="private_address"):
            _ask(f"http://{host}:{port}/", NetworkSettings(hosts=hosts))
        assert server.requests == []
        if host == "mapped.test":
            assert _ask(f"http://{host}:{port}/", NetworkSettings(hosts=hosts, allow_private=True)) == REQUEST


def test_a_resolver_that_hangs_is_not_waited_for() -> None:
    release, answered = threading.Event(), threading.Event()

    def lookup(name: str) -> Sequence[ipaddress.IPv4Address]:
        release.wait(60)
        answered.set()
        return [ipaddress.IPv4Address("127.0.0.1")]

    policy = AddressPolicy(LOOPBACK, lookup=lookup)
    with pytest.raises(AuthoritySilent, match="no reply within"):
        ask("http://slow.ir/", REQUEST, policy=policy, user_agent="x", seconds=0.3)
    assert not answered.is_set()
    release.set()


def test_a_name_that_is_not_there() -> None:
    def lookup(name: str) -> Sequence[ipaddress.IPv4Address]:
        raise AssertionError("a reserved name is asked of no resolver")

    with pytest.raises(AuthoritySilent, match="dns"):
        ask("http://tsa.test/", REQUEST, policy=AddressPolicy(LOOPBACK, lookup=lookup), user_agent="x")
