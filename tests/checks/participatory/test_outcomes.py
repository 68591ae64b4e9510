"""Outcomes of consultations (P03): each row is what followed a closed consultation, and whether it names what changed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.checks.participatory.consultation_pages import (
    CLOSED,
    INTRO,
    LOOKS,
    OLD,
    OPEN,
    PORTAL,
    THIRD,
    cards,
    page,
    shown,
    table,
)

# what is said under «نتیجهٔ نظرخواهی»: whether it names what changed
SAID: dict[str, bool] = {
    "بر اساس نظرهای رسیده، مهلت ماده ۳ از ده روز به پنج روز کاهش یافت.": True,
    "تبصرهٔ ماده ۲ حذف شد و بند «ب» به ماده ۵ اضافه شد.": True,
    "پیشنهاد حذف مدرک تحصیلی پذیرفته شد.": True,
    "متن بدون تغییر تصویب شد، زیرا همهٔ پیشنهادها با قانون مغایر بود.": True,
    "Following the comments, article 3 was amended.": True,
    "از مشارکت شما سپاسگزاریم.": False,
    "در مجموع ۵۶ نظر دریافت شد.": False,
    "نظرهای رسیده در متن نهایی اعمال شد.": False,
    "نتیجه پس از جمع‌بندی اعلام خواهد شد.": False,
    "ماده ۳ پس از بررسی اصلاح خواهد شد.": False,
    "متن بدون تغییر تصویب شد.": False,
    "هیچ ماده‌ای اصلاح نشد.": False,
    "": False,
}


def judged(seen: Any) -> Any:
    return seen.of("consultations.outcome")["consultations"]


def outcome(text: str) -> str:
    return f"<h2>نتیجهٔ نظرخواهی</h2><p>{text}</p>"


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("words", SAID)
def test_what_follows_a_consultation(seen: Any, words: str, look: str) -> None:
    shown(seen, LOOKS[look], [CLOSED.but(extra=outcome(words)), OPEN])
    found = judged(seen)
    assert found.observed["closed"] == 1
    assert found.observed["answered"] == SAID[words], found.observed
    if SAID[words]:
        assert (found.verdict, found.reason) == ("verified", None)
        assert found.observed["consultations"][0]["excerpt"]
    else:
        assert (found.verdict, found.reason) == ("inconclusive", "not_found_anywhere")
        assert found.observed["read_whole"] is True
        assert found.observed["read_whole"] is True
        assert found.observed["complete_look"] is True
    assert found.observed["look_back_days"] == 730


CHANGED = "بر اساس نظرهای رسیده، تبصرهٔ ماده ۲ حذف شد."
RESULTS = '<a href="/results">نتایج نظرخواهی</a>'


def listed(*rows: tuple[str, str]) -> str:
    """A page of outcomes: titles and what is said of each."""
    body = "".join(f"<h2>{title}</h2><p>{said}</p>" for title, said in rows)
    return page(
        "نتایج نظرخواهی",
        f"<p>نتیجهٔ نظرخواهی‌های پایان‌یافته در این صفحه می‌آید و در آن گفته می‌شود چه شد.</p>{body}",
    )


def test_the_section_of_outcomes_answers_by_title(seen: Any) -> None:
    body = listed((CLOSED.title, CHANGED), (THIRD.title, "از مشارکت شما سپاسگزاریم."))
    shown(seen, table, [CLOSED, THIRD, OPEN], home=RESULTS, answers={"results": body})
    found = judged(seen)
    assert (found.verdict, found.observed["answered"], found.observed["closed"]) == ("partial", 1, 2)
    assert [row["came_to"] for row in found.observed["consultations"]] == ["answered", "silent"]
    assert found.observed["consultations"][0]["outcome"] == f"{PORTAL}results"


def test_the_outcome_of_another_consultation_is_none(seen: Any) -> None:
    body = listed(("نتیجه نظرخواهی آیین‌نامه بایگانی اسناد", CHANGED))
    shown(seen, table, [CLOSED, OPEN], home=RESULTS, answers={"results": body})
    assert judged(seen).observed["answered"] == 0


@pytest.mark.parametrize(
    ("answer", "verdict", "reason"),
    [
        (page(f"نتیجه نظرخواهی {CLOSED.title}", f"<p>{CHANGED}</p>"), "verified", None),
        (page(f"نتیجه نظرخواهی {CLOSED.title}", "<p>سپاسگزاریم.</p>"), "inconclusive", "not_found_anywhere"),
        (b"%PDF-1.4 x", "inconclusive", "no_match"),
        (403, "inconclusive", "blocked"),
        (404, "inconclusive", "not_found_anywhere"),
        (None, "inconclusive", "not_attempted"),
    ],
)
def test_a_link_to_the_outcome(seen: Any, answer: Any, verdict: str, reason: str | None) -> None:
    link = "<p><a href='/outcome/1'>نتیجه نظرخواهی</a></p>"
    shown(seen, table, [CLOSED.but(extra=link)], answers={"outcome/1": answer})
    found = judged(seen)
    assert (found.verdict, found.reason) == (verdict, reason)
    if isinstance(answer, bytes):  # a document that nobody read settles nothing
        assert found.observed["complete_look"] is False


def test_nothing_closed_does_not_apply(seen: Any) -> None:
    shown(seen, table, [OPEN, OLD])
    found = judged(seen)
    assert (found.verdict, found.reason) == ("not_applicable", None)
    assert found.observed["look_back_days"] == 730


def test_a_list_without_a_consultation_says_nothing_of_them(seen: Any) -> None:
    shown(seen, lambda items: (page("نظرخواهی عمومی", f"<p>{INTRO * 2}</p>"), {}), [])
    found = judged(seen)
    assert (found.verdict, found.reason, found.observed["complete_look"]) == (
        "inconclusive",
        "not_found_anywhere",
        True,
    )


def test_one_that_nobody_read_may_be_closed(seen: Any) -> None:
    shown(seen, cards, [OPEN, CLOSED], answers={"c/2": None})
    found = judged(seen)
    assert (found.verdict, found.reason) == ("inconclusive", "not_attempted")


@pytest.mark.parametrize("complete", [True, False])
def test_no_consultations_at_all(seen: Any, complete: bool) -> None:
    seen.http(PORTAL, page("سازمان", "خوش آمدید"), purpose="home")
    if complete:
        seen.account()
    found = judged(seen)
    assert (found.verdict, found.reason) == ("inconclusive", "not_found_anywhere" if complete else "no_match")
    assert found.observed["complete_look"] is complete


def test_what_was_not_looked_through_leaves_it_open(seen: Any) -> None:
    shown(seen, table, [CLOSED], account=False)
    found = judged(seen)
    assert (found.verdict, found.reason) == ("inconclusive", "no_match")
    assert found.observed["complete_look"] is False


def test_a_law_that_amends_another_is_no_outcome(seen: Any) -> None:
    norm = "<p>ماده ۱ - ماده ۵ آیین‌نامهٔ پیشین حذف شد و بند ۲ به آن اضافه شد.</p><p>ماده ۲ - مهلت ماده ۷ تغییر کرد.</p>"
    shown(seen, table, [CLOSED.but(text=norm * 3)])
    assert judged(seen).observed["answered"] == 0


# what is done to a consultation that is answered: whether it must still count
MUTATIONS: dict[str, tuple[Any, str]] = {
    "none": (CLOSED.but(extra=outcome(CHANGED)), "verified"),
    "removed": (CLOSED, "inconclusive"),
    "empty": (CLOSED.but(extra=outcome("")), "inconclusive"),
    "template": (CLOSED.but(extra=outcome("بر اساس نظرهای رسیده، [شرح تغییرات] اصلاح شد. [متن]")), "not_applicable"),
    "future": (CLOSED.but(extra=outcome(CHANGED.replace("حذف شد", "حذف خواهد شد"))), "inconclusive"),
    "thanks": (CLOSED.but(extra=outcome("از همراهی شما سپاسگزاریم.")), "inconclusive"),
    "old date": (CLOSED.but(extra=outcome(CHANGED), opening="۱۴۰۱/۰۵/۰۱", closing="۱۴۰۱/۰۶/۰۱"), "not_applicable"),
    "still open": (OPEN.but(extra=outcome(CHANGED)), "not_applicable"),
}  # fmt: skip


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("mutation", MUTATIONS)
def test_what_is_done_to_an_outcome_shows(seen: Any, mutation: str, look: str) -> None:
    item, verdict = MUTATIONS[mutation]
    if mutation == "template" and look in ("tabs", "flow", "columns"):
        verdict = "contradicted"  # the whole list is the template there
    shown(seen, LOOKS[look], [item])
    assert judged(seen).verdict == verdict
