"""Where a Refresh leads on to, in a header and in markup, and that no length of it keeps a crawl busy."""

from __future__ import annotations

import time

import pytest

from crawler.wire.exchange import redirect_target
from crawler.wire.framing import Framing, MalformedResponse
from web.document import Document
from web.refresh import refresh_target
from web.urls import is_too_long

SITE = "https://portal.test/"
SPACES = " " * 200_000

# as written: (of markup, as Chromium 156 follows it; of a header)
WRITTEN: dict[str, tuple[str, str]] = {
    "0; url=/a": ("/a", "/a"),
    " 5 , URL = '/a b' ": ("/a b", "/a b"),
    '1.5;"/a"': ("/a", "/a"),
    "0;/a": ("/a", "/a"),
    "/a": ("", ""),
    "0 /a": ("/a", ""),
    "; /a": ("", ""),
    "-1;url=/a": ("", ""),
    "0url=/a": ("", ""),
    "\u00a00;url=/a": ("", ""),
    ".5;url=/a": ("/a", "/a"),
    "0.0.1,url=/a": ("/a", "/a"),
    "0; url='/a' b": ("/a", "/a"),
    "0; url='/a": ("/a", "/a"),
    "0; url=/a'": ("/a'", "/a'"),
    "0; url='/a\"": ('/a"', '/a"'),
    "0; 'url=/a'": ("url=/a", "url=/a"),
    "0; url /a": ("url /a", "url /a"),
    "0;;url=/a": (";url=/a", ";url=/a"),
    "0; url==/a": ("=/a", "=/a"),
    "0;url=\u00a0/a": ("\u00a0/a", "\u00a0/a"),
    "0; url=": ("", ""),
    "0;'": ("", ""),
    "5": ("", ""),
    "": ("", ""),
    "0; url=/a?url=/b": ("/a?url=/b", "/a?url=/b"),
}


@pytest.mark.parametrize(("written", "targets"), WRITTEN.items())
def test_an_address_is_read(written: str, targets: tuple[str, str]) -> None:
    assert (refresh_target(written), refresh_target(written, timed=True)) == targets


def test_no_length_keeps_anybody_busy() -> None:
    """A page with two thousand spaces in its meta element took a quarter of a minute, one of ten thousand an hour."""
    began = time.process_time()
    for gap in (SPACES, SPACES + "b", f"a{SPACES}b", f"a{SPACES}'{SPACES}b"):
        head = f"HTTP/1.1 200 OK\r\nRefresh: 0;url={gap}\r\n\r\n".encode()
        target = redirect_target(SITE, 200, head)
        assert target is None or target.startswith(SITE) or is_too_long(target)
        page = f'<meta http-equiv=refresh content="0;url={gap}"><p>x'.encode()
        assert (Document(page, SITE, "text/html").refresh or SITE).startswith(SITE)
        with pytest.raises(MalformedResponse):
            Framing().feed(f"HTTP/1.1 200 OK\r\nContent-Length: 1{gap}x\r\n\r\n".encode())
    assert time.process_time() - began < 5
