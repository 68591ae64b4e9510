"""Elements of a portal: a name is a lead, the target decides. Each row is a link and what stands behind it."""

from typing import Any

import pytest

from checks.elements.words import element_ids

PORTAL = "http://portal.test/"
SENTENCES = {
    "privacy": "این درگاه نام و شماره تماس شما را تنها برای رسیدگی به درخواست نگه می‌دارد و داده‌های شخصی را به کسی نمی‌دهد. حریم خصوصی شما نزد ما محفوظ است. ",
    "sla": "این دستگاه متعهد است هر درخواست کامل را در ده روز کاری پاسخ دهد؛ توافق سطح خدمت هر سال بازنگری می‌شود و نتیجه آن منتشر می‌گردد. ",
    "faq": "پرسش: چگونه درخواست خود را ثبت کنم؟ پاسخ: از بخش خدمات، فرم را کامل کنید و کد پیگیری بگیرید و منتظر پاسخ بمانید. ",
}


def page(heading: str, body: str) -> str:
    return f"<html><head><title>{heading}</title></head><body><h1>{heading}</h1><p>{body}</p></body></html>"


def full(element: str, heading: str) -> str:
    return page(heading, SENTENCES[element] * 3)


# name: (element, words of the link, answers of the target by visit, verdict, reason)
TARGETS: dict[str, tuple[str, str, list[Any], str, str | None]] = {
    "substance": ("privacy", "حریم خصوصی", [full("privacy", "بیانیه حریم خصوصی")], "verified", None),
    "Arabic letters": ("privacy", "بيانيه حريم خصوصي", [full("privacy", "حریم خصوصی")], "verified", None),
    "English": ("privacy", "Privacy policy", [full("privacy", "حریم خصوصی")], "verified", None),
    "agreement": ("sla", "توافق‌نامه سطح خدمت", [full("sla", "توافقنامه سطح خدمت")], "verified", None),
    "questions": ("faq", "پرسش‌های متداول", [full("faq", "پرسش‌های متداول")], "verified", None),
    "complaint form": (
        "complaints", "ثبت شکایت",
        [page("ثبت شکایت", '<form><label>نام <input name=a></label><label>تلفن <input name=b></label><textarea name=c></textarea><button>ثبت</button></form>')],
        "verified", None),
    "one sentence": ("privacy", "حریم خصوصی", [page("حریم خصوصی", "حریم خصوصی شما مهم است.")] * 2, "contradicted", "hollow"),
    "a hundred and fifty characters": (
        "privacy", "حریم خصوصی", [page("حریم خصوصی", SENTENCES["privacy"][:130])] * 2, "contradicted", "hollow"),
    "one sentence, seen once": ("privacy", "حریم خصوصی", [page("حریم خصوصی", "حریم خصوصی شما مهم است.")], "inconclusive", "not_attempted"),
    "template": ("sla", "توافقنامه سطح خدمت", [page("توافقنامه سطح خدمت", "[نام دستگاه] متعهد است در [مدت زمان] روز پاسخ دهد. " * 5)] * 2, "contradicted", "hollow"),
    "not ready": ("faq", "سوالات متداول", [page("سوالات متداول", "این بخش در دست تکمیل است.")] * 2, "contradicted", "under_construction"),
    "dead": ("privacy", "حریم خصوصی", [404, 404], "contradicted", "dead_link"),
    "dead once": ("privacy", "حریم خصوصی", [404], "inconclusive", "not_attempted"),
    "forbidden": ("privacy", "حریم خصوصی", [403, 403], "inconclusive", "blocked"),
    "error page with 200": ("privacy", "حریم خصوصی", [page("صفحه مورد نظر یافت نشد", "خطا")] * 2, "contradicted", "soft_404"),
    "not captured": ("privacy", "حریم خصوصی", [], "inconclusive", "not_attempted"),
    "false friend": ("complaints", "سامد", [page("سامانه امور دانشجویی", "ورود به پشتیبانی رایانه و گزارش خرابی چاپگر برای کارکنان بخش فناوری. " * 6)], "inconclusive", "no_match"),
    "false friend of the desk": ("service_desk", "میز خدمت", [page("انتخابات", "برنامه نامزدها و شمارش آرا در شعبه‌های استان اعلام شد و مردم پای صندوق‌ها رفتند. " * 5)], "inconclusive", "no_match"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("element", "words", "answers", "verdict", "reason"), TARGETS.values(), ids=TARGETS.keys()
)
def test_a_target(
    seen: Any, element: str, words: str, answers: list[Any], verdict: str, reason: str | None
) -> None:
    home = page("سازمان", f'<a href="/there">{words}</a> <a href="/news">اخبار</a>')
    seen.http(PORTAL, home, purpose="home")
    for number, answer in enumerate(answers, 1):
        facts = {"at": 10.0 + 60 * number, "attempt": number}
        if isinstance(answer, int):
            seen.http(f"{PORTAL}there", "", status=answer, **facts)
        else:
            seen.http(f"{PORTAL}there", answer, **facts)
    finding = seen.of(f"elements.{element}")[element]
    assert (finding.verdict, finding.reason) == (verdict, reason), finding.observed
    assert finding.observed["words"] == words
    assert finding.observed["clicks"] == 1


def test_nineteen_findings(seen: Any) -> None:
    seen.http(PORTAL, page("سازمان", "خوش آمدید"), purpose="home")
    seen.account()
    found = seen.found("elements.")
    assert {finding.subject.id for finding in found} == set(element_ids())
    assert len(found) == 19
    for finding in found:
        assert (finding.verdict, finding.reason) == ("inconclusive", "not_found_anywhere")
        assert finding.observed["complete_look"] is True


def test_a_look_that_is_not_complete_says_so(seen: Any) -> None:
    seen.http(PORTAL, page("سازمان", "خوش آمدید"), purpose="home")
    finding = seen.of("elements.privacy")["privacy"]
    assert finding.observed["complete_look"] is False


@pytest.mark.slow
def test_a_page_read_in_part_is_not_hollow(seen: Any) -> None:
    seen.http(PORTAL, page("سازمان", '<a href="/there">حریم خصوصی</a>'), purpose="home")
    text = page("حریم خصوصی", "حریم خصوصی شما مهم است." + "<div>" * 25_000 + SENTENCES["privacy"] * 3)
    for attempt in (1, 2):
        seen.http(f"{PORTAL}there", text, attempt=attempt, at=60.0 * attempt)
    finding = seen.of("elements.privacy")["privacy"]
    assert (finding.verdict, finding.reason) == ("inconclusive", "limit")


@pytest.mark.slow
def test_a_home_page_read_in_part_is_no_complete_look(seen: Any) -> None:
    seen.http(PORTAL, page("سازمان", "خوش آمدید" + "<div>" * 25_000), purpose="home")
    seen.account()
    assert seen.of("elements.privacy")["privacy"].observed["complete_look"] is False


def test_a_portal_that_could_not_be_reached(seen: Any) -> None:
    for attempt in (1, 2):
        seen.http(PORTAL, status=None, failure="timeout", purpose="home", attempt=attempt, at=60.0 * attempt)
    finding = seen.of("elements.privacy")["privacy"]
    assert (finding.verdict, finding.reason) == ("inconclusive", "unreachable")


def test_an_error_page_is_no_home_page(seen: Any) -> None:
    """What it leads to is not followed, and what it says is nobody's."""
    for attempt in (1, 2):
        html = page("خطا", '<a href="/there">حریم خصوصی</a>')
        seen.http(PORTAL, html, status=500, purpose="home", attempt=attempt, at=60.0 * attempt)
        seen.http(f"{PORTAL}there", full("privacy", "حریم خصوصی"), attempt=attempt, at=60.0 * attempt + 1)
    finding = seen.of("elements.privacy")["privacy"]
    assert (finding.verdict, finding.reason) == ("inconclusive", "server_error")


@pytest.mark.parametrize(
    ("line", "stated"),
    [
        ("آخرین به روز رسانی: ۱۴۰۴/۰۹/۰۱", True),
        ("آخرین به‌روزرسانی: ۹ آذر ماه ۱۴۰۴", True),
        ("آخرین به‌روزرسانی: ۹ آذر، ۱۴۰۴", True),
        ("Last updated: 12 March 2025", True),
        ("Last updated: March 12, 2025", True),
        ("آخر تحديث: ١٢ مارس ٢٠٢٥", True),
        ("آخرین به‌روزرسانی: به‌زودی", False),
        ("Last updated: in March", False),
        ("آخرین به‌روزرسانی: نسخه ۱۲ مهر سازمان", False),
    ],
)
def test_a_date_of_update(seen: Any, line: str, stated: bool) -> None:
    seen.http(PORTAL, page("سازمان", f"خوش آمدید</p><p>{line}"), purpose="home")
    assert (seen.of("elements.updated")["updated"].verdict == "verified") == stated


@pytest.mark.parametrize(("fetched", "complete"), [(10, True), (9, True), (8, False)])
def test_a_look_is_complete_with_nine_of_ten_pages(seen: Any, fetched: int, complete: bool) -> None:
    seen.http(PORTAL, page("سازمان", "خوش آمدید"), purpose="home")
    seen.account(eligible=10, fetched=fetched)
    assert seen.of("elements.privacy")["privacy"].observed["complete_look"] is complete


def test_two_clicks_and_the_site_map(seen: Any) -> None:
    seen.http(PORTAL, page("سازمان", '<a href="/map">نقشه سایت</a>'), purpose="home")
    seen.http(f"{PORTAL}map", page("نقشه سایت", "".join(f'<a href="/p{n}">بخش {n}</a>' for n in range(9)) + '<a href="/privacy">حریم خصوصی</a>'), at=2)  # fmt: skip
    seen.http(f"{PORTAL}p1", page("بخش", '<a href="/faq">پرسش‌های متداول</a>'), at=3)
    seen.http(f"{PORTAL}privacy", full("privacy", "حریم خصوصی"), at=4)
    found = {f.subject.id: f for f in seen.found("elements.")}
    assert found["sitemap"].verdict == "verified"
    assert found["privacy"].verdict == "verified"
    assert found["privacy"].observed["found_on"] == f"{PORTAL}map"


def test_a_fragment_of_the_home_page(seen: Any) -> None:
    text = SENTENCES["privacy"] * 3
    body = f'<a href="#hrm">حریم خصوصی</a><div id="hrm"><h2>حریم خصوصی</h2><p>{text}</p></div>'
    seen.http(PORTAL, page("سازمان", body), purpose="home")
    assert seen.of("elements.privacy")["privacy"].verdict == "verified"


def test_what_pages_state_themselves(seen: Any) -> None:
    home = page("سازمان", "آخرین به روز رسانی: ۱۴۰۴/۰۹/۰۱")
    seen.http(PORTAL, home, purpose="home")
    seen.http(
        f"{PORTAL}s/1", page("خدمت", "<table><tr><td>شناسه خدمت</td><td>۱۳۰۹۱۷۱۳۰۰۰</td></tr></table>"), at=2
    )
    found = {f.subject.id: f for f in seen.found("elements.")}
    assert (found["updated"].verdict, found["service_code"].verdict) == ("verified", "verified")


def test_an_introduction_that_most_pages_show_empties_none_of_them(seen: Any) -> None:
    """On a portal of few pages it passes for the frame; nobody can tell whose word it is."""
    words = [f"{SENTENCES['privacy']} بند {name}." for name in ("الف", "ب", "ج")]
    body = "</p><p>".join(words)
    links = "".join(f'<a href="/p{n}">بخش {n}</a>' for n in range(3)) + '<a href="/there">حریم خصوصی</a>'
    seen.http(PORTAL, page("سازمان", links), purpose="home")
    for attempt in (1, 2):
        for n in range(3):
            seen.http(f"{PORTAL}p{n}", page("حریم خصوصی", body), attempt=attempt, at=60.0 * attempt + n)
        own = page("بیانیه حریم خصوصی", f"{body}</p><p>داده‌های شخصی شما محرمانه است.")
        seen.http(f"{PORTAL}there", own, attempt=attempt, at=60.0 * attempt + 5)
    finding = seen.of("elements.privacy")["privacy"]
    assert (finding.verdict, finding.reason) == ("inconclusive", "ambiguous"), finding


def test_a_desk_of_two_services_is_little_and_no_empty_page(seen: Any) -> None:
    seen.http(PORTAL, page("سازمان", '<a href="/desk">میز خدمت</a>'), purpose="home")
    desk = page("میز خدمت", '<a href="/s1">صدور پروانه خدمت</a> <a href="/s2">تمدید پروانه خدمت</a>')
    for attempt in (1, 2):
        seen.http(f"{PORTAL}desk", desk, attempt=attempt, at=60.0 * attempt)
    finding = seen.of("elements.service_desk")["service_desk"]
    assert (finding.verdict, finding.observed["thin"]) == ("partial", True)


def test_a_path_to_the_page_and_a_way_back_are_no_entries(seen: Any) -> None:
    seen.http(PORTAL, page("سازمان", '<a href="/desk">میز خدمت</a>'), purpose="home")
    body = (
        '<a href="/">خانه</a> › میز خدمت</p><p>به زودی.</p><p><a href="/#top">بازگشت</a> <a href="#c">متن</a>'
    )
    for attempt in (1, 2):
        seen.http(f"{PORTAL}desk", page("میز خدمت", body), attempt=attempt, at=60.0 * attempt)
    finding = seen.of("elements.service_desk")["service_desk"]
    assert (finding.verdict, finding.observed["thin"]) == ("contradicted", False), finding
