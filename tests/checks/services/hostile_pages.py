"""Honest pages of usual portals that a rule could misread, each at the declared address of a claim.

A row says what must not be said of the claim: a verdict, or a verdict with a reason. `LOGIN_BOX` and other boxes of a
portal stand on each of its pages.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.checks.service_pages import FORM, PROSE

PERMIT = "صدور پروانه بهره‌برداری کارگاه قالی‌بافی"
_DENIED = ("verified", "partial")  # no entry stands here
_GRANTED = ("contradicted",)  # the entry stands here

LOGIN_BOX = (
    '<div class="box"><h3>ورود کاربران</h3><form action="/enter" method="post"><label>نام کاربری <input name="user"></label>'
    '<label>رمز عبور <input type="password" name="p"></label><button>ورود</button></form></div>'
)
_EVENT_BOX = (
    '<div class="box"><h3>ثبت‌نام در همایش سالانه</h3><form action="/event" method="post"><label>نام <input name="fn"></label>'
    '<label>کد ملی <input name="nc"></label><label>تلفن همراه <input name="mo"></label><button>ثبت‌نام</button></form></div>'
)
_MAIL_BOX = '<form action="/mail"><label>رایانامه <input name="mail" type="email"></label><button>عضویت در خبرنامه</button></form>'
_TRACK_BOX = (
    '<div class="box"><h3>پیگیری درخواست</h3><form action="/track"><label>کد رهگیری <input name="code"></label>'
    "<button>پیگیری</button></form></div>"
)
_USEFUL = (
    '<div class="box"><h3>آیا این صفحه برای شما مفید بود؟</h3><form action="/useful" method="post"><label>نام <input name="fn">'
    '</label><label>تلفن همراه <input name="mo"></label><label>کد ملی <input name="nc"></label><button>ثبت</button></form></div>'
)
_APPLY = (("/apply", PERMIT, FORM),)
_COMMENTS = (
    '<section><h3>دیدگاه‌ها</h3><p>کاربر مهمان: {said}</p><form method="post"><label>نام <input name="author"></label>'
    '<label>رایانامه <input name="mail"></label><label>دیدگاه <textarea name="text"></textarea></label>'
    "<button>ارسال دیدگاه</button></form></section>"
)


@dataclass(frozen=True)
class Hostile:
    """never: what must not be said of the claim. side: a box that every page of the portal shows; hidden_at_home: every
    page but the home page. bare: the body is the whole page, without the portal's menu and footer. also: other pages of
    the portal, with their headings.
    """

    title: str
    body: str
    never: tuple[str, ...]
    heading: str = ""
    side: str = ""
    hidden_at_home: bool = False
    bare: bool = False
    others: tuple[str, ...] = ()
    also: tuple[tuple[str, str, str], ...] = ()


def _p(*sentences: str) -> str:
    return "".join(f"<p>{sentence}</p>" for sentence in sentences)


ROWS: dict[str, Hostile] = {
    # the entry stands here, whatever the words beside it
    "form: no visit is needed": Hostile(PERMIT, _p(PROSE, "برای این خدمت مراجعه حضوری لازم نیست.") + FORM, _GRANTED),
    "form: log-in box in the side bar": Hostile(PERMIT, _p(PROSE) + FORM, ("contradicted", "partial/login_wall"), side=LOGIN_BOX),
    "form: questions that quote errors": Hostile(
        PERMIT, FORM + "<h3>پرسش‌های متداول</h3><h4>اگر پیام «صفحه مورد نظر یافت نشد» دیدم؟</h4>" + _p("نشانی را از نو وارد کنید.", "خطای 404 Not Found یا 500 Internal Server Error یعنی باید بعداً تلاش کنید."), _GRANTED),
    "form: buildings under construction": Hostile(
        "صدور شناسنامه ساختمان‌های در دست ساخت", _p("ساختمان در دست ساخت ساختمانی است که پروانه دارد و گواهی پایان کار نگرفته است.") + FORM, _GRANTED),
    "form: roads under repair": Hostile(
        "ثبت درخواست عبور از راه‌های در دست تعمیر", _p("راه‌های در دست تعمیر موقتاً بسته‌اند و عبور از آنها مجوز می‌خواهد.") + FORM, _GRANTED),
    "form: closed at night": Hostile(
        PERMIT, _p(PROSE, "سامانه هر شب از ساعت ۲۴ تا ۱ بامداد به علت پشتیبان‌گیری در دسترس نیست.") + FORM, _GRANTED),
    "form: old deadline of another year": Hostile(
        PERMIT, _p("مهلت ثبت درخواست دوره ۱۳۹۸ به پایان رسیده است. درخواست‌های دوره ۱۴۰۴ تا پایان آذر پذیرفته می‌شود.", PROSE) + FORM, _GRANTED),
    "form: reports of pages not found": Hostile(
        "ثبت گزارش خرابی سامانه‌های دولتی", '<form method="post"><label>نام <input name="a"></label><label>کد ملی <input name="b"></label><label>گونه خرابی <select name="k"><option>صفحه یافت نشد</option><option>در دست ساخت است</option><option>خطای سرور</option></select></label><label>شرح <textarea name="t"></textarea></label><button>ثبت گزارش</button></form>', _GRANTED),
    "form: with the paper form beside it": Hostile(
        PERMIT, _p(PROSE) + '<p><a href="/files/form7.pdf">دریافت فرم کاغذی درخواست</a> برای کسانی که به اینترنت دسترسی ندارند.</p>' + FORM, _GRANTED),
    "form: the card may be fetched": Hostile(
        PERMIT, _p(PROSE, "پروانه چاپ‌شده با پست فرستاده می‌شود؛ می‌توانید آن را از اداره نیز بگیرید.") + FORM, _GRANTED),
    "form: others have to come": Hostile(
        PERMIT, _p(PROSE, "اتباع خارجی باید برای این خدمت به صورت حضوری به اداره کل مراجعه کنند.") + FORM, _GRANTED),
    "form: a pledge with dots": Hostile(
        PERMIT, _p("اینجانب ............ فرزند ............ به شماره ملی ............ متعهد می‌شوم مقررات را رعایت کنم.", PROSE) + FORM, _GRANTED),
    "form: placeholders for programmers": Hostile(
        "صدور کلید دسترسی به وب‌سرویس", _p(PROSE) + "<pre>GET /v1/permits?token={{token}}\nAuthorization: Bearer {{ key }}</pre>" + FORM, _GRANTED),
    "form: lorem ipsum as a matter": Hostile(
        "ثبت اثر گرافیکی", _p("متن اثر باید واقعی باشد و «لورم ایپسوم متن ساختگی با تولید سادگی» پذیرفته نمی‌شود.", PROSE) + FORM, _GRANTED),
    "form: with a security code": Hostile(
        PERMIT, FORM.replace("<button>", '<img src="/captcha.png"><label>کد امنیتی <input name="captcha"></label><button>'), ("contradicted", "inconclusive/blocked")),
    "form: blocked accounts": Hostile(
        "درخواست رفع مسدودی حساب بازرگان", _p("اگر دسترسی شما مسدود شده است این فرم را پر کنید.") + FORM, ("contradicted", "inconclusive/blocked")),
    "form: an old comment of somebody": Hostile(
        PERMIT, _p(PROSE) + FORM + _COMMENTS.format(said="این بخش هنوز راه‌اندازی نشده است و در دست ساخت است."), _GRANTED),
    "form: hidden until a button opens it": Hostile(
        PERMIT, _p(PROSE) + f'<button data-target="#dlg">شروع درخواست</button><div id="dlg" class="modal" style="display:none">{FORM}</div>', _GRANTED),
    "form: maintenance is the matter": Hostile(
        "ثبت درخواست تعمیر و به‌روز رسانی دستگاه ثبت", _p("دستگاه‌های در حال به‌روز رسانی به شعبه فرستاده می‌شوند.") + FORM, _GRANTED),
    "form: temporary permits": Hostile(
        "صدور مجوز موقت تردد", _p("مجوزها موقتاً تا اطلاع ثانوی برای سه ماه صادر می‌شوند.", PROSE) + FORM, _GRANTED),
    "form: no visit, in English": Hostile(
        "Application for a carpet workshop licence", "<p>You do not need to visit our office in person. Applications take ten days.</p><form method=post><label>Full name<input name=a></label><label>National ID<input name=b></label><label>Date of birth<input name=c></label><button>Submit application</button></form>", _GRANTED),
    "form: building sites, in English": Hostile(
        "Registration of buildings under construction", "<p>A building is under construction until its completion certificate is issued.</p><form method=post><label>Full name<input name=a></label><label>National ID<input name=b></label><label>Address<input name=c></label><button>Register</button></form>", _GRANTED),
    "form: question whether to come": Hostile(
        PERMIT, _p(PROSE) + "<dl><dt>آیا باید حضوری مراجعه کنم؟</dt><dd>خیر، همه مراحل برخط است.</dd></dl>" + FORM, _GRANTED),
    # nothing can be started here
    "text: log-in box in the side bar": Hostile(PERMIT, _p(PROSE, PROSE), _DENIED, side=LOGIN_BOX),
    "text: arrival of cars": Hostile(
        "صدور مجوز ورود موقت خودرو", _p(PROSE, PROSE), _DENIED, side=LOGIN_BOX
    ),
    "text: an event in the side bar": Hostile(PERMIT, _p(PROSE, PROSE), _DENIED, side=_EVENT_BOX),
    "text: newsletter, twice": Hostile(PERMIT, _p(PROSE) + f"<div class=desktop>{_MAIL_BOX}</div><div class=mobile>{_MAIL_BOX}</div>", _DENIED),
    "text: comments below": Hostile(PERMIT, _p(PROSE) + _COMMENTS.format(said="کار من انجام شد."), _DENIED),
    "text: news of the service": Hostile(
        PERMIT, _p(f"به گزارش روابط عمومی، {PERMIT} از این پس الکترونیکی انجام می‌شود.", "مدیرکل گفت: تاکنون هزار پروانه صادر شده است.", "وی افزود این طرح ادامه دارد.") + _COMMENTS.format(said="خسته نباشید."), _DENIED, heading=f"{PERMIT} الکترونیکی شد"),
    "text: how complaints are handled": Hostile(
        "ثبت شکایت از کارگاه‌ها", _p("شکایت‌ها در سه مرحله رسیدگی می‌شوند: ثبت، ارجاع و پاسخ. هر شکایت یک کد رهگیری می‌گیرد و ظرف ده روز پاسخ داده می‌شود.", PROSE) + _MAIL_BOX, _DENIED, heading="آیین رسیدگی به شکایت از کارگاه‌ها"),
    "text: a question of satisfaction": Hostile(
        PERMIT, _p(PROSE) + '<form method="post"><h4>آیا این خدمت رضایت‌بخش بود؟</h4><label>نام <input name="n"></label><label>تلفن همراه <input name="m"></label><label><input type="radio" name="v"> بلی</label><label><input type="radio" name="v"> خیر</label><button>ثبت نظر</button></form>', _DENIED),
    "text: where the offices are": Hostile(
        PERMIT, _p(PROSE) + '<form><h4>جستجوی دفتر</h4><label>استان <select name="o"><option>تهران</option><option>یزد</option></select></label><label>شهر <input name="c"></label><button>جستجو</button></form>', _DENIED),
    "text: a tender": Hostile(
        PERMIT, _p("مناقصه عمومی یک‌مرحله‌ای خرید رایانه برای واحد صدور پروانه. اسناد از تاریخ ۱۴۰۳/۰۲/۰۱ در سامانه ستاد در دسترس است.") + '<a href="/files/asnad.pdf">دریافت اسناد مناقصه</a>', _DENIED, heading="آگهی مناقصه شماره ۱۲"),
    "text: a job": Hostile(
        PERMIT, _p("برای واحد صدور پروانه کارشناس استخدام می‌شود.") + '<form method="post"><h4>درخواست همکاری</h4><label>نام <input name="a"></label><label>کد ملی <input name="b"></label><label>رزومه <input type="file" name="r"></label><button>ارسال رزومه</button></form>', _DENIED, heading="استخدام کارشناس صدور پروانه"),
    "text: an archive": Hostile(
        PERMIT, "<ul>" + "".join(f'<li><a href="/n/{n}">اطلاعیه صدور پروانه، {n} خرداد ۱۳۹{n}</a></li>' for n in range(1, 8)) + "</ul>", _DENIED, heading="بایگانی اطلاعیه‌های ۱۳۹۰ تا ۱۳۹۸"),
    "text: it says which button to press": Hostile(
        PERMIT, _p(PROSE, "پس از ورود به سامانه، نام و کد ملی را بنویسید و روی دکمه «ثبت درخواست» کلیک کنید.") + "<ol><li>ورود</li><li>ثبت درخواست</li><li>پرداخت</li></ol>", _DENIED),
    "text: a form that is only shown": Hostile(
        PERMIT, _p(PROSE) + '<h3>نمونه فرم پرشده</h3><form><label>نام <input name="a" value="مریم" disabled></label><label>کد ملی <input name="b" value="۰۰۱" disabled></label><label>تلفن همراه <input name="c" disabled></label></form>', ("verified",)),
    "text: a form in a comment of the source": Hostile(PERMIT, _p(PROSE, PROSE) + f"<!-- {FORM} -->", _DENIED),
    "text: a form in a template": Hostile(PERMIT, _p(PROSE, PROSE) + f"<template>{FORM}</template>", ("verified",)),
    "text: the form of a similar service": Hostile(
        "صدور پروانه بهره‌برداری چاه", FORM, _DENIED, heading="صدور پروانه بهره‌برداری معدن", others=("صدور پروانه بهره‌برداری معدن",)),
    "text: related services": Hostile(
        PERMIT, _p(PROSE, PROSE) + '<h3>خدمات مرتبط</h3><ul><li>صدور کارت بافندگی <a href="/s/card">ثبت درخواست</a></li><li>بیمه قالی‌بافان <a href="/s/insurance">ثبت درخواست</a></li></ul>', _DENIED,
        others=("صدور کارت بافندگی", "بیمه قالی‌بافان"), also=(("/s/card", "صدور کارت بافندگی", FORM), ("/s/insurance", "بیمه قالی‌بافان", FORM))),
    "text: statistics": Hostile(
        PERMIT, "<table><tr><th>سال</th><th>پروانه</th></tr>" + "".join(f"<tr><td>139{n}</td><td>{n * 417}</td></tr>" for n in range(1, 9)) + "</table>", _DENIED, heading="آمار صدور پروانه بهره‌برداری کارگاه قالی‌بافی"),
    "text: a guide to download": Hostile(
        PERMIT, _p(PROSE) + '<a href="/files/rahnama.pdf">راهنمای تصویری درخواست پروانه</a>', (*_DENIED, "contradicted/form_download_only")),
    "text: it is done without a visit": Hostile(PERMIT, _p(PROSE, "این خدمت بدون مراجعه حضوری و تنها از درگاه ملی انجام می‌شود."), (*_DENIED, "contradicted/in_person_only")),
    "text: buildings under construction": Hostile(
        "صدور شناسنامه ساختمان", _p("ساختمان‌های در دست ساخت شناسنامه نمی‌گیرند. واحد در دست احداث باید نخست گواهی پایان کار بگیرد.", PROSE), (*_DENIED, "contradicted/under_construction")),
    "text: to send it to friends": Hostile(
        PERMIT, _p(PROSE) + '<form method="post"><h4>ارسال به دوستان</h4><label>نام شما <input name="a"></label><label>رایانامه دوست <input name="b"></label><label>تلفن <input name="c"></label><button>ارسال</button></form>', _DENIED),
    "text: the mail of the staff": Hostile(PERMIT, _p(PROSE, PROSE) + '<p><a href="/staff">ورود به پست الکترونیک کارکنان</a></p>', _DENIED, also=(("/staff", "پست الکترونیک کارکنان", LOGIN_BOX),)),
    # boxes of the frame that the home page lacks
    "text: an event, not at home": Hostile(PERMIT, _p(PROSE, PROSE), _DENIED, side=_EVENT_BOX, hidden_at_home=True),
    "text: a log-in box, not at home": Hostile(PERMIT, _p(PROSE, PROSE), _DENIED, side=LOGIN_BOX, hidden_at_home=True),
    "text: tracking of all services, not at home": Hostile(PERMIT, _p(PROSE, PROSE), _DENIED, side=_TRACK_BOX, hidden_at_home=True),
    "text: was the page useful, not at home": Hostile(PERMIT, _p(PROSE, PROSE), _DENIED, side=_USEFUL, hidden_at_home=True),
    "form: an event, not at home": Hostile(PERMIT, _p(PROSE) + FORM, _GRANTED, side=_EVENT_BOX, hidden_at_home=True),
    "form: a notice of maintenance on every page": Hostile(PERMIT, _p(PROSE) + FORM, _GRANTED, side="<p>سامانه جمعه شب در حال به‌روز رسانی است و در دسترس نیست.</p>"),
    "text: a notice of maintenance on every page": Hostile(
        PERMIT, _p(PROSE, PROSE), (*_DENIED, "contradicted/under_construction"), side="<p>این سامانه در دست به‌روز رسانی است و به زودی راه‌اندازی می‌شود.</p>"),
    "form: a trial version": Hostile(PERMIT, _p("این سامانه در نسخه آزمایشی است.") + FORM, _GRANTED),
    # forms of something else under the name of the service
    "text: a course about the service": Hostile(
        PERMIT, FORM.replace("ثبت درخواست", "ثبت‌نام در دوره"), ("verified",), heading=f"ثبت‌نام دوره آموزشی {PERMIT}"),
    "text: opinions on the rules of the service": Hostile(
        PERMIT, _p("نظر خود را درباره پیش‌نویس بنویسید.") + '<form method="post"><label>نام <input name="a"></label><label>کد ملی <input name="b"></label><label>تلفن همراه <input name="c"></label><label>نظر <textarea name="t"></textarea></label><button>ثبت نظر</button></form>', ("verified",), heading=f"نظرخواهی درباره پیش‌نویس آیین‌نامه {PERMIT}"),
    "text: the opposite service": Hostile(PERMIT, FORM, ("verified",), heading="ابطال پروانه بهره‌برداری کارگاه قالی‌بافی"),
    "text: a forgotten password": Hostile(
        PERMIT, '<form method="post"><label>کد ملی <input name="a"></label><label>تلفن همراه <input name="b"></label><button>ارسال رمز تازه</button></form>', ("verified",), heading="بازیابی رمز عبور"),
    "text: a contest": Hostile(PERMIT, FORM.replace("ثبت درخواست", "شرکت در مسابقه"), ("verified",), heading=f"مسابقه بزرگ {PERMIT}"),
    "text: a chat": Hostile(
        PERMIT, _p(PROSE) + '<div class="chat"><h4>گفتگوی برخط</h4><form><label>نام <input name="a"></label><label>تلفن همراه <input name="b"></label><label>پیام <textarea name="t"></textarea></label><button>شروع گفتگو</button></form></div>', _DENIED),
    "text: a fault of the page": Hostile(
        PERMIT, _p(PROSE) + '<form method="post"><h4>گزارش خطا در این صفحه</h4><label>نام <input name="a"></label><label>تلفن همراه <input name="b"></label><label>شرح خطا <input name="t"></label><button>ارسال گزارش</button></form>', _DENIED),
    "text: settings of cookies": Hostile(
        PERMIT, _p(PROSE) + '<form><h4>تنظیم کوکی‌ها</h4><label><input type="checkbox" name="a"> ضروری</label><label><input type="checkbox" name="b"> آماری</label><button>ثبت</button></form>', _DENIED),
    "text: what it costs": Hostile(
        PERMIT, _p(PROSE) + '<form><h4>محاسبه تعرفه پروانه</h4><label>متراژ <input name="a"></label><label>شماره پرونده <input name="b"></label><button>محاسبه</button></form>', ("verified",)),
    "text: a date at the counter": Hostile(
        PERMIT, _p(PROSE) + '<form method="post"><h4>نوبت‌گیری حضوری</h4><label>کد ملی <input name="a"></label><label>تلفن همراه <input name="b"></label><label>روز <select name="d"><option>شنبه</option></select></label><button>رزرو نوبت</button></form>', ("verified",)),
    # ways to the entry
    "link: a picture with words": Hostile(PERMIT, _p(PROSE, PROSE) + '<a href="/apply"><img src="/b.png" alt="ثبت درخواست"></a>', _GRANTED, also=_APPLY),
    "link: a picture without words": Hostile(PERMIT, _p(PROSE, PROSE) + '<a href="/apply"><img src="/b.png"></a>', _GRANTED, also=_APPLY),
    "link: a name for screen readers": Hostile(PERMIT, _p(PROSE, PROSE) + '<a href="/apply" aria-label="ثبت درخواست"><i class="icon"></i></a>', _GRANTED, also=_APPLY),
    "link: a button with a script": Hostile(PERMIT, _p(PROSE, PROSE) + """<button onclick="location.href='/apply'">ثبت درخواست</button>""", _GRANTED, also=_APPLY),
    "link: in English": Hostile(PERMIT, _p(PROSE, PROSE) + '<a class="btn" href="/apply">Start</a>', _GRANTED, also=_APPLY),
    "link: folded away": Hostile(PERMIT, _p(PROSE, PROSE) + '<details><summary>شروع</summary><a href="/apply">ثبت درخواست</a></details>', _GRANTED, also=_APPLY),
    "link: a form in a frame": Hostile(PERMIT, _p(PROSE, PROSE) + '<iframe src="/apply"></iframe>', _GRANTED, also=_APPLY),
    "link: here": Hostile(PERMIT, _p(PROSE, PROSE) + '<p>برای ثبت درخواست <a href="/apply">اینجا</a> را بزنید.</p>', _GRANTED, also=_APPLY),
    "link: among the steps": Hostile(PERMIT, _p(PROSE) + '<ol><li>خواندن شرایط</li><li><a href="/apply">تکمیل اطلاعات</a></li><li>پرداخت</li></ol>', _GRANTED, also=_APPLY),
    # titles that hold words of errors
    "form: article 404": Hostile("صدور گواهی موضوع ماده ۴۰۴ قانون", FORM, _GRANTED),
    "form: things not found": Hostile("اعلام اشیای گمشده یافت نشده", FORM, _GRANTED),
    "form: errors of doctors": Hostile("ثبت شکایت از خطای پزشکی", FORM, _GRANTED),
    "text: errors in deeds": Hostile("اصلاح خطا در اسناد", _p(PROSE), (*_DENIED, "contradicted/soft_404")),
    "text: roads under repair": Hostile(
        "صدور مجوز عبور محموله ترافیکی",
        _p("فهرست راه‌های در دست تعمیر استان یزد: راه یزد به تفت."),
        (*_DENIED, "contradicted/under_construction"),
        heading="راه‌های در دست تعمیر",
    ),
    "text: houses being built": Hostile(
        "تخصیص مسکن به کارگران", _p("مسکن‌های در دست احداث یزد."), (*_DENIED, "contradicted/under_construction"), heading="مسکن‌های در دست احداث"),
    "text: limited access": Hostile(
        "رفع محدودیت حساب بازرگان", _p("اگر دسترسی شما به سامانه محدود شده است، بدهی خود را بپردازید. رفع محدودیت یک روز کار می‌برد."), (*_DENIED, "inconclusive/blocked")),
    "text: moving to another place": Hostile(
        "ثبت انتقال محل کارگاه", _p("کارگاهی که در حال انتقال به محل تازه است، پروانه خود را ظرف ده روز به‌روز می‌کند."), (*_DENIED, "inconclusive/blocked")),
    "form: accounts closed until further notice": Hostile(
        "بازگشایی کارگاه‌های بسته تا اطلاع ثانوی", _p("کارگاهی که تا اطلاع ثانوی بسته است با این فرم بازگشایی می‌شود.") + FORM, _GRANTED),
    # other letters, other shells
    "form: Arabic letters": Hostile(PERMIT, _p(PROSE) + FORM, _GRANTED, heading=PERMIT.replace("ی", "ي").replace("ک", "ك")),
    "form: presentation forms": Hostile(PERMIT, FORM, _GRANTED, heading="ﺻﺪﻭﺭ ﭘﺮﻭﺍﻧﻪ ﺑﻬﺮﻩ ﺑﺮﺩﺍﺭﯼ ﮐﺎﺭﮔﺎﻩ ﻗﺎﻟﯽ ﺑﺎﻓﯽ"),
    "shell: it is loading": Hostile(
        PERMIT, '<!doctype html><html><head><title>سامانه</title></head><body><div id="app">در حال بارگذاری…</div><script src="/app.js"></script></body></html>', _GRANTED, bare=True),
    "shell: it asks for scripts": Hostile(
        PERMIT, f'<!doctype html><html><head><title>{PERMIT}</title></head><body><noscript>لطفاً جاوااسکریپت را فعال کنید.</noscript><main id="root"></main><script src="/app.js"></script></body></html>', _GRANTED, bare=True),
    "form: values that are missing": Hostile(
        PERMIT, "<table><tr><td>هزینه</td><td>---</td></tr><tr><td>زمان</td><td>-</td></tr><tr><td>تلفن</td><td>...</td></tr></table>" + FORM, _GRANTED),
    "form: a template's words in a script": Hostile(PERMIT, '<script type="text/x-template"><p>{{ title }} Lorem ipsum dolor sit amet</p></script>' + FORM, _GRANTED),
}  # fmt: skip
