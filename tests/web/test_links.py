"""Addresses that a page's links lead to, as Debian's Chromium resolved the same pages."""

from __future__ import annotations

import pytest

from web.document import Document
from web.urls import Resolver

PAGE = "http://site.test/folder/page.html"
HTML = "text/html; charset=utf-8"


def links(markup: str, charset: str = "utf-8") -> list[str]:
    """Addresses without the site."""
    body = markup.encode(charset, "xmlcharrefreplace")
    document = Document(body, PAGE, f"text/html; charset={charset}")
    return [link.url.removeprefix("http://site.test") for link in document.links]


@pytest.mark.parametrize(
    ("charset", "reference", "url"),
    [
        ("windows-1256", "q.aspx?n=کتاب&ي=ك", "/folder/q.aspx?n=%98%CA%C7%C8&%ED=%DF"),
        ("windows-1256", "q.aspx?n=پژوهش ۱۲", "/folder/q.aspx?n=%81%8E%E6%E5%D4%20%26%231777%3B%26%231778%3B"),
        ("windows-1256", "فرم/q.html", "/folder/%D9%81%D8%B1%D9%85/q.html"),
        ("windows-1256", "q.html#?n=کتاب", "/folder/q.html"),
        ("windows-1256", "//site.test/q?n=کتاب#x", "/q?n=%98%CA%C7%C8"),
        ("iso-8859-6", "q.aspx?n=كتاب", "/folder/q.aspx?n=%E3%CA%C7%C8"),
        ("shift_jis", "q?ア", "/folder/q?%83A"),
        ("utf-8", "q.aspx?n=کتاب", "/folder/q.aspx?n=%DA%A9%D8%AA%D8%A7%D8%A8"),
    ],
)  # fmt: skip
def test_letters_of_a_query_are_in_the_pages_own_character_set(
    charset: str, reference: str, url: str
) -> None:
    assert links(f'<a href="{reference}">x</a><p>متن</p>', charset) == [url]


def test_an_address_of_another_kind_stays_in_utf8() -> None:
    assert links('<a href="mailto:a@site.test?subject=متن">x</a>', "windows-1256") == [
        "mailto:a@site.test?subject=%D9%85%D8%AA%D9%86"
    ]


def test_a_page_in_utf16_asks_in_utf8() -> None:
    assert Resolver(PAGE, "utf-16-le")("?ن") == f"{PAGE}?%D9%86"


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<body><noscript><img src=twin.png><a href=/without.html>x</a></noscript><a href=a>x</a>", ["/folder/a"]),
        ("<body><noscript><base href=/b/></noscript><a href=a>x</a>", ["/folder/a"]),
        ("<head><noscript><link rel=stylesheet href=n.css><style>p { background: url(n.png) }</style></noscript>", []),
        ("<noscript><meta http-equiv=refresh content='0;url=/no.html'></noscript><a href=a>x</a>", ["/folder/a"]),
        ("<svg><base href=/b/></svg><a href=a>x</a>", ["/folder/a"]),
        ("<body><noscript><base href=/b/></noscript><base href=/c/><a href=a>x</a>", ["/c/a"]),
    ],
)  # fmt: skip
def test_what_a_browser_with_scripts_does_not_read_is_no_link(markup: str, expected: list[str]) -> None:
    assert links(markup) == expected


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("\n a.html\t", "/folder/a.html"),
        ("a.html #x", "/folder/a.html%20"),
        ("\u00a0a.html", "/folder/%C2%A0a.html"),
        ("a.html\u00a0", "/folder/a.html%C2%A0"),
        ("a.html\u3000", "/folder/a.html%E3%80%80"),
    ],
)
def test_white_space_that_browsers_keep_is_part_of_the_address(reference: str, url: str) -> None:
    assert links(f'<a href="{reference}">x</a>') == [url]


@pytest.mark.parametrize(
    ("sheet", "expected"),
    [
        (".a { behavior: url(PIE.htc); background: url(a.png) }", ["/folder/a.png"]),
        (".a { -moz-binding: url(a.xml#b) }", []),
        (r'.a { background: url("a\28 1\29 .png") }', ["/folder/a(1).png"]),
        (".a::after { content: '/*' } .a { background: url(a.png) } .a::before { content: '*/' }", ["/folder/a.png"]),
        ("/* url(no.png) */ .a { background: url('a.png') }", ["/folder/a.png"]),
        ("@import '/a.css'; /* '", ["/a.css"]),
    ],
)  # fmt: skip
def test_a_style_sheet_loads_what_browsers_load(sheet: str, expected: list[str]) -> None:
    assert links(f"<style>{sheet}</style>") == expected


@pytest.mark.parametrize(
    "pattern", ["{{item.url}}", "/n/${id}", "/n/<%= id %>", "/img-{width}.jpg", "[[url]]"]
)
def test_a_pattern_for_scripts_is_no_link_on_a_page_that_has_some(pattern: str) -> None:
    anchor = f'<a href="{pattern}">x</a>'
    assert links(f"{anchor}<script src=/s.js></script>") == ["/s.js"]
    assert len(links(anchor)) == 1, "nobody will fill it in"


@pytest.mark.parametrize(
    "attributes",
    [
        "onclick='openLogin()'",
        "role=button",
        "role=tab aria-controls=a",
        "aria-expanded=false",
        "data-toggle=modal",
        "data-bs-toggle=offcanvas",
        "data-fancybox",
        "ng-click=open()",
        "@click=open()",
        "v-on:click.prevent=open()",
        "(click)=open()",
        "wire:click=open",
    ],
)
def test_a_fragment_on_which_a_script_acts_is_no_place(attributes: str) -> None:
    document = Document(
        f"<a href='#login' {attributes}>x</a><a href='a.html#b' {attributes}>x</a>".encode(), PAGE, HTML
    )
    assert [link.handled for link in document.links] == [True, False]


@pytest.mark.parametrize(
    "attributes", ["", "target=_blank", "class=menu id=one title='بخش ورود'", "data-id=7", "rel=nofollow"]
)
def test_a_fragment_of_a_plain_link_is_a_place(attributes: str) -> None:
    document = Document(f"<a href='#login' {attributes}>x</a>".encode(), PAGE, HTML)
    assert [link.handled for link in document.links] == [False]
