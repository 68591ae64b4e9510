"""Complaints: a deadline and a code (P05). Each row is what the page says, and what is true of it."""

from __future__ import annotations

from typing import Any

import pytest

PORTAL = "http://portal.test/"
FORM = (
    "<form method=post><label>نام <input name=a></label><label>تلفن <input name=b></label>"
    "<label>شرح شکایت <textarea name=c></textarea></label><button>ثبت شکایت</button></form>"
)
INTRO = (
    "شهروندان می‌توانند شکایت خود از خدمات این سازمان را از این راه ثبت کنند تا کارشناسان به آن رسیدگی کنند. "
    * 3
)


def plain(body: str) -> str:
    return f"<html><head><title>ثبت شکایت</title></head><body><h1>ثبت شکایت</h1><p>{INTRO}</p>{body}{FORM}</body></html>"


def listed(body: str) -> str:
    return (
        "<html><head><title>شکایات</title></head><body><div class=card><h2>رسیدگی به شکایات</h2><ul>"
        f"<li>{INTRO}</li><li>{body}</li></ul></div>{FORM}</body></html>"
    )


def table(body: str) -> str:
    return (
        "<html><head><title>سامانه شکایات</title></head><body><table><tr><th>سامانه شکایات</th></tr>"
        f"<tr><td>{INTRO}</td></tr><tr><td>{body}</td></tr><tr><td>{FORM}</td></tr></table></body></html>"
    )


LOOKS = {"plain": plain, "listed": listed, "table": table}

# words: (days of the deadline or None, whether a code is told)
SAID: dict[str, tuple[float | None, bool]] = {
    "به شکایت شما ظرف ده روز کاری پاسخ داده می‌شود.": (10, False),
    "مهلت پاسخ‌گویی حداکثر ۱۵ روز است.": (15, False),
    "نتیجهٔ رسیدگی تا یک ماه پس از ثبت اعلام می‌شود.": (31, False),
    "کارشناسان در ۴۸ ساعت شکایت را بررسی می‌کنند.": (2, False),
    "Complaints are answered within 5 working days.": (5, False),
    "پس از ثبت، کد رهگیری به شما داده می‌شود.": (None, True),
    "شماره پیگیری از راه پیامک برای شاکی ارسال خواهد شد.": (None, True),
    "You will receive a tracking code by text message.": (None, True),
    "سوف تستلم رقم المتابعة برسالة نصية.": (None, True),
    "ظرف هفت روز پاسخ می‌دهیم. کد پیگیری را نزد خود نگه دارید.": (7, True),
    # says neither
    "به همهٔ شکایت‌ها در اسرع وقت رسیدگی می‌شود.": (None, False),
    "شکایت از خدماتی که بیش از دو سال از آن گذشته باشد پذیرفته نمی‌شود.": (None, False),
    "مهلت ثبت شکایت ۳۰ روز پس از دریافت خدمت است.": (None, False),
    "دفتر شکایات هر روز از ساعت ۸ تا ۱۴ باز است.": (None, False),
    "سوابق شکایت ۵ سال نگهداری می‌شود.": (None, False),
    "کد پستی خود را درست وارد کنید.": (None, False),
    "در این سامانه کد رهگیری ارائه نمی‌شود.": (None, False),
    # how it went is no promise
    "در سه ماه گذشته ۳۸ شکایت بررسی شد و میانگین زمان پاسخ هفت روز بود.": (None, False),
    "Answers took 6 days on average; the average response time was 5 days.": (6, False),
    "میانگین زمان پاسخ پنج روز و حداکثر آن ده روز است.": (10, False),
}


def judge(seen: Any, text: str, *, twice: bool = True) -> dict[str, Any]:
    seen.http(PORTAL, '<html><body><a href="/c">ثبت شکایت</a></body></html>', purpose="home")
    for attempt in (1, 2) if twice else (1,):
        seen.http(f"{PORTAL}c", text, attempt=attempt, at=60.0 * attempt)
    seen.account()
    return {f.check: f for f in seen.found("complaints.")}


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("words", SAID)
def test_what_the_page_says(seen: Any, look: str, words: str) -> None:
    days, code = SAID[words]
    found = judge(seen, LOOKS[look](f"<p>{words}</p>"))
    deadline, coded = found["complaints.deadline"], found["complaints.code"]
    assert (deadline.verdict, deadline.observed.get("days")) == ("verified" if days else "inconclusive", days)
    assert coded.verdict == ("verified" if code else "inconclusive")
    for finding in found.values():
        if finding.verdict == "inconclusive":
            assert finding.reason == "not_found_anywhere" and finding.observed["complete_look"] is True
            assert finding.observed["read_whole"] is True
        assert finding.captures


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "whole"),
    [
        (plain(""), True),
        (plain("<script src=/portal.js></script>"), False),  # what a script adds nobody saw
        (plain("").replace(FORM, '<p><a href="/go">ورود به سامانه شکایات</a></p>'), False),  # it is written elsewhere
        (plain("<p>" + "<i>x</i>" * 600_000), False),
    ],
    ids=["read", "script", "no form", "too long"],
)  # fmt: skip
def test_what_a_page_that_was_read_to_its_end_does_not_say(seen: Any, page: str, whole: bool) -> None:
    found = judge(seen, page)["complaints.deadline"]
    assert (found.verdict, found.observed.get("read_whole", False)) == ("inconclusive", whole)


def test_a_field_that_asks_for_the_code(seen: Any) -> None:
    form = "<form><label>کد رهگیری شکایت <input name=code></label><button>پیگیری</button></form>"
    assert judge(seen, plain(form))["complaints.code"].observed["by"] == "form"


def test_the_number_of_the_matter_complained_about_is_no_code(seen: Any) -> None:
    form = FORM.replace("<label>تلفن", "<label>شماره پرونده <input name=case></label><label>تلفن")
    assert judge(seen, plain("").replace(FORM, form))["complaints.code"].reason == "not_found_anywhere"


@pytest.mark.parametrize(
    ("page", "verdict", "reason"),
    [
        ("<html><body><h1>ثبت شکایت</h1><p>ظرف [تعداد] روز پاسخ داده می‌شود. [متن]</p></body></html>", "contradicted", "hollow"),
        ("<html><body><h1>شکایات</h1><p>این بخش در دست تکمیل است.</p></body></html>", "contradicted", "under_construction"),
        ("<html><body><h1>شکایات</h1></body></html>", "contradicted", "hollow"),
    ],
)  # fmt: skip
def test_a_hollow_page_promises_nothing(seen: Any, page: str, verdict: str, reason: str) -> None:
    for finding in judge(seen, page).values():
        assert (finding.verdict, finding.reason) == (verdict, reason)


def test_no_page_at_all(seen: Any) -> None:
    seen.http(PORTAL, "<html><body>خوش آمدید</body></html>", purpose="home")
    found = {f.check: f for f in seen.found("complaints.")}
    assert len(found) == 2
    for finding in found.values():
        assert (finding.verdict, finding.reason) == ("inconclusive", "no_match")
        assert finding.observed["complete_look"] is False


def test_the_system_of_the_state_is_not_read(seen: Any) -> None:
    """It takes complaints for all agencies; what this agency promises stands elsewhere, or nowhere."""
    address = "https://samad.gov.ir/"
    seen.http(PORTAL, f'<html><body><a href="{address}">ثبت شکایت</a></body></html>', purpose="home")
    seen.http(address, "<html><body>سامانه ارتباط مردم و دولت</body></html>", at=9)
    seen.account()
    found = {f.check: f for f in seen.found("elements.complaints", "complaints.code")}
    if found["elements.complaints"].verdict == "verified":
        assert found["complaints.code"].verdict == "inconclusive"
        assert found["complaints.code"].observed["complete_look"] is False
