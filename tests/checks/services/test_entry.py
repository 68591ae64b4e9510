"""Claimed pages of many looks, each with its truth. The claim is always «صدور پروانه پرورش زنبور عسل»."""

from typing import Any

import pytest

from claims.model import Service

PORTAL = "http://portal.test/"
URL = "http://portal.test/services/5"
TITLE = "صدور پروانه پرورش زنبور عسل"
CODE = "13091713000"
SIBLING = "تمدید پروانه پرورش زنبور عسل"
OTHERS = ("صدور گواهی حمل دام", "استعلام سهمیه کود", "ثبت شکایت از تعاونی روستایی", SIBLING)

PROSE = (
    "متقاضیان پرورش زنبور عسل برای آغاز کار به پروانه نیاز دارند. این پروانه سه سال اعتبار دارد و به نام شخص حقیقی یا "
    "شرکت صادر می‌شود. کارشناسان محل زنبورستان را از نظر فاصله با جاده و مزرعه می‌بینند و گزارش خود را به کمیسیون می‌دهند. "
    "هزینه کارشناسی هر سال اعلام می‌شود و زمان رسیدگی سی روز کاری است."
)
MENU = (
    '<div id="top"><a href="/">خانه</a> <a href="/news">اخبار</a> <a href="/services">خدمات</a> '
    '<a href="/contact">تماس با ما</a></div>'
    '<form action="/find"><input name="q" placeholder="جستجو در سایت"><button>جستجو</button></form>'
    '<form class="box"><b>ورود اعضا</b><input name="username" placeholder="نام کاربری"><input type="password" name="p">'
    "<button>ورود</button></form>"
)
FOOT = (
    '<div class="bottom"><form><label>خبرنامه <input name="email" type="email"></label><button>عضویت در خبرنامه</button></form>'
    "نشانی: خیابان آزادی، پلاک ۱۲ - تلفن ۰۲۱۱۲۳۴۵</div>"
)
FIELDS = (
    '<p><label>نام و نام خانوادگی <input name="a1"></label></p><p><label>کد ملی <input name="a2"></label></p>'
    '<p><label>تلفن همراه <input name="a3"></label></p>'
)


def page(body: str, title: str = TITLE, head: str = "") -> str:
    return (
        f'<!doctype html><html lang="fa" dir="rtl"><head><meta charset="utf-8"><title>{title}</title>{head}</head>'
        f"<body>{MENU}{body}{FOOT}</body></html>"
    )


def headed(body: str, heading: str = TITLE) -> str:
    return page(f"<h1>{heading}</h1>{body}")


def card(kind: str, title: str = TITLE, code: str = CODE) -> str:
    rows = (
        ("عنوان خدمت", title),
        ("شناسه خدمت", code),
        ("نوع ارائه خدمت", kind),
        ("مدارک لازم", "کارت ملی و نقشه محل"),
    )
    return (
        "<table>" + "".join(f"<tr><td>{name}</td><td>{value}</td></tr>" for name, value in rows) + "</table>"
    )


FORM = f'<form method="post" action="/send">{FIELDS}<button>ثبت درخواست</button></form>'

ASPNET = (
    '<html><head><title>سامانه</title></head><body><form id="aspnetForm" method="post"><input type="hidden" name="__VIEWSTATE" value="x">'
    '<table width="100%"><tr><td class="menu"><a href="/">خانه</a></td><td><input name="ctl00$txtSearch" id="txtSearch">'
    '<input type="submit" name="ctl00$btnSearch" value="جستجو"></td></tr></table>'
    f'<div class="content"><span class="title">{TITLE}</span>'
    '<table><tr><td>نام متقاضی</td><td><input name="ctl00$c$t1"></td></tr><tr><td>کد ملی</td><td><input name="ctl00$c$t2"></td></tr>'
    '<tr><td>آدرس محل</td><td><textarea name="ctl00$c$t3"></textarea></td></tr>'
    '<tr><td></td><td><input type="submit" name="ctl00$c$b" value="ثبت و ادامه"></td></tr></table></div></form></body></html>'
)
SHELL = '<html><head><title>پرتال</title></head><body><div id="root"></div><script src="/app.js"></script></body></html>'

# name: (page, verdict, reason)
PAGES: dict[str, tuple[str, str, str]] = {
    # entries
    "plain form": (headed(PROSE + FORM), "verified", "transaction_entry"),
    "form in a table, title in a cell": (
        page(f'<table><tr><td><font size="4"><b>{TITLE}</b></font></td></tr><tr><td>{FORM}</td></tr></table>'),
        "verified", "transaction_entry"),
    "ASP.NET": (ASPNET, "verified", "transaction_entry"),
    "dialog": (headed(f"{PROSE}<button>درخواست</button><dialog>{FORM}</dialog>"), "verified", "transaction_entry"),
    "legend names it": (
        headed(f"<form><fieldset><legend>فرم درخواست {TITLE}</legend>{FIELDS}</fieldset><button>ارسال</button></form>", "میز خدمت الکترونیک"),
        "verified", "transaction_entry"),
    "Arabic letters": (headed(FORM, TITLE.replace("ی", "ي").replace("ک", "ك")), "verified", "transaction_entry"),
    "synonym": (headed(FORM, "دریافت مجوز پرورش زنبور عسل"), "verified", "transaction_entry"),
    "glued words": (headed(FORM, "صدور پروانه‌ی پرورش زنبورعسل"), "verified", "transaction_entry"),
    "only the code": (headed(f"<p>کد خدمت: ۱۳۰۹۱۷۱۳۰۰۰</p>{FORM}", "ثبت درخواست آنلاین"), "verified", "transaction_entry"),
    "card and form": (page(f"<h2>جزئیات خدمت</h2>{card('الکترونیکی')}{FORM}"), "verified", "transaction_entry"),
    "wizard": (
        headed('<ol><li>مرحله ۱: مشخصات</li><li>مرحله ۲: مدارک</li></ol><form><label>کد ملی <input name="x"></label><button>مرحله بعد</button></form>'),
        "verified", "transaction_entry"),
    "upload": (
        headed('<form><label>شماره شناسنامه <input name="s"></label><label>تصویر کارت ملی <input type="file" name="f"></label><input type="submit" value="ارسال مدارک"></form>'),
        "verified", "transaction_entry"),
    "electronic request, delivery in person": (
        headed(f"<p>ثبت درخواست الکترونیکی است. تحویل پروانه با مراجعه حضوری به اداره انجام می‌شود.</p>{FORM}"),
        "verified", "transaction_entry"),
    "English names of fields": (
        headed('<form><input name="firstName" placeholder="First name"><input name="nationalCode" placeholder="National ID"><button>Submit</button></form>'),
        "verified", "transaction_entry"),
    "tracking": (
        headed('<form><label>کد رهگیری <input name="code"></label><button>پیگیری</button></form>'), "verified", "tracking_entry"),
    "payment": (
        headed('<form method="post" action="https://sep.shaparak.ir/pay"><input type="hidden" name="t" value="1"><button>پرداخت</button></form>'),
        "verified", "transaction_entry"),
    # half
    "login": (
        headed('<p>برای ادامه وارد شوید</p><form class="main-login"><label>کد ملی <input name="n"></label><label>رمز عبور <input type="password" name="w"></label><label>کد تصویر <input name="cap"></label><button>ورود به سامانه</button></form>'),
        "partial", "login_wall"),
    "login that names nothing": (
        '<html><title>ورود</title><body><h1>ورود به سامانه</h1><form><input name="user" placeholder="نام کاربری"><input type="password" name="pw"><button>ورود</button></form></body></html>',
        "partial", "login_wall"),
    "appointment": (
        headed('<h2>رزرو نوبت مراجعه</h2><form><label>نام <input name="n"></label><label>کد ملی <input name="m"></label><label>تاریخ <input name="d"></label><button>رزرو نوبت</button></form>'),
        "partial", "interaction_only"),
    "calculator": (
        headed('<h2>محاسبه هزینه پروانه</h2><form><label>تعداد کندو <input name="n"></label><label>متراژ <input name="m"></label><button>محاسبه</button></form>'),
        "partial", "interaction_only"),
    "eligibility": (
        headed('<h2>آیا واجد شرایط هستید؟</h2><form><label>استان <select name="o"><option>تهران</option></select></label><label>تاریخ تولد <input name="b"></label><button>بررسی شرایط</button></form>'),
        "partial", "interaction_only"),
    "papers by e-mail": (
        headed(f"<p>{PROSE}</p><p>فرم تکمیل‌شده را اسکن و به نشانی ایمیل bee@portal.test ارسال کنید.</p>"), "partial", "interaction_only"),
    # refuted
    "information": (headed(f"<p>{PROSE}</p>"), "contradicted", "information_only"),
    "information with comment, poll and contact": (
        headed(
            f'<p>{PROSE}</p><form id="comments"><label>نام <input name="n"></label><label>ایمیل <input name="e"></label><textarea name="c"></textarea><button>ارسال نظر</button></form>'
            '<form><h4>نظرسنجی</h4><input type="radio" name="v" value="1">خوب<input type="radio" name="v" value="2">بد<button>ثبت رای</button></form>'
            '<form><h4>تماس با ما</h4><label>نام <input name="n"></label><label>تلفن <input name="t"></label><label>متن پیام <textarea name="m"></textarea></label><button>ارسال پیام</button></form>'
        ), "contradicted", "information_only"),
    "information and guide links": (
        headed(f'<p>{PROSE}</p><a href="/guide/5">راهنمای ثبت درخواست</a> <a href="/faq">سوالات متداول</a>'),
        "contradicted", "information_only"),
    "pdf form": (headed(f'<p>{PROSE}</p><a href="/files/f5.pdf">دانلود فرم درخواست</a>'), "contradicted", "form_download_only"),
    "doc form behind a script": (
        headed(f"""<p>{PROSE}</p><a href="#" onclick="window.open('/files/darkhast.docx')">دریافت فرم</a>"""),
        "contradicted", "form_download_only"),
    "under construction": (headed("<p>این صفحه در دست طراحی است.</p>"), "contradicted", "under_construction"),
    "coming soon": (headed("<p>به زودی راه‌اندازی می‌شود</p>"), "contradicted", "under_construction"),
    "sample text": (headed(f"<p>این متن نمونه است و باید با متن اصلی جایگزین شود. {PROSE}</p>"), "contradicted", "hollow"),
    "lorem ipsum": (headed("<p>لورم ایپسوم متن ساختگی با تولید سادگی نامفهوم از صنعت چاپ است. " * 5 + "</p>"), "contradicted", "hollow"),
    "unfilled fields": (
        headed("<p>این خدمت توسط [نام دستگاه] ارائه می‌شود و زمان آن [مدت زمان] روز است. " + PROSE + "</p>"), "contradicted", "hollow"),
    "one sentence": (headed("<p>این خدمت توسط سازمان ارائه می‌شود.</p>"), "contradicted", "hollow"),
    "card says not electronic": (page(f"<h1>شناسنامه خدمت</h1>{card('غیر الکترونیکی')}<p>{PROSE}</p>"), "contradicted", "in_person_only"),
    "in person": (headed(f"<p>{PROSE}</p><p>متقاضی باید با مدارک به دبیرخانه سازمان مراجعه کند.</p>"), "contradicted", "in_person_only"),
    "sibling's page": (headed(f"<p>پروانه‌ای که زمان آن به پایان رسیده است تا سه ماه تمدید می‌شود.</p>{FORM}", SIBLING), "contradicted", "wrong_service"),
    "sibling's card": (page("<h1>جزئیات خدمت</h1>" + card("الکترونیکی", SIBLING, "13091713004") + FORM), "contradicted", "wrong_service"),
    "404 with status 200": (page("<h1>صفحه مورد نظر یافت نشد</h1><p>نشانی را بررسی کنید.</p>", "خطای ۴۰۴"), "contradicted", "soft_404"),
    # open
    "news": (
        page(f"<h1>{TITLE} آسان شد</h1><p>به گزارش روابط عمومی، مدیرکل دامپروری اظهار داشت {PROSE}</p><p>کد خبر: ۱۲۳۴</p>"),
        "contradicted", "information_only"),
    "search results": (
        page(f'<form><input name="s" value="{TITLE}"><button>جستجو</button></form><h1>نتایج جستجو برای «{TITLE}»</h1><p>موردی یافت نشد</p>'),
        "inconclusive", "no_match"),
    "list of services": (
        page("<h1>فهرست خدمات</h1>" + "".join(f'<div><h3><a href="/s/{n}">{t}</a></h3></div>' for n, t in enumerate((TITLE, *OTHERS)))),
        "inconclusive", "no_match"),
    "only in <title>": (page(f"<h1>درگاه سازمان</h1><p>{PROSE}</p>{FORM}"), "verified", "transaction_entry"),
    "only in <title>, and no form": (page(f"<h1>درگاه سازمان</h1><p>{PROSE}</p>"), "contradicted", "information_only"),
    "something else with a form": (headed(FORM, "درخواست بازدید مدارس"), "inconclusive", "no_match"),
    "both in one": (
        page(f"<h2>{TITLE}</h2><p>{PROSE}</p><h2>{SIBLING}</h2><p>{PROSE}</p>{FORM}"), "inconclusive", "ambiguous"),
    "says both, offers none": (
        headed(f"<p>درخواست به صورت الکترونیکی ثبت می‌شود.</p><p>متقاضی باید به دبیرخانه مراجعه نماید.</p><p>{PROSE}</p>"),
        "inconclusive", "ambiguous"),
    "button without a target": (
        headed(f'<p>{PROSE}</p><a href="javascript:void(0)" class="btn">ثبت درخواست</a>'), "inconclusive", "not_attempted"),
    "site written out": (
        headed(f"<p>{PROSE}</p><p>برای ثبت درخواست به سامانه bee.portal.test مراجعه کنید.</p>"), "inconclusive", "not_attempted"),
    "scripts not seen at work": (headed(f"<p>{PROSE}</p><script>start()</script>"), "inconclusive", "needs_browser"),
    "shell of an application": (SHELL, "inconclusive", "needs_browser"),
    "form of a template": (headed(f"<p>متن نمونه برای این خدمت</p>{FORM}"), "inconclusive", "ambiguous"),
}  # fmt: skip


def services(url: str | None = URL, **claim: Any) -> tuple[Service, ...]:
    values: dict[str, Any] = {"level": "transaction", "code": CODE, "electronic": True, **claim}
    mine = Service("portal", "s5", TITLE, url=url, **values)
    rest = tuple(
        Service("portal", f"o{n}", title, True, code=f"1309171300{n}") for n, title in enumerate(OTHERS, 1)
    )
    return (mine, *rest)


def frame(seen: Any) -> None:
    """A home page and pages that nobody claims, so that the frame can be learned."""
    seen.http(PORTAL, page("<h1>سازمان</h1><p>خوش آمدید</p>", "سازمان"), purpose="home", at=1)
    for name in ("about", "news", "contact", "history"):
        seen.http(f"{PORTAL}{name}", page(f"<h1>{name}</h1><p>صفحه {name} با متنی از آن خود</p>", name), at=2)


@pytest.mark.parametrize(("html", "verdict", "reason"), PAGES.values(), ids=PAGES.keys())
def test_a_claimed_page(seen: Any, html: str, verdict: str, reason: str) -> None:
    seen.services = services()
    frame(seen)
    seen.twice(URL, html, purpose="claim")
    seen.account()
    finding = seen.of("services.entry")["s5"]
    assert (finding.verdict, finding.reason) == (verdict, reason), finding.observed
    assert finding.captures
    assert finding.attempts == 2
    if finding.observed["page_kind"] is not None:
        assert finding.observed["excerpt"] or verdict == "inconclusive"


REFUTED = {name: row for name, row in PAGES.items() if row[1] == "contradicted"}


@pytest.mark.parametrize(("html", "verdict", "reason"), REFUTED.values(), ids=REFUTED.keys())
def test_nothing_is_refuted_by_one_visit(seen: Any, html: str, verdict: str, reason: str) -> None:
    seen.services = services()
    frame(seen)
    seen.http(URL, html, purpose="claim", at=10)
    finding = seen.of("services.entry")["s5"]
    assert (finding.verdict, finding.reason) == ("inconclusive", "not_attempted")


@pytest.mark.parametrize(("html", "verdict", "reason"), REFUTED.values(), ids=REFUTED.keys())
def test_a_claim_of_no_electronic_service_is_never_refuted(
    seen: Any, html: str, verdict: str, reason: str
) -> None:
    seen.services = services(electronic=False, level="none")
    frame(seen)
    seen.twice(URL, html, purpose="claim")
    finding = seen.of("services.entry")["s5"]
    assert (finding.verdict, finding.reason) == ("not_applicable", None)


def test_an_entry_that_nobody_claimed_is_told(seen: Any) -> None:
    seen.services = services(electronic=False, level="none")
    seen.twice(URL, headed(FORM), purpose="claim")
    finding = seen.of("services.entry")["s5"]
    assert (finding.verdict, finding.observed["under_claimed"]) == ("verified", True)


def test_a_claim_of_information_is_not_refuted_by_information(seen: Any) -> None:
    seen.services = services(level="information")
    frame(seen)
    seen.twice(URL, headed(f"<p>{PROSE}</p>"), purpose="claim")
    finding = seen.of("services.entry")["s5"]
    assert (finding.verdict, finding.reason) == ("inconclusive", "ambiguous")
    assert finding.observed["conflict"] == "claimed_information"


def test_two_services_of_one_title(seen: Any) -> None:
    seen.services = (*services(code=None), Service("portal", "s6", TITLE, True, url=URL))
    frame(seen)
    seen.twice(URL, headed(FORM), purpose="claim")
    found = seen.of("services.entry")
    assert (found["s5"].reason, found["s6"].reason) == ("ambiguous", "ambiguous")
