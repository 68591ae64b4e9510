"""How a portal's own search is asked: four queries by GET at most, politely, never against robots.txt, once in all runs."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from claims.searches import control_word

pytestmark = pytest.mark.sockets

BOX = "<form action=/find><input name=q placeholder=جستجو></form>"
TITLES = ["صدور پروانه چاه", "تمدید کارت بازرگانی", "ثبت اختراع", "تغییر کاربری زمین"]
SERVICES = [{"url": f"http://a.test/s/{n}", "title": title} for n, title in enumerate(TITLES)]


def portal(kit: Any, home: str = BOX, **answers: bytes) -> Any:
    site = kit.site({"/": kit.answer(f"<html><body>{home}</body></html>"), **answers})
    site.fallback = lambda path, visit: kit.answer(
        f"<p>{path}", "200 OK" if "/find" in path or "/s/" in path else "404 x"
    )
    return site


def asked(site: Any) -> list[str]:
    """Queries in order."""
    return [parse_qs(urlsplit(path).query)["q"][0] for path in site.paths() if path.startswith("/find")]


def test_three_titles_and_one_word_are_asked_for(kit: Any) -> None:
    site = portal(kit)
    crawl = kit.crawl(site, services=SERVICES)
    assert crawl.run()["state"] == "complete"
    queries = asked(site)
    assert len(queries) == len(set(queries)) == 4
    assert control_word("a", 1404) in queries
    assert len(set(queries) & set(TITLES)) == 3
    assert {c.purpose for c in crawl.captures("a", "http") if "/find" in c.url} == {"search"}
    assert {one.method for one in site.asked} == {"GET"}


def test_another_seed_asks_for_other_words(kit: Any) -> None:
    drawn = set()
    for seed in (1, 2, 3, 4):
        site = portal(kit)
        assert (
            kit.crawl(site, name=f"c{seed}", services=SERVICES, crawl={"seed": seed}).run()["state"]
            == "complete"
        )
        drawn.add(tuple(sorted(asked(site))))
    assert len(drawn) == 4


NOT_ASKED = {
    "by POST": "<form method=post action=/find><input name=q placeholder=جستجو></form>",
    "by a script": "<input type=search name=q placeholder=جستجو>",
    "of another": "<form action=http://b.test/find><input name=q placeholder=جستجو></form>",
    "none": "<p>x",
}


@pytest.mark.parametrize("home", NOT_ASKED)
def test_what_cannot_be_asked_by_get_is_left_alone(kit: Any, home: str) -> None:
    site = portal(kit, NOT_ASKED[home])
    hosts = {"a.test:80": site.target, "b.test:80": site.target}
    assert kit.crawl(site, services=SERVICES, hosts=hosts).run()["state"] == "complete"
    assert not asked(site) and {one.method for one in site.asked} <= {"GET", "HEAD"}


def test_nothing_claimed_is_nothing_asked(kit: Any) -> None:
    site = portal(kit)
    assert kit.crawl(site).run()["state"] == "complete"
    assert asked(site) == []


def test_what_robots_txt_forbids_is_not_asked_and_told(kit: Any) -> None:
    site = portal(kit, **{"/robots.txt": kit.answer("User-agent: *\nDisallow: /find\n", kind="text/plain")})
    crawl = kit.crawl(site, services=SERVICES)
    assert crawl.run()["state"] == "complete"
    assert asked(site) == []
    told = [reason for url, reason in crawl.unfetched().items() if "/find" in url]
    assert told == ["robots"] * 4


def test_no_link_of_a_page_of_results_is_followed(kit: Any) -> None:
    site = portal(kit)
    site.fallback = lambda path, visit: kit.answer("<a href=/found>x</a>" if "/find" in path else "<p>x")
    crawl = kit.crawl(site, services=SERVICES)
    assert crawl.run()["state"] == "complete"
    assert "/found" not in site.paths()


def test_a_search_that_fails_is_not_asked_again(kit: Any) -> None:
    site = portal(kit)
    site.fallback = lambda path, visit: kit.answer("x", "503 x" if "/find" in path else "404 x")
    assert kit.crawl(site, services=SERVICES).run(timeout=120)["state"] == "complete"
    assert len(asked(site)) == 4


def test_a_search_that_leads_to_the_page_is_followed_there(kit: Any) -> None:
    site = portal(kit)
    site.fallback = lambda path, visit: (
        kit.answer("", "302 Found", headers=("Location: /s/0",)) if "/find" in path else kit.answer("<p>x")
    )
    crawl = kit.crawl(site, services=SERVICES)
    assert crawl.run()["state"] == "complete"
    assert len(asked(site)) == 4
    assert site.paths().count("/s/0") == 2  # as any claim, and no oftener


def test_an_interrupted_crawl_asks_for_the_rest_alone(kit: Any) -> None:
    site = portal(kit)
    crawl = kit.crawl(site, services=SERVICES, crawl={"delay": 0.1})
    crawl.run(stop_after=0.6)
    assert crawl.run()["state"] == "complete"
    assert len(asked(site)) == len(set(asked(site))) == 4
    recorded = [c.url for c in crawl.captures("a", "http") if c.purpose == "search"]
    assert len(recorded) == len(set(recorded)) == 4


def test_queries_keep_the_distance_of_all_requests(kit: Any) -> None:
    site = portal(kit)
    assert kit.crawl(site, services=SERVICES, crawl={"delay": 0.1}).run()["state"] == "complete"
    assert min(site.gaps("a.test")) >= 0.1 - 0.01
