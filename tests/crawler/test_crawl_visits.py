"""What is asked for and asked for again: claims, links, redirects, siblings, site maps, bad weather."""

from __future__ import annotations

import gzip
import socket
import time
from collections import Counter
from typing import Any

import pytest

from web.urls import identity

pytestmark = pytest.mark.sockets


def redirect(kit: Any, target: str, status: str = "302 Found") -> bytes:
    wire: bytes = kit.answer("moved", status, headers=(f"Location: {target}",))
    return wire


def test_claims_are_visited_twice_with_their_chain(kit: Any) -> None:
    site = kit.site(
        {"/": kit.answer("<p>home"), "/old": redirect(kit, "/new"), "/new": kit.answer("<p>service")}
    )
    crawl = kit.crawl(site, services=[{"url": "http://a.test/old"}], crawl={"retry_after": 0.5})
    assert crawl.run()["state"] == "complete"
    first, second = crawl.exchanges("/old")
    assert (first.purpose, first.attempt, second.attempt) == ("claim", 1, 2)
    assert (second.time - first.time).total_seconds() >= 0.5
    hops = crawl.exchanges("/new")
    assert [(hop.attempt, hop.facts.previous) for hop in hops] == [(1, first.id), (2, second.id)]


def test_second_visits_are_apart_by_a_clock_that_is_slowed_down(kit: Any) -> None:
    """By the times in the evidence, which decide whether two visits may carry a contradiction."""
    site = kit.site({"/": kit.answer("<p>home"), "/gone": kit.answer("no", "404 Not Found")})
    crawl = kit.crawl(
        site,
        services=[{"url": "http://a.test/gone"}],
        crawl={"retry_after": 1.0},
        clock={"begin": "2025-12-01T08:00:00+00:00", "rate": 0.985},
    )
    assert crawl.run()["state"] == "complete"
    for where in ("http://a.test/", "http://a.test/gone"):
        first, second = crawl.exchanges(where)[:2]
        assert (second.time - first.time).total_seconds() >= 1.0


def test_a_chain_keeps_its_second_visit_apart_from_the_first_of_where_it_leads(kit: Any) -> None:
    """The first visit of the target waits in line behind slow pages, and is still under way when the chain comes again."""
    slow = {"/slow/1": 0.3, "/slow/2": 0.3, "/slow/3": 0.3, "/new": 1.2}
    site = kit.site({"/": kit.answer("<p>home"), "/old": redirect(kit, "/new")})

    def answer(path: str, visit: int) -> bytes:
        time.sleep(slow.get(path, 0.0) if visit == 1 else 0.0)
        return kit.answer(f"<p>service {path}")  # type: ignore[no-any-return]

    site.fallback = answer
    claims = [{"url": f"http://a.test{path}"} for path in ("/old", *slow)]
    crawl = kit.crawl(site, services=claims, crawl={"retry_after": 0.8})
    assert crawl.run()["state"] == "complete"
    visits = sorted(crawl.exchanges("/new"), key=lambda capture: capture.time)
    first, second = (next(v for v in visits if v.attempt == attempt) for attempt in (1, 2))
    assert (second.time - first.time).total_seconds() >= 0.8


def test_a_chain_from_elsewhere_waits_for_the_first_visit_of_where_it_leads(kit: Any) -> None:
    """The target stands in line behind slow pages while another host, which leads there, is asked for a second time."""
    site = kit.site({"/": kit.answer("<p>home")})
    other = kit.site({"/go": redirect(kit, "http://a.test/new")})

    def answer(path: str, visit: int) -> bytes:
        time.sleep(0.3 if visit == 1 else 0.0)
        return kit.answer(f"<p>service {path}")  # type: ignore[no-any-return]

    site.fallback = answer
    queue = [f"http://a.test/slow/{n}" for n in range(4)]
    crawl = kit.crawl(
        site,
        hosts={"b.test:80": other.target},
        services=[{"url": url} for url in ("http://b.test/go", *queue, "http://a.test/new")],
        crawl={"retry_after": 0.5, "per_host": 1},
    )
    assert crawl.run()["state"] == "complete"
    visits = sorted(crawl.exchanges("/new"), key=lambda capture: capture.time)
    assert [visit.attempt for visit in visits] == [1, 2]
    assert (visits[1].time - visits[0].time).total_seconds() >= 0.5
    assert [visit.attempt for visit in crawl.exchanges("/go")] == [1, 2]


def test_what_fails_is_visited_again_and_what_differs_a_third_time(kit: Any) -> None:
    site = kit.site(
        {
            "/": kit.answer('<a href="/gone">g</a><img src="/i.png"><a href="/fine">f</a>'),
            "/fine": kit.answer('<a href="/deep">d</a>'),
            "/deep": kit.answer("<p>x"),
        }
    )
    site.answers["/gone"] = kit.answer("gone", "410 Gone")
    site.fallback = lambda path, visit: (
        kit.answer("sigh", "500 Oops") if path == "/flaky" and visit == 1
        else kit.answer("<p>works") if path == "/flaky" else kit.answer("no", "404 Not Found")
    )  # fmt: skip
    crawl = kit.crawl(site, services=[{"url": "http://a.test/flaky"}])
    assert crawl.run()["state"] == "complete"
    visits = Counter(site.paths())
    assert (visits["/gone"], visits["/i.png"], visits["/deep"], visits["/flaky"]) == (2, 2, 1, 3)
    assert visits["/fine"] == 2  # the home page leads to it
    assert [c.attempt for c in crawl.exchanges("/flaky")] == [1, 2, 3]
    assert {c.purpose for c in crawl.exchanges("/i.png")} == {"link"}


def test_redirect_loops_and_long_chains_end(kit: Any) -> None:
    site = kit.site({"/": kit.answer('<a href="/l1">l</a><a href="/c/1">c</a><a href="/self">s</a>')})
    site.answers |= {
        "/l1": redirect(kit, "/l2"),
        "/l2": redirect(kit, "/l1"),
        "/self": redirect(kit, "/self"),
    }
    site.fallback = lambda path, visit: (
        redirect(kit, f"/c/{int(path[3:]) + 1}")
        if path.startswith("/c/")
        else kit.answer("no", "404 Not Found")
    )
    crawl = kit.crawl(site)
    assert crawl.run()["state"] == "complete"
    visits = Counter(site.paths())
    assert (visits["/l1"], visits["/l2"], visits["/self"]) == (2, 2, 2)  # a loop is looked at twice
    assert max(int(path[3:]) for path in visits if path.startswith("/c/")) == 21
    assert max(visits.values()) == 2


@pytest.mark.parametrize("cookie", [False, True], ids=["plain", "with a session"])
def test_a_loop_whose_addresses_wait_for_each_other_is_visited_twice(kit: Any, cookie: bool) -> None:
    """The home page links to each address of the loop, so that each is asked for before it is led to."""
    names = ("a", "b", "c")
    site = kit.site({"/": kit.answer("".join(f'<a href="/{name}">{name}</a>' for name in names))})
    given = ("Set-Cookie: session=1",) if cookie else ()
    for name, after in zip(names, ("b", "c", "a"), strict=True):
        site.answers[f"/{name}"] = kit.answer("x", "302 Found", headers=(f"Location: /{after}", *given))
    crawl = kit.crawl(site)
    assert crawl.run()["state"] == "complete"
    for name in names:
        assert {c.attempt for c in crawl.exchanges(f"/{name}")} == {1, 2}


def test_what_the_home_page_leads_to_comes_before_all_other_pages(kit: Any) -> None:
    """However many pages of services and catalogues a portal has, whose words make them urgent."""
    own = [f"/n/{n}" for n in range(12)]
    many = [f"/services/{n}" for n in range(60)]
    pages = "".join(f'<a href="{url}">شرح خدمت {url}</a>' for url in many)
    site = kit.site(
        {
            "/": kit.answer(
                '<a href="/services/">میز خدمت</a>' + "".join(f'<a href="{u}">x</a>' for u in own)
            ),
            "/services/": kit.answer(pages),
            "/sitemap.xml": kit.answer(
                "<urlset>"
                + "".join(f"<url><loc>http://a.test{url}</loc></url>" for url in many)
                + "</urlset>",
                kind="application/xml",
            ),
            **{url: kit.answer(f"<title>{url}</title><p>{url}") for url in many},
        }
    )
    crawl = kit.crawl(site, crawl={"max_pages": 20})
    assert crawl.run()["state"] == "complete"
    assert [len(crawl.exchanges(url)) for url in own] == [2] * len(own)
    assert len(crawl.unfetched()) > 40


def test_soft_answers_are_visited_again(kit: Any) -> None:
    nothing = "<title>Portal</title>" + "<p>We could not find what you were looking for. " * 5
    site = kit.site({"/": kit.answer('<a href="/list">l</a>')})
    site.answers["/list"] = kit.answer('<a href="/s/real.html">r</a><a href="/s/soft.html">s</a>')
    site.answers["/s/real.html"] = kit.answer(
        "<title>Permit</title>" + "".join(f"<p>word{n} of the permit" for n in range(60))
    )
    site.fallback = lambda path, visit: kit.answer(nothing)
    crawl = kit.crawl(site)
    assert crawl.run()["state"] == "complete"
    visits = Counter(site.paths())
    assert (visits["/s/real.html"], visits["/s/soft.html"]) == (1, 2)
    siblings = [c for c in crawl.captures("a", "http") if c.purpose == "sibling"]
    assert len([c for c in siblings if "/s/" in c.url]) == 2
    assert all(c.url.endswith(".html") for c in siblings if "/s/" in c.url)


def test_meta_refresh_of_a_claim_is_followed(kit: Any) -> None:
    page = '<meta http-equiv="refresh" content="0; url=/there"><p>wait'
    site = kit.site(
        {"/": kit.answer("<p>home"), "/here": kit.answer(page), "/there": kit.answer("<p>service")}
    )
    crawl = kit.crawl(site, services=[{"url": "http://a.test/here"}])
    assert crawl.run()["state"] == "complete"
    here, there = crawl.exchanges("/here")[0], crawl.exchanges("/there")[0]
    assert (there.purpose, there.facts.previous) == ("claim", here.id)


def test_other_sources_of_addresses(kit: Any) -> None:
    index = "<sitemapindex><sitemap><loc>http://a.test/more.xml.gz</loc></sitemap></sitemapindex>"
    more = gzip.compress(
        b"<urlset><url><loc>http://a.test/from-map</loc></url><url><loc>http://else.test/</loc></url></urlset>"
    )
    site = kit.site(
        {
            "/": kit.answer('<link rel=stylesheet href="/s.css"><img srcset="/1.png 1x, /2.png 2x">'),
            "/robots.txt": kit.answer(
                "User-agent: *\nAllow: /\nSitemap: http://a.test/index.xml", kind="text/plain"
            ),
            "/index.xml": kit.answer(index, kind="application/xml"),
            "/more.xml.gz": kit.answer(more, kind="application/gzip"),
            "/s.css": kit.answer("body { background: url(bg.png) }", kind="text/css"),
        }
    )
    crawl = kit.crawl(
        site, agencies=[{"id": "a", "portal": "http://a.test/", "catalogue": "http://a.test/data"}]
    )
    assert crawl.run()["state"] == "complete"
    assert {"/from-map", "/s.css", "/bg.png", "/1.png", "/2.png", "/data", "/sitemap.xml"} <= set(
        site.paths()
    )
    assert crawl.unfetched()["http://else.test/"] == "scope"
    assert crawl.exchanges("/data")[0].purpose == "catalogue"


def test_a_card_that_is_a_file_is_kept_whole_and_other_documents_to_a_bound(kit: Any) -> None:
    document = kit.answer(b"%PDF-1.7\n" + b"x" * 3_000_000, kind="application/pdf")
    links = '<a href="/card.pdf">شناسنامه خدمت</a> <a href="/form.pdf">فرم درخواست</a>'
    site = kit.site({"/": kit.answer(links), "/card.pdf": document, "/form.pdf": document})
    crawl = kit.crawl(site)
    assert crawl.run()["state"] == "complete"
    kept = [crawl.exchanges(f"/{name}.pdf")[0].facts for name in ("card", "form")]
    assert [facts.truncated for facts in kept] == [None, "length"]


def test_foreign_links_once_and_not_beyond(kit: Any) -> None:
    other = kit.site({"/x": kit.answer('<a href="/deeper">d</a>' + "x" * 400_000)}, address="127.0.0.2")
    site = kit.site({"/": kit.answer('<a href="http://other.test/x">x</a><a href="http://gone.test/">g</a>')})
    crawl = kit.crawl(site, hosts={"other.test:80": other.target})
    assert crawl.run()["state"] == "complete"
    assert Counter(other.paths()) == {"/robots.txt": 1, "/x": 1}
    capture = crawl.exchanges("other.test/x")[0]
    assert (capture.purpose, capture.facts.truncated) == ("link", "length")
    assert [c.facts.failure for c in crawl.exchanges("gone.test/")] == ["dns", "dns"]


# Each of these alone: test_bad_weather.py.
@pytest.mark.thorough
def test_bad_weather(kit: Any) -> None:
    def slow_bytes(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
        for _ in range(200):
            connection.sendall(b"x")
            time.sleep(0.05)

    def silent(connection: socket.socket) -> None:
        connection.recv(1)

    def huge_header(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Huge: " + b"h" * 1_000_000 + b"\r\n\r\n")

    def garbage(connection: socket.socket) -> None:
        connection.sendall(b"\x00\x01\x02 this is no HTTP at all\r\n\r\n")

    bomb = gzip.compress(b"\0" * 200_000_000)
    names = ("slow", "silent", "huge", "garbage", "bomb", "nul", "fine", "many")
    site = kit.site({"/": kit.answer("".join(f'<a href="/{name}">{name}</a>' for name in names))})
    site.answers |= {"/slow": slow_bytes, "/silent": silent, "/huge": huge_header, "/garbage": garbage}
    site.answers["/bomb"] = kit.answer(bomb, headers=("Content-Encoding: gzip",))
    site.answers["/nul"] = kit.answer(b"<p>a\x00b" + b"<div>" * 100_000)
    site.answers["/many"] = kit.answer("".join(f'<a href="/fine?{n}">x</a>' for n in range(10_000)))
    site.answers["/fine"] = kit.answer("<p>fine")
    crawl = kit.crawl(site, limits={"idle": 3.0, "total": 4.0}, crawl={"max_pages": 30})
    outcome = crawl.run(timeout=90)
    assert (outcome["state"], outcome["detail"]) == ("complete", "")
    first = {  # that was not ours: a visit during which our own loop hung is made again
        name: next(c.facts for c in crawl.exchanges(f"/{name}") if c.facts.failure != "own_error")
        for name in names
    }
    failures = {name: facts.failure for name, facts in first.items()}
    assert failures == {
        "slow": "timeout", "silent": "timeout", "huge": "too_large", "garbage": "protocol",
        "bomb": None, "nul": None, "fine": None, "many": None,
    }  # fmt: skip
    assert first["slow"].truncated == "time"
    assert outcome["memory_mb"] < 400


def test_a_page_in_windows_1256_leads_on(kit: Any) -> None:
    page = '<meta charset="windows-1256"><a href="/خدمت">خدمت</a>'.encode("cp1256", "ignore")
    site = kit.site({"/": kit.answer(page, kind="text/html")})
    assert kit.crawl(site).run()["state"] == "complete"
    assert any(path.startswith("/%D8%AE") for path in site.paths())


def test_buttons_of_a_claimed_page_lead_on_by_their_scripts(kit: Any) -> None:
    site = kit.site(
        {
            "/": kit.answer("<p>home <button onclick=\"location.href='/elsewhere'\">x</button>"),
            "/s": kit.answer(
                "<button onclick=\"location.href='/form'\">ثبت درخواست</button><div data-url='/tab'>x</div>"
                "<a href=\"javascript:window.open('/window')\">ورود</a><a onclick='location=where()'>y</a>"
            ),
            "/form": kit.answer("<p>form"),
            "/tab": kit.answer("<p>tab"),
            "/window": kit.answer("<p>window"),
        }
    )
    crawl = kit.crawl(site, services=[{"url": "http://a.test/s"}])
    assert crawl.run()["state"] == "complete"
    assert {"/form", "/tab", "/window"} <= set(site.paths())
    assert "/elsewhere" not in site.paths()


def test_a_page_that_waits_for_its_cookie(kit: Any) -> None:
    def gate(name: str, page: str) -> Any:
        def answer(connection: socket.socket) -> None:
            asked = [one for one in site.asked if one.path == f"/{name}"][-1]
            cookies = next((line for line in asked.raw.split(b"\r\n") if line.startswith(b"Cookie: ")), b"")
            if b"seen=%b" % name.encode() in cookies:
                connection.sendall(kit.answer(page))
                return
            connection.sendall(
                kit.answer(
                    "wait", "302 Found", headers=(f"Location: /{name}", f"Set-Cookie: seen={name}; Path=/")
                )
            )

        return answer

    site = kit.site(
        {
            "/": kit.answer('<a href="/a">a</a>'),
            "/a": gate("a", '<a href="/b">b</a>'),
            "/b": gate("b", "<p>b"),
        }
    )
    site.answers["/never"] = kit.answer(
        "wait", "302 Found", headers=("Location: /never", "Set-Cookie: seen=x")
    )
    crawl = kit.crawl(site, services=[{"url": "http://a.test/a"}, {"url": "http://a.test/never"}])
    assert crawl.run()["state"] == "complete"
    statuses = [(c.attempt, c.facts.status) for c in crawl.exchanges("/a")]
    assert statuses == [(1, 302), (1, 200), (2, 302), (2, 200)]
    assert [c.facts.status for c in crawl.exchanges("/b")] == [302, 200]  # a cookie lives in its chain alone
    assert [(c.attempt, c.facts.status) for c in crawl.exchanges("/never")] == [
        (1, 302),
        (1, 302),
        (2, 302),
        (2, 302),
    ]


def test_an_address_that_leads_to_itself_with_a_session_or_without_a_counter(kit: Any) -> None:
    """Browsers ask for the other address; what stands for the same page to us is no circle to them."""
    session = "/in/(S(lit3py55t21z5v55vlm25s55))/a"
    site = kit.site(
        {
            "/": kit.answer("<p>home"),
            "/in/a": kit.answer("", "302 Found", headers=(f"Location: {session}",)),
            session: kit.answer('<a href="/b">b</a>'),
            "/b": kit.answer("<p>b"),
            "/c?utm_source=x": kit.answer("", "302 Found", headers=("Location: /c",)),
            "/c": kit.answer("<p>c"),
        }
    )
    site.answers["/again"] = kit.answer("", "302 Found", headers=("Location: /again?utm_source=x",))
    site.answers["/again?utm_source=x"] = kit.answer("", "302 Found", headers=("Location: /again",))
    claims = [{"url": f"http://a.test{path}"} for path in ("/in/a", "/c?utm_source=x", "/again")]
    crawl = kit.crawl(site, services=claims)
    assert crawl.run()["state"] == "complete"
    for path, statuses in (("/in/a", [302, 200]), ("/c", [302, 200]), ("/again", [302, 302])):
        seen = [
            (c.attempt, c.facts.status)
            for c in crawl.captures("a", "http")
            if identity(c.url) == f"http://a.test{path}"
        ]
        assert sorted(seen) == sorted((attempt, status) for attempt in (1, 2) for status in statuses), path
    assert "/b" in site.paths()


def test_what_may_be_an_error_is_visited_again(kit: Any) -> None:
    """Though random addresses beside it get an honest 404."""
    missing = kit.answer("<title>سازمان</title><h1>چنین صفحه‌ای موجود نیست</h1>")
    site = kit.site(
        {
            "/": kit.answer('<a href="/list">فهرست</a>'),
            "/list": kit.answer('<a href="/s/1">۱</a><a href="/s/2">۲</a><a href="/s/3">۳</a>'),
            "/s/1": missing,
            "/s/2": kit.answer(
                f"<title>گزارش</title><h1>گزارش سال</h1><p>{'گزارش کار سازمان در سال گذشته. ' * 200}</p>"
            ),
            "/s/3": kit.answer('{"status": 404, "message": "x"}', kind="application/json"),
        }
    )
    crawl = kit.crawl(site)
    assert crawl.run()["state"] == "complete"
    assert [len(crawl.exchanges(f"/s/{n}")) for n in (1, 2, 3)] == [2, 1, 2]
