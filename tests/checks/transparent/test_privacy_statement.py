"""What privacy statements say (T03): rows of words in three looks, with the things of the three that they tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from checks.finding import Finding

PORTAL = "http://portal.test/"
INTRO = (
    "این بیانیه دربارهٔ حریم خصوصی کاربران این درگاه است و سازمان خود را به آن پایبند می‌داند و آن را هر سال بازنگری می‌کند. "
    * 2
)
DATA = "در فرم‌ها نام، کد ملی و شماره همراه شما گرفته می‌شود."
PURPOSE = "این داده‌ها تنها برای رسیدگی به درخواست شما به کار می‌رود."
CONTACT = "پرسش دربارهٔ داده‌های شخصی: privacy@portal.test"
Look = Callable[[str], str]


def page(body: str, heading: str = "حریم خصوصی") -> str:
    return f"<html><head><title>{heading}</title></head><body><h1>{heading}</h1>{body}</body></html>"


def plain(words: str) -> str:
    return page(f"<p>{INTRO}</p><p>{words}</p>")


def items(words: str) -> str:
    parts = "".join(f"<li>{part}</li>" for part in words.split("|"))
    return page(f"<div class=card><p>{INTRO}</p><ul>{parts}</ul></div>")


def portlet(words: str) -> str:
    parts = "".join(f"<tr><td>{part}</td></tr>" for part in words.split("|"))
    return page(f"<table class=portlet><tr><td>{INTRO}</td></tr>{parts}</table>")


LOOKS: dict[str, Look] = {"plain": plain, "items": items, "portlet": portlet}
# words, parted by |: things that they tell
SAID: dict[str, set[str]] = {
    f"{DATA}| {PURPOSE}| {CONTACT}": {"data", "purpose", "contact"},
    f"{DATA}| {PURPOSE}": {"data", "purpose"},
    f"{DATA}| {CONTACT}": {"data", "contact"},
    f"{PURPOSE}| {CONTACT}": {"purpose", "contact"},
    "نشانی آی‌پی و زمان بازدید برای جلوگیری از حمله ثبت می‌شود.": {"data", "purpose"},
    "کوکی نشست برای نگه داشتن ورود شما به کار می‌رود.": {"purpose"},
    "رایانامه و تلفن همراه شما را ذخیره می‌کنیم. | برای حذف اطلاعات با ما تماس بگیرید: ۰۲۱-۸۸۷۷۶۶۵۵": {"data", "contact"},
    "We collect your name and email address to answer requests. | Write to dpo@portal.test": {"data", "purpose", "contact"},
    "اطلاعات کاربران به منظور ارائهٔ بهتر خدمات نگهداری می‌شود. | از راه فرم تماس بپرسید.": {"purpose", "contact"},
    "نشانی سازمان: خیابان آزادی، تلفن ۰۲۱-۸۸۷۷۶۶۵۵، رایانامه info@portal.test | از این درگاه با هر مرورگری می‌توان استفاده کرد.": {"contact"},
    # says nothing that anybody could hold it to
    "حریم خصوصی شما برای ما مهم است.": set(),
    "اطلاعات شما محرمانه است و به هیچ کس داده نمی‌شود.": set(),
    "تلفن‌خانهٔ سازمان: ۰۲۱-۸۸۷۷۶۶۵۵": set(),
    "پرسشی دارید؟ به مرکز تلفن وزارتخانه زنگ بزنید یا تماس بگیرید.": set(),
    "در این باره با تلفن گویای اداره تماس بگیرید.": set(),
    "در این باره با تلفن گویای اداره تماس بگیرید یا از فرم تماس بنویسید.": {"contact"},
    "دربارهٔ اطلاعات خود با ما تماس بگیرید.": {"contact"},
    "مسئول حفاظت از داده‌ها بر رعایت این بیانیه نظارت دارد.": set(),
    "برای رعایت حریم خصوصی همهٔ همکاران آموزش دیده‌اند.": set(),
}  # fmt: skip


def judge(seen: Any, *bodies: str, account: bool = True, link: str = "حریم خصوصی") -> Finding:
    seen.http(PORTAL, page(f"<a href='/p'>{link}</a>", "سازمان"), purpose="home")
    for attempt, body in enumerate(bodies, start=1):
        seen.http(f"{PORTAL}p", body, attempt=attempt, at=60.0 * attempt)
    if account:
        seen.account()
    found: Finding = seen.of("privacy.statement")["privacy"]
    return found


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("words", SAID)
def test_what_the_statement_tells(seen: Any, look: str, words: str) -> None:
    body = LOOKS[look](words if look != "plain" else words.replace("|", ""))
    found = judge(seen, body, body)
    told = SAID[words]
    if not told:
        assert (found.verdict, found.reason) == ("inconclusive", "not_found_anywhere"), found.observed
        assert found.observed["read_whole"] is True
        return
    assert found.verdict == ("verified" if len(told) == 3 else "partial")
    assert (found.observed["told"], found.observed["things"]) == (len(told), 3)
    assert set(found.observed["lacks"]) == {"data", "purpose", "contact"} - told
    assert "@" not in str(found.observed) and "8877" not in str(found.observed)


@pytest.mark.parametrize(
    "name", ["سیاست حفظ حریم شخصی کاربران", "حفاظت از داده‌ها", "Data protection", "بیانیهٔ حریم خصوصی"]
)
def test_names_of_the_statement(seen: Any, name: str) -> None:
    body = page(f"<p>{INTRO}</p><p>{DATA} {PURPOSE} {CONTACT}</p>", name)
    assert judge(seen, body, body, link=name).verdict == "verified"


HOLLOW = {
    "a template": plain("[نام سازمان] نام و کد ملی را برای [هدف] می‌گیرد و با [رایانامه] پاسخ می‌دهد. " * 3),
    "not ready": page("<p>این بخش در دست تکمیل است.</p>"),
}


@pytest.mark.parametrize("name", HOLLOW)
def test_a_hollow_statement_tells_nothing(seen: Any, name: str) -> None:
    assert judge(seen, HOLLOW[name], HOLLOW[name]).verdict == "contradicted"


def test_a_page_that_leads_on_may_tell_more(seen: Any) -> None:
    body = plain("<a href='/full'>متن کامل بیانیه</a>")
    assert "read_whole" not in judge(seen, body, body).observed


@pytest.mark.parametrize("account", [True, False])
def test_no_statement_anywhere(seen: Any, account: bool) -> None:
    found = judge(seen, link="اخبار", account=account)
    assert (found.verdict, found.reason, found.observed["complete_look"]) == (
        "inconclusive",
        "not_found_anywhere" if account else "no_match",
        account,
    )
