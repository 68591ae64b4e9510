"""What sentences say of the way a service is done. Word lists are data; so are these truths."""

import pytest

from checks.page.content import PageContent
from checks.services import wording
from web.document import Document

# sentence: (sends people somewhere, says that it is done electronically)
SENTENCES: dict[str, tuple[bool, bool]] = {
    "متقاضی باید با در دست داشتن مدارک به دبیرخانه سازمان مراجعه نماید.": (True, False),
    "این خدمت صرفاً به صورت حضوری ارائه می‌شود.": (True, False),
    "برای دریافت خدمت به دفاتر پیشخوان دولت مراجعه کنید.": (True, False),
    "مراجعه حضوری متقاضی به شعبه الزامی است.": (True, False),
    "مدارک را تحویل دبیرخانه دهید.": (True, False),
    "شخصاً به واحد صدور پروانه مراجعه فرمایید.": (True, False),
    "متقاضیان می‌توانند همه روزه در ساعات اداری به باجه شماره ۳ مراجعه کنند.": (True, False),
    "درخواست کتبی خود را به همراه مدارک با پست سفارشی ارسال کنید.": (True, False),
    "پذیرش درخواست‌ها تنها در محل شعبه انجام می‌شود.": (True, False),
    "حضور متقاضی یا وکیل قانونی وی در اداره الزامی است.": (True, False),
    "این خدمت غیرحضوری نیست.": (True, False),
    "این خدمت به صورت الکترونیکی ارائه نمی‌شود.": (True, False),
    "امکان ثبت درخواست به صورت اینترنتی فراهم نیست.": (True, False),
    "نیازی به مراجعه حضوری نیست.": (False, True),
    "بدون مراجعه حضوری درخواست خود را ثبت کنید.": (False, True),
    "این خدمت غیرحضوری است.": (False, True),
    "لطفا از مراجعه حضوری خودداری فرمایید.": (False, True),
    "برای ثبت درخواست به سامانه جامع خدمات مراجعه نمایید.": (False, True),
    "ثبت درخواست به صورت الکترونیکی و تحویل گواهی به صورت حضوری انجام می‌شود.": (False, True),
    "در صورت عدم امکان ثبت اینترنتی به دفاتر پیشخوان مراجعه کنید.": (False, True),
    "تحویل کارت به صورت حضوری در اداره انجام می‌شود.": (False, False),
    "در صورت نقص مدارک به اداره مراجعه نمایید.": (False, False),
    "نیازی به ارائه مدارک غیرالکترونیکی نیست.": (False, False),
    "مدارک لازم: کارت ملی و شناسنامه.": (False, False),
    "زمان رسیدگی ده روز کاری است.": (False, False),
    "بایستی شخصاً با در دست داشتن معرفی‌نامه و کارت ملی در ساعت اداری به واحد پذیرش بایگانی مراجعه نمایند": (
        True,
        False,
    ),
    "جهت انجام امور با در دست داشتن مدارک به امور مشترکین مراجعه فرمایید.": (True, False),
    "دریافت این خدمت مستلزم مراجعه به نزدیک‌ترین دفتر پیشخوان است.": (True, False),
    "درخواست کتبی به دبیرخانه تحویل داده شود و شماره ثبت دریافت گردد.": (True, False),
    "پذیرش درخواست‌ها تنها در محل شعبه و از ساعت ۸ تا ۱۲ انجام می‌شود.": (True, False),
    "متقاضیان با مراجعه به شعب بانک نسبت به تکمیل فرم اقدام کنند.": (True, False),
    "ثبت درخواست تنها با مراجعه حضوری به معاونت بازرسی و تکمیل برگه درخواست انجام می‌شود.": (True, False),
    "کلیه مراحل به صورت کاملا حضوری است.": (True, False),
    "برای انجام این خدمت باید به پلیس +۱۰ مراجعه کنید.": (True, False),
    "متقاضی ضمن مراجعه به شهرداری منطقه فرم را تکمیل می‌کند.": (True, False),
    "انجام این کار از طریق دفاتر پیشخوان دولت صورت می‌گیرد.": (True, False),
    "مدارک را به واحد صدور تحویل دهید.": (True, False),
    "این خدمت فقط در محل اداره ارائه می‌شود.": (True, False),
    "به نشانی خیابان آزادی، پلاک ۱۲ مراجعه نمایید.": (True, False),
    "ارباب رجوع می‌بایست به اتاق ۱۲ مراجعه کند": (True, False),
    "شناسه بهداشتی محصولات به واحدهای دارای پروانه ساخت داده می‌شود و سه سال اعتبار دارد.": (False, False),
    "معرفی به مرکز آزمون": (False, False),
    "لطفاً بعداً مراجعه فرمایید": (False, False),
    "سامانه به‌طور موقت از دسترس خارج است؛ لطفاً بعداً مراجعه فرمایید.": (False, False),
    "برای اطلاعات بیشتر به بخش راهنما مراجعه کنید.": (False, False),
    "به بخش خدمات الکترونیک سایت سازمان مراجعه کنید.": (False, True),
    "برای دیدن تعرفه‌ها به جدول زیر مراجعه شود.": (False, False),
    "جهت مشاهده مقررات به ماده ۱۲ قانون مراجعه شود.": (False, False),
    "به سایت اداره کل مراجعه نمایید.": (False, True),
    "به وب‌سایت سازمان مراجعه فرمایید.": (False, True),
    "گزارش به ستاد مرکزی ارسال می‌شود.": (False, False),
    "پروانه به شرکت‌های دارای صلاحیت داده می‌شود.": (False, False),
    "نظارت بر واحدهای صنفی به اداره بازرسی سپرده شده است.": (False, False),
    "پرونده به کمیته تخصصی ارجاع می‌شود.": (False, False),
    "در ساعات اداری با شماره ۱۲۳ تماس بگیرید.": (False, False),
    "مدارک را به صورت فایل پی دی اف بارگذاری کنید.": (False, False),
    "تحویل کارت با مراجعه به اداره پست انجام می‌شود.": (False, False),
    "برای دریافت اصل گواهی به دبیرخانه مراجعه نمایید.": (False, False),
    "پیشخوان خدمات الکترونیک": (False, False),
    "با حضور مدیرکل و معاونان، این طرح آغاز شد.": (False, False),
    "مراجعه متقاضی به سامانه الزامی است.": (False, True),
    "تعداد بار مراجعه حضوری: ۰": (False, False),
    "خدمات الکترونیکی سازمان در این صفحه آمده است.": (False, False),
    "دیگر لازم نیست به دفتر مراجعه کنید.": (False, True),
    "شما مجبور به مراجعه به ادارات نیستید.": (False, True),
    "نیازی به مراجعه حضوری به دفاتر پیشخوان نمی‌باشد.": (False, True),
    "بدون مراجعه به اداره کل درخواست دهید.": (False, True),
    "لطفاً از مراجعه به شعبه خودداری کنید.": (False, True),
    "با این سامانه مراجعه حضوری به ادارات حذف شده است.": (False, True),
    "به جای مراجعه به شعب، در خانه اقدام کنید.": (False, True),
    "مراجعه حضوری برای این خدمت پذیرفته نمی‌شود.": (False, True),
    "جهت کاهش مراجعات حضوری این سامانه راه‌اندازی شد.": (False, True),
    "ثبت درخواست از طریق سامانه است و نیازی به حضور در سازمان نیست.": (False, True),
    "متقاضی با مراجعه به سامانه سازمان درخواست را ثبت می‌کند.": (False, True),
}


def read(body: str) -> PageContent:
    html = f"<html><body><main>{body}</main></body></html>"
    return PageContent(Document(html.encode(), "http://a.test/x", "text/html; charset=utf-8"))


@pytest.mark.parametrize(("sentence", "truth"), SENTENCES.items())
def test_a_sentence(sentence: str, truth: tuple[bool, bool]) -> None:
    page = read(f"<p>{sentence}</p>")
    assert (wording.in_person(page) is not None, wording.electronic(page) is not None) == truth


def test_what_was_said_is_kept_with_its_place() -> None:
    said = wording.in_person(read('<div id="box"><p>مقدمه. به دبیرخانه مراجعه کنید. پایان</p></div>'))
    assert said is not None
    assert said.text == "به دبیرخانه مراجعه کنید"
    assert said.selector == "div#box > p"


@pytest.mark.parametrize(
    "text", ["متن نمونه", "لورم ایپسوم متن ساختگی", "[نام سازمان] و [عنوان خدمت]", "{{ a }} {{ b }}", "........ و ......... روز"]
)  # fmt: skip
def test_marks_of_a_template(text: str) -> None:
    assert wording.placeholder(read(f"<p>{text}</p>")) is not None


@pytest.mark.parametrize("text", ["نمونه فرم تکمیل‌شده", "قانون [مصوب ۱۳۹۰]", "مثلا: تهران", "تست ورزش"])
def test_what_is_no_mark_of_a_template(text: str) -> None:
    assert wording.placeholder(read(f"<p>{text}</p>")) is None


# In words of no list: what is said of the page counts, not how.
ANNOUNCED = {
    "این میز هنوز برپا نشده است. کارشناسان سازمان مشغول نوشتن آن هستند.": True,
    "هنوز کسی اینجا ننشسته است؛ چند هفته دیگر باز گردید.": True,
    "مشغول ساختن جای بهتری هستیم. از بردباری شما سپاسگزاریم.": True,
    "تاریخ گشایش این خدمت در همین جا گفته می‌شود. شکیبا باشید.": True,
    "We are still working on this desk. Thank you for your patience.": True,
    "This desk is not ready. Check back in the coming weeks.": True,
    "کتابداران ما سرگرم نونوار کردن قفسه‌ها هستند. خیلی زود برمی‌گردیم.": True,
    # an outage of minutes, a way to another page, what becomes of a request
    "همکاران ما سرگرم رفع ایراد هستند. چند دقیقه دیگر صفحه را تازه کنید.": False,
    "به‌زودی به درگاه پرداخت منتقل می‌شوید. لطفاً شکیبا باشید.": False,
    "کارشناسان در حال بررسی درخواست‌ها هستند.": False,
    "هزینه این خدمت هنوز تصویب نشده است.": False,
    "از شکیبایی شما سپاسگزاریم.": False,
    "این خدمت به‌زودی ارزان می‌شود.": False,
}


@pytest.mark.parametrize(("text", "announced"), ANNOUNCED.items())
def test_what_is_to_come_says_so_twice(text: str, announced: bool) -> None:
    assert (
        wording.under_construction(read(f"<h1>صدور پروانه چاه</h1><p>{text}</p>")) is not None
    ) is announced


def test_a_page_that_says_more_announces_nothing() -> None:
    more = "<p>صاحب چاه پروانه را پیش از حفر می‌گیرد و هر پنج سال یک بار آن را تمدید می‌کند.</p>" * 4
    assert wording.under_construction(read(f"{more}<p>{next(iter(ANNOUNCED))}</p>")) is None


ON_PAPER = {
    "متقاضی فرم را چاپ و پس از امضای ضامن به امور دانشجویی تحویل می‌دهد.": True,
    "برگه‌های زیر را چاپ کرده، به تأیید پزشک رسانده و به نشانی دبیرخانه پست نمایید.": True,
    "شرکت باید فرم‌های زیر را پر کند، مهر کند و با نقشه به دبیرخانه بفرستد.": True,
    "فرم را در سامانه پر کنید و تصویر امضا شدهٔ آن را بفرستید.": False,
    "فرم درخواست هر سال چاپ می‌شود.": False,
    "کارت چاپ‌شده با پست فرستاده می‌شود.": False,
}


@pytest.mark.parametrize(("sentence", "paper"), ON_PAPER.items())
def test_sheets_that_are_printed_and_handed_in(sentence: str, paper: bool) -> None:
    assert (wording.on_paper(read(f"<p>{sentence}</p>")) is not None) is paper
