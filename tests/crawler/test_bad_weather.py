"""Bad weather as a table: what a server may do, and what the crawl records of it. One crawl meets all of it.

A failure is of the transport alone; nothing here may end the crawl, blame a page for its neighbour, or fill the memory.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import socket
import ssl
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from OpenSSL import SSL

from evidence.kinds.crawl import CrawlFacts
from evidence.kinds.http import HttpFacts
from evidence.records import Capture
from evidence.store import EvidenceStore
from tests.crawler.conftest import Begun, Kit
from tests.crawler.pairs import self_signed
from tests.depth import tries

pytestmark = pytest.mark.sockets

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
UNTIL_CLOSE = OK + b"\r\n"
PAGE = b"<p>here it is"


def sized(body: bytes, *fields: bytes) -> bytes:
    return b"\r\n".join([OK.rstrip(b"\r\n"), *fields, b"Content-Length: %d" % len(body), b"", body])


def says(*parts: bytes) -> Callable[[socket.socket], None]:
    """Sends the parts and hangs up."""

    def serve(connection: socket.socket) -> None:
        for part in parts:
            connection.sendall(part)

    return serve


def then_resets(*parts: bytes) -> Callable[[socket.socket], None]:
    def serve(connection: socket.socket) -> None:
        for part in parts:
            connection.sendall(part)
        time.sleep(0.1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return serve


def then_says_nothing(*parts: bytes) -> Callable[[socket.socket], None]:
    def serve(connection: socket.socket) -> None:
        for part in parts:
            connection.sendall(part)
        connection.recv(1)

    return serve


def again_and_again(first: bytes, part: bytes, every: float = 0.0) -> Callable[[socket.socket], None]:
    """Until the crawl hangs up."""

    def serve(connection: socket.socket) -> None:
        connection.sendall(first)
        while True:
            connection.sendall(part)
            time.sleep(every)

    return serve


def after_its_end(connection: socket.socket) -> None:
    """A whole answer, and some time later bytes that belong to nothing."""
    connection.sendall(sized(PAGE))
    time.sleep(0.05)
    connection.sendall(b"<!-- what the proxy adds -->")
    connection.recv(65536)


def bomb(size: int) -> bytes:
    """gzip that unfolds to so many zeros: sixteen megabytes of them, over and over."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(16 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + block * (size >> 24) + packer.flush()


@dataclass(frozen=True)
class Seen:
    """What the first visit is recorded as. size: bytes of the body as they came, None for any."""

    status: int | None
    failure: str | None = None
    truncated: str | None = None
    size: int | None = None


def fine(size: int | None = None, status: int = 200) -> Seen:
    return Seen(status, size=size)


WEATHER: dict[str, tuple[bytes | Callable[[socket.socket], None], Seen]] = {
    # the connection
    "hangs-up-at-once": (says(), Seen(None, "reset")),
    "resets-at-once": (then_resets(), Seen(None, "reset")),
    "silent": (then_says_nothing(), Seen(None, "timeout")),
    "says-mail": (says(b"220 mail.test ESMTP\r\n"), Seen(None, "protocol")),
    "says-mail-and-waits": (then_says_nothing(b"220 mail.test ESMTP\r\n"), Seen(None, "protocol")),
    "says-http2": (says(b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x64\0\x04\0\x10\0\0\0\x05\0\0\x40\0"), Seen(None, "protocol")),
    "says-tls": (says(b"\x15\x03\x01\x00\x02\x02\x28"), Seen(None, "protocol")),
    "garbage": (says(bytes(range(256))), Seen(None, "protocol")),
    "http-0.9": (says(b"<html>no head at all</html>"), Seen(None, "protocol")),
    # the head
    "hangs-up-in-head": (says(b"HTTP/1.1 200 OK\r\nConte"), Seen(200, "reset")),
    "resets-in-head": (then_resets(b"HTTP/1.1 200 OK\r\nConte"), Seen(200, "reset")),
    "stops-in-head": (then_says_nothing(b"HTTP/1.1 200 OK\r\nConte"), Seen(200, "timeout")),
    "slow-head": (again_and_again(b"HTTP/1.1 200 OK\r\nX: ", b"x", 0.2), Seen(200, "timeout")),
    "head-of-a-megabyte": (says(OK + b"X: " + b"x" * 1_000_000 + b"\r\n\r\n"), Seen(200, "too_large")),
    "head-without-end": (again_and_again(OK, b"X: " + b"x" * 10_000 + b"\r\n"), Seen(200, "too_large")),
    "ten-thousand-headers": (sized(PAGE, *(b"X-%d: y" % n for n in range(10_000))), fine(13)),
    "thirty-thousand-headers": (says(OK + b"X-Name: value\r\n" * 30_000 + b"\r\n"), Seen(200, "too_large")),
    "interim-answers": (b"HTTP/1.1 103 Early Hints\r\n\r\n" * 20 + sized(PAGE), fine(13)),
    "interim-flood": (again_and_again(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100), Seen(None, "too_large")),
    "only-interim": (then_says_nothing(b"HTTP/1.1 100 Continue\r\n\r\n"), Seen(None, "timeout")),
    "no-reason": (b"HTTP/1.1 200\r\nContent-Length: 13\r\n\r\n" + PAGE, fine(13)),
    "lower-case": (b"http/1.1 200 ok\r\ncontent-length: 13\r\n\r\n" + PAGE, fine(13)),
    "spaces": (b"HTTP/1.1   200   OK  \r\nContent-Length \t:  13  \r\n\r\n" + PAGE, fine(13)),
    "line-feeds": (b"HTTP/1.1 200 OK\nContent-Length: 13\n\n" + PAGE, fine(13)),
    "no-version": (says(b"HTTP 200 OK\r\n\r\n" + PAGE), Seen(None, "protocol")),
    "no-status": (says(b"HTTP/1.1 OK\r\n\r\n" + PAGE), Seen(None, "protocol")),
    "nul-in-head": (OK + b"X: \0\0\r\nContent-Length: 13\r\n\r\n" + PAGE, fine(13)),
    # lengths
    "no-body-after-head": (says(OK + b"Content-Length: 100\r\n\r\n"), Seen(200, "reset", None, 0)),
    "half-a-body": (says(OK + b"Content-Length: 100\r\n\r\n" + PAGE), Seen(200, "reset", "disconnect", 13)),
    "reset-in-body": (then_resets(OK + b"Content-Length: 100\r\n\r\n" + PAGE), Seen(200, "reset", "disconnect", 13)),
    "stops-in-body": (then_says_nothing(OK + b"Content-Length: 100\r\n\r\n" + PAGE), Seen(200, "timeout", "time", 13)),
    "slow-bytes": (again_and_again(UNTIL_CLOSE, b"x", 0.2), Seen(200, "timeout", "time")),
    "no-end": (again_and_again(UNTIL_CLOSE, b"<p>more" * 5_000), Seen(200, None, "length")),
    "until-close": (says(UNTIL_CLOSE + PAGE), fine(13)),
    "until-reset": (then_resets(UNTIL_CLOSE + PAGE), Seen(200, "reset", "disconnect", 13)),
    "empty-until-close": (says(UNTIL_CLOSE), fine(0)),
    "two-lengths": (says(OK + b"Content-Length: 13\r\nContent-Length: 14\r\n\r\n" + PAGE), Seen(200, "protocol")),
    "one-length-twice": (OK + b"Content-Length: 13\r\nContent-Length: 13\r\n\r\n" + PAGE, fine(13)),
    "negative-length": (says(OK + b"Content-Length: -13\r\n\r\n" + PAGE), Seen(200, "protocol")),
    "huge-length": (says(OK + b"Content-Length: 18446744073709551616\r\n\r\n" + PAGE), Seen(200, "protocol")),
    "more-than-its-length": (sized(PAGE) + b"HTTP/1.1 200 OK\r\n\r\n", fine(13)),
    "something-after-its-end": (after_its_end, fine(13)),
    "204-with-a-body": (b"HTTP/1.1 204 None\r\nContent-Length: 13\r\n\r\n" + PAGE, fine(0, 204)),
    "304-with-a-body": (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 13\r\n\r\n" + PAGE, fine(0, 304)),
    # when to come again
    "retry-in-a-year-that-is-none": (sized(PAGE, b"Retry-After: Mon, 01 Jan 2147483648 00:00:00 GMT"), fine(13)),
    "retry-in-a-zone-that-is-none": (sized(PAGE, b"Retry-After: Mon, 01 Jan 2026 00:00:00 +9999999999"), fine(13)),
    # chunks
    "chunks": (CHUNKED + b"d\r\n" + PAGE + b"\r\n0\r\n\r\n", fine(13)),
    "broken-chunks": (says(CHUNKED + b"d\r\n" + PAGE + b"\r\nzz\r\n"), Seen(200, "protocol", "disconnect", 13)),
    "chunk-longer-than-said": (says(CHUNKED + b"d\r\n" + PAGE + b"!!\r\n0\r\n\r\n"), Seen(200, "protocol", "disconnect", 13)),
    "negative-chunk": (says(CHUNKED + b"-d\r\n" + PAGE + b"\r\n0\r\n\r\n"), Seen(200, "protocol", None, 0)),
    "huge-chunk": (says(CHUNKED + b"ffffffffffffffffff\r\n" + PAGE), Seen(200, "protocol", None, 0)),
    "chunk-that-never-comes": (says(CHUNKED + b"ffffffff\r\n" + PAGE), Seen(200, "reset", "disconnect", 13)),
    "no-last-chunk": (says(CHUNKED + b"d\r\n" + PAGE + b"\r\n"), Seen(200, "reset", "disconnect", 13)),
    "endless-chunk-line": (again_and_again(CHUNKED, b"0" * 1_000), Seen(200, "protocol", None, 0)),
    "endless-trailers": (again_and_again(CHUNKED + b"0\r\n", b"X: y\r\n" * 100), Seen(200, "protocol", None, 0)),
    "endless-chunks": (again_and_again(CHUNKED, b"1000\r\n" + b"<p>x" * 1024 + b"\r\n"), Seen(200, None, "length")),
    # bodies
    "bad-gzip": (sized(b"\x1f\x8b\x08 and then nothing of the kind", b"Content-Encoding: gzip"), fine()),
    "half-a-gzip": (sized(gzip.compress(PAGE * 100)[:40], b"Content-Encoding: gzip"), fine(40)),
    "plain-named-gzip": (sized(PAGE, b"Content-Encoding: gzip"), fine(13)),
    "unknown-coding": (sized(PAGE, b"Content-Encoding: sdch"), fine(13)),
    "gzip-in-gzip": (sized(gzip.compress(gzip.compress(PAGE)), b"Content-Encoding: gzip, gzip"), fine()),
    "gzip-six-times": (sized(gzip.compress(PAGE), b"Content-Encoding: " + b"gzip, " * 6), Seen(200, None, "length")),
    "gzip-a-thousand-times": (sized(gzip.compress(PAGE), b"Content-Encoding: " + b"gzip," * 1_000), Seen(200, None, "length")),
    "unknown-codings": (sized(PAGE, b"Content-Encoding: " + b"x, " * 1_000), fine(13)),
    "charset-without-end": (b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\nContent-Type: text/html; charset=" + b" " * 240_000 + b"!\r\n\r\n" + PAGE, fine(13)),
    "charset-that-is-none": (b"HTTP/1.1 200 OK\r\nContent-Length: 400000\r\nContent-Type: text/html; charset=punycode\r\n\r\n" + b"<p>a-b9" * 57_142 + b"<p>end", fine(400_000)),
    "charset-that-raises": (b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\nContent-Type: text/html; charset=undefined\r\n\r\n" + PAGE, fine(13)),
    "nul-bytes": (sized(b"<p>a\0b<a href='/\0x'>y</a>"), fine()),
    "deep": (sized(b"<div>" * 100_000 + b"text"), fine()),
    "ten-thousand-links": (sized(b"".join(b"<a href='/fine?%d'>x</a>" % n for n in range(10_000))), fine()),
    "one-long-link": (sized(b"<a href='/" + b"x" * 1_000_000 + b"'>x</a>"), fine()),
    "no-character-set": (b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=klingon\r\nContent-Length: 13\r\n\r\n" + PAGE, fine(13)),
    "a-type-that-lies": (b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 13\r\n\r\n" + PAGE, fine(13)),
    "binary-as-html": (sized(bytes(range(256)) * 100), fine(25_600)),
    # redirects
    "to-itself": (b"HTTP/1.1 302 F\r\nLocation: /to-itself\r\nContent-Length: 0\r\n\r\n", fine(0, 302)),
    "to-nowhere": (b"HTTP/1.1 302 F\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n", fine(0, 302)),
    "to-a-file": (b"HTTP/1.1 302 F\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n", fine(0, 302)),
    "to-no-location": (b"HTTP/1.1 302 F\r\nContent-Length: 0\r\n\r\n", fine(0, 302)),
    "to-far-away": (b"HTTP/1.1 302 F\r\nLocation: /" + b"x" * 100_000 + b"\r\nContent-Length: 0\r\n\r\n", fine(0, 302)),
}  # fmt: skip


@dataclass(frozen=True)
class Weather:
    """One crawl through all of it, with pages that are fine between.

    visits: (capture, bytes of its wire) of each page, in order, but for those of which the record says that our own loop
    hung: they are ours, and repeated, and not what is asked about here.
    """

    outcome: dict[str, Any]
    accounts: list[Capture]
    visits: dict[str, list[tuple[Capture, int]]]


@pytest.fixture(scope="module")
def tls_weather(module_kit: Kit, tls_site: str) -> Begun:
    crawl = module_kit.crawl(
        module_kit.site({}),
        name="tls",
        agencies=[{"id": "a", "portal": "https://a.test/"}],
        hosts={"a.test:443": tls_site},
    )
    return Begun(crawl, [], crawl.start())


@pytest.fixture(scope="module")
def weather(module_kit: Kit, tls_weather: Begun) -> Weather:
    """Beside the one under TLS, which waits most of the time."""
    kit = module_kit
    # a fine neighbour for every other: no more than 150 links of a home page are visited twice
    neighbours = (f'<a href="/fine/{name}">x</a>' for name in list(WEATHER)[::2])
    home = "".join(f'<a href="/{name}">x</a>{next(neighbours, "")}' for name in WEATHER)
    site = kit.site({"/": kit.answer(home), **{f"/{name}": answer for name, (answer, _) in WEATHER.items()}})
    site.fallback = lambda path, visit: (
        kit.answer(PAGE) if path.startswith("/fine") else kit.answer("no", "404 Not Found")
    )
    crawl = kit.crawl(
        site,
        crawl={"max_pages": 600, "max_body": 2_000_000, "per_host": 8},
        limits={"idle": 3.0, "total": 4.0},
    )
    outcome = crawl.run(timeout=240)
    visits: dict[str, list[tuple[Capture, int]]] = {}
    with EvidenceStore.open(crawl.folder / "evidence") as store:
        for capture in store.captures("a", "http"):
            assert isinstance(capture.facts, HttpFacts)
            if capture.facts.failure != "own_error":
                name = capture.url.partition("://a.test/")[2]
                visits.setdefault(name, []).append((capture, len(store.wire(capture.id))))
    return Weather(outcome, crawl.captures("a", "crawl"), visits)


def test_nothing_of_it_ends_the_crawl(weather: Weather) -> None:
    assert (weather.outcome["state"], weather.outcome["detail"]) == ("complete", "")
    account = weather.accounts[-1].facts
    assert isinstance(account, CrawlFacts) and account.state == "complete"
    assert weather.outcome["memory_mb"] < 300


@pytest.mark.parametrize("name", WEATHER)
def test_each_is_recorded_as_what_it_was(weather: Weather, name: str) -> None:
    expected = WEATHER[name][1]
    first, wire = weather.visits[name][0]
    facts = first.facts
    assert isinstance(facts, HttpFacts)
    size = facts.size if expected.size is not None else None
    assert Seen(facts.status, facts.failure, facts.truncated, size) == expected
    assert wire < 3_000_000


def test_what_failed_is_seen_twice_and_its_neighbours_are_never_blamed(weather: Weather) -> None:
    def facts(name: str) -> list[HttpFacts]:
        return [capture.facts for capture, _ in weather.visits[name] if isinstance(capture.facts, HttpFacts)]

    for name, (_, expected) in WEATHER.items():
        visits = facts(name)
        assert len(visits) == 2, name  # the home page leads to it
        assert {visit.failure for visit in visits} == {expected.failure}, name
    fine = [visit for name in weather.visits if name.startswith("fine/") for visit in facts(name)]
    assert len(fine) >= len(WEATHER)
    assert {(visit.status, visit.failure, visit.size) for visit in fine} == {(200, None, len(PAGE))}


def test_a_thousandfold_body_stays_in_fifty_megabytes(kit: Any) -> None:
    """1 GB from 1 MB, as gzip and as gzip of gzip, with and without a length. Usually an eighth of it."""
    size = tries(1 << 27, 1 << 30)
    packed = bomb(size)
    assert len(packed) < size / 970
    plain = kit.site({"/": kit.answer(PAGE + b"<a href=/x>x</a>"), "/x": kit.answer(PAGE)})
    peak = kit.crawl(plain, name="plain").run()["memory_mb"]
    gzipped = b"Content-Encoding: gzip"
    site = kit.site(
        {
            "/": kit.answer('<a href="/one">x</a><a href="/two">x</a><a href="/three">x</a>'),
            "/one": sized(packed, gzipped),
            "/two": sized(gzip.compress(packed), b"Content-Encoding: gzip, gzip"),
            "/three": says(OK + gzipped + b"\r\n\r\n" + packed),
        }
    )
    outcome = kit.crawl(site, name="bombs", crawl={"per_host": 1}).run()
    assert (outcome["state"], outcome["detail"]) == ("complete", "")
    assert outcome["memory_mb"] - peak < 50


def test_two_million_elements_from_eight_kilobytes_stay_in_a_hundred_megabytes(kit: Any) -> None:
    """Which the parser would take 800 MB for."""
    site = kit.site({"/": kit.answer(PAGE + b"<a href=/x>x</a>"), "/x": kit.answer(PAGE)})
    peak = kit.crawl(site, name="plain").run()["memory_mb"]
    site.answers["/x"] = sized(gzip.compress(b"<p>x" * (1 << 21)), b"Content-Encoding: gzip")
    outcome = kit.crawl(site, name="elements").run()
    assert (outcome["state"], outcome["detail"]) == ("complete", "")
    assert outcome["memory_mb"] - peak < 100


def test_a_hundred_kept_connections_that_the_server_closed(kit: Any) -> None:
    """Every server answers once on a connection and closes it without a word."""
    site = kit.site({"/": kit.answer("".join(f'<a href="http://h{n}.test/x">x</a>' for n in range(100)))})
    other = kit.site({"/robots.txt": sized(b""), "/x": sized(PAGE)}, address="127.0.0.2")
    once = other.answers["/robots.txt"]
    other.answers["/robots.txt"] = lambda connection: connection.sendall(once)
    hosts = {f"h{n}.test:80": other.target for n in range(100)}
    crawl = kit.crawl(site, hosts={**hosts, "a.test:80": site.target}, crawl={"delay": 0.2})
    assert crawl.run(timeout=120)["state"] == "complete"
    seen = [c.facts for c in crawl.captures("a", "http") if c.url.endswith(".test/x")]
    assert len(seen) == 100
    assert {(facts.status, facts.failure) for facts in seen} == {(200, None)}


def test_a_request_lost_with_a_kept_connection_is_sent_once_more(kit: Any) -> None:
    first = threading.Event()

    def lose(connection: socket.socket) -> None:
        first.set()

    site = kit.site({"/": kit.answer('<a href="/lost">x</a>'), "/lost": lose})
    crawl = kit.crawl(site, crawl={"per_host": 1})
    assert crawl.run()["state"] == "complete"
    assert first.is_set()
    visits = crawl.exchanges("/lost")
    assert [c.facts.failure for c in visits] == ["reset", "reset"]
    assert site.paths().count("/lost") <= 4  # each visit once more at most


@pytest.mark.thorough
def test_out_of_memory_ends_the_run_and_the_next_one_goes_on(kit: Any) -> None:
    pages = [f"/{n}" for n in range(8)]
    large = b"<p>x" * 400_000
    site = kit.site({"/": kit.answer("".join(f'<a href="{page}">x</a>' for page in pages))})
    site.fallback = lambda path, visit: (
        kit.answer(large + path.encode()) if path in pages else kit.answer("no", "404 Not Found")
    )
    crawl = kit.crawl(site, crawl={"per_host": 1})
    ends = []
    for more in (16, 24, 32, 40)[: tries(2, 4)]:  # megabytes
        process = crawl.start(more_memory=more << 20)
        out, _ = process.communicate(timeout=120)
        ends.append(json.loads(out)["state"] if process.returncode == 0 else "died")
    assert set(ends[:2]) <= {"failed", "died"}
    done = crawl.run(timeout=120)
    assert (done["state"], done["detail"]) == ("complete", "")
    assert {f"http://a.test{page}" for page in pages} <= {
        c.url for c in crawl.captures("a", "http") if c.facts.failure is None
    }
    assert not [c for c in crawl.captures("a", "http") if c.facts.failure not in (None, "own_error", "dns")]


# TLS


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate with its key."""
    return self_signed(tmp_path_factory.mktemp("tls"), "a.test")[0]


@pytest.fixture(scope="module")
def context(pair: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair)
    return context


TlsAnswer = Callable[[ssl.SSLSocket], None]


def plainly(secure: ssl.SSLSocket, data: bytes) -> None:
    """Past the encryption."""
    os.write(secure.fileno(), data)


def tls_says(*parts: bytes) -> TlsAnswer:
    """And closes without the words that TLS has for it."""

    def answer(secure: ssl.SSLSocket) -> None:
        for part in parts:
            secure.sendall(part)

    return answer


READ = 2.0  # seconds until a crawler, however busy, has read what came: with what follows it would lose it


def tls_alert(secure: ssl.SSLSocket) -> None:
    secure.sendall(OK + b"Content-Length: 100\r\n\r\n" + PAGE)
    time.sleep(READ)
    plainly(secure, b"\x15\x03\x03\x00\x02\x02\x50")
    time.sleep(0.1)


def tls_garbage(secure: ssl.SSLSocket) -> None:
    secure.sendall(UNTIL_CLOSE + PAGE)
    time.sleep(READ)
    plainly(secure, b"\x17\x03\x03\x00\x20" + b"not what it was encrypted to....")
    time.sleep(0.1)


TLS_WEATHER: dict[str, tuple[TlsAnswer, Seen]] = {
    "tls-fine": (tls_says(sized(PAGE)), fine(13)),
    "tls-until-close": (tls_says(UNTIL_CLOSE + PAGE), fine(13)),
    "tls-half-a-body": (tls_says(OK + b"Content-Length: 100\r\n\r\n" + PAGE), Seen(200, "reset", "disconnect", 13)),
    "tls-nothing": (tls_says(), Seen(None, "reset")),
    "tls-alert-in-body": (tls_alert, Seen(200, "reset", "disconnect", 13)),
    "tls-garbage-in-body": (tls_garbage, Seen(200, "reset", "disconnect", 13)),
}  # fmt: skip


@pytest.fixture(scope="module")
def tls_site(context: ssl.SSLContext) -> Iterator[str]:
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)

    def serve(raw: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), context.wrap_socket(raw, server_side=True) as secure:
            line = secure.recv(65536).split(b"\r\n")[0].decode("latin-1")
            name = line.split(" ")[1].strip("/") if " " in line else ""
            if name.startswith("early"):
                return
            answer = TLS_WEATHER.get(name)
            if answer is None:
                body = "".join(f'<a href="/{other}">x</a>' for other in TLS_WEATHER).encode()
                secure.sendall(sized(body) if not name else b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")
            else:
                answer[0](secure)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield "{}:{}".format(*listener.getsockname())
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def test_bad_weather_under_tls(tls_weather: Begun) -> None:
    outcome = tls_weather.end()
    assert (outcome["state"], outcome["detail"]) == ("complete", "")
    for name, (_, expected) in TLS_WEATHER.items():
        visits = [capture.facts for capture in tls_weather.crawl.exchanges(f"a.test/{name}")]
        facts = next(one for one in visits if isinstance(one, HttpFacts) and one.failure != "own_error")
        seen = Seen(
            facts.status, facts.failure, facts.truncated, facts.size if expected.size else expected.size
        )
        assert seen == expected, name
        assert facts.tls_version is not None


def test_a_server_of_tls_that_speaks_first(kit: Any, context: ssl.SSLContext) -> None:
    """Its words come with the handshake, before anything was asked."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                raw, _ = listener.accept()
                with contextlib.suppress(OSError), context.wrap_socket(raw, server_side=True) as secure:
                    secure.sendall(b"* OK IMAP4rev1 ready\r\n")
                    secure.settimeout(1.0)
                    secure.recv(1)

    threading.Thread(target=accept, daemon=True).start()
    crawl = kit.crawl(
        kit.site({}),
        agencies=[{"id": "a", "portal": "https://a.test/"}],
        hosts={"a.test:443": "{}:{}".format(*listener.getsockname())},
        limits={"idle": 5.0, "total": 6.0},
    )
    outcome = crawl.run(timeout=120)
    listener.close()
    assert (outcome["state"], outcome["detail"]) == ("complete", "")
    assert {c.facts.failure for c in crawl.exchanges("https://a.test/")} <= {"protocol", "reset"}


def test_a_redirect_into_our_own_network_is_refused_when_it_would_connect(kit: Any) -> None:
    """The page that redirects was seen while private addresses were allowed; where it leads is asked for without."""
    asked = threading.Event()

    def hold(connection: socket.socket) -> None:
        asked.set()
        time.sleep(30)

    inside = kit.site({"/robots.txt": hold, "/inside": sized(PAGE)}, address="127.0.0.9")
    target = f"http://127.0.0.9:{inside.port}/inside"
    site = kit.site({"/": kit.answer("moved", "302 Found", headers=(f"Location: {target}",))})
    crawl = kit.crawl(site)
    process = crawl.start()
    kit.wait_for(asked.is_set)
    kit.wait_for(lambda: bool(crawl.exchanges("http://a.test/")))  # the home page is committed
    kit.kill(process)
    before = len(inside.asked)
    assert crawl.run(allow_private=False)["state"] == "complete"
    assert len(inside.asked) == before
    (first, *_) = crawl.exchanges(f"127.0.0.9:{inside.port}/inside")
    assert (first.purpose, first.facts.failure) == ("home", "private_address")


def test_a_server_that_renegotiates_in_its_answer(kit: Any, pair: Path) -> None:
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_max_proto_version(SSL.TLS1_2_VERSION)
    context.use_privatekey_file(str(pair))
    context.use_certificate_file(str(pair))
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    renegotiated = threading.Event()

    def serve(raw: socket.socket) -> None:
        with contextlib.suppress(SSL.Error, OSError):
            secure = SSL.Connection(context, raw)
            secure.set_accept_state()
            secure.recv(65536)
            wire = sized(PAGE)
            secure.sendall(wire[:-5])
            secure.renegotiate()
            secure.do_handshake()
            time.sleep(0.1)
            secure.sendall(wire[-5:])
            if secure.total_renegotiations():
                renegotiated.set()
            secure.recv(1)
        raw.close()

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    crawl = kit.crawl(
        kit.site({}),
        agencies=[{"id": "a", "portal": "https://a.test/"}],
        hosts={"a.test:443": "{}:{}".format(*listener.getsockname())},
        limits={"idle": 3.0, "total": 4.0},
    )
    outcome = crawl.run(timeout=120)
    listener.close()
    assert (outcome["state"], outcome["detail"]) == ("complete", "")
    seen = {(c.facts.status, c.facts.failure) for c in crawl.exchanges("https://a.test/")}
    assert seen == {(200, None)}
    assert renegotiated.is_set()
