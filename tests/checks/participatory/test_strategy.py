"""The strategy of participation (P01): each row is a page behind a link, and what it is worth."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from claims.model import Agency

PORTAL = "http://portal.test/"
GOALS = (
    "<p>هدف این راهبرد آن است که هیچ مقرره‌ای بی شنیدن نظر مردم تصویب نشود. اهداف دیگر، پاسخ‌گویی به پیشنهادها و انتشار نتیجهٔ آن‌هاست.</p>"
    "<p>اقدام نخست: هر پیش‌نویس دست‌کم سی روز به نظرخواهی گذاشته می‌شود. اقدام دوم: هر سه ماه نظرسنجی از خدمات برگزار و نتیجهٔ آن منتشر می‌شود. "
    "اقدام سوم: به پیشنهادهای رسیده ظرف ده روز پاسخ داده می‌شود. شاخص این برنامه، شمار پیش‌نویس‌هایی است که نتیجهٔ نظرخواهی آن‌ها منتشر شده است.</p>"
    "<p>دفتر روابط عمومی متولی اجراست و گزارش پیشرفت را هر سال در همین صفحه می‌آورد تا شهروندان بتوانند اجرای آن را دنبال کنند.</p>"
)
GENERAL = (
    "<p>مشارکت مردم سرمایهٔ بزرگ این سازمان است و همواره بر آن تأکید شده است. باور داریم که شهروندان صاحبان اصلی کشورند و "
    "مشارکت ایشان در همهٔ امور، برکت و پویایی می‌آورد. از این رو این سازمان همیشه دست مردم را به گرمی می‌فشارد و به حضور آنان می‌بالد.</p>"
)
DATE = "<p>مصوب ۱۴۰۳/۱۱/۱۵ شورای سازمان</p>"
MEMO = (
    "<p>مدیران محترم واحدها</p><p>با سلام و احترام</p><p>پیرو جلسهٔ مورخ ۱۴۰۳/۱۱/۱۵ دربارهٔ راهبرد مشارکت، مقتضی است هر واحد برنامهٔ خود را برای "
    "نظرخواهی تهیه و تا پایان ماه به دفتر برنامه‌ریزی ارسال کند. دستور فرمایید اقدام لازم به عمل آید.</p><p>رونوشت: دفتر مدیرکل</p>"
)


def plain(heading: str, body: str) -> str:
    return f"<html><head><title>{heading}</title></head><body><h1>{heading}</h1>{body}</body></html>"


def portlet(heading: str, body: str) -> str:
    return (
        f"<html><head><title>درگاه سازمان</title></head><body><div class=portlet><div class=portlet-title>{heading}</div>"
        f"<div class=portlet-body>{body}</div></div></body></html>"
    )


def cells(heading: str, body: str) -> str:
    rows = "".join(f"<tr><td>{part}</td></tr>" for part in body.split("</p>") if part)
    return f"<html><head><title>{heading}</title></head><body><table><tr><th>{heading}</th></tr>{rows}</table></body></html>"


LOOKS = {"plain": plain, "portlet": portlet, "cells": cells}
NAME = "راهبرد مشارکت"

# name: (heading, body, verdict, reason)
PAGES: dict[str, tuple[str, str, str, str | None]] = {
    "specific and dated": (NAME, DATE + GOALS, "verified", None),
    "dated by year": (NAME, "<p>این راهبرد در سال ۱۴۰۳ نوشته شد.</p>" + GOALS, "verified", None),
    "undated": (NAME, GOALS, "partial", None),
    "dated ahead": (NAME, "<p>اجرا تا پایان سال ۱۴۰۶</p>" + GOALS, "partial", None),
    "goals and deeds in two sentences": (NAME, DATE + "<p>هدف این راهبرد آن است که هیچ مقرره‌ای بی شنیدن نظر مردم تصویب نشود. اقدام نخست: هر پیش‌نویس دست‌کم سی روز به "
                                         "نظرخواهی گذاشته می‌شود و نتیجهٔ آن را دفتر روابط عمومی برای کسانی که نظر داده‌اند می‌فرستد تا بدانند با نظر آنان چه شد و چرا. متن راهبرد در دبیرخانهٔ سازمان نگهداری می‌شود و هر کس می‌تواند در ساعت اداری آن را بخواند و از آن رونوشت بگیرد.</p>", "partial", None),
    "general words": (NAME, DATE + GENERAL, "partial", None),
    "general words, undated": (NAME, GENERAL, "partial", None),
    "memo": (NAME, MEMO, "contradicted", "hollow"),
    "template": (NAME, "<p>[نام دستگاه] در [تاریخ] این راهبرد را تصویب کرد. [متن راهبرد]</p>" + GOALS, "contradicted", "hollow"),
    "sample": ("نمونه راهبرد مشارکت", DATE + GOALS, "contradicted", "hollow"),
    "one sentence": (NAME, "<p>مشارکت مردم برای ما مهم است.</p>", "contradicted", "hollow"),
    "under construction": (NAME, "<p>این بخش در دست تکمیل است.</p>", "contradicted", "under_construction"),
    "another body of the round": ("راهبرد مشارکت سازمان آب و برق", DATE + GOALS.replace("این سازمان", "سازمان آب و برق"), "contradicted", "hollow"),
    "another body": ("راهبرد مشارکت شهرداری نیک‌شهر", DATE + GOALS, "inconclusive", "ambiguous"),
    "another matter": ("برندگان مسابقه", "<p>" + "نام برندگان مسابقهٔ کتاب‌خوانی به شرح زیر اعلام می‌شود. " * 8 + "</p>", "inconclusive", "not_found_anywhere"),
}  # fmt: skip


def judged(seen: Any, *answers: Any, account: bool = True, href: str = "/p", **headers: Any) -> Any:
    home = plain("سازمان ثبت", f'<a href="{href}">{NAME}</a> <a href="/news">اخبار</a>')
    for attempt, answer in enumerate(answers, 1):
        facts: dict[str, Any] = {"attempt": attempt, "at": 60.0 * attempt, **headers}
        seen.http(PORTAL, home, purpose="home", attempt=attempt, at=60.0 * attempt - 1)
        if isinstance(answer, int):
            seen.http(PORTAL + href[1:], "", status=answer, **facts)
        else:
            seen.http(PORTAL + href[1:], answer, **facts)
    if account:
        seen.account()
    return next(f for f in seen.found("participation.strategy") if f.agency == "portal")


@pytest.fixture
def two(seen: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A round with another agency in it."""
    seen.agency = Agency("portal", "سازمان ثبت", "main", PORTAL)
    other = Agency("other", "سازمان آب و برق", "main", "http://other.test/")
    alone = seen.round

    def both() -> Any:
        return dataclasses.replace(alone(), agencies=(seen.agency, other))

    monkeypatch.setattr(seen, "round", both)
    return seen


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_what_a_page_is_worth(two: Any, name: str, look: str) -> None:
    heading, body, verdict, reason = PAGES[name]
    text = LOOKS[look](heading, body)
    found = judged(two, text, text)
    assert (found.verdict, found.reason) == (verdict, reason), found.observed
    assert found.captures


@pytest.mark.parametrize("complete", [True, False])
def test_no_link_of_that_name(seen: Any, complete: bool) -> None:
    seen.http(PORTAL, plain("سازمان", "خوش آمدید"), purpose="home")
    if complete:
        seen.account()
    found = next(f for f in seen.found("participation.strategy"))
    assert (found.verdict, found.reason) == ("inconclusive", "not_found_anywhere" if complete else "no_match")
    assert found.observed["complete_look"] is complete


@pytest.mark.parametrize(
    ("answers", "verdict", "reason"),
    [
        ((404, 404), "contradicted", "dead_link"),
        ((404,), "inconclusive", "not_attempted"),
        ((403, 403), "inconclusive", "blocked"),
        ((plain(NAME, DATE + GOALS), 404), "verified", None),
        ((plain(NAME, "<p>مشارکت مهم است.</p>"),), "inconclusive", "not_attempted"),
    ],
)
def test_what_visits_prove(seen: Any, answers: tuple[Any, ...], verdict: str, reason: str | None) -> None:
    found = judged(seen, *answers)
    assert (found.verdict, found.reason) == (verdict, reason)


def test_a_document_by_that_name_is_half(seen: Any) -> None:
    pdf = (("Content-Type", "application/pdf"),)
    found = judged(seen, b"%PDF-1.4 x", b"%PDF-1.4 x", href="/s.pdf", headers=pdf)
    assert (found.verdict, found.reason, found.observed["document"]) == ("partial", None, True)


@pytest.mark.parametrize(
    ("status", "verdict", "reason"),
    [(200, "partial", None), (None, "inconclusive", "not_attempted"), (404, "contradicted", "hollow")],
)
def test_a_short_page_that_hands_out_a_document(
    seen: Any, status: int | None, verdict: str, reason: str | None
) -> None:
    if status is not None:
        for attempt in (1, 2):
            seen.http(
                f"{PORTAL}s.pdf", b"%PDF-1.4 x" if status == 200 else "", status=status, attempt=attempt,
                at=200.0 * attempt, headers=(("Content-Type", "application/pdf"),),
            )  # fmt: skip
    short = plain(NAME, "<p>سند راهبرد مشارکت: <a href='/s.pdf'>دریافت سند</a></p>")
    found = judged(seen, short, short)
    assert (found.verdict, found.reason) == (verdict, reason)


def test_a_strategy_on_the_page_of_participation(seen: Any) -> None:
    text = plain("مشارکت الکترونیکی", f"<h2>راهبرد مشارکت</h2>{DATE}{GOALS}")
    home = plain("سازمان", '<a href="/e">مشارکت الکترونیکی</a>')
    seen.http(PORTAL, home, purpose="home")
    seen.http(f"{PORTAL}e", text, at=2)
    found = next(f for f in seen.found("participation.strategy"))
    assert (found.verdict, found.reason) == ("verified", None)


def test_a_sentence_on_the_page_of_participation_is_half(seen: Any) -> None:
    said = "<p>راهبرد مشارکت ما سه هدف دارد: شنیدن، پاسخ روشن و بازگویی آنچه تغییر کرده است.</p>"
    text = plain("مشارکت الکترونیکی", f"<p>نشست‌های همفکری هر ماه برگزار می‌شود.</p>{said}{GENERAL}{DATE}")
    seen.http(PORTAL, plain("سازمان", '<a href="/e">مشارکت الکترونیکی</a>'), purpose="home")
    seen.http(f"{PORTAL}e", text, at=2)
    found = next(f for f in seen.found("participation.strategy"))
    assert (found.verdict, found.observed["lacks"]) == ("partial", ["dated", "specific"])


def test_a_date_of_the_day_dates_no_strategy(seen: Any) -> None:
    found = judged(
        seen,
        plain(NAME, "<p>۱۰ آذر ۱۴۰۴</p>" + GOALS),
        plain(NAME, "<p>۱۱ آذر ۱۴۰۴</p>" + GOALS),
    )
    assert (found.verdict, found.observed["lacks"]) == ("partial", ["dated"])


GOOD = DATE + GOALS
# what is done to a page that is verified: what it must come to
MUTATIONS: dict[str, tuple[Any, str]] = {
    "removed": (404, "contradicted"),
    "empty": (plain(NAME, ""), "contradicted"),
    "template": (plain(NAME, GOOD.replace("دفتر روابط عمومی", "[نام واحد]").replace("شورای سازمان", "[نام شورا]")), "contradicted"),
    "foreign name": (plain("راهبرد مشارکت سازمان آب و برق", GOOD), "contradicted"),
    "no date": (plain(NAME, GOALS), "partial"),
    "dead target": (plain("صفحه مورد نظر یافت نشد", "<p>خطا</p>"), "contradicted"),
    "memo": (plain(NAME, MEMO), "contradicted"),
    "goals cut": (plain(NAME, DATE + GENERAL), "partial"),
}  # fmt: skip


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_what_is_done_to_a_good_page_shows(two: Any, mutation: str) -> None:
    body, verdict = MUTATIONS[mutation]
    assert judged(two, body, body).verdict == verdict
