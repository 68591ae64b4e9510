"""Portals whose every answer is mutated: head, body, markup, character set, codings, dates, addresses. The same for the same seed."""

from __future__ import annotations

import gzip
import io
import json
import random
import socket
import struct
import time
import zipfile
import zlib
from collections.abc import Callable

import brotli

from tests.crawler.conftest import Answer
from tests.crawler.conftest import answer as sized

# What stands in the place of a word, a number, a date or a name.
_ODD = [
    "", " ", "\x00", "\x1b[2J", "\u202e", "\ufeff", "\ud7ff", "é" * 300, "ـ" * 500, "a" * 9_000, "-1", "0", "1e999", "NaN", "%00", "%n%s",
    "../../etc/passwd", "{{7*7}}", "=cmd|' /C calc'!A0", "<script>alert(1)</script>", "'\"><svg/onload=1>", "1" * 400, "۱۴۰۴/۱۳/۳۲", "9" * 30,
]  # fmt: skip
_CHARSETS = [
    "utf-8", "UTF-16", "utf-16le", "utf-7", "utf-32", "windows-1256", "iso-8859-6", "punycode", "idna", "undefined", "zlib", "hex", "rot13",
    "x-user-defined", "replacement", "unicode_escape", "raw_unicode_escape", "mbcs", "hz-gb-2312", "iso-2022-kr", '"', "utf-8;charset=hex", "a" * 5_000,
]  # fmt: skip
_TYPES = [
    "text/html", "text/html", "text/html", "text/html", "application/xhtml+xml", "text/plain", "text/css", "application/json", "text/csv",
    "application/xml", "text/turtle", "application/ld+json", "application/zip", "application/pdf", "application/vnd.ms-excel", "", "/", "a" * 3_000,
    "text/html; boundary=\"", "image/svg+xml", "multipart/x-mixed-replace; boundary=b", "application/rdf+xml", "application/rss+xml",
]  # fmt: skip
_DATES = [
    "Mon, 01 Jan 2147483648 00:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:60 GMT", "0", "-1", "99999999999999999999",
    "Sun, 29 Feb 2023 99:99:99 GMT", "1404/13/40", "Mon, 30 Nov 2026 08:00:00 +9999", "now", "x" * 4_000, "1e400",
]  # fmt: skip
_STATUS = [
    "200 OK", "200 OK", "200 OK", "200 OK", "200 OK", "200", "206 Partial", "204 None", "301 Moved", "302 Found", "303 See", "307 T", "308 P", "304 Not",
    "401 No", "403 No", "404 Not Found", "410 Gone", "429 Slow", "500 Oh", "503 Busy", "599 X", "999 X", "600 ", "099 X", "200 " + "x" * 7_000,
]  # fmt: skip
_HEADERS = (
    "Last-Modified Date Expires Set-Cookie Link Refresh ETag Vary X-Frame-Options Server Location Strict-Transport-Security"
    " Content-Security-Policy Content-Disposition Content-Language Content-Range Content-Type Connection Trailer Alt-Svc Age"
)
_ELEMENTS = "a p div table tr td form input select option button iframe frame object embed svg math template noscript textarea title style script meta link base img video source area map marquee plaintext h1 h2 ul li label".split()
_ATTRIBUTES = "href src srcset style class id name action method type value content http-equiv rel onclick data-href alt lang dir for role aria-label background data-src xlink:href target sizes".split()


class Portals:
    """pages: of each portal, beside its home page."""

    def __init__(self, seed: int, pages: int) -> None:
        self._seed = seed
        self._pages = pages

    def fallback(self, host: str) -> Callable[[str, int], Answer]:
        def answer(path: str, visit: int) -> Answer:
            draw = random.Random(f"{self._seed}:{host}{path}:{visit if visit > 2 else 0}")
            if path == "/":
                return sized(self._home(draw, host))
            if path == "/robots.txt":
                return sized(_robots(draw), kind="text/plain")
            if path.rpartition("/")[2].startswith("p") or draw.random() < 0.3:
                return self._mutated(draw, host)
            return sized("no such page", "404 Not Found")

        return answer

    def _home(self, draw: random.Random, host: str) -> bytes:
        links = "".join(f"<li><a href='/p{n}'>{_word(draw)} {n}</a>" for n in range(self._pages))
        return f"<!doctype html><title>x</title><ul>{links}</ul>{self._markup(draw, host, 40)}".encode(
            "utf-8", "replace"
        )

    def _mutated(self, draw: random.Random, host: str) -> Answer:
        kind = draw.choice(_TYPES)
        body = self._body(draw, host, kind)
        headers = [
            f"Content-Type: {kind}" + (f"; charset={draw.choice(_CHARSETS)}" if draw.random() < 0.5 else "")
        ]
        if draw.random() < 0.3:
            body, coding = _coded(draw, body)
            headers.append(f"Content-Encoding: {coding}")
        status = draw.choice(_STATUS)
        if status.startswith("3"):
            headers.append(f"Location: {self._address(draw, host)}")
        for _ in range(draw.choice((0, 1, 3, 200))):
            headers.append(self._header(draw, host))
        whole = draw.random() < 0.4
        if whole:
            headers.append(f"Content-Length: {len(body)}")
        elif draw.random() < 0.2:
            headers.append(f"Content-Length: {max(0, len(body) + draw.choice((-5, 7, 10**12)))}")
        elif draw.random() < 0.5:
            headers.append("Transfer-Encoding: chunked")
            body = _chunked(draw, body)
        draw.shuffle(headers)
        wire = (
            "\r\n".join([f"HTTP/1.1 {status}", *headers]).encode("utf-8", "surrogatepass")
            + b"\r\n\r\n"
            + body
        )
        return wire if whole and draw.random() < 0.9 else _sent(draw, wire)

    def _header(self, draw: random.Random, host: str) -> str:
        odd = draw.choice([*_ODD, *_DATES, self._address(draw, host)]).replace("\n", " ").replace("\r", " ")
        name = draw.choice([*_HEADERS.split(), "", "a b", "x" * 1_000, "É"])
        if draw.random() < 0.1:  # what asks for minutes is given them, and would only make this longer
            name, odd = (
                "Retry-After",
                draw.choice(("", "-1", "1e9", "x" * 4_000, "0", _DATES[0], _DATES[1], "1, 2", "٣")),
            )
        return f"{name}: {odd}"

    def _address(self, draw: random.Random, host: str) -> str:
        own = f"http://{host}"
        return draw.choice(
            [
                f"/p{draw.randrange(self._pages)}", f"{own}/p{draw.randrange(self._pages)}?{_word(draw)}={_word(draw)}", f"{own}/{_word(draw)}", "//", "///", "\\\\x",
                "?", "#", f"#{_word(draw)}", "javascript:location='/p1'", "data:text/html,<a href=/p2>", "mailto:x@y", f"http://user:pass@{host}/p3",
                "http://[::1]/", "http://127.1/", "http://0x7f000001/", "http://169.254.169.254/", f"http://{host}:99999/", f"http://{host}:1/", "http://\u0661.test/",
                f"{own}/" + "a/" * 300, f"{own}/p1?" + "q" * 9_000, f"{own}/p{draw.randrange(9)};jsessionid={_word(draw)}", "ftp://x/", "http:", "http://", "http://%00/",
                f"https://{host}/p4", f"{own}/../../p5", f"{own}/%2e%2e/p6", f"{own}/p7#" + "f" * 9_000, "tel:+98", "\tjava\nscript:x", f"http://xn--{_word(draw)}/",
            ]
        )  # fmt: skip

    def _markup(self, draw: random.Random, host: str, size: int) -> str:
        parts = []
        for _ in range(size):
            name = draw.choice(_ELEMENTS)
            attributes = "".join(
                f" {draw.choice(_ATTRIBUTES)}={draw.choice(chr(34) + chr(39) + ' ')}{draw.choice((self._address(draw, host), _word(draw)))}"
                + draw.choice(("'", '"', ""))
                for _ in range(draw.choice((0, 1, 2, 5)))
            )
            parts.append(f"<{name}{attributes}{draw.choice(('>', '>', '/>', ''))}{_word(draw)}")
            if draw.random() < 0.5:
                parts.append(f"</{draw.choice((name, draw.choice(_ELEMENTS)))}>")
        if draw.random() < 0.1:
            parts.append(
                draw.choice(
                    ("<div>", "<svg><a href=/p1>x", "<!--", "<p a" + " b=1" * 40, "<table><td>", "<b><i>")
                )
                * draw.choice((1_000, 20_000))
            )
        return "".join(parts)

    def _body(self, draw: random.Random, host: str, kind: str) -> bytes:
        match draw.choice(("markup", "markup", "markup", "own", "own", "noise", "one")):
            case "own":
                return self._of_kind(draw, host, kind)
            case "noise":
                return draw.randbytes(draw.choice((0, 10, 5_000, 100_000)))
            case "one":
                return draw.choice(
                    ("<", "\n", " ", "a", "[", "{", '"', "<p>", "ـ", "\x00", "&amp;", "<a href=x>")
                ).encode() * draw.choice((10, 50_000))
            case _:
                return (
                    "<!doctype html>" * (draw.random() < 0.5)
                    + self._markup(draw, host, draw.choice((3, 60, 900)))
                ).encode("utf-8", "replace")

    def _of_kind(self, draw: random.Random, host: str, kind: str) -> bytes:
        if "json" in kind:
            return (
                "[" * draw.choice((1, 2_000))
                + json.dumps(
                    {
                        _word(draw): [
                            _word(draw),
                            1e308,
                            {"@type": "Dataset", "url": self._address(draw, host)},
                        ]
                    }
                )
            ).encode("utf-8", "surrogatepass")
        if "xml" in kind or "rss" in kind:
            entity = "<!DOCTYPE a [<!ENTITY b 'bbbbbbbbbb'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'>]>" * (
                draw.random() < 0.5
            )
            entries = "".join(
                f"<url><loc>{self._address(draw, host)}</loc></url>" for _ in range(draw.choice((1, 300)))
            )
            return f"{entity}<urlset>{entries}&c;</urlset>".encode("utf-8", "replace")
        if "zip" in kind or "excel" in kind:
            out = io.BytesIO()
            with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(f"{_word(draw)[:200]}.csv", "a,b\n" + "1,2\n" * draw.choice((1, 200_000)))
            return out.getvalue()[: draw.choice((None, 30, 60))]
        if "csv" in kind or "turtle" in kind:
            return (
                f"{_word(draw)},تاریخ\n"
                + "".join(f"{_word(draw)[:30]},{draw.choice(_DATES)[:40]}\n" for _ in range(200))
            ).encode("utf-8", "replace")
        return b"%PDF-1.7\n" + draw.randbytes(2_000)


def _word(draw: random.Random) -> str:
    return (
        draw.choice(_ODD)
        if draw.random() < 0.3
        else draw.choice(
            ("خدمت", "پیگیری", "داده", "service", "login", "نظرسنجی", "شکایت", "۱۴۰۴/۰۵/۰۱", "x")
        )
    )


def _robots(draw: random.Random) -> bytes:
    lines = [
        draw.choice(
            (
                "User-agent: *",
                "Disallow:",
                "Allow: /",
                "Crawl-delay: nan",
                "Crawl-delay: -5",
                "Sitemap: /p1",
                "Disallow: /nowhere" + "*" * 30 + "$",
            )
        )
        for _ in range(20)
    ]
    return "\n".join(["User-agent: *", "Disallow:", *lines]).encode()


def _coded(draw: random.Random, body: bytes) -> tuple[bytes, str]:
    kinds = ("gzip", "deflate", "br", "many", "false", "cut") * 4 + ("bomb", "brotli bomb")
    match draw.choice(kinds):
        case "gzip":
            return gzip.compress(body, 1), "gzip"
        case "deflate":
            return zlib.compress(body), "deflate"
        case "br":
            return brotli.compress(body, quality=1), "br"
        case "many":
            return body, ",".join(["gzip"] * draw.choice((2, 6, 900)))
        case "bomb":
            return gzip.compress(b"<p>" * 10_000_000, 9), "gzip"
        case "brotli bomb":
            return brotli.compress(b"a" * 40_000_000, quality=1), "br"
        case "false":
            return body, draw.choice(("gzip", "br", "zstd", "compress", "identity", "x-gzip, br", "\x00"))
        case _:
            return gzip.compress(body, 1)[: draw.choice((3, 11, 200))], "gzip"


def _chunked(draw: random.Random, body: bytes) -> bytes:
    size = draw.choice((1_000, 100_000))
    wire = b"".join(
        b"%x%s\r\n%s\r\n"
        % (len(body[at : at + size]), draw.choice((b"", b";a=b", b" ")), body[at : at + size])
        for at in range(0, len(body), size)
    )
    return wire + draw.choice(
        (b"0\r\n\r\n", b"0\r\nA: b\r\n\r\n", b"", b"-1\r\n", b"fffffffffffffffff\r\n", b"zz\r\n")
    )


def _sent(draw: random.Random, wire: bytes) -> Callable[[socket.socket], None]:
    """The answer, and an end of the connection. Some in a way that no server should have, which takes a second at most."""
    how = draw.choice(("whole", "whole", "whole", "drip", "reset", "cut", "nothing", "twice", "noise"))

    def serve(connection: socket.socket) -> None:
        if how == "whole":
            connection.sendall(wire)
        elif how == "drip":
            for at in range(min(len(wire), 40)):
                connection.sendall(wire[at : at + 1])
                time.sleep(0.01)
            connection.sendall(wire[40:])
        elif how == "reset":
            connection.sendall(wire[: len(wire) // 2])
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif how == "cut":
            connection.sendall(wire[: draw.randrange(1, len(wire))])
        elif how == "twice":
            connection.sendall(wire + wire)
        elif how == "noise":
            connection.sendall(draw.randbytes(300) + wire)

    return serve
