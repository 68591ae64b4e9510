"""The short way to a URL's folder says what the parser says."""

from __future__ import annotations

import ada_url
import pytest

from web.urls import folder, is_loopback, named_by

URLS = [
    f"{site}{path}"
    for site in (
        "http://a.test",
        "https://b-c.example.ir",
        "http://a.test:8080",
        "http://127.0.0.1",
        "http://127.1",
        "http://0x7f.1",
        "http://u@a.test",
        "http://xn--mgba.xn--p1ai",
        "http://a.0xaa",
    )
    for path in (
        "",
        "/",
        "/x",
        "/x/",
        "/x/y.html?u=/a/b",
        "/x/../y/z",
        "/x/./y",
        "/x/..",
        "/x/.",
        "/%2e%2e/x",
        "/x/%2E/y/",
        "/x/%2e",
        "/.a/b",
        "//x//y",
        "/x#f/g",
        "/%D8%AE%D8%A8%D8%B1/%DB%B1",
        "/a b/c",
        "/~u/_v/w-x",
    )
]


@pytest.mark.parametrize("url", URLS)
def test_the_folder_of_a_url_is_that_of_the_parser(url: str) -> None:
    try:
        parsed = ada_url.URL(url)
    except ValueError:
        with pytest.raises(ValueError):
            folder(url)
        return
    assert folder(url) == f"{parsed.protocol}//{parsed.host}{parsed.pathname.rpartition('/')[0]}/"


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("name", False),
    ],
)
def test_addresses_of_this_machine(host: str, ours: bool) -> None:
    assert is_loopback(host) is ours


@pytest.mark.parametrize(
    ("sent", "url"),
    [
        ("/خانه#/فرم".encode(), "http://a.test/%D8%AE%D8%A7%D9%86%D9%87#/%D9%81%D8%B1%D9%85"),
        ("/ف".encode("cp1256"), "http://a.test/%DD"),
        (b"x?y#z", "http://a.test/d/x?y#z"),
    ],
)
def test_a_location_is_read_in_its_own_bytes(sent: bytes, url: str) -> None:
    """A capture keeps every byte of a header as a character."""
    assert named_by("http://a.test/d/", sent.decode("latin-1")) == url
