"""Claimed pages of other looks: Bootstrap, WordPress, tables, applications, English, Arabic. One line, one truth."""

from dataclasses import dataclass
from typing import Any

import pytest

from claims.model import Agency, Service

PORTAL = "http://portal.test/"
TITLE = "درخواست انشعاب آب خانگی"
PROSE = (
    "این خدمت برای شهروندانی ارائه می‌شود که شرایط ماده دوازده را دارند. مدارک لازم عبارت است از تصویر کارت ملی، شناسنامه و "
    "گواهی محل سکونت. زمان انجام کار ده روز کاری است و هزینه آن مطابق تعرفه سالانه دریافت می‌شود."
)
FIELDS = (
    '<div class="form-group"><label class="control-label">کد ملی</label><input class="form-control" name="NationalCode"></div>'
    '<div class="form-group"><label>شماره تلفن همراه</label><input class="form-control" name="Mobile"></div>'
)


def wrapped(body: str) -> str:
    return (
        "<!doctype html><html lang=fa><head><title>سازمان امور آزمون کشور</title></head><body class='page has-sidebar'>"
        '<div id="site-header" class="site-header"><a href="/">سازمان امور آزمون کشور</a><ul class="nav navbar-nav">'
        '<li><a href="/">خانه</a></li><li><a href="/desk">میز خدمت</a></li><li><a href="/login">ورود به سامانه</a></li></ul>'
        "<form role=search><input type=search name=s><button>جستجو</button></form></div>"
        f'<div class="container with-sidebar">{body}</div>'
        '<div class="footer"><p>کلیه حقوق محفوظ است</p><a href="/privacy">حریم خصوصی</a></div></body></html>'
    )


@dataclass(frozen=True)
class Look:
    """A claimed page, what else was seen, and what else is claimed."""

    title: str
    html: str
    others: tuple[str, ...]
    url: str
    code: str | None
    extra: tuple[tuple[str, str, dict[str, Any]], ...]
    rendered: str | None


def look(
    title: str,
    html: str,
    others: Any = (),
    *,
    url: str = "http://portal.test/s/7",
    code: str | None = None,
    extra: Any = (),
    rendered: str | None = None,
) -> Look:
    return Look(title, html, tuple(others), url, code, tuple(extra), rendered)


# name: (verdict/reason, what was seen)
LOOKS: dict[str, tuple[str, Look]] = {
    "bootstrap card": ("verified/transaction_entry", look(TITLE,wrapped(f'<div class="card"><div class="card-header">درخواست انشعاب آب خانگی</div><div class="card-body">{PROSE}</div><div class="card-footer"><form>{FIELDS}<a class="btn btn-primary" href="javascript:__doPostBack()">ثبت</a></form></div></div>'),["درخواست انشعاب آب صنعتی","تعویض کنتور آب"])),
    "h2 in wp": ("verified/transaction_entry", look(TITLE,wrapped(f'<article><header class="entry-header"><h2 class="entry-title">{TITLE}</h2></header><div class="entry-content"><p>{PROSE}</p><form>{FIELDS}<input type=submit value="ارسال"></form></div></article>'))),
    "card-footer link": ("verified/transaction_entry", look(TITLE,wrapped(f'<h2>{TITLE}</h2><p>{PROSE}</p><div class="panel-footer"><a href="/apply?id=7" class="btn">ورود به سامانه ثبت درخواست</a></div>'),extra=[("http://portal.test/apply?id=7",wrapped(f"<h2>{TITLE}</h2><form>{FIELDS}<button>ثبت</button></form>"),{})])),
    "sidebar link": ("verified/transaction_entry", look(TITLE,wrapped(f'<h2>{TITLE}</h2><p>{PROSE}</p><div class="sidebar"><a href="/apply?id=7">ثبت درخواست</a></div>'),extra=[("http://portal.test/apply?id=7",wrapped(f"<h2>ثبت درخواست</h2><form>{FIELDS}<button>ثبت</button></form>"),{})])),
    "aside form": ("verified/transaction_entry", look(TITLE,wrapped(f'<h2>{TITLE}</h2><p>{PROSE}</p><aside><form><h4>ثبت درخواست</h4>{FIELDS}<button>ثبت درخواست</button></form></aside>'))),
    "info": ("contradicted/information_only", look(TITLE,wrapped(f'<h2>{TITLE}</h2><p>{PROSE}</p>'))),
    "info branch finder": ("contradicted/information_only", look(TITLE,wrapped(f'<h2>{TITLE}</h2><p>{PROSE}</p><form><h4>یافتن شعبه</h4><label>استان<select name=o><option>تهران</option></select></label><label>شهر<select name=c><option>تهران</option></select></label><button>نمایش</button></form>'))),
    "info callback": ("contradicted/information_only", look(TITLE,wrapped(f'<h2>{TITLE}</h2><p>{PROSE}</p><form><h4>درخواست تماس</h4><label>نام<input name=n></label><label>تلفن<input name=t></label><button>ارسال</button></form>'))),
    "info satisfaction": ("contradicted/information_only", look(TITLE,wrapped(f'<h2>{TITLE}</h2><p>{PROSE}</p><form><h4>ارزیابی خدمت</h4><label>نام<input name=n></label><label>کد ملی<input name=t></label><textarea name=m></textarea><button>ثبت</button></form>'))),
    "info legal link": ("contradicted/information_only", look(TITLE,wrapped(f'<h2>{TITLE}</h2><p>{PROSE}</p><a href="/law/12">قانون توزیع عادلانه آب</a><a href="/files/tarefe.pdf">تعرفه‌ها</a>'),extra=[("http://portal.test/law/12",wrapped("<h2>قانون</h2>"+PROSE),{})])),
    "payment by bill": ("verified/transaction_entry", look("پرداخت قبض آب",wrapped('<h2>پرداخت قبض آب</h2><form><label>شناسه قبض<input name=b></label><label>شناسه پرداخت<input name=p></label><button>پرداخت</button></form>'))),
    "inquiry one field": ("verified/transaction_entry", look("استعلام بدهی مالیاتی",wrapped('<h2>استعلام بدهی مالیاتی</h2><form><label>کد ملی<input name=b></label><img src=/captcha><input name=captcha placeholder="کد امنیتی"><button>استعلام</button></form>'))),
    "inquiry by search": ("verified/transaction_entry", look("استعلام اصالت پروانه",wrapped('<h2>استعلام اصالت پروانه</h2><form><label>شماره پروانه<input name=b></label><button>جستجو</button></form>'))),
    "report outage": ("verified/transaction_entry", look("گزارش قطعی برق",wrapped('<h2>گزارش قطعی برق</h2><form><label>شماره اشتراک<input name=b></label><label>نشانی<textarea name=q></textarea></label><button>ارسال گزارش</button></form>'))),
    "complaint": ("verified/transaction_entry", look("ثبت شکایت از پیمانکار",wrapped('<h2>ثبت شکایت از پیمانکار</h2><form><label>نام<input name=b></label><label>تلفن همراه<input name=m></label><label>متن شکایت<textarea name=q></textarea></label><button>ثبت شکایت</button></form>'))),
    "register account is service": ("verified/transaction_entry", look("ثبت نام در سامانه ثنا",wrapped(f'<h2>ثبت نام در سامانه ثنا</h2><form>{FIELDS}<label>رمز<input type=password name=p></label><button>ثبت نام</button></form>'))),
    "course registration": ("verified/transaction_entry", look("ثبت‌نام دوره آموزشی رانندگی",wrapped(f'<h2>ثبت نام دوره آموزشی رانندگی</h2><form>{FIELDS}<button>ثبت نام</button></form>'))),
    "vehicle import title with ورود": ("verified/transaction_entry", look("صدور مجوز ورود موقت خودرو",wrapped('<h2>صدور مجوز ورود موقت خودرو</h2><form><label>شماره شاسی<input name=a></label><label>کد ملی<input name=b></label><button>ثبت</button></form>'))),
    "arabic ar page": ("verified/transaction_entry", look("طلب رخصة بناء",wrapped('<h2>طلب رخصة بناء</h2><form><label>الاسم<input name=a></label><label>رقم الهوية<input name=b></label><button>إرسال</button></form>'))),
    "english": ("verified/transaction_entry", look("Application for fishing licence",wrapped('<h2>Apply for a fishing licence</h2><form><label>Full name<input name=a></label><label>Date of birth<input name=b></label><button>Continue</button></form>'))),
    "formless spa rendered": ("verified/transaction_entry", look(TITLE,'<html><body><div id="app"></div><script src=x.js></script></body></html>',rendered=f'<html><body><div id="app"><div class="toolbar">درگاه</div><div class="view"><div class="view-title">{TITLE}</div><div class="row"><span>نام و نام خانوادگی</span><input></div><div class="row"><span>کد ملی</span><input></div><div role="button">ثبت درخواست</div></div></div></body></html>')),
    "spa text only rendered": ("contradicted/information_only", look(TITLE,'<html><body><div id="app"></div><script src=x.js></script></body></html>',rendered=f'<html><body><div id="app"><h1>{TITLE}</h1><p>{PROSE}</p></div><script src=x.js></script></body></html>')),
    "in person dl": ("contradicted/in_person_only", look(TITLE,wrapped(f'<h2>{TITLE}</h2><dl><dt>نحوه ارائه خدمت</dt><dd>حضوری</dd></dl><p>{PROSE}</p><p>متقاضی گرامی، جهت انجام امور با در دست داشتن مدارک به امور مشترکین مراجعه فرمایید.</p>'))),
    "in person 2": ("contradicted/in_person_only", look(TITLE,wrapped(f'<h2>{TITLE}</h2><p>{PROSE} پذیرش درخواست‌ها تنها در محل شعبه و از ساعت ۸ تا ۱۲ انجام می‌شود.</p>'))),
    "in person 3": ("contradicted/in_person_only", look(TITLE,wrapped(f'<h2>{TITLE}</h2><p>{PROSE}</p><p>حضور متقاضی یا وکیل قانونی وی در اداره الزامی است.</p>'))),
    "in person 4": ("contradicted/in_person_only", look(TITLE,wrapped(f'<h2>{TITLE}</h2><p>{PROSE}</p><p>درخواست کتبی به دبیرخانه تحویل داده شود و شماره ثبت دریافت گردد.</p>'))),
    "in person 5": ("contradicted/in_person_only", look(TITLE,wrapped(f'<h2>{TITLE}</h2><p>{PROSE}</p><p>دریافت این خدمت مستلزم مراجعه به نزدیک‌ترین دفتر پیشخوان است.</p>'))),
    "in person neg": ("contradicted/information_only", look(TITLE,wrapped(f'<h2>{TITLE}</h2><p>{PROSE}</p><p>مراجعه حضوری برای این خدمت پذیرفته نمی‌شود.</p>'))),
    "uc": ("contradicted/under_construction", look(TITLE,wrapped(f'<h2>{TITLE}</h2><p>این قسمت در دست تکمیل می‌باشد.</p>'))),
    "word form": ("contradicted/form_download_only", look(TITLE,wrapped(f'<h2>{TITLE}</h2><p>{PROSE}</p><a href="/dl.aspx?f=frm12.doc">فرم شماره ۱۲</a>'))),
    "zip via data": ("contradicted/form_download_only", look(TITLE,wrapped(f'<h2>{TITLE}</h2><p>{PROSE}</p><button data-href="/u/darkhast.pdf" onclick="dl(this)">دریافت فرم درخواست</button>'))),
    "external system action": ("inconclusive/unreachable", look(TITLE,wrapped(f'<h2>{TITLE}</h2><p>{PROSE}</p><a href="http://abfa.other.test/">سامانه جامع مشترکین</a>'),extra=[("http://abfa.other.test/","",{"status":None,"failure":"timeout","purpose":"link"})])),
    "news w/ link": ("inconclusive/no_match", look(TITLE,wrapped(f'<h2>{TITLE} الکترونیکی شد</h2><p>به گزارش روابط عمومی سازمان، {PROSE}</p><p>مدیرکل تصریح کرد این طرح ادامه دارد.</p><a href="/apply?id=7">ثبت درخواست</a>'),extra=[("http://portal.test/apply?id=7",wrapped(f"<h2>ثبت درخواست</h2><form>{FIELDS}<button>ثبت</button></form>"),{})])),
    "sibling industry": ("contradicted/wrong_service", look(TITLE,wrapped(f'<h2>درخواست انشعاب آب صنعتی</h2><p>واحدهای تولیدی می‌توانند انشعاب بگیرند.</p><form>{FIELDS}<button>ثبت</button></form>'),["درخواست انشعاب آب صنعتی"])),
    "list links": ("inconclusive/no_match", look(TITLE,wrapped("<h2>میز خدمت</h2><ul>"+"".join(f'<li><a href="/s/{i}">{t}</a></li>' for i,t in enumerate([TITLE,"درخواست انشعاب آب صنعتی","تعویض کنتور آب","فروش کنتور"]))+"</ul>"),["درخواست انشعاب آب صنعتی","تعویض کنتور آب","فروش کنتور"])),
    "list table": ("inconclusive/no_match", look(TITLE,wrapped("<h2>خدمات الکترونیک</h2><table>"+"".join(f'<tr><td><b>{t}</b></td><td><a href="/s/{i}">ثبت درخواست</a></td></tr>' for i,t in enumerate([TITLE,"درخواست انشعاب آب صنعتی","تعویض کنتور آب","فروش کنتور"]))+"</table>"),["درخواست انشعاب آب صنعتی","تعویض کنتور آب","فروش کنتور"])),
    "home as claim": ("inconclusive/no_match", look(TITLE,wrapped("<h2>به درگاه خوش آمدید</h2><p>تازه‌ها</p>"),url="http://portal.test/")),
    "image captcha gate": ("inconclusive/blocked", look(TITLE,'<html><body><p>کد امنیتی را وارد کنید</p><form><img src="/captcha.php"><input name="captcha"><button>ادامه</button></form></body></html>')),
    "generic desk login page link": ("partial/login_wall", look(TITLE,wrapped(f'<h2>{TITLE}</h2><p>{PROSE}</p><a href="/account/login?ret=7">ورود و ثبت درخواست</a>'),extra=[("http://portal.test/account/login?ret=7",wrapped('<h2>ورود</h2><form><input name=u placeholder="نام کاربری"><input type=password name=p><button>ورود</button></form>'),{})])),
    "closed registration": ("contradicted/information_only", look(TITLE,wrapped(f'<h2>{TITLE}</h2><p>{PROSE}</p><p>مهلت ثبت درخواست به پایان رسیده است.</p>'))),
    "template curly": ("contradicted/hollow", look(TITLE,wrapped(f'<h2>{TITLE}</h2><p>{PROSE} نام مسئول: {{{{ owner }}}} تلفن: {{{{ phone }}}}</p>'))),
    "dots": ("contradicted/hollow", look(TITLE,wrapped(f'<h2>{TITLE}</h2><p>این خدمت توسط ............ و ظرف ........ روز انجام می‌شود. {PROSE}</p>'))),
    "two col grid card not electronic": ("contradicted/in_person_only", look(TITLE,wrapped(f'<h2>شناسنامه خدمت</h2><div class=row><div>عنوان خدمت</div><div>{TITLE}</div></div><div class=row><div>شناسه خدمت</div><div>۱۸۰۵۱۲۳۴۰۰۰</div></div><div class=row><div>روش ارائه</div><div>غیرالکترونیکی</div></div><p>{PROSE}</p>'),code="18051234000")),
}  # fmt: skip


@pytest.mark.parametrize(("truth", "shown"), LOOKS.values(), ids=LOOKS.keys())
def test_a_look(seen: Any, truth: str, shown: Look) -> None:
    seen.agency = Agency("portal", "سازمان امور آزمون کشور", "main", PORTAL)
    seen.services = (
        Service("portal", "x", shown.title, True, url=shown.url, level="transaction", code=shown.code),
        *(Service("portal", f"o{n}", title, True) for n, title in enumerate(shown.others)),
    )
    seen.http(PORTAL, wrapped("<h2>به درگاه خوش آمدید</h2><p>تازه‌ها</p>"), purpose="home", at=1)
    for name in "abc":
        seen.http(f"{PORTAL}{name}", wrapped(f"<h2>صفحه {name}</h2><p>متن {name}</p>"), at=2)
    seen.twice(shown.url, shown.html, purpose="claim")
    for url, body, facts in shown.extra:
        seen.http(url, body, at=12, **facts)
    if shown.rendered is not None:
        seen.rendered(shown.url, shown.rendered)
    seen.account()
    finding = seen.of("services.entry")["x"]
    assert f"{finding.verdict}/{finding.reason}" == truth, finding.observed
