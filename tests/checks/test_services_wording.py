"""What sentences say of the way a service is done. Word lists are data; so are these truths."""

import pytest

from checks.reading import Reading
from checks.services import wording
from evidence.document import Document

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
}


def read(body: str) -> Reading:
    html = f"<html><body><main>{body}</main></body></html>"
    return Reading(Document(html.encode(), "http://a.test/x", "text/html; charset=utf-8"))


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
