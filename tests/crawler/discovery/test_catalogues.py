"""How catalogues are asked for: CKAN's pages, DCAT's and data.json, politely, and never for ever."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from checks.engine import run_checks
from checks.registry import check_of
from claims.model import Agency, Dataset, Round, Settings
from crawler.discovery.catalogues import MOST_BYTES, MOST_REQUESTS
from evidence.store import EvidenceStore
from fixtures.catalogues import written
from fixtures.catalogues.recorded_answers import VERSIONS, Version, recorded
from fixtures.catalogues.truth import datasets
from web.listed_datasets import draw

pytestmark = pytest.mark.sockets

API = "/api/3/action/"
HOST = "data.gandom.test"
PROBES = [f"{API}status_show", "/catalog.ttl", "/catalog.rdf", "/catalog.jsonld", "/data.json"]


def wire(kit: Any, body: bytes | str, status: int = 200, kind: str = "application/json") -> bytes:
    answer: bytes = kit.answer(body, f"{status} x", kind)
    return answer


def replayed(kit: Any, version: Version, *, robots: bool = False) -> dict[str, bytes]:
    """A real CKAN's answers. robots: with its own robots.txt, but for the ten seconds that it asks for."""
    answers = {path: wire(kit, a.body, a.status, a.kind) for path, a in recorded(version).items()}
    if robots:
        text = recorded(version)["/robots.txt"].body.decode().replace("Crawl-Delay: 10", "")
        answers["/robots.txt"] = wire(kit, text, kind="text/plain")
    else:
        del answers["/robots.txt"]
    return answers


def gandom(kit: Any, site: Any, **options: Any) -> Any:
    """A crawl of a portal whose catalogue is at the host of the fixtures, where the site is."""
    agency = {"id": "a", "portal": "http://a.test/", "hosts": [HOST], "catalogue": f"http://{HOST}/"}
    portal = kit.site({"/": kit.answer("<p>home")})
    return kit.crawl(
        site, agencies=[agency], hosts={"a.test:80": portal.target, f"{HOST}:80": site.target}, **options
    )


def listings(site: Any, host: str = HOST) -> list[str]:
    """What was asked for in search of a catalogue, in order."""
    return [path for path in site.paths(host) if path.startswith(("/api/", "/catalog.", "/data.json"))]


class Ckan:
    """CKAN's API over made-up datasets. page: gives (records, count) for an offset; status: of other actions."""

    def __init__(self, kit: Any, page: Callable[[int], tuple[list[str], int | None]], **status: int) -> None:
        self._kit = kit
        self._page = page
        self._status = status
        self.asked: Counter[int] = Counter()

    def __call__(self, path: str, visit: int) -> bytes:
        parts = urlsplit(path)
        action = parts.path.removeprefix(API)
        if not parts.path.startswith(API):
            return wire(self._kit, "no such page", 404, "text/plain")
        if status := self._status.get(action):
            return self._said({"success": False, "error": {"__type": "Error"}}, status)
        if action == "status_show":
            return self._said({"success": True, "result": {"ckan_version": "2.11.6"}})
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if action == "package_search":
            start = int(query["start"])
            self.asked[start] += 1
            names, count = self._page(start)
            found = [{"id": name, "name": name, "title": name, "resources": []} for name in names]
            return self._said(
                {"success": True, "result": {"results": found} | ({} if count is None else {"count": count})}
            )
        if action == "package_list":
            return self._said({"success": True, "result": self._page(0)[0]})
        return self._said({"success": True, "result": {"id": query["id"], "name": query["id"], "title": "x"}})

    def _said(self, value: Any, status: int = 200) -> bytes:
        return wire(self._kit, json.dumps(value), status)


def names(start: int, number: int) -> list[str]:
    return [f"d{n}" for n in range(start, start + number)]


def served(kit: Any, ckan: Ckan) -> Any:
    site = kit.site({"/": kit.answer("<p>home")})
    site.fallback = ckan
    return site


# real ones


@pytest.mark.parametrize("version", VERSIONS)
def test_a_real_ckan_is_read_page_by_page(kit: Any, version: Version) -> None:
    site = kit.site({"/": kit.answer("<p>home"), **replayed(kit, version)})
    crawl = gandom(kit, site)
    assert crawl.run()["state"] == "complete"
    pages = [f"{API}package_search?rows=100&start={start}&sort=name+asc" for start in (0, 4, 8)]
    assert listings(site) == [f"{API}status_show", *pages]
    assert {asked.method for asked in site.asked} == {"GET"}
    assert {c.purpose for c in crawl.captures("a", "http") if "/api/" in c.url} == {"listing"}


def test_what_a_ckan_keeps_programs_out_of_is_left_alone_and_its_dcat_is_read(kit: Any) -> None:
    site = kit.site({"/": kit.answer("<p>home"), **replayed(kit, "2.11", robots=True)})
    crawl = gandom(kit, site)
    assert crawl.run()["state"] == "complete"
    assert listings(site) == ["/catalog.ttl", "/catalog.ttl?page=2", "/catalog.ttl?page=3"]
    assert crawl.unfetched()[f"http://{HOST}{API}status_show"] == "robots"


def test_a_dataset_of_a_ckan_leads_to_the_whole_of_it(kit: Any) -> None:
    """Without the catalogue's address, from the address of a claimed dataset; its alternates are not asked for then."""
    answers = replayed(kit, "2.11")
    site = kit.site({"/": kit.answer("<p>home"), **answers})
    crawl = kit.crawl(
        site,
        agencies=[{"id": "a", "portal": "http://a.test/", "hosts": [HOST]}],
        hosts={"a.test:80": site.target, f"{HOST}:80": site.target},
        datasets=[{"url": f"http://{HOST}/dataset/tolid-gandom"}],
    )
    assert crawl.run()["state"] == "complete"
    assert f"{API}package_search?rows=100&start=8&sort=name+asc" in listings(site)


# none


@pytest.mark.parametrize("page", ["a 404", "a page for everything"])
def test_a_portal_without_a_catalogue_is_asked_five_times(kit: Any, page: str) -> None:
    site = kit.site({"/": kit.answer("<p>home"), "/data/a.csv": kit.answer("a,b\n1,2\n", kind="text/csv")})
    if page != "a 404":
        site.fallback = lambda path, visit: kit.answer("<!DOCTYPE html><p>خانه")
    crawl = kit.crawl(site, datasets=[{"url": "http://a.test/data/a.csv"}])
    assert crawl.run()["state"] == "complete"
    assert listings(site, "a.test") == PROBES


def test_a_portal_that_leads_everything_home_has_none(kit: Any) -> None:
    site = kit.site({"/": kit.answer("<p>home")})
    site.fallback = lambda path, visit: kit.answer("", "302 Found", headers=("Location: /",))
    crawl = kit.crawl(site, datasets=[{"url": "http://a.test/a.csv"}])
    assert crawl.run()["state"] == "complete"
    assert listings(site, "a.test") == PROBES


def test_nobody_is_asked_without_a_hint(kit: Any) -> None:
    site = kit.site({"/": kit.answer("<a href=/about>درباره ما</a>"), "/about": kit.answer("<p>x")})
    assert kit.crawl(site).run()["state"] == "complete"
    assert listings(site, "a.test") == []


@pytest.mark.parametrize(
    "link", ["<a href=/od>داده‌های باز</a>", "<a href=/dataset>فهرست</a>", "<a href=/fa/dataset/x>x</a>"]
)
def test_a_link_of_the_home_page_is_a_hint(kit: Any, link: str) -> None:
    site = kit.site({"/": kit.answer(link)})
    assert kit.crawl(site).run()["state"] == "complete"
    assert listings(site, "a.test") == PROBES


def test_http_and_https_are_one_portal(kit: Any) -> None:
    site = kit.site({"/": kit.answer("<a href='https://a.test/dataset'>x</a>")})
    crawl = kit.crawl(site, datasets=[{"url": "http://a.test/dataset/x"}])
    assert crawl.run()["state"] == "complete"
    asked = {c.url for c in crawl.captures("a", "http") if c.purpose == "listing"}
    assert asked == {f"http://a.test{path}" for path in PROBES}
    assert not [url for url in crawl.unfetched() if url.startswith("https://a.test/api")]


def test_a_hint_that_leads_to_another_host_is_none(kit: Any) -> None:
    site = kit.site({"/": kit.answer("<a href=http://b.test/dataset/x>داده‌های باز</a>")})
    crawl = kit.crawl(site, hosts={"a.test:80": site.target, "b.test:80": site.target})
    assert crawl.run()["state"] == "complete"
    assert listings(site, "a.test") == [] and listings(site, "b.test") == []


def test_a_host_that_is_not_there_is_asked_for_nothing(kit: Any) -> None:
    gone = kit.site({})
    gone.down()
    crawl = gandom(kit, gone)
    assert crawl.run()["state"] == "complete"
    assert [c.url for c in crawl.captures("a", "http") if c.purpose == "listing" and HOST in c.url] == []
    assert crawl.unfetched()[f"http://{HOST}{API}status_show"] == "robots"  # which could not be had


def test_a_host_that_falls_silent_is_asked_no_further(kit: Any) -> None:
    site = kit.site({})
    site.fallback = lambda path, visit: lambda connection: None  # closes without a word
    crawl = gandom(kit, site)
    assert crawl.run()["state"] == "complete"
    assert listings(site) == [f"{API}status_show"] * 2


# bad ones


def test_an_error_in_the_middle_costs_one_page_and_is_tried_again(kit: Any) -> None:
    ckan = Ckan(kit, lambda start: (names(start, 10), 50))

    def failing(path: str, visit: int) -> bytes:
        if "start=20&" in path and visit == 1:
            return wire(kit, "out of order", 503, "text/plain")
        return ckan(path, visit)

    site = kit.site({"/": kit.answer("<p>home")})
    site.fallback = failing
    crawl = gandom(kit, site)
    assert crawl.run()["state"] == "complete"
    assert ckan.asked == {0: 1, 10: 1, 20: 1, 30: 1, 40: 1}
    assert [c.attempt for c in crawl.exchanges("start=20&sort=name+asc")] == [1, 2]


def test_a_search_that_goes_on_failing_is_given_up(kit: Any) -> None:
    ckan = Ckan(kit, lambda start: (names(start, 10), 1000))

    def failing(path: str, visit: int) -> bytes:
        if "package_search" in path and "start=0&" not in path:
            return wire(kit, '{"success": false, "error": {"__type": "Search Error"}}', 409)
        return ckan(path, visit)

    site = kit.site({"/": kit.answer("<p>home")})
    site.fallback = failing
    assert gandom(kit, site).run()["state"] == "complete"
    searches = [path for path in listings(site) if "package_search" in path]
    assert len(searches) == 4
    assert "/catalog.ttl" in listings(site)  # another way may know more


LIES: dict[str, tuple[Callable[[int], tuple[list[str], int | None]], list[int]]] = {
    "a count too high": (lambda start: (names(start, 10 if start < 20 else 0), 1000), [0, 10, 20]),
    "a count too low": (lambda start: (names(start, 10 if start < 30 else 3), 5), [0, 10, 20, 30]),
    "no count": (lambda start: (names(start, 10 if start < 20 else 4), None), [0, 10, 20]),
    "the same page again and again": (lambda start: (names(0, 10), 1000), [0, 10]),
    "pages that overlap": (lambda start: (names(max(0, start - 3), 10), 40), [0, 10, 20, 30]),
    "fewer than a page in the middle": (
        lambda start: (names(start, 10 if start != 10 else 7), 40),
        [0, 10, 20, 30],
    ),
    "nothing at all": (lambda start: ([], 0), [0]),
}


@pytest.mark.parametrize("lie", LIES)
def test_counts_that_lie(kit: Any, lie: str) -> None:
    page, asked = LIES[lie]
    ckan = Ckan(kit, page)
    assert gandom(kit, served(kit, ckan)).run()["state"] == "complete"
    assert sorted(ckan.asked.elements()) == asked


def test_pages_without_end_end_with_the_budget(kit: Any) -> None:
    ckan = Ckan(kit, lambda start: (names(start, 3), 10**9))
    crawl = gandom(kit, site := served(kit, ckan))
    assert crawl.run()["state"] == "complete"
    asked = [path for path in listings(site) if path != f"{API}status_show"]
    assert len(asked) <= MOST_REQUESTS
    assert sum(ckan.asked.values()) > MOST_REQUESTS // 2
    assert "max_pages" in [reason for url, reason in crawl.unfetched().items() if "package_search" in url]


@pytest.mark.parametrize("status", [403, 404, 409])
def test_a_search_that_is_refused_leads_to_the_list(kit: Any, status: int) -> None:
    site = served(kit, Ckan(kit, lambda start: (["a", "b/..", "x y"], None), package_search=status))
    assert gandom(kit, site).run()["state"] == "complete"
    shown = [path for path in listings(site) if "package_show" in path]
    assert sorted(shown) == [f"{API}package_show?id={name}" for name in ("a", "b%2F..", "x%20y")]


def test_an_api_that_moved_is_asked_where_it_is(kit: Any) -> None:
    ckan = Ckan(kit, lambda start: (names(start, 10), 20))

    def moved(path: str, visit: int) -> bytes:
        if path.startswith("/ckan"):
            return ckan(path.removeprefix("/ckan"), visit)
        return kit.answer("", "301 Moved", headers=(f"Location: /ckan{path}",))  # type: ignore[no-any-return]

    site = kit.site({"/": kit.answer("<p>home")})
    site.fallback = moved
    assert gandom(kit, site).run()["state"] == "complete"
    assert site.paths(HOST).count(f"/ckan{API}package_search?rows=100&start=10&sort=name+asc") == 1
    assert not any(path.startswith(f"{API}package_search") for path in site.paths(HOST))


def test_pages_of_rdf_go_on_no_further_than_the_budget_and_no_other_host(kit: Any) -> None:
    def page(path: str, visit: int) -> bytes:
        if not path.startswith("/catalog.ttl"):
            return wire(kit, "none", 404, "text/plain")
        number = int(path.partition("page=")[2] or 1)
        return wire(
            kit,
            written.turtle(datasets()[:1], f"http://{HOST}/catalog.ttl?page={number + 1}"),
            200,
            "text/turtle",
        )

    site = kit.site({"/": kit.answer("<p>home")})
    site.fallback = page
    assert gandom(kit, site).run()["state"] == "complete"
    assert MOST_REQUESTS // 2 < len(listings(site)) <= MOST_REQUESTS
    other = kit.site({"/": kit.answer("<p>home"), "/catalog.ttl": wire(kit, written.turtle((), "http://b.test/catalog.ttl?page=2"), 200, "text/turtle")})  # fmt: skip
    crawl = gandom(kit, other, name="other")
    crawl.options["hosts"]["b.test:80"] = other.target
    assert crawl.run()["state"] == "complete"
    assert other.paths("b.test") == []


def test_large_answers_end_with_their_budget(kit: Any) -> None:
    """Pages of a good catalogue, each with megabytes of words."""
    padding = "# " + "x" * (12 << 20) + "\n"

    def page(path: str, visit: int) -> bytes:
        if not path.startswith("/catalog.ttl"):
            return wire(kit, "none", 404, "text/plain")
        number = int(path.partition("page=")[2] or 1)
        following = f"http://{HOST}/catalog.ttl?page={number + 1}"
        return wire(kit, written.turtle(datasets()[:1], following) + padding, 200, "text/turtle")

    site = kit.site({"/": kit.answer("<p>home")})
    site.fallback = page
    crawl = gandom(kit, site)
    assert crawl.run()["state"] == "complete"
    asked = [path for path in listings(site) if path.startswith("/catalog.ttl")]
    assert len(asked) == MOST_BYTES // (12 << 20) + 1
    assert "max_pages" in [reason for url, reason in crawl.unfetched().items() if "/catalog.ttl" in url]


def test_catalogues_that_name_each_other_are_each_asked_once_and_none_of_others(kit: Any) -> None:
    def page(path: str, visit: int) -> bytes:
        if not path.endswith(".ttl"):
            return wire(kit, "none", 404, "text/plain")
        names = f"<http://{HOST}/> dcat:catalog </catalog.ttl>, </a.ttl>, </b.ttl>, <http://b.test/c.ttl> ."
        return wire(kit, f"{written.turtle(datasets()[:1])}{names}", 200, "text/turtle")

    site = kit.site({"/": kit.answer("<p>home")})
    site.fallback = page
    crawl = gandom(kit, site, listed=True)
    crawl.options["hosts"]["b.test:80"] = site.target
    assert crawl.run()["state"] == "complete"
    assert Counter(path for path in site.paths(HOST) if path.endswith(".ttl")) == {
        "/catalog.ttl": 1, "/a.ttl": 1, "/b.ttl": 1,
    }  # fmt: skip
    assert site.paths("b.test") == []


def test_an_alternate_of_a_page_is_read(kit: Any) -> None:
    head = '<link rel="alternate" type="text/turtle" href="/d/x.ttl"><link rel=alternate type="application/ld+json" href="/d/x.jsonld">'
    site = kit.site(
        {
            "/": kit.answer(f"{head}<p>home"),
            "/d/x.ttl": wire(kit, written.turtle(datasets()), 200, "text/turtle"),
        }
    )
    crawl = kit.crawl(site)
    assert crawl.run()["state"] == "complete"
    (capture,) = crawl.exchanges("/d/x.ttl")
    assert capture.purpose == "listing"


def test_the_catalogue_of_others_is_asked_for_the_agency_s_own_part(kit: Any) -> None:
    ckan = Ckan(kit, lambda start: (names(start, 10), 20))
    national = kit.site({"/organization/gandom": kit.answer("<p>x")})
    national.fallback = ckan
    site = kit.site({"/": kit.answer("<p>home")})
    agency = {"id": "a", "portal": "http://a.test/", "catalogue": "http://national.test/organization/gandom"}
    crawl = kit.crawl(
        site, agencies=[agency], hosts={"a.test:80": site.target, "national.test:80": national.target}
    )
    assert crawl.run()["state"] == "complete"
    searches = [path for path in national.paths() if "package_search" in path]
    assert searches == [
        f"{API}package_search?rows=100&start={start}&sort=name+asc&fq=organization:gandom"
        for start in (0, 10)
    ]
    assert not any(path.startswith(("/catalog.", "/data.json")) for path in national.paths())


def test_a_catalogue_of_others_without_a_name_is_not_asked(kit: Any) -> None:
    national = kit.site({"/": kit.answer("<p>x")})
    site = kit.site({"/": kit.answer("<p>home")})
    agency = {"id": "a", "portal": "http://a.test/", "catalogue": "http://national.test/"}
    crawl = kit.crawl(
        site, agencies=[agency], hosts={"a.test:80": site.target, "national.test:80": national.target}
    )
    assert crawl.run()["state"] == "complete"
    assert listings(national, "national.test") == []


def test_a_killed_crawl_goes_on_where_it_was(kit: Any) -> None:
    ckan = Ckan(kit, lambda start: (names(start, 10), 200))

    def slow(path: str, visit: int) -> bytes:
        time.sleep(0.05 if "package_search" in path else 0)
        return ckan(path, visit)

    site = kit.site({"/": kit.answer("<p>home")})
    site.fallback = slow
    crawl = gandom(kit, site)
    process = crawl.start()
    kit.wait_for(lambda: sum(ckan.asked.values()) >= 10)
    kit.kill(process)
    assert crawl.run()["state"] == "complete"
    kept = Counter(c.url for c in crawl.captures("a", "http") if "package_search" in c.url)
    assert set(kept.values()) == {1} and len(kept) == 20
    assert max(ckan.asked.values()) <= 2 and sum(ckan.asked.values()) < 40


@pytest.mark.parametrize("robots", [False, True], ids=["its API", "its DCAT"])
def test_what_was_asked_for_is_what_is_read(kit: Any, robots: bool) -> None:
    """The whole way: a real CKAN, crawled, and judged from the evidence."""
    site = kit.site({"/": kit.answer("<p>home"), **replayed(kit, "2.11", robots=robots)})
    crawl = gandom(kit, site)
    assert crawl.run()["state"] == "complete"
    agency = Agency("a", "سازمان", "main", "http://a.test/", hosts=(HOST,), catalogue=f"http://{HOST}/")
    claims = tuple(Dataset("a", row.id, row.title, row.page) for row in datasets()[:4])
    round_ = Round(crawl.folder, Settings("r"), (agency,), (), claims)
    with EvidenceStore.open(crawl.folder / "evidence") as store:
        (finding,) = run_checks(round_, store, as_of=store.opened, checks=(check_of("catalogue.datasets"),))
    seen = finding.observed
    assert (finding.verdict, seen["listed"], seen["claimed_listed"], seen["absent"]) == (
        "verified",
        10,
        4,
        [],
    )
    (source,) = seen["lists"]
    assert (source["kind"], source["whole"]) == ("dcat" if robots else "ckan", True)


# datasets that are listed and not claimed


def listing_portal(kit: Any, count: int) -> Any:
    """A CKAN of so many datasets with a file each, and of one file elsewhere."""
    packages = [
        {
            "id": f"d{n}",
            "name": f"d{n}",
            "title": f"t{n}",
            "resources": [{"url": f"/f/{n}.csv", "format": "CSV"}],
        }
        for n in range(count)
    ]

    def answers(path: str, visit: int) -> bytes:
        if path.startswith("/f/"):
            return wire(kit, f"date,n\n2025-11-01,{path[3:-4]}\n", kind="text/csv")
        if path.startswith(f"{API}status_show"):
            return wire(kit, '{"success": true, "result": {}}')
        if path.startswith(f"{API}package_search"):
            start = int(parse_qs(urlsplit(path).query)["start"][0])
            found = {"count": count, "results": packages[start : start + 100]}
            return wire(kit, json.dumps({"success": True, "result": found}))
        return wire(kit, "no such page", 404, "text/plain")

    site = kit.site({"/": kit.answer("<p>home")})
    site.fallback = answers
    return site


def test_listed_datasets_are_requested_twice_and_judged(kit: Any) -> None:
    site = listing_portal(kit, 3)
    crawl = gandom(kit, site, listed=True)
    assert crawl.run()["state"] == "complete"
    asked = Counter(path for path in site.paths(HOST) if path.startswith("/f/"))
    assert asked == {f"/f/{n}.csv": 2 for n in range(3)}
    assert {c.purpose for c in crawl.captures("a", "http") if "/f/" in c.url} == {"listed"}
    assert {one.method for one in site.asked} == {"GET"}


def test_of_many_listed_datasets_those_are_requested_that_are_judged(kit: Any) -> None:
    site = listing_portal(kit, 130)
    strata = {f"{HOST} d{n}": "ckan csv" for n in range(130)}
    first = min(draw(strata, 5, 1404))
    claimed = f"/f/{first.rpartition('d')[2]}.csv"
    crawl = gandom(
        kit, site, listed=True, crawl={"max_datasets": 5}, datasets=[{"url": f"http://{HOST}{claimed}"}]
    )
    assert crawl.run()["state"] == "complete"
    asked = {path for path in site.paths(HOST) if path.startswith("/f/")}
    del strata[first]
    assert asked == {claimed, *(f"/f/{key.rpartition('d')[2]}.csv" for key in draw(strata, 5, 1404))}
    assert len(asked) == 6
