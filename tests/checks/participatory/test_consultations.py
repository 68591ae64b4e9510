"""Drafts open for comment (P02): each row is a consultation, and whether it counts."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from checks.participatory.draft_titles import names_title
from claims.model import Agency
from tests.checks.participatory.consultation_pages import (
    ARTICLES,
    CLOSED,
    FORM,
    FOURTH,
    INTRO,
    LOOKS,
    OLD,
    OPEN,
    PORTAL,
    THIRD,
    Item,
    cards,
    own,
    page,
    shown,
    table,
)

# What a draft is about: some 330 letters that are not the draft.
SUMMARY = (
    "این مقرره برای سامان دادن به صدور مجوز فعالیت نوشته شده است و پس از تصویب جای بخشنامه‌های پیشین را می‌گیرد. در آن گفته می‌شود "
    "چه کسانی می‌توانند درخواست بدهند، کدام مدارک لازم است و هر درخواست در چه زمانی به نتیجه می‌رسد. کارشناسان سازمان آن را با همکاری "
    "نمایندگان صنف آماده کرده‌اند و متن کامل آن در دبیرخانه نگهداری می‌شود."
)

# name: (the consultation, what it comes to)
ITEMS: dict[str, tuple[Item, str]] = {
    "open": (OPEN, "counts"),
    "closed this year": (CLOSED, "counts"),
    "dates in words": (OPEN.but(opening="۲۰ آبان ۱۴۰۴", closing="۲۰ آذر ۱۴۰۴"), "counts"),
    "Gregorian dates": (OPEN.but(opening="2025-11-10", closing="2025-12-10"), "counts"),
    "exactly fourteen days": (CLOSED.but(opening="۱۴۰۴/۰۵/۰۱", closing="۱۴۰۴/۰۵/۱۵"), "counts"),
    "thirteen days": (CLOSED.but(opening="۱۴۰۴/۰۵/۰۱", closing="۱۴۰۴/۰۵/۱۴"), "short"),
    "a draft of 2022": (OLD, "old"),
    "a draft that passed a year and a day ago": (CLOSED.but(opening="۱۴۰۳/۰۸/۰۱", closing="۱۴۰۳/۰۹/۰۵"), "old"),
    "opens next month": (OPEN.but(opening="۱۴۰۴/۱۰/۰۱", closing="۱۴۰۴/۱۱/۰۱"), "ahead"),
    "no dates": (OPEN.but(opening="به‌زودی", closing="اعلام می‌شود"), "no_dates"),
    "no closing day": (OPEN.but(closing="نامحدود"), "no_dates"),
    "no text": (CLOSED.but(text="<p>متن را از دبیرخانه بخواهید.</p>"), "no_text"),
    "open and no form": (OPEN.but(form=""), "no_form"),
    "open, and the form is a search": (OPEN.but(form="<form action=/s><input name=q><button>جستجو</button></form>"), "no_form"),
    "open, and the form is locked": (OPEN.but(form=FORM.replace("<input", "<input disabled").replace("<textarea", "<textarea disabled")), "no_form"),
}  # fmt: skip


def judged(seen: Any) -> Any:
    return seen.of("consultations.open")["consultations"]


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", ITEMS)
def test_what_a_consultation_comes_to(seen: Any, name: str, look: str) -> None:
    item, code = ITEMS[name]
    shown(seen, LOOKS[look], [item])
    found = judged(seen)
    assert [row["came_to"] for row in found.observed["drafts"]] == [code], found.observed
    assert found.observed["count"] == (code == "counts")
    assert found.observed["open"] == 0
    assert found.verdict == "partial" and found.reason is None and found.captures
    assert found.observed["drafts"][0]["title"] == item.title


@pytest.mark.parametrize("look", LOOKS)
def test_four_in_a_year_are_enough(seen: Any, look: str) -> None:
    shown(seen, LOOKS[look], [OPEN, CLOSED, THIRD, FOURTH, OLD])
    found = judged(seen)
    assert (found.verdict, found.observed["count"], found.observed["open"]) == ("verified", 4, 0)
    assert [row["came_to"] for row in found.observed["drafts"]] == ["counts"] * 4 + ["old"]


@pytest.mark.parametrize("look", LOOKS)
def test_two_are_half(seen: Any, look: str) -> None:
    shown(seen, LOOKS[look], [OPEN, CLOSED, OLD])
    found = judged(seen)
    assert (found.verdict, found.observed["count"]) == ("partial", 2)


def test_a_page_that_nobody_fetched_stays_open(seen: Any) -> None:
    shown(seen, cards, [OPEN, CLOSED], answers={"c/2": None})
    found = judged(seen)
    assert [row["came_to"] for row in found.observed["drafts"]] == ["counts", "unread"]
    assert (found.verdict, found.observed["count"], found.observed["open"]) == ("partial", 1, 1)


def test_nothing_but_pages_that_nobody_fetched(seen: Any) -> None:
    shown(seen, cards, [OPEN, CLOSED], answers={"c/1": None, "c/2": None})
    found = judged(seen)
    assert (found.verdict, found.reason) == ("inconclusive", "not_attempted")
    assert found.observed["open"] == 2


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (404, "no_dates"),
        (403, "unread"),
        (500, "unread"),
        (page("صفحه مورد نظر یافت نشد", "خطا"), "no_dates"),
    ],
)
def test_what_stands_behind_a_card(seen: Any, answer: Any, code: str) -> None:
    shown(seen, cards, [OPEN], answers={"c/1": answer})
    assert [row["came_to"] for row in judged(seen).observed["drafts"]] == [code]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (ARTICLES, "counts"),
        ("<p>ماده ۱ - تعریف‌ها.</p><p>ماده ۲ - بازرسی.</p>", "no_text"),
        (f"<p>{SUMMARY}</p>", "no_text"),
        (f"<p>{SUMMARY}</p><p>{SUMMARY}</p>", "counts"),
    ],
    ids=["articles", "a table of contents", "a summary", "prose as long as a text"],
)
def test_what_is_a_text(seen: Any, text: str, code: str) -> None:
    shown(seen, table, [CLOSED.but(text=text)])
    assert [row["came_to"] for row in judged(seen).observed["drafts"]] == [code]


@pytest.mark.parametrize(
    ("answer", "code"), [(b"%PDF-1.4 x", "counts"), (404, "no_text"), (403, "unread"), (None, "unread")]
)
def test_a_document_for_a_text(seen: Any, answer: Any, code: str) -> None:
    link = "<p><a href='/files/draft.pdf'>دریافت متن پیش‌نویس</a></p>"
    shown(seen, table, [CLOSED.but(text=link)], answers={"files/draft.pdf": answer})
    assert [row["came_to"] for row in judged(seen).observed["drafts"]] == [code]


def test_a_row_that_leads_to_the_document_itself(seen: Any) -> None:
    listed, _ = table([CLOSED])
    listed = listed.replace("/c/1", "/files/1.pdf")
    shown(seen, lambda items: (listed, {}), [], answers={"files/1.pdf": b"%PDF-1.4 x"})
    assert [row["came_to"] for row in judged(seen).observed["drafts"]] == ["counts"]


def test_a_form_behind_a_link_of_its_own(seen: Any) -> None:
    item = OPEN.but(form="<p><a href='/comment?id=1'>ثبت نظر</a></p>")
    listed, pages = table([item])
    body = page(item.title, f"<p>نظر خود را دربارهٔ {item.title} بنویسید.</p>{FORM}")
    listed = listed.replace(
        "</td></tr></table>", "</td><td><a href='/comment?id=1'>ثبت نظر</a></td></tr></table>"
    )
    shown(seen, lambda items: (listed, pages), [], answers={"comment?id=1": body})
    assert [row["came_to"] for row in judged(seen).observed["drafts"]] == ["counts"]


def test_who_lets_in_known_users_alone_stays_open(seen: Any) -> None:
    login = "<form method=post><label>نام کاربری <input name=u></label><label>رمز عبور <input type=password name=p></label><button>ورود</button></form>"
    shown(seen, table, [OPEN.but(form=login)])
    assert [row["came_to"] for row in judged(seen).observed["drafts"]] == ["unread"]


def test_a_template_is_no_draft(seen: Any) -> None:
    template = "<p>در این بخش متن پیش‌نویس [عنوان پیش‌نویس] قرار می‌گیرد. [متن]</p>" + ARTICLES
    shown(seen, table, [OPEN.but(text=template)])
    found = judged(seen)
    assert [row["came_to"] for row in found.observed["drafts"]] == ["template"]
    assert found.observed["count"] == 0


def test_further_pages_of_the_list(seen: Any) -> None:
    first, pages = table([OPEN])
    first = first.replace(
        "</table>",
        "</table><nav class=pagination><a href='/list?p=2'>۲</a> <a href='/list?p=3'>بعدی</a></nav>",
    )
    second, _ = cards([CLOSED])
    shown(seen, lambda items: (first, pages), [], answers={"list?p=2": second, "list?p=3": None})
    found = judged(seen)
    assert found.observed["listed"] == 2
    # the third page may hold as many as were seen
    assert found.observed["open"] >= 2


def test_a_section_without_a_consultation(seen: Any) -> None:
    shown(seen, lambda items: (page("نظرخواهی عمومی", f"<p>{INTRO * 2}</p>"), {}), [])
    found = judged(seen)
    assert (found.verdict, found.reason) == ("inconclusive", "not_found_anywhere")
    assert found.observed["complete_look"] is True


@pytest.mark.parametrize("complete", [True, False])
def test_no_section_at_all(seen: Any, complete: bool) -> None:
    seen.http(PORTAL, page("سازمان", "خوش آمدید"), purpose="home")
    if complete:
        seen.account()
    found = judged(seen)
    assert (found.verdict, found.reason) == ("inconclusive", "not_found_anywhere" if complete else "no_match")
    assert found.observed["complete_look"] is complete


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (page("نظرخواهی عمومی", "<p>این بخش در دست تکمیل است.</p>"), "under_construction"),
        (page("نظرخواهی عمومی", "<p>نظرخواهی</p>"), "hollow"),
        (404, "dead_link"),
    ],
)
def test_a_hollow_section_is_refuted(seen: Any, body: Any, reason: str) -> None:
    shown(seen, lambda items: ("", {}), [], answers={"list": body})
    found = judged(seen)
    assert (found.verdict, found.reason) == ("contradicted", reason)


def test_the_page_of_one_consultation_is_linked_from_the_home_page(seen: Any) -> None:
    home = f'<a href="/one">نظرخواهی: {OPEN.title}</a>'
    shown(seen, table, [CLOSED], home=home, answers={"one": own(OPEN)})
    found = judged(seen)
    assert sorted(row["came_to"] for row in found.observed["drafts"]) == ["counts", "counts"]


def test_drafts_on_the_page_of_participation(seen: Any) -> None:
    listed, pages = table([OPEN])
    seen.http(PORTAL, page("سازمان", '<a href="/e">مشارکت الکترونیکی</a>'), purpose="home")
    seen.http(f"{PORTAL}e", listed.replace("نظرخواهی عمومی", "مشارکت الکترونیکی"), at=2)
    for number, (where, body) in enumerate(pages.items()):
        seen.http(PORTAL + where, body, at=3.0 + number)
    seen.account()
    found = judged(seen)
    assert [row["came_to"] for row in found.observed["drafts"]] == ["counts"]


def test_a_draft_that_a_sentence_names(seen: Any) -> None:
    """In running text, with its days: it is known to be open, and its own text is nowhere."""
    words = "پیش‌نویس «ضوابط تازهٔ اجارهٔ غرفه‌ها» از ۱۴۰۴/۰۸/۱۰ تا ۱۴۰۴/۰۹/۲۵ برای اظهار نظر باز است و نظرها پذیرفته می‌شود."
    form = (
        "<form method=post><label>متن نظر <textarea name=o></textarea></label><button>ثبت نظر</button></form>"
    )
    seen.http(PORTAL, page("سازمان", '<a href="/e">مشارکت الکترونیکی</a>'), purpose="home")
    seen.http(f"{PORTAL}e", page("مشارکت الکترونیکی", f"<p>{INTRO}</p><p>{words}</p>{form}"), at=2)
    seen.account()
    found = judged(seen)
    assert [row["came_to"] for row in found.observed["drafts"]] == ["no_text"]
    assert seen.of("consultations.outcome")["consultations"].verdict == "not_applicable"


@pytest.mark.parametrize("look", LOOKS)
def test_a_title_that_does_not_say_it_is_a_draft(seen: Any, look: str) -> None:
    shown(seen, LOOKS[look], [OPEN.but(title="نحوهٔ محاسبهٔ بهای خدمات باجه‌ها")])
    codes = [row["came_to"] for row in judged(seen).observed.get("drafts", [])]
    # boxes without heading or link name nothing
    assert codes == ([] if look == "columns" else ["counts"])


@pytest.mark.parametrize(
    "heading",
    [
        "نظرخواهی از مردم دربارهٔ پیش‌نویس قوانین و مقررات",
        "پیش‌نویس آیین‌نامه‌ها و دستورالعمل‌های در دست تدوین",
        "نظرخواهی برای اصلاح مقررات",
        "Consultation on draft regulations",
    ],
)
@pytest.mark.parametrize("look", ["table", "entries", "cards"])
def test_a_section_that_is_called_like_a_draft_is_none(seen: Any, look: str, heading: str) -> None:
    listed, pages = LOOKS[look]([OPEN, CLOSED])
    listed = re.sub(r"(<(title|h1)>)[^<]*", rf"\1{heading}", listed)
    shown(seen, lambda items: (listed, pages), [])
    assert [row["came_to"] for row in judged(seen).observed["drafts"]] == ["counts", "counts"]


def test_a_draft_of_a_law_on_the_public_is_one(seen: Any) -> None:
    shown(seen, table, [OPEN.but(title="پیش‌نویس آیین‌نامه حقوق مردم در باجه‌ها")])
    assert [row["came_to"] for row in judged(seen).observed["drafts"]] == ["counts"]


def test_a_tender_beside_the_list_is_no_draft(seen: Any) -> None:
    tender = page(
        "مناقصه خرید رایانه برای شعبه‌ها",
        f"<p>تاریخ انتشار: ۱۴۰۴/۰۵/۰۱</p><p>مهلت ارسال پاکت: ۱۴۰۴/۰۶/۰۱</p>{ARTICLES}",
    )
    listed = page("نظرخواهی عمومی", f"<p>{INTRO}</p><p><a href='/t'>مناقصه خرید رایانه برای شعبه‌ها</a></p>")
    shown(seen, lambda items: (listed, {}), [], answers={"t": tender})
    assert judged(seen).observed.get("count", 0) == 0


# what is done to a draft that counts: what it must come to
MUTATIONS: dict[str, tuple[Item, str]] = {
    "none": (OPEN, "counts"),
    "old date": (OPEN.but(opening="۱۴۰۱/۰۸/۲۰", closing="۱۴۰۱/۰۹/۲۰"), "old"),
    "closing day cut": (OPEN.but(closing="—"), "no_dates"),
    "opening day cut": (OPEN.but(opening="—"), "no_dates"),
    "days cut": (OPEN.but(closing="۱۴۰۴/۰۸/۳۰"), "short"),
    "text cut": (OPEN.but(text=""), "no_text"),
    "form cut": (OPEN.but(form=""), "no_form"),
    "form emptied": (OPEN.but(form="<form method=post><button>ثبت نظر</button></form>"), "no_form"),
}  # fmt: skip


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("mutation", MUTATIONS)
def test_what_is_done_to_a_draft_shows(seen: Any, mutation: str, look: str) -> None:
    item, code = MUTATIONS[mutation]
    shown(seen, LOOKS[look], [item])
    assert [row["came_to"] for row in judged(seen).observed["drafts"]] == [code]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (page(f"{OPEN.title} [عنوان]", "<p>[متن] [تاریخ]</p>"), "template"),
        (page(OPEN.title, "<p>این بخش در دست تکمیل است.</p>"), "template"),
        (page("سازمان آب و برق", own(OPEN).replace("سازمان", "سازمان آب و برق")), "foreign"),
        (404, "no_dates"),
    ],
)
def test_what_is_done_to_the_page_of_a_draft_shows(seen: Any, answer: Any, code: str) -> None:
    other = Agency("other", "سازمان آب و برق", "main", "http://other.test/")
    alone = seen.round
    seen.round = lambda: replace(alone(), agencies=(seen.agency, other))
    shown(seen, cards, [OPEN], answers={"c/1": answer})
    found = next(f for f in seen.found("consultations.open") if f.agency == "portal")
    assert [row["came_to"] for row in found.observed["drafts"]] == [code], found.observed


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("نتیجهٔ نظرخواهی دستورالعمل صدور مجوز", True),
        ("دستورالعمل صدور مجوز فعالیت کارگزاران", True),
        ("نتیجهٔ نظرخواهی دستورالعمل صدور پروانه", False),
        ("پیش‌نویس و نتیجهٔ نظرخواهی عمومی", False),
    ],
)
def test_a_title_is_known_by_three_of_four_words_that_are_its_own(text: str, named: bool) -> None:
    assert names_title("پیش‌نویس دستورالعمل صدور مجوز فعالیت", text) is named


def test_a_title_of_words_that_all_titles_have_is_named_by_none() -> None:
    assert not names_title("پیش‌نویس برای نظرخواهی عمومی", "پیش‌نویس برای نظرخواهی عمومی")
