"""What visits, hops, the browser and the crawl come to, over small rounds."""

from collections.abc import Callable
from typing import Any

import pytest

from claims.model import Agency, Service

PORTAL = "http://portal.test/"
URL = "http://portal.test/services/5"
TITLE = "صدور پروانه پرورش زنبور عسل"
CODE = "13091713000"
PROSE = (
    "متقاضیان پرورش زنبور عسل برای آغاز کار به پروانه نیاز دارند. این پروانه سه سال اعتبار دارد و به نام شخص حقیقی یا "
    "شرکت صادر می‌شود. کارشناسان محل زنبورستان را از نظر فاصله با جاده و مزرعه می‌بینند و گزارش خود را به کمیسیون می‌دهند. "
    "هزینه کارشناسی هر سال اعلام می‌شود و زمان رسیدگی سی روز کاری است."
)
FORM = (
    '<form method="post"><label>نام <input name="a"></label><label>کد ملی <input name="b"></label>'
    "<label>تلفن همراه <input name='c'></label><button>ثبت درخواست</button></form>"
)


def page(body: str, heading: str = TITLE) -> str:
    return f"<!doctype html><html><head><title>{heading}</title></head><body><h1>{heading}</h1>{body}</body></html>"


INFO = page(f"<p>{PROSE}</p>")
ENTRY = page(FORM)
LINKED = page(f'<p>{PROSE}</p><p><a href="/apply/5">ثبت درخواست</a></p>')
HOME = page("<p>خوش آمدید</p>", "سازمان")


def fails(failure: str) -> dict[str, Any]:
    return {"status": None, "failure": failure}


def moved(to: str) -> dict[str, Any]:
    return {"status": 302, "redirect": to}


# name: (answers of the two visits: a body or facts, verdict, reason)
ANSWERS: dict[str, tuple[list[str | dict[str, Any]], str, str]] = {
    "fine twice": ([ENTRY, ENTRY], "verified", "transaction_entry"),
    "500, then fine": ([{"status": 500}, ENTRY], "verified", "transaction_entry"),
    "429, then fine": ([{"status": 429}, ENTRY], "verified", "transaction_entry"),
    "404, then fine": ([{"status": 404}, ENTRY], "verified", "transaction_entry"),
    "404 twice": ([{"status": 404}, {"status": 404}], "contradicted", "dead_link"),
    "410 twice": ([{"status": 410}, {"status": 410}], "contradicted", "dead_link"),
    "404 once": ([{"status": 404}], "inconclusive", "not_attempted"),
    "404, then time-out": ([{"status": 404}, fails("timeout")], "inconclusive", "unreachable"),
    "403 twice": ([{"status": 403}, {"status": 403}], "inconclusive", "blocked"),
    "429 for ever": ([{"status": 429}, {"status": 429}], "inconclusive", "blocked"),
    "503 twice": ([{"status": 503}, {"status": 503}], "inconclusive", "server_error"),
    "time-out": ([fails("timeout"), fails("timeout")], "inconclusive", "unreachable"),
    "reset": ([fails("reset"), fails("reset")], "inconclusive", "unreachable"),
    "no such name": ([fails("dns"), fails("dns")], "inconclusive", "unreachable"),
    "refused by our policy": ([fails("private_address")], "inconclusive", "own_error"),
    "own error": ([fails("own_error")], "inconclusive", "own_error"),
    "cut by our limit": ([{"truncated": "length"}] * 2, "inconclusive", "limit"),
    "information, then time-out": ([INFO, fails("timeout")], "inconclusive", "unreachable"),
    "entry, then time-out": ([ENTRY, fails("timeout")], "verified", "transaction_entry"),
    "entry, then information": ([ENTRY, INFO], "inconclusive", "ambiguous"),
    "information, then hollow": ([INFO, page("<p>کوتاه</p>")], "inconclusive", "ambiguous"),
    "home": ([moved(PORTAL), moved(PORTAL)], "contradicted", "redirects_home"),
    "a foreign host": ([moved("http://elsewhere.test/x")] * 2, "inconclusive", "not_attempted"),
    "sign-on with client": (
        [moved("https://sso.my.gov.ir/login?client_id=bee&redirect_uri=http%3A%2F%2Fportal.test%2F")] * 2,
        "verified", "transaction_entry"),
    "sign-on that names nobody": ([moved("https://sso.my.gov.ir/login")] * 2, "partial", "login_wall"),
    "look-alike of the sign-on": ([moved("https://sso.my.gov.ir.evil.test/login?client_id=1")] * 2, "inconclusive", "not_attempted"),
    "payment": ([moved("https://sep.shaparak.ir/p/1")] * 2, "verified", "transaction_entry"),
    "challenge": ([{"status": 503, "body": "<title>Just a moment...</title>"}] * 2, "inconclusive", "blocked"),
    "a form to print": (
        [{"headers": (("Content-Type", "application/pdf"), ("Content-Disposition", "inline; filename=form-5.pdf")), "body": "%PDF-1.4"}] * 2,
        "contradicted", "form_download_only"),
    "a document that says nothing": (
        [{"headers": (("Content-Type", "application/pdf"),), "body": "%PDF-1.4"}] * 2, "inconclusive", "no_match"),
    "in circles until a cookie comes back": (
        [{"status": 302, "redirect": URL, "headers": (("Location", URL), ("Set-Cookie", "a=1"))}] * 2, "inconclusive", "blocked"),
    "in circles": ([{"status": 302, "redirect": URL, "headers": (("Location", URL),)}] * 2, "inconclusive", "unreachable"),
    "sent home by the page itself": (
        ['<html><head><meta http-equiv="refresh" content="0; url=/"></head><body></body></html>'] * 2, "contradicted", "redirects_home"),
    "an empty body": (["<html><body></body></html>"] * 2, "inconclusive", "no_match"),
}  # fmt: skip


def claim(seen: Any, url: str | None = URL, **rest: Any) -> None:
    values = {"code": CODE, "level": "transaction", **rest}
    seen.services = (Service("portal", "s5", TITLE, True, url=url, **values),)
    seen.http(PORTAL, HOME, purpose="home", at=1)
    seen.http(PORTAL, HOME, purpose="home", at=95, attempt=2)


def visit(seen: Any, answers: list[str | dict[str, Any]], url: str = URL, **rest: Any) -> None:
    for number, answer in enumerate(answers, 1):
        facts = {"body": answer} if isinstance(answer, str) else dict(answer)
        facts = {"purpose": "claim", "at": 10.0 + 60 * (number - 1), "attempt": number, **rest, **facts}
        seen.http(url, facts.pop("body", ""), **facts)


def found(seen: Any, **options: Any) -> Any:
    return seen.of("services.entry", **options)["s5"]


@pytest.mark.parametrize(("answers", "verdict", "reason"), ANSWERS.values(), ids=ANSWERS.keys())
def test_visits(seen: Any, answers: list[str | dict[str, Any]], verdict: str, reason: str) -> None:
    claim(seen)
    visit(seen, answers)
    finding = found(seen)
    assert (finding.verdict, finding.reason) == (verdict, reason), finding.observed


FRONT = "http://portal.test/fa/start"
NEWS = "<p>زنبورداران دشت امسال از بارندگی بهار راضی بودند و کندوها به کوه رفت. نمایشگاه عسل از شنبه در میدان شهر است. "
NEWS += "بازرسان بهداشت کندو از هفته آینده به روستاهای بخش مرکزی می‌روند و داروی کنه میان اعضای تعاونی پخش می‌شود. گلدهی یونجه "
NEWS += "دو هفته زودتر آغاز شد و کشاورزان از سم‌پاشی در روز خودداری می‌کنند؛ شماره تماس دیدبان در تابلوی دهیاری آمده است.</p>"


def front(links: str, words: str = NEWS) -> str:
    return page(f"<nav>{links}</nav><p>خوش آمدید</p>{words}", "سازمان")


# name: (home page, what stands at the address on which the visit ends, reason)
FRONTS: dict[str, tuple[str, str, str]] = {
    "the home page's own address": (front('<a href="/fa/start">خانه</a>'), front('<a href="/fa/start">خانه</a>'), "redirects_home"),
    "as a home page of today": (front('<a href="/fa/start">خانه ۱۱:۰۲</a>'), front('<a href="/fa/start">خانه ۱۱:۰۷</a>'), "redirects_home"),
    "nobody links to it": (front(""), front(""), "no_match"),
    "another page": (front('<a href="/fa/start">خانه</a>'), front("", NEWS.replace("کندوها", "موم‌ها").replace("نمایشگاه", "بازارچه")), "no_match"),
    "a shell without words": (front('<a href="/fa/start">خانه</a>', ""), front('<a href="/fa/start">خانه</a>', ""), "no_match"),
}  # fmt: skip


@pytest.mark.parametrize(("home", "there", "reason"), FRONTS.values(), ids=FRONTS.keys())
def test_a_redirect_to_another_address_of_the_home_page(
    seen: Any, home: str, there: str, reason: str
) -> None:
    seen.services = (Service("portal", "s5", TITLE, True, url=URL, level="transaction"),)
    seen.http(PORTAL, home, purpose="home", at=1)
    for attempt, at in ((1, 10), (2, 100)):
        first = seen.http(URL, "", status=302, redirect=FRONT, purpose="claim", attempt=attempt, at=at)
        seen.http(FRONT, there, attempt=attempt, at=at + 1, previous=first.id)
    finding = found(seen)
    assert finding.reason == reason, finding.observed


def test_one_shell_that_shows_another_page_there(seen: Any) -> None:
    shell = front('<a href="/fa/start">خانه</a>')
    seen.services = (Service("portal", "s5", TITLE, True, url=URL, level="transaction"),)
    seen.http(PORTAL, shell, purpose="home", at=1)
    for attempt, at in ((1, 10), (2, 100)):
        first = seen.http(URL, "", status=302, redirect=FRONT, purpose="claim", attempt=attempt, at=at)
        seen.http(FRONT, shell, attempt=attempt, at=at + 1, previous=first.id)
    seen.rendered(
        URL, page("<p>برای دیدن پرونده‌ها شماره عضویت را بنویسید.</p>", "ورود"), at=12, final_url=FRONT
    )
    assert found(seen).reason != "redirects_home"


def test_an_address_of_the_home_page_that_was_declared_itself(seen: Any) -> None:
    home = front('<a href="/fa/start">خانه</a>')
    seen.services = (Service("portal", "s5", TITLE, True, url=FRONT, level="transaction"),)
    seen.http(PORTAL, home, purpose="home", at=1)
    visit(seen, [home, home], FRONT)
    assert found(seen).verdict == "inconclusive"


def test_nothing_is_refuted_without_a_living_control(seen: Any) -> None:
    claim(seen)
    visit(seen, [INFO], at=5000)
    visit(seen, [{"body": INFO, "attempt": 2}], at=5100)
    finding = found(seen)
    assert (finding.verdict, finding.reason) == ("inconclusive", "own_error")


def test_visits_too_close_prove_nothing(seen: Any) -> None:
    claim(seen)
    visit(seen, [INFO, INFO], at=20)
    finding = found(seen)
    assert (finding.verdict, finding.reason) == ("inconclusive", "not_attempted")


UNFETCHED = {
    "robots": "robots",
    "max_pages": "limit",
    "depth": "limit",
    "scope": "not_attempted",
    "blocked_agency": "blocked",
}


@pytest.mark.parametrize(("why", "reason"), UNFETCHED.items())
def test_not_fetched(seen: Any, why: str, reason: str) -> None:
    claim(seen)
    seen.account([(URL, why)])
    finding = found(seen)
    assert (finding.verdict, finding.reason, finding.attempts) == ("inconclusive", reason, 0)


def target(body: str, **rest: Any) -> Callable[[Any], None]:
    return lambda seen: seen.http("http://portal.test/apply/5", body, at=12, **rest)


def foreign_form(seen: Any) -> None:
    seen.http("http://portal.test/apply/5", "", at=12, status=302, redirect="http://other.test/f")
    seen.http("http://other.test/f", page(FORM, "فرم"), at=13, purpose="link")


# name: (what was seen of the target of «ثبت درخواست», verdict, reason)
HOPS: dict[str, tuple[Callable[[Any], None], str, str]] = {
    "form of this service": (target(ENTRY), "verified", "transaction_entry"),
    "form that names nothing": (target(page(FORM, "فرم درخواست")), "verified", "transaction_entry"),
    "form of another service": (target(page(FORM, "تمدید پروانه پرورش زنبور عسل")), "inconclusive", "ambiguous"),
    "tracking": (
        target(page('<form><label>کد رهگیری <input name="k"></label><button>پیگیری</button></form>', "پیگیری")), "verified", "tracking_entry"),
    "login": (
        target(page('<form><input name="u" placeholder="نام کاربری"><input type="password" name="p"><button>ورود</button></form>', "ورود")),
        "partial", "login_wall"),
    "not captured": (lambda seen: None, "inconclusive", "not_attempted"),
    "blocked": (target("", status=403), "inconclusive", "blocked"),
    "time-out": (target("", status=None, failure="timeout"), "inconclusive", "unreachable"),
    "404 once": (target("", status=404), "inconclusive", "not_attempted"),
    "the home page": (target("", status=302, redirect=PORTAL), "contradicted", "information_only"),
    "shell of an application": (
        target('<html><body><div id="app"></div><script src="a.js"></script></body></html>'), "inconclusive", "needs_browser"),
    "information": (target(page(f"<p>{PROSE}</p>", "راهنمای کار")), "contradicted", "information_only"),
    "sign-on with client": (
        target("", status=302, redirect="https://sso.my.gov.ir/?client_id=7&redirect_uri=http%3A%2F%2Fportal.test%2Fcb"), "verified", "transaction_entry"),
    "sign-on with a number": (target("", status=302, redirect="https://sso.my.gov.ir/?client_id=zz81"), "partial", "login_wall"),
    "form of a foreign host that names nothing": (foreign_form, "inconclusive", "no_match"),
}  # fmt: skip


@pytest.mark.parametrize(("seen_there", "verdict", "reason"), HOPS.values(), ids=HOPS.keys())
def test_one_hop(seen: Any, seen_there: Callable[[Any], None], verdict: str, reason: str) -> None:
    claim(seen)
    seen.services += (Service("portal", "s6", "تمدید پروانه پرورش زنبور عسل", True),)
    visit(seen, [LINKED, LINKED])
    seen_there(seen)
    finding = found(seen)
    assert (finding.verdict, finding.reason) == (verdict, reason), finding.observed


def test_a_dead_action_proves_itself_by_two_visits(seen: Any) -> None:
    claim(seen)
    visit(seen, [LINKED, LINKED])
    visit(seen, [{"status": 404}, {"status": 404}], "http://portal.test/apply/5", purpose="page")
    finding = found(seen)
    assert (finding.verdict, finding.reason) == ("contradicted", "information_only")
    assert finding.observed["notes"] == ["action_dead_link"]


def test_a_form_for_everything_is_nobody_s(seen: Any) -> None:
    claim(seen)
    other = "http://portal.test/services/6"
    seen.services += (Service("portal", "s6", "صدور گواهی حمل دام", True, url=other),)
    visit(seen, [LINKED, LINKED])
    visit(seen, [LINKED.replace(TITLE, "صدور گواهی حمل دام")] * 2, other)
    target(page(FORM, "ثبت درخواست"))(seen)
    assert (found(seen).verdict, found(seen).reason) == ("inconclusive", "ambiguous")


def test_a_frame_of_the_agency_is_read(seen: Any) -> None:
    claim(seen)
    visit(seen, [page('<iframe src="/frame/5"></iframe>')] * 2)
    seen.http("http://portal.test/frame/5", f"<html><body>{FORM}</body></html>", at=12)
    assert (found(seen).verdict, found(seen).reason) == ("verified", "transaction_entry")


def test_a_frame_that_was_not_read_refutes_nothing(seen: Any) -> None:
    claim(seen)
    visit(seen, [page(f'<p>{PROSE}</p><iframe src="/frame/5"></iframe>')] * 2)
    assert (found(seen).verdict, found(seen).reason) == ("inconclusive", "not_attempted")


FRAMES = {
    "the fifth of the agency, which nobody reads": ("".join(f'<iframe src="/frame/{n}"></iframe>' for n in range(5)), "inconclusive"),
    "four of them, none with a way in": ("".join(f'<iframe src="/frame/{n}"></iframe>' for n in range(4)), "contradicted"),
    "one after four maps": ("".join(f'<iframe src="https://www.google.com/maps/embed?{n}"></iframe>' for n in range(4)) + '<iframe src="/frame/9"></iframe>', "inconclusive"),
    "a form in the page's own text": ('<iframe srcdoc="&lt;form method=post&gt;&lt;input name=a&gt;&lt;button&gt;ثبت&lt;/button&gt;&lt;/form&gt;"></iframe>', "inconclusive"),
    "a script there": ('<iframe srcdoc="<script src=/a.js></script>"></iframe>', "inconclusive"),
    "mere words there": ('<iframe srcdoc="<p>روزهای کاری ۸ تا ۱۴</p>"></iframe>', "contradicted"),
    "itself": (f'<iframe src="{URL}"></iframe>', "contradicted"),
    "a thousand of others": ("".join(f'<iframe src="https://f{n}.elsewhere.test/"></iframe>' for n in range(1_000)), "inconclusive"),
}  # fmt: skip


@pytest.mark.parametrize(("html", "verdict"), FRAMES.values(), ids=FRAMES.keys())
def test_what_stands_in_frames_that_are_not_read_may_be_the_way_in(
    seen: Any, html: str, verdict: str
) -> None:
    claim(seen)
    visit(seen, [page(f"<p>{PROSE}</p>{html}")] * 2)
    for number in range(4):
        seen.http(
            f"http://portal.test/frame/{number}", f"<html><body><p>{PROSE}{number}</p></body></html>", at=12
        )
    assert found(seen).verdict == verdict


SHELL = '<html><head><title>x</title></head><body><div id="root"></div><script src="/a.js"></script></body></html>'
# name: (rendered pages as (dom, facts), verdict, reason)
RENDERED: dict[str, tuple[list[tuple[str, dict[str, Any]]], str, str]] = {
    "form by script": ([(ENTRY, {})], "verified", "transaction_entry"),
    "information by script": ([(INFO, {})], "contradicted", "information_only"),
    "no browser": ([], "inconclusive", "needs_browser"),
    "crashed": ([("", {"finished": False, "failure": "crash"})], "inconclusive", "own_error"),
    "a script without end": ([("", {"finished": False, "failure": "timeout"})], "inconclusive", "limit"),
    "never at rest": ([("<html></html>", {"finished": False, "failure": "navigation"})], "inconclusive", "limit"),
    "too many requests": ([(ENTRY, {"finished": False, "failure": "limit"})], "inconclusive", "limit"),
    "on to the home page": ([(HOME, {"final_url": PORTAL})], "contradicted", "redirects_home"),
}  # fmt: skip


@pytest.mark.parametrize(("pages", "verdict", "reason"), RENDERED.values(), ids=RENDERED.keys())
@pytest.mark.parametrize("url", [URL, "http://portal.test/app#/services/5"], ids=["path", "hash route"])
def test_rendered(
    seen: Any, url: str, pages: list[tuple[str, dict[str, Any]]], verdict: str, reason: str
) -> None:
    if "#" in url and reason == "redirects_home":
        return
    claim(seen, url)
    visit(seen, [SHELL, SHELL], url.partition("#")[0])
    for dom, facts in pages:
        seen.rendered(url, dom, **facts)
    finding = found(seen)
    assert (finding.verdict, finding.reason) == (verdict, reason), finding.observed


def test_a_page_that_shows_the_browser_something_else_is_reported(seen: Any) -> None:
    claim(seen)
    visit(seen, [page(f"<p>{PROSE}</p>{FORM}<script></script>")] * 2)
    other = "بخت‌آزمایی بزرگ امروز آغاز شد و هر کس می‌تواند جایزه ببرد و برنده شود. " * 12
    seen.rendered(URL, page(f"<p>{other}</p>", "جایزه"))
    finding = found(seen)
    assert (finding.verdict, finding.reason) == ("inconclusive", "ambiguous")
    assert "differs_in_browser" in finding.observed["notes"]


def test_two_pages_under_one_title_are_held_against_nobody(seen: Any) -> None:
    claim(seen)
    visit(seen, [INFO] * 2)
    other = "بخت‌آزمایی بزرگ امروز آغاز شد و هر کس می‌تواند جایزه ببرد و برنده شود. " * 12
    seen.rendered(URL, page(f"<p>{other}</p>"))
    assert (found(seen).verdict, found(seen).reason) == ("inconclusive", "ambiguous")


@pytest.mark.parametrize(
    ("second", "outcome"),
    [("", ("contradicted", "information_only")), ("-->" * 40, ("inconclusive", "needs_browser"))],
)
def test_what_the_browser_showed_is_of_the_answer_that_it_got(
    seen: Any, second: str, outcome: tuple[str, str]
) -> None:
    claim(seen)
    visit(seen, [SHELL, SHELL + second])
    seen.rendered(URL, INFO)
    assert (found(seen).verdict, found(seen).reason) == outcome


def test_a_form_that_the_browser_does_not_show_refutes_nothing(seen: Any) -> None:
    claim(seen)
    visit(seen, [page(f"<p>{PROSE}</p>{FORM}<script></script>")] * 2)
    seen.rendered(URL, INFO)
    assert (found(seen).verdict, found(seen).reason) == ("inconclusive", "ambiguous")


@pytest.mark.parametrize(
    ("request_", "shown", "verdict"),
    [
        (("GET", "http://portal.test/app.js", "script", None), INFO, "inconclusive"),
        (("GET", "http://portal.test/api", "fetch", 502), INFO, "inconclusive"),
        (("POST", "http://portal.test/graphql", "xhr", 204), page("<p>در حال بارگذاری</p>"), "inconclusive"),
        (("POST", "http://portal.test/visit", "fetch", 204), INFO, "contradicted"),
        (("POST", "http://portal.test/fragments", "fetch", 204), INFO, "inconclusive"),
        (("POST", "http://elsewhere.test/told", "fetch", 204), INFO, "contradicted"),
        (("GET", "https://www.google-analytics.com/a.js", "script", None), INFO, "contradicted"),
        (("GET", "https://cdn.elsewhere.test/forms.js", "script", None), INFO, "inconclusive"),
    ],
)
def test_what_did_not_reach_the_browser(seen: Any, request_: Any, shown: str, verdict: str) -> None:
    claim(seen)
    visit(seen, [SHELL, SHELL])
    seen.rendered(URL, shown, requests=(request_,))
    finding = found(seen)
    assert finding.verdict == verdict
    assert verdict == "contradicted" or finding.reason == "needs_browser"


def test_a_page_that_sends_on_is_followed_once(seen: Any) -> None:
    claim(seen)
    visit(
        seen,
        ['<html><head><meta http-equiv="refresh" content="1;url=/forms/5"></head><body>…</body></html>'] * 2,
    )
    visit(seen, [ENTRY, ENTRY], "http://portal.test/forms/5", purpose="page")
    assert (found(seen).verdict, found(seen).reason) == ("verified", "transaction_entry")


def test_a_page_of_the_national_gateway_is_read_like_any_other(seen: Any) -> None:
    url = "https://my.gov.ir/services/5"
    claim(seen, url)
    visit(seen, [INFO, INFO], url)
    assert (found(seen).verdict, found(seen).reason) == ("contradicted", "information_only")


def test_a_tracking_form_that_the_home_page_links_to_is_nobody_s(seen: Any) -> None:
    seen.services = (Service("portal", "s5", TITLE, True, url=URL, level="transaction"),)
    seen.http(PORTAL, page('<a href="/track">پیگیری</a>', "سازمان"), purpose="home", at=1)
    linked = page(f'<p>{PROSE}</p><p>سپس <a href="/track">پیگیری</a> کنید</p>')
    tracking = page('<form><label>کد رهگیری <input name="k"></label><button>پیگیری</button></form>', "پیگیری")
    visit(seen, [linked, linked])
    seen.http(f"{PORTAL}track", tracking, at=12)
    assert (found(seen).verdict, found(seen).reason) == ("inconclusive", "ambiguous")


def test_random_paths_with_the_same_page_are_evidence_of_nothing(seen: Any) -> None:
    claim(seen)
    visit(seen, [page(f"<p>{PROSE}</p>", "درگاه سازمان")] * 2)
    for name in ("xq1", "zz9"):
        seen.http(
            f"http://portal.test/services/{name}",
            page(f"<p>{PROSE}</p>", "درگاه سازمان"),
            purpose="sibling",
            at=30,
        )
    assert (found(seen).verdict, found(seen).reason) == ("inconclusive", "ambiguous")


def test_random_paths_that_get_a_404_prove_nothing(seen: Any) -> None:
    claim(seen)
    visit(seen, [INFO, INFO])
    for name in ("xq1", "zz9"):
        seen.http(f"http://portal.test/services/{name}", "", status=404, purpose="sibling", at=30)
    assert (found(seen).verdict, found(seen).reason) == ("contradicted", "information_only")


# name: (pages of the crawl by path, verdict, reason)
SEARCHED: dict[str, tuple[dict[str, str], str, str]] = {
    "by code": ({"a": page(f"<p>شناسه خدمت: {CODE}</p>{FORM}", "درخواست")}, "verified", "transaction_entry"),
    "by heading": ({"a": ENTRY}, "verified", "transaction_entry"),
    "by a link": (
        {"list": page(f'<ul><li><a href="/a">{TITLE}</a></li><li><a href="/b">کار دیگر سازمان</a></li></ul>', "خدمات"),
         "a": page(FORM + f"<p>کد خدمت {CODE}</p>", "فرم")}, "verified", "transaction_entry"),
    "nothing": ({"about": page(f"<p>{PROSE}</p>", "درباره ما")}, "inconclusive", "no_match"),
    "a list only": ({"list": page("".join(f"<h3>{t}</h3>" for t in (TITLE, "صدور گواهی حمل دام", "استعلام سهمیه کود")), "خدمات")},
                    "inconclusive", "no_match"),
    "information, seen once": ({"a": INFO}, "inconclusive", "not_attempted"),
}  # fmt: skip


@pytest.mark.parametrize(("pages", "verdict", "reason"), SEARCHED.values(), ids=SEARCHED.keys())
def test_without_a_url(seen: Any, pages: dict[str, str], verdict: str, reason: str) -> None:
    claim(seen, None)
    seen.services += tuple(
        Service("portal", f"o{n}", title, True)
        for n, title in enumerate(("صدور گواهی حمل دام", "استعلام سهمیه کود"))
    )
    for path, html in pages.items():
        seen.http(f"{PORTAL}{path}", html, at=20)
    seen.account()
    finding = found(seen)
    assert (finding.verdict, finding.reason) == (verdict, reason), finding.observed


def test_without_a_url_and_a_crawl_that_never_ended(seen: Any) -> None:
    claim(seen, None)
    assert (found(seen).verdict, found(seen).reason) == ("inconclusive", "not_attempted")


def test_a_host_that_is_not_the_agency_s(seen: Any) -> None:
    claim(seen, "http://elsewhere.test/5")
    visit(seen, [ENTRY, ENTRY], "http://elsewhere.test/5")
    finding = found(seen)
    assert (finding.verdict, finding.reason) == ("inconclusive", "no_match")
    assert finding.observed["notes"] == ["foreign_host"]


def test_another_body_s_page(seen: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    claim(seen)
    neighbour = Agency("other", "سازمان جنگل‌های شمال", "main", "http://other.test/")
    whole = seen.round()
    monkeypatch.setattr(seen, "round", lambda: type(whole)(
        whole.folder, whole.settings, (*whole.agencies, neighbour), whole.services, whole.datasets))  # fmt: skip
    copied = f"<p>{PROSE}</p>" + "<p>سازمان جنگل‌های شمال درخواست را بررسی می‌کند.</p>" * 3
    visit(seen, [page(copied)] * 2)
    assert (found(seen).verdict, found(seen).reason) == ("contradicted", "hollow")


def leads_to(body: str, heading: str = "شرایط صدور") -> Callable[[Any], None]:
    """A page of information where the action leads, with links of its own."""
    return target(page(f"<p>{PROSE}</p><p>{body}</p>", heading))


# name: (what stands where «ثبت درخواست» leads, verdict, reason)
TWO_ON: dict[str, tuple[Callable[[Any], None], str, str]] = {
    "conditions to be accepted": (leads_to('<a href="/apply/5/form">شرایط را می‌پذیرم</a>'), "inconclusive", "not_attempted"),
    "a way on by its words": (leads_to('<a href="/permits/">ورود به سامانهٔ پروانه‌ها</a>'), "inconclusive", "not_attempted"),
    "back to the service": (leads_to(f'<a href="{URL}">بازگشت</a>'), "contradicted", "information_only"),
    "back to the portal": (leads_to(f'<a href="{PORTAL}">صفحه نخست</a>'), "contradicted", "information_only"),
    "a place on the page": (leads_to('<a href="#fees">هزینه</a>'), "contradicted", "information_only"),
    "a call": (leads_to('<a href="tel:02112345678">تماس</a>'), "contradicted", "information_only"),
}  # fmt: skip


@pytest.mark.parametrize(("seen_there", "verdict", "reason"), TWO_ON.values(), ids=TWO_ON.keys())
def test_what_lies_two_hops_on_is_denied_by_nobody(
    seen: Any, seen_there: Callable[[Any], None], verdict: str, reason: str
) -> None:
    claim(seen)
    visit(seen, [LINKED, LINKED])
    seen_there(seen)
    finding = found(seen)
    assert (finding.verdict, finding.reason) == (verdict, reason), finding.observed
    assert finding.observed["notes"] == (
        ["leads_on"] if verdict == "inconclusive" else ["action_information"]
    )


@pytest.mark.parametrize(
    ("text", "there", "verdict"),
    [
        ("برگهٔ پرورش", page(FORM, "برگهٔ پرورش زنبور"), "inconclusive"),
        ("برگهٔ پرورش", page(f"<p>{PROSE}</p>", "اعلام مشخصات زنبورداران"), "contradicted"),
        ("برگهٔ پرورش", page('<form><input name="q"><button>جست‌وجو</button></form>', "یافتن"), "contradicted"),
        ("شکایت از کارکنان", page(FORM, "شکایت از کارکنان"), "contradicted"),
    ],
    ids=["a form of nobody's name", "information", "a search", "another matter"],
)
def test_a_form_behind_a_link_in_words_that_no_list_has(
    seen: Any, text: str, there: str, verdict: str
) -> None:
    """The link stands in the service's own text: whose form it is, nobody can say, and nobody says there is none."""
    claim(seen)
    visit(seen, [page(f'<p>{PROSE}</p><p><a href="/apply/5">{text}</a></p>')] * 2)
    target(there)(seen)
    finding = found(seen)
    reason = "ambiguous" if verdict == "inconclusive" else "information_only"
    assert (finding.verdict, finding.reason) == (verdict, reason), finding.observed


ELSEWHERE = "http://portal.test/desk/forms/31"


@pytest.mark.parametrize("elsewhere", [False, True])
@pytest.mark.parametrize(
    ("declared", "reason", "kept"),
    [
        (INFO, "information_only", "ambiguous"),
        (
            page(f"<p>{PROSE}</p><p>برای ثبت درخواست حضوری به اداره مراجعه کنید.</p>"),
            "in_person_only",
            "ambiguous",
        ),
        (page("<p>کوتاه</p>"), "hollow", "ambiguous"),
        (HOME, "no_match", "no_match"),
    ],
    ids=["information", "in person", "hollow", "another page"],
)
def test_an_entry_at_another_address_keeps_from_blame_and_is_told(
    seen: Any, declared: str, reason: str, kept: str, elsewhere: bool
) -> None:
    claim(seen)
    visit(seen, [declared, declared])
    if not elsewhere:
        assert (found(seen).reason, found(seen).observed.get("other_entry")) == (reason, None)
        return
    seen.http(ELSEWHERE, ENTRY, at=20)
    finding = found(seen)
    assert (finding.verdict, finding.reason) == ("inconclusive", kept), finding.observed
    assert finding.observed["other_entry"] == {"url": ELSEWHERE, "via": "heading"}
    assert "entry_elsewhere" in finding.observed["notes"]
    assert len(finding.captures) == 3


def test_an_entry_of_a_sibling_at_another_address_is_none(seen: Any) -> None:
    claim(seen)
    seen.services += (Service("portal", "s6", "تمدید پروانه پرورش زنبور عسل", True),)
    visit(seen, [INFO, INFO])
    seen.http(ELSEWHERE, page(FORM, "تمدید پروانه پرورش زنبور عسل"), at=20)
    assert (found(seen).verdict, found(seen).reason) == ("contradicted", "information_only")
    assert "other_entry" not in found(seen).observed


def test_a_dead_address_is_dead_whatever_stands_elsewhere(seen: Any) -> None:
    claim(seen)
    visit(seen, [{"status": 404}, {"status": 404}])
    seen.http(ELSEWHERE, ENTRY, at=20)
    assert (found(seen).verdict, found(seen).reason) == ("contradicted", "dead_link")
