"""From the bytes of an HTTP response to its entity: chunks joined, content codings undone, bounded.

Lenient as browsers are, and never larger than the limit: a body of 1 MB can unfold to 1 GB. Not here: what a chunk is
(`web.chunked`), character sets (`web.document`).
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Any

import brotli
from backports import zstd

from web.chunked import BadChunk, ChunkReader

LIMIT = 64 << 20
_MOST_CODINGS = 5  # one on another; nobody who wants to be read uses two
_STEP = 1 << 16
_GZIP = b"\x1f\x8b"
_ZSTD_WINDOW_LOG = 23  # 8 MB, what RFC 9659 allows on the web

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_FOLD = re.compile(rb"\r?\n[ \t]+")
_STATUS = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})", re.IGNORECASE)

Chunks = Iterator[bytes]


def split_head(wire: bytes) -> tuple[bytes, bytes]:
    """(final response head without its blank line, what follows). Interim 1xx heads are skipped.

    An answer without a status line (HTTP/0.9) has an empty head. A head cut short has no body.
    """
    start = 0
    while status := _STATUS.match(wire, start):
        end = _HEAD_END.search(wire, start)
        if end is None:
            return wire[start:], b""
        if status.group(1).startswith(b"1") and status.group(1) != b"101":
            start = end.end()
            continue
        return wire[start : end.start()], wire[end.end() :]
    return b"", wire[start:]


def header_values(head: bytes, name: bytes) -> list[bytes]:
    """Values of a header by lower-case name, folded lines joined."""
    return [value for key, value in _fields(head) if key == name]


@lru_cache(maxsize=32)  # a head is asked for its fields several times in a row
def _fields(head: bytes) -> tuple[tuple[bytes, bytes], ...]:
    if _FOLD.search(head):
        head = _FOLD.sub(b" ", head)
    found = (line.partition(b":") for line in re.split(rb"\r?\n", head)[1:])
    return tuple((key.strip().lower(), value.strip()) for key, colon, value in found if colon)


def _tokens(head: bytes, name: bytes) -> list[bytes]:
    return [
        token.strip().lower() for token in b",".join(header_values(head, name)).split(b",") if token.strip()
    ]


def is_chunked(head: bytes) -> bool:
    return _tokens(head, b"transfer-encoding")[-1:] == [b"chunked"]


def is_encoded(head: bytes) -> bool:
    """The body is compressed already, so that compressing it again gains nothing."""
    kind = b"".join(header_values(head, b"content-type")[:1]).lower()
    media = kind.startswith((b"image/", b"video/", b"audio/", b"font/")) and b"svg" not in kind
    packed = any(word in kind for word in (b"zip", b"pdf", b"officedocument"))
    return media or packed or bool(_codings(head))


def is_folded_too_often(head: bytes) -> bool:
    """Whether the body lies in more codings than are undone: it is read as if nothing of it had come."""
    return len(_codings(head)) > _MOST_CODINGS


def _codings(head: bytes) -> list[bytes]:
    """Those that are known, in the order in which they were applied; others are ignored as by browsers."""
    return [coding for coding in _tokens(head, b"content-encoding") if coding in _DECODERS]


def entity(wire: bytes, limit: int = LIMIT) -> bytes:
    """The decoded body, at most `limit` bytes of it."""
    return b"".join(entity_chunks(wire, limit))


def entity_chunks(wire: bytes, limit: int = LIMIT) -> Chunks:
    """The decoded body in small pieces."""
    head, rest = split_head(wire)
    codings = _codings(head)
    if len(codings) > _MOST_CODINGS:
        return
    chunks = _dechunk(rest) if is_chunked(head) else _sized(head, rest)
    for coding in reversed(codings):
        chunks = _DECODERS[coding](chunks)
    for chunk in chunks:
        if len(chunk) >= limit:
            yield chunk[:limit]
            return
        limit -= len(chunk)
        yield chunk


def digest(wire: bytes) -> str:
    """SHA-256 of the decoded body, hex."""
    found = hashlib.sha256()
    for chunk in entity_chunks(wire):
        found.update(chunk)
    return found.hexdigest()


def _pieces(content: bytes, begin: int = 0, end: int | None = None) -> Chunks:
    end = len(content) if end is None else end
    for start in range(begin, end, _STEP):
        yield content[start : min(start + _STEP, end)]


def _sized(head: bytes, rest: bytes) -> Chunks:
    return _pieces(rest, 0, _length(head, rest))


def _length(head: bytes, rest: bytes) -> int:
    """What of the rest is the body, where it has no chunks."""
    lengths = set(header_values(head, b"content-length"))
    length = lengths.pop() if len(lengths) == 1 else b""
    return min(int(length), len(rest)) if length.isdigit() and len(length) < 16 else len(rest)


def _dechunk(rest: bytes) -> Chunks:
    reader = ChunkReader()
    with suppress(BadChunk):
        for begin, end in reader.feed(rest):
            yield from _pieces(rest, begin, end)
    if not reader.begun:  # announced as chunked, sent without chunks
        yield from _pieces(rest)


def body_end(head: bytes, rest: bytes) -> int:
    """Where the body ends in what follows the head; the last lines between chunks, and trailers, come after it."""
    if not is_chunked(head):
        return _length(head, rest)
    last = 0
    with suppress(BadChunk):
        for _, end in ChunkReader().feed(rest):
            last = end
    return last


def _inflated(chunks: Chunks, wbits: int, first: bytes) -> Chunks:
    stream = zlib.decompressobj(wbits)
    data = first
    while True:
        try:
            out = stream.decompress(data, _STEP)
        except zlib.error:
            return
        if out:
            yield out
        data = stream.unconsumed_tail
        if stream.eof:
            data = stream.unused_data
            while len(data) < 2 and (more := next(chunks, None)) is not None:
                data += more
            if wbits < 16 or not data.startswith(_GZIP):  # only gzip has a next member
                return
            stream = zlib.decompressobj(wbits)
        elif not data and len(out) < _STEP:
            more = next(chunks, None)
            if more is None:
                return
            data = more


def _first(chunks: Chunks, size: int) -> bytes:
    first = b""
    while len(first) < size and (more := next(chunks, None)) is not None:
        first += more
    return first


def _gunzip(chunks: Chunks) -> Chunks:
    first = _first(chunks, 2)
    if not first.startswith(_GZIP[: len(first)]):  # named gzip, sent plain
        yield first
        yield from chunks
        return
    yield from _inflated(chunks, 31, first)


def _inflate(chunks: Chunks) -> Chunks:
    first = _first(chunks, 2)
    with_header = len(first) >= 2 and first[0] & 0x0F == 8 and (first[0] << 8 | first[1]) % 31 == 0
    yield from _inflated(chunks, 15 if with_header else -15, first)


def _unbrotli(chunks: Chunks) -> Chunks:
    stream = brotli.Decompressor()
    emitted = 0
    for number, chunk in enumerate(chunks):
        try:
            for out in _brotli_step(stream, chunk):
                emitted += len(out)
                yield out
        except brotli.error:
            if number == 0:
                yield from _brotli_before_garbage(chunk, emitted)
            return


def _brotli_step(stream: Any, data: bytes) -> Chunks:
    while not stream.is_finished():
        out = stream.process(data, output_buffer_limit=_STEP)
        if out:
            yield out
        elif stream.can_accept_more_data():
            return
        data = b""  # what waits inside comes first


def _brotli_before_garbage(data: bytes, skip: int) -> Chunks:
    """The library drops its output when bytes follow the end of the stream; this goes byte by byte."""
    stream = brotli.Decompressor()
    for start in range(len(data)):
        try:
            for out in _brotli_step(stream, data[start : start + 1]):
                yield out[skip:]
                skip = max(0, skip - len(out))
        except brotli.error:
            return


def _unzstd(chunks: Chunks) -> Chunks:
    options = {int(zstd.DecompressionParameter.window_log_max): _ZSTD_WINDOW_LOG}
    stream = zstd.ZstdDecompressor(options=options)
    for chunk in chunks:
        data = chunk
        while True:
            try:
                out = stream.decompress(data, _STEP)
            except zstd.ZstdError:
                return
            if out:
                yield out
            if stream.eof:
                data = stream.unused_data
                stream = zstd.ZstdDecompressor(options=options)
                if not data:
                    break
            elif stream.needs_input:
                break
            else:
                data = b""  # what waits inside comes first


_DECODERS: dict[bytes, Callable[[Chunks], Chunks]] = {
    b"gzip": _gunzip,
    b"x-gzip": _gunzip,
    b"deflate": _inflate,
    b"br": _unbrotli,
    b"zstd": _unzstd,
}
