"""Politeness and completeness, proven from the servers' own logs."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from crawler.fleet.shard_run import user_agent
from evidence.kinds.http import HttpFacts
from tests.crawler.conftest import Begun, Crawl, Kit, Site, heard

pytestmark = pytest.mark.sockets

CLOCKS = 0.002  # seconds: our clock and the kernel's are two


def links(*paths: str) -> str:
    return "".join(f'<a href="{path}">{path}</a>' for path in paths)


def three_hosts(kit: Kit) -> tuple[Crawl, list[Site]]:
    pages = {f"/{n}": kit.answer(f"<p>page {n}") for n in range(6)}
    sites = [kit.site({"/": kit.answer(links(*pages)), **pages}, address=f"127.0.0.{n}") for n in (1, 2, 3)]
    crawl = kit.crawl(
        sites[0],
        name="three",
        agencies=[{"id": f"a{n}", "portal": f"http://a{n}.test/"} for n in range(3)],
        hosts={f"a{n}.test:80": site.target for n, site in enumerate(sites)},
        crawl={"delay": 0.1, "per_host": 2},
    )
    return crawl, sites


def agreed(kit: Kit) -> tuple[Crawl, list[Site]]:
    pages = {f"/{n}": kit.answer(f"<p>page {n}") for n in range(4)}
    sites = [kit.site({"/": kit.answer(links(*pages)), **pages}, address=f"127.0.7.{n}") for n in (1, 2, 3)]
    names = ("slow.test", "quick.test", "other.test")
    crawl = kit.crawl(
        sites[0],
        name="agreed",
        agencies=[{"id": name.removesuffix(".test"), "portal": f"http://{name}/"} for name in names],
        hosts={f"{name}:80": site.target for name, site in zip(names, sites, strict=True)},
        crawl={"delay": 0.1, "delays": {"slow.test": 0.2, "quick.test": 0.02}},
    )
    return crawl, sites


def impatient(kit: Kit) -> tuple[Crawl, list[Site]]:
    later = kit.answer("later", "429 Too Many Requests", headers=("Retry-After: 2",))
    site = kit.site({"/": kit.answer("<p>home")})
    site.fallback = lambda path, visit: (
        later if (path, visit) == ("/claim", 1) else kit.answer("<p>here it is")
    )
    return kit.crawl(site, name="impatient", services=[{"url": "http://a.test/claim"}]), [site]


@pytest.fixture(scope="module")
def begun(module_kit: Kit) -> dict[str, Begun]:
    """Crawls that do little but wait, by the names of what makes them; all at once."""
    made = {make.__name__: make(module_kit) for make in (three_hosts, agreed, impatient)}
    return {name: Begun(crawl, sites, crawl.start()) for name, (crawl, sites) in made.items()}


def test_delay_between_requests_and_many_hosts_at_once(begun: dict[str, Begun]) -> None:
    sites = begun["three_hosts"].sites
    assert begun["three_hosts"].end()["state"] == "complete"
    for site in sites:
        assert len(site.gaps()) > 12
        assert min(site.gaps()) > 0.1 - CLOCKS
    spans = [(site.asked[0].time, site.asked[-1].time) for site in sites]
    assert max(start for start, _ in spans) < min(end for _, end in spans), "one after the other"


def test_per_host_is_never_exceeded(kit: Any) -> None:
    pages = {f"/{n}": kit.answer(f"<p>page {n}") for n in range(20)}
    site = kit.site({"/": kit.answer(links(*pages)), **pages}, wait=0.05)
    assert kit.crawl(site, crawl={"delay": 0.0, "per_host": 2}).run()["state"] == "complete"
    moments = sorted([(asked.time, 1) for asked in site.asked] + [(asked.done, -1) for asked in site.asked])
    under_way = most = 0
    for _, step in moments:
        under_way += step
        most = max(most, under_way)
    assert most == 2


def test_a_slow_host_blocks_nobody(kit: Any) -> None:
    """It answers nothing before the other has been asked for all its pages."""
    slow = kit.site({"/": kit.answer(links(*(f"/{n}" for n in range(4))))}, address="127.0.0.2")
    slow.hold(after=0, every=True)
    pages = {f"/{n}": kit.answer(f"<p>page {n}") for n in range(30)}
    fast = kit.site({"/": kit.answer(links(*pages)), **pages})
    crawl = kit.crawl(
        fast,
        agencies=[{"id": "slow", "portal": "http://slow.test/"}, {"id": "a", "portal": "http://a.test/"}],
        hosts={"slow.test:80": slow.target},
    )
    process = crawl.start()
    kit.wait_for(
        lambda: slow.holds and set(pages) <= set(fast.paths()), 50
    )  # then its patience with a host is over
    slow.go_on()
    assert crawl.finish(process)["state"] == "complete"
    assert len(slow.asked) > 5


def test_get_only_identified_and_nothing_twice(kit: Any) -> None:
    home = (
        links("/a", "/b", "/a#x", "/a?utm_source=n", "/broken")
        + "<form method=post action=/never><input></form>"
    )
    site = kit.site(
        {
            "/": kit.answer(home),
            "/a": kit.answer(links("/", "/b", "/broken", "/deep", "/deep#x")),
            "/b": kit.answer(links("/deep")),
            "/deep": kit.answer("<p id=x>deep"),
        }
    )
    crawl = kit.crawl(site)
    assert crawl.run()["state"] == "complete"
    assert {asked.method for asked in site.asked} == {"GET"}
    agent = user_agent("https://govah.example/bot")
    assert all(f"User-Agent: {agent}".encode() in asked.raw for asked in site.asked)
    visits = Counter(site.paths())
    assert visits["/"] == 2  # the home page is always visited again
    assert visits["/broken"] == 2  # and what failed
    assert visits["/a"] == visits["/b"] == 2  # and what the home page leads to
    assert visits["/deep"] == 1
    assert "/never" not in visits
    assert max(visits.values()) == 2


def test_robots(kit: Any) -> None:
    rules = "User-agent: *\nDisallow: /private\nCrawl-delay: 0.1\n\nUser-agent: other\nDisallow: /\n"
    site = kit.site({"/": kit.answer(links("/private/x", "/open")), "/open": kit.answer("<p>open")})
    site.answers["/robots.txt"] = kit.answer(rules, kind="text/plain")
    crawl = kit.crawl(site, services=[{"url": "http://a.test/private/claim"}])
    assert crawl.run()["state"] == "complete"
    assert not any(path.startswith("/private") for path in site.paths())
    unfetched = crawl.unfetched()
    assert unfetched["http://a.test/private/x"] == "robots"
    assert unfetched["http://a.test/private/claim"] == "robots"
    assert site.paths().count("/robots.txt") == 1
    assert min(site.gaps()) > 0.1 - CLOCKS  # from robots.txt itself on


def test_robots_with_an_error_closes_the_host(kit: Any) -> None:
    site = kit.site({"/": kit.answer(links("/x"))})
    site.answers["/robots.txt"] = kit.answer("oops", "503 Service Unavailable")
    crawl = kit.crawl(site, services=[{"url": "http://a.test/claim"}])
    assert crawl.run()["state"] == "complete"
    assert set(site.paths()) == {"/robots.txt"}
    assert set(crawl.unfetched().values()) == {"robots"}
    assert {"http://a.test/", "http://a.test/claim"} <= crawl.unfetched().keys()


def test_robots_can_be_left_unread(kit: Any) -> None:
    site = kit.site({"/": kit.answer("<p>home")})
    site.answers["/robots.txt"] = kit.answer("User-agent: *\nDisallow: /", kind="text/plain")
    assert kit.crawl(site, crawl={"robots": False}).run()["state"] == "complete"
    assert "/" in site.paths()
    assert "/robots.txt" not in site.paths()


def test_a_host_that_asks_for_patience_gets_it(begun: dict[str, Begun]) -> None:
    crawl = begun["impatient"].crawl
    assert begun["impatient"].end()["state"] == "complete"
    claims = crawl.exchanges("/claim")
    statuses = [claim.facts.status for claim in claims if isinstance(claim.facts, HttpFacts)]
    assert statuses == [429, 200, 200]  # they differ: a third time
    told = heard(claims[0])
    times = [c.time.timestamp() for c in crawl.captures("a", "http") if c.url.startswith("http:")]
    assert [when for when in times if told + CLOCKS < when < told + 1.95] == []
    assert [when for when in times if when >= told + 1.95]


def test_budgets_depth_and_reasons(kit: Any) -> None:
    site = kit.site(
        {
            "/": kit.answer(
                links("/d1", *(f"/p/{name}" for name in "abcdefghij")) + '<a href="mailto:x@y.z">m</a>'
            )
        }
    )
    site.fallback = lambda path, visit: kit.answer(
        *(
            (links(path + "x"),)
            if path.startswith("/d")
            else (f"<p>text of {path}",)
            if re.fullmatch(r"/p/[a-j]|/claim", path)
            else ("no such page", "404 Not Found")
        )
    )
    crawl = kit.crawl(site, crawl={"max_pages": 6, "max_depth": 2}, services=[{"url": "http://a.test/claim"}])
    assert crawl.run()["state"] == "complete"
    account = crawl.captures("a", "crawl")[-1].facts
    assert account.fetched == 6
    unfetched = crawl.unfetched()
    assert set(unfetched.values()) == {"max_pages", "scheme"}
    assert unfetched["mailto:x@y.z"] == "scheme"
    assert account.eligible == 6 + sum(1 for reason in unfetched.values() if reason == "max_pages")
    assert "/claim" in site.paths()

    deep = kit.crawl(site, name="deep", crawl={"max_depth": 2})
    assert deep.run()["state"] == "complete"
    assert deep.unfetched()["http://a.test/d1xx"] == "depth"


def test_a_time_budget_ends_an_agency(kit: Any) -> None:
    pages = {f"/{n}": kit.answer(f"<p>page {n}") for n in range(50)}
    site = kit.site({"/": kit.answer(links(*pages)), **pages})
    crawl = kit.crawl(site, crawl={"delay": 0.1, "time_budget": 1.0})
    assert crawl.run()["state"] == "complete"
    assert crawl.captures("a", "crawl")[-1].facts.state == "time_budget"
    assert set(crawl.unfetched().values()) == {"time_budget"}


def test_traps_are_bounded(kit: Kit) -> None:
    def calendar(path: str, visit: int) -> bytes:
        if re.fullmatch(r"/cal/[0-9]{1,9}", path):
            n = int(path.rsplit("/", 1)[1])
            return kit.answer(links(*(f"/cal/{n * 3 + k}" for k in (1, 2, 3))))
        return kit.answer("no", "404 Not Found")

    pages = {f"/page-{chr(97 + n)}": kit.answer(f"<p>page {n}") for n in range(10)}
    site = kit.site({"/": kit.answer(links("/cal/1", *pages, "/x/y/x/y/x/y")), **pages})
    site.fallback = calendar
    crawl = kit.crawl(site, crawl={"max_pages": 60})
    assert crawl.run()["state"] == "complete"
    visits = Counter(site.paths())
    assert all(visits[page] == 2 for page in pages)  # the home page leads to them
    # a tenth, and what the first pages led to, which were news
    assert sum(1 for path in visits if re.fullmatch(r"/cal/[0-9]{1,9}", path)) <= 6 + 9
    assert "trap" in crawl.unfetched().values()
    assert crawl.unfetched()["http://a.test/x/y/x/y/x/y"] == "trap"


def test_a_challenge_on_the_home_page_pauses_the_agency(kit: Any) -> None:
    wall = kit.answer(
        '<title>Just a moment...</title><div id="challenge-form"></div>' + links("/a"), "403 Forbidden",
        headers=("cf-mitigated: challenge",),
    )  # fmt: skip
    site = kit.site({"/": wall, "/claim": wall})
    crawl = kit.crawl(site, services=[{"url": "http://a.test/claim"}])
    assert crawl.run()["state"] == "complete"
    assert Counter(site.paths()) == {"/robots.txt": 1, "/": 1, "/claim": 1}
    assert crawl.captures("a", "crawl")[-1].facts.state == "blocked"
    assert crawl.unfetched()["http://a.test/sitemap.xml"] == "blocked_agency"


def test_only_the_chosen_agencies(kit: Any) -> None:
    site = kit.site({"/": kit.answer("<p>home")})
    agencies = [{"id": "a", "portal": "http://a.test/"}, {"id": "b", "portal": "http://b.test/"}]
    crawl = kit.crawl(site, agencies=agencies, hosts={"b.test:80": site.target}, only=["b"])
    assert crawl.run()["state"] == "complete"
    assert {asked.host for asked in site.asked} == {"b.test"}


def test_private_addresses_are_refused_at_connect_time(kit: Any) -> None:
    canary = kit.site({}, address="127.0.0.9")
    inside = f"http://127.0.0.9:{canary.port}/inside"
    crawl = kit.crawl(
        canary,
        agencies=[{"id": "a", "portal": inside}],
        services=[
            {"url": f"http://[::ffff:127.0.0.9]:{canary.port}/"},
            {"url": f"http://2130706441:{canary.port}/"},
        ],
        allow_private=False,
    )
    assert crawl.run()["state"] == "complete"
    assert canary.asked == []
    failures = {c.facts.failure for c in crawl.captures("a", "http") if f":{canary.port}/" in c.url}
    assert failures == {"private_address"}


def test_ports_of_other_protocols_are_asked_for_nothing(kit: Any) -> None:
    """Mail, shells, files: an agency's links must not make an auditor knock at them. Browsers do not ask them either."""
    ports = (22, 25, 110, 6667)
    links = "".join(f"<a href='http://a.test:{port}/x'>{port}</a>" for port in ports)
    canary = kit.site({}, address="127.0.0.9")
    site = kit.site(
        {"/": kit.answer(links), "/moved": kit.answer("", "302 Found", headers=("Location: //a.test:25/",))}
    )
    crawl = kit.crawl(
        site,
        services=[{"url": "http://a.test:110/claim"}, {"url": "http://a.test/moved"}],
        hosts={f"a.test:{port}": canary.target for port in ports},
    )
    assert crawl.run()["state"] == "complete"
    assert canary.asked == []
    failures = {c.url: c.facts.failure for c in crawl.captures("a", "http") if c.purpose != "robots"}
    for url in ("http://a.test:22/x", "http://a.test:110/claim", "http://a.test:25/"):
        assert failures[url] == "bad_port"


def test_a_delay_that_was_agreed_with_a_host_is_kept_there_and_nowhere_else(begun: dict[str, Begun]) -> None:
    assert begun["agreed"].end()["state"] == "complete"
    slow, quick, other = (site.gaps() for site in begun["agreed"].sites)
    assert len(slow) == len(quick) == len(other) > 9
    assert min(slow) > 0.2 - CLOCKS
    assert min(other) > 0.1 - CLOCKS
    assert 0.02 - CLOCKS < min(quick) < 0.1 - CLOCKS
