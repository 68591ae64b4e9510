"""Access to information (T07): who answers, and how many requests there were. Rows of texts in three looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from checks.finding import Finding
from evidence.canonical import canonical

PORTAL = "http://portal.test/"
INTRO = (
    "شهروندان می‌توانند بر پایهٔ قانون انتشار و دسترسی آزاد به اطلاعات مصوب ۱۳۸۸ اطلاعات این سازمان را درخواست کنند. "
    * 3
)
Look = Callable[[str], str]


def page(heading: str, body: str) -> str:
    return f"<html><head><title>{heading}</title></head><body><main><h1>{heading}</h1>{body}</main></body></html>"


def plain(words: str) -> str:
    return page("دسترسی آزاد به اطلاعات", f"<p>{INTRO}</p><p>{words}</p>")


def cards(words: str) -> str:
    return page("دسترسی آزاد به اطلاعات", f"<div class=card><ul><li>{INTRO}</li><li>{words}</li></ul></div>")


def portlet(words: str) -> str:
    body = f"<tr><td>{INTRO}</td></tr><tr><td>{words}</td></tr>"
    return page("دسترسی آزاد به اطلاعات", f"<table class=portlet>{body}</table>")


LOOKS: dict[str, Look] = {"plain": plain, "cards": cards, "portlet": portlet}

# words: what is true of the officer
OFFICERS: dict[str, str] = {
    "مسئول دسترسی آزاد به اطلاعات: خانم مریم احمدی، مدیر روابط عمومی": "verified",
    "رابط انتشار و دسترسی آزاد به اطلاعات: دکتر علی رضایی، تلفن ۰۲۱-۸۸۷۷۶۶۵۵": "verified",
    "نماینده سازمان در دسترسی آزاد به اطلاعات: علی رضایی - داخلی ۲۱۴": "verified",
    "کارشناس دسترسی آزاد به اطلاعات: آقای موسوی (mousavi@portal.test)": "verified",
    "Access to information officer: Maryam Ahmadi, tel. 021-88776655": "verified",
    "مسؤول الوصول إلى المعلومات: السيدة مريم أحمدي، هاتف 021-88776655": "verified",
    "مسئول دسترسی آزاد به اطلاعات: خانم مریم احمدی": "partial",
    "مسئول اطلاع‌رسانی سازمان خانم مریم احمدی است و شمارهٔ داخلی او ۲۱۴.": "verified",
    "مسئول اطلاع‌رسانی: علی رضایی، مدیر روابط عمومی": "verified",
    "مسئول اطلاع‌رسانی به پرسش‌ها پاسخ می‌دهد؛ داخلی ۲۱۴.": "not_found_anywhere",
    # nobody is named
    "مسئول دسترسی آزاد به اطلاعات، تلفن ۰۲۱-۸۸۷۷۶۶۵۵": "not_found_anywhere",
    "مسئول دسترسی آزاد به اطلاعات: ......": "not_found_anywhere",
    "مسئول دسترسی آزاد به اطلاعات: روابط عمومی، تلفن ۰۲۱-۸۸۷۷۶۶۵۵": "not_found_anywhere",
    "دکتر علی رضایی، مدیرکل، از ساختمان تازه بازدید کرد.": "not_found_anywhere",
    "مسئولان باید دسترسی آزاد به اطلاعات را جدی بگیرند.": "not_found_anywhere",
    "برای دسترسی آزاد به اطلاعات درخواست خود را بفرستید.": "not_found_anywhere",
}

# words: (verdict or reason, year, requests)
FIGURES: dict[str, tuple[str, int | None, int | None]] = {
    "در سال ۱۴۰۳ تعداد ۱۲۰ درخواست ثبت شد.": ("verified", 1403, 120),
    "در سال ۱۴۰۴ تاکنون ۱٬۲۳۴ فقره درخواست رسیده است.": ("verified", 1404, 1234),
    "تعداد درخواست‌های سال ۱۴۰۲: ۴۵ مورد": ("verified", 1402, 45),
    "در سال ۱۴۰۳ هیچ؛ در سال ۱۴۰۲، ۷ درخواست پاسخ داده شد": ("verified", 1402, 7),
    "In 2024, 87 requests were answered.": ("verified", 1403, 87),
    "در سال ۱۳۹۷ تعداد ۳۰ درخواست ثبت شد.": ("partial", 1397, 30),
    # no figures
    "به هر درخواست ظرف ۱۰ روز پاسخ داده می‌شود؛ سال ۱۴۰۳ سال خوبی بود.": ("not_found_anywhere", None, None),
    "تعداد زیادی درخواست در سال ۱۴۰۳ ثبت شد.": ("not_found_anywhere", None, None),
    "۱۲۰ درخواست ثبت شد.": ("not_found_anywhere", None, None),
    "درخواست بر پایهٔ ماده ۵ قانون مصوب ۱۳۸۸ داده می‌شود.": ("not_found_anywhere", None, None),
    "برای درخواست با شماره ۸۸۷۷۶۶ در سال ۱۴۰۳ تماس بگیرید.": ("not_found_anywhere", None, None),
    "در سال [سال] تعداد ...... درخواست ثبت شد.": ("not_found_anywhere", None, None),
}


def judge(
    seen: Any, *answers: str | int, account: bool = True, link: str = "دسترسی آزاد به اطلاعات"
) -> dict[str, Finding]:
    seen.http(PORTAL, f'<html><body><h1>سازمان</h1><a href="/foi">{link}</a></body></html>', purpose="home")
    for attempt, answer in enumerate(answers, start=1):
        facts: dict[str, Any] = {"attempt": attempt, "at": 60.0 * attempt}
        if isinstance(answer, int):
            seen.http(f"{PORTAL}foi", "", status=answer, **facts)
        else:
            seen.http(f"{PORTAL}foi", answer, **facts)
    if account:
        seen.account()
    return {f.check: f for f in seen.found("foi.officer", "foi.statistics")}


@pytest.mark.parametrize("check", ["foi.officer", "foi.statistics"])
def test_a_page_that_was_read_to_its_end_tells_nothing_of_it(seen: Any, check: str) -> None:
    found = judge(seen, plain("هر کس می‌تواند درخواست دهد."))[check]
    assert found.observed["read_whole"] is True


@pytest.mark.parametrize(
    ("words", "check"),
    [
        ("<a href=/o>معرفی مسئول دسترسی آزاد</a>", "foi.officer"),
        ("<a href=/s.pdf>آمار سالانهٔ درخواست‌ها</a>", "foi.statistics"),
        ("<a href=/s>گزارش عملکرد سامانه</a>", "foi.statistics"),
        ("<script src=/x.js></script>", "foi.officer"),
        # in a shape that nobody reads here
        ("مسئول دسترسی آزاد به اطلاعات: م. ا.", "foi.officer"),
        ("<img src=/n.png alt='نمودار درخواست‌ها'>", "foi.statistics"),
        ("آمار: ۱۲۰ فقره", "foi.statistics"),
    ],
)
def test_a_page_that_leads_on_settles_nothing(seen: Any, words: str, check: str) -> None:
    assert "read_whole" not in judge(seen, plain(f"هر کس می‌تواند درخواست دهد. {words}"))[check].observed


def test_an_incomplete_look_settles_nothing(seen: Any) -> None:
    found = judge(seen, plain("هر کس می‌تواند درخواست دهد."), account=False)
    assert not any("read_whole" in one.observed for one in found.values())


def outcome(finding: Finding) -> str:
    return finding.reason or finding.verdict


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("words", OFFICERS)
def test_an_officer(seen: Any, look: str, words: str) -> None:
    found = judge(seen, LOOKS[look](words))["foi.officer"]
    assert outcome(found) == OFFICERS[words], found.observed
    if found.reason in ("no_match", "not_found_anywhere"):
        assert (found.verdict, found.observed["complete_look"]) == ("inconclusive", True)
    told = canonical(found.to_json())
    assert not any(private in told for private in ("احمدی", "رضایی", "موسوی", "8877", "۸۸۷۷"))
    assert found.captures


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("words", FIGURES)
def test_figures(seen: Any, look: str, words: str) -> None:
    verdict, year, number = FIGURES[words]
    found = judge(seen, LOOKS[look](words))["foi.statistics"]
    assert outcome(found) == verdict, found.observed
    assert (found.observed.get("year"), found.observed.get("requests")) == (year, number)


def test_a_name_within_the_office_is_not_quoted(seen: Any) -> None:
    words = "مسئول محترم خانم مریم احمدی در دسترسی آزاد به اطلاعات: آقای موسوی، مدیر حقوقی"
    told = canonical(judge(seen, plain(words))["foi.officer"].to_json())
    assert not any(private in told for private in ("احمدی", "موسوی"))


OFFICE_TABLE = (
    "<table><tr><th>سمت</th><th>نام و نام خانوادگی</th><th>تلفن</th></tr><tr><td>رئیس سازمان</td><td>علی رضایی</td><td>۸۸۷۷۶۶۵۵</td></tr>"
    "<tr><td>مسئول دسترسی آزاد به اطلاعات</td><td>مریم احمدی</td><td>۸۸۷۷۶۶۵۶</td></tr></table>"
)


def test_an_officer_in_a_table(seen: Any) -> None:
    assert judge(seen, plain(OFFICE_TABLE))["foi.officer"].verdict == "verified"


def test_an_officer_below_a_heading(seen: Any) -> None:
    words = "</p><h3>مسئول دسترسی آزاد به اطلاعات</h3><p>نام: مریم احمدی</p><p>تلفن: ۸۸۷۷۶۶۵۵</p><p>"
    assert judge(seen, plain(words))["foi.officer"].verdict == "verified"


def test_an_officer_on_the_page_of_contact(seen: Any) -> None:
    home = '<html><body><h1>سازمان</h1><a href="/c">تماس با ما</a> <a href="/foi">دسترسی آزاد به اطلاعات</a></body></html>'
    seen.http(PORTAL, home, purpose="home")
    seen.http(f"{PORTAL}foi", plain("فرم درخواست را پر کنید."), at=10)
    body = (
        "<p>نشانی: خیابان آزادی، تلفن سازمان، پست الکترونیک و صندوق پستی در این صفحه آمده است. " * 4 + "</p>"
    )
    officer = "<p>رابط دسترسی آزاد به اطلاعات: مریم احمدی، کارشناس حقوقی</p>"
    seen.http(f"{PORTAL}c", page("تماس با ما", body + officer), at=20)
    seen.account()
    found = seen.of("foi.officer")["foi"]
    assert (found.verdict, found.observed["url"]) == ("verified", f"{PORTAL}c")


STATISTICS_TABLE = (
    "<table><tr><th>سال</th><th>تعداد درخواست</th><th>پاسخ داده شده</th></tr><tr><td>۱۴۰۲</td><td>۸۰</td><td>۷۸</td></tr>"
    "<tr><td>۱۴۰۳</td><td>۱۲۰</td><td>۱۱۹</td></tr></table>"
)


def test_figures_in_a_table(seen: Any) -> None:
    found = judge(seen, plain(STATISTICS_TABLE))["foi.statistics"]
    assert (found.verdict, found.observed["year"], found.observed["requests"]) == ("verified", 1403, 120)


def test_figures_under_a_heading_with_the_year(seen: Any) -> None:
    table = "<h2>آمار سال ۱۴۰۳</h2><table><tr><td>درخواست‌های رسیده</td><td>۱۲۰</td></tr><tr><td>پاسخ داده شده</td><td>۱۱۸</td></tr></table>"
    found = judge(seen, plain(table))["foi.statistics"]
    assert (found.verdict, found.observed["requests"]) == ("verified", 120)


def test_figures_on_a_page_of_their_own(seen: Any) -> None:
    seen.http(
        PORTAL,
        '<html><body><h1>سازمان</h1><a href="/s">آمار درخواست‌های دسترسی آزاد</a></body></html>',
        purpose="home",
    )
    body = f"<p>{INTRO}</p>{STATISTICS_TABLE}"
    seen.http(f"{PORTAL}s", page("آمار درخواست‌های دسترسی آزاد به اطلاعات", body), at=10)
    seen.account()
    assert seen.of("foi.statistics")["foi_statistics"].verdict == "verified"


TEMPLATE = page(
    "دسترسی آزاد به اطلاعات",
    "<p>" + "[نام سازمان] درخواست دسترسی آزاد را در [مدت زمان] پاسخ می‌دهد. " * 5 + "</p>",
)


@pytest.mark.parametrize(
    ("answers", "verdict", "reason"),
    [([TEMPLATE] * 2, "contradicted", "hollow"), ([TEMPLATE], "inconclusive", "not_attempted"),
     ([404, 404], "contradicted", "dead_link"), ([404], "inconclusive", "not_attempted"), ([403, 403], "inconclusive", "blocked"),
     ([], "inconclusive", "not_attempted")],
    ids=["template", "template once", "dead", "dead once", "forbidden", "not captured"],
)  # fmt: skip
def test_pages_that_say_nothing(seen: Any, answers: list[Any], verdict: str, reason: str) -> None:
    found = judge(seen, *answers)["foi.officer"]
    assert (found.verdict, found.reason) == (verdict, reason)


@pytest.mark.parametrize("account", [True, False])
def test_no_page_anywhere(seen: Any, account: bool) -> None:
    for finding in judge(seen, account=account, link="اخبار").values():
        assert (finding.verdict, finding.reason) == (
            "inconclusive",
            "not_found_anywhere" if account else "no_match",
        )
        assert finding.observed["complete_look"] is account


def test_the_system_of_the_state_names_nobody_of_ours(seen: Any) -> None:
    address = "https://foia.iran.gov.ir/"
    seen.http(
        PORTAL, f'<html><body><a href="{address}">دسترسی آزاد به اطلاعات</a></body></html>', purpose="home"
    )
    seen.http(address, page("سامانه", "<p>مسئول دسترسی آزاد به اطلاعات: خانم مریم احمدی، مدیر</p>"), at=9)
    seen.account()
    found = {f.check: f for f in seen.found("elements.foi", "foi.officer")}
    if found["elements.foi"].observed["notes"] == ["known_host"]:
        assert found["foi.officer"].verdict == "inconclusive"


OFFICER = "مسئول دسترسی آزاد به اطلاعات: خانم مریم احمدی، مدیر روابط عمومی"
COUNT = "در سال ۱۴۰۳ تعداد ۱۲۰ درخواست ثبت شد."
# what is done to the words: (what stands there instead, the check that has to notice)
MUTATIONS = {
    "officer removed": (COUNT, "foi.officer"),
    "name removed": (f"مسئول دسترسی آزاد به اطلاعات: مدیر روابط عمومی. {COUNT}", "foi.officer"),
    "name emptied": (f"مسئول دسترسی آزاد به اطلاعات: ------، مدیر روابط عمومی. {COUNT}", "foi.officer"),
    "name a template's": (f"مسئول دسترسی آزاد به اطلاعات: [نام مسئول]، مدیر روابط عمومی. {COUNT}", "foi.officer"),
    "post removed": (f"مسئول دسترسی آزاد به اطلاعات: خانم مریم احمدی. {COUNT}", "foi.officer"),
    "figures removed": (OFFICER, "foi.statistics"),
    "number removed": (f"{OFFICER}. در سال ۱۴۰۳ درخواست‌ها ثبت شد.", "foi.statistics"),
    "number emptied": (f"{OFFICER}. در سال ۱۴۰۳ تعداد ...... درخواست ثبت شد.", "foi.statistics"),
    "year removed": (f"{OFFICER}. تعداد ۱۲۰ درخواست ثبت شد.", "foi.statistics"),
    "old year": (f"{OFFICER}. در سال ۱۳۹۵ تعداد ۱۲۰ درخواست ثبت شد.", "foi.statistics"),
}  # fmt: skip


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_mutation_is_detected(seen: Any, look: str, mutation: str) -> None:
    words, check = MUTATIONS[mutation]
    found = judge(seen, LOOKS[look](words))
    assert found.pop(check).verdict != "verified"
    assert [other.verdict for other in found.values()] == ["verified"]
