"""What the renderer opens on a page to see what stands behind it, and what it leaves alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from crawler.browser.limits import PageLimits
from crawler.browser.renderer import RenderedPage
from tests.crawler.conftest import ENOUGH_TEXT

pytestmark = pytest.mark.sockets

HEAD = f"<!doctype html><html lang=fa dir=rtl><meta charset=utf-8><title>سامانه</title><body><h1>خدمت</h1><p>متن صفحه</p>{ENOUGH_TEXT}"
FORM = "<form method=post><label>کد ملی <input name=nin></label><button>ثبت</button></form>"

# One shape each: the form is made by the control's script and was not in the page before.
KINDS: dict[str, tuple[str, str]] = {
    "details": ("details", "<details id=d><summary>شروع درخواست</summary></details><script>d.ontoggle = () => { d.append(make()) }</script>"),
    "expanded": (
        "expanded",
        "<button id=b aria-expanded=false>درخواست</button><div id=p></div>"
        "<script>b.onclick = () => { b.ariaExpanded = 'true'; p.append(make()) }</script>",
    ),
    "menu that fetches": (
        "expanded",
        "<div id=b role=button aria-expanded=false>خدمات</div><div id=p></div>"
        "<script>b.onclick = async () => { p.innerHTML = await (await fetch('/part')).text() }</script>",
    ),
    "tab on mousedown": (
        "tab",
        "<div role=tablist><span role=tab aria-selected=true>معرفی</span><span role=tab id=b aria-selected=false>درخواست</span></div>"
        "<div id=p>معرفی خدمت</div><script>b.onmousedown = () => { p.replaceChildren(make()) }</script>",
    ),
    "accordion of a framework": (
        "toggle",
        "<a id=b href='#p' data-toggle=collapse>درخواست</a><div id=p></div>"
        "<script>b.onclick = event => { event.preventDefault(); setTimeout(() => p.append(make()), 100) }</script>",
    ),
    "aria-controls": (
        "controls",
        "<button id=b aria-controls=p>درخواست</button><div id=p></div><script>b.onclick = () => p.append(make())</script>",
    ),
    "popover": (
        "popup",
        "<button id=b popovertarget=p>درخواست</button><div id=p popover></div><script>p.onbeforetoggle = () => p.append(make())</script>",
    ),
    "in a shadow tree": (
        "expanded",
        "<x-menu></x-menu><script>customElements.define('x-menu', class extends HTMLElement { constructor() { super();"
        " const root = this.attachShadow({mode: 'open'}); root.innerHTML = '<button aria-expanded=false>درخواست</button>';"
        " root.firstChild.onclick = () => root.append(make()) } })</script>",
    ),
}  # fmt: skip
MAKE = f"<script>const make = () => {{ const box = document.createElement('section'); box.innerHTML = `{FORM}`; return box }}</script>"


@pytest.fixture(scope="module")
def lab(browser_lab: Callable[..., Any]) -> Any:
    return browser_lab(PageLimits(still_seconds=0.3), address="127.63.1.1", contexts=3)


def without_opened(dom: bytes) -> bytes:
    """The page as it was before: what was opened stands in blocks of its own, never one in another."""
    start = re.compile(rb'<div data-opened="\d+">')
    while (found := start.search(dom)) is not None:
        depth, at = 1, found.end()
        for tag in re.compile(rb"<(/?)div\b[^>]*>").finditer(dom, at):
            depth += -1 if tag.group(1) else 1
            if depth == 0:
                dom = dom[: found.start()] + dom[tag.end() :]
                break
    return dom


@pytest.fixture(scope="module")
def opened(lab: Any) -> dict[str, RenderedPage]:
    lab.serve("/part", FORM)
    bodies = enumerate(KINDS.items())
    urls = {name: lab.serve(f"/kind/{n}", HEAD + MAKE + body) for n, (name, (_, body)) in bodies}
    pages: dict[str, RenderedPage] = lab.render_all(urls)
    return pages


@pytest.mark.parametrize("name", KINDS)
def test_what_one_control_hides_is_seen(opened: dict[str, RenderedPage], name: str) -> None:
    kind, page = KINDS[name][0], opened[name]
    assert page.facts.finished
    ((what, selector, words),) = page.facts.opened
    assert (what, words in ("درخواست", "شروع درخواست", "خدمات")) == (kind, True)
    assert selector
    assert page.dom.count(b'<input name="nin">') == 1
    assert re.search(rb'<div data-opened="1">.*<input name="nin">', page.dom, re.DOTALL)
    before = without_opened(page.dom).decode()
    assert 'name="nin"' not in before and "<p>متن صفحه</p>" in before


def test_nothing_is_lost_when_one_tab_puts_another_away(lab: Any) -> None:
    tabs = "".join(
        f"<button role=tab data-n={n} aria-selected={'true' if n == 0 else 'false'}>سربرگ {n}</button>"
        for n in range(4)
    )
    script = """<script>for (const tab of document.querySelectorAll('[role=tab]')) tab.onclick = () => {
        document.querySelectorAll('[role=tab]').forEach(other => { other.ariaSelected = String(other === tab) });
        panel.innerHTML = '<p>محتوای ' + tab.dataset.n + '</p>' }</script>"""  # fmt: skip
    url = lab.serve("/tabs", f"{HEAD}{tabs}<div id=panel><p>محتوای 0</p></div>{script}")
    page = lab.render(url)
    text = page.dom.decode()
    assert [f"<p>محتوای {n}</p>" in text for n in range(4)] == [True] * 4
    assert [words for _, _, words in page.facts.opened] == ["سربرگ 1", "سربرگ 2", "سربرگ 3"]
    for n in (1, 2, 3):
        assert f'<div data-opened="{n}"><p>محتوای {n}</p></div>' in text
    assert lab.render(url).dom == page.dom, "the same page opens the same way"


def test_no_more_than_five_are_opened_and_those_outside_the_frame_first(lab: Any) -> None:
    menu = "".join(
        f"<li><button aria-expanded=false onclick='add(this)'>منو {n}</button></li>" for n in range(4)
    )
    main = "".join(f"<button aria-expanded=false onclick='add(this)'>بخش {n}</button>" for n in range(4))
    body = f"<nav><ul>{menu}</ul></nav><main>{main}</main><script>const add = b => b.after('افزوده ' + b.textContent)</script>"
    page = lab.render(lab.serve("/many", HEAD + body))
    assert [words for _, _, words in page.facts.opened] == ["بخش 0", "بخش 1", "بخش 2", "بخش 3", "منو 0"]
    assert page.dom.count("افزوده".encode()) - 1 == 5  # and once in the script


LEFT_ALONE = {
    "a link that navigates": "<a href=/away aria-expanded=false>منو</a>",
    "a route of the application": "<a href='#/away' role=tab>منو</a>",
    "a link with a ping": "<a href='#' ping=/away aria-expanded=false>منو</a>",
    "a download": "<a href='#' download aria-expanded=false>منو</a>",
    "a submit": "<form action=/away><button aria-expanded=false>ثبت</button></form>",
    "a plain button of a form": "<form action=/away><button type=button aria-expanded=false>ثبت</button></form>",
    "a button of a form elsewhere": "<form id=f action=/away></form><button form=f aria-expanded=false>ثبت</button>",
    "a script that leaves": "<button aria-expanded=false onclick=\"location.href = '/away'\">منو</button>",
    "a script that posts back": "<a href='#' aria-expanded=false onclick=\"__doPostBack('a', '')\">منو</a>",
    "a script around it that leaves": "<div onclick=\"window.open('/away')\"><button aria-expanded=false>منو</button></div>",
    "a box to type in": "<input role=combobox aria-expanded=false aria-controls=x onclick=\"fetch('/away')\">",
    "a combobox": "<div role=combobox aria-expanded=false onclick=\"fetch('/away')\">شهر</div>",
    "a disabled control": "<button disabled aria-expanded=false onclick=\"fetch('/away')\">منو</button>",
    "a hidden control": "<button style='display:none' aria-expanded=false onclick=\"fetch('/away')\">منو</button>",
    "an open one": "<button aria-expanded=true onclick=\"fetch('/away')\">منو</button>",
    "a selected tab": "<button role=tab aria-selected=true onclick=\"fetch('/away')\">منو</button>",
    "an ordinary button": "<button onclick=\"fetch('/away')\">ارسال</button>",
    "a checkbox": "<label><input type=checkbox aria-expanded=false onclick=\"fetch('/away')\">می‌پذیرم</label>",
}  # fmt: skip


def test_what_leads_away_or_sends_is_left_alone(lab: Any) -> None:
    page = lab.render(
        lab.serve("/page", HEAD + "".join(f"<div>{body}</div>" for body in LEFT_ALONE.values()))
    )
    assert page.facts.finished
    assert page.facts.opened == ()
    assert b"data-opened" not in page.dom
    assert "/away" not in lab.sites["site.test"].paths()


# Controls that look harmless, and whose scripts are not.
TRAPS = {
    "navigates": "location = '/away'",
    "navigates late": "setTimeout(() => { location = '/away' }, 100)",
    "changes the route": "location.hash = '#/away'; document.body.append('ELSEWHERE')",
    "pushes a state": "history.pushState(0, '', '/away'); document.body.append('ELSEWHERE')",
    "submits a form": "const f = document.createElement('form'); f.action = '/away'; document.body.append(f); f.submit()",
    "posts": "fetch('/away', {method: 'POST', body: 'x'}); const f = document.createElement('form'); f.action = '/away'; f.method = 'post'; document.body.append(f); f.submit()",
    "opens a window": "window.open('/away')",
    "never returns": "for (;;) ;",
    "navigates for ever": "setInterval(() => { location = '/away?' + Math.random() }, 1)",
    "throws": "document.documentElement.remove(); throw 1",
}  # fmt: skip


@pytest.fixture(scope="module")
def trapped(lab: Any) -> dict[str, RenderedPage]:
    """Every trap is a page of its own, and leads to one of its own."""
    urls = {}
    for n, (name, trap) in enumerate(TRAPS.items()):
        lab.serve(f"/away/{n}", "away")
        script = (
            f"<script>b.addEventListener('click', () => {{ {trap.replace('/away', f'/away/{n}')} }})</script>"
        )
        button = "<button id=b aria-expanded=false>منو</button>"
        urls[name] = lab.serve(f"/trap/{n}", f"{HEAD}{button}{FORM}{script}")
    pages: dict[str, RenderedPage] = lab.render_all(urls)
    return pages


@pytest.mark.parametrize("name", TRAPS)
def test_a_control_that_is_a_trap_costs_nothing_of_what_was_seen_before(
    lab: Any, trapped: dict[str, RenderedPage], name: str
) -> None:
    number, page = list(TRAPS).index(name), trapped[name]
    assert page.facts.finished and page.facts.status == 200
    assert page.facts.final_url == f"http://site.test/trap/{number}"
    assert "<p>متن صفحه</p>" in page.dom.decode() and b'<input name="nin">' in page.dom
    assert b">ELSEWHERE" not in page.dom and b'"ELSEWHERE' not in page.dom
    seen = {(one.method, one.path) for one in lab.sites["site.test"].asked}
    assert ("GET", f"/trap/{number}") in seen
    assert not [path for _, path in seen if path.partition("?")[0] == f"/away/{number}"]
    assert {method for method, _ in seen} == {"GET"}


def test_properties_that_a_form_takes_the_place_of_hide_nothing(lab: Any) -> None:
    """A field named "childNodes" is what `form.childNodes` then means, to everybody."""
    names = "childNodes attributes localName nodeType parentNode shadowRoot getBoundingClientRect ownerDocument isConnected".split()
    fields = "".join(f"<input name={name}>" for name in names)
    documents = "".join(
        f"<img name={name} alt=x>" for name in ("body", "documentElement", "title", "doctype", "scripts")
    )
    page = lab.render(
        lab.serve("/clobber", f"{HEAD}<form>{fields}<p>درون فرم</p></form>{documents}"), picture=True
    )
    assert page.facts.finished and page.facts.title == "سامانه"
    assert "<p>درون فرم</p>" in page.dom.decode()
    assert {"body > form", "body > form > p"} <= {box[0].removeprefix("html > ") for box in page.boxes}
