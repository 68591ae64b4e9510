"""A crawl with a real browser: what of a claimed page is kept, and what is told of the rendering at the end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest

from crawler.browser.renderer import find_browser
from evidence.kinds.accessibility import AccessibilityFacts
from evidence.kinds.crawl import CrawlFacts
from evidence.kinds.page import PageFacts
from evidence.kinds.screenshot import ScreenshotFacts
from tests.crawler.conftest import ENOUGH_TEXT, Answer, Crawl, Kit, Site

pytestmark = pytest.mark.sockets

APP = f"""<!doctype html><html lang=fa dir=rtl><meta charset=utf-8><title>خدمت</title><body><h1>خدمت</h1>{ENOUGH_TEXT}
<button id=b aria-expanded=false>درخواست</button><div id=p></div>
<script>b.onclick = () => {{ p.innerHTML = '<form><label>کد ملی <input name=nin></label></form>' }}</script>"""


DELAY = 0.15
CLOCKS = 0.002  # seconds: our clock and the kernel's are two


@dataclass
class Round:
    """One crawl of three portals, each at a site of its own. by_browser: visits of the second by the browser."""

    sites: list[Site]
    crawl: Crawl
    outcome: dict[str, Any]
    by_browser: Counter[str]


def breaking(kit: Kit, by_browser: Counter[str]) -> Site:
    """The first time the browser comes to one page, the server hangs up; at another page it always does."""
    home = "<title>درگاه</title><main><p>متن</p><a href=/plain>خدمت</a><a href=/never>دیگر</a></main>"
    site = kit.site({"/": kit.answer(home)}, address="127.0.6.2")
    plain = kit.answer("<title>ساده</title><table><tr><td>بی اسکریپت</table><form><input name=q></form>")
    never = kit.answer(
        "<title>هرگز</title><section><article><h1>هیچ</h1><ul><li>یک</ul></article></section><iframe></iframe>"
    )

    def fallback(path: str, visit: int) -> Answer:
        latest = next(asked for asked in reversed(site.asked) if asked.path == path)
        if b"Upgrade-Insecure-Requests" in latest.raw:
            by_browser[path] += 1
            if path == "/never" or (path == "/plain" and by_browser[path] == 1):
                return lambda connection: None
        return {"/plain": plain, "/never": never}.get(path, kit.answer("no", "404 Not Found"))

    site.fallback = fallback
    return site


@pytest.fixture(scope="module")
def rendered(module_kit: Kit) -> Round:
    kit, by_browser = module_kit, Counter[str]()
    menu = f"<script>document.body.innerHTML = '<a href=/od>داده‌های باز</a>{ENOUGH_TEXT}'</script>"
    sites = [
        kit.site(
            {
                "/": kit.answer("<title>درگاه</title><p>متن</p><a href=/app>خدمت</a><a href=/plain>دیگر</a>"),
                "/faq": kit.answer(
                    f"<title>پرسش</title>{ENOUGH_TEXT * 9}<p id=p><script>p.id = 'made'</script>"
                ),
                "/app": kit.answer(APP),
                "/plain": kit.answer("<title>ساده</title><p>بی اسکریپت</p><a href=/faq#made>پرسش</a>"),
            },
            address="127.0.6.1",
        ),
        breaking(kit, by_browser),
        kit.site(
            {"/": kit.answer(f"<title>درگاه</title><body>{menu}"), "/od": kit.answer("<p>x")},
            address="127.0.6.3",
        ),
    ]
    names = "abc"
    crawl = kit.crawl(
        sites[0],
        agencies=[{"id": name, "portal": f"http://{name}.test/"} for name in names],
        hosts={f"{name}.test:80": site.target for name, site in zip(names, sites, strict=True)},
        services=[{"url": "http://a.test/app"}],
        crawl={"render": "auto", "delays": {"a.test": DELAY}},
        browser=str(find_browser()),
        alone_delays=40,  # a busy machine takes its time until the browser asks
    )
    return Round(sites, crawl, crawl.run(timeout=240), by_browser)


def test_a_page_in_the_browser_waits_for_its_turn(rendered: Round) -> None:
    assert rendered.outcome["state"] == "complete"
    asked = sorted(rendered.sites[0].asked, key=lambda one: one.arrived)
    visits = [b"upgrade-insecure-requests" in one.raw.lower() for one in asked]
    assert sum(visits) >= 3  # the home page, and the claim twice
    last, by_browser = asked[0], None
    for one, visit in zip(asked[1:], visits[1:], strict=True):
        if visit:
            assert one.arrived - last.arrived > DELAY - CLOCKS, one.path
            by_browser = one
        elif one.path != "/favicon.ico":
            # a page that took more than five seconds to begin has lost its turn
            begun_late = by_browser is not None and by_browser.arrived - last.arrived > 4.0
            if by_browser is not None and not begun_late:
                assert one.arrived - by_browser.arrived > DELAY - CLOCKS, one.path
            last, by_browser = one, None


def test_a_claimed_page_is_kept_with_its_picture_and_what_was_opened(rendered: Round) -> None:
    crawl = rendered.crawl
    pages = {c.url: c for c in crawl.captures("a", "page") if c.attempt == 1}
    assert set(pages) == {"http://a.test/", "http://a.test/app"}
    others = {c.url for name in "bc" for c in crawl.captures(name, "page")}
    others.add("http://a.test/faq")  # at its second visit
    assert rendered.outcome["coverage"]["rendered"] == len(pages) + len(others)
    account = crawl.captures("a", "crawl")[-1].facts
    assert isinstance(account, CrawlFacts) and account.fetched >= 3
    app = pages["http://a.test/app"]
    assert isinstance(app.facts, PageFacts)
    assert [words for _, _, words in app.facts.opened] == ["درخواست"]
    assert b'<div data-opened="1">' in crawl.body(app)
    (facts,) = (
        c.facts
        for c in crawl.captures("a", "screenshot")
        if isinstance(c.facts, ScreenshotFacts) and c.facts.of == app.id
    )
    assert facts.media_type == "image/jpeg" and facts.full_page
    assert {"body > h1", "button#b"} <= {box[0] for box in facts.boxes}


def test_a_page_that_could_not_be_measured_is_visited_for_it_once_more(rendered: Round) -> None:
    captures = rendered.crawl.captures("b", "accessibility")
    told = {c.url: c.facts for c in captures if isinstance(c.facts, AccessibilityFacts)}
    assert told["http://b.test/plain"].failure is None and told["http://b.test/plain"].axe == "done"
    assert told["http://b.test/never"].failure is not None
    assert rendered.by_browser["/plain"] == 2
    assert 2 <= rendered.by_browser["/never"] <= 4, "once more, on a busy machine three times"
    assert len(captures) == len(told) == 3


def test_a_catalogue_that_only_a_browser_shows_a_link_to_is_asked_for(rendered: Round) -> None:
    assert "/api/3/action/status_show" in rendered.sites[2].paths()


def test_a_page_that_lacks_a_place_is_shown_where_a_script_may_make_it(rendered: Round) -> None:
    later = {c.url: c for c in rendered.crawl.captures("a", "page") if c.attempt == 2}
    assert set(later) == {"http://a.test/app", "http://a.test/faq"}
    assert b'id="made"' in rendered.crawl.body(later["http://a.test/faq"])
