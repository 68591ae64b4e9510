"""Sites without end, and lists that only look like one: what a crawl takes of each (fixtures/portals/traps)."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

import fixtures.portals.traps
from fixtures.portals.traps.sites import GOOD, OWN, SITES, made, shown
from tests.depth import some

pytestmark = pytest.mark.sockets

DEEP = {"calendar", "pagination", "events"}  # chains, of which depth would end all but the start
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads(
    (Path(fixtures.portals.traps.__file__).parent / "expected.toml").read_text(encoding="utf-8")
)


def crawled(kit: Any, kind: str, budget: int, **more: Any) -> tuple[Any, list[Any]]:
    """(crawl, first visits to its pages)."""
    sites = {name: kit.site({}) for name in ("a.test", "b.test")}
    for name, site in sites.items():
        site.fallback = lambda path, visit, host=name: (
            kit.answer("none", "404 Not Found")
            if (page := made(kind, host, path)) is None
            else kit.answer(page)
        )
    crawl = kit.crawl(
        sites["a.test"],
        name=kind,
        agencies=[{"id": "a", "portal": "http://a.test/", "hosts": ["b.test"] if kind == "mirror" else []}],
        hosts={f"{name}:80": site.target for name, site in sites.items()},
        # One at a time: while an answer is late, pages would be fetched by the other connection as if there were no trap.
        crawl={"max_pages": budget, "max_depth": 400 if kind in DEEP else 8, "per_host": 1},
        **more,
    )
    assert crawl.run(timeout=120)["state"] == "complete"
    pages = [c for c in crawl.captures("a", "http") if c.purpose in ("home", "page") and c.attempt == 1]
    return crawl, pages


def test_every_site_has_its_expectation() -> None:
    assert EXPECTED.keys() == SITES.keys()
    assert all(set(row) == {"budget", "at_most", "reasons"} for row in EXPECTED.values())


@pytest.mark.parametrize("kind", some(SITES, 2))
def test_a_site_without_end(kit: Any, kind: str) -> None:
    expected = EXPECTED[kind]
    crawl, pages = crawled(kit, kind, expected["budget"])
    fetched = {shown(kind, c.url.partition(".test")[2]) for c in pages}
    assert {*GOOD, *OWN.get(kind, ())} <= fetched
    assert len(pages) <= expected["at_most"]
    assert sorted(set(crawl.unfetched().values())) == expected["reasons"]


# kind: (pattern, why) that the account of the crawl names
CUT = {
    "wide_calendar": ("http://a.test/index.php?m&option&view&y", "chain"),
    "events": ("http://a.test/events?m", "chain"),
    "calendar": ("http://a.test/calendar/0/0", "chain"),
    "told_facets": ("http://a.test/list?color&size&sort", "facets"),
    "growing": ("http://a.test/docs/", "nesting"),
    "nesting": ("http://a.test/a/", "nesting"),
}


@pytest.mark.parametrize("kind", CUT)
def test_the_account_says_what_was_cut_and_why(kit: Any, kind: str) -> None:
    crawl, pages = crawled(kit, kind, 200)
    assert list(CUT[kind]) in crawl.account()["traps"]
    assert sum("/goods/" not in page.url for page in pages) <= 20 + 5
    assert {f"http://a.test{path}" for path in GOOD} <= {page.url for page in pages}


def test_a_list_is_no_trap(kit: Any) -> None:
    crawl, _ = crawled(kit, "people", 2000)
    assert "traps" not in crawl.account()


def test_claims_are_fetched_whatever_they_stand_in(kit: Any) -> None:
    claims = ["http://a.test/calendar/1700/5", "http://a.test/calendar/1800/1/8"]
    crawl, _ = crawled(kit, "calendar", 600, services=[{"url": url} for url in claims])
    assert [len(crawl.exchanges(url)) for url in claims] == [2, 2]


def test_a_claim_on_a_mirror_is_fetched(kit: Any) -> None:
    claims = [f"http://b.test{path}" for path in OWN["mirror"][-2:]]
    crawl, _ = crawled(kit, "mirror", 600, services=[{"url": url} for url in claims])
    assert [len(crawl.exchanges(url)) for url in claims] == [2, 2]
