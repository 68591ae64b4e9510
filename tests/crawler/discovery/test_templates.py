"""Which pages of a portal are measured, and that the crawl measures them once and no more than six."""

from __future__ import annotations

import json
import random
from itertools import pairwise
from typing import Any

import pytest

from crawler.browser.renderer import find_browser
from crawler.discovery.templates import MOST_PAGES, ChosenPage, Templates, shape
from evidence.kinds.accessibility import AccessibilityFacts
from evidence.kinds.screenshot import ScreenshotFacts
from evidence.records import Capture
from tests.crawler.conftest import Kit

pytestmark = pytest.mark.sockets

BROWSER = str(find_browser(None))
FRAME = '<div class="wrap"><header class="top"><nav class="menu main"><ul class="items"></ul></nav></header>{}<footer class="end"><div class="links"></div></footer></div>'
BODIES = {
    "news": '<main><article class="story"><h1></h1><div class="text"></div></article><aside class="tags"></aside></main>',
    "list": '<main><section class="cards"><div class="card big"></div><ol class="pager"></ol></section></main>',
    "form": '<main><form class="request"><fieldset class="step"></fieldset><div class="buttons"></div></form></main>',
    "table": '<main><div class="report"><table class="grid rows"></table><h2 class="caption"></h2></div></main>',
    "plain": "<main><h2></h2></main>",
    "films": '<main><div class="film"><video class="player"></video><iframe class="map"></iframe></div></main>',
    "faq": '<main><dl class="questions"></dl><section class="ask"><form class="mail"></form></section></main>',
}


def page(kind: str, extra: str = "") -> str:
    return FRAME.format(BODIES[kind] + extra)


def test_repetition_and_numbers_make_no_template() -> None:
    card = '<div class="card item-17"></div>'
    one = page("list", card)
    many = page("list", "".join(card.replace("17", str(n)) for n in range(60)))
    assert shape(one) == shape(many)
    distances = [(shape(page(a)) ^ shape(page(b))).bit_count() for a, b in pairwise(BODIES)]
    assert min(distances) > 4


def test_a_page_of_one_endless_tag_is_read_in_bounds() -> None:
    assert shape("<div " * 200_000) == shape("<div ")
    assert shape("") == 0


def filled(pages: list[tuple[str, str]]) -> Templates:
    templates = Templates()
    for url, kind in pages:
        claim = "http://a.test/form/1" if url.endswith("/form/1") else None
        templates.met(ChosenPage(url, "c" + url), page(kind), home=url == "http://a.test/", claim=claim)
    return templates


PAGES = [("http://a.test/", "plain")] + [
    (f"http://a.test/{kind}/{n}", kind) for place, kind in enumerate(BODIES) for n in range(1, 9 - place)
]


def test_home_entry_and_the_biggest_templates() -> None:
    chosen = [page.url for page in filled(PAGES).choose(["http://a.test/none", "http://a.test/form/1"])]
    assert chosen[:2] == ["http://a.test/", "http://a.test/form/1"]
    assert chosen[2:] == [f"http://a.test/{kind}/1" for kind in ("news", "list", "table", "films")]
    assert len(chosen) == MOST_PAGES


def test_the_order_of_arrival_changes_nothing() -> None:
    first = filled(PAGES).choose([])
    for seed in range(5):
        mixed = list(PAGES)
        random.Random(seed).shuffle(mixed)
        assert filled(mixed).choose([]) == first


def test_nothing_met_is_nothing_chosen() -> None:
    assert Templates().choose(["http://a.test/x"]) == ()


@pytest.fixture
def portal(kit: Any) -> Any:
    """A portal of four templates, an entry, and a page that a firewall keeps for browsers."""
    links = "".join(f'<a href="/{kind}/{n}">{kind}</a>' for kind in ("news", "list", "form") for n in (1, 2))
    answers = {"/": kit.answer(page("plain", links))}
    for kind in ("news", "list", "form"):
        answers |= {f"/{kind}/{n}": kit.answer(page(kind)) for n in (1, 2)}
    return kit.site(answers)


def crawl(kit: Any, portal: Any, render: str = "auto", **options: Any) -> Any:
    return kit.crawl(
        portal,
        name=render,
        crawl={"render": render},
        browser=BROWSER,
        services=[{"url": "http://a.test/form/2"}],
        **options,
    )


def measured(run: Any) -> list[Capture]:
    return run.captures("a", "accessibility")  # type: ignore[no-any-return]


@pytest.mark.thorough
def test_the_crawl_measures_each_template_once_though_it_was_killed_meanwhile(kit: Any, portal: Any) -> None:
    run = crawl(kit, portal)
    process = run.start()
    kit.wait_for(lambda: any(c.kind == "accessibility" for c in run.committed()))
    kit.kill(process)
    before = [c.id for c in measured(run)]
    assert run.run()["state"] == "complete"
    found = measured(run)
    assert [c.id for c in found][: len(before)] == before
    assert sorted(c.url for c in found) == [
        "http://a.test/", "http://a.test/form/2", "http://a.test/list/1", "http://a.test/news/1",
    ]  # fmt: skip
    pictures = {
        c.facts.of: c for c in run.captures("a", "screenshot") if isinstance(c.facts, ScreenshotFacts)
    }
    for capture in found:
        facts = capture.facts
        assert isinstance(facts, AccessibilityFacts)
        assert (facts.status, facts.finished, facts.challenge, facts.axe) == (200, True, None, "done")
        assert run.body(pictures[capture.id]).startswith(b"\xff\xd8\xff")
        assert json.loads(run.body(capture))["wide"]["html"]["direction"] == "ltr"
    # what rests on rendered pages does not see these visits
    assert {c.url for c in run.captures("a", "page")} == {"http://a.test/"}


def test_without_a_browser_nothing_is_measured(kit: Any, portal: Any) -> None:
    run = crawl(kit, portal, render="never")
    assert run.run()["state"] == "complete"
    assert measured(run) == []


def test_a_firewalls_page_is_known_as_such(kit: Kit) -> None:
    def gate(path: str, visit: int) -> bytes:
        gated = kit.answer('<title>Just a moment...</title><div id="challenge-running">Checking</div>')
        return kit.answer(page("plain")) if visit == 1 else gated

    site = kit.site({})
    site.fallback = gate
    run = kit.crawl(site, crawl={"render": "auto"}, browser=BROWSER)
    assert run.run()["state"] == "complete"
    (capture,) = measured(run)
    assert isinstance(capture.facts, AccessibilityFacts)
    assert capture.facts.challenge == "cloudflare"
