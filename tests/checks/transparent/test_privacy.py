"""Privacy statements against what the browser saw (T03)."""

from __future__ import annotations

from typing import Any

import pytest

from checks.finding import Finding
from checks.transparent.privacy_behaviour.check import PrivacyBehaviour
from checks.transparent.privacy_behaviour.trackers import denied, known, owns_up, refuted_by, tracker_at
from fixtures.measured_pages import PORTAL, changed, measured
from tests.checks.selection import allowed

STATEMENT = (
    "این درگاه نام و شماره تماس شما را تنها برای رسیدگی به درخواست نگه می‌دارد و داده‌های شخصی را به کسی نمی‌دهد. "
    "حریم خصوصی شما نزد ما محفوظ است. برای پرسش با privacy@portal.test تماس بگیرید. "
) * 2
DENIAL = "این درگاه از هیچ ابزار ردیابی یا آمارگیری استفاده نمی‌کند."
NAMED = "برای شمارش بازدیدها از گوگل آنالیتیکس استفاده می‌کنیم."
GENERAL = "ابزارهای تحلیل آماری بازدید را می‌شمارند و نشانی شما را نمی‌بینند."
NO_COOKIES = "این سایت از کوکی استفاده نمی‌کند."
GA = "www.google-analytics.com"
COOKIE = {"name": "visitor", "domain": "portal.test", "http_only": False, "secure": True, "lasting": True}

DENIES_TOOLS = [
    DENIAL,
    "ابزارهای ردیابی در این درگاه وجود ندارد.",
    "این سایت فاقد هرگونه ابزار ردیابی است.",
    "ما از گوگل آنالیتیکس استفاده نمی‌کنیم.",
    "هيچ‌گونه ابزار رديابي در اين سامانه به كار نرفته است.",
    "We do not use any analytics tools or trackers.",
    "This site uses no tracking technologies.",
]
DENIES_NOTHING = [
    "اطلاعات با ابزارهای آماری بررسی می‌شود و به دیگران داده نمی‌شود.",
    "بدون رضایت شما از ابزارهای ردیابی استفاده نمی‌شود.",
    "جز گوگل آنالیتیکس از ابزار آماری دیگری استفاده نمی‌کنیم.",
    "برای گردآوری اطلاعات شخصی از ابزارهای ردیابی استفاده نمی‌شود.",
    "در این صفحه از ابزارهای ردیابی استفاده نمی‌شود.",
    "کد رهگیری بدون ورود نمایش داده نمی‌شود.",
    "پیگیری درخواست در این درگاه وجود ندارد.",
    "اطلاعات شما به اشخاص ثالث داده نمی‌شود.",
    "We use analytics tools and do not sell the data.",
    "ابزارهای آماری چیزی را که نباید نگه دارند نگه نمی‌دارند.",
    NO_COOKIES,
]


ANALYTICS = next(one for one in known() if one.name == "Google Analytics")
CLARITY = next(one for one in known() if one.kind == "recording")
ADVERTISING = next(one for one in known() if one.kind == "advertising")
YANDEX = next(one for one in known() if one.name == "Yandex Metrica")


@pytest.mark.parametrize("text", DENIES_TOOLS)
def test_a_denial_of_tools(text: str) -> None:
    assert refuted_by(denied(text), ANALYTICS) and not any(owns_up(text, one) for one in known())


@pytest.mark.parametrize("text", DENIES_NOTHING)
def test_no_denial_of_tools(text: str) -> None:
    assert not any(refuted_by(denied(text), one) for one in known())


# a denial, and the services that refute it
REFUTED: dict[str, list[Any]] = {
    "هیچ ابزار ردیابی در این درگاه وجود ندارد.": [ANALYTICS, CLARITY, ADVERTISING, YANDEX],
    "از ابزارهای آماری استفاده نمی‌کنیم.": [ANALYTICS, YANDEX],
    "ابزارهای تبلیغاتی در این درگاه به کار نمی‌رود.": [ADVERTISING],
    "از گوگل آنالیتیکس استفاده نمی‌کنیم.": [ANALYTICS],
    "کوکی‌های شخص ثالث در این درگاه وجود ندارد.": [],
    "This site uses no advertising cookies.": [],
}


@pytest.mark.parametrize("text", REFUTED)
def test_a_service_refutes_what_it_is(text: str) -> None:
    services = [ANALYTICS, CLARITY, ADVERTISING, YANDEX]
    assert [one for one in services if refuted_by(denied(text), one)] == REFUTED[text]


def test_cookies_are_denied_apart_from_tools() -> None:
    assert denied(NO_COOKIES) == {"cookies"} == denied("This site does not set cookies.")
    assert denied("کوکی‌های تبلیغاتی در این سایت وجود ندارد.") == {"third_cookies"}
    assert not denied("کوکی‌ها برای نگه داشتن زبان صفحه به کار می‌روند.")


def test_hosts_of_trackers() -> None:
    for host in ("google-analytics.com", GA, "region1.GOOGLE-ANALYTICS.com.", "mc.yandex.ru"):
        assert tracker_at(host) is not None
    for host in (
        "google.com",
        "fonts.googleapis.com",
        "notgoogle-analytics.com",
        "portal.test",
        "yandex.ru",
        "",
    ):
        assert tracker_at(host) is None


def test_no_host_stands_for_two_services() -> None:
    hosts = [host for one in known() for host in one.hosts]
    assert len(hosts) == len(set(hosts))
    assert all(tracker_at(host) is one for one in known() for host in one.hosts)


def table_page(text: str) -> str:
    rows = "".join(f"<tr><td>{part}.</td></tr>" for part in text.split(". ") if part.strip())
    return f"<html><head><title>حریم خصوصی</title></head><body><h1>حریم خصوصی</h1><table>{rows}</table></body></html>"


def list_page(text: str) -> str:
    items = "".join(f"<li><p>{part}.</p></li>" for part in text.split(". ") if part.strip())
    return f"<html><head><title>بیانیه</title></head><body><main><h2>بیانیه حریم خصوصی</h2><ul>{items}</ul></main></body></html>"


def portlet_page(text: str) -> str:
    return (
        "<html><head><title>درگاه | حریم خصوصی</title></head><body><div class=portlet><div class=portlet-title>"
        f"<h3>حریم خصوصی کاربران</h3></div><div class=portlet-body>{text}</div></div></body></html>"
    )


LOOKS = {"table": table_page, "list": list_page, "portlet": portlet_page}


def load(hosts: tuple[str, ...] = (), cookies: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    entries = [
        {"host": host, "requests": 1, "withheld": 0, "failed": 0, "bytes": 100, "kinds": ["script"], "by": "", "url": ""}
        for host in ("portal.test", *hosts)
    ]  # fmt: skip
    return changed({"visit.hosts": entries, "visit.cookies": list(cookies)})


def judged(
    seen: Any,
    *statements: str | int,
    loads: tuple[tuple[float, dict[str, Any]], ...] = (),
    pictures: tuple[tuple[float, tuple[str, ...]], ...] = (),
    controls: bool = True,
) -> Finding:
    """statements: what the page shows at 60 and 160 seconds, or its status. loads: when measured, and what was seen.

    pictures: when the home page was rendered, and the hosts it asked.
    """
    seen.move(PORTAL)
    if not controls:
        for second in range(0, 901, 60):
            seen.control(second + 1, None)
    seen.http(PORTAL, '<html><body><h1>سازمان</h1><a href="/privacy">حریم خصوصی</a>', purpose="home")
    for attempt, statement in enumerate(statements, start=1):
        if isinstance(statement, int):
            seen.http(f"{PORTAL}privacy", status=statement, attempt=attempt, at=60.0 + 100 * (attempt - 1))
        else:
            seen.http(f"{PORTAL}privacy", statement, attempt=attempt, at=60.0 + 100 * (attempt - 1))
    for at, hosts in pictures:
        requests = tuple(("GET", f"https://{host}/x.js", "script", 200) for host in ("portal.test", *hosts))
        seen.rendered(
            PORTAL, '<html><body><h1>سازمان</h1><a href="/privacy">حریم خصوصی</a>', at=at, requests=requests
        )
    for number, (at, measures) in enumerate(loads):
        measured(seen, PORTAL if not number else f"{PORTAL}p{number}", measures, at=at)
    seen.account()
    (finding,) = seen.judge(checks=(PrivacyBehaviour(),))
    assert allowed(finding.check, finding.verdict, finding.reason)
    found: Finding = finding
    return found


QUIET, COUNTED = (700.0, load()), (700.0, load((GA,)))
EARLY = (20.0, (GA,))
Row = tuple[tuple[str, ...], dict[str, Any], str, str | None]
# sentences after the statement in each visit, what the browser saw: verdict, reason
ROWS: dict[str, Row] = {
    "nothing was seen": (("", ""), {"loads": (QUIET,)}, "verified", None),
    "nothing was seen, and denied": ((DENIAL, DENIAL), {"loads": (QUIET,)}, "verified", None),
    "seen and named": ((NAMED, NAMED), {"loads": (COUNTED,), "pictures": (EARLY,)}, "verified", None),
    "seen and told in general": ((GENERAL, GENERAL), {"loads": (COUNTED,)}, "verified", None),
    "own cookies that nobody denied": (("", ""), {"loads": ((700.0, load(cookies=(COOKIE,))),)}, "verified", None),
    "fonts and maps": (("", ""), {"loads": ((700.0, load(("fonts.googleapis.com", "tile.osm.org"))),)}, "verified", None),
    "seen and not told": (("", ""), {"loads": (COUNTED,)}, "partial", None),
    "another one is named": ((NAMED, NAMED), {"loads": ((700.0, load(("mc.yandex.ru",))),)}, "partial", None),
    "cookies denied and seen": ((NO_COOKIES, NO_COOKIES), {"loads": ((700.0, load(cookies=(COOKIE,))),)}, "partial", None),
    "seen in the picture alone": (("", ""), {"pictures": (EARLY,)}, "partial", None),
    "denied and seen twice": ((DENIAL, DENIAL), {"loads": (COUNTED,), "pictures": (EARLY,)}, "contradicted", "tracker_denied"),
    "denied and seen on two pages": ((DENIAL, DENIAL), {"loads": ((400.0, load((GA,))), COUNTED)}, "contradicted", "tracker_denied"),
    "denied and seen once": ((DENIAL, DENIAL), {"loads": (COUNTED,)}, "inconclusive", "not_attempted"),
    "denied and seen at one moment": ((DENIAL, DENIAL), {"loads": (COUNTED, (701.0, load((GA,))))}, "inconclusive", "not_attempted"),
    "two services, each seen once": ((DENIAL, DENIAL), {"loads": ((700.0, load(("mc.yandex.ru",))),), "pictures": (EARLY,)}, "inconclusive", "not_attempted"),
    "denied in one visit": ((DENIAL, ""), {"loads": (COUNTED,), "pictures": (EARLY,)}, "inconclusive", "not_attempted"),
    "the statement was read once": ((DENIAL,), {"loads": (COUNTED,), "pictures": (EARLY,)}, "inconclusive", "not_attempted"),
    "no control was alive": ((DENIAL, DENIAL), {"loads": (COUNTED,), "pictures": (EARLY,), "controls": False}, "inconclusive", "own_error"),
    "denied and owned up to": ((f"{DENIAL} {NAMED}", f"{DENIAL} {NAMED}"), {"loads": (COUNTED,), "pictures": (EARLY,)}, "verified", None),
    "another service is denied by name": (("ما از گوگل آنالیتیکس استفاده نمی‌کنیم.",) * 2, {"loads": ((700.0, load(("mc.yandex.ru",))),), "pictures": ((20.0, ("mc.yandex.ru",)),)}, "partial", None),
    "advertising is denied, visits are counted": (("ابزارهای تبلیغاتی به کار نمی‌رود.",) * 2, {"loads": (COUNTED,), "pictures": (EARLY,)}, "partial", None),
    "cookies of others denied, own ones seen": (("کوکی‌های شخص ثالث وجود ندارد.",) * 2, {"loads": ((700.0, load(cookies=(COOKIE,))),)}, "verified", None),
    "cookies of others denied and seen": (("کوکی‌های شخص ثالث وجود ندارد.",) * 2, {"loads": ((700.0, load(cookies=({**COOKIE, "domain": "doubleclick.net"},))),)}, "partial", None),
    "no browser": (("", ""), {}, "inconclusive", "needs_browser"),
    "captures of before": (("", ""), {"loads": ((700.0, changed({"visit": None})),)}, "inconclusive", "needs_browser"),
}  # fmt: skip


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", ROWS)
def test_the_statement_against_the_browser(seen: Any, name: str, look: str) -> None:
    sentences, behaviour, verdict, reason = ROWS[name]
    pages = [LOOKS[look](f"{STATEMENT}{sentence}") for sentence in sentences]
    found = judged(seen, *pages, **behaviour)
    assert (found.verdict, found.reason) == (verdict, reason)
    assert found.captures


def test_what_is_told_names_services_and_sentences(seen: Any) -> None:
    page = table_page(f"{STATEMENT}{DENIAL}")
    found = judged(seen, page, page, loads=(COUNTED,), pictures=(EARLY,))
    assert found.observed["trackers"] == ["Google Analytics"]
    assert found.observed["tracker_hosts"] == [GA]
    assert "استفاده نمی" in found.observed["excerpt"]
    assert found.attempts == 2


@pytest.mark.parametrize(
    ("sent", "shown", "reason"),
    [((True, True), True, "tracker_denied"), ((True, False), True, "not_attempted"), ((True,), True, "not_attempted"),
     ((False, False), True, "not_attempted")],
    ids=["sent twice", "sent once of twice", "sent once", "the script says it"],
)  # fmt: skip
def test_a_statement_that_the_browser_saw_once(
    seen: Any, sent: tuple[bool, ...], shown: bool, reason: str
) -> None:
    """What the server sent each time and what the browser showed have to say the same."""
    pages = [table_page(f"{STATEMENT}{DENIAL if said else ''}") for said in sent]
    seen.rendered(f"{PORTAL}privacy", table_page(f"{STATEMENT}{DENIAL if shown else ''}"), at=61.0)
    found = judged(seen, *pages, loads=(COUNTED,), pictures=((90.0, (GA,)),))
    assert found.reason == reason


HOLLOW = {
    "one sentence": "حریم خصوصی شما مهم است.",
    "a template": "[نام دستگاه] متعهد است [اطلاعات] را در [مدت] نگه دارد و حریم خصوصی کاربران را رعایت کند. "
    * 5,
    "not ready": "این بخش در دست تکمیل است.",
}


@pytest.mark.parametrize("name", HOLLOW)
def test_a_hollow_statement_is_no_statement(seen: Any, name: str) -> None:
    page = portlet_page(HOLLOW[name])
    found = judged(seen, page, page, loads=(COUNTED,), pictures=(EARLY,))
    assert found.verdict != "verified" and found.reason != "tracker_denied"


@pytest.mark.parametrize(
    ("answers", "verdict", "reason"),
    [
        ((404, 404), "contradicted", "dead_link"),
        ((404,), "inconclusive", "not_attempted"),
        ((403, 403), "inconclusive", "blocked"),
        ((), "inconclusive", "not_attempted"),
    ],
)
def test_a_statement_that_could_not_be_read(seen: Any, answers: Any, verdict: str, reason: str) -> None:
    found = judged(seen, *answers, loads=(COUNTED,))
    assert (found.verdict, found.reason) == (verdict, reason)


@pytest.mark.parametrize("whole", [True, False])
def test_no_statement_anywhere(seen: Any, whole: bool) -> None:
    seen.move(PORTAL)
    seen.http(PORTAL, "<html><body><h1>سازمان</h1><p>خوش آمدید.", purpose="home")
    measured(seen, measures=load((GA,)), at=700.0)
    if whole:
        seen.account()
    (found,) = seen.judge(checks=(PrivacyBehaviour(),))
    assert (found.verdict, found.reason) == ("inconclusive", "not_found_anywhere" if whole else "no_match")
    assert found.observed["complete_look"] is whole


def test_pages_of_others_and_opened_pages_say_nothing(seen: Any) -> None:
    """Another system of the agency, and a page on which something was pressed, are not the portal before consent."""
    page = list_page(f"{STATEMENT}{DENIAL}")
    seen.move(PORTAL, "other.test")
    seen.http(PORTAL, '<html><body><h1>سازمان</h1><a href="/privacy">حریم خصوصی</a>', purpose="home")
    for attempt in (1, 2):
        seen.http(f"{PORTAL}privacy", page, attempt=attempt, at=60.0 * attempt)
    asked = (("GET", f"https://{GA}/x.js", "script", 200),)
    seen.rendered("https://other.test/", page, at=20.0, requests=asked)
    seen.rendered(f"{PORTAL}a", page, at=120.0, requests=asked, opened=(("tab", "a", "خدمات"),))
    measured(seen, "https://other.test/", load((GA,)), at=500.0)
    measured(seen, PORTAL, load(), at=700.0)
    seen.account()
    (found,) = seen.judge(checks=(PrivacyBehaviour(),))
    assert (found.verdict, found.observed["trackers"]) == ("verified", [])


def test_a_portal_that_lives_under_another_name_is_the_portal(seen: Any) -> None:
    seen.move(PORTAL)
    there = "https://www.portal.test/"
    hop = seen.http(PORTAL, status=301, redirect=there, purpose="home")
    seen.http(
        there,
        '<html><body><h1>سازمان</h1><a href="/privacy">حریم خصوصی</a>',
        previous=hop.id,
        purpose="home",
        at=1,
    )
    for attempt in (1, 2):
        seen.http(f"{there}privacy", table_page(STATEMENT), attempt=attempt, at=60.0 * attempt)
    measured(seen, there, load((GA,)), at=700.0)
    seen.account()
    (found,) = seen.judge(checks=(PrivacyBehaviour(),))
    assert (found.verdict, found.observed["privacy_gap"]) == ("partial", ["tracker_undisclosed"])


# What takes a good statement away: none of these may be called consistent with a quiet portal.
MUTATIONS: dict[str, tuple[str | int, ...]] = {
    **{name: (portlet_page(text),) * 2 for name, text in HOLLOW.items()},
    "dead": (404, 404),
    "gone": (410, 410),
    "forbidden": (403, 403),
    "an error of the server": (500, 500),
    "an error page with 200": ("<html><head><title>خطا</title></head><body><h1>صفحه مورد نظر یافت نشد</h1></body></html>",) * 2,
    "another matter": (table_page("آیین‌نامه مرخصی کارکنان و جدول روزهای تعطیل سال جاری در این صفحه آمده است. " * 5).replace("حریم خصوصی", "مرخصی"),) * 2,
    "blanks to fill in": (table_page("در این درگاه .......... اطلاعات شخصی کاربران به مدت .......... نگهداری می‌شود. حریم خصوصی [نام سازمان]. " * 4),) * 2,
}  # fmt: skip


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_statement_taken_away_is_noticed(seen: Any, name: str) -> None:
    assert judged(seen, *MUTATIONS[name], loads=(QUIET,)).verdict != "verified"
