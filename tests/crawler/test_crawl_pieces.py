"""The pieces of the crawl alone: politeness, traps, siblings, robots, second visits, failures, scope."""

from __future__ import annotations

import asyncio
import datetime as dt
import errno
import ssl
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.model import Agency, CrawlSettings
from crawler.browser.choice import (
    RENDERED_LANDMARKS,
    RenderChoice,
    claim_needs_browser,
    needs_browser,
    route_of,
)
from crawler.discovery.crawl_account import CrawlAccount
from crawler.discovery.fragment_targets import FragmentTargets
from crawler.discovery.job_maker import JobMaker
from crawler.discovery.scope import host_probes, is_card_file, is_data_file
from crawler.discovery.second_visits import MOST_LANDMARKS, MOST_LOGINS, SecondVisits
from crawler.discovery.siblings import resembles, sibling_urls, sketch
from crawler.discovery.traps import TrapGuard, endless, pattern, steps
from crawler.jobs import ExchangeLimits, Job
from crawler.politeness.controls import Controls
from crawler.politeness.host_slot import HostSlot
from crawler.politeness.policy import AddressRefused
from crawler.politeness.robots import Robots, is_file, parsed
from crawler.wire.exchange import classify, parse_head, redirect_target
from crawler.wire.framing import MalformedResponse
from evidence.kinds.http import HttpFacts
from web.document import Document
from web.http_dates import retry_after_seconds
from web.links import Link
from web.urls import place

NOON = dt.datetime(2025, 12, 1, 12, tzinfo=dt.UTC)


def facts(status: int | None, failure: Any = None, **more: Any) -> HttpFacts:
    return HttpFacts("GET", status, "", (), failure, **more)


def job(url: str = "http://a.test/x", purpose: Any = "page", **more: Any) -> Job:
    return Job("a", url, purpose, **more)


# politeness


def test_a_host_is_slowed_and_gets_its_rate_back() -> None:
    slot = HostSlot("a", delay=1.0, per_host=2)
    slot.answered("a", 503, False, None, now=100.0)
    assert (slot.pace, slot.due_of("a")) == (2.0, 102.0)
    slot.answered("a", 429, False, 30.0, now=103.0)
    assert (slot.pace, slot.due_of("a")) == (4.0, 133.0)
    for _ in range(10):
        slot.answered("a", 200, False, None, now=140.0)
    assert slot.pace == 2.0
    for _ in range(3):
        slot.answered("a", None, True, None, now=150.0)
    assert slot.pace == 4.0


def test_the_delay_counts_from_the_first_byte_sent() -> None:
    slot = HostSlot("a", delay=1.0, per_host=2)
    slot.handed_out(10.0, "a")
    connecting = slot.busy
    slot.written(now=10.7)
    assert connecting and not slot.busy
    assert slot.next_at == 11.7


def test_retry_after_in_both_forms() -> None:
    assert retry_after_seconds("120", NOON) == 120
    assert retry_after_seconds("Mon, 01 Dec 2025 12:00:30 GMT", NOON) == 30
    assert retry_after_seconds("Mon, 01 Dec 2025 11:00:30 GMT", NOON) == 0
    assert retry_after_seconds("9" * 100_000, NOON) == 999_999_999
    assert retry_after_seconds("soon", NOON) is None
    assert retry_after_seconds("Mon, 01 Jan 2147483648 00:00:00 GMT", NOON) is None
    assert retry_after_seconds("Mon, 01 Jan 2026 00:00:00 +9999999999", NOON) is None
    assert retry_after_seconds(None, NOON) is None


# traps


def test_patterns_fold_what_changes() -> None:
    assert pattern("http://a.test/cal/2025-12-01?d=3&m=1") == pattern("http://a.test/cal/1999-01-30?m=9&d=44")
    assert pattern("http://a.test/id/0a1b2c3d4e5f") == pattern("http://a.test/id/ffeeddccbb00")
    assert pattern("http://a.test/news/%DB%B1%DB%B2") == pattern("http://a.test/news/%DB%B9")
    assert pattern("http://a.test/about") != pattern("http://a.test/contact")


def test_endless_nesting() -> None:
    assert endless("http://a.test/x/y/x/y/x/y")
    assert endless("http://a.test/" + "d/e" * 900)
    assert not endless("http://a.test/fa/services/fa/list")
    assert endless("http://a.test/docs/part-1/part-3/part-2/")
    assert not endless("http://a.test/news/1404/12/11/10")


@pytest.mark.parametrize(
    ("url", "page", "before", "after"),
    [
        ("http://a.test/events?m=3", "http://a.test/events?m=2", 1, 2),
        ("http://a.test/events?m=3", "http://a.test/", 0, 0),
        ("http://a.test/about", "http://a.test/contact", 4, 0),
        ("http://a.test/news/3", "http://a.test/archive?page=2", 4, 0),
        ("http://a.test/cal/1404/10", "http://a.test/cal/1404/9", 0, 11),
        ("http://a.test/cal?y=1404&m=1", "http://a.test/cal?y=1403&m=12", 0, 11),
        ("http://a.test/news/1404/9/tax-of-gardens", "http://a.test/news/1404/9/roads", 0, 1),
    ],
)
def test_steps_over_pages_of_one_program(url: str, page: str, before: int, after: int) -> None:
    assert steps(url, page, before) == after


@pytest.mark.parametrize("budget", [100, 600, 2000])
def test_a_chain_takes_a_tenth(budget: int) -> None:
    guard = TrapGuard(budget)
    met = [guard.admit(f"http://a.test/events?m={n}", steps=n) for n in range(1, 1_000)]
    assert sum(admission != "trap" for admission in met) == budget // 10
    assert guard.cut == {("http://a.test/events?m", "chain")}
    assert guard.admit("http://a.test/events?m=5000") != "trap"  # what another page leads to is met anew


def test_a_long_list_takes_a_third_of_a_scarce_budget_and_a_thousand_of_an_ample_one() -> None:
    for budget, fetched_elsewhere, most in ((300, 50, 100), (5_000, 200, 1_000), (2_000, 1_500, 666)):
        guard = TrapGuard(budget)
        taken = 0
        for n in range(3_000):
            url = f"http://a.test/{n}"
            admission = guard.admit(url)
            if admission == "page" or guard.allows(url, fetched_elsewhere + taken):
                guard.taken(url)
                taken += 1
        assert taken == most


# siblings


def test_siblings_are_the_same_in_every_run() -> None:
    first = sibling_urls("http://a.test/s/real.aspx?id=1", "a", 1404)
    assert first == sibling_urls("http://a.test/s/other.aspx", "a", 1404)
    assert len(set(first)) == 2
    assert all(url.startswith("http://a.test/s/") and url.endswith(".aspx") for url in first)
    assert first != sibling_urls("http://a.test/s/real.aspx", "b", 1404)


def test_resemblance_is_about_words() -> None:
    answer = sketch("Portal. We could not find what you were looking for, please use the search box above.")
    again = sketch("Portal. We could not find what you were looking for, please use the search box below.")
    page = sketch(
        "Permit for planting a tree: documents, fee, duration and the form that starts the request."
    )
    assert resembles(again, answer)
    assert not resembles(page, answer)


@given(st.text(), st.text())
def test_resemblance_never_fails(one: str, other: str) -> None:
    assert resembles(sketch(one), sketch(one))
    assert isinstance(resembles(sketch(one), sketch(other)), bool)


# robots


def robots_with(status: int | None, body: bytes = b"") -> list[tuple[str, str]]:
    said: list[tuple[str, str]] = []
    fetched: list[Job] = []
    robots = Robots(
        obey=True,
        fetch=fetched.append,
        go=lambda j: said.append(("go", j.url)),
        refuse=lambda j: said.append(("refuse", j.url)),
        slow=lambda host, delay: said.append(("slow", f"{host} {delay}")),
    )
    robots.submit(job("http://a.test/open"))
    robots.submit(job("http://a.test/private/x"))
    robots.submit(job("http://a.test/claim", "claim"))
    assert [j.url for j in fetched] == ["http://a.test/robots.txt"]
    assert said == []
    answer = facts(status, None if status else "timeout")
    robots.learned(fetched[0], answer, parsed(body) if is_file(answer) else None)
    return said


def test_robots_by_status() -> None:
    everything = [("go", f"http://a.test/{path}") for path in ("open", "private/x", "claim")]
    assert robots_with(404) == everything
    assert robots_with(403) == everything
    assert [said for said, _ in robots_with(500)] == ["refuse"] * 3
    # Nothing came at all: claims are tried, so that their own exchange says what is wrong.
    assert [said for said, _ in robots_with(None)] == ["refuse", "refuse", "go"]


def test_robots_that_move_to_another_origin_share_its_rules() -> None:
    said: list[tuple[str, str]] = []
    fetched: list[Job] = []
    robots = Robots(
        obey=True,
        fetch=fetched.append,
        go=lambda j: said.append(("go", j.url)),
        refuse=lambda j: said.append(("refuse", j.url)),
        slow=lambda host, delay: None,
    )
    robots.submit(job("http://a.test/x"))
    hop = robots.learned(fetched[0], facts(301, redirect="https://a.test/robots.txt"), None)
    assert hop is not None
    robots.submit(job("https://a.test/x"))
    assert [j.url for j in fetched] == ["http://a.test/robots.txt"]
    assert robots.learned(hop, facts(200), parsed(b"User-agent: *\nDisallow: /x")) is None
    assert said == [("refuse", "https://a.test/x"), ("refuse", "http://a.test/x")]
    robots.submit(job("http://b.test/x"))
    assert robots.learned(fetched[1], facts(302, redirect="https://a.test/robots.txt"), None) is None
    assert said[-1] == ("refuse", "http://b.test/x")
    robots.submit(job("http://c.test/x"))
    assert robots.learned(fetched[2], facts(302, redirect="http://c.test/robots.txt"), None) is None
    assert said[-1] == ("go", "http://c.test/x")  # a loop is no robots.txt
    robots.submit(job("http://d.test/x"))
    robots.submit(job("https://d.test/x"))
    assert robots.learned(fetched[3], facts(302, redirect="https://d.test/robots.txt"), None) is None
    assert robots.learned(fetched[4], facts(302, redirect="http://d.test/robots.txt"), None) is None
    assert said[-2:] == [("go", "https://d.test/x"), ("go", "http://d.test/x")]  # each waited for the other


def test_robots_rules() -> None:
    body = b"User-agent: govah\nDisallow: /private\nCrawl-delay: 90\nUser-agent: *\nDisallow: /"
    assert robots_with(200, body) == [
        ("slow", "a.test 30.0"),
        ("go", "http://a.test/open"),
        ("refuse", "http://a.test/private/x"),
        ("go", "http://a.test/claim"),
    ]
    late = b"#" * 600_000 + b"\nUser-agent: *\nDisallow: /"
    assert [said for said, _ in robots_with(200, late)] == ["go"] * 3


# second visits


def test_second_visits() -> None:
    again = SecondVisits(30.0)
    assert again.wanted(job(purpose="claim"), facts(200), False)
    assert not again.wanted(job("http://a.test/fine"), facts(200), False)
    assert again.wanted(job("http://a.test/soft"), facts(200), True)
    assert again.wanted(job("http://a.test/gone"), facts(404), False)
    assert again.wanted(job("http://a.test/cut"), facts(200, "reset"), False)
    assert not again.wanted(job("http://a.test/s", "sibling"), facts(404), False)
    assert again.wanted(replace(job("http://a.test/privacy"), landmark=True), facts(200), False)
    second = again.job(job(purpose="claim"), now=100.0, ago=10.0, asked_to_wait=60.0)
    assert (second.attempt, second.not_before) == (2, 150.0)


def test_an_entry_that_asks_for_a_password_is_seen_twice() -> None:
    again = SecondVisits(30.0)
    login = Document(
        b"<form><input name=u><input TYPE=Password name=p></form>", "http://a.test/x", "text/html"
    )
    form = Document(b"<form><input name=u></form>", "http://a.test/x", "text/html")

    def seen_twice(page: Job, document: Document) -> bool:
        again.login(page, document)
        return again.wanted(page, facts(200), False)

    entries = [replace(job(f"http://a.test/login/{n}"), entry=True) for n in range(MOST_LOGINS + 5)]
    assert not seen_twice(entries[0], form)
    assert not seen_twice(job("http://a.test/members"), login)  # no claim led there
    assert [seen_twice(entry, login) for entry in entries].count(True) == MOST_LOGINS
    assert not again.wanted(replace(entries[0], attempt=2), facts(200), False)


def test_second_looks_at_landmarks_have_an_end() -> None:
    again = SecondVisits(30.0)
    pages = [replace(job(f"http://a.test/{n}"), landmark=True) for n in range(MOST_LANDMARKS + 5)]
    assert sum(again.wanted(page, facts(200), False) for page in pages) == MOST_LANDMARKS


def test_a_page_without_a_place_that_a_link_names_is_seen_again() -> None:
    places = FragmentTargets()
    page = Document(b"<p id=here>", "http://a.test/p", "text/html")
    assert not places.named("http://a.test/p", "here")
    assert not places.named("http://a.test/p", "gone")
    assert places.came("http://a.test/p", page)
    assert not places.named("http://a.test/p", "here")
    assert places.named("http://a.test/p", "elsewhere")
    places.named("http://a.test/short", "nowhere")
    places.moved("http://a.test/short", "http://a.test/long")
    assert places.came("http://a.test/long", page)
    assert [place(f) is not None for f in ("a", "Top", "/route", "!x", ":~:text=x")] == [
        True,
        False,
        False,
        False,
        False,
    ]


def test_what_may_be_the_dataset_itself() -> None:
    def link(url: str, text: str) -> Link:
        return Link(url, None, url, text, "a", "page")

    assert is_data_file(link("http://a.test/files/x.CSV?v=1", ""))
    assert is_data_file(link("http://a.test/get?id=7", "دانلود فایل"))
    assert not is_data_file(link("http://a.test/about", "دربارهٔ ما"))


@pytest.mark.parametrize(
    ("url", "text", "kept"),
    [
        ("http://a.test/files/12.PDF?v=2", "شناسنامه خدمت", True),
        ("http://a.test/files/12.pdf", "فرم درخواست", False),
        ("http://a.test/cards/12", "شناسنامه خدمت", False),
    ],
)
def test_cards_that_are_files_are_kept_as_far_as_pages(url: str, text: str, kept: bool) -> None:
    assert is_card_file(Link(url, None, url, text, "a", "page")) is kept


def test_a_third_visit_only_when_a_passing_error_and_another_answer_disagree() -> None:
    for first, then, third in (
        (500, 200, True),
        (503, 503, False),
        (404, 404, False),
        (404, 200, False),
        (200, 429, True),
    ):
        again = SecondVisits(1.0)
        claim = job(purpose="claim")
        assert again.wanted(claim, facts(first), False)
        second = again.job(claim, 0.0, 0.0, None)
        assert again.wanted(second, facts(then), False) is third
        assert not again.wanted(again.job(second, 0.0, 0.0, None), facts(200), False)


# heads and failures


def test_heads_and_redirects() -> None:
    assert parse_head(b"HTTP/1.1 200") == (200, "", ())
    assert parse_head(b"SSH-2.0-OpenSSH")[0] is None
    at = "http://a.test/dir/page"
    assert redirect_target(at, 302, b"HTTP/1.1 302 F\r\nlocation: ../x#y") == "http://a.test/x"
    assert (
        redirect_target(at, 301, "HTTP/1.1 301 M\r\nLocation: /خانه".encode())
        == "http://a.test/%D8%AE%D8%A7%D9%86%D9%87"
    )
    assert redirect_target(at, 200, b"HTTP/1.1 200 OK\r\nRefresh: 0; url=/next") == "http://a.test/next"
    assert redirect_target(at, 200, b"HTTP/1.1 200 OK\r\nLocation: /next") is None


@given(st.binary(max_size=300))
def test_any_bytes_are_a_head_or_none(head: bytes) -> None:
    parse_head(head)
    redirect_target("http://a.test/", 301, head)


def test_failures_are_told_apart() -> None:
    def kind(reason: BaseException) -> str:
        return classify(reason)[0]

    assert kind(AddressRefused("private_address", "")) == "private_address"
    assert kind(ConnectionRefusedError()) == "refused"
    assert kind(TimeoutError()) == "timeout"
    assert (
        kind(ConnectionResetError()) == kind(BrokenPipeError()) == kind(ConnectionAbortedError()) == "reset"
    )
    assert kind(OSError(errno.EHOSTUNREACH, "no route")) == "timeout"
    assert kind(OSError(errno.EMFILE, "too many files")) == "own_error"
    assert kind(ssl.SSLError("no cipher")) == "tls"
    assert kind(MalformedResponse("x")) == "protocol"
    assert kind(RuntimeError("ours")) == "own_error"


# scope, budget, rendering


def test_what_is_probed() -> None:
    agency = Agency("a", "A", "main", "https://www.a.test:8443/fa/", hosts=("b.a.test", "c.test:9443"))
    assert "https://www.a.test:8443/" in host_probes(agency)
    assert {"http://b.a.test/", "https://b.a.test/"} <= set(host_probes(agency))


def test_how_much_is_kept() -> None:
    maker = JobMaker("a", frozenset({"a.test"}), CrawlSettings(max_body=5_000_000), ExchangeLimits())
    assert maker.make("http://a.test/x", "page", 5, 1).counts
    assert not maker.make("http://a.test/x.png", "link", 6, 1).counts
    assert maker.make("http://else.test/", "link", 6, 1).body_limit == 262_144
    dataset = maker.claim("http://else.test/d.csv#sheet", "dataset")
    assert dataset is not None
    assert (dataset.url, dataset.other_limit, dataset.counts) == ("http://else.test/d.csv", 5_000_000, False)
    assert maker.claim("mailto:x@y.z", "claim") is None


def test_the_ledger_counts_what_could_have_been_had() -> None:
    ledger = CrawlAccount()
    ledger.fetched = 3
    ledger.missed("x", "x", "max_pages", page=True)
    ledger.missed("y", "y", "robots", page=True)
    ledger.missed("z", "z", "time_budget", page=False)
    assert ledger.eligible == 4
    assert ledger.ran_out_of_time
    ledger.forget("x")
    assert ledger.eligible == 3


def document(source: str) -> Document:
    return Document(source.encode(), "http://a.test/", "text/html; charset=utf-8")


def test_pages_that_need_a_browser() -> None:
    script = "<script src=/app.js></script>"
    assert needs_browser(document(f"<div id=root></div>{script}"))
    assert needs_browser(document(f"<noscript>Please enable JavaScript</noscript>{script}"))
    assert needs_browser(document(f'<a href="#/list">list</a>{script}' + "text " * 200))
    assert needs_browser(document(f"<p>loading</p>{script}"))
    assert not needs_browser(document("<p>short, and no scripts"))
    assert not needs_browser(document(f"<p>{'plenty of text ' * 40}</p>{script}"))
    assert claim_needs_browser(document(f"<p>{'plenty of text ' * 40}</p>{script}"))
    assert claim_needs_browser(document(f"<form><input></form><p>{'plenty of text ' * 40}</p>{script}"))
    assert not claim_needs_browser(document(f"<form><input></form><p>{'plenty of text ' * 40}</p>"))
    asking = "<noscript>Please activate JavaScript to search.</noscript>"
    assert claim_needs_browser(document(f"<form></form>{asking}<p>{'plenty of text ' * 40}</p>{script}"))
    assert route_of("http://a.test/#/list") == "http://a.test/#/list"
    assert route_of("http://a.test/#part") is None


def test_what_was_rendered_once_is_rendered_twice() -> None:
    app = document("<div id=app></div><script src=/a.js></script>")
    choice = RenderChoice("auto")
    claim = job(purpose="claim")
    assert choice.wants(claim, app, True)
    again = SecondVisits(1.0).job(claim, 0.0, 0.0, None)
    assert choice.wants(again, app, True)
    assert not RenderChoice("never").wants(claim, app, True)
    assert not RenderChoice("auto").wants(again, app, True)


def test_pages_that_may_be_an_element_are_rendered_up_to_a_number() -> None:
    plain, scripted = document("<p>text"), document(f"<p>{'text ' * 400}</p><script src=/a.js></script>")
    choice = RenderChoice("auto")
    landmark = job(purpose="page")
    landmark.landmark = True
    assert not choice.wants(landmark, plain, True)
    assert not choice.wants(landmark, scripted, False)
    assert [choice.wants(landmark, scripted, True) for _ in range(RENDERED_LANDMARKS + 1)].count(
        True
    ) == RENDERED_LANDMARKS
    assert not RenderChoice("auto").wants(job(purpose="page"), scripted, True)
    assert not RenderChoice("never").wants(landmark, scripted, True)


# controls


def test_failures_wait_for_a_control_and_are_ours_when_it_is_silent() -> None:
    answers = [True, False, False, True, True]
    cleared: list[str] = []
    doubted: list[str] = []
    pauses: list[bool] = []

    async def scene() -> None:
        async def check() -> bool:
            return answers.pop(0)

        def pause(silent: bool) -> None:
            pauses.append(silent)
            if silent:
                controls.hold("under way meanwhile")

        controls: Controls[str] = Controls(
            True, check, cleared.append, doubted.append, pause, control_timeout=1.0
        )
        controls.hold("theirs")
        assert await controls.ask()
        assert (cleared, doubted, controls.holding) == (["theirs"], [], 0)
        controls.hold("ours")
        assert await controls.ask()
        assert (cleared, doubted) == (["theirs"], ["ours", "under way meanwhile"])
        controls.hold("theirs again")
        assert await controls.ask()
        assert cleared == ["theirs", "theirs again"]

    asyncio.run(scene())
    assert pauses == [True, False]


def test_without_controls_nothing_waits() -> None:
    cleared: list[str] = []

    async def never() -> bool:
        raise AssertionError

    controls: Controls[str] = Controls(False, never, cleared.append, cleared.append, lambda _: None)
    controls.hold("x")
    assert cleared == ["x"]
    assert asyncio.run(controls.ask())


def test_a_location_in_another_encoding_is_followed_byte_by_byte() -> None:
    """As Chromium follows it."""
    head = b"HTTP/1.1 302 Found\r\nLocation: " + "/فرم.html?n=كتاب".encode("cp1256") + b"\r\n\r\n"
    assert redirect_target("http://a.test/x", 302, head) == "http://a.test/%DD%D1%E3.html?n=%DF%CA%C7%C8"
