"""Where elements stand in a page's picture: named as the checks name them, measured where the picture shows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from crawler.browser.limits import PageLimits
from crawler.browser.renderer import RenderedPage
from evidence.kinds.screenshot import ScreenshotFacts
from reports.html.crop import crop_of, numbered
from tests.crawler.conftest import ENOUGH_TEXT
from web.document import Document

pytestmark = pytest.mark.sockets

HEAD = "<!doctype html><html lang=fa dir=rtl><meta charset=utf-8><title>سامانه</title>"
# Everything visible has words of its own, so that everything is worth a place.
PAGES = {
    "plain": "<body><h1>خدمت</h1><p>متن <b>پررنگ</b></p><ul><li>یک<li>دو<li><a href=/x>سه</a></ul><form><label>کد <input></label><button>ثبت</button></form>",
    "names": "<body id=همه class='  a  b '><div id=ok>x<p class=1>a<p class=-a>b<p class='é a'>c<p class='aé'>d<p class='a_b-c'>e<p id='a b'>f<p id='متن'>g<p id='aمتن٣'>h<p class='a.b'>i<p id=''>j<p class='ب a'>k"
    + f"<p id={'a' * 61}>l<p id={'a' * 62}>m<p class='\u00a0\u2003z'>n<p class='x\ufeffy'>o<p id='x\u200cy'>p<p id='a\U0001d7d8'>q",
    "deep": "<body>" + "".join(f"<div class=d{n}>{n}" for n in range(12)) + "<section id=s>s<div>t<span>u<em>v<i>w<b>x<u>y",
    "tables": "<body><table><caption>c<tr><th>a<td>b<tr><td>c<td><table><tr><td>d</table></table><dl><dt>a<dd>b</dl><fieldset><legend>l</legend><select><option>o</select><textarea>t</textarea></fieldset>",
    "frames": "<body><div>a</div><iframe srcdoc='<body class=inner><h2>b</h2><p>c</p>'></iframe><p>d",
    "shadow": f"<body>{ENOUGH_TEXT}<x-a><b>slotted</b></x-a><script>customElements.define('x-a', class extends HTMLElement {{ constructor() {{ super(); this.attachShadow({{mode: 'open'}}).innerHTML = '<p class=in>in</p><slot></slot><p>after</p>' }} }})</script>",
    "unseen": "<body><template><p>t</p></template><noscript><p>n</p></noscript><p>a</p><svg width=20 height=20><text y=10>s</text></svg><p>b</p>",
    "opened": f"<body>{ENOUGH_TEXT}<div><p>a</p></div><button id=b aria-expanded=false>c</button><div><p>d</p></div><script>b.onclick = () => document.querySelector('div').append(document.createElement('p'), 'تازه')</script>",
}  # fmt: skip


@pytest.fixture(scope="module")
def lab(browser_lab: Callable[..., Any]) -> Any:
    return browser_lab(PageLimits(boxes=100_000, still_seconds=0.3), address="127.63.3.1", contexts=3)


@pytest.fixture(scope="module")
def pictured(lab: Any) -> dict[str, RenderedPage]:
    urls = {name: lab.serve("/" + name, HEAD + body) for name, body in PAGES.items()}
    pages: dict[str, RenderedPage] = lab.render_all(urls, picture=True)
    return pages


@pytest.mark.parametrize("name", PAGES)
def test_places_are_named_as_the_checks_name_them(pictured: dict[str, RenderedPage], name: str) -> None:
    page = pictured[name]
    document = Document(page.dom, "http://site.test/", "text/html; charset=utf-8")
    silent = (
        "html",
        "head",
        "meta",
        "title",
        "script",
        "slot",
        "iframe",
        "svg",
        "x-a",
        "ul",
        "dl",
        "table",
        "tbody",
        "tr",
    )
    expected = [
        (path, nth)
        for path, nth, node in numbered(document)
        if node.tag not in silent
        and ("data-frame" not in node.attributes)
        and (node.tag in ("input", "form", "fieldset", "select", "textarea") or node.text(deep=False).strip() or node.tag in ("li", "p", "h1", "td", "label"))
        and node.tag != "option"
    ]  # fmt: skip
    assert [box[:2] for box in page.boxes] == expected
    assert len(expected) >= 3


def test_boxes_are_where_the_picture_has_them(lab: Any) -> None:
    body = """<body style='margin:0'><div style='height:100vh'>پرده</div><h1 style='margin:0;height:40px;width:300px'>عنوان</h1>
        <iframe style='position:absolute;left:100px;top:900px;border:5px solid;width:200px;height:100px' srcdoc="<body style='margin:0'><p style='margin:10px;height:20px;width:50px'>x"></iframe>
        <details style='position:absolute;left:400px;top:900px'><summary>بسته</summary><h2>درون</h2></details><h3 style='visibility:hidden'>نهان</h3>
        <p style='position:absolute;left:10px;top:9000px'>زیر تصویر</p>"""  # fmt: skip
    page = lab.render(lab.serve("/where", HEAD + body), picture=True)
    boxes = {box[0]: box[2:] for box in page.boxes}
    width, height = page.screenshot_size
    assert (width, height) == (1366, 8000)
    assert boxes["body > div"] == (0, 0, 1366, 8000), "the window was as high as the picture"
    assert boxes["body > div > p"] == (115, 915, 50, 20)
    assert "body > details > summary" in boxes
    assert not {"body > p", "body > details > h2", "body > h3"} & set(boxes), "what the picture does not show"


def test_what_a_higher_window_sets_off_is_not_told_as_the_pages_own(lab: Any) -> None:
    """A list that grows as far as the window shows would seem to have lost data that we did not wait for."""
    script = "<script>onresize = () => fetch('/more?' + innerHeight).catch(() => 0)</script>"
    page = lab.render(
        lab.serve("/grows", f"{HEAD}<body><div style='height:4000px'>a</div><input>{script}"), picture=True
    )
    assert [url for _, url, _, _ in page.facts.requests] == ["http://site.test/grows"]
    assert any(path.startswith("/more?4") for path in lab.sites["site.test"].paths())


def test_a_crop_is_of_the_element_whose_words_are_quoted(lab: Any) -> None:
    texts = ["خدمت نخست به صورت حضوری است", "خدمت دوم به صورت حضوری است", "خدمت دوم"]
    items = "".join(f"<li style='height:300px'>{text}</li>" for text in texts)
    page = lab.render(lab.serve("/list", f"{HEAD}<body><h1>خدمات</h1><ul>{items}</ul>"), picture=True)
    width, height = page.screenshot_size
    facts = ScreenshotFacts("c", "image/jpeg", width, height, True, page.boxes)
    document = Document(page.dom, "http://site.test/", "text/html; charset=utf-8")
    found = [crop_of(facts, "body > ul > li", text, lambda: document) for text in (*texts, "نیست")]
    where = {box[1]: box[2:] for box in page.boxes if box[0] == "body > ul > li"}
    assert [crop and crop.element for crop in found] == [where[0], where[1], where[2], None]
    one = crop_of(facts, "body > h1", "", lambda: None)
    assert (
        one is not None and one.y <= one.element[1] and one.y + one.height >= one.element[1] + one.element[3]
    )
    assert one.x >= 0 and one.x + one.width <= facts.width
    assert crop_of(facts, "body > h2", "خدمات", lambda: document) is None
