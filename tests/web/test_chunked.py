"""Bodies in chunks, whole and in pieces; and where they end."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.chunked import BadChunk, ChunkReader
from web.entity import body_end

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked"


def read(pieces: list[bytes]) -> tuple[bytes, str, int]:
    """(content, how it ended, bytes behind the end)."""
    reader, content, done, behind = ChunkReader(), b"", False, 0
    for data in pieces:
        if done:
            behind += len(data)
            continue
        try:
            for begin, end in reader.feed(data):
                content += data[begin:end]
        except BadChunk:
            return content, "bad" if reader.begun else "none", 0
        done, behind = reader.done, len(data) - reader.end
    return content, "done" if done else "open", behind if done else 0


CASES = [
    (b"", b"", "open", 0),
    (b"5\r\nhello\r\n0\r\n\r\n", b"hello", "done", 0),
    (b"5\r\nhello\r\n0\r\n\r\nHTTP/1.1 200 OK", b"hello", "done", 15),
    (b"5\r\nhello\r\n0\r\nX-Sum: 1\r\n folded\r\n\r\n", b"hello", "done", 0),
    (b"00000000005\r\nhello\r\n000\r\n\r\n", b"hello", "done", 0),
    (b'5 ; a = "b;c" \r\nhello\r\n0;last\r\n\r\n', b"hello", "done", 0),
    (b"5\nhello\n0\n\n", b"hello", "done", 0),
    (b" 5\t\r\nhello\r\n0\r\n\r\n", b"hello", "done", 0),
    (b"5\r\nhel", b"hel", "open", 0),
    (b"5\r\nhello", b"hello", "open", 0),
    (b"5\r\nhello\r\n", b"hello", "open", 0),
    (b"5\r\nhello\r\n0\r\n", b"hello", "open", 0),
    (b"5\r\nhello\r\nzz\r\n", b"hello", "bad", 0),
    (b"5\r\nhello!\r\n0\r\n\r\n", b"hello", "bad", 0),
    (b"5\r\nhello6\r\nworld!\r\n0\r\n\r\n", b"hello", "bad", 0),
    (b"5\r\nhello \r\n0\r\n\r\n", b"hello", "bad", 0),
    (b"5\r\nhello\r\n\r\n0\r\n\r\n", b"hello", "bad", 0),
    (b"5\rhello\r\n", b"", "none", 0),
    (b"-5\r\nhello\r\n", b"", "none", 0),
    (b"+5\r\nhello\r\n", b"", "none", 0),
    (b"0x5\r\nhello\r\n", b"", "none", 0),
    (b"5 5\r\nhello\r\n", b"", "none", 0),
    (b"1" * 16 + b"\r\nhello\r\n", b"", "none", 0),
    (b"<p>no chunk\n", b"", "none", 0),
    (b"5" + b";x" * 4_096 + b"\r\nhello\r\n", b"", "none", 0),
    (b"1\r\n!\r\n0\r\n" + b"X-Trailer: y\r\n" * 5_000, b"!", "bad", 0),
]  # fmt: skip


@pytest.mark.parametrize(("body", "content", "ended", "behind"), CASES, ids=[repr(c[0][:40]) for c in CASES])
def test_a_body_is_read_the_same_whole_and_in_pieces(
    body: bytes, content: bytes, ended: str, behind: int
) -> None:
    assert read([body]) == (content, ended, behind)
    assert read([bytes([byte]) for byte in body]) == (content, ended, behind)


@given(st.lists(st.binary(min_size=1, max_size=40)), st.binary(max_size=8), st.lists(st.integers(0, 300)))
def test_what_was_cut_into_chunks_comes_back(chunks: list[bytes], more: bytes, cuts: list[int]) -> None:
    body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n" + more
    edges = [0, *sorted({cut for cut in cuts if 0 < cut < len(body)}), len(body)]
    assert read([body[a:b] for a, b in itertools.pairwise(edges)]) == (b"".join(chunks), "done", len(more))


@pytest.mark.parametrize(
    ("head", "rest", "end"),
    [
        (HEAD, b"5\r\nhello\r\n0\r\nX: y\r\n\r\n", 8),
        (HEAD, b"5\r\nhel", 6),
        (HEAD, b"5\r\nhello\r\nzz", 8),
        (HEAD, b"no chunk", 0),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5", b"hello and more", 5),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50", b"hello", 5),
        (b"HTTP/1.1 200 OK", b"hello", 5),
    ],
)
def test_where_a_body_ends(head: bytes, rest: bytes, end: int) -> None:
    assert body_end(head, rest) == end
