"""The page at the declared address: what speaks for it being the service's, against all that else the agency claims."""

from __future__ import annotations

from typing import Any

import pytest

from claims.model import Agency, Level, Service

PORTAL = "http://www.karafza.test/"
TITLE = "محاسبه و تأیید حق سنوات کارگران فصلی"
OTHERS = ("صدور کارت کارگاه", "ثبت شکایت از کارفرما")
FORM = (
    '<form method="post"><label>نام <input name="a"></label><label>کد ملی <input name="b"></label>'
    '<label>شماره کارگاه <input name="c"></label><button>ثبت درخواست</button></form>'
)
ENTRY = "verified/transaction_entry"
NONE = "inconclusive/no_match"


def page(heading: str, body: str, title: str = "") -> str:
    return (
        f"<!doctype html><html lang=fa><head><title>{title or heading} | اداره کار</title></head><body>"
        f"<header><nav><a href='/'>خانه</a></nav></header><main><h1>{heading}</h1>{body}</main>"
        "<footer>نشانی: خیابان کار</footer></body></html>"
    )


def judged(
    seen: Any,
    heading: str,
    body: str,
    *,
    link: str = "سنوات فصلی",
    title: str = "",
    others: tuple[str, ...] = OTHERS,
    same: bool = False,
    tied: str = "declared",
) -> str:
    """The claim at its address, to which the home page leads with the words of `link`. same: all declare that address."""
    seen.agency = Agency("kar", "اداره کار نمونه", "main", PORTAL)
    url = f"{PORTAL}s/4"
    seen.services = (
        Service("kar", "x", TITLE, True, url=url, level="transaction"),
        *(Service("kar", f"o{n}", title, True, url=url if same else None) for n, title in enumerate(others)),
    )
    seen.http(
        PORTAL,
        page("اداره کار", f'<p>خوش آمدید</p><ul><li><a href="/s/4">{link}</a></li></ul>', "اداره کار"),
        purpose="home",
        at=1,
    )
    for name in ("news", "about", "people"):
        seen.http(f"{PORTAL}{name}", page(name, f"<p>متن {name}</p>"), at=2)
    seen.twice(url, page(heading, body, title), purpose="claim")
    seen.account()
    finding = seen.of("services.entry")["x"]
    if finding.verdict == "verified" and tied:
        assert finding.observed["matched"]["how"] == tied
    return f"{finding.verdict}/{finding.reason}"


SOME = "حق سنوات پایان کار فصلی"  # says most of the title, and something besides
TOLD = "<p>سنوات کارگران فصلی هر سال یک بار حساب و تأیید می‌شود.</p>"
# name: (heading, body, further, what is said)
PAGES: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "a name of its own that says most of the title": (SOME, TOLD + FORM, {}, ENTRY),
    "the same without an entry": (SOME, TOLD, {}, NONE),
    "nothing that leads there names it": (SOME, FORM, {"link": "این جا"}, NONE),
    "a sibling is named as well": (SOME, TOLD + FORM, {"others": (*OTHERS, "محاسبه حق سنوات پایان کار")}, NONE),
    "about something else": ("رزرو سالن ورزشی کارگران", TOLD + FORM, {"link": TITLE}, NONE),
    "a general form": ("ثبت درخواست", FORM, {"link": "ثبت درخواست"}, NONE),
    "a general form that all declare": ("ثبت درخواست", FORM, {"link": TITLE, "same": True}, NONE),
    "a course about it": ("دوره آموزشی محاسبه حق سنوات فصلی", TOLD + FORM, {}, NONE),
    "a heading that asks": ("کار شما چند روز است؟", TOLD + FORM, {"title": "سنوات کارگران"}, ENTRY),
    "a heading of something else over such a title": ("اجاره سالن", TOLD + FORM, {"title": "سنوات کارگران"}, NONE),
    "another claim as a line of the page": (SOME, f"{TOLD}<p>صدور کارت کارگاه</p>{FORM}", {}, NONE),
    "the form of a sibling": ("محاسبه حق بیمه فصلی", f"<p>حق بیمه کارگران فصلی.</p>{FORM}", {"link": "حق بیمه فصلی"}, NONE),
}  # fmt: skip


@pytest.mark.parametrize(("heading", "body", "more", "truth"), PAGES.values(), ids=PAGES)
def test_a_page_at_the_declared_address(
    seen: Any, heading: str, body: str, more: dict[str, Any], truth: str
) -> None:
    assert judged(seen, heading, body, **more) == truth


def led(
    seen: Any,
    heading: str,
    body: str,
    button: str,
    *,
    title: str = TITLE,
    level: Level = "transaction",
    elsewhere: bool = False,
) -> str:
    """The service's own page has a button to a page of another host of the agency; elsewhere: the home page leads there too."""
    seen.agency = Agency("kar", "اداره کار نمونه", "main", PORTAL, hosts=("app.karafza.test",))
    seen.services = (
        Service("kar", "x", title, True, url=f"{PORTAL}s/4", level=level),
        *(Service("kar", f"o{n}", other, True) for n, other in enumerate(OTHERS)),
    )
    target = "http://app.karafza.test/new?id=4"
    link = f'<a class="btn" href="{target}">{button}</a>'
    seen.http(PORTAL, page("اداره کار", link if elsewhere else "<p>خوش آمدید</p>"), purpose="home", at=1)
    for name in ("news", "about", "people", "rules"):
        seen.http(f"{PORTAL}{name}", page(name, f"<p>متن {name}</p>"), at=2)
    seen.twice(f"{PORTAL}s/4", page(title, f"{PROSE}{link}"), purpose="claim")
    seen.http(target, page(heading, body), purpose="action", at=30)
    seen.account()
    finding = seen.of("services.entry")["x"]
    return f"{finding.verdict}/{finding.reason}"


PROSE = "<p>هر کارفرما برای پایان کار کارگر فصلی باید سنوات او را بپردازد. مبلغ آن را اداره کار حساب می‌کند و به هر دو سو خبر می‌دهد. این کار ده روز زمان می‌برد و هزینه‌ای ندارد.</p>"
LOGIN = '<form method="post"><label>کد ملی <input name="u"></label><label>گذرواژه <input type="password" name="p"></label><button>ورود</button></form>'
BOOKED = '<form method="post"><label>روز <input type="date" name="d"></label><label>ساعت <select name="h"><option>۸</option><option>۹</option></select></label><label>نام <input name="n"></label><button>رزرو نوبت</button></form>'
# name: (heading there, body, words of the button, further, what is said)
LED: dict[str, tuple[str, str, str, dict[str, Any], str]] = {
    "the service, got electronically": ("کارتابل", FORM, "دریافت الکترونیک خدمت", {}, ENTRY),
    "a log-in behind such a button": ("ورود", LOGIN, "دریافت الکترونیکی خدمت", {}, "partial/login_wall"),
    "the same button on the home page": ("کارتابل", FORM, "دریافت الکترونیک خدمت", {"elsewhere": True}, "inconclusive/ambiguous"),
    "a page in its own words": ("سنوات کارگران فصلی", FORM, "بخش سنوات", {}, ENTRY),
    "a page of something else": ("اجاره سالن", FORM, "بخش سالن", {}, "inconclusive/ambiguous"),
    "a booking that is the service": (
        "وقت مشاوره سنوات", BOOKED, "گرفتن وقت", {"title": "نوبت‌دهی مشاوره سنوات کارگران", "level": "interaction"}, ENTRY),
    "a booking that is claimed to be more": (
        "وقت مشاوره سنوات", BOOKED, "گرفتن وقت", {"title": "نوبت‌دهی مشاوره سنوات کارگران"}, "partial/interaction_only"),
    "a booking that is not": ("نوبت مراجعه", BOOKED, "دریافت خدمت", {}, "partial/interaction_only"),
}  # fmt: skip


@pytest.mark.parametrize(("heading", "body", "button", "more", "truth"), LED.values(), ids=LED)
def test_a_page_that_the_services_own_page_leads_to(
    seen: Any, heading: str, body: str, button: str, more: dict[str, Any], truth: str
) -> None:
    assert led(seen, heading, body, button, **more) == truth


TRACKED = '<form role="search"><input type="search" placeholder="کد رهگیری"><button>مشاهده</button></form>'
# name: (claimed title, other claims, <title> and heading, body, what is said)
TRACKING: dict[str, tuple[str, tuple[str, ...], tuple[str, str], str, str]] = {
    "the act alone": ("پیگیری درخواست‌های کارگران", OTHERS, ("پیگیری", "کار من کجاست؟"), TRACKED, "verified/tracking_entry"),
    "the act alone, of two claims": (
        "پیگیری درخواست‌های کارگران", (*OTHERS, "پیگیری شکایت کارفرما"), ("پیگیری", "کار من کجاست؟"), TRACKED, NONE),
    "the act with another matter": ("پیگیری درخواست‌های کارگران", OTHERS, ("پیگیری مرسوله", "مرسوله من کجاست؟"), TRACKED, NONE),
    "the number of a system": (
        "پیگیری درخواست‌های سامانه ۱۷۷۱", (*OTHERS, "پیگیری شکایت کارفرما"), ("پیگیری پیام ۱۷۷۱", "پیام من کجاست؟"), TRACKED,
        "verified/tracking_entry"),
    "the number of another": (
        "پیگیری درخواست‌های سامانه ۱۷۷۱", (*OTHERS, "پیگیری شکایت کارفرما"), ("پیگیری پیام ۱۷۷۲", "پیام من کجاست؟"), TRACKED, NONE),
    "the buttons of a footer": (
        "پیگیری درخواست‌های کارگران", OTHERS, ("پیگیری", "کار من کجاست؟"),
        '<input type="search" placeholder="کد رهگیری"></main><footer><button>نظرسنجی</button><button>ثبت شکایت</button></footer><main>',
        "verified/tracking_entry"),
}  # fmt: skip


@pytest.mark.parametrize(("title", "others", "named", "body", "truth"), TRACKING.values(), ids=TRACKING)
def test_a_page_for_tracking(
    seen: Any, title: str, others: tuple[str, ...], named: tuple[str, str], body: str, truth: str
) -> None:
    seen.agency = Agency("kar", "اداره کار نمونه", "main", PORTAL)
    seen.services = (
        Service("kar", "x", title, True, url=f"{PORTAL}t", level="interaction"),
        *(Service("kar", f"o{n}", other, True) for n, other in enumerate(others)),
    )
    seen.http(PORTAL, page("اداره کار", "<p>خوش آمدید</p>"), purpose="home", at=1)
    for name in ("news", "about", "people", "rules"):
        seen.http(f"{PORTAL}{name}", page(name, f"<p>متن {name}</p>"), at=2)
    seen.twice(f"{PORTAL}t", page(named[1], body, named[0]), purpose="claim")
    seen.account()
    finding = seen.of("services.entry")["x"]
    assert f"{finding.verdict}/{finding.reason}" == truth, finding.observed


# What stands beside a service on its page, and begins nothing. name: (body, what is said)
BESIDE: dict[str, tuple[str, str]] = {
    "a complaint about it": (f'{PROSE}<p><a href="/complaints?service=4">ثبت شکایت از این خدمت</a></p>', "contradicted/information_only"),
    "its title twice": (f"<h1>{TITLE}</h1>{PROSE}", "contradicted/information_only"),
    "a field that is read as one types": (
        f'{PROSE}<div><label>شماره پرونده <input name="n"></label></div>', "partial/interaction_only"),
    "a question to the staff": (f'{PROSE}<div><label>پرسش شما <textarea name="q"></textarea></label></div>', "contradicted/information_only"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "truth"), BESIDE.values(), ids=BESIDE)
def test_what_stands_beside_a_service(seen: Any, body: str, truth: str) -> None:
    seen.http(f"{PORTAL}complaints?service=4", page("شکایت", FORM), purpose="action", at=30)
    assert judged(seen, TITLE, body, link=TITLE, tied="heading") == truth


def test_a_list_of_links_is_no_heading_of_the_form_below_it(seen: Any) -> None:
    body = f'<div><h3>پیوندها</h3><ul><li><a href="/a">آمار کارگاه‌ها</a></li><li><a href="/b">نشریه کار</a></li></ul></div>{FORM}'
    assert judged(seen, "حق سنوات کارگران فصلی", body, tied="") == ENTRY


# Log-ins at the declared address that are no wall of the service. name: (path, heading)
STAFF: dict[str, tuple[str, str]] = {
    "of those who edit": ("login", "ورود به بخش مدیریت پورتال"),
    "of the staff": ("login", "ورود همکاران"),
    "in the folder of those who run it": ("admin/index.asp", "ورود"),
    "of another matter": ("login", "بیمه مسافران دریایی"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("path", "heading"), [*STAFF.values(), ("login", "ورود به سامانه")], ids=[*STAFF, "of anybody"]
)
def test_a_log_in_at_the_declared_address(seen: Any, path: str, heading: str) -> None:
    seen.agency = Agency("kar", "اداره کار نمونه", "main", PORTAL)
    seen.services = (Service("kar", "x", TITLE, True, url=f"{PORTAL}{path}", level="transaction"),)
    seen.http(PORTAL, page("اداره کار", "<p>خوش آمدید</p>"), purpose="home", at=1)
    for name in ("news", "about", "people", "rules"):
        seen.http(f"{PORTAL}{name}", page(name, f"<p>متن {name}</p>"), at=2)
    seen.twice(f"{PORTAL}{path}", page(heading, LOGIN), purpose="claim")
    seen.account()
    verdict = seen.of("services.entry")["x"].verdict
    assert verdict == ("partial" if heading == "ورود به سامانه" else "inconclusive")
