"""What is recorded is what was on the wire, byte for byte: the contract of the private names we rest on."""

from __future__ import annotations

import gzip
import socket
import struct
from typing import Any

import pytest

from evidence.kinds.http import HttpFacts

pytestmark = pytest.mark.sockets

PAGE = "<html><title>x</title><body>سلام</body></html>".encode("cp1256", "replace")
GZIPPED = gzip.compress(PAGE)

WIRES: dict[str, bytes] = {
    "odd-case-duplicates-folding": (
        b"HTTP/1.1 200 Alles  Gut \r\nX-mIxEd: One\r\nx-MIXED: two\r\nX-Folded: a\r\n  b\r\n\tc\r\n"
        b"Set-Cookie: a=1\r\nset-cookie: b=2\r\nX-Utf8: \xd8\xb3\r\ncONTENT-lENGTH: 5\r\n\r\nhello"
    ),
    "header-without-colon": b"HTTP/1.1 200 OK\r\nno colon here\r\nContent-Length: 2\r\n\r\nok",
    "bare-line-feeds": b"HTTP/1.1 200 OK\nContent-Length: 2\nX-A: b\n\nok",
    "http-1.0-until-close": b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end",
    "chunked-extension-trailer": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
        b'5;ext="v"\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 11\r\n\r\n'
    ),
    "gzip": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(GZIPPED)
    + GZIPPED,
    "empty": b"HTTP/1.1 204 No Content\r\nX-Empty: yes\r\n\r\n",
    "zero-length": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "early-hints": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "redirect-with-body": b"HTTP/1.1 302 Found\r\nLocation: /empty\r\nContent-Length: 9\r\n\r\ngo there!",
    "error-page": b"HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\nsigh",
}
TRUNCATED = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly this much"
BROKEN_CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\nbad"


def in_pieces(wire: bytes) -> Any:
    """Byte by byte for the head, so that no reading in one piece is taken for granted."""

    def send(connection: socket.socket) -> None:
        head, blank, rest = wire.partition(b"\r\n\r\n")
        for byte in head + blank:
            connection.sendall(bytes([byte]))
        connection.sendall(rest)

    return send


@pytest.fixture
def crawled(kit: Any) -> Any:
    names = [*WIRES, "truncated", "broken-chunks", "pieces"]
    home = kit.answer("".join(f'<a href="/{name}">{name}</a>' for name in names))
    site = kit.site({"/": home, **{f"/{name}": wire for name, wire in WIRES.items()}})
    site.answers["/truncated"] = lambda connection: connection.sendall(TRUNCATED)
    site.answers["/broken-chunks"] = BROKEN_CHUNKS
    site.answers["/pieces"] = in_pieces(WIRES["odd-case-duplicates-folding"])
    crawl = kit.crawl(site)
    assert crawl.run()["state"] == "complete"
    return site, crawl


def test_response_and_request_bytes(crawled: Any) -> None:
    site, crawl = crawled
    for name, wire in WIRES.items():
        capture = crawl.exchanges(f"/{name}")[0]
        assert crawl.wire(capture) == wire, name
    assert crawl.wire(crawl.exchanges("/pieces")[0]) == WIRES["odd-case-duplicates-folding"]

    from evidence.store import EvidenceStore

    with EvidenceStore.open(crawl.folder / "evidence") as store:
        for capture in crawl.captures("a", "http"):
            if capture.url.startswith("http:"):
                path = capture.url.removeprefix("http://a.test")
                assert store.request(capture.id) in [asked.raw for asked in site.asked if asked.path == path]


def test_facts_of_the_head(crawled: Any) -> None:
    _, crawl = crawled
    facts = crawl.exchanges("/odd-case-duplicates-folding")[0].facts
    assert isinstance(facts, HttpFacts)
    assert (facts.status, facts.reason) == (200, "Alles  Gut")
    assert facts.headers[:3] == (("X-mIxEd", "One"), ("x-MIXED", "two"), ("X-Folded", "a b c"))
    assert facts.header_all("set-cookie") == ("a=1", "b=2")
    assert (facts.failure, facts.truncated, facts.size, facts.address) == (None, None, 5, "127.0.0.1")
    assert crawl.exchanges("/early-hints")[0].facts.status == 200
    assert crawl.exchanges("/redirect-with-body")[0].facts.redirect == "http://a.test/empty"


def test_bodies_that_end_early(crawled: Any) -> None:
    _, crawl = crawled
    capture = crawl.exchanges("/truncated")[0]
    assert crawl.wire(capture) == TRUNCATED
    assert (capture.facts.status, capture.facts.truncated, capture.facts.failure) == (
        200,
        "disconnect",
        "reset",
    )
    assert crawl.body(capture) == b"only this much"
    broken = crawl.exchanges("/broken-chunks")[0]
    assert broken.facts.failure == "protocol"
    assert crawl.wire(broken).startswith(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello")


def test_max_body_truncates_and_says_so(kit: Any) -> None:
    large = kit.answer(b"x" * 300_000, kind="text/csv")
    site = kit.site({"/": kit.answer("<p>home"), "/large.csv": large})
    crawl = kit.crawl(site, datasets=[{"url": "http://a.test/large.csv"}], crawl={"max_body": 100_000})
    assert crawl.run()["state"] == "complete"
    for capture in crawl.exchanges("/large.csv"):
        assert capture.facts.truncated == "length"
        assert capture.facts.failure is None
        wire = crawl.wire(capture)
        assert large.startswith(wire)
        assert 100_000 < len(wire) < 300_000


def test_reset_mid_head_and_before_it(kit: Any) -> None:
    def reset(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def mid_head(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nConte")

    site = kit.site({"/": kit.answer('<a href="/r">r</a><a href="/m">m</a>'), "/r": reset, "/m": mid_head})
    crawl = kit.crawl(site)
    assert crawl.run()["state"] == "complete"
    assert [c.facts.failure for c in crawl.exchanges("/r")] == ["reset", "reset"]
    first = crawl.exchanges("/m")[0]
    assert first.facts.failure == "reset"
    assert crawl.wire(first) == b"HTTP/1.1 200 OK\r\nConte"
