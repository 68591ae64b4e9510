"""Values of cookies are blanked wherever a head can hold them, and nothing else is touched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.export.cookies import blanked

START = b"HTTP/1.1 200 OK\r\n"
END = b"\r\nServer: x\r\n\r\nbody\r\nSet-Cookie: of the body=stays\r\n"

# header lines -> the same without values
BLANKED = {
    b"Set-Cookie: SID=abcdefgh12; Path=/a,b; HttpOnly": b"Set-Cookie: SID=; Path=; HttpOnly",
    b"set-COOKIE :a=b; Expires=Wed, 21 Oct 2026 07:28:00 GMT; odd=bar": b"set-COOKIE :a=; Expires=Wed, 21 Oct 2026 07:28:00 GMT; odd=",
    b"Set-Cookie: path=a; path=/": b"Set-Cookie: path=; path=/",
    b"Set-Cookie: a=1; Path=/, b=2; Path=/": b"Set-Cookie: a=; Path=; Path=/",
    b"Set-Cookie: a=1,\r\n b=long; path=/\r\n\t; secure": b"Set-Cookie: a=\r\n b=; path=/\r\n\t; secure",
    b"Set-Cookie: bare\nSet-Cookie2: v=\"q;w\"; Version=1": b"Set-Cookie: \nSet-Cookie2: v=;; Version=1",
    b"Cookie: a=1; path=secret": b"Cookie: a=; path=",
    b"X-Set-Cookie: a=1": b"X-Set-Cookie: a=",
    b"Authorization: Bearer abc": b"Authorization: ",
    b"X-CSRF-Token: abc\r\n def": b"X-CSRF-Token: \r\n ",
    b"Set-Cookie": b"Set-Cookie",
    b"Set-Cookie:": b"Set-Cookie:",
}  # fmt: skip


@pytest.mark.parametrize("lines", BLANKED, ids=lambda lines: lines.decode()[:40])
def test_values_go_and_all_else_stays(lines: bytes) -> None:
    found = blanked(START + lines + END)
    assert found is not None and found.headers >= 1
    assert found.block == START + BLANKED[lines] + END


@pytest.mark.parametrize(
    "block",
    [
        START + b"Content-Type: a\r\n\r\nSet-Cookie: a=b",
        START.rstrip() + b"\n\nx",
        START,
        b"",
        b"\x00\xff",
        START + b"X: cookie=1\r\n\tmore\r\n\r\n",
    ],
)
def test_an_answer_without_cookies_is_as_it_came(block: bytes) -> None:
    found = blanked(block)
    assert found is not None and (found.block, found.headers) == (block, 0)


@pytest.mark.parametrize(
    "block",
    [
        START + b"Set-Cookie: a=repeated-value\r\nETag: repeated-value\r\n\r\n",
        START + b"Set-Cookie: a=repeated-value\r\n\r\n<svg>repeated-value</svg>",
        START + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nSet-Cookie: a=b\r\n\r\n",
        START + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n x-COOKIE : a=b\r\n\r\n",
    ],
)
def test_what_tells_of_a_cookie_elsewhere_is_not_handed_on(block: bytes) -> None:
    assert blanked(block) is None


SECRET = b"Zq7-secret-Zq7"
_TEXT = st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=12).map(
    lambda text: text.encode("latin-1")
)


@pytest.mark.slow
@given(
    name=st.sampled_from([b"Set-Cookie", b"set-cookie2", b"COOKIE", b"x-cookie-a", b"Set-Cookie \t"]),
    around=st.lists(_TEXT, min_size=4, max_size=4),
    join=st.sampled_from([b"=", b"; ", b", ", b"\r\n ", b"\n\t", b' = "', b";;"]),
    end=st.sampled_from([b"\r\n", b"\n"]),
)
def test_no_value_survives_however_it_is_written(
    name: bytes, around: list[bytes], join: bytes, end: bytes
) -> None:
    before, middle, after, body = around
    line = (
        name + b":" + before + b"k" + b"=" + SECRET + middle + join + after + b"=" + SECRET + b"; x=" + SECRET
    )
    found = blanked(START + b"A: b" + end + line + end + b"B: c" + end + end + body)
    assert found is None or SECRET not in found.block
