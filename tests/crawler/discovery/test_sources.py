"""Sources of addresses beside a page's own mark-up, and the letters of pages (data/sources.toml)."""

from __future__ import annotations

import gzip
import tomllib
from pathlib import Path
from typing import Any

import pytest

from crawler.wire.exchange import redirect_target
from web.document import Document
from web.link_header import header_links
from web.sitemaps import sitemap_entries

pytestmark = pytest.mark.sockets

SOURCES: dict[str, list[dict[str, Any]]] = tomllib.loads(
    (Path(__file__).parents[1] / "data" / "sources.toml").read_text(encoding="utf-8")
)
PAGE = "http://a.test/dir/page"


@pytest.mark.parametrize("case", SOURCES["link_header"], ids=lambda case: case["values"][0])
def test_a_link_header(case: dict[str, Any]) -> None:
    values = [value.encode().decode("latin-1") for value in case["values"]]
    found = [f"{link.use} {link.url}" for link in header_links(values, PAGE)]
    assert found == case["links"]


def test_a_link_header_has_bounds() -> None:
    many = ", ".join(f"</{n}>; rel=preload" for n in range(10_000))
    assert len(list(header_links([many] * 10, PAGE))) == 50


@pytest.mark.parametrize("case", SOURCES["sitemap"], ids=lambda case: case["name"])
def test_a_site_map(case: dict[str, Any]) -> None:
    body = case["text"].encode(case.get("encoding", "utf-8"))
    assert list(sitemap_entries(gzip.compress(body) if case.get("packed") else body)) == case["entries"]


@pytest.mark.parametrize("case", SOURCES["charset"], ids=lambda case: case["name"])
def test_the_letters_of_a_page(case: dict[str, Any]) -> None:
    text = case.get("text", "خانه ژ پ")
    written = f"{case.get('meta', '')}<title>{text}</title><a href='/{text.split()[0]}'>{text}</a>{text}"
    body = bytes.fromhex(case.get("bom", "")) + written.encode(case["encode"], "replace")
    document = Document(body[: len(body) - case.get("cut", 0)], PAGE, case.get("header"))
    assert document.charset == case["is"]
    assert (document.title == text) is not case.get("garbled", False)
    assert document.links[0].text == document.title


REFRESH = {
    "0; url=/next": "http://a.test/next",
    "0;URL='next'": "http://a.test/dir/next",
    "5, /next": "http://a.test/next",
    '0.5; url="http://b.test/x#y"': "http://b.test/x",
    "30": None,
    "soon; url=/next": None,
    "0; url=/dir/page": None,
    "0; url=/خدمت": "http://a.test/%D8%AE%D8%AF%D9%85%D8%AA",
}


@pytest.mark.parametrize(("value", "target"), REFRESH.items())
def test_a_refresh_header(value: str, target: str | None) -> None:
    head = f"HTTP/1.1 200 OK\r\nRefresh: {value}\r\n\r\n".encode()
    assert redirect_target(PAGE, 200, head) == target


def test_every_source_leads_to_its_pages(kit: Any) -> None:
    """One crawl over all of them: whatever is named anywhere is asked for."""
    feed = "<rss><channel><item><link>http://a.test/of-feed</link></item></channel></rss>"
    index = "<sitemapindex><sitemap><loc>http://a.test/map-2.xml</loc></sitemap></sitemapindex>"
    inner = "<urlset><url><loc>http://a.test/of-map</loc></url></urlset>"
    head = '<base href="/in/"><link rel=canonical href="/own"><style>p{background:url(style.png)}</style>'
    body = (
        '<a href="link">l</a><iframe src="frame"></iframe><object data="object"></object><embed src="embed">'
        '<img srcset="one.png 1x, two.png 2x" data-src="late.png"><p style="background:url(inline.png)">x'
    )
    site = kit.site(
        {
            "/": kit.answer(head + body, headers=("Link: </by-header.css>; rel=preload; as=style",)),
            "/robots.txt": kit.answer(
                "Sitemap: /map.xml\nSitemap: http://a.test/feed.xml\nSitemap: http://a.test/list.txt"
            ),
            "/map.xml": kit.answer(index, kind="application/xml"),
            "/map-2.xml": kit.answer(inner, kind="application/xml"),
            "/feed.xml": kit.answer(feed, kind="application/rss+xml"),
            "/list.txt": kit.answer("http://a.test/of-list\n", kind="text/plain"),
            "/in/link": kit.answer("<p>wait", headers=("Refresh: 1; url=/by-refresh",)),
            "/of-map": kit.answer("<meta http-equiv=refresh content='9;url=/by-meta'><p>x"),
            "/of-list": kit.answer("<a href='/utf16'>x</a>".encode("utf-16"), kind="text/html"),
        }
    )
    assert kit.crawl(site).run()["state"] == "complete"
    named = "link frame object embed one.png two.png late.png style.png inline.png".split()
    others = "by-header.css of-feed of-map of-list by-refresh by-meta utf16 map-2.xml".split()
    asked = set(site.paths())
    assert {*(f"/in/{name}" for name in named), *(f"/{name}" for name in others)} <= asked
    assert "/own" not in asked
