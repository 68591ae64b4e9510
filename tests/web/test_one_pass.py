"""Site maps and style sheets that are never closed, or full of spaces, keep nobody busy: they are read on the crawl's loop."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from web.links import css_references
from web.sitemaps import sitemap_entries

SITE = "https://portal.test/"
MANY = 100_000


def targets(css: str) -> list[str]:
    return [link.url for link in css_references(css, SITE)]


def listed(text: str) -> tuple[str, ...]:
    return sitemap_entries(text.encode())


BUSY: dict[str, tuple[Callable[[str], object], str]] = {
    "comments": (targets, "/* " * MANY),
    "addresses": (targets, "url(" * MANY),
    "addresses that begin": (targets, "url(a " * MANY),
    "an address with a gap": (targets, f"url(a{' ' * MANY}b)"),
    "a quoted address with a gap": (targets, f"url('a'{' ' * MANY}b)"),
    "imports": (targets, "@import " * MANY + " " * MANY),
    "entries": (listed, "<loc>" * MANY),
    "entries that never begin": (listed, "<loc " * MANY),
    "an entry with a gap": (listed, f"<loc>a{' ' * MANY}b<"),
    "a gap for an entry": (listed, f"<loc>{' ' * MANY}<"),
    "links": (listed, "<link " * MANY),
    "links with addresses": (listed, '<link href="http://' * MANY),
    "a link of addresses": (listed, "<link " + 'href="http://a ' * MANY),
    "a feed's link with a gap": (listed, f"<link>http://a{' ' * MANY}b"),
}


@pytest.mark.parametrize(("read", "text"), BUSY.values(), ids=BUSY.keys())
def test_what_a_pattern_would_read_over_and_over(read: Callable[[str], object], text: str) -> None:
    began = time.process_time()
    read(text)
    assert time.process_time() - began < 3


CSS: dict[str, list[str]] = {
    "p{background:url( a.png )}": ["a.png"],
    "url('a b.png') url( \"c.png\" ) URL(d.png)": ["a%20b.png", "c.png", "d.png"],
    "@import 'e.css'; @import  \"f.css\";": ["e.css", "f.css"],
    "/* url(a.png) */ url(b.png) /* url(c.png)": ["b.png"],  # what is not closed goes on to the end
    "@namespace url(http://www.w3.org/1999/xhtml); url(g.png)": ["g.png"],
    "url(a b.png) url(h(1).png) url(i.png)": ["i.png"],  # browsers load none of the first two
    "url() url('') url(j.png": [],
}


@pytest.mark.parametrize(("css", "expected"), CSS.items())
def test_what_a_style_sheet_loads(css: str, expected: list[str]) -> None:
    assert [url for url in targets(css) if url != SITE] == [SITE + name for name in expected]


MAPS: dict[str, tuple[str, ...]] = {
    "<loc> https://portal.test/a </loc><sm:loc a=b>\nb\n</sm:loc>": ("https://portal.test/a", "b"),
    "<loc><![CDATA[ https://portal.test/c?a=1&b=2 ]]></loc>": ("https://portal.test/c?a=1&b=2",),
    "<loc></loc><loc> </loc><loc>d": (),
    "<item><link> https://portal.test/e </link></item><link><![CDATA[https://portal.test/f]]></link>": (
        "https://portal.test/e", "https://portal.test/f"),
    '<entry><link rel="x" href="https://portal.test/g"/></entry><link href="/h">': ("https://portal.test/g",),
    "<link href='https://portal.test/i' rel=y></link>": ("https://portal.test/i",),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), MAPS.items())
def test_what_a_site_map_lists(text: str, expected: tuple[str, ...]) -> None:
    assert listed(text) == expected
