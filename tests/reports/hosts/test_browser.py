"""The pages with hosts in the real browser: axe-core finds nothing serious, nothing runs, nothing hangs over."""

from __future__ import annotations

from importlib.resources import files
from itertools import product
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.depth import some

PAGES = ("a.html", "en/a.html", "index.html", "en/index.html", "method.html", "en/method.html")
AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
# cells so narrow that what they say runs down the page
CRUMBS = """() => [...document.querySelectorAll('td')].filter(d => d.clientWidth && d.clientWidth < 90
  && d.clientHeight > 300).map(d => [d.clientWidth, d.clientHeight, d.innerText.slice(0, 60)])"""
RUN = "async () => (await axe.run()).violations.map(v => [v.id, v.impact, v.nodes[0].html.slice(0, 200)])"


@pytest.mark.processes
@pytest.mark.parametrize(("page", "width"), some(product(PAGES, (360, 1280)), 5))
def test_everybody_can_read_it(hosts_shown: Any, browser: Browser, page: str, width: int) -> None:
    # the page's own policy lets no script in, axe-core included
    context = browser.new_context(viewport={"width": width, "height": 800}, bypass_csp=True)
    tab = context.new_page()
    tab.goto((hosts_shown.folder / page).as_uri())
    tab.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert tab.evaluate(CRUMBS) == []
    assert tab.evaluate("document.documentElement.dir") == ("ltr" if page.startswith("en/") else "rtl")
    tab.evaluate(AXE + ";0")
    found = tab.evaluate(RUN)
    assert [told for told in found if told[1] in ("serious", "critical")] == []
    context.close()


@pytest.mark.slow
def test_nothing_runs_and_a_number_opens_its_list(hosts_shown: Any, browser: Browser) -> None:
    context = browser.new_context()
    tab = context.new_page()
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("dialog", lambda dialog: asked.append(f"dialog {dialog.message}"))
    tab.goto((hosts_shown.folder / "a.html").as_uri())
    tab.goto((hosts_shown.folder / "index.html").as_uri())
    tab.click("table.hosts a[href='#hosts-national_only']")
    assert tab.is_visible("#hosts-national_only")
    tab.click("#hosts-national_only li a")
    tab.wait_for_load_state()
    assert tab.url.endswith(hosts_shown.told["national"].anchor)
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    context.close()
