"""Pages that look like one thing and are another: questions, news, wizards, short forms, directions, templates."""

from typing import Any

import pytest

from claims.model import Agency, Service
from web.urls import identity

PORTAL = "http://www.shilat.test/"
URL = f"{PORTAL}s/31"
TITLE = "صدور مجوز صید ورزشی"
SIBLING = "تمدید مجوز صید ورزشی"
OTHERS = (SIBLING, "ثبت قایق تفریحی", "صدور پروانه پرورش میگو")
CODE = "14031122000"
PROSE = (
    "علاقه‌مندان برای ماهیگیری در رودخانه‌ها و دریاچه‌ها به مجوز نیاز دارند. مجوز یک سال اعتبار دارد و برای هر استان جداگانه است. "
    "در فصل تخم‌ریزی صید در همه رودخانه‌ها آزاد نیست و کسی که مجوز دارد نیز باید آن را نگه دارد. هزینه هر سال اعلام می‌شود."
)
FIELDS = '<label>نام <input name="a"></label><label>کد ملی <input name="b"></label><label>نشانی <input name="c"></label>'
FORM = f'<form method="post" action="/send">{FIELDS}<button>ثبت درخواست</button></form>'
NEXT = '<input type="submit" value="مرحله بعد">'
STEPS = '<ul class="wizard"><li class="on">۱. تعهد</li><li>۲. مشخصات</li><li>۳. پرداخت</li></ul>'


def page(body: str, title: str = TITLE) -> str:
    return (
        f'<!doctype html><html lang="fa"><head><title>{title} | شیلات</title></head><body><header><a href="/">شیلات</a></header>'
        f"<main>{body}</main><footer>نشانی: میدان دریا</footer></body></html>"
    )


def headed(body: str, heading: str = TITLE) -> str:
    return page(f"<h1>{heading}</h1>{body}", heading)


def questions(extra: str = "") -> str:
    rows = (
        ("مجوز صید ورزشی را چگونه بگیریم؟", "مجوز به افراد بالای هجده سال داده می‌شود."),
        ("قایق را کجا ثبت کنیم؟", "هر قایق تفریحی باید شماره داشته باشد."),
        ("فصل صید کی است؟", "از خرداد تا پایان آبان."),
    )
    return headed("".join(f"<h3>{q}</h3><p>{a}</p>" for q, a in rows) + extra, "پرسش‌های متداول")


def card(title: str, code: str) -> str:
    rows = (("عنوان خدمت", title), ("شناسه خدمت", code), ("نحوه ارائه", "الکترونیکی"), ("هزینه", "رایگان"))
    return "<table>" + "".join(f"<tr><th>{n}</th><td>{v}</td></tr>" for n, v in rows) + "</table>"


INFORMATION = ("contradicted", "information_only")
IN_PERSON = ("contradicted", "in_person_only")
UNDER_CONSTRUCTION = ("contradicted", "under_construction")
ENTRY = ("verified", "transaction_entry")
HALF = ("partial", "interaction_only")
OPEN = ("inconclusive", "ambiguous")
NONE = ("inconclusive", "no_match")

IN_PERSON_TOLD = (
    "<p>متقاضی باید با اصل مدارک به اداره شیلات شهرستان مراجعه کند. این کار از راه اینترنت شدنی نیست.</p>"
)
DEBT = '<section><h3>بدهی من</h3><form><label>شماره اشتراک <input name="e"></label><button>ببین</button></form></section>'
OUT_OF_USE = "<p>این بخش به علت به‌روزرسانی تا اطلاع ثانوی غیرفعال است.</p>"
MODULE = f'<div class="c_title"><span id="dnn_ctr433_dnnTITLE_titleLabel" class="Head">{TITLE}</span></div>'

# name: (page, (verdict, reason))
PAGES: dict[str, tuple[str, tuple[str, str]]] = {
    # pages that only speak of it
    "questions": (questions(), NONE),
    "questions, one of them the title": (
        headed(f"<h3>{TITLE}</h3><p>{PROSE}</p><h3>فصل صید کی است؟</h3><p>{PROSE}</p>", "سوالات متداول"), NONE),
    "questions, and a form to ask one": (
        questions('<form><label>نام <input name="n"></label><label>تلفن همراه <input name="m"></label><label>پرسش <textarea name="q"></textarea></label><button>ارسال پرسش</button></form>'), NONE),
    "its own page, with questions below": (
        headed(f"<p>{PROSE}</p><h2>پرسش‌های متداول</h2><h3>چند روز طول می‌کشد؟</h3><p>ده روز.</p>{FORM}"), ENTRY),
    "notices": (headed(f"<h2>{TITLE}</h2><p>{PROSE}</p><h2>مناقصه قایق</h2><p>{PROSE}</p>", "اطلاعیه‌ها"), NONE),
    "news of an agency": (
        headed(f"<p>خبرگزاری دریا: به گزارش روابط عمومی، نشست بررسی این موضوع با حضور فرماندار برگزار شد.</p><p>{PROSE}</p>"), INFORMATION),
    "a heading among headings of other services": (
        headed(f"<h3>{TITLE}</h3><p>{PROSE}</p><h3>صدور گواهی بهداشت کشتی</h3><p>{PROSE}</p><h3>ثبت شکایت صیادان</h3><p>{PROSE}</p>", "کارهای سازمان"), NONE),
    "a sub-heading of a report": (headed(f"<p>{PROSE}</p><h3>{TITLE}</h3><p>{PROSE}</p>", "دستاوردهای سال گذشته"), OPEN),
    "a sub-heading under another form": (headed(f"{FORM}<h3>{TITLE}</h3><p>{PROSE}</p>", "نام‌نویسی اردوی تابستانی"), OPEN),
    "a sub-heading of the service desk": (headed(f"<h2>{TITLE}</h2><p>{PROSE}</p>", "میز خدمت الکترونیک"), INFORMATION),
    "the sibling's card where only the sibling stands": (page(card(SIBLING, "14031122001") + f"<p>{PROSE}</p>"), ("contradicted", "wrong_service")),
    # short, and at work
    "wizard of one tick": (
        headed(f'{STEPS}<form method="post"><input type="checkbox" id="ok"><label for="ok">شرایط را می‌پذیرم</label>{NEXT}</form>'), ENTRY),
    "wizard of two choices": (
        headed('<ol><li>۱. رشته</li><li>۲. محل</li><li>۳. تایید</li></ol><form><label>رشته <select name="r"><option>قلاب</option></select></label><label>استان <select name="o"><option>گیلان</option></select></label><button>مرحله بعد</button></form>'), ENTRY),
    "wizard without a field": (headed(f'{STEPS}<p>تعهدنامه را بخوانید.</p><form method="post"><input type="hidden" name="s" value="1">{NEXT}</form>'), ENTRY),
    "steps, and nothing to begin with": (headed(f"<ol><li>۱. تکمیل فرم</li><li>۲. بررسی</li><li>۳. صدور</li></ol><p>{PROSE}</p>"), INFORMATION),
    "an age and an income": (
        headed('<form method="post"><label for="s">سن</label><input id="s" name="s"><label for="q">درآمد خانوار</label><input id="q" name="q"><button>بررسی شرایط</button></form>'), HALF),
    "a form of one unknown field": (headed('<form method="post"><label>پاسخ <input name="x1"></label><button>فرستادن</button></form>'), OPEN),
    "a button that sends": (headed(f'<p>{PROSE}</p><form method="post"><input type="hidden" name="s"><button>شروع درخواست</button></form>'), OPEN),
    "labels after the fields": (
        headed('<form><div class="form-floating"><input type="text"><label>شماره ملی</label></div><div class="form-floating"><input type="text"><label>نام پدر</label></div><button type="submit">ارسال درخواست</button></form>'), ENTRY),
    "bare words and a picture": (
        headed('<form method=post>شماره شناور: <input name=a><br>نام خانوادگی: <input name=b><br><input type=image src="b.png" alt="ارسال"></form>'), ENTRY),
    "a search box of one letter": (headed(f'<p>{PROSE}</p><form><input name="s"><button>برو</button></form>'), INFORMATION),
    # directions
    "to an annex of the site": (headed(f"<p>{PROSE}</p><p>برای دیدن تعرفه به بخش قوانین مراجعه کنید. مقررات صید را در ماده ۱۲ ببینید.</p>"), INFORMATION),
    "handed to units": (headed(f"<p>{PROSE}</p><p>سهمیه صید به واحدهای دارای پروانه داده می‌شود.</p>"), INFORMATION),
    "by oneself, among other words": (
        headed(f"<p>{PROSE}</p><p>متقاضی بایستی شخصاً با در دست داشتن کارت ملی در ساعت اداری به واحد پذیرش مراجعه نماید.</p>"), IN_PERSON),
    "visits counted as none": (
        headed(f"<dl><dt>تعداد بار مراجعه حضوری</dt><dd>۰</dd></dl><p>{PROSE}</p>"), INFORMATION),
    "a card whose counts of visits nobody filled in": (
        headed(f"<table><tr><td>دفعات مراجعه حضوری</td><td>—</td></tr><tr><th>نیاز به مراجعه حضوری</th><td></td></tr></table><p>{PROSE}</p>"), INFORMATION),
    "a cell that says it alone": (headed(f"<table><tr><td>مراجعه حضوری</td></tr></table><p>{PROSE}</p>"), IN_PERSON),
    "out of reach for now": (headed("<p>سامانه به‌طور موقت از دسترس خارج است؛ لطفاً بعداً مراجعه فرمایید.</p>"), UNDER_CONSTRUCTION),
    "under repair": (headed("<p>این بخش در دست تعمیر می‌باشد. به زودی در خدمت شما خواهیم بود.</p>"), UNDER_CONSTRUCTION),
    "to a system that it does not link to": (
        headed(f"<p>{PROSE}</p><p>جهت دریافت این خدمت به میز خدمت الکترونیک مراجعه فرمایید.</p>"), ("inconclusive", "not_attempted")),
    "after something in a system": (headed(f"<p>{PROSE}</p><p>پس از ثبت سفارش در سامانه جامع، کارشناسان پرونده را می‌بینند.</p>"), INFORMATION),
    "by oneself or by an attorney": (
        headed(f"<p>{PROSE}</p><p>مالک باید شخصاً یا با وکالت‌نامه رسمی به دبیرخانه منطقه مراجعه و پرونده را تحویل دهد.</p>"), IN_PERSON),
    "a session that ended": (headed("<p>نشست کاری شما منقضی شده است. لطفاً از نو آغاز کنید.</p>"), OPEN),
    "not offered now": (headed("<p>این خدمت در حال حاضر فعال نیست.</p>"), UNDER_CONSTRUCTION),
    "a warning of the server": (headed("<p>Warning: mysqli_connect(): (HY000/2002) in /var/www/x.php on line 5</p>"), OPEN),
    "an error": (headed("<p>خطایی رخ داده است. لطفاً دوباره تلاش کنید.</p>"), OPEN),
    "wizard drawn with boxes": (
        headed('<div class="stepwizard"><div>گام نخست</div><div>گام دوم</div></div><form><label>شماره عضویت <input name="z"></label><button type="button">گام بعدی</button></form>'), ENTRY),
    "a code by telephone": (
        headed('<form><label>شماره همراه <input name="m"></label><input type="submit" value="ارسال کد تایید"></form>'), ("partial", "login_wall")),
    "a list searched": (
        headed(f'<p>{PROSE}</p><form><select name="m"><option>شرق</option></select><input name="q" placeholder="نام دفتر"><button>جستجو</button></form>'), INFORMATION),
    "a card whose phases are not electronic": (
        page(f'<h1>شناسنامه خدمت</h1><table><tr><th>عنوان خدمت</th><td>{TITLE}</td></tr><tr><th>شناسه خدمت</th><td>{CODE}</td></tr><tr><th>مرحله درخواست</th><td>غیر الکترونیکی (مراجعه حضوری)</td></tr><tr><th>مرحله تولید</th><td>غیر الکترونیکی</td></tr></table><p>{PROSE}</p>'), IN_PERSON),
    # forms of another matter on the page of the service
    "a gift to pay": (headed(f'<p>{PROSE}</p><form><h4>پرداخت نذورات</h4><label>نام <input name="n"></label><label>مبلغ <input name="p"></label><button>پرداخت</button></form>'), OPEN),
    "letters to track": (headed(f'<p>{PROSE}</p><h4>پیگیری نامه‌های اداری</h4><form><label>شماره نامه <input name="u"></label><button>پیگیری</button></form>'), OPEN),
    "a fault to report": (headed(f'<p>{PROSE}</p><form><h4>گزارش مشکل این صفحه</h4><label>نام <input name="n"></label><label>تلفن <input name="p"></label><label>شرح <textarea name="t"></textarea></label><button>ارسال</button></form>'), INFORMATION),
    "asks whether it is needed": (
        headed('<p>نخست ببینید قایق شما به مجوز نیاز دارد یا نه.</p><form><label>طول قایق <input name="a"></label><label>توان موتور <input name="b"></label><button>ببین</button></form>'), HALF),
    "asks for a request after a look": (
        headed(f'<p>پیش از ثبت ببینید مدارک شما کامل است یا نه.</p>{FORM}'), ENTRY),
    "a question to ask, and a button that only sends": (
        headed(f'<p>{PROSE}</p><dialog><h2>از کارشناس صید بپرسید</h2><form><label>نام <input name="a"></label><label>تلفن <input name="b"></label><label>سؤال <textarea name="q"></textarea></label><button>بفرست</button></form></dialog>'), INFORMATION),
    "a question that a case is asked": (
        headed(f'<p>{PROSE}</p><form><label>شماره پروانه <input name="a"></label><label>کد ملی <input name="b"></label><label>سؤال <textarea name="q"></textarea></label><button>ثبت درخواست</button></form>'), ENTRY),
    "a question to ask": (headed(f'<p>{PROSE}</p><form><label>نام <input name="a"></label><label>تلفن <input name="b"></label><label>پرسش <textarea name="q"></textarea></label><button>ارسال پرسش</button></form>'), INFORMATION),
    "a chat": (headed(f'<p>{PROSE}</p><form><label>نام <input name="a"></label><label>شماره تماس <input name="b"></label><button>شروع گفتگو</button></form>'), INFORMATION),
    "a complaint": (headed(f'<p>{PROSE}</p><form><label>نام <input name="a"></label><label>کد ملی <input name="b"></label><label>شرح شکایت <textarea name="c"></textarea></label><button>ثبت شکایت</button></form>'), OPEN),
    "advice": (headed(f'<p>{PROSE}</p><form><h4>درخواست مشاوره</h4><label>نام <input name="a"></label><label>تلفن <input name="b"></label><button>ارسال</button></form>'), OPEN),
    "satisfaction": (
        headed(f'<p>{PROSE}</p><form><p>آیا از این خدمت راضی هستید؟</p><label><input type=radio name=a>بله</label><label><input type=radio name=a>خیر</label><label>شماره همراه <input name="m"></label><button>ثبت</button></form>'), INFORMATION),
    "a password forgotten": (
        headed('<form><label>کد ملی <input name="n"></label><label>شماره همراه <input name="m"></label><button>بازیابی رمز عبور</button></form>'), ("partial", "login_wall")),
    "a form below the news": (
        headed(f'<p>به گزارش روابط عمومی، {PROSE}</p><form><label>نام <input name="n"></label><label>کد ملی <input name="m"></label><button>ثبت</button></form>'), NONE),
    "what a director said": (headed(f"<p>مدیرکل شیلات گفت: از این پس {PROSE}</p>"), INFORMATION),
    "parts of its own form": (
        headed(f"<form><h3>مشخصات شناور</h3>{FIELDS}<h3>بارگذاری مدارک</h3><input type=file name=f><button>ثبت</button></form>"), ENTRY),
    "a request about a file": (
        headed('<form><label>شماره پرونده <input name="a"></label><label>نام مهندس <input name="b"></label><label>متراژ <input name="c"></label><button>ثبت درخواست</button></form>'), ENTRY),
    # who goes where
    "an official who comes": (
        headed(f"<p>{PROSE}</p><p>ارزیاب سازمان با مراجعه حضوری به محل، قایق را می‌بیند. دوره آموزشی به صورت حضوری برگزار می‌شود.</p>"), INFORMATION),
    "by telephone keys": (headed(f"<p>{PROSE}</p><p>با شماره‌گیری کد دستوری ستاره ۷ درخواست دهید.</p>"), ("inconclusive", "not_attempted")),
    "by an application": (headed(f"<p>{PROSE}</p><p>این خدمت از طریق اپلیکیشن شیلات من ارائه می‌شود.</p>"), ("inconclusive", "not_attempted")),
    "houses under construction": (headed(f"<p>{PROSE}</p><p>اسکله‌های در دست احداث و پرونده‌های در حال تکمیل در این شمار نیستند.</p>"), INFORMATION),
    "a picture that says it all": (headed('<img src="/flow.png" alt="فرایند">'), ("inconclusive", "not_attempted")),
    "an ornament": (headed('<img src="/line.png" width="40"><p>این خدمت ارائه می‌شود.</p>'), ("contradicted", "hollow")),
    # marks that are none
    "what to do when nothing is found": (headed(f"<p>{PROSE}</p><p>اگر پرونده مورد نظر یافت نشد دوباره جستجو کنید.</p>"), INFORMATION),
    "a number for a heading": (headed(f"<p>{PROSE}</p><h2>404</h2>"), INFORMATION),
    "dots of a table of contents": (headed(f"<p>{PROSE}</p><p>مقدمه ........................ ۲</p><p>فصل یک ................ ۵</p>"), INFORMATION),
    "brackets that are filled": (headed(f"<p>{PROSE} [شماره ۱۲] [تاریخ ۱۳۹۹/۱/۱]</p>"), INFORMATION),
    # tools that only answer
    "who comes under it": (
        headed('<form><h3>آیا قایق من مشمول است؟</h3><label>نوع شناور <input name="a"></label><label>نام بندر <input name="b"></label><button>بررسی شمول</button></form>'), HALF),
    "whether it can be done": (
        headed('<label>نام آب‌بند <input name="a"></label><label>مساحت <input name="b"></label><button type="button">امکان‌سنجی</button>'), HALF),
    "conditions asked for": (
        headed('<form><label>کد ملی <input name="a"></label><label>تاریخ تولد <input name="b"></label><button>استعلام شرایط</button></form>'), HALF),
    "a fee guessed": (headed('<form><label>تعداد صیدگاه <input name="a"></label><label>استان <input name="b"></label><button>تخمین هزینه</button></form>'), HALF),
    "an answer, of what nobody says": (
        headed(f'<p>{PROSE}</p><form><label>کد ملی <input name="a"></label><label>نام بندر <input name="b"></label><button>بررسی</button></form>'), OPEN),
    "whether one may, in the words before": (
        headed('<p>با پاسخ به چند پرسش ببینید شما واجد این مجوز هستید یا نه.</p><form><label>سن <input name="a"></label><label>نام بندر <input name="b"></label><button>ارسال</button></form>'), HALF),
    "a result that binds nobody": (
        headed('<form><label>شماره شناور <input name="a"></label><label>تاریخ ساخت <input name="b"></label><button>ادامه</button><p>نتیجه این بخش جنبه راهنمایی دارد.</p></form>'), HALF),
    "a request after words on conditions": (
        headed(f"<p>{PROSE}</p><p>پیش از آن ببینید واجد شرایط هستید.</p>{FORM}"), ENTRY),
    "a question of its form": (
        headed(f'<p>{PROSE}</p><form><h3>پرسشی درباره {TITLE} دارید؟</h3><label>نام <input name="a"></label><label>تلفن <input name="b"></label><label>متن پیام <textarea name="c"></textarea></label><button>ارسال پیام</button></form>'), INFORMATION),
    "the number beside its button, and the rest": (
        headed('<form><div><label>کد ملی <input name="a"></label><button type="button">استعلام</button></div><label>نام پدر <input name="b"></label><button>ثبت درخواست</button></form>'), ENTRY),
    "loose fields, each with a button": (
        headed('<div class="w"><div><label>کد ملی <input name="a"></label><button type="button">استعلام</button></div><div><label>نام پدر <input name="b"></label></div><button type="button">ثبت درخواست</button></div>'), ENTRY),
    # files and their names
    "a file called by the words before it": (
        headed(f'<p>{PROSE}</p><p>کاربرگ تقاضا را <a href="/f/81.pdf">از اینجا بارگیری کنید (PDF)</a>.</p>'), ("contradicted", "form_download_only")),
    "a guide to a form": (
        headed(f'<p>{PROSE}</p><p>راهنمای پر کردن فرم را <a href="/f/82.pdf">از اینجا بارگیری کنید</a>.</p>'), INFORMATION),
    "a file of another name beside a form's": (
        headed(f'<p>{PROSE}</p><p>فرم‌ها در بایگانی است. <a href="/f/83.pdf">نقشه صیدگاه‌ها</a></p>'), INFORMATION),
    # not there, and not yet
    "no such page, in a box": (
        headed("<div class=alert><h4>با پوزش، صفحه‌ای با این نشانی پیدا نشد.</h4></div>"), ("contradicted", "soft_404")),
    "an error that names no cause": (page("<h1>خطا</h1><p>مشکلی پیش آمده است. کمی بعد دوباره تلاش کنید.</p>"), NONE),
    "soon": (headed("<h2>به‌زودی</h2><p>از همراهی شما سپاسگزاریم.</p>"), UNDER_CONSTRUCTION),
    "soon, in the text of a page at work": (headed(f"<p>{PROSE}</p>{FORM}<h3>به زودی</h3><p>فهرست تازه بندرها به زودی می‌آید.</p>"), ENTRY),
    # titles that no heading holds
    "a title by its id": (page(f'<div><span id="ctl00_lblPageTitle">{TITLE}</span></div>{FORM}'), ENTRY),
    "a title by the name of its element": (page(f'<x-card><x-card-title>{TITLE}</x-card-title><x-card-body>{FORM}</x-card-body></x-card>'), ENTRY),
    "a title by its id over another's form": (
        page(f'<div id="page-title">نام‌نویسی اردوی تابستانی</div><div class="box-title">{TITLE}</div><p>{PROSE}</p><div class="box-title">نام‌نویسی اردو</div>{FORM}'), NONE),
    "a box of the title beside another matter": (
        page(f'<div id="page-title">نام‌نویسی اردوی تابستانی</div>{FORM}<div class="box-title">{TITLE}</div><p>{PROSE}</p>'), OPEN),
    "a title that is a label": (page(f'<table><tr><td><h3>{TITLE}</h3></td><td><input name="t"></td></tr></table><form>{FIELDS}<button>ثبت</button></form>', "خدمات"), NONE),
    "a title alone under an act": (page(f"<h3>ثبت درخواست</h3><p>{TITLE}</p>{FORM}"), ENTRY),
    "a title alone under a matter": (page(f"<h3>خدمات دریایی</h3><p>{TITLE}</p>{FORM}"), NONE),
    "two titles alone under an act": (page(f"<h3>ثبت درخواست</h3><p>{TITLE}</p><p>{SIBLING}</p>{FORM}"), NONE),
    "a title chosen from a list under an act": (
        page(f"<h3>ثبت درخواست</h3><form><select name=s><option>{TITLE}</option></select>{FIELDS}<button>ثبت درخواست</button></form>"), ENTRY),
    "a title that heads its table": (
        page(f'<form><table><tr><th colspan="2">{TITLE}</th></tr><tr><td>نام صیاد</td><td><input name="a"></td></tr><tr><td>کد ملی</td><td><input name="b"></td></tr></table><button>ثبت درخواست</button></form>'), ENTRY),
    "a title in the looks of a heading": (page(f'<div class="h3 mb-2">{TITLE}</div>{FORM}'), ENTRY),
    "a title in a table of many": (
        page(f'<table><tr><th>خدمت</th><th>مهلت</th></tr><tr><td>{TITLE}</td><td>ده روز</td></tr></table>{FORM}', "خدمات"), NONE),
    "a button that is a box": (
        headed('<div><label>نام <input name="a"></label><label>کد ملی <input name="b"></label><span class="btn">ثبت درخواست</span></div>'), ENTRY),
    # labels in cells
    "labels in cells, as headings": (
        page('<form id="aspnetForm"><input type="hidden" name="__VIEWSTATE" value="x"><table><tr><td><input name="k" title="جستجو"><a href="javascript:go()">برو</a></td></tr><tr><td>'
             f'<div class="box-title"><span>{TITLE}</span></div><table><tr><td><h3><nobr>نام صیاد</nobr></h3></td><td><span><input name="a"></span></td></tr><tr><td><h3><nobr>کد ملی</nobr></h3></td><td><input name="b"></td></tr></table>'
             '<input type="button" value="انصراف"><input type="submit" value="ثبت تقاضا"></td></tr></table></form>'), ENTRY),
    "remarks in cells, as headings": (
        page('<form id="aspnetForm"><input type="hidden" name="__VIEWSTATE" value="x"><table><tr><td><input name="k" title="جستجو"><a href="javascript:go()">برو</a></td></tr><tr><td>'
             f'<div class="box-title">{TITLE}</div><p>{PROSE}</p><div class="box-title">تماس با مدیر</div><table><tr><td><h3>نام شما</h3></td><td><input name="a"></td></tr><tr><td><h3>نظر شما</h3></td><td><input name="b"></td></tr></table>'
             '<input type="submit" value="ارسال نظر"></td></tr></table></form>'), INFORMATION),
    # messages
    "a message by its fields alone": (
        headed(f'<p>{PROSE}</p><form><label>نام * <input name="a"></label><label>ایمیل <input name="b"></label><label>متن <textarea name="c"></textarea></label><button>ارسال</button></form>'), INFORMATION),
    "a message with a number to call back": (
        headed(f'<p>{PROSE}</p><form><input name="a" placeholder="نام شما"><input name="b" placeholder="شماره تماس"><textarea name="c" placeholder="نظر شما"></textarea><button>ثبت</button></form>'), INFORMATION),
    "a page sent to a friend": (
        headed(f'<p>{PROSE}</p><form><p>ارسال به دوستان</p><label>نام فرستنده <input name="a"></label><label>ایمیل گیرنده <input name="b"></label><button>ارسال</button></form>'), INFORMATION),
    "a request in words of its own": (
        headed(f'<p>{PROSE}</p><form><label>نام <input name="a"></label><label>تلفن <input name="b"></label><label>شرح درخواست <textarea name="c"></textarea></label><button>ارسال</button></form>'), ENTRY),
    # fields of an application, without a form
    "a message under no heading of its own": (
        headed(f'<p>{PROSE}</p><form><label>نام <input name="a"></label><label>تلفن <input name="b"></label><label>متن پیام <textarea name="c"></textarea></label><button>ارسال پیام</button></form>'), INFORMATION),
    "a message in nothing but the page": (
        headed(f'<p>{PROSE}</p><label>نام <input name="a"></label><label>تلفن <input name="b"></label><label>متن پیام <textarea name="c"></textarea></label><button type="button">ارسال پیام</button>'), INFORMATION),
    "fields in nothing but the page": (
        headed('<label>نام بندر <input name="a"></label><label>شناسه ملی <input name="b"></label><button type="button">ثبت درخواست</button>'), ENTRY),
    "fields without any button": (headed(f'<p>{PROSE}</p><label>نام بندر <input name="a"></label><label>شناسه ملی <input name="b"></label>'), OPEN),
    "a field to search in nothing but the page": (headed(f'<p>{PROSE}</p><input name="q" placeholder="جستجو"><button type="button">برو</button>'), INFORMATION),
    "a log-in in nothing but the page": (
        headed('<input name="u" placeholder="نام کاربری"><input type="password" name="p"><button type="button">ورود</button>'), ("partial", "login_wall")),
    "a comment in nothing but the page": (
        headed(f'<p>{PROSE}</p><label>نام <input name="a"></label><label>متن <textarea name="b"></textarea></label><button type="button">ارسال دیدگاه</button>'), INFORMATION),
    "a search in the head and nothing else": (
        page(f'<h1>{TITLE}</h1><p>{PROSE}</p>').replace("<header>", '<header><input name="k1"><input name="k2"><button type="button">برو</button>'), INFORMATION),
    "outlined fields without a form": (
        headed('<div class="paper"><div class="c"><label for="m0">نام بندر</label><div><input id="m0"><fieldset aria-hidden="true"><legend><span>نام بندر</span></legend></fieldset></div></div>'
               '<div class="c"><label for="m1">شناسه ملی</label><div><input id="m1"><fieldset aria-hidden="true"><legend><span>شناسه ملی</span></legend></fieldset></div></div><button type="button">ثبت درخواست</button></div>'), ENTRY),
    "outlined fields of a newsletter": (
        headed(f'<p>{PROSE}</p><div class="paper"><label for="m0">شماره همراه</label><div><input id="m0"><fieldset aria-hidden="true"><legend><span>شماره همراه</span></legend></fieldset></div><button type="button">عضویت در خبرنامه</button></div>'), INFORMATION),
    "sheets behind icons, to be printed and posted": (
        headed('<p>برگه‌های زیر را چاپ، مهر و به نشانی دبیرخانه پست نمایید.</p><a href="/f/1.docx"><img src="/word.gif"></a>'), ("contradicted", "form_download_only")),
    "a number of so many digits that is read as one types": (headed('<label>بارکد ۲۴ رقمی <input name="b"></label>'), OPEN),
    "one form with a choice for each service": (
        headed('<form><label>نوع درخواست <select name="k"><option>ثبت قایق تفریحی</option><option>صدور مجوز صید ورزشی</option></select></label><label>کد ملی <input name="n"></label><button>گام بعد</button></form>', "درخواست تازه"), ENTRY),
    "one form with a choice for others": (
        headed('<form><label>نوع درخواست <select name="k"><option>ثبت قایق تفریحی</option><option>پروانه پرورش میگو</option></select></label><label>کد ملی <input name="n"></label><button>گام بعد</button></form>', "درخواست تازه"), NONE),
    "a complaint with a choice for each service": (
        headed('<form><label>شکایت از خدمت <select name="k"><option>ثبت قایق تفریحی</option><option>صدور مجوز صید ورزشی</option></select></label><label>کد ملی <input name="n"></label><label>شرح شکایت <textarea name="t"></textarea></label><button>ثبت شکایت</button></form>', "ثبت شکایت"), OPEN),
    "sent by a button that says the matter": (
        headed('<form><label>جای ماهیگیری <input name="a"></label><label>آنچه می‌گیرید <textarea name="b"></textarea></label><button>فرستادن برگه صید</button></form>'), ENTRY),
    "sent by a button that says something else": (
        headed('<form><label>جای ماهیگیری <input name="a"></label><label>آنچه می‌گیرید <textarea name="b"></textarea></label><button>فرستادن برگه نو</button></form>'), OPEN),
    "a log-in over a link to a poll": (
        headed('<div><input name="u" aria-label="نام کاربری"><input type="password" name="p"><button>ادامه</button><p><a href="/poll">نظرسنجی از این خدمت</a></p></div>'), ("partial", "login_wall")),
    "a log-in for those who work there": (
        headed('<form><h3>فیش حقوقی همکاران</h3><label>نام کاربری <input name="u"></label><input type="password" name="p"><button>ورود</button></form>'), OPEN),
    "a list of headings that are links": (
        page(f'<ul><li><h3><a href="/s/1">{TITLE}</a></h3></li><li><h3><a href="/s/2">پروانه پرورش میگو</a></h3></li></ul>', "شیلات"), ("inconclusive", "not_attempted")),
    "a button in the words of a framework": (
        headed(f'<p>{PROSE} <a class="MuiButton-contained" href="https://cards.elsewhere.test/apply">چطور آن را بگیرم؟</a></p>'), ("inconclusive", "not_attempted")),
    "a page whose only heading is that of a poll": (
        page(f"{FORM}<h3>نظرسنجی از کیفیت خدمت</h3><form><select name='k'><option>خوب</option></select><button>ثبت نظر</button></form>"), ENTRY),
    # spelling
    "a lone hamza and an ezafe": (headed(FORM, "صدور مجوزهاي صید ورزشی"), ENTRY),
    "a sheet to print": (headed(f'<p>{PROSE}</p><a href="/files/a7.pdf">برگ شماره ۷</a>'), ("contradicted", "form_download_only")),
    "sheets in a table, «get» beside each name": (
        headed(f'<p>{PROSE}</p><table><tr><td>فرم شماره ۱</td><td><a href="/a1.pdf">دریافت</a></td></tr>'
               '<tr><td>فرم شماره ۲</td><td><a href="/a2.pdf">دریافت</a></td></tr></table>'), ("contradicted", "form_download_only")),
    "a row of two files": (
        headed(f'<p>{PROSE}</p><table><tr><td>فرم شماره ۱</td><td><a href="/a1.pdf">دریافت</a></td><td><a href="/a2.pdf">دریافت</a></td></tr></table>'), OPEN),
    # forms that begin nothing
    "the number of a debt, where people are sent to the office": (headed(IN_PERSON_TOLD + DEBT), IN_PERSON),
    "the same, where nobody is sent anywhere": (headed(f"<p>{PROSE}</p>{DEBT}"), OPEN),
    "more than a number, where people are sent to the office": (
        headed(IN_PERSON_TOLD + DEBT.replace("<button", '<label>نشانی <input name="z"></label><button')), OPEN),
    "a number under the page's own heading": (headed(IN_PERSON_TOLD + DEBT.replace("<h3>بدهی من</h3>", "")), OPEN),
    "a form out of use": (headed(OUT_OF_USE + FORM.replace("<input", "<input disabled")), UNDER_CONSTRUCTION),
    "a notice over a form that works": (headed(OUT_OF_USE + DEBT.replace("<h3>بدهی من</h3>", "")), OPEN),
    # headings inside a form
    "a heading of a group below the first field": (
        headed(FORM.replace("<button>", '<h3>وضعیت سکونت</h3><label><input type="checkbox" name="k"> ساحلی</label><button>')), ENTRY),
    "a heading of another matter over the fields": (headed(FORM.replace('"/send">', '"/send"><h3>پرداخت نذورات</h3>')), OPEN),
    "a heading that is one of the steps": (
        headed(f'<ol class="steps"><li>سرپرست خانوار</li><li>پرداخت</li></ol><form method="post"><h2>سرپرست خانوار</h2>{FIELDS}{NEXT}</form>'), ENTRY),
    # titles without a level
    "a module's title above the parts of the page": (page(f"{MODULE}<h3>مدارک</h3>{IN_PERSON_TOLD}"), IN_PERSON),
    "a module's title below a heading": (page(f"<h2>آمار صید استان</h2>{MODULE}{IN_PERSON_TOLD}"), OPEN),
    # forms of which only one field asks for a person
    "one fact, a choice and a place": (
        headed('<form><label>شماره همراه <input name="m"></label><label>استان <select name="s"><option>قم</option></select></label>'
               '<label>رودخانه <input name="r"></label><button>عضو شو</button></form>'), ENTRY),
    "one fact and a place": (
        headed('<form><label>شماره همراه <input name="m"></label><label>رودخانه <input name="r"></label><button>عضو شو</button></form>'), OPEN),
}  # fmt: skip


def judged(seen: Any, html: str, claims: tuple[Service, ...]) -> Any:
    seen.agency = Agency("portal", "سازمان شیلات نمونه", "main", PORTAL)
    seen.services = claims
    seen.http(PORTAL, page("<h1>سازمان شیلات</h1><p>خوش آمدید</p>", "خانه"), purpose="home", at=1)
    for name in ("about", "sea", "river"):
        seen.http(f"{PORTAL}{name}", page(f"<h1>{name}</h1><p>درباره {name}</p>", name), at=2)
    seen.twice(URL, html, purpose="claim")
    seen.account()
    return seen.of("services.entry")["s31"]


def claims(title: str = TITLE, *, sibling_url: str | None = None) -> tuple[Service, ...]:
    mine = Service("portal", "s31", title, True, url=URL, level="transaction", code=CODE)
    sibling = Service("portal", "o0", SIBLING, True, url=sibling_url, code="14031122001")
    return (
        mine,
        sibling,
        *(Service("portal", f"o{n}", other, True) for n, other in enumerate(OTHERS[1:], 1)),
    )


@pytest.mark.parametrize(("html", "truth"), PAGES.values(), ids=PAGES.keys())
def test_a_claimed_page(seen: Any, html: str, truth: tuple[str, str]) -> None:
    finding = judged(seen, html, claims())
    assert (finding.verdict, finding.reason) == truth, finding.observed


def test_the_siblings_card_at_an_address_that_both_claim(seen: Any) -> None:
    html = page(f"<h1>شناسنامه خدمت</h1>{card(SIBLING, '14031122001')}<p>{PROSE}</p>{FORM}")
    finding = judged(seen, html, claims(sibling_url=URL))
    assert (finding.verdict, finding.reason) == ("contradicted", "wrong_service"), finding.observed


# claim: heading of a page with a form
SPELLINGS = {
    "درخواست آمار شبهای یخبندان": "درخواست آمار شب‌های یخبندان",
    "ثبت شرکتهای دانش بنیان": "ثبت شرکت‌های دانش‌بنیان",
    "صدور مجوز امحاء اسناد": "صدور مجوز امحای اسناد",
    "تایید امضاء سند": "تأیید امضای سند",
    "واگذاری دستگاه کارتخوان": "واگذاری دستگاه کارت‌خوان",
    "واگذاری دستگاه کارت خوان": "واگذاری دستگاه کارتخوان",
    "گواهی سوء پیشینه": "گواهی سوءپیشینه",
    "اعلام نتیجه آزمون": "مشاهده نتیجه آزمون",
    "تهیه متن نمونه قرارداد": "تهیه متن نمونه قرارداد",
    "بیمه ساختمان در دست ساخت": "بیمه ساختمان در دست ساخت",
    "اعلام کارکرد کنتور": "خود اظهاری کارکرد کنتور",
}


@pytest.mark.parametrize(("claim", "heading"), SPELLINGS.items())
def test_one_title_in_two_spellings(seen: Any, claim: str, heading: str) -> None:
    finding = judged(seen, headed(FORM, heading), claims(claim))
    assert finding.verdict == "verified", finding.observed


ASKS_FIRST = headed(f'<p>{PROSE}</p><p>برای ثبت درخواست ابتدا <a href="/login?next=/s/31">وارد شوید</a>.</p>')
LOGIN = '<form action="/in"><label>نام کاربری <input name="u"></label><label>رمز <input type="password" name="p"></label><button>ورود</button></form>'
BOX = '<form class="side"><label>کد رهگیری <input name="code"></label><button>پیگیری</button></form>'


def test_a_login_one_hop_on_with_a_box_for_tracking_beside_it(seen: Any) -> None:
    seen.http(f"{PORTAL}login?next=/s/31", page(f"<h1>ورود</h1>{LOGIN}{BOX}", "ورود"), at=12)
    finding = judged(seen, ASKS_FIRST, claims())
    assert (finding.verdict, finding.reason) == ("partial", "login_wall"), finding.observed


# title of the service, words of the link to a login: is it the wall before this service?
WALLS = {
    ("ثبت‌نام کلاس‌های آموزشی ماهیگیری", "ورود به سامانه آموزش"): ("partial", "login_wall"),
    ("رسیدگی به شکایات صیادان", "ورود به سامانه شکایات"): ("partial", "login_wall"),
    (TITLE, "ورود به سامانه آموزش"): INFORMATION,
    (TITLE, "راهنمای ورود به سامانه"): INFORMATION,
    ("صدور کارت راهنمایان کوهستان", "ورود و درخواست کارت راهنما"): ("partial", "login_wall"),
}


@pytest.mark.parametrize(
    ("told", "verdict"), WALLS.items(), ids=[f"{title}: {words}" for title, words in WALLS]
)
def test_words_of_the_title_lead_nowhere_else(
    seen: Any, told: tuple[str, str], verdict: tuple[str, str]
) -> None:
    title, words = told
    place = "http://e.shilat.test/in"
    for number in (1, 2):
        seen.http(place, headed(LOGIN, "ورود کاربران"), attempt=number, at=12 + 60 * number)
    html = headed(f'<p>{PROSE}</p><p><a href="{place}">{words}</a></p>', title)
    finding = judged(seen, html, claims(title))
    assert (finding.verdict, finding.reason) == verdict, finding.observed


def test_a_link_that_only_its_sentence_makes_a_lead_verifies_nothing_untied(seen: Any) -> None:
    html = headed(f'<p>{PROSE}</p><p>پیش از ثبت درخواست، <a href="/other">این برگ</a> را ببینید.</p>')
    seen.http(f"{PORTAL}other", page(f"<h1>نام‌نویسی اردو</h1>{FORM}", "اردو"), at=12)
    finding = judged(seen, html, claims())
    assert (finding.verdict, finding.reason) == OPEN, finding.observed


def test_an_action_that_leads_into_another_bodys_house(seen: Any) -> None:
    html = headed(f'<p>{PROSE}</p><p><a href="https://national.test/">ثبت درخواست در سامانه ملی</a></p>')
    seen.http("https://national.test/", page(f"<h1>سامانه ملی</h1><p>{PROSE}</p>"), at=12, purpose="link")
    finding = judged(seen, html, claims())
    assert (finding.verdict, finding.reason) == OPEN, finding.observed


def test_a_redirect_to_the_login_that_every_page_shows(seen: Any) -> None:
    seen.agency = Agency("portal", "سازمان شیلات نمونه", "main", PORTAL)
    seen.services = claims()
    door = f"{PORTAL}account/login?ReturnUrl=%2Fs%2F31"
    for name in ("", "about", "sea", "river"):
        seen.http(
            f"{PORTAL}{name}",
            page(f"<h1>{name}</h1>{LOGIN}{BOX}", name),
            at=1,
            purpose="page" if name else "home",
        )
    for attempt, at in ((1, 10), (2, 100)):
        first = seen.http(URL, "", status=302, redirect=door, purpose="claim", attempt=attempt, at=at)
        seen.http(
            door, page(f"<h1>خوش آمدید</h1>{LOGIN}{BOX}"), attempt=attempt, at=at + 1, previous=first.id
        )
    finding = seen.of("services.entry")["s31"]
    assert (finding.verdict, finding.reason) == ("partial", "login_wall"), finding.observed


# words of a link to a payment: is it the payment of this service?
PAYMENTS = {
    "پرداخت": "verified",
    "پرداخت هزینه مجوز صید": "verified",
    "پرداخت آنلاین هزینه": "verified",
    "ورود به سامانه پرداخت دریا": "verified",
    "پرداخت عوارض خروج": "inconclusive",
    "پرداخت نذورات": "inconclusive",
}


@pytest.mark.parametrize(("words", "verdict"), PAYMENTS.items())
def test_a_payment(seen: Any, words: str, verdict: str) -> None:
    gate = "https://pay.shaparak.ir/x"
    seen.http(gate, "<html><body><h1>درگاه پرداخت</h1></body></html>", at=12, purpose="link")
    finding = judged(seen, headed(f'<p>{PROSE}</p><p><a href="{gate}">{words}</a></p>'), claims())
    assert finding.verdict == verdict, finding.observed


def test_a_number_of_a_record_is_no_session() -> None:
    assert identity("http://a.test/s?sid=12") != identity("http://a.test/s?sid=13")
    assert identity("http://a.test/s?sid=9f8e7d6c5b4a39281706") == identity("http://a.test/s")


# heading of the page behind «ثبت درخواست»: is its form this service's?
BEHIND = {
    "ثبت درخواست": "verified",
    "ورود اطلاعات متقاضی": "verified",
    TITLE: "verified",
    "ثبت درخواست عمومی": "inconclusive",
    "ثبت نام آزمون استخدامی": "inconclusive",
    "پیگیری نامه‌های دبیرخانه": "inconclusive",
}


@pytest.mark.parametrize(("heading", "verdict"), BEHIND.items())
def test_a_form_one_hop_on(seen: Any, heading: str, verdict: str) -> None:
    seen.http(f"{PORTAL}apply", page(f"<h1>{heading}</h1>{FORM}", heading), at=12)
    finding = judged(seen, headed(f'<p>{PROSE}</p><p><a href="/apply">ثبت درخواست</a></p>'), claims())
    assert finding.verdict == verdict, finding.observed


def test_words_of_the_title_are_no_mark_of_an_unfinished_page(seen: Any) -> None:
    title = "بیمه کارگران ساختمان‌های در دست ساخت"
    finding = judged(seen, headed(f"<p>{PROSE}</p>", title), claims(title))
    assert (finding.verdict, finding.reason) == INFORMATION, finding.observed


def test_a_redirect_to_a_route_that_nobody_rendered(seen: Any) -> None:
    seen.services = claims()
    seen.agency = Agency("portal", "سازمان شیلات نمونه", "main", PORTAL)
    app = f"{PORTAL}app/"
    for attempt, at in ((1, 10), (2, 100)):
        first = seen.http(
            URL,
            "",
            status=302,
            headers=(("Location", f"{app}#/s/31"),),
            redirect=app,
            purpose="claim",
            attempt=attempt,
            at=at,
        )
        seen.http(
            app,
            headed(f"<p>{PROSE}</p><script src=a.js></script>"),
            attempt=attempt,
            at=at + 1,
            previous=first.id,
        )
    seen.rendered(app, headed(f"<p>{PROSE}</p>"))
    finding = seen.of("services.entry")["s31"]
    assert (finding.verdict, finding.reason) == ("inconclusive", "needs_browser"), finding.observed


# What stands on a page of information, and leads to the form of this service or may.
PRESSED = {
    "words that say nothing": ('<a href="/go">شیلات‌یار</a>', "verified"),
    "consent": ('<a href="/go">با شرایط موافقم</a>', "verified"),
    "a link in a sentence": ('<p>برای دریافت مجوز <a href="/go">این پیوند</a> را دنبال کنید</p>', "verified"),
    "a picture without words": ('<a href="/go"><img src="/b.png"></a>', "verified"),
    "an icon with a name": ('<a href="/go" aria-label="ثبت درخواست"><i class="x"></i></a>', "verified"),
    "an area of a picture": ('<map name="m"><area href="/go" alt="ثبت درخواست"></map>', "verified"),
    "a block with an address": ('<div class="btn" data-url="/go">ثبت درخواست</div>', "verified"),
    "a button with an address": ("""<input type="button" value="ثبت درخواست" onclick="location.href='/go'">""", "verified"),
    "a script on some words": ('<span onclick="go()">ورود به سامانه</span>', "inconclusive"),
    "an application": ('<a href="https://cafebazaar.ir/app/x">دریافت از بازار</a>', "inconclusive"),
    "a package": ('<a href="/shilat.apk">دانلود</a>', "inconclusive"),
    "a code to scan": ("<p>برای ثبت درخواست کد زیر را اسکن کنید.</p>", "inconclusive"),
    "somebody's form in an object": ('<object data="https://forms.elsewhere.test/1"></object>', "inconclusive"),
    "a form of a well-known house": ('<iframe src="https://docs.google.com/forms/d/1/viewform"></iframe>', "inconclusive"),
    "a film": ('<iframe src="https://www.aparat.com/video/embed/7"></iframe>', "contradicted"),
    "a button to print": ('<button onclick="window.print()">چاپ</button>', "contradicted"),
    "a link to share": ('<a href="https://t.me/share?url=x"><img src="/t.png"></a>', "contradicted"),
    "another page": ('<a href="/about">درباره ما</a>', "contradicted"),
}  # fmt: skip


@pytest.mark.parametrize(("html", "verdict"), PRESSED.values(), ids=PRESSED.keys())
def test_what_can_be_pressed(seen: Any, html: str, verdict: str) -> None:
    if "/go" in html:
        seen.http(f"{PORTAL}go", headed(FORM), at=12)
    finding = judged(seen, headed(f"<p>{PROSE}</p>{html}"), claims())
    assert finding.verdict == verdict, finding.observed


def test_a_button_without_fields_in_a_form_that_is_the_page(seen: Any) -> None:
    html = (
        '<html><body><form id="aspnetForm" method="post"><input type="hidden" name="__VIEWSTATE" value="x"><div class="menu">'
        f'<a href="/">خانه</a></div><h1>{TITLE}</h1><p>{PROSE}</p><input type="submit" name="b" value="شروع ثبت درخواست"></form>'
    )
    finding = judged(seen, html, claims())
    assert (finding.verdict, finding.reason) == ("inconclusive", "not_attempted"), finding.observed


SECTIONS = {
    "headings": (
        f'<h1>صید</h1><h3 id="a">{TITLE}</h3>{FORM}<h3 id="b">{SIBLING}</h3><form method="post"><label>شماره مجوز '
        '<input name="n"></label><label>کد ملی <input name="m"></label><button>تمدید مجوز</button></form>'
    ),
    "panels": (
        f'<h1>صید</h1><div id="a"><h3>{TITLE}</h3>{FORM}</div><div id="b"><h3>{SIBLING}</h3><p>{PROSE}</p></div>'
    ),
}


@pytest.mark.parametrize("sections", SECTIONS)
def test_a_claimed_place_on_a_page_of_several_services(seen: Any, sections: str) -> None:
    ours, theirs = claims()[0], claims()[1]
    seen.agency = Agency("portal", "سازمان شیلات نمونه", "main", PORTAL)
    seen.services = (
        Service("portal", ours.id, TITLE, True, url=f"{URL}#a"),
        Service("portal", theirs.id, SIBLING, True, url=f"{URL}#b"),
    )
    for attempt, at in ((1, 10), (2, 100)):
        seen.http(URL, page(SECTIONS[sections], "صید"), purpose="claim", attempt=attempt, at=at)
    found = seen.of("services.entry")
    assert (found[ours.id].verdict, found[ours.id].reason) == ENTRY, found[ours.id].observed
    # a part without an entry proves nothing while the page goes on
    other = ENTRY if sections == "headings" else OPEN
    assert (found[theirs.id].verdict, found[theirs.id].reason) == other, found[theirs.id].observed


# The paper is ready, and who it is of finds it. name: (heading, verdict)
PRINTED = {"چاپ کارت صید ورزشی": "verified", "کارت صید ورزشی": "inconclusive"}


@pytest.mark.parametrize(("heading", "verdict"), PRINTED.items())
def test_a_paper_that_is_found_and_printed(seen: Any, heading: str, verdict: str) -> None:
    form = f"<form>{FIELDS}<button>جست‌وجو</button></form>"
    finding = judged(seen, headed(form, heading), claims("دریافت کارت صید ورزشی"))
    assert finding.verdict == verdict, finding.observed


# What stands at an address that does not say it. content type: reason
FILES = {"application/pdf": "form_download_only", "text/html": "information_only"}


@pytest.mark.parametrize(("kind", "reason"), FILES.items())
def test_a_form_at_an_address_that_does_not_say_that_it_is_a_file(seen: Any, kind: str, reason: str) -> None:
    target = f"{PORTAL}LinkClick.aspx?fileticket=a81kQ"
    body = b"%PDF-1.7 x" if kind == "application/pdf" else page(f"<p>{PROSE}</p>").encode()
    seen.http(target, body, headers=(("Content-Type", kind),), purpose="action", at=30)
    html = headed(f'<p>{PROSE}</p><p><a href="{target}">فرم درخواست مجوز (PDF)</a></p>')
    finding = judged(seen, html, claims())
    assert (finding.verdict, finding.reason) == ("contradicted", reason), finding.observed


def test_a_picture_in_the_head_of_every_page_leads_nowhere(seen: Any) -> None:
    top = '<div class="top"><a href="/"><img alt="شیلات" src="/l.png"></a> <a href="https://my.gov.ir/"><img alt="پنجره ملی خدمات دولت" src="/m.png"></a></div>'
    html = f"<title>{TITLE}</title>{top}<div>{PROSE}</div>"
    seen.http("https://my.gov.ir/", page(LOGIN), purpose="action", at=30)
    for name in ("rules", "people", "news", "contact", "forms"):
        seen.http(f"{PORTAL}{name}", f"<title>{name}</title>{top}<p>درباره {name}</p>", at=3)
    seen.http(f"{PORTAL}index.html", f"<title>خانه</title>{top}<p>خوش آمدید</p>", purpose="home", at=1)
    finding = judged(seen, html, claims())
    assert finding.verdict != "partial", finding.observed
