"""Spiders of an audit body: they get what they may ask for, and cost nobody else whatever they do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from crawler.spiders import limits
from evidence.kinds.http import HttpFacts
from tests.crawler.conftest import Crawl, Kit, Site, answer

pytestmark = [pytest.mark.sockets, pytest.mark.processes]

HEAD = """
from pathlib import Path
from scrapy import Request, Spider
from crawler.spiders.base import AuditSpider
from crawler.spiders import limits
limits.STEP = 0.5
told = lambda line: open(Path(__file__).parent / "told", "a").write(line + "\\n")
"""
FORMS = """
class Forms(AuditSpider):
    name = "forms"

    def parse(self, response):
        told(f"{response.url} {response.status} {response.capture.purpose} {response.headers['Server'].decode()}")
        for form in response.css("form"):
            told("form " + form.attrib["action"])
        for link in response.css("a::attr(href)").getall():
            yield response.follow(link, self.parse, errback=self.refused)
        yield Request(response.urljoin("/sent"), method="POST", errback=self.refused)

    def refused(self, failure):
        told(f"{type(failure.value).__name__} {failure.value}")
"""
PAGES = {
    "/robots.txt": answer("User-agent: *\nDisallow: /shut\n", kind="text/plain"),
    "/": answer("<title>home</title><a href=/one>1</a>"),
}
SECRET = answer(
    "<form action=/ask></form><a href=/two>2</a><a href=/shut/x>3</a><a href=/gone>4</a><a href=/moved>6</a>",
    headers=("Server: s",),
)


def written(kit: Kit, source: str, site: Site, spiders: list[str], **options: Any) -> Crawl:
    crawl = {"spiders": spiders, **options.pop("crawl", {})}
    made = kit.crawl(site, crawl=crawl, **options)
    made.folder.mkdir(parents=True, exist_ok=True)
    (made.folder / "body_spiders.py").write_text(HEAD + source)
    return made


def told(crawl: Crawl) -> list[str]:
    path = crawl.folder / "told"
    return path.read_text().splitlines() if path.exists() else []


def test_a_spider_gets_what_a_crawl_may_ask_for_and_is_told_of_the_rest(kit: Kit) -> None:
    site = kit.site(
        {
            **PAGES,
            "/": answer("<form action=/in></form><a href=/list>l</a>", headers=("Server: s",)),
            "/list": SECRET,
            "/two": answer("two", headers=("Server: s",)),
            "/moved": answer("", "302 Found", headers=("Location: /three", "Server: s")),
            "/three": answer("three", headers=("Server: s",)),
        }
    )
    crawl = written(kit, FORMS, site, ["body_spiders.Forms"])
    outcome = crawl.run()
    assert outcome["state"] == "complete", outcome
    portal = "http://a.test"
    lines = told(crawl)
    assert f"{portal}/ 200 spider s" in lines
    assert "form /in" in lines and "form /ask" in lines
    assert f"{portal}/two 200 spider s" in lines
    assert f"{portal}/three 200 spider s" in lines  # by Scrapy's own middleware, each hop a capture
    refused = [line for line in lines if line.startswith("RequestRefused")]
    assert f"RequestRefused {portal}/sent: a crawl sends GET alone, not POST" in refused
    assert f"RequestRefused {portal}/shut/x: robots" in refused
    assert not any(one.method != "GET" or one.path.startswith(("/shut", "/sent")) for one in site.asked)
    assert not any("/gone" in line for line in lines)  # a 404 is no page, as Scrapy has it
    kept = [c for c in crawl.captures("a", "http") if c.purpose == "spider"]
    assert {c.url.removeprefix(portal) for c in kept} >= {"/", "/list", "/two", "/moved", "/three", "/gone"}
    assert crawl.account()["unfetched"] == [[f"{portal}/shut/x", "robots"]]


def test_an_address_inside_is_not_visited(kit: Kit) -> None:
    source = """
class Inside(AuditSpider):
    name = "inside"

    async def start(self):
        yield Request(self.agency.portal, errback=lambda failure: told(str(failure.value)))
"""
    site = kit.site(PAGES)
    crawl = written(kit, source, site, ["body_spiders.Inside"], allow_private=False, crawl={"robots": False})
    assert crawl.run()["state"] == "complete"
    [line] = told(crawl)
    assert line.startswith("http://a.test/: no answer: private_address"), line
    assert not site.asked


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("raise ValueError('mine')", "ValueError: mine"),
        ("raise OSError('mine')", "OSError: mine"),
        ("raise SystemExit", "SystemExit in a spider"),
        ("while True: pass", "CallbackTimeout"),
        ("import time; time.sleep(60)", "CallbackTimeout"),
        ("import time\n        try: time.sleep(60)\n        except Exception: pass", "CallbackTimeout"),
        pytest.param(
            "return (Request(f'http://a.test/{n}') for n in __import__('itertools').count())",
            "the spider has had its 30 requests",
            marks=pytest.mark.thorough,  # ten thousand are refused one by one
        ),
        ("return [Request(f'http://a.test/{n}') for n in range(900)]", "the spider has had its 30 requests"),
    ],
)
def test_whatever_it_does_costs_nobody_else(kit: Kit, body: str, word: str) -> None:
    site = kit.site({**PAGES, "/one": answer("one")})
    source = f"class Wild(AuditSpider):\n    name = 'wild'\n    def parse(self, response):\n        {body}\n"
    crawl = written(kit, source, site, ["body_spiders.Wild"], crawl={"max_pages": 30})
    outcome = crawl.run()
    assert outcome["state"] == "complete", outcome
    assert word in outcome["detail"]
    pages = {c.url for c in crawl.captures("a", "http") if c.purpose in ("home", "page")}
    assert pages == {"http://a.test/", "http://a.test/one"}
    assert crawl.captures("a", "crawl")[-1].facts.state == "complete"  # type: ignore[attr-defined]
    others = [c for c in crawl.captures("a", "http") if c.purpose == "spider"]
    assert len(others) == (30 if "30 requests" in word else 1)


def test_its_own_middleware_and_its_end_cost_nobody_else(kit: Kit) -> None:
    site = kit.site({**PAGES, "/one": answer("one")})
    source = """
from scrapy.exceptions import IgnoreRequest

class Refuses:
    def process_request(self, request):
        raise IgnoreRequest("not this one")

class Bad(AuditSpider):
    name = "bad"
    custom_settings = {"DOWNLOADER_MIDDLEWARES": {Refuses: 1}}

    async def start(self):
        for n in range(20):
            yield Request(f"http://a.test/{n}")

    def closed(self, reason):
        told("closed")
        raise SystemExit(7)
"""
    crawl = written(kit, source, site, ["body_spiders.Bad"])
    outcome = crawl.run()
    assert outcome["state"] == "complete" and told(crawl) == ["closed"], outcome
    assert crawl.captures("a", "crawl")[-1].facts.state == "complete"  # type: ignore[attr-defined]


def test_spiders_with_rules_and_domains_go_by_them(kit: Kit) -> None:
    site = kit.site(
        {"/": answer("<a href=/a>a</a><a href=/b>b</a><a href=http://b.test/>c</a>"), "/a": answer("a")}
    )
    source = """
from scrapy.linkextractors import LinkExtractor
from scrapy.spiders import CrawlSpider, Rule

class Ruled(CrawlSpider):
    name = "ruled"
    allowed_domains = ["a.test"]
    start_urls = ["http://a.test/"]
    rules = (Rule(LinkExtractor(deny="/b$"), callback="seen"),)

    def seen(self, response):
        yield Request("http://a.test/first")
        raise ValueError("after what was yielded")
"""
    crawl = written(kit, source, site, ["body_spiders.Ruled"])
    outcome = crawl.run()
    kept = {c.url for c in crawl.captures("a", "http") if c.purpose == "spider"}
    assert kept == {"http://a.test/", "http://a.test/a", "http://a.test/first"}
    assert "ValueError: after what was yielded" in outcome["detail"]


def test_one_that_never_ends_is_given_up_with_the_time_of_its_agency(kit: Kit) -> None:
    site = kit.site({**PAGES, "/one": answer("one")})
    source = (
        "import asyncio\nclass Waits(AuditSpider):\n    name = 'waits'\n"
        "    async def parse(self, response):\n        await asyncio.Event().wait()\n"
    )
    crawl = written(kit, source, site, ["body_spiders.Waits"], crawl={"time_budget": 2.0})
    outcome = crawl.run()
    assert outcome["state"] == "complete"
    assert "did not end in the time of the agency" in outcome["detail"]
    assert {c.purpose for c in crawl.exchanges("/one")} == {"page"}


def test_what_does_not_come_by_the_scheduler_is_not_sent(kit: Kit) -> None:
    site = kit.site({**PAGES, "/one": answer("one")})
    source = """
class Round(AuditSpider):
    name = "round"

    async def parse(self, response):
        for url in ("http://a.test/shut/1", "http://a.test/two"):
            try:
                await self.crawler.engine.download_async(Request(url, meta=dict(response.meta)))
            except Exception as error:
                told(f"{type(error).__name__}: {error}")
"""
    crawl = written(kit, source, site, ["body_spiders.Round"])
    assert crawl.run()["state"] == "complete"
    assert len(told(crawl)) == 2 and all("only what a callback yields" in line for line in told(crawl))
    assert not any(one.path in ("/shut/1", "/two") for one in site.asked)


def test_its_own_settings_change_no_rule(kit: Kit) -> None:
    site = kit.site({**PAGES, "/one": answer("one")})
    source = """
class Settled(AuditSpider):
    name = "settled"
    custom_settings = {
        "SCHEDULER": "scrapy.core.scheduler.Scheduler",
        "DOWNLOAD_HANDLERS": {"http": "scrapy.core.downloader.handlers._aiohttp.AiohttpDownloadHandler"},
        "ROBOTSTXT_OBEY": False,
        "TWISTED_REACTOR_ENABLED": True,
    }

    async def start(self):
        for path in ("shut/1", "one"):
            yield Request(f"http://a.test/{path}", errback=lambda failure: told(str(failure.value)))
"""
    crawl = written(kit, source, site, ["body_spiders.Settled"])
    assert crawl.run()["state"] == "complete"
    assert told(crawl) == ["http://a.test/shut/1: robots"]
    assert [c.url for c in crawl.captures("a", "http") if c.purpose == "spider"] == ["http://a.test/one"]


def test_a_killed_run_goes_on_without_asking_twice(kit: Kit, tmp_path: Path) -> None:
    site = kit.site({**PAGES, "/one": answer("one")}, wait=0.05)
    for n in range(40):
        site.answers[f"/n{n}"] = answer(f"<p>{n}")
    source = """
class Many(AuditSpider):
    name = "many"
    start_urls = tuple(f"http://a.test/n{n}" for n in range(40))

    def parse(self, response):
        told(response.url)
"""
    crawl = written(kit, source, site, ["body_spiders.Many"], crawl={"per_host": 1})
    first = crawl.start()
    kit.wait_for(lambda: sum(c.purpose == "spider" for c in crawl.committed()) >= 5)
    kit.kill(first)
    assert crawl.run()["state"] == "complete"
    paths = [one.path for one in site.asked if one.path.startswith("/n")]
    kept = [c.url for c in crawl.captures("a", "http") if c.purpose == "spider"]
    assert len(set(kept)) == len(kept) == 40
    assert len(paths) <= 42  # what was under way when it was killed is asked for once more
    assert set(told(crawl)) == {f"http://a.test/n{n}" for n in range(40)}


def test_a_plain_spider_of_scrapy_does_as_well(kit: Kit) -> None:
    site = kit.site({**PAGES, "/one": answer("one")})
    source = """
class Plain(Spider):
    name = "plain"

    async def start(self):
        yield Request(f"http://{self.agency}.test/one")

    async def parse(self, response):
        told(f"{response.capture.id} {response.text}")
"""
    crawl = written(kit, source, site, ["body_spiders.Plain"])
    assert crawl.run()["state"] == "complete"
    [capture] = [c for c in crawl.captures("a", "http") if c.purpose == "spider"]
    assert told(crawl) == [f"{capture.id} one"]
    assert isinstance(capture.facts, HttpFacts) and limits.MOST == 10_000
