"""Where a response ends: the same however its bytes are cut, and as the evidence reads it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.wire.framing import Framing, MalformedResponse
from web.entity import entity, split_head


@dataclass
class Fed:
    """What a framing made of bytes. failed: it was no response."""

    size: int = 0
    surplus: int = 0
    state: str = ""
    head: bytes = b""
    status: int = 0
    until_close: bool = False
    reusable: bool = False
    failed: bool = False


def fed(wire: bytes, cuts: list[int]) -> Fed:
    """In the pieces between the cuts; what follows the end is surplus."""
    framing, found = Framing(), Fed()
    edges = [0, *sorted({min(cut, len(wire)) for cut in cuts}), len(wire)]
    for begin, end in itertools.pairwise(edges):
        if begin == end:
            continue
        if framing.state == "done":
            found.surplus += end - begin
            continue
        try:
            found.surplus += framing.feed(wire[begin:end])
        except MalformedResponse:
            return Fed(size=framing.size, failed=True)
    found.size, found.state, found.head, found.status = (
        framing.size,
        framing.state,
        framing.head,
        framing.status,
    )
    found.until_close, found.reusable = framing.until_close, framing.reusable
    return found


CUTS = st.lists(st.integers(0, 400), max_size=30)
BODY = st.binary(max_size=120)
END = st.sampled_from([b"\r\n", b"\n"])
INTERIM = st.lists(
    st.sampled_from([b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"]),
    max_size=3,
)
STATUS_LINE = st.sampled_from(
    [b"HTTP/1.1 200 OK", b"HTTP/1.1 404", b"http/1.1 200 fine", b"HTTP/1.0 200 OK", b"HTTP/1.1  500\tOops", b"HTTP/1.1 200 "]
)  # fmt: skip
FIELDS = st.lists(
    st.sampled_from([b"X-A: b", b"no colon", b"Content-Type: text/html", b"X-Fold: a", b"Connection: keep-alive"]), max_size=4
)  # fmt: skip


def head(line: bytes, fields: list[bytes], end: bytes) -> bytes:
    return end.join([line, *fields, b"", b""])


@st.composite
def responses(draw: st.DrawFn) -> bytes:
    """Well-formed ones, by length, chunks or until the connection's end."""
    end, body, fields = draw(END), draw(BODY), draw(FIELDS)
    kind = draw(st.sampled_from(["length", "chunked", "close"]))
    if kind == "length":
        fields.append(b"Content-Length: %d" % len(body))
        content = body
    elif kind == "chunked":
        fields.append(draw(st.sampled_from([b"Transfer-Encoding: chunked", b"transfer-encoding:Chunked"])))
        edges = sorted({0, len(body), *draw(st.lists(st.integers(0, len(body)), max_size=4))})
        chunks = [body[begin:until] for begin, until in itertools.pairwise(edges)]
        extension = draw(st.sampled_from([b"", b";x=1", b' ; y="2"']))
        content = b"".join(b"%x%b%b%b%b" % (len(chunk), extension, end, chunk, end) for chunk in chunks)
        content += b"0" + end + draw(st.sampled_from([b"", b"X-Sum: 1" + end])) + end
    else:
        content = body
    return b"".join(draw(INTERIM)) + head(draw(STATUS_LINE), fields, end) + content


@given(responses(), st.sampled_from([b"", b"surplus", b"HTTP/1.1 200 OK\r\n\r\n"]), CUTS)
def test_however_the_bytes_are_cut(wire: bytes, more: bytes, cuts: list[int]) -> None:
    whole = fed(wire + more, [])
    assert fed(wire + more, cuts) == whole
    assert fed(wire + more, list(range(len(wire + more)))) == whole
    assert not whole.failed
    if whole.until_close:
        assert (whole.state, whole.surplus) == ("body", 0)
    else:
        assert (whole.state, whole.surplus) == ("done", len(more))


@given(responses())
def test_the_size_is_that_of_the_entity_in_the_evidence(wire: bytes) -> None:
    found = fed(wire, [])
    assert found.size == len(entity(wire))
    assert split_head(wire)[0] == found.head.rstrip(b"\r\n")


BEGINNINGS = (b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
PIECES = st.one_of(
    st.binary(max_size=8),
    st.sampled_from([b"\r\n", b"\n", b"\r", b"0\r\n", b"5\r\nhello\r\n", b"a;x\n", b"Content-Length: 3\r\n", b"HTTP/1.1 100 C\r\n"]),
)  # fmt: skip


@example(b"HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello", [30])
@example(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloX", [52])
@example(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n", [48, 55])
@given(
    st.builds(bytes.__add__, st.sampled_from(BEGINNINGS), st.lists(PIECES, max_size=12).map(b"".join)), CUTS
)
def test_whatever_comes_it_is_the_same_in_pieces(wire: bytes, cuts: list[int]) -> None:
    assert fed(wire, cuts) == fed(wire, [])


@example(b"5\r\nhello6\r\nworld!\r\n0\r\n\r\n")
@example(b"5\r\nhello \r\n6\r\nworld!\r\n0\r\n\r\n")
@given(st.lists(st.one_of(PIECES, st.just(b"6\r\nworld!\r\n")), max_size=12).map(b"".join))
def test_crawl_and_evidence_read_the_same_of_a_body_in_disorder(body: bytes) -> None:
    wire = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body
    read = entity(wire)
    assert len(read) == fed(wire, []).size or read == body  # that has no chunk at all


@given(st.binary(max_size=60), CUTS)
def test_any_bytes_are_a_response_or_none(wire: bytes, cuts: list[int]) -> None:
    assert fed(wire, cuts).failed == fed(wire, []).failed


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "wire",
    [
        b"220 mail.test ESMTP ready\r\n\r\n",
        b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64",  # what a server of HTTP/2 says first
        b"<html>HTTP/0.9</html>",
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhello",
        CHUNKED + b"-5\r\nhello\r\n0\r\n\r\n",
        CHUNKED + b"ffffffffffffffffffff\r\nhello",
        CHUNKED + b"0x5\r\nhello\r\n0\r\n\r\n",
        CHUNKED + b"5\r\nhello, too long\r\n0\r\n\r\n",
        CHUNKED + b"5\r\nhello \r\n0\r\n\r\n",
        CHUNKED + b"5 5\r\nhello\r\n0\r\n\r\n",
        CHUNKED + b"\r\n5\r\nhello\r\n0\r\n\r\n",
        CHUNKED + b"5" + b";x" * 8_000,
        CHUNKED + b"0\r\n" + b"X-Trailer: y\r\n" * 8_000,
    ],
)
def test_what_is_no_response(wire: bytes) -> None:
    assert fed(wire, []).failed
    assert fed(wire, list(range(0, len(wire), 7))).failed


@pytest.mark.parametrize(
    ("wire", "size", "reusable"),
    [
        (b"HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nbody", 0, False),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", 0, False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 5, True),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            2,
            True,
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: identity\r\n\r\nok", 2, True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: Close\r\n\r\nok", 2, False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 2, False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok", 2, True),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 50 + b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 2, True),
    ],
)
def test_what_ends_where(wire: bytes, size: int, reusable: bool) -> None:
    found = fed(wire, [])
    assert (found.failed, found.state, found.size, found.reusable) == (False, "done", size, reusable)
