"""Deep links of the national window are followed as claimed addresses are: twice, with their chains, at the same pace."""

from __future__ import annotations

import json
from typing import Any

import pytest

pytestmark = pytest.mark.sockets

WINDOW = "w.test"


def test_deep_links_are_followed_like_claims(kit: Any) -> None:
    site = kit.site(
        {"/": kit.answer("<p>home"), "/s/1": kit.answer("<p>service"), "/s/2": kit.answer("<p>other")}
    )
    window = kit.site(
        {
            "/deep-one": kit.answer("", "302 Found", headers=("Location: http://a.test/s/2",)),
            "/deep-two": kit.answer("gone", "404 Not Found"),
        }
    )
    links = [f"http://{WINDOW}/deep-one", f"http://{WINDOW}/deep-two"]
    crawl = kit.crawl(
        site,
        services=[{"url": "http://a.test/s/1", "window": links}],
        crawl={"retry_after": 0.2, "delay": 0.1, "per_host": 1},
    )
    crawl.options["hosts"][f"{WINDOW}:80"] = window.target
    assert crawl.run()["state"] == "complete"
    visits = [path for path in window.paths() if path != "/robots.txt"]
    assert sorted(visits) == ["/deep-one", "/deep-one", "/deep-two", "/deep-two"]
    first, second = crawl.exchanges("/deep-one")
    assert (first.purpose, first.agency, second.attempt) == ("claim", "a", 2)
    assert [(hop.attempt, hop.facts.previous) for hop in crawl.exchanges("/s/2")] == [
        (1, first.id),
        (2, second.id),
    ]
    assert min(window.gaps(WINDOW)) >= 0.09
    plan = json.loads((crawl.folder / "evidence" / "plan.json").read_bytes())["plan"]
    assert plan["agencies"]["a"]["window"] == [["s0", *links]]


def test_a_round_without_the_list_has_the_plan_that_it_had(kit: Any) -> None:
    site = kit.site({"/": kit.answer("<p>home"), "/s/1": kit.answer("<p>service")})
    crawl = kit.crawl(site, services=[{"url": "http://a.test/s/1"}])
    assert crawl.run()["state"] == "complete"
    plan = json.loads((crawl.folder / "evidence" / "plan.json").read_bytes())["plan"]
    assert "window" not in plan["agencies"]["a"]
