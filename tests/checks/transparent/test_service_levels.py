"""Agreements on service levels (T02): each row is what the page says, and what is true of it, in three looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from checks.finding import Finding
from claims.model import Agency

PORTAL = "http://portal.test/"
INTRO = (
    "این سازمان در برابر خدمت‌گیرندگان متعهد است و توافق سطح خدمت را برای همهٔ خدمات خود منتشر می‌کند تا هر کس بداند چه حقی دارد. "
    * 3
)
Look = Callable[[str, str], str]


def plain(heading: str, words: str) -> str:
    return f"<html><head><title>{heading}</title></head><body><h1>{heading}</h1><p>{INTRO}</p><p>{words}</p></body></html>"


def cards(heading: str, words: str) -> str:
    return (
        f"<html><head><title>{heading}</title></head><body><div class=card><div class=card-title>{heading}</div>"
        f"<ul><li>{INTRO}</li><li>{words}</li></ul></div></body></html>"
    )


def portlet(heading: str, words: str) -> str:
    return (
        f"<html><head><title>{heading}</title></head><body><table class=portlet><tr><th>{heading}</th></tr>"
        f"<tr><td>{INTRO}</td></tr><tr><td>{words}</td></tr></table></body></html>"
    )


LOOKS: dict[str, Look] = {"plain": plain, "cards": cards, "portlet": portlet}
TITLE = "توافق‌نامه سطح خدمت"

# words: days of the times that can be measured
SAID: dict[str, list[float]] = {
    "هر درخواست حداکثر ظرف ده روز کاری پاسخ داده می‌شود.": [10],
    "زمان صدور پروانه ۱۵ روز است.": [15],
    "پشتیبانی در ۴۸ ساعت به خرابی رسیدگی می‌کند؛ رفع خرابی سه روز زمان می‌برد.": [2, 3],
    "مهلت تمدید مجوز یک ماه پس از ثبت درخواست است.": [31],
    "Requests are answered within 5 working days.": [5],
    "پاسخ تلفنی حداکثر در پنج دقیقه داده می‌شود.": [5 / 1440],
    # nothing to measure
    "به همهٔ درخواست‌ها در اسرع وقت رسیدگی می‌شود.": [],
    "این توافق‌نامه هر دو سال بازنگری می‌شود.": [],
    "مدت اعتبار این سند سه سال است.": [],
    "سوابق درخواست‌ها پنج سال نگهداری می‌شود.": [],
    "پاسخ به درخواست متقاضیان بالای ۱۸ سال سن داده می‌شود.": [],
    "دفتر پاسخ‌گویی هر روز از ساعت ۸ تا ۱۴ باز است.": [],
    "پیش از ۱۵ سال کار، بررسی پرونده ممکن نیست.": [],
    "خدمت در [مدت] روز انجام می‌شود.": [],
}


def judge(
    seen: Any, *answers: str | int, account: bool = True, link: str = TITLE, others: tuple[Agency, ...] = ()
) -> dict[str, Finding]:
    home = f'<html><body><h1>سازمان</h1><a href="/sla">{link}</a></body></html>'
    seen.http(PORTAL, home, purpose="home")
    for attempt, answer in enumerate(answers, start=1):
        facts: dict[str, Any] = {"attempt": attempt, "at": 60.0 * attempt}
        if isinstance(answer, int):
            seen.http(f"{PORTAL}sla", "", status=answer, **facts)
        else:
            seen.http(f"{PORTAL}sla", answer, **facts)
    if account:
        seen.account()
    if others:
        made = seen.round
        seen.round = lambda: _with(made(), others)
    found = seen.found("elements.sla", "sla.times")
    return {f.check: f for f in found if f.agency == seen.agency.id}


def _with(round: Any, others: tuple[Agency, ...]) -> Any:
    return replace(round, agencies=(*round.agencies, *others))


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("words", SAID)
def test_what_the_agreement_says(seen: Any, look: str, words: str) -> None:
    body = LOOKS[look](TITLE, words)
    found = judge(seen, body, body)["sla.times"]
    days = SAID[words]
    if days:
        assert (found.verdict, found.reason) == ("verified", None), found.observed
        assert found.observed["times"] == len(days)
        assert found.observed["shortest_days"] == pytest.approx(min(days), abs=1e-3)
        assert found.observed["longest_days"] == pytest.approx(max(days), abs=1e-3)
    else:
        assert (found.verdict, found.reason) == ("inconclusive", "not_found_anywhere"), found.observed
        assert found.observed["complete_look"] is True
    assert found.captures


TABLE = (
    "<table><tr><th>خدمت</th><th>مدت زمان</th><th>مسئول</th></tr><tr><td>صدور پروانه</td><td>۱۰ روز کاری</td><td>واحد صدور</td></tr>"
    "<tr><td>تمدید پروانه</td><td>۷۲ ساعت</td><td>واحد صدور</td></tr></table>"
)


@pytest.mark.parametrize("look", [plain, cards], ids=["plain", "cards"])
def test_a_table_of_times(seen: Any, look: Look) -> None:
    found = judge(seen, look(TITLE, TABLE))["sla.times"]
    assert (found.verdict, found.observed["times"]) == ("verified", 2)
    assert (found.observed["shortest_days"], found.observed["longest_days"]) == (3, 10)


HEADS = "<tr><th>خدمت</th><th>{head}</th><th>مسئول</th></tr>"
ROW = "<tr><td>{what}</td><td>{when}</td><td>واحد صدور</td></tr>"
# name: (head of the column, what stands in it, rows with a time, rows that promise one)
COLUMNS: dict[str, tuple[str, list[str], int, int]] = {
    "all measured": ("مدت زمان", ["۱۰ روز کاری", "۷۲ ساعت", "یک هفته"], 3, 3),
    "half in phrases": ("زمان انجام", ["۱۰ روز کاری", "در اسرع وقت", "۲ روز", "بسته به نوبت"], 2, 4),
    "one left empty": ("حداکثر زمان", ["۱۰ روز کاری", "", "۲ روز"], 2, 3),
    "a dash": ("مهلت انجام", ["سه روز", "-"], 1, 2),
    "nobody can measure any": ("مدت زمان", ["در اسرع وقت", "حداقل زمان ممکن"], 0, 0),
}  # fmt: skip


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", [plain, cards], ids=["plain", "cards"])
@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_of_times(seen: Any, look: Look, name: str) -> None:
    head, cells, measured, promised = COLUMNS[name]
    names = ("صدور پروانه", "تمدید پروانه", "استعلام مدارک", "ابطال پروانه")
    rows = "".join(ROW.format(what=what, when=when) for what, when in zip(names, cells, strict=False))
    found = judge(seen, look(TITLE, f"<table>{HEADS.format(head=head)}{rows}</table>"))["sla.times"]
    if not measured:
        assert (found.verdict, found.reason) == ("inconclusive", "not_found_anywhere")
        assert found.observed["read_whole"] is True
        return
    assert found.verdict == ("verified" if measured == promised else "partial")
    assert (found.observed["measured"], found.observed["promised"]) == (measured, promised)


def test_rows_that_tell_other_things_promise_no_time(seen: Any) -> None:
    rows = (
        "<tr><td>زمان صدور پروانه</td><td>۱۰ روز</td></tr><tr><td>مسئول</td><td>واحد صدور</td></tr>"
        "<tr><td>تلفن</td><td>۸۸۷۷۶۶۵۵</td></tr>"
    )
    found = judge(seen, plain(TITLE, f"<table>{rows}</table>"))["sla.times"]
    assert (found.verdict, found.observed["promised"]) == ("verified", 1)


def test_an_agreement_that_is_a_file_may_state_times(seen: Any) -> None:
    words = '<a href="/sla.pdf">متن توافق‌نامه</a> برای خدمت‌گیرندگان منتشر شده است.'
    assert "read_whole" not in judge(seen, plain(TITLE, words))["sla.times"].observed


def test_a_number_in_a_wording_that_is_not_read_settles_nothing(seen: Any) -> None:
    body = plain(TITLE, "زمان پاسخ در سامانه: ۲ شیفت کاری")
    assert "read_whole" not in judge(seen, body, body)["sla.times"].observed


CONTRACT = (
    "موضوع قرارداد: میزبانی وب و پشتیبانی درگاه. کارفرما مبلغ قرارداد را در چهار قسط می‌پردازد و پیمانکار متعهد است سطح خدمت را "
    "حفظ کند و خرابی را ظرف ۲۴ ساعت رفع نماید. طرفین قرارداد در فسخ قرارداد آزادند. " * 3
)
TEMPLATE = "[نام دستگاه] متعهد است خدمت [عنوان خدمت] را در [مدت زمان] ارائه کند. توافق سطح خدمت. " * 5
FULL = f"{INTRO} هر درخواست حداکثر ظرف ده روز کاری پاسخ داده می‌شود."
# name: (heading, words, verdict and reason of the element and of the times)
HOLLOW: dict[str, tuple[str, str, str]] = {
    "a contract with a supplier": (TITLE, CONTRACT, "hollow"),
    "a hosting contract, by its title": ("قرارداد میزبانی و سطح خدمت", CONTRACT, "hollow"),
    "a template": (TITLE, TEMPLATE, "hollow"),
    "a sample": ("نمونه توافق‌نامه سطح خدمت", FULL, "hollow"),
    "a model text": ("الگوی پیشنهادی توافق‌نامه سطح خدمت", FULL, "hollow"),
    "another body's": ("توافق‌نامه سطح خدمت سازمان هواشناسی جنوب", FULL, "hollow"),
    "not ready": (TITLE, "این بخش در دست تکمیل است.", "under_construction"),
    "one sentence": (TITLE, "توافق سطح خدمت این دستگاه ده روز است.", "hollow"),
}
OTHER = Agency("other", "سازمان هواشناسی جنوب", "main", "http://other.test/")


@pytest.mark.parametrize("name", HOLLOW)
def test_a_hollow_agreement_states_no_times(seen: Any, name: str) -> None:
    heading, words, reason = HOLLOW[name]
    body = f"<html><head><title>{heading}</title></head><body><h1>{heading}</h1><p>{words}</p></body></html>"
    found = judge(seen, body, body, others=(OTHER,))
    assert {(f.verdict, f.reason) for f in found.values()} == {("contradicted", reason)}
    assert len(found) == 2


@pytest.mark.parametrize(
    ("answers", "verdict", "reason"),
    [
        ([404, 404], "contradicted", "dead_link"),
        ([404], "inconclusive", "not_attempted"),
        ([403, 403], "inconclusive", "blocked"),
        ([plain(TITLE, TEMPLATE)], "inconclusive", "not_attempted"),
        ([], "inconclusive", "not_attempted"),
    ],
    ids=["dead", "dead once", "forbidden", "template once", "not captured"],
)
def test_an_agreement_that_was_not_seen(seen: Any, answers: list[Any], verdict: str, reason: str) -> None:
    found = judge(seen, *answers)["sla.times"]
    assert (found.verdict, found.reason) == (verdict, reason)


@pytest.mark.parametrize("account", [True, False])
def test_no_agreement_anywhere(seen: Any, account: bool) -> None:
    found = judge(seen, account=account, link="اخبار")["sla.times"]
    assert (found.verdict, found.reason) == ("inconclusive", "not_found_anywhere" if account else "no_match")
    assert found.observed["complete_look"] is account


def test_an_agreement_that_is_a_file_was_not_read(seen: Any) -> None:
    seen.http(PORTAL, f'<html><body><a href="/sla.pdf">{TITLE}</a></body></html>', purpose="home")
    for attempt in (1, 2):
        seen.http(
            f"{PORTAL}sla.pdf", b"%PDF-1.4", headers=(("Content-Type", "application/pdf"),), attempt=attempt,
            at=60.0 * attempt,
        )  # fmt: skip
    seen.account()
    found = seen.of("sla.times")["sla"]
    assert (found.verdict, found.observed["complete_look"]) == ("inconclusive", False)


def test_an_agreement_that_speaks_of_contractors_is_none_with_one(seen: Any) -> None:
    words = "صدور مفاصاحساب پیمانکاران و پاسخ به کارفرما حداکثر ظرف ده روز کاری انجام می‌شود."
    found = judge(seen, plain(TITLE, words), plain(TITLE, words))
    assert {f.verdict for f in found.values()} == {"verified"}


# what is done to the good page: (words in place of the good ones, heading)
GOOD = "هر درخواست حداکثر ظرف ده روز کاری پاسخ داده می‌شود."
MUTATIONS: dict[str, tuple[str, str]] = {
    "time removed": (TITLE, "هر درخواست پاسخ داده می‌شود."),
    "time emptied": (TITLE, "هر درخواست حداکثر ظرف ...... روز کاری پاسخ داده می‌شود."),
    "time a template's": (TITLE, "هر درخواست حداکثر ظرف [مدت] روز کاری پاسخ داده می‌شود."),
    "vague": (TITLE, "هر درخواست در کوتاه‌ترین زمان پاسخ داده می‌شود."),
    "of the contract": (TITLE, CONTRACT),
    "of a sample": (f"نمونه {TITLE}", GOOD),
    "foreign name": (f"{TITLE} سازمان هواشناسی جنوب", GOOD),
}


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_mutation_is_detected(seen: Any, look: str, mutation: str) -> None:
    heading, words = MUTATIONS[mutation]
    body = LOOKS[look](heading, words)
    assert judge(seen, body, body, others=(OTHER,))["sla.times"].verdict != "verified"
