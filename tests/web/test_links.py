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
        ("<head><noscript><img src=/pixel></noscript><link rel=icon href=i></head><a href=a>x</a>", ["/folder/i", "/folder/a"]),
        ("<title>x</title><!-- <body> --><script>'<p>'</script><noscript><a href=/n>x</a></noscript><a href=a>x</a>", ["/folder/a"]),
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
        ("@font-face { src: url(a.eot); src: url('a.eot?#iefix') format('embedded-opentype'), url(a.woff2) format('woff2') }", ["/folder/a.woff2"]),
        ("@font-face { src: url(a.svg#x) format('svg'), url(a.x) format(foo), url(a.ttf) format( 'truetype' ) }", ["/folder/a.ttf"]),
        ("@font-face { src: url(a.woff2) format('woff2-variations'), url(a.ttc) format(collection) }", ["/folder/a.woff2", "/folder/a.ttc"]),
        ("@font-face { src: url(a.svg) } p { background: url(b.eot.png) }", ["/folder/a.svg", "/folder/b.eot.png"]),
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


# As Chromium 156 asked for /x of these pages, or did not.
LOADED = """<script type=text/jscript src=/x>|<script language=JavaScript1.2 src=/x>|<script type='' src=/x>|<script type=module nomodule src=/x>
<input type=IMAGE src=/x>|<link rel='alternate stylesheet' href=/x>|<link rel=stylesheet type='text/css; charset=utf-8' href=/x>|<link rel=preload as=style href=/x>
<table background=/x>|<table><tr background=/x><td>a|<body background=/x>|<object data=/x>a</object>|<object type=text/html data=/x></object>
<picture><source srcset=/y type=image/jp2><img src=/x></picture>|<picture><source media='(min-width: 9999px)' srcset=/y><img src=/x></picture>
<picture><source srcset='' type=image/webp><img src=/x></picture>|<img src=/x srcset='/y 2x'>|<img src=/x srcset='/y foo'>|<svg><image xlink:href=/x /></svg>
<video><source src=/x></video>|<image src=/x>|<iframe src=/x></iframe>|<picture><source srcset=/x type=image/webp><img src=/y></picture>""".replace(
    "\n", "|"
).split("|")
IDLE = """<script nomodule src=/x>|<script type=text/template src=/x>|<script type=javascript src=/x>|<script language=vbscript src=/x>|<script type=application/json src=/x>
<input type=text src=/x>|<input src=/x>|<link rel=stylesheet disabled href=/x>|<link rel=stylesheet type=text/less href=/x>|<link rel=preload href=/x>|<link rel=preload as=foo href=/x>
<div background=/x>|<p background=/x>|<table><caption background=/x>
<picture><source src=/x><img src=/y></picture>|<source src=/x>|<video src=/y><source src=/x></video>|<picture><source srcset=/y type=image/webp><img src=/x></picture>
<picture><source srcset=/y><source srcset=/x></picture>|<picture><source srcset=/x type=image/jp2><img src=/y></picture>|<img src=/x srcset='/y 1x, /z 2x'>|<img src=/x srcset=/y>
<img src=/x srcset='/y 100w, /z 200w'>|<svg><image href=/y xlink:href=/x /></svg>|<iframe srcdoc=a src=/x>|<style type=text/less>p { background: url(/x) }</style>""".replace(
    "\n", "|"
).split("|")


@pytest.mark.parametrize(
    ("markup", "is_loaded"), [*((one, True) for one in LOADED), *((one, False) for one in IDLE)]
)
def test_what_browsers_load_is_a_link(markup: str, is_loaded: bool) -> None:
    assert any(link.startswith("/x") for link in links(markup)) == is_loaded


@pytest.mark.parametrize(
    ("value", "urls"),
    [
        ("photo.jpg", ["/folder/photo.jpg"]),
        ("/media/7", ["/media/7"]),
        ("//site.test/a", ["/a"]),
        ("a/b.png?w=1", ["/folder/a/b.png?w=1"]),
        *((none, []) for none in ("7", "slide-1", "#menu", "true", '{"a": "b.png"}', "a.png, b.png", "آ ب")),
    ],
)
def test_what_scripts_read_later_is_a_link_if_it_is_an_address(value: str, urls: list[str]) -> None:
    assert links(f"<img data-src='{value}'>") == urls
    assert links(f"<iframe data-src='{value}'></iframe>") == urls
