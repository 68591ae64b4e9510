"""A crawl with a real browser: what of a claimed page is kept, and what is told of the rendering at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crawler.browser import find_browser
from evidence.records import PageFacts, ScreenshotFacts
from tests.crawler.conftest import ENOUGH_TEXT

pytestmark = pytest.mark.sockets

APP = f"""<!doctype html><html lang=fa dir=rtl><meta charset=utf-8><title>خدمت</title><body><h1>خدمت</h1>{ENOUGH_TEXT}
<button id=b aria-expanded=false>درخواست</button><div id=p></div>
<script>b.onclick = () => {{ p.innerHTML = '<form><label>کد ملی <input name=nin></label></form>' }}</script>"""


DELAY = 0.15
CLOCKS = 0.002  # seconds: our clock and the kernel's are two


@pytest.fixture(scope="module")
def rendered(
    tmp_path_factory: pytest.TempPathFactory, bad_weather_kit: Callable[[Path], Any]
) -> tuple[Any, Any, dict[str, Any]]:
    """(site, crawl, outcome)."""
    kit = bad_weather_kit(tmp_path_factory.mktemp("rendered"))
    site = kit.site(
        {
            "/": kit.answer("<title>درگاه</title><p>متن</p><a href=/app>خدمت</a><a href=/plain>دیگر</a>"),
            "/app": kit.answer(APP),
            "/plain": kit.answer("<title>ساده</title><p>بی اسکریپت</p>"),
        }
    )
    crawl = kit.crawl(
        site,
        services=[{"url": "http://a.test/app"}],
        crawl={"render": "auto", "delay": DELAY},
        browser=str(find_browser()),
        alone_delays=40,  # a busy machine takes its time until the browser asks
    )
    return site, crawl, crawl.run(timeout=120)


def test_a_page_in_the_browser_waits_for_its_turn(rendered: tuple[Any, Any, dict[str, Any]]) -> None:
    site, _, outcome = rendered
    assert outcome["state"] == "complete"
    asked = sorted(site.asked, key=lambda one: one.arrived)
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


def test_a_claimed_page_is_kept_with_its_picture_and_what_was_opened(
    rendered: tuple[Any, Any, dict[str, Any]],
) -> None:
    _, crawl, outcome = rendered
    coverage = outcome["coverage"]
    assert outcome["state"] == "complete"
    pages = {c.url: c for c in crawl.captures("a", "page") if c.attempt == 1}
    assert set(pages) == {"http://a.test/", "http://a.test/app"}
    assert coverage["rendered"] == 2
    assert coverage["visited"] >= 3
    app = pages["http://a.test/app"]
    assert isinstance(app.facts, PageFacts)
    assert [words for _, _, words in app.facts.opened] == ["درخواست"]
    assert b'<div data-opened="1">' in crawl.body(app)
    pictures = [c for c in crawl.captures("a", "screenshot") if c.facts.of == app.id]
    (facts,) = [c.facts for c in pictures]
    assert isinstance(facts, ScreenshotFacts)
    assert facts.media_type == "image/jpeg" and facts.full_page
    assert {"body > h1", "button#b"} <= {box[0] for box in facts.boxes}


def test_a_page_that_could_not_be_measured_is_visited_for_it_once_more(kit: Any) -> None:
    """The first time the browser comes, the server hangs up; at another page it always does."""
    site = kit.site(
        {
            "/": kit.answer(
                "<title>درگاه</title><main><p>متن</p><a href=/plain>خدمت</a><a href=/never>دیگر</a></main>"
            )
        }
    )
    plain = kit.answer("<title>ساده</title><table><tr><td>بی اسکریپت</table><form><input name=q></form>")
    never = kit.answer(
        "<title>هرگز</title><section><article><h1>هیچ</h1><ul><li>یک</ul></article></section><iframe></iframe>"
    )
    by_browser: Counter[str] = Counter()

    def fallback(path: str, visit: int) -> Any:
        latest = next(asked for asked in reversed(site.asked) if asked.path == path)
        if b"Upgrade-Insecure-Requests" in latest.raw:
            by_browser[path] += 1
            if path == "/never" or (path == "/plain" and by_browser[path] == 1):
                return lambda connection: None
        return {"/plain": plain, "/never": never}.get(path, kit.answer("no", "404 Not Found"))

    site.fallback = fallback
    crawl = kit.crawl(site, crawl={"render": "auto"}, browser=str(find_browser()))
    assert crawl.run(timeout=120)["state"] == "complete"
    told = {c.url: c.facts for c in crawl.captures("a", "accessibility")}
    assert told["http://a.test/plain"].failure is None and told["http://a.test/plain"].axe == "done"
    assert told["http://a.test/never"].failure is not None
    assert by_browser["/plain"] == 2 and by_browser["/never"] == 2
    assert len(crawl.captures("a", "accessibility")) == len(told) == 3


def test_a_catalogue_that_only_a_browser_shows_a_link_to_is_asked_for(kit: Any) -> None:
    menu = f"<script>document.body.innerHTML = '<a href=/od>داده‌های باز</a>{ENOUGH_TEXT}'</script>"
    site = kit.site({"/": kit.answer(f"<title>درگاه</title><body>{menu}"), "/od": kit.answer("<p>x")})
    crawl = kit.crawl(site, crawl={"render": "auto"}, browser=str(find_browser()))
    assert crawl.run(timeout=120)["state"] == "complete"
    assert "/api/3/action/status_show" in site.paths()
