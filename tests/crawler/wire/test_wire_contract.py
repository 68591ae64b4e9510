"""The contract of the record: what a server sent and what it was asked stand in the WARC files byte for byte.

One crawl of three servers that say the same odd things: plain, under TLS 1.2 and under TLS 1.3. The files are read
by warcio, which knows nothing of ours, and held against what the sockets of the servers sent and received.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import gzip
import hashlib
import json
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import brotli
import pytest
from backports import zstd
from warcio.archiveiterator import ArchiveIterator

from tests.crawler.conftest import Kit
from tests.crawler.pairs import self_signed

pytestmark = pytest.mark.sockets

PAGE = "<p>سلام دنیا, this is the page</p>".encode()
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
UNTIL_CLOSE = OK + b"\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
LIMIT = 50_000  # of a body in this crawl
DELAY = 0.3


def sized(body: bytes, *fields: bytes) -> bytes:
    return b"\r\n".join([OK.rstrip(b"\r\n"), *fields, b"Content-Length: %d" % len(body), b"", body])


def raw_deflate(content: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


@dataclass(frozen=True)
class Odd:
    """sent: in these pieces, then the server hangs up. kept: what stands in the record, when it is not all of it.

    body: what the store makes of it, None for what is none of ours. truncated: WARC-Truncated.
    """

    sent: tuple[bytes, ...]
    kept: bytes | None = None
    status: int | None = 200
    failure: str | None = None
    truncated: str | None = None
    body: bytes | None = PAGE
    detail: str = ""

    @property
    def whole(self) -> bytes:
        return b"".join(self.sent) if self.kept is None else self.kept


def odd(*sent: bytes, **facts: Any) -> Odd:
    return Odd(sent, **facts)


def broken(*sent: bytes, body: bytes = b"", **facts: Any) -> Odd:
    return Odd(
        sent, **{"failure": "protocol", "body": body, "truncated": "disconnect" if body else None, **facts}
    )


LONG = b"<p>" + b"long " * 60_000
HALF = PAGE[:10]
LENGTH = b"Content-Length: %d\r\n" % len(PAGE)
GZIPPED = gzip.compress(PAGE, mtime=0)

ODDITIES: dict[str, Odd] = {
    # the head
    "case-and-order": odd(b"HTTP/1.1 200 OK\r\nX-zEbRa: 1\r\ncOnTeNt-LeNgTh: %d\r\nA: 2\r\nx-zebra: 3\r\n\r\n" % len(PAGE) + PAGE),
    "byte-by-byte": odd(*(bytes([byte]) for byte in sized(PAGE, b"X-Piece: meal"))),
    "duplicates": odd(sized(PAGE, b"Set-Cookie: a=1", b"set-cookie: b=2", b"Set-Cookie: a=1")),
    "folding": odd(sized(PAGE, b"X-Folded: one", b" two", b"\tthree")),
    "no-reason": odd(b"HTTP/1.1 200\r\n" + LENGTH + b"\r\n" + PAGE),
    "empty-reason": odd(b"HTTP/1.1 200 \r\n" + LENGTH + b"\r\n" + PAGE),
    "long-reason": odd(b"HTTP/1.1 200 " + "همه چیز خوب است ".encode() * 20 + b"\r\n" + LENGTH + b"\r\n" + PAGE),
    "no-colon": odd(sized(PAGE, b"this line has none", b": and this no name")),
    "spaces": odd(b"HTTP/1.1   200   OK  \r\nContent-Length  :   %d  \r\n\r\n" % len(PAGE) + PAGE),
    "lower-case": odd(b"http/1.1 200 ok\r\n" + LENGTH.lower() + b"\r\n" + PAGE),
    "line-feeds": odd(b"HTTP/1.1 200 OK\nX-A: b\nContent-Length: %d\n\n" % len(PAGE) + PAGE),
    "mixed-line-ends": odd(b"HTTP/1.1 200 OK\r\nX-A: b\nContent-Length: %d\r\n\n" % len(PAGE) + PAGE),
    "nul-in-head": odd(sized(PAGE, b"X-Nul: a\0b\0")),
    "utf-8-in-head": odd(sized(PAGE, "X-Farsi: سامانه".encode())),
    "obs-text-in-head": odd(sized(PAGE, b"X-Old: \x80\xff\xfe caf\xe9")),
    "control-bytes-in-head": odd(sized(PAGE, b"X-Bell: \x07\x1b[31m\x7f")),
    "a-warc-in-head": odd(sized(PAGE, b"WARC-Type: response", b'Govah-Capture: {"id":"forged"}')),
    "http-1.0": odd(b"HTTP/1.0 200 OK\r\n\r\n" + PAGE),
    "http-1.7": odd(b"HTTP/1.7 200 OK\r\n" + LENGTH + b"\r\n" + PAGE),
    "continue-first": odd(b"HTTP/1.1 100 Continue\r\n\r\n" + sized(PAGE)),
    "hints-first": odd(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n", sized(PAGE)),
    "many-interim": odd(b"HTTP/1.1 100 C\r\n\r\n" * 3 + b"HTTP/1.1 102 Processing\r\n\r\n" + sized(PAGE)),
    "only-interim": odd(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", status=None, failure="reset", body=b""),
    "http-0.9": broken(b"<html>an answer without a head</html>", status=None),
    "http-0.9-blank-line": broken(b"said\r\n\r\nand said again", status=None),
    "mail": broken(b"220 mail.test ESMTP ready\r\n", status=None),
    "no-status": broken(b"HTTP/1.1 OK\r\n\r\n" + PAGE, status=None),
    "empty": odd(status=None, failure="reset", body=b""),
    "one-byte": odd(b"H", status=None, failure="reset", body=b""),
    "half-a-head": odd(OK + b"X-Ha", failure="reset", body=b""),
    # the length
    "until-close": odd(UNTIL_CLOSE, PAGE),
    "empty-until-close": odd(UNTIL_CLOSE, body=b""),
    "zero-length": odd(sized(b""), body=b""),
    "length-twice": odd(OK + LENGTH * 2 + b"\r\n" + PAGE),
    "length-listed-twice": odd(OK + b"Content-Length: %d, %d\r\n\r\n" % (len(PAGE), len(PAGE)) + PAGE),
    "two-lengths": broken(OK + LENGTH + b"Content-Length: 1\r\n\r\n" + PAGE),
    "negative-length": broken(OK + b"Content-Length: -1\r\n\r\n" + PAGE),
    "half-a-body": odd(OK + LENGTH + b"\r\n" + HALF, failure="reset", truncated="disconnect", body=HALF),
    "no-body": odd(OK + LENGTH + b"\r\n", failure="reset", body=b""),
    "more-than-its-length": odd(sized(PAGE) + b"<p>and more", kept=sized(PAGE), detail="11 bytes after its end are left out"),
    "a-second-answer": odd(sized(PAGE) + sized(b"two"), kept=sized(PAGE), detail=f"{len(sized(b'two'))} bytes after its end are left out"),
    "past-our-limit": odd(sized(LONG), truncated="length", body=None),
    "past-our-limit-until-close": odd(UNTIL_CLOSE + LONG, truncated="length", body=None),
    "past-our-limit-in-chunks": odd(CHUNKED + (b"3e8\r\n" + b"x" * 1000 + b"\r\n") * 300 + b"0\r\n\r\n", truncated="length", body=None),
    "204-with-a-body": odd(b"HTTP/1.1 204 No Content\r\n" + LENGTH + b"\r\n" + PAGE, kept=b"HTTP/1.1 204 No Content\r\n" + LENGTH + b"\r\n", status=204, body=b"", detail=f"{len(PAGE)} bytes after its end are left out"),
    "304-with-a-body": odd(b"HTTP/1.1 304 Not Modified\r\n\r\n" + PAGE, kept=b"HTTP/1.1 304 Not Modified\r\n\r\n", status=304, body=b"", detail=f"{len(PAGE)} bytes after its end are left out"),
    # chunks
    "chunks": odd(CHUNKED + b"a\r\n" + PAGE[:10] + b"\r\n%X\r\n" % (len(PAGE) - 10) + PAGE[10:] + b"\r\n0\r\n\r\n"),
    "chunk-extensions": odd(CHUNKED + b'%x;name=value;quoted="a;b"\r\n' % len(PAGE) + PAGE + b"\r\n0;last\r\n\r\n"),
    "chunk-trailers": odd(CHUNKED + b"%x\r\n" % len(PAGE) + PAGE + b"\r\n0\r\nX-Sum: 1\r\nx-sum: 2\r\n folded\r\n\r\n"),
    "chunk-zeros": odd(CHUNKED + b"000%x  \r\n" % len(PAGE) + PAGE + b"\r\n000\r\n\r\n"),
    "chunk-line-feeds": odd(CHUNKED + b"%x\n" % len(PAGE) + PAGE + b"\n0\n\n"),
    "chunks-and-length": odd(OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(PAGE) + PAGE + b"\r\n0\r\n\r\n"),
    "chunk-bad-size": broken(CHUNKED + b"a\r\n" + HALF + b"\r\nzz\r\nbad", body=HALF),
    "chunk-without-end": odd(CHUNKED + b"a\r\n" + HALF + b"\r\n", failure="reset", truncated="disconnect", body=HALF),
    "chunk-longer-than-said": broken(CHUNKED + b"a\r\n" + HALF + b"!!\r\n0\r\n\r\n", body=HALF),
    # codings, as sent
    "gzip": odd(sized(GZIPPED, b"Content-Encoding: gzip")),
    "gzip-in-chunks": odd(OK + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n" + GZIPPED[:5] + b"\r\n%x\r\n" % (len(GZIPPED) - 5) + GZIPPED[5:] + b"\r\n0\r\n\r\n"),
    "gzip-in-gzip": odd(sized(gzip.compress(GZIPPED, mtime=0), b"Content-Encoding: gzip, gzip")),
    "half-a-gzip": odd(sized(GZIPPED[:-20], b"Content-Encoding: gzip"), body=None),
    "plain-named-gzip": odd(sized(PAGE, b"Content-Encoding: gzip")),
    "brotli": odd(sized(brotli.compress(PAGE), b"Content-Encoding: br")),
    "zstandard": odd(sized(zstd.compress(PAGE), b"Content-Encoding: zstd")),
    "deflate": odd(sized(zlib.compress(PAGE), b"Content-Encoding: deflate")),
    "deflate-raw": odd(sized(raw_deflate(PAGE), b"Content-Encoding: deflate")),
    "unknown-coding": odd(sized(PAGE, b"Content-Encoding: sdch")),
    # bodies
    "a-warc-in-body": odd(sized(b"\r\n\r\nWARC/1.1\r\nWARC-Type: response\r\n\r\n\x1f\x8b\x08\0"), body=None),
    "every-byte": odd(sized(bytes(range(256)) * 20), body=bytes(range(256)) * 20),
    "redirect-with-body": odd(b"HTTP/1.1 302 Found\r\nLocation: /gzip\r\n" + LENGTH + b"\r\n" + PAGE, status=302),
    "error-with-body": odd(b"HTTP/1.1 500 Oops\r\n" + LENGTH + b"\r\n" + PAGE, status=500),
}  # fmt: skip


@dataclass
class Talk:
    """One request as the server read it, and what its end of the connection was. Times by the clock on the wall."""

    request: bytes
    read: float
    sent: float = 0.0
    version: str | None = None
    cipher: str | None = None


@dataclass
class OddServer:
    """Says what it is asked for and hangs up; its home page leads to all of it."""

    address: str
    context: ssl.SSLContext | None = None
    talks: dict[str, list[Talk]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.listener = socket.create_server((self.address, 0), backlog=128)
        self.port: int = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self._serve, args=(self.listener.accept()[0],), daemon=True).start()

    def _serve(self, raw: socket.socket) -> None:
        with contextlib.suppress(OSError), raw:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = self.context.wrap_socket(raw, server_side=True) if self.context else raw
            request = b""
            while not request.endswith(b"\r\n\r\n"):
                data = connection.recv(65536)
                if not data:
                    return
                request += data
            talk = Talk(request, time.time())
            if isinstance(connection, ssl.SSLSocket):
                talk.version, talk.cipher = connection.version(), (connection.cipher() or ("",))[0]
            path = request.split(b" ")[1].decode()
            self.talks.setdefault(path, []).append(talk)
            for piece in self._answer(path):
                connection.sendall(piece)
            talk.sent = time.time()
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass

    def _answer(self, path: str) -> tuple[bytes, ...]:
        if path == "/":
            links = "".join(f'<a href="/{name}">{name}</a>' for name in [*ODDITIES, "late"])
            return (sized(links.encode()),)
        if path == "/late":
            time.sleep(DELAY)
            return (sized(PAGE),)
        found = ODDITIES.get(path[1:])
        return found.sent if found else (b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n",)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    """(file with key and certificate, the certificate as it goes over the wire)."""
    return self_signed(tmp_path_factory.mktemp("tls"), "b.test")


def context(pair: Path, version: ssl.TLSVersion) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(pair)
    made.minimum_version = made.maximum_version = version
    return made


@dataclass(frozen=True)
class Kept:
    """A record as warcio reads it."""

    headers: dict[str, str]
    block: bytes

    @property
    def capture(self) -> dict[str, Any]:
        return dict(json.loads(self.headers["Govah-Capture"]))


@dataclass
class Archive:
    """began, ended: of the crawl, by the clock on the wall."""

    servers: dict[str, OddServer]
    crawl: Any
    began: float
    ended: float
    records: dict[str, Kept]

    def of(self, origin: str, name: str) -> list[Kept]:
        """The last records of the exchanges of a page."""
        url = f"{origin}/{name}"
        return [
            r
            for r in self.records.values()
            if r.headers["WARC-Target-URI"] == url and "Govah-Capture" in r.headers
        ]


ORIGINS = ("http://a.test", "https://b.test", "https://c.test")


@pytest.fixture(scope="module")
def archive(
    module_kit: Kit,
    certificate: tuple[Path, bytes],
) -> Iterator[Archive]:
    kit = module_kit
    pair, _ = certificate
    servers = dict(
        zip(
            ORIGINS,
            (
                OddServer("127.0.0.3"),
                OddServer("127.0.0.4", context(pair, ssl.TLSVersion.TLSv1_2)),
                OddServer("127.0.0.5", context(pair, ssl.TLSVersion.TLSv1_3)),
            ),
            strict=True,
        )
    )
    ports = {"http": 80, "https": 443}
    crawl = kit.crawl(
        kit.site({}),
        agencies=[{"id": origin[-6], "portal": f"{origin}/"} for origin in ORIGINS],
        hosts={
            f"{origin.partition('://')[2]}:{ports[origin.partition(':')[0]]}": f"{server.address}:{server.port}"
            for origin, server in servers.items()
        },
        crawl={"max_pages": 400, "per_host": 4},
        limits={"html_body": LIMIT, "other_body": LIMIT, "idle": 20.0, "total": 30.0},
    )
    began = time.time()
    outcome = crawl.run(timeout=240)
    assert (outcome["state"], outcome["detail"]) == ("complete", "")
    yield Archive(servers, crawl, began, time.time(), read(crawl.folder))
    for server in servers.values():
        server.listener.close()


def read(folder: Path) -> dict[str, Kept]:
    """Records by their identifier."""
    found = {}
    for path in sorted(folder.rglob("*.warc.gz")):
        with path.open("rb") as file:
            for record in ArchiveIterator(file, no_record_parse=True, check_digests="raise"):
                headers = dict(record.rec_headers.headers)
                headers.setdefault("WARC-Target-URI", "")
                found[headers["WARC-Record-ID"]] = Kept(headers, record.raw_stream.read())
    return found


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("name", ODDITIES)
def test_the_record_is_what_was_sent(archive: Archive, origin: str, name: str) -> None:
    expected = ODDITIES[name]
    kept = archive.of(origin, name)
    assert kept
    for record in kept:
        facts = record.capture["facts"]
        if facts["failure"] == "own_error":  # our own loop hung, and said so
            continue
        if expected.whole:
            assert record.headers["WARC-Type"] == "response"
            assert record.headers["Content-Type"] == "application/http; msgtype=response"
        else:
            assert record.headers["WARC-Type"] == "metadata"
        if expected.truncated == "length":
            assert expected.whole.startswith(record.block)
            assert LIMIT < facts["size"] <= len(record.block) < len(expected.whole)
        elif expected.whole:
            assert record.block == expected.whole
        assert record.headers.get("WARC-Truncated") == expected.truncated == facts["truncated"]
        assert (facts["status"], facts["failure"]) == (expected.status, expected.failure)
        if expected.detail:
            assert facts["detail"] == expected.detail


@pytest.mark.parametrize("origin", ORIGINS)
def test_the_request_is_what_the_server_read(archive: Archive, origin: str) -> None:
    talks = archive.servers[origin].talks
    for name in [*ODDITIES, "", "late", "robots.txt"]:
        for record in archive.of(origin, name):
            request = archive.records[record.headers["WARC-Concurrent-To"]]
            assert request.headers["WARC-Type"] == "request"
            assert request.headers["WARC-Concurrent-To"] == record.headers["WARC-Record-ID"]
            assert request.headers["WARC-Target-URI"] == record.headers["WARC-Target-URI"]
            assert request.headers["WARC-Date"] == record.headers["WARC-Date"]
            assert request.block in [talk.request for talk in talks[f"/{name}"]]


@pytest.mark.parametrize("origin", ORIGINS)
def test_the_facts_of_the_connection(archive: Archive, origin: str, certificate: tuple[Path, bytes]) -> None:
    server = archive.servers[origin]
    leaf = hashlib.sha256(certificate[1]).hexdigest()
    version = {"http://a.test": None, "https://b.test": "TLSv1.2", "https://c.test": "TLSv1.3"}[origin]
    for name in ODDITIES:
        for record in archive.of(origin, name):
            facts = record.capture["facts"]
            talk = server.talks[f"/{name}"][0]
            assert record.headers["WARC-IP-Address"] == facts["address"] == server.address
            assert facts["port"] == server.port
            assert (facts["tls_version"], facts["tls_cipher"]) == (talk.version, talk.cipher)
            assert talk.version == version
            assert facts["tls_leaf_sha256"] == (leaf if version else None)
            assert facts["fidelity"] == "wire"


@pytest.mark.parametrize("origin", ORIGINS)
def test_the_times(archive: Archive, origin: str) -> None:
    """It began before the server had the request, and ended after the server had sent the last byte."""
    slack = 0.05  # of two clocks that are read one after the other
    complete = [
        name for name, expected in ODDITIES.items() if expected.failure is None and not expected.truncated
    ]
    for name in [*complete, "late"]:
        talks = archive.servers[origin].talks[f"/{name}"]
        for record in archive.of(origin, name):
            capture = record.capture
            assert record.headers["WARC-Date"] == capture["time"]
            began = dt.datetime.fromisoformat(capture["time"]).timestamp()
            ended = began + capture["facts"]["elapsed_ms"] / 1000
            assert archive.began - slack < began <= ended < archive.ended + slack
            assert any(began - slack <= talk.read and talk.read <= ended + slack for talk in talks), name
    for record in archive.of(origin, "late"):
        assert record.capture["facts"]["elapsed_ms"] >= DELAY * 1000 - slack * 1000


ANSWERED = [name for name, o in ODDITIES.items() if o.body is not None and (o.failure is None or o.truncated)]


@pytest.mark.parametrize("name", ANSWERED)
def test_the_body_is_what_a_browser_would_read(archive: Archive, name: str) -> None:
    expected = ODDITIES[name].body
    for capture in archive.crawl.exchanges(f".test/{name}"):
        if capture.facts.failure != "own_error":
            assert archive.crawl.body(capture) == expected
            assert capture.sha256 == hashlib.sha256(expected or b"").hexdigest()


def test_the_facts_of_the_head_are_read_from_it(archive: Archive) -> None:
    (first, *_) = archive.crawl.exchanges("http://a.test/folding")
    assert first.facts.header("x-folded") == "one two three"
    (first, *_) = archive.crawl.exchanges("http://a.test/duplicates")
    assert first.facts.header_all("set-cookie") == ("a=1", "b=2", "a=1")
    (first, *_) = archive.crawl.exchanges("http://a.test/obs-text-in-head")
    assert first.facts.header("x-old") == b"\x80\xff\xfe caf\xe9".decode("latin-1")
    (first, *_) = archive.crawl.exchanges("http://a.test/redirect-with-body")
    assert first.facts.redirect == "http://a.test/gzip"
    assert not [c for c in archive.crawl.captures() if c.id == "forged"]
