"""A page that our own code reads for hours costs neither the others nor the end of the crawl."""

from __future__ import annotations

import signal
from typing import Any

import pytest

from tests.crawler.conftest import Kit

pytestmark = pytest.mark.sockets


def portals(kit: Kit, *, hostile: int) -> Any:
    """`a` has pages that are read for hours, `b` has none. told: the file that is there once one is read."""
    slow = [f"/slow{n}" for n in range(hostile)]
    site = kit.site(
        {
            "a.test/": kit.answer("".join(f"<a href={path}>x</a>" for path in slow) + "<a href=/last>x</a>"),
            **{f"a.test{path}": kit.answer(f"<p>endless {path}<a href={path}/child>x</a>") for path in slow},
            "a.test/last": kit.answer("<p>the last"),
            "b.test/": kit.answer("<a href=/one>x</a>"),
            "b.test/one": kit.answer("<a href=/two>x</a>"),
            "b.test/two": kit.answer("<p>two"),
        }
    )
    return kit.crawl(
        site,
        agencies=[{"id": name, "portal": f"http://{name}.test/"} for name in "ab"],
        hosts={"a.test:80": site.target, "b.test:80": site.target},
        spins={"word": "endless", "told": str(kit.folder / "spins")},
    )


def paths(crawl: Any, agency: str) -> set[str]:
    return {capture.url.partition(".test")[2] for capture in crawl.captures(agency, "http")}


def test_it_costs_its_own_links_and_is_told_by_its_address(kit: Kit) -> None:
    crawl = portals(kit, hostile=3)
    told = crawl.run(reading=0.6)
    assert told["state"] == "complete"
    assert {"/", "/slow0", "/slow1", "/slow2", "/last"} <= paths(crawl, "a")
    assert "/slow0/child" not in paths(crawl, "a")
    assert {"/", "/one", "/two"} <= paths(crawl, "b")
    assert "http://a.test/slow0: TookTooLong" in told["detail"]
    assert told["detail"].count("TookTooLong") == 3


def test_a_signal_ends_the_crawl_while_it_is_read_and_the_next_run_reads_it(kit: Kit) -> None:
    crawl = portals(kit, hostile=1)
    process = crawl.start(reading=3600.0)
    kit.wait_for((kit.folder / "spins").exists)
    process.send_signal(signal.SIGTERM)
    assert crawl.finish(process)["state"] == "interrupted"
    account = crawl.captures("a", "crawl")[-1]
    assert account.facts.state == "interrupted"
    del crawl.options["spins"]
    assert crawl.run()["state"] == "complete"
    assert {"/slow0", "/slow0/child", "/last"} <= paths(crawl, "a")
    assert len(crawl.exchanges("/slow0")) <= 2  # with its second visit, if it has one


def test_rules_without_number_cost_their_own_portal_alone(kit: Kit) -> None:
    """26,000 rules with a star, to be held against 900 addresses of 1,900 characters, once the file was slow to come."""
    rules = "User-agent: *\n" + "".join(f"Disallow: /*a{n}z\n" for n in range(26_000))
    links = "".join(f"<a href=http://slow.a.test/{'a' * 1_900}{n}>x</a>" for n in range(900))
    site = kit.site(
        {
            "a.test/": kit.answer(f"<a href=/page>x</a>{links}"),
            "a.test/page": kit.answer(f"{links}<a href=/next>x</a>"),
            "a.test/next": kit.answer("<p>next"),
            "slow.a.test/robots.txt": kit.answer(rules, kind="text/plain"),
            "b.test/": kit.answer("<a href=http://slow.a.test/x>x</a><a href=/one>x</a>"),
            "b.test/one": kit.answer("<p>one"),
        }
    )
    crawl = kit.crawl(
        site,
        agencies=[{"id": name, "portal": f"http://{name}.test/"} for name in "ab"],
        hosts={f"{name}.test:80": site.target for name in ("a", "slow.a", "b")},
    )
    told = crawl.run(reading=0.6)
    assert told["state"] == "complete"
    assert {"/", "/page", "/next"} <= paths(crawl, "a")
    assert {"/", "/one"} <= paths(crawl, "b")
    assert not any("aaa" in path for path in paths(crawl, "a"))
