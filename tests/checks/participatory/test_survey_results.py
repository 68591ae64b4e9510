"""Results of surveys (P04): each row is what a page tells, and what is missing in it."""

from __future__ import annotations

from typing import Any

import pytest

PORTAL = "http://portal.test/"
INTRO = (
    "<p>نتیجهٔ نظرسنجی از کسانی که از خدمات این سازمان استفاده کرده‌اند در این صفحه منتشر می‌شود تا همه ببینند مردم چه گفته‌اند. "
    * 2
    + "</p>"
)
FIGURES = "<p>۷۲ درصد پاسخ‌ها رضایت از سرعت رسیدگی را نشان می‌دهد و ۱۸ درصد ناراضی بوده‌اند.</p>"
PEOPLE = "<p>تعداد پاسخ‌دهندگان: ۱٬۲۵۰ نفر</p>"
PERIOD = "<p>بازه نظرسنجی: از ۱۴۰۴/۰۴/۰۱ تا ۱۴۰۴/۰۶/۳۱</p>"

# name: (body, verdict, reason, what lacks)
PAGES: dict[str, tuple[str, str, str | None, list[str]]] = {
    "all": (INTRO + FIGURES + PEOPLE + PERIOD, "verified", None, []),
    "people in a sentence": (INTRO + FIGURES + "<p>در این نظرسنجی ۸۷۰ شرکت‌کننده پاسخ دادند.</p>" + PERIOD, "verified", None, []),
    "a season": (INTRO + FIGURES + PEOPLE + "<p>دوره: تابستان ۱۴۰۴</p>", "verified", None, []),
    "a quarter": (INTRO + FIGURES + PEOPLE + "<p>نظرسنجی سه‌ماهه دوم ۱۴۰۴</p>", "verified", None, []),
    "a year": (INTRO + FIGURES + PEOPLE + "<p>نظرسنجی سال ۱۴۰۳</p>", "verified", None, []),
    "English": ("<p>Results of the survey of users of our services, as satisfaction by service. " * 3 + "</p><p>72% were satisfied (n = 1,250).</p><p>Survey period: 1 July 2025 to 30 September 2025</p>", "verified", None, []),
    "in a table": (
        INTRO + "<table><tr><th>دوره</th><th>تعداد پاسخ‌دهندگان</th><th>رضایت</th></tr><tr><td>۱۴۰۴/۰۶/۳۱</td><td>۱۲۵۰</td><td>۷۲٪</td></tr></table>",
        "verified", None, []),
    "shares by the head of their column": (
        INTRO + PEOPLE + PERIOD + "<table><tr><th>واحد</th><th>خوب و خیلی خوب (درصد)</th></tr><tr><td>باجه</td><td>۸۱</td></tr></table>",
        "verified", None, []),
    "published in the sentence after the period": (
        INTRO + FIGURES + PEOPLE + "<p>پرسش‌ها در بازهٔ ۱ تیر تا ۳۱ شهریور ۱۴۰۴ پرسیده شد. این گزارش در ۲۰ مهر ۱۴۰۴ منتشر شد.</p>",
        "verified", None, []),
    "the day it was published, in a sentence on the survey": (
        INTRO + FIGURES + PEOPLE + "<p>نتیجهٔ نظرسنجی از مراجعان در ۲۰ مهر ۱۴۰۴ منتشر شد.</p>", "partial", None, ["period"]),
    "no people": (INTRO + FIGURES + PERIOD, "partial", None, ["people"]),
    "no period": (INTRO + FIGURES + PEOPLE, "partial", None, ["period"]),
    "nothing but the day it was published": (INTRO + FIGURES + PEOPLE + "<p>تاریخ انتشار: ۱۴۰۴/۰۷/۱۵</p>", "partial", None, ["period"]),
    "old": (INTRO + FIGURES + PEOPLE + "<p>بازه نظرسنجی: از ۱۳۹۸/۰۴/۰۱ تا ۱۳۹۸/۰۶/۳۱</p>", "partial", None, []),
    "figures alone": (INTRO + FIGURES, "inconclusive", "not_found_anywhere", []),
    "no figures": (INTRO + PEOPLE + PERIOD, "inconclusive", "not_found_anywhere", []),
    "promised": (INTRO + "<p>نتایج پس از پایان دوره اعلام خواهد شد.</p>", "inconclusive", "not_found_anywhere", []),
    "template": (INTRO + "<p>[درصد] درصد پاسخ‌دهندگان، [تعداد] نفر، در دوره [تاریخ] راضی بودند.</p>", "contradicted", "hollow", []),
    "one sentence": ("<p>نتیجه نظرسنجی خوب بود.</p>", "contradicted", "hollow", []),
    "not ready": ("<p>این بخش در دست تکمیل است.</p>", "contradicted", "under_construction", []),
}  # fmt: skip


def plain(heading: str, body: str) -> str:
    return f"<html><head><title>{heading}</title></head><body><h1>{heading}</h1>{body}</body></html>"


def card(heading: str, body: str) -> str:
    return (
        f"<html><head><title>{heading}</title></head><body><main><section class=card><h2 class=card-title>{heading}</h2>"
        f"<div class=card-body>{body}</div></section></main></body></html>"
    )


def portlet(heading: str, body: str) -> str:
    return (
        f"<html><head><title>درگاه - {heading}</title></head><body><div class=portlet><div class=portlet-title>{heading}</div>"
        f"<div class=portlet-body>{body}</div></div></body></html>"
    )


LOOKS = {"plain": plain, "card": card, "portlet": portlet}
NAME = "نتایج نظرسنجی"


def judged(seen: Any, *answers: Any, words: str = NAME, account: bool = True) -> Any:
    home = plain("سازمان", f'<a href="/r">{words}</a> <a href="/news">اخبار</a>')
    seen.http(PORTAL, home, purpose="home")
    for attempt, answer in enumerate(answers, 1):
        facts: dict[str, Any] = {"attempt": attempt, "at": 60.0 * attempt}
        if isinstance(answer, int):
            seen.http(f"{PORTAL}r", "", status=answer, **facts)
        else:
            seen.http(f"{PORTAL}r", answer, **facts)
    if account:
        seen.account()
    return seen.of("survey.results")["survey_results"]


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_what_a_page_of_results_tells(seen: Any, name: str, look: str) -> None:
    body, verdict, reason, lacks = PAGES[name]
    text = LOOKS[look](NAME, body)
    found = judged(seen, text, text)
    assert (found.verdict, found.reason) == (verdict, reason), found.observed
    assert found.observed.get("lacks", []) == lacks
    assert found.captures
    if reason in ("no_match", "not_found_anywhere"):
        assert found.observed["complete_look"] is True
        assert found.observed["read_whole"] is True


@pytest.mark.parametrize("more", ["<p><img src=/chart.png></p>", "<p><a href=/r.pdf>گزارش کامل</a></p>"])
def test_a_picture_or_document_may_tell_more(seen: Any, more: str) -> None:
    text = plain(NAME, INTRO + FIGURES + more)
    found = judged(seen, text, text)
    assert (found.verdict, found.reason) == ("inconclusive", "not_found_anywhere")
    assert "read_whole" not in found.observed


def test_results_below_the_questions(seen: Any) -> None:
    form = "<form method=post><label>خوب <input type=radio name=r></label><button>ثبت رأی</button></form>"
    text = plain("نظرسنجی", form + INTRO + FIGURES + PEOPLE + PERIOD)
    found = judged(seen, text, text, words="نظرسنجی")
    assert (found.verdict, found.reason) == ("verified", None)


@pytest.mark.parametrize("complete", [True, False])
def test_no_page_of_results(seen: Any, complete: bool) -> None:
    seen.http(PORTAL, plain("سازمان", "خوش آمدید"), purpose="home")
    if complete:
        seen.account()
    found = seen.of("survey.results")["survey_results"]
    assert (found.verdict, found.reason) == ("inconclusive", "not_found_anywhere" if complete else "no_match")
    assert found.observed["complete_look"] is complete


def test_scripts_that_nobody_saw_at_work(seen: Any) -> None:
    text = plain(NAME, INTRO + "<script src=/chart.js></script>")
    found = judged(seen, text, text)
    assert (found.verdict, found.reason) == ("inconclusive", "needs_browser")


def test_the_day_of_the_visit_is_no_period(seen: Any) -> None:
    bodies = [
        plain(NAME, INTRO + FIGURES + PEOPLE + f"<p>{day}</p>") for day in ("۱۰ آذر ۱۴۰۴", "۱۱ آذر ۱۴۰۴")
    ]
    assert judged(seen, *bodies).observed["lacks"] == ["period"]


ALL = INTRO + FIGURES + PEOPLE + PERIOD
# what is done to a page that is verified: what it must come to
MUTATIONS: dict[str, tuple[Any, str]] = {
    "removed": (404, "contradicted"),
    "empty": (plain(NAME, ""), "contradicted"),
    "template": (plain(NAME, ALL.replace("۱٬۲۵۰", "[تعداد]").replace("۷۲", "[درصد]")), "contradicted"),
    "old date": (plain(NAME, ALL.replace("۱۴۰۴", "۱۳۹۸")), "partial"),
    "dead target": (plain("صفحه مورد نظر یافت نشد", "<p>خطا</p>"), "contradicted"),
    "people cut": (plain(NAME, ALL.replace(PEOPLE, "")), "partial"),
    "period cut": (plain(NAME, ALL.replace(PERIOD, "")), "partial"),
    "figures cut": (plain(NAME, ALL.replace(FIGURES, "")), "inconclusive"),
}  # fmt: skip


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_what_is_done_to_results_shows(seen: Any, mutation: str) -> None:
    body, verdict = MUTATIONS[mutation]
    assert judged(seen, body, body).verdict == verdict
