"""Pages with the habits of real ones: what their markers say of a service, and what may not be held against it."""

from __future__ import annotations

from typing import Any

import pytest

from claims.model import Agency, Service

PORTAL = "http://www.bagh.test/"
URL = f"{PORTAL}service/12"
TITLE = "صدور پروانه کشت گل محمدی"
PROSE = (
    "گلکارانی که زمین آنان بیش از نیم هکتار است برای کشت گل محمدی به پروانه نیاز دارند. پروانه برای پنج سال و به نام بهره‌بردار "
    "صادر می‌شود. کارشناس باغبانی پیش از صدور از زمین بازدید می‌کند و گزارش او در پرونده می‌ماند. هزینه بازدید هر سال اعلام می‌شود."
)
MENU = (
    '<nav><ul><li><a href="/">خانه</a></li><li><a href="https://leader.ir/">Leader.ir</a></li>'
    '<li><a href="https://dolat.ir/">Dolat.ir</a></li><li><a href="/news">خبرها</a></li></ul></nav>'
)
INFORMATION = "contradicted/information_only"
OPEN = "inconclusive/"  # whatever the reason


def page(body: str, heading: str = f"<h1>{TITLE}</h1>", title: str = f"{TITLE} | باغداری بم") -> str:
    return (
        f'<!doctype html><html lang="fa" dir="rtl"><head><title>{title}</title></head><body><header>{MENU}</header>'
        f"<main>{heading}{body}</main><footer>نشانی: بم، خیابان نخل</footer></body></html>"
    )


def button(words: str, target: str = "https://e.other-body.test/start") -> str:
    return f'<p>{PROSE}</p><div class="links"><a class="btn btn-primary" href="{target}">{words}</a></div>'


# name: (body of the claimed page, what is said). Nothing but the page itself was seen.
PAGES: dict[str, tuple[str, str]] = {
    "prose alone": (f"<p>{PROSE}</p>", INFORMATION),
    # files
    "a form behind an icon": (
        f'<p>{PROSE}</p><p>فرم درخواست پروانه: <a href="/f/frm-12.pdf"><img src="/i/pdf.png" alt=""></a></p>',
        "contradicted/form_download_only"),
    "a file behind an icon, and not a word": (
        f'<p>{PROSE}</p><p><a href="/f/2281.pdf"><i class="fa fa-file-pdf-o"></i></a></p>', "inconclusive/ambiguous"),
    "an icon that has words for who cannot see": (
        f'<p>{PROSE}</p><p><a href="/f/2281.pdf"><img src="/i/pdf.png" alt="آیین‌نامه باغبانی"></a></p>', INFORMATION),
    "a guide behind an icon": (
        f'<p>{PROSE}</p><p>راهنمای کشت گل محمدی <a href="/f/2281.pdf"><i class="icon-pdf"></i></a></p>', INFORMATION),
    # buttons that leave
    **{f"a button that leaves: {words}": (button(words), OPEN) for words in (
        "دریافت الکترونیک خدمت", "دسترسی به خدمت", "نشانی اینترنتی خدمت", "ادامه در درگاه ملی مجوزها", "گل‌یار")},
    "a link that leaves and stands alone": (
        f'<p>{PROSE}</p><p><a href="https://e.other-body.test/">گل‌یار</a></p>', OPEN),
    "a body that the text names": (
        f'<p>{PROSE} این پروانه با همکاری <a href="https://www.other-body.test/">سازمان دیگر</a> و استانداری‌ها داده می‌شود.</p>',
        INFORMATION),
    "a list of links to others": (
        f"<p>{PROSE}</p><ul>"
        + "".join(f'<li><a href="https://{name}.test/">{name}</a></li>' for name in ("one", "two", "three", "four", "five"))
        + "</ul>", INFORMATION),
    "a button to a guide elsewhere": (button("راهنمای تصویری"), INFORMATION),
    "a map": (button("نقشه", "https://www.google.com/maps?q=1,2"), INFORMATION),
    # fields
    "a field that is read while one types": (
        f'<p>{PROSE}</p><div class="box"><input type="text" id="code" placeholder="کد پیگیری پروانه" onkeyup="find()"></div>',
        "verified/tracking_entry"),
    "a field of no name": (f'<p>{PROSE}</p><div class="box"><input type="text" id="x1" oninput="find()"></div>', OPEN),
    "four fields named by placeholders alone": (
        f"<p>{PROSE}</p><div>" + "".join(f'<input placeholder="{name}">' for name in ("نام", "کد ملی", "موبایل", "نشانی زمین"))
        + "</div>", OPEN),
    "tracking in a field for searching": (
        f'<p>{PROSE}</p><form><input type="search" name="q" placeholder="شماره پیگیری خود را وارد کنید"><button>پیگیری</button></form>',
        "verified/tracking_entry"),
    "the portal's search in the page": (
        f'<p>{PROSE}</p><form action="/search"><input type="search" name="q" placeholder="جستجو"><button>بیاب</button></form>',
        INFORMATION),
    "the portal's search without a word": (
        f'<p>{PROSE}</p><form role="search"><input type="text" name="q"><button></button></form>', INFORMATION),
    "a field named for searching that asks for a number": (
        f'<p>{PROSE}</p><div><input type="text" id="searchInput" placeholder="شماره پروانه را وارد کنید"></div>', OPEN),
    "a field for searching by that name": (
        f'<p>{PROSE}</p><div><input type="text" id="searchInput" placeholder="در این سایت"></div>', INFORMATION),
    "an arrow called menu in a form": (
        f'<p>{PROSE}</p><form><label>نام <input name=a></label><label>کد ملی <input name=b></label><i class="mdi mdi-menu-down"></i>'
        '<button type="button">ثبت درخواست</button></form><a href="/poll">نظرسنجی از این خدمت</a>', "verified/transaction_entry"),
    "stars beside the fields of a message": (
        f"<p>{PROSE}</p><form><table>"
        + "".join(
            f"<tr><td>{name} :</td><td>{field}<span>*</span></td></tr>"
            for name, field in (("نام و نام خانوادگی", "<input name=a>"), ("پست الکترونیک", "<input type=email name=b>"),
                                ("متن پیام", "<textarea name=c></textarea>"))
        )
        + "</table><button>ارسال</button></form>", INFORMATION),
    "a button in the words of a tariff": (button("تعرفه و سهم متقاضی"), OPEN),
    "fields that answer while one types, beside other boxes": (
        f'<p>{PROSE}</p><div class="calc"><label>شماره پروانه <input id=a></label><label>کد ملی <input id=b></label></div>'
        '<section><h3>دسترسی سریع</h3><a href="javascript:;" onclick="open()">نظرسنجی</a></section>'
        '<form action="/polls"><label><input type=radio name=v>خوب</label><button>ثبت نظر</button></form>', OPEN),
    "a dialog on a page that is one form, beside comments": (
        f'<form method=post><input type=hidden name=__VIEWSTATE value=x><p>{PROSE}</p><div><input type=button value="آغاز کار" onclick="show()">'
        '<div class="modalPopup"><label>نام <input name=a></label><label>کد ملی <input name=b></label><label>نقشه <input type=file name=c></label>'
        '<input type=submit value="ثبت درخواست"></div><div class="opinions"><label>نام <input name=d></label>'
        '<label>نظر شما <textarea name=e></textarea></label><input type=submit value="ارسال نظر"></div></div></form>', "verified/transaction_entry"),
    # entries of something else
    "a letter to the secretariat beside it": (
        f"<p>{PROSE}</p><form><h3>ارسال نامه به دبیرخانه</h3><label>نام <input name=a></label><label>کد ملی <input name=b></label>"
        "<label>پیوست نامه <input type=file name=f></label><button>ارسال نامه</button></form>", OPEN),
    "a conference beside it": (
        f"<p>{PROSE}</p><form><h3>ثبت‌نام در همایش گل و گلاب</h3><label>نام <input name=a></label><label>کد ملی <input name=b></label>"
        "<label>تلفن همراه <input name=c></label><button>ثبت‌نام در همایش</button></form>", OPEN),
    "a complaint beside it": (
        f"<p>{PROSE}</p><form><h3>ثبت شکایت</h3><label>نام <input name=a></label><label>کد ملی <input name=b></label>"
        "<label>شرح شکایت <textarea name=c></textarea></label><button>ثبت شکایت</button></form>", OPEN),
}  # fmt: skip


def judged(seen: Any, html: str, title: str = TITLE, url: str = URL, further: str = "") -> tuple[str, Any]:
    """further: the page that its button leads to."""
    seen.agency = Agency("bagh", "سازمان باغداری بم", "main", PORTAL)
    seen.services = (Service("bagh", "x", title, True, url=url, level="transaction"),)
    seen.http(
        PORTAL, page("<p>به سازمان خوش آمدید.</p>", "<h1>باغداری بم</h1>", "باغداری بم"), purpose="home", at=1
    )
    for name in ("news", "about", "people"):
        seen.http(f"{PORTAL}{name}", page(f"<p>متن {name}</p>", f"<h1>{name}</h1>", name), at=2)
    seen.twice(url, html, purpose="claim")
    if further:
        seen.twice(f"{PORTAL}r/2", further)
    seen.account()
    finding = seen.of("services.entry")["x"]
    return f"{finding.verdict}/{finding.reason}", finding


@pytest.mark.parametrize(("body", "truth"), PAGES.values(), ids=PAGES)
def test_a_page_with_the_habits_of_real_ones(seen: Any, body: str, truth: str) -> None:
    said, finding = judged(seen, page(body))
    assert said.startswith(truth) if truth == OPEN else said == truth, finding.observed


FORM = (
    '<form method="post"><label>نام <input name="a"></label><label>کد ملی <input name="b"></label>'
    '<label>شماره پلاک زمین <input name="c"></label><button>ثبت</button></form>'
)
ENTRY = "verified/transaction_entry"
NONE = "inconclusive/no_match"
PORTAL_NAME = "<h1>باغداری بم</h1>"
# name: (heading, <title>, body, what is said)
NAMED: dict[str, tuple[str, str, str, str]] = {
    "no heading at all": ("", f"{TITLE} | باغداری بم", FORM, ENTRY),
    "the portal's name as heading": (PORTAL_NAME, f"باغداری بم - {TITLE}", FORM, ENTRY),
    "a general heading": ("<h1>خدمات الکترونیک</h1>", f"{TITLE} | باغداری بم", FORM, ENTRY),
    "the title of the home page": (PORTAL_NAME, "باغداری بم", FORM, NONE),
    "another matter in the heading": ("<h1>فروش نهال خرما</h1>", f"{TITLE} | باغداری بم", FORM, NONE),
    "another service in the title": ("", "تمدید پروانه کشت نخل | باغداری بم", FORM, NONE),
    "prose": ("", f"{TITLE} | باغداری بم", f"<p>{PROSE}</p>", INFORMATION),
    "prose under less of a name": ("", "گل | باغداری بم", f"<p>{PROSE}</p>", NONE),
}


@pytest.mark.parametrize(("heading", "title", "body", "truth"), NAMED.values(), ids=NAMED)
def test_a_page_that_has_its_name_in_the_title_alone(
    seen: Any, heading: str, title: str, body: str, truth: str
) -> None:
    said, finding = judged(seen, page(body, heading, title))
    assert said == truth, finding.observed
    if truth == ENTRY:
        assert finding.observed["matched"]["how"] == "declared"


def test_acts_alone_name_a_service_of_the_portal_of_that_name(seen: Any) -> None:
    said, finding = judged(seen, page(FORM, PORTAL_NAME, "ثبت درخواست"), "ثبت درخواست در سامانه باغداری بم")
    assert said == ENTRY, finding.observed
    said, _ = judged_anew(seen, page(FORM, PORTAL_NAME, "ثبت درخواست"), "ثبت درخواست نهال خرما")
    assert said == NONE


def judged_anew(seen: Any, html: str, title: str) -> tuple[str, Any]:
    """The same in a round of its own."""
    again = type(seen)(seen.folder / "again")
    return judged(again, html, title)


JOIN = "<form><label>نام کاربری <input name=u></label><label>رایانامه <input type=email name=e></label><label>رمز <input type=password name=p></label><label>تکرار رمز <input type=password name=q></label><button>ثبت</button></form>"
# what a portal does for its visitors: claim, heading, body
OF_THE_PORTAL = {
    "sign-up": ("عضویت در سایت", JOIN),
    "password": ("تغییر رمز عبور", JOIN.replace("نام کاربری", "رمز کنونی")),
    "message": (
        "ارتباط با ما",
        "<form><label>نام <input name=a></label><label>تلفن <input name=b></label><label>متن پیام <textarea name=c></textarea></label><button>ارسال</button></form>",
    ),
}


@pytest.mark.parametrize(("title", "body"), OF_THE_PORTAL.values(), ids=OF_THE_PORTAL)
def test_what_a_portal_does_for_its_visitors_is_no_entry(seen: Any, title: str, body: str) -> None:
    said, finding = judged(seen, page(body, f"<h1>{title}</h1>", title), title)
    assert said.startswith(OPEN), finding.observed


LOGIN = '<form method="post"><label>نام کاربری <input name="log"></label><label>رمز عبور <input type="password" name="p"></label><button>ورود</button></form>'


@pytest.mark.parametrize(
    ("address", "truth"),
    [
        ("wp-login.php?redirect_to=%2Fservice%2F12", "inconclusive/ambiguous"),
        ("administrator/index.php", "inconclusive/ambiguous"),
        ("panel/login?service=12", "partial/login_wall"),
    ],
)
def test_a_log_in_for_editors_is_no_wall_before_the_service(seen: Any, address: str, truth: str) -> None:
    said, finding = judged(seen, page(LOGIN, "<h1>ورود</h1>", "ورود"), url=f"{PORTAL}{address}")
    assert said == truth, finding.observed


def test_a_log_in_in_the_menu_is_the_portal_s_whatever_page_it_returns_to(seen: Any) -> None:
    """The content system writes the page's own number into the link: no two pages have the same."""

    def with_menu(body: str, number: int, heading: str = f"<h1>{TITLE}</h1>") -> str:
        link = f'<li><a href="/c/portal/login?p_l_id={number}">ورود</a></li>'
        return page(body, heading).replace("</ul></nav>", f"{link}</ul></nav>")

    seen.agency = Agency("bagh", "سازمان باغداری بم", "main", PORTAL)
    seen.services = (Service("bagh", "x", TITLE, True, url=URL, level="transaction"),)
    seen.http(PORTAL, with_menu("<p>خوش آمدید.</p>", 1, "<h1>باغداری بم</h1>"), purpose="home", at=1)
    for number, name in enumerate(("news", "about", "people"), 2):
        seen.http(f"{PORTAL}{name}", with_menu(f"<p>متن {name}</p>", number, f"<h1>{name}</h1>"), at=2)
    for number in range(1, 6):
        seen.http(f"{PORTAL}c/portal/login?p_l_id={number}", page(LOGIN, "<h1>ورود</h1>", "ورود"), at=3)
    seen.twice(URL, with_menu(f"<p>{PROSE}</p>", 5), purpose="claim")
    seen.account()
    finding = seen.of("services.entry")["x"]
    assert (finding.verdict, finding.reason) == ("contradicted", "information_only"), finding.observed


@pytest.mark.parametrize(
    ("link", "heading", "truth"),
    [
        ("تمدید پروانه چاه", "تمدید پروانه چاه", OPEN),
        ("ثبت درخواست", "تمدید پروانه چاه", OPEN),
        ("ثبت درخواست ابطال پروانه", "", OPEN),
        ("ثبت درخواست", "", "verified/transaction_entry"),
        ("صدور و تمدید پروانه", "صدور و تمدید پروانه حفر چاه", "verified/transaction_entry"),
    ],
)
def test_a_button_to_what_is_done_in_place_of_it(seen: Any, link: str, heading: str, truth: str) -> None:
    """«تمدید» on the page of «صدور»: the form behind it is that of another service, claimed or not."""
    form = "".join(
        f"<label>{name} <input name=f{at}></label>" for at, name in enumerate(("نام", "کد ملی", "تلفن همراه"))
    )
    title = "صدور پروانه حفر چاه"
    further = page(
        f"<form method=post>{form}<button>ثبت درخواست</button></form>", f"<h1>{heading}</h1>", heading
    )
    own = page(f'<p>{PROSE}</p><a class="btn" href="/r/2">{link}</a>', f"<h1>{title}</h1>", title)
    said, finding = judged(seen, own, title, further=further)
    assert said.startswith(truth) if truth == OPEN else said == truth, finding.observed
