"""Pages made inert, and what a real browser does with them: nothing."""

from __future__ import annotations

import http.server
import re
import threading
import urllib.parse
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from crawler.browser.renderer import find_browser
from reports.export.inert import inert

pytestmark = pytest.mark.sockets

URL = "https://a.test/p/"
RUN = "fetch('/ran?CASE')"  # what a page would do with a browser

# name -> a page that acts by itself where a browser lets it
ACTING = {
    "script": f"<script>{RUN}</script>",
    "module": f"<script type=module>{RUN}</script>",
    "loaded script": "<script src='/ran.js?CASE'></script>",
    "drawing's script": f"<svg><script>{RUN}</script></svg>",
    "handler": f"<img src=/none onerror=\"{RUN}\">",
    "body's handler": f"<body onload=\"{RUN}\">",
    "handler in capitals": f"<IMG SRC=/none ONERROR=\"{RUN}\">",
    "drawing's handler": f"<svg onload=\"{RUN}\"></svg>",
    "animation": f"<svg><animate attributeName=x dur=1s onbegin=\"{RUN}\"></animate></svg>",
    "details": f"<details open ontoggle=\"{RUN}\">x</details>",
    "focus": f"<input autofocus onfocus=\"{RUN}\">",
    "frame": f"<iframe srcdoc=\"<script>{RUN}</script>\"></iframe>",
    "frame address": f"<iframe src=\"javascript:{RUN}\"></iframe>",
    "frame address with blanks": f"<iframe src=\" \tjava\nscript:{RUN}\"></iframe>",
    "frame's page": "<iframe src='/ran?CASE'></iframe>",
    "object": "<object data='/ran?CASE'></object>",
    "embed": "<embed src='/ran?CASE'>",
    "refresh": "<meta http-equiv=refresh content='0;url=/ran?CASE'>",
    "shadow root": f"<div><template shadowrootmode=open><img src=/none onerror=\"{RUN}\"></template></div>",
    "not without scripts": f"<noscript><p title=\"</noscript><img src=/none onerror={RUN}>\"></noscript>",
    "frame set": f"<frameset onload=\"{RUN}\"><frame src='/ran?CASE'></frameset>",
    "style in a drawing": f"<svg></p><style><a id=\"</style><img src=/none onerror={RUN}>\">",
    "table": f"<table><img src=/none onerror=\"{RUN}\"></table>",
    "in a list of choices": f"<select><template><img src=/none onerror=\"{RUN}\"></template></select><svg><desc><img src=/none onerror=\"{RUN}\"></desc></svg>",
    "preload": "<link rel=preload as=fetch href='/ran?CASE'><link rel=prefetch href='/ran?CASE'>",
    "video": f"<video autoplay onloadstart=\"{RUN}\" src=/none></video>",
}  # fmt: skip
# does nothing in this browser as it is, or only once it was written and read again; disarmed all the same
QUIET = {
    "refresh with blanks": "<meta http-equiv=' Refresh ' content='0;url=/ran?CASE'>",
    "what changes when read again": f"<form><math><mtext></form><form><mglyph><style></math><img src=/none onerror=\"{RUN}\">",
    "comment in a style": f"<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=/none onerror={RUN}&gt;\">",
    "link": f"<a href=\"javascript:{RUN}\">x</a><a href=\" JaVaScRiPt:{RUN}\">y</a>",
    "drawing's link": f"<svg><a xlink:href=\"javascript:{RUN}\"><text>x</text></a><set attributeName=href to=\"javascript:{RUN}\"></set></svg>",
    "form": f"<form action=\"javascript:{RUN}\"><button formaction=\"javascript:{RUN}\">x</button></form>",
    "vb": "<a href='vbscript:x'>x</a><iframe src='data:text/html,<script>1</script>'></iframe>",
    "cookie": "<meta http-equiv=Set-Cookie content='a=b'>",
    "ping": "<a href=/x ping=/ran?CASE>x</a>",
}  # fmt: skip


def made(dom: str, opened: int = 0) -> str:
    found = inert(dom.encode(), URL, opened)
    assert found is not None
    return found.html.decode()


class Site(http.server.ThreadingHTTPServer):
    """Serves /raw/NAME as it is and /inert/NAME made inert; `ran`: the cases that asked for anything else."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.ran: set[str] = set()


class Answers(http.server.BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        kind, name = (urllib.parse.unquote(part) for part in [*path.split("/"), "", ""][1:3])
        dom = {**ACTING, **QUIET}.get(name)
        if dom is None:
            if path.startswith("/ran"):
                self.server.ran.add(urllib.parse.unquote(query))
            self.send_error(404)
            return
        dom = dom.replace("CASE", f"{kind}/{urllib.parse.quote(name)}")
        body = (dom if kind == "raw" else made(dom)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    server = Site()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def shown(browser: Browser, site: Site, kind: str, name: str) -> Page:
    """In a page of its own: one that leaves by itself would take the next one's place."""
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{site.server_port}/{kind}/{urllib.parse.quote(name)}", wait_until="load")
    page.wait_for_timeout(60)
    return page


def test_what_acts_in_a_browser_acts_no_more(site: Site) -> None:
    executable = find_browser()
    assert executable is not None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(executable), args=["--no-sandbox"])
        for kind in ("raw", "inert"):
            for name in (*ACTING, *QUIET):
                shown(browser, site, kind, name).close()
        for name in [name for name in ACTING if f"raw/{name}" not in site.ran]:  # those that are slower
            for kind in ("raw", "inert"):
                page = shown(browser, site, kind, name)
                page.wait_for_timeout(1500)
                for _ in range(60):
                    if f"raw/{name}" not in site.ran:  # and a busy machine is slower still
                        page.wait_for_timeout(1000)
                page.close()
        browser.close()
    assert sorted(case for case in site.ran if case.startswith("inert/")) == []
    assert [name for name in ACTING if f"raw/{name}" not in site.ran] == []


@pytest.mark.parametrize("name", [*ACTING, *QUIET])
def test_nothing_of_it_is_left(name: str) -> None:
    html = made({**ACTING, **QUIET}[name])
    tags = re.sub(
        r"<style>.*?</style>|=\"[^\"]*\"", lambda m: m.group() if "script:" in m.group() else "", html
    )
    assert not re.search(
        r"<script|<noscript|<template|\son\w+|javascript:|vbscript:|srcdoc|ping=|http-equiv", tags, re.I
    )
    assert made(html) == html


def test_what_is_seen_stays() -> None:
    page = (
        '<!DOCTYPE html><html lang="fa" dir="rtl"><head><meta charset="windows-1256"><title>خانه</title>'
        '<style>p{color:red}</style><link rel="shortcut icon" href="i.ico"><link rel="stylesheet" href="s.css"></head>'
        '<body class="x"><h1 id="a">عنوان &amp; متن</h1><a href="/b">پیوند</a><a href="javascript:void(0)">منو</a>'
        '<svg viewBox="0 0 1 1"><path d="M0"></path><animate attributeName="x" to="1"></animate></svg>'
        '<form action="/go"><input name="a" value="&lt;"></form><div style="background:url(c.png)"></div>'
        '<iframe title="نقشه"></iframe></body></html>'
    )
    expected = page.replace("windows-1256", "utf-8").replace("javascript:void(0)", "#")
    assert made(page) == expected
    found = inert(page.encode(), URL)
    assert found is not None
    assert found.assets == (f"{URL}i.ico", f"{URL}s.css", f"{URL}c.png")


def test_what_opened_controls_brought_is_taken_out_and_a_pages_own_is_not() -> None:
    page = (
        '<div data-opened="1"><div data-opened="2">b</div></div><div data-opened="3">own</div>'
        '<div data-opened="1" class="own">own</div><div data-opened="۱">own</div><p>x</p>'
    )
    assert made(page, 2).count("own</div>") == 3 and ">b<" not in made(page, 2)
    assert made(page, 0).count("data-opened") == 5


def test_a_tree_too_large_to_be_read_is_not_handed_on() -> None:
    assert inert(b"<p>a</p>" * 120_000, URL) is None
    assert inert(b"<b>" * 30_000, URL) is None
    deep = inert(b"<div>" * 19_000 + b"<script>1</script>", URL)
    assert deep is None or b"script" not in deep.html


@pytest.mark.parametrize(
    "dom", ["", "\0\0", "<", "<!--", "<script>", "&#0;", "\ud800", "<![CDATA[x]]>", "<a" * 9999]
)
def test_anything_is_a_page(dom: str) -> None:
    found = inert(dom.encode("utf-8", "surrogatepass"), URL)
    assert found is None or found.html.startswith((b"<html", b"<!--"))
