"""Claimed pages of an old portal laid out in tables, whose menu names every service."""

from dataclasses import dataclass
from typing import Any

import pytest

from claims.model import Agency, Service

PORTAL = "http://portal.test/"
URL = "http://portal.test/s/7"
TITLE = "صدور مجوز تأسیس مهدکودک"
OTHERS = ("تمدید مجوز تأسیس مهدکودک", "صدور کارت بهداشت", "ثبت شکایت", "استعلام بدهی بیمه")
PROSE = (
    "این خدمت برای شهروندانی ارائه می‌شود که شرایط ماده دوازده را دارند. مدارک لازم عبارت است از تصویر کارت ملی، شناسنامه و "
    "گواهی محل سکونت. زمان انجام کار ده روز کاری است و هزینه آن مطابق تعرفه سالانه دریافت می‌شود."
)
ROWS = (
    "<table><tr><td>نام متقاضی:</td><td><input name=t1></td></tr><tr><td>شماره شناسنامه:</td><td><input name=t2></td></tr>"
    '</table><input type=submit value="ثبت">'
)
MENU = "".join(
    f"<tr><td><a href=/p{number}>{text}</a></td></tr>"
    for number, text in enumerate((TITLE, *OTHERS, "درباره ما", "ورود به سامانه"))
)


def cell(body: str) -> str:
    return (
        "<html dir=rtl><head><meta charset=utf-8><title>پورتال</title></head><body bgcolor=white><center><table width=900>"
        f'<tr><td colspan=2><img src=logo.gif alt="سازمان"></td></tr><tr><td width=200 valign=top><table>{MENU}</table></td>'
        f"<td valign=top>{body}</td></tr><tr><td colspan=2>کلیه حقوق محفوظ است - تلفن ۱۲۳۴۵</td></tr></table></center></body></html>"
    )


@dataclass(frozen=True)
class Look:
    """A claimed page, what else is claimed, what else was seen."""

    html: str
    others: tuple[str, ...]
    extra: tuple[tuple[str, str, dict[str, Any]], ...]


def look(html: str, *, others: tuple[str, ...] = OTHERS, extra: Any = ()) -> Look:
    return Look(html, others, tuple(extra))


# name: (verdict/reason, what was seen)
LOOKS: dict[str, tuple[str, Look]] = {
    "table cms form": ("verified/transaction_entry", look(cell(f'<p align=center><font color=blue size=5>{TITLE}</font></p><form>{ROWS}</form>'))),
    "table cms td class": ("verified/transaction_entry", look(cell(f'<table><tr><td class="BodyTitle">{TITLE}</td></tr><tr><td><form>{ROWS}</form></td></tr></table>'))),
    "table cms info": ("contradicted/information_only", look(cell(f'<table><tr><td class="BodyTitle">{TITLE}</td></tr><tr><td>{PROSE}</td></tr></table>'))),
    "table cms info, title bold td": ("contradicted/information_only", look(cell(f'<table><tr><td><b>{TITLE}</b></td></tr><tr><td>{PROSE}</td></tr></table>'))),
    "title plain line no style": ("inconclusive/no_match", look(cell(f'<p>{TITLE}</p><p>{PROSE}</p>'))),
    "home served at url": ("inconclusive/no_match", look(cell('<p>خوش آمدید</p>'))),
    "menu only + unrelated form": ("inconclusive/no_match", look(cell(f'<h2>ثبت نام اردوی تابستانی</h2><form>{ROWS}</form>'))),
    "sibling form": ("contradicted/wrong_service", look(cell(f'<h2>تمدید مجوز تأسیس مهدکودک</h2><form>{ROWS}</form>'))),
    "combined title": ("verified/transaction_entry", look(cell(f'<h2>صدور و تمدید مجوز تأسیس مهدکودک</h2><form>{ROWS}</form>'),others=OTHERS[1:])),
    "combined title with sibling claimed": ("inconclusive/ambiguous", look(cell(f'<h2>صدور و تمدید مجوز تأسیس مهدکودک</h2><form>{ROWS}</form>'))),
    "title with agency suffix": ("verified/transaction_entry", look(cell(f'<h1>{TITLE} | سازمان امور آزمون کشور</h1><form>{ROWS}</form>'))),
    "numbered heading": ("verified/transaction_entry", look(cell(f'<h1>۳- {TITLE}</h1><form>{ROWS}</form>'))),
    "guide page w/ action dead 404 x1": ("inconclusive/not_attempted", look(cell(f'<h1>{TITLE}</h1><p>{PROSE}</p><a href=/go>ورود به سامانه مهد</a>'),extra=[("http://portal.test/go","",{"status":404})])),
    "related services aside": ("verified/transaction_entry", look(cell(f'<h1>{TITLE}</h1><form>{ROWS}</form><h3>خدمات مرتبط</h3><ul><li><a href=/p1>{OTHERS[0]}</a></li><li><a href=/p2>{OTHERS[1]}</a></li></ul>'))),
    "accordion FAQ in info": ("contradicted/information_only", look(cell(f'<h1>{TITLE}</h1><p>{PROSE}</p><h3>آیا نیاز به مراجعه حضوری است؟</h3><p>خیر.</p>'))),
    "hidden template form": ("contradicted/information_only", look(cell(f'<h1>{TITLE}</h1><p>{PROSE}</p><template><form>{ROWS}</form></template>'))),
    "commented form": ("contradicted/information_only", look(cell(f'<h1>{TITLE}</h1><p>{PROSE}</p><!--<form>{ROWS}</form>-->'))),
    "stop notice": ("contradicted/under_construction", look(cell(f'<h1>{TITLE}</h1><p>این خدمت تا اطلاع ثانوی در دسترس نیست.</p>'))),
    "coming": ("contradicted/under_construction", look(cell(f'<h1>{TITLE}</h1><p>Coming soon</p>'))),
    "online words only": ("contradicted/information_only", look(cell(f'<h1>{TITLE}</h1><p>{PROSE} این خدمت به صورت الکترونیکی ارائه می‌شود.</p>'))),
    "iframe foreign map": ("contradicted/information_only", look(cell(f'<h1>{TITLE}</h1><p>{PROSE}</p><iframe src="https://www.google.com/maps/embed"></iframe>'))),
    "iframe of somebody's form": ("inconclusive/ambiguous", look(cell(f'<h1>{TITLE}</h1><p>{PROSE}</p><iframe src="https://forms.elsewhere.test/7"></iframe>'))),
    "meta refresh home": ("contradicted/redirects_home", look('<html><head><meta http-equiv=refresh content="0;url=/"></head><body></body></html>')),
    "js link to external known": ("verified/transaction_entry", look(cell(f'<h1>{TITLE}</h1><p>{PROSE}</p><a href="https://sso.my.gov.ir/oauth?client_id=abc&redirect_uri=http%3A%2F%2Fportal.test%2Fcb">ورود با پنجره ملی</a>'),extra=[("https://sso.my.gov.ir/oauth?client_id=abc&redirect_uri=http%3A%2F%2Fportal.test%2Fcb","<html><body><h1>ورود</h1><form><input name=u placeholder='کد ملی'><input type=password><button>ورود</button></form></body></html>",{"purpose":"link"})])),
    "in-person, negated by second sentence": ("contradicted/information_only", look(cell(f'<h1>{TITLE}</h1><p>{PROSE}</p><p>برای این خدمت مراجعه حضوری لازم نیست و پاسخ با پیامک داده می‌شود.</p>'))),
    "kart paigham": ("contradicted/in_person_only", look(cell(f'<h1>{TITLE}</h1><p>{PROSE}</p><p>تشکیل پرونده با مراجعه به اداره بهزیستی شهرستان صورت می‌گیرد.</p>'))),
    "app only": ("contradicted/information_only", look(cell(f'<h1>{TITLE}</h1><p>{PROSE}</p><p>با شماره ۱۲۳ تماس حاصل فرمایید.</p>'))),
}  # fmt: skip


@pytest.mark.parametrize(("truth", "shown"), LOOKS.values(), ids=LOOKS.keys())
def test_a_look(seen: Any, truth: str, shown: Look) -> None:
    seen.agency = Agency("portal", "سازمان امور آزمون کشور", "main", PORTAL)
    seen.services = (
        Service("portal", "x", TITLE, True, url=URL, level="transaction"),
        *(Service("portal", f"o{n}", title, True) for n, title in enumerate(shown.others)),
    )
    seen.http(PORTAL, cell("<h2>به درگاه خوش آمدید</h2><p>تازه‌ها</p>"), purpose="home", at=1)
    for name in "abc":
        seen.http(f"{PORTAL}{name}", cell(f"<h2>صفحه {name}</h2><p>متن {name}</p>"), at=2)
    seen.twice(URL, shown.html, purpose="claim")
    for url, body, facts in shown.extra:
        seen.http(url, body, at=12, **facts)
    seen.account()
    finding = seen.of("services.entry")["x"]
    assert f"{finding.verdict}/{finding.reason}" == truth, finding.observed


@pytest.mark.slow
def test_a_page_of_any_size_is_read_within_bounds(seen: Any) -> None:
    seen.agency = Agency("portal", "سازمان امور آزمون کشور", "main", PORTAL)
    seen.services = (Service("portal", "x", TITLE, True, url=URL, level="transaction"),)
    many = "<div><input name=a><button>ثبت</button></div>" * 8_000 + "<p>" + "a.b" * 200_000 + "</p>"
    seen.twice(
        URL, f"<html><body>{many}<a href='javascript:{'x' * 200_000}'>ثبت</a></body></html>", purpose="claim"
    )
    assert seen.of("services.entry")["x"].verdict == "inconclusive"
