"""Addresses without end: they are kept in the page and counted, nobody is asked for them, and what is sealed can be read."""

from __future__ import annotations

import datetime as dt

import pytest

from checks.engine import run_checks
from claims.model import Agency, CrawlSettings, Dataset, NetworkSettings, Round, Service, Settings
from evidence.store import EvidenceStore
from evidence.verify.folder import verify
from tests.crawler.conftest import Kit

pytestmark = pytest.mark.sockets

SIZE = 3 << 20
LONG = "http://a.test/" + "x" * SIZE
PAST = "http://a.test/p?" + "x" * 8_200


def test_they_are_kept_counted_and_never_asked_for(kit: Kit) -> None:
    page = (
        f"<title>{'t' * SIZE}</title><img src='{LONG}'><a href='{PAST}'>one</a><a href='{PAST}2'>two</a>"
        f"<a href='/ok#{'x' * 9_000}'>four</a><a href='/moved'>five</a>"
    )
    site = kit.site(
        {
            "/": kit.answer(page),
            "/ok": kit.answer("<p>" + "there " * 300),
            "/moved": kit.answer("", "302 Found", headers=(f"Location: {PAST}3",)),
            "/claim": kit.answer("", "302 Found", headers=(f"Location: {PAST}4",)),
            "/sitemap.xml": kit.answer(f"<urlset><url><loc>{PAST}5</loc></url></urlset>", kind="text/xml"),
        }
    )
    crawl = kit.crawl(
        site, services=[{"url": "http://a.test/claim"}, {"url": f"{PAST}6"}], datasets=[{"url": f"{PAST}7"}]
    )
    assert crawl.run()["state"] == "complete"
    assert verify(crawl.folder / "evidence") == []
    assert max(len(asked.path) for asked in site.asked) < 8_192
    assert (
        list(crawl.unfetched().values()).count("too_long") == 4
    )  # the image, two links, one of the site map

    agency = Agency("a", "x", "main", "http://a.test/")
    services = tuple(
        Service("a", f"s{n}", "x", True, url) for n, url in enumerate(("http://a.test/claim", f"{PAST}6"))
    )
    round = Round(
        crawl.folder,
        Settings(
            "t", crawl=CrawlSettings(delay=0.0, retry_after=0.1), network=NetworkSettings(allow_private=True)
        ),
        (agency,),
        services,
        (Dataset("a", "d", "x", f"{PAST}7"),),
    )
    with EvidenceStore.open(crawl.folder / "evidence") as store:
        found = run_checks(round, store, as_of=dt.datetime.now(dt.UTC))
    assert not [finding for finding in found if finding.verdict == "contradicted"]
    assert max(len(finding.to_json()["observed"].__repr__()) for finding in found) < 200_000
    links = {finding.subject.url: finding.reason for finding in found if finding.check == "links.target"}
    assert sorted(links.values(), key=str) == ["limit"] * 4
    assert {finding.reason for finding in found if finding.check == "services.entry"} == {"limit"}
