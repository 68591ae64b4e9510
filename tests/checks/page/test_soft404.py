"""Answers with status 200 that are errors, and those that only look like one: of claims, and of links.

The pages are in the likeness of what portals send: error pages of frameworks and content systems, help about errors,
catch-all folders, applications of one page, gateways.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from claims.model import Service

PORTAL = "http://portal.test/"
URL = f"{PORTAL}services/5"
LINK = f"{PORTAL}content/12"
TITLE = "صدور پروانه پرورش زنبور عسل"
JSON = (("Content-Type", "application/json; charset=utf-8"),)
MENU = '<nav class="navbar"><a href="/">خانه</a> <a href="/news">اخبار</a> <a href="/help/404">راهنمای خطای ۴۰۴</a></nav>'
FOOT = "<footer>نشانی: خیابان آزادی، پلاک ۱۲</footer>"
PROSE = (
    "<p>"
    + "متقاضیان پرورش زنبور عسل برای آغاز کار به پروانه نیاز دارند و این پروانه سه سال اعتبار دارد. " * 4
    + "</p>"
)


def page(body: str, title: str = "سازمان زنبورداری") -> str:
    return (
        f'<!doctype html><html lang="fa" dir="rtl"><head><meta charset="utf-8"><title>{title}</title></head>'
        f"<body>{MENU}{body}{FOOT}</body></html>"
    )


HOME = page(
    "<h1>سازمان زنبورداری</h1><h2>میز خدمت</h2><p>به درگاه سازمان زنبورداری خوش آمدید. خدمات را از فهرست برگزینید.</p>"
)
LARAVEL = (
    '<!DOCTYPE html><html lang="en"><head><title>Not Found</title><style>body{margin:0}</style></head>'
    '<body class="antialiased"><div class="relative flex"><div class="max-w-xl"><div class="flex">'
    '<div class="px-4 text-lg">404</div><div class="ml-4 text-lg uppercase">Not Found</div></div></div></div></body></html>'
)
NGINX = (
    "<!DOCTYPE html><html><head><title>Error</title></head><body><h1>An error occurred.</h1>"
    "<p>Sorry, the page you are looking for is currently unavailable.<br/>Please try again later.</p>"
    "<p>If you are the system administrator of this resource then you should check the error log for details.</p>"
    "<p><em>Faithfully yours, nginx.</em></p></body></html>"
)
SUGGESTED = "".join(
    f'<li><a href="/n/{n}">{title}</a></li>' for n, title in enumerate(["فراخوان زنبورداران نمونه کشور"] * 40)
)

# What is one: by its own words.
ERRORS: dict[str, str] = {
    "no such page": page("<h1>چنین صفحه‌ای موجود نیست</h1><p>به صفحهٔ اصلی بازگردید.</p>"),
    "no such service": page("<h1>خدمتی با این شناسه یافت نشد</h1><p>شاید از فهرست برداشته شده باشد.</p>"),
    "no news of that number": page("<h1>خبري با اين شماره پيدا نشد</h1><p>به فهرست خبرها بازگردید.</p>", "خبري با اين شماره پيدا نشد"),
    "no such notice": page("<h1>اطلاعیه یافت نشد</h1>", "اطلاعیه یافت نشد"),
    "we have none": page("<h1>متأسفیم! چنین صفحه‌ای نداریم</h1>"),
    "what was looked for": page("<h1>صفحه‌ای که دنبالش بودید پیدا نشد</h1>"),
    "the address is not right": page("<h2>آدرس وارد شده صحیح نمی باشد</h2>"),
    "the page was deleted": page("<h1>صفحه مورد نظر حذف شده</h1><p>از جستجو کمک بگیرید.</p>"),
    "with the portal's name": page("<p>به خانه بازگردید.</p>", "صفحه مورد نظر شما یافت نشد | سازمان زنبورداری"),
    "under its number": page("<h1>۴۰۴</h1><h2>متأسفانه صفحه‌ای با این نشانی وجود ندارد</h2>"),
    "under the word error": page("<h1>خطای سامانه</h1><p>صفحهٔ درخواستی وجود ندارد یا جابه‌جا شده است.</p>"),
    "with suggestions": page(f"<h1>صفحه مورد نظر یافت نشد</h1><p>شاید این‌ها به کارتان بیاید:</p><ul>{SUGGESTED}</ul>"),
    "of Laravel": LARAVEL,
    "of Laravel, one line": "<html><head><title>404 | Not Found</title></head><body><h1>404 | Not Found</h1></body></html>",
    "of WordPress": page("<h1>اوه! آن برگه پیدا نشد.</h1><p>به نظر می‌رسد چیزی در این نشانی نیست.</p>"),
    "in English": page("<h1>Sorry, the page you requested could not be found.</h1>"),
    "in Arabic": page("<h1>404</h1><h2>الصفحة غير موجودة</h2>", "404 — الصفحة غير موجودة"),
}  # fmt: skip
# What only names one.
NAMED: dict[str, str] = {
    "links": page(f'<h1>راهنمای کاربران</h1>{PROSE}<ul><li><a href="/h/1">راهنمای خطای ۴۰۴</a></li><li><a href="/h/2">صفحه یافت نشد</a></li></ul>'),
    "nothing but a link": page('<ul><li><a href="/h/1">راهنمای خطای ۴۰۴</a></li><li><a href="/h/2">خطای ۵۰۰</a></li></ul>'),
    "a guide": page(f"<h1>راهنمای خطای ۴۰۴</h1>{PROSE}"),
    "a short guide": page("<h1>راهنمای خطای ۴۰۴</h1><p>نشانی را دوباره بنویسید.</p>", "راهنمای خطای ۴۰۴"),
    "a question": page("<h1>چرا صفحه یافت نشد؟</h1><p>نشانی صفحه‌ها پس از بازطراحی درگاه دگرگون شده است.</p>"),
    "a list of errors": page("<h1>فهرست خطاها</h1><h2>صفحه یافت نشد</h2><p>نشانی را ببینید.</p><h2>خطای داخلی سرور</h2><p>شکیبا باشید.</p>"),
    "an article of that name": page(f"<h1>خطای ۴۰۴</h1>{PROSE}{PROSE}"),
    "running text": page("<h1>پیگیری پروانه</h1><p>پروندهٔ مورد نظر یافت نشد</p>"),
    "a play of that name": page("<h1>«خطای ۴۰۴» روی صحنه</h1><p>نمایش «صفحه یافت نشد» شنبه در تالار شهر اجرا می‌شود.</p>"),
    "a table of errors without a heading": page("<table><tr><td>۴۰۴</td><td>صفحه یافت نشد</td></tr><tr><td>۵۰۰</td><td>خطای داخلی سرور</td></tr></table>"),
    "a table of errors, one of which is of a page": page(
        "<table><tr><td>۴۰۴</td><td>صفحه یافت نشد</td></tr><tr><td>E-17</td><td>ظرفیت تکمیل است</td></tr></table>", "کدهای خطا"),
    "a supposition": page("<h1>خبرها</h1><p>اگر صفحه مورد نظر یافت نشد با پشتیبانی تماس بگیرید.</p>"),
    "a number of its own": page(f"<h1>بخشنامه ۴۰۴</h1>{PROSE}"),
    "a list of news that is empty": page("<h1>خبری یافت نشد</h1><p>خبرهای این ماه از اینجا دیده می‌شود.</p>"),
    "news of what was not found": page("<h1>کشتی بی‌نام پیدا نشد</h1><p>جست‌وجو دنبال می‌شود.</p>"),
    "news of what is denied": page("<h1>این خبر درست نیست</h1><p>روابط عمومی سازمان شایعه را رد کرد.</p>"),
}  # fmt: skip


def linked(seen: Any, *urls: str) -> None:
    anchors = "".join(f'<a href="{url}">پیوند</a>' for url in urls)
    seen.http(PORTAL, HOME.replace("</body>", f"{anchors}</body>"), purpose="home")


def of_link(seen: Any, url: str = LINK) -> str | None:
    found = seen.of("links.target").get(url)
    return None if found is None else found.reason


def claimed(seen: Any, url: str = URL, home: str = "") -> None:
    seen.services = (Service("portal", "s1", TITLE, True, url=url),)
    seen.http(PORTAL, HOME.replace("</body>", f"{home}</body>"), purpose="home")


def of_claim(seen: Any) -> tuple[str, str | None, list[str]]:
    found = seen.of("services.entry")["s1"]
    return found.verdict, found.reason, found.observed.get("notes") or []


def of_both(seen: Any, url: str = LINK) -> tuple[str | None, str | None]:
    """(reason of the link, reason of the claim)."""
    found = {(f.check, f.subject.id): f.reason for f in seen.found("links.target", "services.entry")}
    return found.get(("links.target", url)), found["services.entry", "s1"]


def around(seen: Any, folder: str, body: Any, **facts: Any) -> None:
    """What random names in a folder get. body: of the name, or the same for all."""
    for at, name in ((30, "a91fc0d2e4b6587a"), (31, "0b5de77f61c2a398")):
        sent = body(name) if callable(body) else body
        seen.http(f"{folder}{name}", sent, at=at, purpose="sibling", **facts)


@pytest.mark.parametrize("body", ERRORS.values(), ids=ERRORS.keys())
def test_an_error_in_its_own_words(seen: Any, body: str) -> None:
    linked(seen, LINK)
    seen.twice(LINK, body)
    assert of_link(seen) == "soft_404"


@pytest.mark.parametrize("body", ERRORS.values(), ids=ERRORS.keys())
def test_an_error_in_place_of_a_service(seen: Any, body: str) -> None:
    claimed(seen)
    seen.twice(URL, body, purpose="claim")
    assert of_claim(seen) == ("contradicted", "soft_404", ["wording"])


@pytest.mark.parametrize("body", NAMED.values(), ids=NAMED.keys())
def test_a_page_that_names_an_error_is_none(seen: Any, body: str) -> None:
    linked(seen, LINK)
    seen.twice(LINK, body)
    assert of_link(seen) is None


@pytest.mark.parametrize("body", NAMED.values(), ids=NAMED.keys())
def test_nor_is_it_missing_where_a_service_is_claimed(seen: Any, body: str) -> None:
    claimed(seen)
    seen.twice(URL, body, purpose="claim")
    assert of_claim(seen)[1] != "soft_404"


def test_the_page_of_a_server_that_broke_is_no_missing_page(seen: Any) -> None:
    claimed(seen, home=f'<a href="{LINK}">پیوند</a>')
    seen.twice(LINK, NGINX)
    seen.twice(URL, NGINX, purpose="claim")
    assert of_both(seen) == ("server_error", "server_error")


# evidence of nothing

CATCH_ALL = page(
    "<h1>سامانه‌های سازمان</h1><p>به سامانه‌های سازمان خوش آمدید. سامانهٔ خود را از فهرست برگزینید.</p>"
)
SHELL = '<html><head><title>سامانه</title><script src="/app.js"></script></head><body><div id="root"></div></body></html>'


def month(name: str) -> str:
    """A calendar that shows the same month under whatever it is asked for, but for the address that it was asked by."""
    days = "".join(f"<td>{day}</td>" for day in range(1, 31))
    return page(
        f"<h1>تقویم رویدادها</h1><p>رویدادی ثبت نشده است</p><table><tr>{days}</tr></table>"
        f'<a href="/calendar/{name}/next">بعدی</a>'
    )


@pytest.mark.parametrize("body", [CATCH_ALL, SHELL, month("1404")], ids=["folder", "application", "calendar"])
def test_a_link_into_a_folder_that_answers_everything_alike_is_not_broken(seen: Any, body: str) -> None:
    linked(seen, *(f"{PORTAL}content/{n}" for n in range(12)))
    for n in range(12):
        seen.twice(f"{PORTAL}content/{n}", body)
    around(seen, f"{PORTAL}content/", body)
    assert {url for url, found in seen.of("links.target").items() if found.reason != "limit"} == set()


def test_a_claim_in_such_a_folder_is_open(seen: Any) -> None:
    claimed(seen)
    seen.twice(URL, CATCH_ALL, purpose="claim")
    around(seen, f"{PORTAL}services/", CATCH_ALL)
    assert of_claim(seen) == ("inconclusive", "ambiguous", ["like_random_path"])


def test_a_form_of_the_service_is_one_whatever_else_gets_it(seen: Any) -> None:
    form = page(
        f'<h1>{TITLE}</h1><form method=post><p><label>نام و نام خانوادگی <input name="a1"></label></p>'
        '<p><label>کد ملی <input name="a2"></label></p><p><label>تلفن همراه <input name="a3"></label></p>'
        "<button>ثبت درخواست</button></form>"
    )
    claimed(seen)
    seen.twice(URL, form, purpose="claim")
    around(seen, f"{PORTAL}services/", form)
    assert of_claim(seen)[:2] == ("verified", "transaction_entry")


LOGIN = page(
    '<h1>ورود یکپارچه</h1><form method=post><input name="user"><input type="password" name="pass"><button>ورود</button></form>'
)


@pytest.mark.parametrize("url", ["http://sso.my.gov.ir/login/5", f"{PORTAL}login/5"])
def test_a_page_of_sign_on_is_never_missing(seen: Any, url: str) -> None:
    claimed(seen, url, f'<a href="{url}">پیوند</a>')
    seen.twice(url, LOGIN, purpose="claim")
    around(seen, url.rpartition("/")[0] + "/", LOGIN)
    link, claim = of_both(seen, url)
    assert link is None
    assert claim != "soft_404"


@pytest.mark.parametrize(("status", "reason"), [(200, None), (404, "not_found"), (410, "gone")])
def test_hosts_of_others_say_it_by_status_alone(seen: Any, status: int, reason: str | None) -> None:
    url = "http://museum.example.test/hall/7"
    linked(seen, url)
    seen.twice(url, ERRORS["no such page"], status=status, purpose="link")
    assert of_link(seen, url) == reason


# what says that it is one


def test_the_home_page_in_place_of_a_page(seen: Any) -> None:
    linked(seen, LINK)
    home = HOME.replace("</body>", f'<a href="{LINK}">پیوند</a></body>')
    seen.twice(LINK, home)
    around(seen, f"{PORTAL}content/", home)
    assert of_link(seen) == "soft_404"


def test_the_front_page_of_an_application_may_become_any_other(seen: Any) -> None:
    home = HOME.replace("<h1>", '<div id="app"><h1>').replace(
        "</p>", '</p></div><script src="/app.js"></script>'
    )
    seen.http(PORTAL, home.replace("</body>", f'<a href="{LINK}">x</a></body>'), purpose="home")
    seen.twice(LINK, home)
    around(seen, f"{PORTAL}content/", home)
    assert of_link(seen) is None


def test_the_home_page_by_its_own_name_is_there(seen: Any) -> None:
    linked(seen, f"{PORTAL}fa/index.php")
    home = HOME.replace("</body>", f'<a href="{PORTAL}fa/index.php">پیوند</a></body>')
    seen.twice(f"{PORTAL}fa/index.php", home)
    around(seen, f"{PORTAL}fa/", home)
    assert of_link(seen, f"{PORTAL}fa/index.php") is None


def test_what_is_sent_home_as_any_address_is_missing(seen: Any) -> None:
    linked(seen, LINK)
    for at, attempt in ((10, 1), (100, 2)):
        seen.http(LINK, status=302, redirect=PORTAL, at=at, attempt=attempt)
    around(seen, f"{PORTAL}content/", "", status=302, redirect=PORTAL)
    assert of_link(seen) == "soft_404"


def test_what_alone_is_sent_home_may_be_meant_so(seen: Any) -> None:
    linked(seen, LINK)
    for at, attempt in ((10, 1), (100, 2)):
        seen.http(LINK, status=302, redirect=PORTAL, at=at, attempt=attempt)
    around(seen, f"{PORTAL}content/", "", status=404)
    assert of_link(seen) is None


def led(seen: Any, url: str, target: str, body: str, purpose: str = "page") -> None:
    for at, attempt in ((10, 1), (100, 2)):
        first = seen.http(url, status=302, redirect=target, at=at, attempt=attempt, purpose=purpose)
        seen.http(target, body, at=at + 1, attempt=attempt, purpose=purpose, previous=first.id)


SORRY = page("<h1>با پوزش</h1><p>مشکلی پیش آمده است.</p>")


@pytest.mark.parametrize(
    "target",
    ["error/404", "404.html", "Error.aspx?aspxerrorpath=/content/12", "page-not-found", "fa/notfound.php"],
)
def test_a_redirect_to_an_error_page(seen: Any, target: str) -> None:
    linked(seen, LINK)
    led(seen, LINK, PORTAL + target, SORRY)
    assert of_link(seen) == "soft_404"


def test_a_link_to_a_page_about_an_error_leads_where_it_says(seen: Any) -> None:
    url = f"{PORTAL}help/404"
    linked(seen, url)
    led(seen, url, f"{PORTAL}fa/help/404", SORRY)
    assert of_link(seen, url) is None


EDITORS = page(
    '<h1>ورود به سامانه مدیریت محتوا</h1><form method=post><input name="name"><input type="password" name="pass"></form>'
)


@pytest.mark.parametrize(
    "target",
    [
        "admin-panel/login?destination=node/add",
        "user/login?destination=node/add/page",
        "Login.aspx?returnurl=%2fadmin%2fpages",
        "wp-login.php?redirect_to=http%3A%2F%2Fportal.test%2Fwp-admin%2F",
    ],
)
def test_the_log_in_of_the_content_system(seen: Any, target: str) -> None:
    claimed(seen, home=f'<a href="{LINK}">پیوند</a>')
    led(seen, LINK, PORTAL + target, EDITORS)
    led(seen, URL, PORTAL + target, EDITORS, "claim")
    found = {
        f.check: (f.reason, f.observed.get("notes")) for f in seen.found("links.target", "services.entry")
    }
    assert found["services.entry"] == ("soft_404", ["editors_login"])
    assert found["links.target"][0] == "blocked"


@pytest.mark.parametrize("target", ["Login.aspx?returnurl=%2fservices%2f5", "account/login?next=/services/5"])
def test_a_log_in_of_people_is_none_of_editors(seen: Any, target: str) -> None:
    claimed(seen)
    led(seen, URL, PORTAL + target, EDITORS.replace("به سامانه مدیریت محتوا", "کاربران"), "claim")
    assert of_claim(seen)[1] != "soft_404"


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"status": 404, "message": "x"}, "soft_404"),
        ({"error": {"code": 404, "message": "x"}}, "soft_404"),
        ({"detail": "Not found."}, "soft_404"),
        ({"success": False, "message": "صفحه مورد نظر یافت نشد"}, "soft_404"),
        ({"status": 200, "data": []}, None),
        ({"error": "missing parameter: id"}, None),
        ({"items": [{"status": 404}], "count": 1}, None),
    ],
)
def test_a_message_of_an_application(seen: Any, told: Any, reason: str | None) -> None:
    claimed(seen, home=f'<a href="{LINK}">پیوند</a>')
    seen.twice(LINK, json.dumps(told), headers=JSON)
    seen.twice(URL, json.dumps(told), headers=JSON, purpose="claim")
    link, claim = of_both(seen)
    assert link == reason
    assert (claim == "soft_404") == (reason == "soft_404")


def test_the_page_that_random_addresses_get_with_its_status(seen: Any) -> None:
    odd = page(
        "<h1>مسیر گم شد</h1><p>شاید نشانی را جایی نادرست نوشته‌اند؛ از فهرست بالا بخش خود را برگزینید.</p>"
    )
    linked(seen, LINK)
    seen.twice(LINK, odd)
    around(seen, f"{PORTAL}content/", odd, status=404)
    assert of_link(seen) == "soft_404"
