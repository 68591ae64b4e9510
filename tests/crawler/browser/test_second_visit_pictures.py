"""What the second visit of a claim met is shown by a picture, which changes nothing that is judged."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from checks.finding import Finding, Subject
from crawler.browser.renderer import find_browser
from evidence.kinds.http import HttpFacts
from evidence.kinds.screenshot import ScreenshotFacts
from evidence.records import Capture
from evidence.store import EvidenceStore
from reports.html.finding_view import FindingViews, ScreenshotGallery
from tests.crawler.conftest import Answer, Crawl, Kit, Site

pytestmark = pytest.mark.sockets

FORM = "<!doctype html><meta charset=utf-8><title>خدمت</title><body><h1>خدمت</h1><form><input name=q></form>"
SCRIPTED = f"{FORM}<script>document.title = 'خدمت ما'</script>"
CLAIMED = ("/plain", "/gone", "/file", "/closed", "/healed", "/scripted", "/odd\x1b[31m")


@dataclass
class Pictured:
    """by_browser: what the browser asked for, by path."""

    crawl: Crawl
    outcome: dict[str, Any]
    by_browser: Counter[str]
    site: Site

    def pictures(self, path: str) -> list[Capture]:
        """Of exchanges, not of pages that the browser was wanted for."""
        visits = {capture.id for capture in self.crawl.captures("a", "http")}
        return [
            capture
            for capture in self.crawl.captures("a", "screenshot")
            if isinstance(capture.facts, ScreenshotFacts)
            and capture.url.endswith(path)
            and capture.facts.of in visits
        ]


@pytest.fixture(scope="module")
def pictured(module_kit: Kit) -> Pictured:
    kit, by_browser = module_kit, Counter[str]()
    gone = kit.answer("<title>خطا</title><h1>این صفحه نیست</h1>", "404 Not Found")
    answers: dict[str, Answer] = {
        "/": kit.answer(f"<title>درگاه</title>{''.join(f'<a href={path}>خدمت</a>' for path in CLAIMED[:5])}"),
        "/plain": kit.answer(FORM),
        "/data": kit.answer("<title>داده</title><h1>داده</h1>"),
        "/scripted": kit.answer(SCRIPTED),
        "/file": kit.answer(b"%PDF-1.4", kind="application/pdf"),
        "/closed": kit.answer(FORM),
    }
    robots = kit.answer("User-agent: *\nDisallow: /closed", kind="text/plain")
    site = kit.site({"/robots.txt": robots}, address="127.0.6.9")

    def fallback(path: str, visit: int) -> Answer:
        latest = next(asked for asked in reversed(site.asked) if asked.path == path)
        if b"Upgrade-Insecure-Requests" in latest.raw:
            by_browser[path] += 1
            if path == "/healed":
                return kit.answer(FORM)
        return answers.get(path, gone)

    site.fallback = fallback
    crawl = kit.crawl(
        site,
        services=[{"url": f"http://a.test{path}"} for path in CLAIMED],
        datasets=[{"url": "http://a.test/data"}],
        crawl={"render": "auto"},
        browser=str(find_browser()),
    )
    return Pictured(crawl, crawl.run(timeout=240), by_browser, site)


@pytest.mark.parametrize(("path", "status"), [("/plain", 200), ("/gone", 404), ("/data", 200)])
def test_the_second_visit_of_a_claim_has_a_picture(pictured: Pictured, path: str, status: int) -> None:
    assert pictured.outcome["state"] == "complete"
    (picture,) = pictured.pictures(path)
    assert isinstance(picture.facts, ScreenshotFacts) and picture.facts.full_page
    (exchange,) = (c for c in pictured.crawl.exchanges(path) if c.id == picture.facts.of)
    assert isinstance(exchange.facts, HttpFacts)
    assert (exchange.attempt, exchange.facts.status, picture.attempt) == (2, status, 2)
    assert pictured.crawl.body(picture).startswith(b"\xff\xd8\xff")
    assert picture.time >= exchange.time


def test_what_is_pictured_is_no_rendered_page(pictured: Pictured) -> None:
    """A check takes what the browser made of a page for a page; a picture is to change no verdict."""
    assert {c.url for c in pictured.crawl.captures("a", "page")} == {
        "http://a.test/",
        "http://a.test/scripted",
    }


@pytest.mark.parametrize(
    ("path", "visits"),
    [
        ("/file", 0),  # a browser would load it down
        ("/closed", 0),  # robots.txt forbids it
        ("/scripted", 2),  # rendered at each visit anyway
        ("/plain", 1),
        ("/gone", 1),
        ("/healed", 1),
    ],
)
def test_the_browser_goes_there_once_and_only_where_it_may(
    pictured: Pictured, path: str, visits: int
) -> None:
    measured = {c.url for c in pictured.crawl.captures("a", "accessibility")}
    assert pictured.by_browser[path] == visits + (f"http://a.test{path}" in measured)
    assert len(pictured.pictures(path)) == (path in ("/plain", "/gone"))


def test_a_page_that_answers_otherwise_by_then_is_no_picture_of_the_visit(pictured: Pictured) -> None:
    assert pictured.by_browser["/healed"] == 1 and not pictured.pictures("/healed")


def test_a_finding_that_rests_on_the_exchange_shows_its_picture(pictured: Pictured, tmp_path: Path) -> None:
    visits = [capture.id for capture in pictured.crawl.exchanges("/gone")]
    finding = Finding(
        agency="a",
        subject=Subject("service", "s", "http://a.test/gone"),
        check="services.entry",
        check_version=1,
        verdict="contradicted",
        reason="dead",
        observed={"selector": "body > h1", "excerpt": "این صفحه نیست"},
        captures=tuple(visits),
        attempts=2,
        criterion="",
        effect="",
    )
    with EvidenceStore.open(pictured.crawl.folder / "evidence") as store:
        gallery = ScreenshotGallery(store, tmp_path)
        gallery.learn(store.captures("a", "screenshot"))
        (shown,) = FindingViews(store, gallery, [finding]).of("service", "s")
    assert shown.picture == f"shots/{pictured.pictures('/gone')[0].id}.jpg"
    assert shown.crop is not None


@pytest.mark.thorough
def test_a_crawl_that_goes_on_takes_no_picture_again(module_kit: Kit, tmp_path: Path) -> None:
    """Killed and begun anew: what is pictured is known by its exchange."""
    kit = module_kit
    site = kit.site(
        {
            "/": kit.answer("<title>درگاه</title><p>متن"),
            "/plain": kit.answer(FORM),
            "/slow": kit.answer(FORM),
        },
        address="127.0.6.10",
    )
    crawl = kit.crawl(
        site,
        name="resumed",
        services=[{"url": "http://a.test/plain"}, {"url": "http://a.test/slow"}],
        crawl={"render": "auto", "delay": 1.0},
        browser=str(find_browser()),
    )
    process = crawl.start()
    kit.wait_for(lambda: any(c.kind == "screenshot" and c.attempt == 2 for c in crawl.committed()))
    kit.kill(process)
    assert crawl.run(timeout=240)["state"] == "complete"
    of = [
        (capture.url, capture.facts.of)
        for capture in crawl.captures("a", "screenshot")
        if isinstance(capture.facts, ScreenshotFacts) and capture.attempt == 2
    ]
    assert len(of) == len(set(of)) == 2
