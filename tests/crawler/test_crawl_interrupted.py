"""Outages, kills and signals: nothing committed is lost, nothing is fetched twice, nobody is blamed."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from typing import Any

import pytest

from crawler.browser.renderer import find_browser
from tests.crawler.conftest import ENOUGH_TEXT, Answer, Kit, answer
from tests.depth import some

pytestmark = pytest.mark.sockets

PAGES = 30
QUICK = {
    "controls_every": (0.5, 0.2)
}  # seconds between two checks of silent controls, and of those that answer


def chain(kit: Kit) -> Any:
    """A site whose pages are found one from another, a few at a time."""
    site = kit.site({"/": kit.answer("".join(f'<a href="/p{n}">x</a>' for n in range(3)))}, wait=0.02)

    def page(path: str, visit: int) -> bytes:
        if not path.startswith("/p"):
            return kit.answer("no", "404 Not Found")
        n = int(path[2:])
        if n >= PAGES:
            return kit.answer("no", "404 Not Found")
        text = " ".join(f"{letter}{'aeiou'[n % 5]}{'bcdfghjklmnp'[n // 5]}" for letter in "qrstvwxzkl")
        return kit.answer(  # with words of its own, so that the pattern of these pages is no trap
            "".join(f'<a href="/p{m}">x</a>' for m in (n * 2 + 3, n * 2 + 4) if m < PAGES) + f"<p>{text}"
        )

    site.fallback = page
    return site


def pages_of(crawl: Any) -> set[str]:
    return {
        c.url
        for c in crawl.captures("a", "http")
        if c.purpose in ("page", "claim", "home") and c.attempt == 1
    }


def test_killed_twice_and_resumed(kit: Any) -> None:
    site = chain(kit)
    services = [{"url": "http://a.test/p7"}, {"url": "http://a.test/nowhere"}]
    crawl = kit.crawl(site, services=services, crawl={"delay": 0.03})
    committed: set[tuple[str, int]] = set()
    for more in (10, 14):
        site.hold(after=more)
        process = crawl.start()
        known = len(committed)
        kit.wait_for(lambda known=known: site.holds and len(crawl.captures("a", "http")) > known)
        kit.kill(process)
        seen = {(c.url, c.attempt) for c in crawl.captures("a", "http")}
        assert committed < seen, "something committed was lost"
        committed = seen
        before = len(site.asked)
    site.go_on()
    outcome = crawl.run()
    assert (outcome["state"], outcome["detail"]) == ("complete", "")
    later = Counter(asked.path for asked in site.asked[before:])
    fetched_before = {url.removeprefix("http://a.test") for url, attempt in committed if attempt == 1}
    again = {path for path in later if path in fetched_before and later[path] > 1}
    assert not again
    exchanges = Counter((c.url, c.attempt) for c in crawl.captures("a", "http"))
    assert max(exchanges.values()) == 1, "an exchange of an earlier run was repeated"

    undisturbed = kit.crawl(site, name="undisturbed", services=services)
    assert undisturbed.run()["state"] == "complete"
    assert pages_of(undisturbed) == pages_of(crawl)
    assert {(c.url, c.attempt) for c in undisturbed.captures("a", "http")} == set(exchanges)


def test_a_finished_crawl_is_left_alone(kit: Any) -> None:
    site = chain(kit)
    crawl = kit.crawl(site)
    first = crawl.run()
    before = len(site.asked)
    again = crawl.run()
    assert (again["state"], again["coverage"]) == ("complete", first["coverage"])
    assert len(site.asked) == before


def test_signals_interrupt_and_the_next_run_goes_on(kit: Any) -> None:
    site = chain(kit)
    crawl = kit.crawl(site, crawl={"delay": 0.03})
    for number in (signal.SIGINT, signal.SIGTERM):
        site.hold(after=5)  # what is left takes several times as long as the crawl takes to notice
        process = crawl.start()
        kit.wait_for(lambda: site.holds)
        process.send_signal(number)
        site.go_on()
        outcome = crawl.finish(process)
        assert (outcome["state"], outcome["detail"]) == ("interrupted", "")
        assert crawl.captures("a", "crawl")[-1].facts.state == "interrupted"
    assert crawl.run()["state"] == "complete"
    exchanges = Counter((c.url, c.attempt) for c in crawl.captures("a", "http"))
    assert max(exchanges.values()) == 1
    assert max(Counter(site.paths()).values()) <= 2
    assert crawl.captures("a", "crawl")[-1].facts.state == "complete"


def test_an_outage_pauses_and_is_ours(kit: Any) -> None:
    site = chain(kit)
    control = kit.site({"/": kit.answer("alive")}, address="127.0.0.8")
    crawl = kit.crawl(
        site, controls=[f"http://{control.target}/"], crawl={"delay": 0.03}, **QUICK, control_timeout=120.0
    )
    site.hold(after=12)
    process = crawl.start()
    kit.wait_for(lambda: site.holds)
    control.down()  # first, or what the site does meanwhile would be its own doing
    site.down()
    kit.wait_for(lambda: any(c.facts.failure == "own_error" for c in crawl.captures("a", "http")))
    site.up()
    control.up()
    outcome = crawl.finish(process)
    assert (outcome["state"], outcome["paused"]) == ("complete", True)
    last: dict[str, Any] = {}
    for capture in crawl.captures("a", "http"):
        if capture.url.startswith("http:"):
            last[capture.url] = capture.facts.failure
    assert set(last.values()) == {None}
    ours = [c for c in crawl.captures("a", "http") if c.facts.failure == "own_error"]
    assert ours, "the outage was not seen at all"
    assert not [c for c in crawl.captures("a", "http") if c.facts.failure in ("refused", "reset")]
    assert len(pages_of(crawl)) == PAGES + 1


def test_silent_controls_end_the_run_and_it_resumes(kit: Any) -> None:
    site = chain(kit)
    control = kit.site({"/": kit.answer("alive")}, address="127.0.0.8")
    crawl = kit.crawl(site, controls=[f"http://{control.target}/"], **QUICK, control_timeout=1.0)
    control.down()
    assert crawl.run()["state"] == "paused"
    assert site.asked == []
    control.up()
    assert crawl.run()["state"] == "complete"
    assert crawl.captures("", "http")[-1].facts.status == 200


def test_without_controls_it_is_said(kit: Any) -> None:
    site = chain(kit)
    crawl = kit.crawl(site)
    crawl.run()
    assert crawl.captures("a", "crawl")[-1].facts.controlled is False


def test_a_failing_store_ends_the_run(kit: Any) -> None:
    site = chain(kit)
    small = site.fallback
    site.fallback = lambda path, visit: kit.answer(small(path, visit) + os.urandom(6_000).hex().encode())
    crawl = kit.crawl(site, crawl={"delay": 0.02}, disk=200_000)
    outcome = crawl.run()
    assert outcome["state"] == "failed"
    assert outcome["detail"]
    del crawl.options["disk"]
    assert crawl.run()["state"] == "complete"
    assert len(pages_of(crawl)) == PAGES + 1


@pytest.mark.thorough
def test_pages_that_never_came_to_the_browser_are_known_to_the_next_run(kit: Any) -> None:
    """Such a page ends at an address of the browser's own, which nobody can be asked for."""
    site = kit.site({"/": kit.answer("<title>درگاه</title>" + ENOUGH_TEXT)})
    heard = Counter[str]()

    def silent_at_first(path: str, visit: int) -> Answer:
        """To the browser."""
        latest = next(asked for asked in reversed(site.asked) if asked.path == path)
        if b"Upgrade-Insecure-Requests" in latest.raw:
            heard[path] += 1
            if heard[path] == 1:
                return lambda connection: time.sleep(60.0)
        return answer(f"<title>خدمت</title><script></script><form><input name=nin></form>{ENOUGH_TEXT}")

    site.fallback = silent_at_first
    crawl = kit.crawl(
        site,
        services=[{"url": "http://a.test/app"}],
        crawl={"render": "auto", "retry_after": 60.0},
        page_limits={"navigation_seconds": 3.0},
        browser=str(find_browser()),
    )
    process = crawl.start()
    kit.wait_for(lambda: any(c.kind == "page" and c.url.endswith("/app") for c in crawl.committed()))
    process.send_signal(signal.SIGINT)
    assert crawl.finish(process)["state"] == "interrupted"
    kept = {c.url: c.facts.final_url for c in crawl.captures("a", "page")}
    assert kept["http://a.test/app"] == "about:blank"
    outcome = crawl.run(timeout=60, crawl={**crawl.options["crawl"], "retry_after": 0.1})
    assert (outcome["state"], outcome["detail"]) == ("complete", "")


@pytest.mark.parametrize(
    ("handler", "state"),
    some([("HostHandler", "complete"), ("WireHandler", "failed"), ("BrowserHandler", "complete")], 2),
)
def test_what_a_handler_has_no_answer_to_holds_up_nobody(kit: Any, handler: str, state: str) -> None:
    crawl = kit.crawl(chain(kit), crawl={"render": "auto"}, browser=str(find_browser()), raises=handler)
    outcome = crawl.run(timeout=60)
    assert outcome["state"] == state
    assert "no answer of a handler" in outcome["detail"]
    assert crawl.run(timeout=60, raises="BaseDownloadHandler")["state"] == "complete"
