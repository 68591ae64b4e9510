"""Dates in the text of pages, and the age of sections (T10)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from checks.dated import dates_of

PORTAL = "http://portal.test/"
FILL = "مناقصه عمومی خرید تجهیزات دفتری با شرح کامل در اسناد؛ متقاضیان تا پایان مهلت مراجعه کنند. " * 4


# text: days told, last day of each
TEXTS: dict[str, list[str]] = {
    "انتشار: ۱۴۰۴/۰۸/۱۵": ["2025-11-06"],
    "منتشر شده در 15/8/1404 ساعت 10": ["2025-11-06"],
    "۱۵ آبان ۱۴۰۴": ["2025-11-06"],
    "۱۵ آبان‌ماه ۱۴۰۴": ["2025-11-06"],
    "گزارش مهر ۱۴۰۴": ["2025-10-22"],
    "عملکرد سال ۱۴۰۳": ["2025-03-20"],
    "Published 6 November 2025": ["2025-11-06"],
    "November 6, 2025": ["2025-11-06"],
    "۶ نوامبر ۲۰۲۵": ["2025-11-06"],
    "٦ نوفمبر ٢٠٢٥": ["2025-11-06"],
    "أكتوبر ٢٠٢٥": ["2025-10-31"],
    "۶ آگوست ۲۰۲۵": ["2025-08-06"],
    "15 Aban 1404": ["2025-11-06"],
    "۵ می ۲۰۲۵": [],  # «می» is another word as well
    "2025-11-06 and 2025/01/02": ["2025-11-06", "2025-01-02"],
    "از ۱۴۰۴/۰۸/۰۱ تا ۱۴۰۴/۰۸/۱۵": ["2025-10-23", "2025-11-06"],
    # no dates
    "شماره پرونده 1404/12345": [],
    "نسخه 14.04.1": [],
    "تلفن 021-1404-2025": [],
    "آدرس 192.168.14.4": [],
    "مبلغ ۱۴۰۴۰۸۱۵ ریال": [],
    "© ۱۴۰۴": [],
    "۱۴۰۴/۱۳/۴۰": [],
}


@pytest.mark.parametrize("text", TEXTS)
def test_dates_of_a_text(text: str) -> None:
    assert [moment.end.isoformat() for moment in dates_of(text)] == TEXTS[text]


def page(heading: str, body: str) -> str:
    return f"<html><head><title>{heading}</title></head><body><h1>{heading}</h1>{body}</body></html>"


def judged(seen: Any, *bodies: str, apart: float = 60.0, account: bool = True) -> Any:
    """The finding about tenders, whose page shows these in its visits. The round's clock: 2025-12-01."""
    seen.http(PORTAL, page("سازمان", '<a href="/t">مناقصات</a>'), purpose="home")
    for attempt, body in enumerate(bodies, start=1):
        seen.http(f"{PORTAL}t", page("مناقصات", body), attempt=attempt, at=1 + apart * (attempt - 1))
    if account:
        seen.account(at=max(800.0, apart * 2))
    return seen.of("sections.newest")


@pytest.mark.parametrize(
    ("told", "verdict", "age"),
    [
        ("۱۴۰۴/۰۸/۱۵", "verified", 25),
        ("۱۴۰۴/۰۸/۱۵ و ۱۴۰۲/۰۱/۰۱", "verified", 25),
        ("۱۴۰۴/۰۳/۰۱", "partial", 193),
        ("۱۴۰۱/۰۳/۰۱", "partial", 1289),
        # what lies ahead is a deadline, no publication
        ("مهلت ۱۴۰۵/۰۱/۱۵، انتشار ۱۴۰۴/۰۳/۰۱", "partial", 193),
        # a month that goes on counts as far as it has come
        ("آذر ۱۴۰۴", "verified", 0),
        ("سال ۱۴۰۴", "verified", 0),
        # beside a day, the year or month that a report is about says nothing of when it came
        ("برای سال ۱۴۰۴، آگهی ۱۴۰۴/۰۳/۰۱", "partial", 193),
        ("برای پاییز ۱۴۰۴، آگهی ۵ تیر ۱۴۰۴", "verified", 69),
        ("گزارش سال ۱۴۰۲، آگهی ۱۴۰۲/۱۰/۱۷", "partial", 694),
        ("آگهی ۱۴۰۱/۰۲/۰۱، فهرست سال ۱۴۰۳", "partial", 621),
    ],
)  # fmt: skip
def test_the_age_of_a_section(seen: Any, told: str, verdict: str, age: int) -> None:
    body = f"<p>{FILL}</p><p>مناقصه شماره ۱۲ برای خرید رایانه، {told}</p>"
    found = judged(seen, body, body)["tenders"]
    assert (found.verdict, found.reason, found.observed["age_days"]) == (verdict, None, age)
    assert found.captures


def test_a_section_that_tells_no_date_is_open(seen: Any) -> None:
    found = judged(seen, f"<p>{FILL}</p>", f"<p>{FILL}</p>")
    assert (found["tenders"].verdict, found["tenders"].reason) == ("inconclusive", "undated")
    assert (found["budget"].verdict, found["budget"].reason) == ("inconclusive", "not_found_anywhere")
    assert found["budget"].observed["complete_look"] is True


def test_a_clock_is_no_date(seen: Any) -> None:
    clock = "<p>امروز ۱۰ آذر ۱۴۰۴</p>"
    assert judged(seen, f"{clock}<p>{FILL}</p>", f"{clock}<p>{FILL}</p>")["tenders"].reason == "undated"


def test_a_date_that_another_day_shows_otherwise_is_no_date(seen: Any) -> None:
    bodies = [
        f"<p>آخرین به‌روزرسانی فهرست مناقصه‌های این سازمان {day}</p><p>{FILL}</p>"
        for day in ("۱۴۰۴/۰۹/۰۸", "۱۴۰۴/۰۹/۰۹")
    ]
    assert judged(seen, *bodies)["tenders"].reason == "undated"


def test_what_was_published_on_the_day_of_the_visit_counts(seen: Any) -> None:
    body = f"<p>آگهی مناقصه خرید تجهیزات شبکه برای ساختمان مرکزی، ۱۴۰۴/۰۹/۱۰</p><p>{FILL}</p>"
    found = judged(seen, body, body)["tenders"]
    assert (found.verdict, found.observed["newest"]) == ("verified", dt.date(2025, 12, 1).isoformat())
