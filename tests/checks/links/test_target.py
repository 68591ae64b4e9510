"""Links over small rounds. Each row: what a link's address answered, and what is said of the link."""

import csv
from pathlib import Path
from typing import Any

import pytest

import fixtures.portals.estate
from checks.links.judgements import MOST_UNASKED
from checks.links.outcome import BROKEN, INCONCLUSIVE

PORTAL = "http://portal.test/"
TARGET = "http://other.test/x"
HTML = (("Content-Type", "text/html; charset=utf-8"),)
LONG = "<p>" + "گزارش کامل طرح‌های سازمان در این صفحه آمده است و هر ماه به‌روز می‌شود. " * 40 + "</p>"

OK = {"status": 200, "body": f"<html><title>گزارش</title><h1>گزارش</h1>{LONG}</html>"}
R404, R410, R403, R500 = ({"status": code, "body": "x"} for code in (404, 410, 403, 500))


def lost(failure: str, **facts: Any) -> dict[str, Any]:
    return {"status": None, "failure": failure, **facts}


# name: (answers by attempt, verdict or None when the link works, reason)
ANSWERS: dict[str, tuple[list[dict[str, Any]], str | None, str | None]] = {
    "works": ([OK], None, None),
    "works the second time": ([R404, OK], None, None),
    "server recovers": ([R500, OK], None, None),
    "time-out, then fine": ([lost("timeout"), OK], None, None),
    "not found": ([R404, R404], "contradicted", "not_found"),
    "gone": ([R410, R410], "contradicted", "gone"),
    "not found, then gone": ([R404, R410], "contradicted", "gone"),
    "not found once": ([R404], "inconclusive", "limit"),
    "server error": ([R500, R500], "contradicted", "server_error"),
    "server error once": ([R500], "inconclusive", "limit"),
    "two troubles": ([R500, R404], "inconclusive", "limit"),
    "no such name": ([lost("dns"), lost("dns")], "contradicted", "dns"),
    "name not found once": ([lost("dns")], "inconclusive", "limit"),
    "resolver broke": ([lost("resolver"), lost("resolver")], "inconclusive", "own_error"),
    "forbidden": ([R403, R403], "inconclusive", "blocked"),
    "forbidden, then not found": ([R403, R404], "inconclusive", "blocked"),
    "time-out": ([lost("timeout"), lost("timeout")], "inconclusive", "timeout"),
    "our own lag": ([lost("timeout", lag_ms=5000.0)], "inconclusive", "own_error"),
    "refused": ([lost("refused")] * 2, "inconclusive", "refused"),
    "reset": ([lost("reset")] * 2, "inconclusive", "reset"),
    "private": ([lost("private_address")], "inconclusive", "own_error"),
    "port of another protocol": ([lost("bad_port")], "inconclusive", "limit"),
    "handshake failed": ([lost("tls")] * 2, "inconclusive", "refused"),
    "cut short": ([{**OK, "truncated": "disconnect"}] * 2, "inconclusive", "reset"),
    "longer than we keep": ([{**OK, "truncated": "length"}], None, None),
    "challenge": ([{"status": 503, "body": "<title>Just a moment...</title>"}] * 2, "inconclusive", "blocked"),
    "challenge with 200": (
        [{"status": 200, "body": "<title>x</title><div class=g-recaptcha></div>"}], "inconclusive", "blocked"),
    "into an application": ([{"status": 302, "redirect": "intent://scan"}], None, None),
}  # fmt: skip


def target(seen: Any, answers: list[dict[str, Any]], url: str = TARGET, **rest: Any) -> None:
    for number, answer in enumerate(answers, 1):
        facts = {"purpose": "link", "at": 10.0 + 60 * number, "attempt": number, **rest, **answer}
        seen.http(url, facts.pop("body", ""), **facts)


@pytest.mark.parametrize(("answers", "verdict", "reason"), ANSWERS.values(), ids=ANSWERS.keys())
def test_an_address(
    seen: Any, answers: list[dict[str, Any]], verdict: str | None, reason: str | None
) -> None:
    seen.http(PORTAL, f'<html><a href="{TARGET}">گزارش</a></html>', purpose="home")
    target(seen, answers)
    found = seen.of("links.target")
    if verdict is None:
        assert found == {}
    else:
        (finding,) = found.values()
        assert (finding.verdict, finding.reason) == (verdict, reason)
        assert finding.subject.id == TARGET
        assert finding.observed["found_on"] == [PORTAL]
        assert (finding.observed["text"], finding.observed["element"]) == ("گزارش", "a")


R503 = {"status": 503, "body": "<html>Service Temporarily Unavailable"}
OTHER = "http://other.test/y"
# name: (answers of the target, further ones of its host: (address, seconds, answer), reason or None)
BUSY: dict[str, tuple[list[dict[str, Any]], list[tuple[str, float, dict[str, Any]]], str | None]] = {
    "nobody knows better": ([R503, R503], [], "server_error"),
    "the host serves others": ([R503, R503], [(OTHER, 80, OK)], "server_error"),
    "it refuses others": ([R503, R503], [(OTHER, 80, {"status": 429})], "server_error"),
    "one other passes": ([R503, R503], [(OTHER, 60, R503), (OTHER, 150, OK)], "server_error"),
    "others pass": (
        [R503, R503],
        [(OTHER, 60, R503), (OTHER, 150, OK), (OTHER + "1", 61, OK), (OTHER + "1", 151, R503)], "blocked"),
    "it is the last thing asked for": ([R503, R503], [(OTHER, 5, OK)], "server_error"),
    "it served until then": (
        [R503, R503], [(OTHER, 5, OK), (OTHER + "1", 80, R503), (OTHER + "2", 85, R503)], "blocked"),
    "it asks for more time": ([{**R503, "headers": (("Retry-After", "300"),)}] * 2, [(OTHER, 80, OK)], "blocked"),
    "it had its time": ([{**R503, "headers": (("Retry-After", "30"),)}] * 2, [(OTHER, 80, OK)], "server_error"),
    "it refuses us as well": ([R503, {"status": 429}], [], "blocked"),
    "another failure": (
        [R500, R500],
        [(OTHER, 60, R503), (OTHER, 150, OK), (OTHER + "1", 61, R503), (OTHER + "1", 151, OK)], "server_error"),
}  # fmt: skip


@pytest.mark.parametrize(("answers", "others", "reason"), BUSY.values(), ids=BUSY.keys())
def test_a_limit_of_requests_is_no_broken_link(
    seen: Any,
    answers: list[dict[str, Any]],
    others: list[tuple[str, float, dict[str, Any]]],
    reason: str | None,
) -> None:
    seen.http(PORTAL, f'<html><a href="{TARGET}">گزارش</a></html>', purpose="home")
    target(seen, answers)
    attempts: dict[str, int] = {}
    for url, at, answer in others:
        attempt = attempts[url] = attempts.get(url, 0) + 1
        target(seen, [answer], url, at=at, attempt=attempt)
    (finding,) = seen.of("links.target").values()
    assert finding.reason == reason


def test_nothing_is_broken_while_the_controls_are_silent(seen: Any) -> None:
    seen.http(PORTAL, f'<a href="{TARGET}">x</a><html>', purpose="home", at=5000)
    target(seen, [R404], at=5000)
    target(seen, [{**R404, "attempt": 2}], at=5100)
    (finding,) = seen.of("links.target").values()
    assert (finding.verdict, finding.reason) == ("inconclusive", "own_error")


@pytest.mark.parametrize(
    ("failure", "outcome"),
    [("timeout", ("inconclusive", "own_error")), ("own_error", ("contradicted", "not_found"))],
)
def test_a_control_that_our_own_lateness_spoiled_says_nothing(seen: Any, failure: Any, outcome: Any) -> None:
    """Between two good answers of the control, after the second visit."""
    seen.control(940, status=None, failure=failure)
    seen.control(960)
    seen.http(PORTAL, f'<a href="{TARGET}">x</a><html>', purpose="home")
    target(seen, [R404], at=850)
    target(seen, [{**R404, "attempt": 2}], at=930)
    (finding,) = seen.of("links.target").values()
    assert (finding.verdict, finding.reason) == outcome


def test_two_answers_too_close_together_prove_nothing(seen: Any) -> None:
    seen.http(PORTAL, f'<html><a href="{TARGET}">x</a>', purpose="home")
    target(seen, [R404, R404], at=50)
    (finding,) = seen.of("links.target").values()
    assert (finding.verdict, finding.reason) == ("inconclusive", "limit")


def test_every_reason_has_its_case_here_or_in_the_estate() -> None:
    """The estate's are served and crawled; these are answers alone."""
    truth = Path(fixtures.portals.estate.__file__).parent / "truth" / "links.csv"
    with truth.open(encoding="utf-8", newline="") as file:
        served = {row["reason"] for row in csv.DictReader(file)}
    assert {*BROKEN, *INCONCLUSIVE} - served == {"own_error"}  # no server of ours can bring that about
    answered = {reason for _, _, reason in ANSWERS.values() if reason} | set(UNFETCHED.values())
    assert {*BROKEN, *INCONCLUSIVE} - answered == {"soft_404", "redirect_loop", "missing_fragment", "tls"}


def test_the_way_of_a_redirected_link_is_kept(seen: Any) -> None:
    seen.http(PORTAL, '<html><a href=" /short ">x</a>', purpose="home")
    for attempt, at in ((1, 20), (2, 90)):
        first = seen.http(PORTAL + "short", status=301, redirect=PORTAL + "long", purpose="link", at=at,
                          attempt=attempt)  # fmt: skip
        seen.http(PORTAL + "long", "x", status=404, purpose="link", at=at + 1, attempt=attempt,
                  previous=first.id)  # fmt: skip
    (finding,) = seen.of("links.target").values()
    assert finding.reason == "not_found"
    assert finding.observed["chain"] == [f"301 {PORTAL}short", f"404 {PORTAL}long"]
    assert (finding.observed["final_url"], finding.observed["reference"]) == (PORTAL + "long", "/short")


def test_a_link_without_redirects_has_no_way(seen: Any) -> None:
    seen.http(PORTAL, f'<html><a href="{TARGET}">x</a>', purpose="home")
    target(seen, [R404, R404])
    (finding,) = seen.of("links.target").values()
    assert finding.observed["chain"] == []


def test_a_links_header_has_links_too(seen: Any) -> None:
    headers = (*HTML, ("Link", "</missing>; rel=preload; as=style, <http://portal.test/own>; rel=canonical"))
    seen.http(PORTAL, f"<html>{LONG}", purpose="home", headers=headers)
    target(seen, [R404, R404], PORTAL + "missing")
    (finding,) = seen.of("links.target").values()
    assert (finding.subject.id, finding.observed["element"]) == (PORTAL + "missing", "header")


UNFETCHED = {
    "robots": "robots",
    "max_pages": "limit",
    "depth": "limit",
    "trap": "limit",
    "time_budget": "limit",
    "blocked_agency": "blocked",
    "scope": "limit",
}


@pytest.mark.parametrize(("why", "reason"), UNFETCHED.items())
def test_what_was_not_fetched_says_why(seen: Any, why: str, reason: str) -> None:
    seen.http(PORTAL, f'<html><a href="{TARGET}">x</a>', purpose="home")
    seen.account([(TARGET, why)])
    (finding,) = seen.of("links.target").values()
    assert (finding.verdict, finding.reason) == ("inconclusive", reason)


@pytest.mark.parametrize("length", [19, 25])
def test_a_chain_may_be_as_long_as_browsers_allow(seen: Any, length: int) -> None:
    seen.http(PORTAL, '<html><a href="http://other.test/0">x</a>', purpose="home")
    for attempt in (1, 2):
        previous: Any = None
        for hop in range(length):
            previous = seen.http(
                f"http://other.test/{hop}", status=302, redirect=f"http://other.test/{hop + 1}", purpose="link",
                previous=previous.id if previous else None, at=10 + 100 * attempt + hop, attempt=attempt,
            )  # fmt: skip
        seen.http(f"http://other.test/{length}", "ok", purpose="link", previous=previous.id, attempt=attempt,
                  at=50 + 100 * attempt, headers=(("Content-Type", "text/plain"),))  # fmt: skip
    found = seen.of("links.target")
    assert [f.reason for f in found.values()] == ([] if length == 19 else ["redirect_loop"])


@pytest.mark.parametrize(
    ("headers", "verdict", "reason"),
    [((), "contradicted", "redirect_loop"), ((("Set-Cookie", "seen=1"),), "inconclusive", "blocked")],
)
def test_a_loop_is_broken_unless_it_waits_for_a_cookie(
    seen: Any, headers: tuple[tuple[str, str], ...], verdict: str, reason: str
) -> None:
    seen.http(PORTAL, '<html><a href="http://other.test/a">x</a>', purpose="home")
    for attempt in (1, 2):
        first = seen.http("http://other.test/a", status=302, redirect="http://other.test/b", purpose="link",
                          at=10 + 100 * attempt, attempt=attempt, headers=headers)  # fmt: skip
        seen.http("http://other.test/b", status=302, redirect="http://other.test/a", purpose="link",
                  previous=first.id, at=11 + 100 * attempt, attempt=attempt)  # fmt: skip
    (finding,) = seen.of("links.target").values()
    assert (finding.verdict, finding.reason) == (verdict, reason)


def test_a_loop_that_a_cookie_does_not_end_is_broken(seen: Any) -> None:
    """Most portals give a session with every answer; the crawl brought it along."""
    seen.http(PORTAL, '<html><a href="http://other.test/a">x</a>', purpose="home")
    for attempt in (1, 2):
        previous: Any = None
        for hop, name in enumerate("abab"):
            previous = seen.http(
                f"http://other.test/{name}", status=302, redirect=f"http://other.test/{'ba'[hop % 2]}", purpose="link",
                previous=previous.id if previous else None, at=10 + 100 * attempt + hop, attempt=attempt,
                headers=(("Set-Cookie", f"session={hop}; path=/"),),
            )  # fmt: skip
    (finding,) = seen.of("links.target").values()
    assert (finding.verdict, finding.reason) == ("contradicted", "redirect_loop")


PAGE_WITH_PLACES = (
    f"<html><h1 id='a b'>x</h1><h2 id='بخش'>y</h2><a name=old></a><p id=Case>z</p>{LONG}</html>"
)
FRAGMENTS = {
    "": True,
    "top": True,
    "TOP": True,
    "old": True,
    "Case": True,
    "case": False,
    "a%20b": True,
    "%D8%A8%D8%AE%D8%B4": True,
    "بخش": True,
    "nowhere": False,
    ":~:text=x": True,
    "old:~:text=x": True,
    "nowhere:~:text=x": False,
    "/route": True,
    "!route": True,
}


@pytest.mark.parametrize(("fragment", "there"), FRAGMENTS.items())
def test_fragments(seen: Any, fragment: str, there: bool) -> None:
    seen.http(PORTAL, f'<html><a href="/page#{fragment}">x</a>{LONG}', purpose="home")
    seen.http(PORTAL + "page", PAGE_WITH_PLACES, at=20)
    seen.http(PORTAL + "page", PAGE_WITH_PLACES, at=60, attempt=2)
    reasons = [f.reason for f in seen.of("links.target").values()]
    assert reasons == ([] if there else ["missing_fragment"])


@pytest.mark.parametrize(
    ("act", "reasons"), [("", ["missing_fragment"]), ("onclick='ask()'", []), ("role=button", [])]
)
def test_a_link_on_which_a_script_acts_needs_no_place(seen: Any, act: str, reasons: list[str]) -> None:
    for at, attempt in ((20, 1), (60, 2)):
        page = f"<html><a href='#login' {act}>ورود</a>{LONG}"
        seen.http(PORTAL, page, purpose="home", at=at, attempt=attempt)
    assert [f.reason for f in seen.of("links.target").values()] == reasons


def test_one_look_breaks_no_fragment(seen: Any) -> None:
    seen.http(PORTAL, f'<html><a href="/page#nowhere">x</a>{LONG}', purpose="home")
    seen.http(PORTAL + "page", PAGE_WITH_PLACES, at=20)
    assert [f.reason for f in seen.of("links.target").values()] == ["limit"]


SHELL = "<html><body><div id=app></div><script src=/app.js></script></body></html>"
VIEWS = {
    "not rendered": (None, ["limit"]),
    "not finished": (("<html><body><p>x</p></body></html>", False), ["limit"]),
    "made by script": (("<html><body><p id=part>x</p></body></html>", True), []),
    "made without it": (("<html><body><p>x</p></body></html>", True), ["missing_fragment"]),
}


@pytest.mark.parametrize(("view", "reasons"), VIEWS.values(), ids=VIEWS.keys())
def test_fragments_of_pages_that_scripts_build(
    seen: Any, view: tuple[str, bool] | None, reasons: list[str]
) -> None:
    seen.http(PORTAL, f'<html><a href="/app#part">x</a><script src=/a.js></script>{LONG}', purpose="home")
    seen.http(PORTAL + "app", SHELL, at=20)
    seen.http(PORTAL + "app", SHELL, at=60, attempt=2)
    seen.http(PORTAL + "app.js", "1", at=21, purpose="link", headers=(("Content-Type", "text/javascript"),))
    seen.http(PORTAL + "a.js", "1", at=21, purpose="link", headers=(("Content-Type", "text/javascript"),))
    if view is not None:
        seen.rendered(PORTAL + "app", view[0], finished=view[1])
    assert [f.reason for f in seen.of("links.target").values()] == reasons


@pytest.mark.parametrize(("view", "reasons"), VIEWS.values(), ids=VIEWS.keys())
def test_fragments_of_pages_to_which_scripts_add(
    seen: Any, view: tuple[str, bool] | None, reasons: list[str]
) -> None:
    """Much text came from the server; a script may make the place all the same."""
    seen.http(PORTAL, f'<html><a href="/faq#part">x</a>{LONG}', purpose="home")
    for at, attempt in ((20, 1), (60, 2)):
        seen.http(PORTAL + "faq", f"<html><script>build()</script>{LONG}", at=at, attempt=attempt)
    if view is not None:
        seen.rendered(PORTAL + "faq", view[0], finished=view[1])
    assert [f.reason for f in seen.of("links.target").values()] == reasons


def test_a_fragment_of_a_file_is_for_its_reader(seen: Any) -> None:
    seen.http(PORTAL, '<html><a href="/a.pdf#page=3">x</a>', purpose="home")
    seen.http(
        PORTAL + "a.pdf", "%PDF-1.7", at=20, purpose="link", headers=(("Content-Type", "application/pdf"),)
    )
    assert seen.of("links.target") == {}


@pytest.mark.parametrize(("location", "reasons"), [("/page#old", []), ("/page", ["missing_fragment"])])
def test_a_redirects_own_fragment_counts(seen: Any, location: str, reasons: list[str]) -> None:
    seen.http(PORTAL, f'<html><a href="/short#nowhere">x</a>{LONG}', purpose="home")
    for attempt, at in ((1, 20), (2, 60)):
        hop = seen.http(
            PORTAL + "short",
            status=302,
            redirect=PORTAL + "page",
            headers=(("Location", location),),
            at=at,
            attempt=attempt,
        )
        seen.http(PORTAL + "page", PAGE_WITH_PLACES, at=at + 1, attempt=attempt, previous=hop.id)
    assert [f.reason for f in seen.of("links.target").values()] == reasons


# element, markup that points at /missing
ELEMENTS = {
    "a": '<a href="/missing">x</a>',
    "area": '<map><area href="/missing"></map>',
    "img": '<img src="/missing">',
    "img srcset": '<img srcset="/missing 2x, /there 1x">',
    "img lazy": '<img data-src="/missing">',
    "script": '<script src="/missing"></script>',
    "link": '<link rel="stylesheet" href="/missing">',
    "icon": '<link rel="icon" href="/missing">',
    "alternate": '<link rel="alternate" href="/missing">',
    "iframe": '<iframe src="/missing"></iframe>',
    "object": '<object data="/missing"></object>',
    "embed": '<embed src="/missing">',
    "video": '<video poster="/missing"></video>',
    "source": '<audio><source src="/missing"></audio>',
    "css": "<style>p { background: url('/missing') }</style>",
    "css inline": '<p style="background:url(/missing)">x</p>',
    "meta": '<meta http-equiv="refresh" content="9; url=/missing">',
    "drawing": '<svg><image href="/missing"/></svg>',
    "drawing's parts": '<svg><use xlink:href="/missing#icon"/></svg>',
    "background": '<table background="/missing"></table>',
}
NO_LINKS = {
    "canonical": '<link rel="canonical" href="/missing">',
    "form": '<form action="/missing"></form>',
    "formaction": '<button formaction="/missing">x</button>',
    "mailto": '<a href="mailto:a@b.test">x</a>',
    "script address": '<a href="javascript:void(0)">x</a>',
    "data": '<img src="data:image/png;base64,AA==">',
    "comment": '<!-- <a href="/missing">x</a> -->',
    "preconnect": '<link rel="preconnect" href="/missing">',
}


@pytest.mark.parametrize("markup", ELEMENTS.values(), ids=ELEMENTS.keys())
def test_every_kind_of_link(seen: Any, markup: str) -> None:
    seen.http(PORTAL, f"<html><head>{markup}</head><body>{markup}</body></html>", purpose="home")
    seen.http(PORTAL + "there", "x", purpose="link", headers=(("Content-Type", "image/png"),))
    target(seen, [R404, R404], PORTAL + "missing")
    assert [f.reason for f in seen.of("links.target").values()] == ["not_found"]


@pytest.mark.parametrize("markup", NO_LINKS.values(), ids=NO_LINKS.keys())
def test_what_is_no_link(seen: Any, markup: str) -> None:
    seen.http(PORTAL, f"<html><head>{markup}</head><body>{markup}</body></html>", purpose="home")
    target(seen, [R404, R404], PORTAL + "missing")
    assert seen.of("links.target") == {}


def test_style_sheets_site_maps_and_rendered_pages_have_links_too(seen: Any) -> None:
    seen.http(PORTAL, '<html><link rel=stylesheet href="/s.css">', purpose="home")
    seen.http(
        PORTAL + "s.css", "@import '/one.css'; p{}", purpose="link", headers=(("Content-Type", "text/css"),)
    )
    seen.http(PORTAL + "sitemap.xml", "<urlset><url><loc>http://portal.test/two</loc></url></urlset>",
              purpose="sitemap", headers=(("Content-Type", "application/xml"),))  # fmt: skip
    seen.rendered(PORTAL, '<html><a href="/three">x</a></html>')
    for name in ("one.css", "two", "three"):
        target(seen, [R404, R404], PORTAL + name)
    found = seen.of("links.target")
    assert {f.subject.id.rpartition("/")[2]: f.observed["element"] for f in found.values()} == {
        "one.css": "css",
        "two": "sitemap",
        "three": "a",
    }


def test_one_broken_link_on_every_page_is_one_finding(seen: Any) -> None:
    pages = [PORTAL, *(f"{PORTAL}p{number:02d}" for number in range(30))]
    menu = "".join(f'<a href="{page}">بخش</a>' for page in pages)
    for number, page in enumerate(pages):
        seen.http(page, f'<html>{menu}<a href="/missing?utm_source=menu">منو</a>{LONG}</html>', at=float(number),
                  purpose="home" if page == PORTAL else "page")  # fmt: skip
    target(seen, [R404, R404], PORTAL + "missing?utm_source=menu")
    findings = seen.judge()
    (finding,) = (f for f in findings if f.check == "links.target")
    assert finding.observed["found_on_count"] == 31
    assert len(finding.observed["found_on"]) == 20
    assert finding.observed["found_on"] == sorted(pages)[:20]
    assert finding.subject.id == PORTAL + "missing"
    assert finding.subject.url == PORTAL + "missing?utm_source=menu"
    (summary,) = (f for f in findings if f.check == "links.summary")
    assert summary.observed == {
        "pages": 31, "checked": 32, "broken": 1, "inconclusive": 0, "inside_checked": 32, "inside_broken": 1,
    }  # fmt: skip
    assert summary.verdict == "partial"


def test_the_agencys_own_hosts_are_counted_apart_and_two_schemes_are_one_address(seen: Any) -> None:
    links = '<a href="/one">یک</a><a href="https://portal.test/one">یک</a><a href="http://elsewhere.test/gone">دو</a>'
    links += '<a href="/gone">سه</a><a href="https://portal.test/gone">سه</a>'
    seen.http(PORTAL, f"<html>{links}{LONG}", purpose="home")
    for scheme in ("http", "https"):
        seen.twice(f"{scheme}://portal.test/one", LONG, purpose="page")
        seen.twice(f"{scheme}://portal.test/gone", "gone", status=404, purpose="link")
    seen.twice("http://elsewhere.test/gone", "gone", status=404, purpose="link")
    (summary,) = seen.of("links.summary").values()
    observed = summary.observed
    assert (observed["checked"], observed["broken"]) == (5, 3)
    assert (observed["inside_checked"], observed["inside_broken"]) == (2, 1)


def test_pages_of_others_and_of_firewalls_are_not_searched(seen: Any) -> None:
    seen.http(PORTAL, '<html><a href="http://gateway.test/form">x</a>', purpose="home")
    seen.http("http://gateway.test/form", f'<html><a href="/missing">x</a>{LONG}', purpose="claim")
    seen.http(PORTAL + "gate", '<html><div class=g-recaptcha></div><a href="/missing">x</a>', purpose="page")
    findings = seen.judge()
    assert [f for f in findings if f.check == "links.target"] == []
    (summary,) = (f for f in findings if f.check == "links.summary")
    assert summary.observed["pages"] == 1


def test_a_portal_that_was_never_seen_has_no_links_to_judge(seen: Any) -> None:
    seen.http(PORTAL, status=None, failure="timeout", purpose="home")
    (summary,) = seen.of("links.summary").values()
    assert (summary.verdict, summary.reason) == ("inconclusive", None)
    assert summary.observed["checked"] == 0


def test_a_portal_whose_links_nobody_could_follow_says_why(seen: Any) -> None:
    links = "".join(f'<a href="http://other{number}.test/">x</a>' for number in range(3))
    seen.http(PORTAL, f"<html>{links}{LONG}", purpose="home")
    for number, failure in enumerate(("timeout", "refused", "refused")):
        for attempt in (1, 2):
            seen.http(f"http://other{number}.test/", status=None, failure=failure, purpose="link", attempt=attempt,
                      at=60.0 * attempt)  # fmt: skip
    summary = next(f for f in seen.found("links.summary") if f.observed["inconclusive"] == 3)
    assert (summary.verdict, summary.reason) == ("inconclusive", "refused")


SOFT = "<html><title>صفحه یافت نشد</title><h1>صفحه یافت نشد</h1><p>متاسفانه چنین صفحه‌ای وجود ندارد</p></html>"


@pytest.mark.parametrize(
    ("visits", "verdict", "reason"), [(2, "contradicted", "soft_404"), (1, "inconclusive", "limit")]
)
def test_a_page_that_says_that_it_is_not_there(seen: Any, visits: int, verdict: str, reason: str) -> None:
    seen.http(PORTAL, f'<html><a href="/old">x</a>{LONG}', purpose="home")
    target(seen, [{"status": 200, "body": SOFT}] * visits, PORTAL + "old", purpose="page")
    (finding,) = seen.of("links.target").values()
    assert (finding.verdict, finding.reason) == (verdict, reason)


def test_one_dead_control_says_nothing_about_us(seen: Any) -> None:
    seen.http(PORTAL, '<html><a href="/gone">x</a>', purpose="home")
    seen.twice(PORTAL + "gone", "gone", status=404, purpose="link")
    for at in (5, 95, 300):
        seen.http("http://dead.test/", status=None, failure="timeout", at=at, agency="", purpose="control")
    assert [f.reason for f in seen.of("links.target").values()] == ["not_found"]


def test_without_a_live_control_nothing_is_broken(seen: Any) -> None:
    seen.http(PORTAL, '<html><a href="/gone">x</a>', purpose="home")
    seen.twice(PORTAL + "gone", "gone", status=404, purpose="link")
    for at in (9, 11, 99, 101):
        seen.control(at, status=None)
    assert [f.reason for f in seen.of("links.target").values()] == ["own_error"]


def test_a_site_map_without_end_gives_examples_and_a_number(seen: Any) -> None:
    seen.http(PORTAL, f'<html><a href="{TARGET}">x</a>', purpose="home")
    seen.twice(TARGET, "gone", status=404, purpose="link")
    listed = "".join(f"<url><loc>{PORTAL}zz{n}</loc></url>" for n in range(1_500))
    seen.http(
        f"{PORTAL}sitemap.xml",
        f"<urlset>{listed}</urlset>",
        purpose="sitemap",
        headers=(("Content-Type", "text/xml"),),
    )
    found = seen.found("links.target", "links.summary")
    (summary,) = (finding for finding in found if finding.check == "links.summary")
    links = [finding for finding in found if finding.check == "links.target"]
    assert [finding.reason for finding in links].count("limit") == MOST_UNASKED == 1_000
    assert [finding.subject.url for finding in links if finding.verdict == "contradicted"] == [TARGET]
    assert (summary.observed["broken"], summary.observed["inconclusive"], summary.observed["unlisted"]) == (
        1,
        1_500,
        500,
    )


GONE = '<a href="/missing">فهرست</a>'
# name: (page as sent, as the browser shows it: (markup, finished) or None, reasons)
SCRIPTED: dict[str, tuple[str, tuple[str, bool] | None, list[str]]] = {
    "taken away": (f"{GONE}<script src=/s.js></script>", ("<p>متن", True), []),
    "given another address": (f"{GONE}<script src=/s.js></script>", ('<a href="/">فهرست</a>', True), []),
    "still there": (f"{GONE}<script src=/s.js></script>", (GONE, True), ["not_found"]),
    "put there": ("<script src=/s.js></script>", (GONE, True), ["not_found"]),
    "not drawn to its end": (f"{GONE}<script src=/s.js></script>", ("<p>متن", False), ["not_found"]),
    "not drawn": (f"{GONE}<script src=/s.js></script>", None, ["not_found"]),
    "written by a script of the page": (f"{GONE}<script>menu.href = list[0]</script>", None, ["limit"]),
    "written by jQuery": (f"{GONE}<script>$('a').attr('href', '/')</script>", None, ["limit"]),
    "written, and seen so": (f"{GONE}<script>menu.href = list[0]</script>", (GONE, True), ["not_found"]),
    "the page's own address": (f"{GONE}<script>location.href = '/x'; if (a.href == b) c()</script>", None, ["not_found"]),
    "a picture": ('<img src="/missing"><script>menu.href = list[0]</script>', None, ["not_found"]),
    "held back": ('<a href="/missing" onclick="ask(7); return false">فهرست</a>', None, []),
    "held back by its event": ('<a href="/missing" onclick="event.preventDefault(); ask(7)">فهرست</a>', None, []),
    "held back, and its address is taken": (
        '<a href="/missing" onclick="window.open(this.href); return false">فهرست</a>', None, ["not_found"]),
    "held back or not": ('<a href="/missing" onclick="if (old) return false">فهرست</a>', None, ["not_found"]),
}  # fmt: skip


@pytest.mark.parametrize(("sent", "view", "reasons"), SCRIPTED.values(), ids=SCRIPTED.keys())
def test_a_link_is_where_a_visitor_finds_it(
    seen: Any, sent: str, view: tuple[str, bool] | None, reasons: list[str]
) -> None:
    seen.http(PORTAL, f"<html><body>{sent}{LONG}", purpose="home")
    script = (("Content-Type", "text/javascript"),)
    seen.http(PORTAL + "s.js", "1", at=21, purpose="link", headers=script)
    target(seen, [R404, R404], PORTAL + "missing")
    if view is not None:
        seen.rendered(PORTAL, f"<html><body>{view[0]}{LONG}", finished=view[1])
    assert [f.reason for f in seen.of("links.target").values()] == reasons
