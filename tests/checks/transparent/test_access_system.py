"""The way to make a request for information (T07): what the page offers, what stands behind it, and what is true of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from checks.finding import Finding

PORTAL = "http://portal.test/"
STATE = "https://iranfoia.ir/"
INTRO = (
    "هر شهروند می‌تواند اطلاعات عمومی این سازمان را درخواست کند و پاسخ دسترسی آزاد به اطلاعات در ده روز داده می‌شود. "
    * 3
)
Look = Callable[[str], str]


def page(heading: str, body: str) -> str:
    return f"<html><head><title>{heading}</title></head><body><h1>{heading}</h1>{body}</body></html>"


def plain(words: str) -> str:
    return page("دسترسی آزاد به اطلاعات", f"<p>{INTRO}</p><p>{words}</p>")


def cards(words: str) -> str:
    return page("دسترسی آزاد به اطلاعات", f"<div class=card><ul><li>{INTRO}</li><li>{words}</li></ul></div>")


def portlet(words: str) -> str:
    return page(
        "دسترسی آزاد به اطلاعات",
        f"<table class=portlet><tr><td>{INTRO}</td></tr><tr><td>{words}</td></tr></table>",
    )


LOOKS: dict[str, Look] = {"plain": plain, "cards": cards, "portlet": portlet}
SYSTEM = page(
    "سامانه", "<form><label>شرح درخواست <textarea name=sharh></textarea></label><button>ارسال</button></form>"
)
# words of the page, what stands at /r (status, or a page), and what is true
LINKS: dict[str, tuple[str, Any, str]] = {
    "its own system": ("<a href='/r'>سامانهٔ دسترسی آزاد به اطلاعات</a>", SYSTEM, "verified"),
    "an act": ("برای شروع <a href='/r'>ثبت درخواست</a> را بزنید.", SYSTEM, "verified"),
    "in English": ("<a href='/r'>Make a request</a>", SYSTEM, "verified"),
    "a dead system": ("<a href='/r'>سامانهٔ انتشار و دسترسی آزاد به اطلاعات</a>", 404, "dead_link"),
    "a system that is gone": ("<a href='/r'>ثبت درخواست اطلاعات</a>", 410, "dead_link"),
    "a system that lets nobody in": ("<a href='/r'>ثبت درخواست</a>", 403, "blocked"),
    "a system with a fault": ("<a href='/r'>ثبت درخواست</a>", 500, "server_error"),
    "nobody went there": ("<a href='/r'>ثبت درخواست</a>", None, "not_attempted"),
    "a form of the page": ("<form><label>شرح درخواست <textarea name=sharh></textarea></label><label>نام <input name=nam></label><button>ارسال</button></form>", None, "verified"),
    "a link to something else": ("<a href='/r'>قانون را بخوانید</a>", SYSTEM, "not_found_anywhere"),
    "another system of information": ("<a href='/r'>سامانهٔ اطلاعات مکانی</a>", 404, "not_found_anywhere"),
    "a system that is not ready": ("<a href='/r'>ثبت درخواست</a>", page("ثبت درخواست", "<p>این بخش در دست راه‌اندازی است و به زودی در دسترس خواهد بود.</p>"), "ambiguous"),
    "words and no link": ("درخواست‌ها در سامانه ثبت می‌شود.", None, "not_found_anywhere"),
}  # fmt: skip


def judge(seen: Any, body: str, there: Any = None, *, times: int = 2, account: bool = True) -> Finding:
    home = page("سازمان", "<a href='/foi'>دسترسی آزاد به اطلاعات</a>")
    seen.http(PORTAL, home, purpose="home", at=1)
    for attempt in range(1, times + 1):
        at = 60.0 * attempt
        seen.http(f"{PORTAL}foi", body, attempt=attempt, at=at)
        if isinstance(there, int):
            seen.http(f"{PORTAL}r", "", status=there, attempt=attempt, at=at + 1)
        elif there is not None:
            seen.http(f"{PORTAL}r", there, attempt=attempt, at=at + 1)
    if account:
        seen.account()
    found: Finding = seen.of("foi.system")["foi"]
    return found


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", LINKS)
def test_a_way_to_make_requests(seen: Any, look: str, name: str) -> None:
    words, there, expected = LINKS[name]
    found = judge(seen, LOOKS[look](words), there)
    assert (found.reason or found.verdict) == expected, found.observed
    assert found.verdict == ("contradicted" if expected == "dead_link" else found.verdict)
    assert found.captures


def test_a_form_to_print_is_half_a_way(seen: Any) -> None:
    pdf = (("Content-Type", "application/pdf"),)
    seen.http(f"{PORTAL}r.pdf", b"%PDF-1.4", headers=pdf, at=300)
    assert judge(seen, plain("<a href='/r.pdf'>فرم درخواست اطلاعات</a>")).verdict == "partial"


def test_a_dead_system_seen_once_is_no_contradiction(seen: Any) -> None:
    found = judge(seen, plain(LINKS["a dead system"][0]), 404, times=1)
    assert (found.verdict, found.reason) == ("inconclusive", "not_attempted")


def test_one_of_two_ways_opens(seen: Any) -> None:
    seen.http(f"{PORTAL}other", SYSTEM, at=300)
    words = "<a href='/r'>ثبت درخواست</a> <a href='/other'>سامانهٔ دسترسی آزاد به اطلاعات</a>"
    assert judge(seen, plain(words), 404).verdict == "verified"


def test_one_of_two_ways_was_not_followed(seen: Any) -> None:
    words = "<a href='/r'>ثبت درخواست</a> <a href='/other'>سامانهٔ دسترسی آزاد به اطلاعات</a>"
    assert judge(seen, plain(words), 404).verdict == "inconclusive"


@pytest.mark.parametrize("words", [f"<a href='{STATE}'>سامانه</a>", f"<a href='{STATE}'>iranfoia.ir</a>"])
def test_the_system_of_the_state_opens(seen: Any, words: str) -> None:
    seen.http(STATE, page("سامانه", "<p>خوش آمدید</p>"), at=300, purpose="link")
    found = judge(seen, plain(words))
    assert (found.verdict, found.observed["system_url"]) == ("verified", STATE)


def test_the_menu_leads_to_the_system_of_the_state(seen: Any) -> None:
    home = page("سازمان", f"<a href='{STATE}'>دسترسی آزاد به اطلاعات</a>")
    seen.http(PORTAL, home, purpose="home", at=1)
    seen.http(STATE, page("سامانه", "<p>خوش آمدید</p>"), at=300, purpose="link")
    seen.account()
    found = seen.of("foi.system")["foi"]
    assert (found.verdict, found.observed["by"]) == ("verified", "known_host")


@pytest.mark.parametrize("account", [True, False])
def test_a_page_without_any_way_that_was_read_to_its_end(seen: Any, account: bool) -> None:
    assert ("read_whole" in judge(seen, plain("درخواست کنید."), account=account).observed) is account


@pytest.mark.parametrize("account", [True, False])
def test_no_page_anywhere(seen: Any, account: bool) -> None:
    seen.http(PORTAL, page("سازمان", "<a href='/x'>اخبار</a>"), purpose="home", at=1)
    if account:
        seen.account()
    found = seen.of("foi.system")["foi"]
    assert (found.verdict, found.reason, found.observed["complete_look"]) == (
        "inconclusive",
        "not_found_anywhere" if account else "no_match",
        account,
    )
