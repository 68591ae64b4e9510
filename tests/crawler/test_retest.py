"""A re-test visits one claim alone, in a run and with numbers of its own, and extends the sealed evidence."""

from __future__ import annotations

import json
from typing import Any

import pytest

from crawler.retest import Retest
from evidence.retests import number_of, planned
from evidence.signing.keys import load_or_create
from evidence.verify.folder import verify

pytestmark = pytest.mark.sockets

FAST = {"retry_after": 0.2, "delay": 0.0, "per_host": 4}
PAGE = "<h1>صدور پروانه</h1><a href=/apply>ثبت درخواست</a> <a href=/news>اخبار</a> <a href=https://else.test/>x</a>"
ORDER = Retest(1, "a", "service", "s0", ("http://a.test/known",), ("r1",), 3, "ab" * 32)


def crawled(kit: Any, tmp_path: Any) -> tuple[Any, Any]:
    """A portal whose claimed page is gone, crawled and sealed; then it is mended."""
    home = "<h1>home</h1><a href=/s>s</a> <a href=/news>n</a> <a href=/other>o</a>"
    site = kit.site({"/": kit.answer(home), "/news": kit.answer("<p>news"), "/other": kit.answer("<p>other")})
    services = [{"url": "http://a.test/s"}, {"url": "http://a.test/other"}]
    crawl = kit.crawl(site, services=services, crawl=FAST)
    crawl.options["key"] = str(tmp_path / "signer.key")
    assert crawl.run()["state"] == "complete"
    site.answers["/s"] = kit.answer(PAGE)
    site.answers["/apply"] = kit.answer("<form method=post><input name=q><button>ارسال</button></form>")
    site.answers["/known"] = kit.answer("<p>where it was found last")
    site.asked.clear()
    return site, crawl


def test_only_the_claim_and_where_it_leads(kit: Any, tmp_path: Any) -> None:
    site, crawl = crawled(kit, tmp_path)
    before = {capture.id: capture for capture in crawl.captures()}
    outcome = crawl.run(services=[{"url": "http://a.test/s"}], retest=ORDER.to_json())
    assert outcome["state"] == "complete"
    # the rules for robots are asked for anew: they may have changed since
    asked = [path for path in site.paths() if not path.startswith("/govah-")]
    made_up = [path for path in asked if path not in ("/robots.txt", "/s", "/apply", "/known")]
    assert asked.count("/s") == 2 and {"/robots.txt", "/apply", "/known"} <= set(asked)
    assert not {"/", "/news", "/other", "/sitemap.xml"} & set(asked) and len(made_up) <= 2  # of soft answers
    after = {capture.id: capture for capture in crawl.captures()}
    assert before.items() <= after.items()
    new = [capture for id_, capture in after.items() if id_ not in before]
    assert {number_of(capture) for capture in new if capture.agency} == {1}
    assert sorted(c.attempt for c in new if c.url.endswith("/s") and c.kind == "http") == [101, 102]
    first, second = (c.time for c in new if c.url.endswith("/s") and c.kind == "http")
    assert (second - first).total_seconds() >= 0.2
    assert not [capture for capture in new if capture.kind in ("tls", "dns")]


def test_the_seal_is_extended_and_verifies(kit: Any, tmp_path: Any) -> None:
    _, crawl = crawled(kit, tmp_path)
    evidence = crawl.folder / "evidence"
    sealed = (evidence / "manifest.json").read_bytes()
    counted = json.loads(sealed)["coverage"]
    crawl.run(services=[{"url": "http://a.test/s"}], retest=ORDER.to_json())
    assert (evidence / "manifest-1.json").read_bytes() == sealed
    manifest = json.loads((evidence / "manifest.json").read_bytes())
    assert [manifest["coverage"][name] for name in ("agencies", "planned", "visited")] == [
        counted[name] for name in ("agencies", "planned", "visited")
    ]
    assert manifest["coverage"]["exchanges"] > counted["exchanges"]
    fingerprint = load_or_create(tmp_path / "signer.key").fingerprint
    assert verify(evidence, trusted_key=fingerprint) == []
    assert [Retest.from_json(plan) for plan in planned(evidence)] == [ORDER]


def test_it_is_made_once_and_a_second_one_has_the_next_number(kit: Any, tmp_path: Any) -> None:
    site, crawl = crawled(kit, tmp_path)
    claim = [{"url": "http://a.test/s"}]
    crawl.run(services=claim, retest=ORDER.to_json())
    asked = len(site.asked)
    assert crawl.run(services=claim, retest=ORDER.to_json())["state"] == "complete"
    assert len(site.asked) == asked
    crawl.run(services=claim, retest={**ORDER.to_json(), "number": 2})
    visits = [capture.attempt for capture in crawl.exchanges("/s")]
    assert visits == [1, 2, 101, 102, 201, 202]
    # the crawl itself is as complete as it was
    assert crawl.run()["state"] == "complete" and len(crawl.exchanges("/s")) == 6


def test_one_that_was_interrupted_goes_on_where_it_was(kit: Any, tmp_path: Any) -> None:
    site, crawl = crawled(kit, tmp_path)
    slow = {**FAST, "retry_after": 2.5}
    claim = [{"url": "http://a.test/s"}]
    halted = crawl.run(services=claim, retest=ORDER.to_json(), crawl=slow, stop_after=1.0)
    assert halted["state"] == "interrupted"
    assert crawl.run(services=claim, retest=ORDER.to_json(), crawl=slow)["state"] == "complete"
    assert [capture.attempt for capture in crawl.exchanges("/s")] == [1, 2, 101, 102]
    assert site.paths().count("/s") == 2
    fingerprint = load_or_create(tmp_path / "signer.key").fingerprint
    assert verify(crawl.folder / "evidence", trusted_key=fingerprint) == []


def test_rules_that_refuse_it_now_are_kept(kit: Any, tmp_path: Any) -> None:
    site, crawl = crawled(kit, tmp_path)
    site.answers["/robots.txt"] = kit.answer("User-agent: *\nDisallow: /\n", kind="text/plain")
    assert crawl.run(services=[{"url": "http://a.test/s"}], retest=ORDER.to_json())["state"] == "complete"
    assert set(site.paths()) == {"/robots.txt"}
