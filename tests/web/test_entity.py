"""From wire bytes to the entity: every coding, every way to break it, never past the limit."""

from __future__ import annotations

import gzip
import subprocess
import sys
import zlib

import brotli
import pytest
from backports import zstd

from web.entity import entity, header_values, is_encoded, split_head

TEXT = ("خدمت الکترونیکی " * 4000).encode()
HEAD = b"HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\n\r\n"


def _raw_deflate(content: bytes) -> bytes:
    stream = zlib.compressobj(6, zlib.DEFLATED, -15)
    return stream.compress(content) + stream.flush()


CODINGS = {
    b"gzip": gzip.compress(TEXT),
    b"x-gzip": gzip.compress(TEXT),
    b"GZIP": gzip.compress(TEXT[:9]) + gzip.compress(TEXT[9:]),
    b"deflate": zlib.compress(TEXT),
    b"Deflate": _raw_deflate(TEXT),
    b"br": brotli.compress(TEXT),
    b"zstd": zstd.compress(TEXT),
    b"zstd, identity": zstd.compress(TEXT[:9]) + zstd.compress(TEXT[9:]),
    b"gzip, br": brotli.compress(gzip.compress(TEXT)),
    b"unheard-of": TEXT,
}


def _chunked(content: bytes, size: int, extension: bytes = b"") -> bytes:
    parts = [content[start : start + size] for start in range(0, len(content), size)]
    return b"".join(b"%X%s\r\n%s\r\n" % (len(part), extension, part) for part in parts) + b"0\r\n\r\n"


@pytest.mark.parametrize("coding", CODINGS)
def test_codings_are_undone(coding: bytes) -> None:
    assert entity(HEAD % coding + CODINGS[coding]) == TEXT


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("size", [1, 3, 70_000])
def test_codings_inside_chunks_are_undone(coding: bytes, size: int) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: %s\r\n\r\n" % coding
    body = CODINGS[coding] if size > 3 else CODINGS[coding][:200]
    plain = entity(HEAD % coding + body)
    assert entity(head + _chunked(body, size, b";name=value")) == plain


@pytest.mark.parametrize("coding", [c for c in CODINGS if c != b"unheard-of"])
def test_a_truncated_body_gives_what_came(coding: bytes) -> None:
    whole = CODINGS[coding]
    for cut in (0, 1, 2, 5, len(whole) // 2, len(whole) - 1):
        assert TEXT.startswith(entity(HEAD % coding + whole[:cut])) or (coding == b"gzip" and cut < 2)


@pytest.mark.parametrize("coding", CODINGS)
def test_garbage_after_or_instead_of_a_coding_is_survived(coding: bytes) -> None:
    entity(HEAD % coding + bytes(range(256)) * 10)
    if coding != b"unheard-of":
        assert entity(HEAD % coding + CODINGS[coding] + b"\x00garbage").startswith(TEXT)


def test_named_gzip_but_sent_plain() -> None:
    assert entity(HEAD % b"gzip" + TEXT) == TEXT


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"5\r\nhello\r\n0\r\nTrailer: x\r\n\r\n", b"hello"),
        (b"5;a=b;c\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", b"hello!"),
        (b"5\nhello\n1\n!\n0\n\n", b"hello!"),
        (b"  5  \r\nhello\r\n0\r\n\r\n", b"hello"),
        (b"A\r\nhello", b"hello"),
        (b"5\r\nhello\r\n", b"hello"),
        (b"5\r\nhello\r\nZZ\r\nrest", b"hello"),
        (b"5\r\nhello6\r\nworld!\r\n0\r\n\r\n", b"hello"),  # the crawl stops there too
        (b"5\r\nhello \r\n6\r\nworld!\r\n0\r\n\r\n", b"hello"),
        (b"5\r\nhello\r\nFFFFFFFFFFFFFFFFFFFFFFFF\r\nrest", b"hello"),
        (b"FFFFFFFFFFFFFFF\r\nhello", b"hello"),
        (b"<p>never chunked</p>", b"<p>never chunked</p>"),
        (b"", b""),
        (b"0\r\n\r\n", b""),
    ],
)
def test_chunks_are_joined_leniently(body: bytes, expected: bytes) -> None:
    assert entity(CHUNKED + body) == expected


@pytest.mark.parametrize(
    ("wire", "expected"),
    [
        (b"", b""),
        (b"HTTP/1.1 200 OK\r\nX: cut", b""),
        (b"HTTP/1.1 200 OK\r\n\r\n", b""),
        (b"HTTP/1.1 200 OK\n\nbody", b"body"),
        (
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\nb",
            b"b",
        ),
        (b"HTTP/1.1 100 Continue\r\n\r\n", b""),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\nb", b"b"),
        (b"<html>HTTP/0.9\r\n\r\nb", b"<html>HTTP/0.9\r\n\r\nb"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nbody and more", b"bo"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nbody", b"body"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: nonsense\r\n\r\nbody", b"body"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nbody", b"body"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n", b"body"),
    ],
)
def test_the_head_is_found_in_any_answer(wire: bytes, expected: bytes) -> None:
    assert entity(wire) == expected


def test_headers_are_found_folded_repeated_and_in_any_case() -> None:
    head, _ = split_head(b"HTTP/1.1 200 OK\r\nX-a: 1\r\n 2\r\nno colon\r\nx-A : 3\r\n\r\n")
    assert header_values(head, b"x-a") == [b"1 2", b"3"]


def test_bodies_that_are_packed_already_are_known() -> None:
    for header in (b"Content-Type: image/png", b"Content-Type: application/zip", b"Content-Encoding: br"):
        assert is_encoded(b"HTTP/1.1 200 OK\r\n" + header)
    for header in (b"Content-Type: image/svg+xml", b"Content-Type: text/html", b"X: gzip"):
        assert not is_encoded(b"HTTP/1.1 200 OK\r\n" + header)


def _bomb(coding: str) -> bytes:
    """256 MB of zeros, packed."""
    block = bytes(1 << 20)
    if coding == "br":
        packer = brotli.Compressor(quality=1)
        return bytes(b"".join(packer.process(block) for _ in range(256)) + packer.finish())
    if coding == "zstd":
        stream = zstd.ZstdCompressor()
        return b"".join(stream.compress(block) for _ in range(256)) + stream.flush()
    if coding == "gzip":
        return gzip.compress(block) * 256
    zipper = zlib.compressobj(6, zlib.DEFLATED, -15)
    zipper.compress(block)
    return (zipper.compress(block) + zipper.flush(zlib.Z_FULL_FLUSH)) * 256


MEASURE = """
import hashlib, resource, sys
from web.entity import entity, entity_chunks
wire = sys.stdin.buffer.read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
size = sum(map(len, entity_chunks(wire)))
assert size == 64 << 20, size
assert len(entity(wire, 16 << 20)) == 16 << 20
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.processes
@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_bomb_stops_at_the_limit_in_little_memory(coding: str) -> None:
    bomb = _bomb(coding)
    assert len(bomb) < 3 << 20
    wire = HEAD % coding.encode() + bomb
    done = subprocess.run([sys.executable, "-c", MEASURE], input=wire, capture_output=True, check=True)
    assert int(done.stdout) < 50 << 10  # KiB


def test_a_bomb_in_a_bomb_stops_too() -> None:
    inner = gzip.compress(gzip.compress(bytes(64 << 20)))
    assert len(entity(HEAD % b"gzip, gzip" + inner, 1 << 20)) == 1 << 20


def test_a_zstd_window_past_what_browsers_take_is_not_opened() -> None:
    options = {
        int(zstd.CompressionParameter.window_log): 27,
        int(zstd.CompressionParameter.content_size_flag): 0,
    }
    stream = zstd.ZstdCompressor(options=options)
    packed = stream.compress(TEXT) + stream.flush()
    assert entity(HEAD % b"zstd" + packed) == b""
