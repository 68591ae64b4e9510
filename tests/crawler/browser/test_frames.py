"""What a frame of a page loads and leads to is read as the frame's own, wherever its text comes to stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from crawler.browser.limits import PageLimits
from tests.crawler.conftest import ENOUGH_TEXT
from web.document import Document

pytestmark = pytest.mark.sockets

HEAD = "<!doctype html><html lang=fa dir=rtl><meta charset=utf-8><title>سامانه</title>"
INNER = """<a href=next.aspx?id=1>دنبالهٔ متن</a><a href='#part'>بخش</a><a href=/top>بالا</a><a href=mailto:a@site.test>نامه</a>
<img src=chart.svg srcset="small.png 1.5x, large.png 2x" alt=نمودار><table background=wall.gif><tr><td>x</table>
<p style="background: url('line.png')">y</p><style>p { background: url(dot.png) }</style><form action=send method=post><input name=a></form>"""
PAGES = {
    "/menu/page.html": f"<body>{ENOUGH_TEXT}<a href=mine.html>اینجا</a><iframe src=/charts/a/frame.html></iframe>"
    "<iframe src=/charts/b/based.html></iframe><iframe srcdoc='<a href=beside.html>کنار</a><a href=#here>همین</a>'></iframe><a href=last.html>پایان</a>",
    "/charts/a/frame.html": f"<body>{INNER}<iframe src=deep/frame.html></iframe><a href=after.html>پس از آن</a>",
    "/charts/a/deep/frame.html": "<body><a href=leaf.html>برگ</a>",
    "/charts/b/based.html": "<base href=/elsewhere/c/><body><a href=leaf.html>برگ</a>",
}


@pytest.fixture(scope="module")
def page(browser_lab: Callable[..., Any]) -> Document:
    lab = browser_lab(PageLimits(still_seconds=0.3), address="127.63.9.1")
    urls = {path: lab.serve(path, HEAD + body) for path, body in PAGES.items()}
    rendered = lab.render_all({"page": urls["/menu/page.html"]})["page"]
    assert rendered.facts.finished
    return Document(rendered.dom, "http://site.test/menu/page.html", "text/html; charset=utf-8")


def _path(url: str) -> str:
    return url.partition("//")[2].partition("/")[2]


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        (
            "a",
            [
                "menu/mine.html",
                *("charts/a/next.aspx?id=1", "charts/a/frame.html", "top"),
                *("charts/a/deep/leaf.html", "charts/a/after.html", "elsewhere/c/leaf.html"),
                *("menu/beside.html", "menu/page.html", "menu/last.html"),
            ],
        ),
        ("img", ["charts/a/chart.svg", "charts/a/small.png", "charts/a/large.png"]),
        ("table", ["charts/a/wall.gif"]),
        ("css", ["charts/a/line.png", "charts/a/dot.png"]),
        ("iframe", ["charts/a/frame.html", "charts/a/deep/frame.html", "charts/b/based.html"]),
    ],
)
def test_a_link_leads_where_the_browser_would_go(page: Document, element: str, expected: list[str]) -> None:
    assert [_path(link.url) for link in page.links if link.element == element and link.fetchable] == expected


def test_a_form_sends_where_its_own_document_would(page: Document) -> None:
    (form,) = page.tree.css("form")
    assert (form.attributes["action"] or "").endswith("/charts/a/send")


def test_what_is_whole_stays_as_it_was_written(page: Document) -> None:
    assert [link.raw for link in page.links if link.url.startswith("mailto:")] == ["mailto:a@site.test"]


def test_a_query_in_the_pages_own_character_set_is_asked_for_in_it(browser_lab: Callable[..., Any]) -> None:
    lab = browser_lab(PageLimits(still_seconds=0.3), address="127.63.9.2")
    links = "<a href='q.aspx?n=کتاب'>یک</a><a href='کتاب/q.aspx?a=1'>دو</a><a href='mailto:a@site.test?subject=متن'>سه</a>"
    old = (
        HEAD.replace("utf-8", "windows-1256")
        + f"<body>{ENOUGH_TEXT}{links}<iframe src=/in/frame.html></iframe>"
    )
    frame = "<meta charset=windows-1256><a href='q.aspx?n=کتاب'>چهار</a>"
    lab.serve("/in/frame.html", frame.encode("cp1256"), kind="text/html")
    url = lab.serve("/old/page.html", old.encode("cp1256", "xmlcharrefreplace"), kind="text/html")
    rendered = lab.render(url)
    page = Document(rendered.dom, url, "text/html; charset=utf-8")
    assert [_path(link.url) for link in page.links if link.element == "a" and link.fetchable] == [
        "old/q.aspx?n=%98%CA%C7%C8",
        "old/%DA%A9%D8%AA%D8%A7%D8%A8/q.aspx?a=1",
        "in/q.aspx?n=%98%CA%C7%C8",
    ]
    assert "mailto:a@site.test?subject=متن" in rendered.dom.decode()
