"""`services.support`: which of the five helps a service gives, in three looks of portals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from claims.model import Agency
from tests.checks.service_pages import FORM, LOOKS, PROSE, World, dead, silent

INFO = f"<p>{PROSE}</p>{FORM}"
PHONE = "<p>تلفن پشتیبانی این خدمت: ۰۲۱-۶۶۵۵۴۴۳۳</p>"
MAIL = "<p>رایانامه: bees@portal.test</p>"
HOURS = "<p>ساعت پاسخ‌گویی: شنبه تا چهارشنبه از ساعت ۸ تا ۱۴</p>"
GUIDE = (
    "<h3>راهنمای ثبت درخواست</h3><p>"
    + "نخست مدارک را آماده کنید و سپس فرم را پر کنید و منتظر پاسخ بمانید. " * 3
    + "</p>"
)
FAQ = (
    "<h3>پرسش‌های متداول</h3><p>اعتبار مجوز چند سال است؟</p><p>سه سال است و پس از آن باید تمدید شود.</p>"
    "<p>آیا شرکت‌ها هم می‌توانند؟</p><p>بله، با معرفی‌نامه رسمی شرکت می‌توانند.</p>"
)
ALL = INFO + PHONE + MAIL + HOURS + GUIDE + FAQ
FAQ_PAGE = "".join(
    f"<p>پرسش {n}: آیا مدرک {n} لازم است؟</p><p>پاسخ: بله، نسخه اصلی آن را بیاورید.</p>" for n in range(6)
)
CONTACT_PAGE = (
    f"<p>نشانی: تهران، خیابان آزادی، پلاک ۱۰، طبقه سوم، واحد پاسخ‌گویی به مردم.</p>{PHONE}{MAIL}{HOURS}"
)
LINKS = '<p><a href="/faq">سوالات متداول</a> <a href="/contact">تماس با ما</a> <a href="/guide">راهنمای خدمت</a></p>'


def _own(*answers: Any, **pages: tuple[str, Any]) -> Callable[[World], None]:
    def build(world: World) -> None:
        world.own("bees", *answers)
        for where, (heading, answer) in pages.items():
            world.page(f"/{where}", heading, answer)

    return build


def _menu(world: World) -> None:
    world.menu = (
        '<a href="/faq">سوالات متداول</a> <a href="/contact">تماس با ما</a> <a href="/guide">راهنما</a>'
    )
    world.own("bees", INFO)
    world.page("/faq", "سوالات متداول", FAQ_PAGE)
    world.page("/contact", "تماس با ما", CONTACT_PAGE)
    world.page("/guide", "راهنمای درگاه", GUIDE * 2)


def _unfetched(world: World) -> None:
    world.own("bees", INFO + PHONE + LINKS)
    world.unfetched = [(f"http://portal.test/{name}", "max_pages") for name in ("faq", "contact", "guide")]


def _not_electronic(world: World) -> None:
    world.service("bees", "/s/bees", electronic=False)
    world.own("bees", ALL)


def _other_body(world: World) -> None:
    other = Agency("other", "سازمان امور دریایی کشور", "main", "http://other.test/")
    world.seen.agency = replace(world.seen.agency, name="سازمان دام و زنبور کشور")
    plain_round = world.seen.round
    world.seen.round = lambda: replace(plain_round(), agencies=(*plain_round().agencies, other))
    world.own("bees", INFO + '<p><a href="/contact">تماس با ما</a></p>')
    world.page("/contact", "تماس با سازمان امور دریایی کشور", CONTACT_PAGE)


def _course(world: World) -> None:
    """Its own name is no guide."""
    world.service("bees", "/s/bees")
    world.services = [replace(world.services[0], title="آموزش و راهنمای پرورش زنبور عسل")]
    world.page("/s/bees", "آموزش و راهنمای پرورش زنبور عسل", INFO, purpose="claim")


FIVE = {"guide", "faq", "phone", "mail", "hours"}
Row = tuple[Callable[[World], None], str, str | None, set[str], int]
# name: what stands there, verdict, reason, what was found, how many nobody could settle
ROWS: dict[str, Row] = {
    "all on the page": (_own(ALL), "verified", None, FIVE, 0),
    "all one link on": (
        _own(INFO + LINKS, faq=("سوالات متداول", FAQ_PAGE), contact=("تماس با ما", CONTACT_PAGE), guide=("راهنما", GUIDE * 2)),
        "verified", None, FIVE, 0,
    ),
    "those of the agency, by the menu": (_menu, "partial", None, FIVE - {"guide"}, 0),
    "phone and mail": (_own(INFO + PHONE + MAIL), "partial", None, {"phone", "mail"}, 0),
    "a postal code is no telephone": (
        _own(INFO + "<p>نشانی: شهر نمونه، خیابان بلور، کد پستی ۰۱۲۳۴۵۰۹۸۷</p>"), "inconclusive", "not_found_anywhere", set(), 0,
    ),
    "a short number of a call centre": (_own(INFO + "<p>مرکز تماس: ۱۵۶۹ (شبانه‌روزی)</p>"), "partial", None, {"phone", "hours"}, 0),
    "in English": (
        _own(INFO + "<p>Support: +98 21 66554433, help@portal.test, office hours 8 to 16</p>"),
        "partial", None, {"phone", "mail", "hours"}, 0,
    ),
    "nothing but the frame's": (_own(INFO), "inconclusive", "not_found_anywhere", set(), 0),
    "a guide to fetch": (
        _own(INFO + '<p><a href="/g.pdf">راهنمای خدمت</a></p>', **{"g.pdf": ("", {"headers": (("Content-Type", "application/pdf"),)})}),
        "partial", None, {"guide"}, 0,
    ),
    "names without anything behind": (
        _own(INFO + "<h3>راهنما</h3><h3>سوالات متداول</h3><p>تلفن:</p><p>رایانامه:</p>"), "inconclusive", "not_found_anywhere", set(), 0,
    ),
    "numbers that fill a template": (
        _own(INFO + "<p>تلفن: ۰۲۱-۰۰۰۰۰۰۰۰</p><p>info@example.com</p>"), "inconclusive", "not_found_anywhere", set(), 0,
    ),
    "the service itself is a course": (_course, "inconclusive", "not_found_anywhere", set(), 0),
    "figures that are no numbers to call": (
        _own(INFO + "<p>پشتیبانی از 500 کاربر تا سال ۱۴۰۳ و تماس ۱۴۰۳ با پاسخ ظرف ۷۲ ساعت کاری و هزینه ۲۰ هزار ریال</p>"),
        "inconclusive", "not_found_anywhere", set(), 0,
    ),
    "a guide behind a tab": (
        _own(INFO + '<ul class=nav><li><a href="#t1">معرفی</a></li><li><a href="#t2">راهنمای کاربران</a></li></ul>'
             f'<div class=tab-pane id=t1><p>{PROSE}</p></div><div class=tab-pane id=t2><p>{"نخست مدارک را آماده کنید و سپس فرم را پر کنید. " * 3}</p></div>'),
        "partial", None, {"guide"}, 0,
    ),
    "a guide and questions in an accordion": (
        _own(INFO + '<div class=accordion><a data-toggle=collapse href="#c1">راهنما</a>'
             f'<div id=c1><ol><li>{"فرم را پر کنید و منتظر پاسخ بمانید. " * 3}</li></ol></div><a data-toggle=collapse href="#c2">پرسش‌های متداول</a>'
             "<div id=c2><p>اعتبار مجوز چند سال است؟</p><p>سه سال است و پس از آن باید تمدید شود.</p><p>آیا شرکت‌ها هم می‌توانند؟</p><p>بله.</p></div></div>"),
        "partial", None, {"guide", "faq"}, 0,
    ),
    "a tab of help with a telephone alone": (
        _own(INFO + '<a data-toggle=tab href="#h">راهنما و پشتیبانی</a><div id=h><p>کارشناسان ما در همه روزهای کاری آماده پاسخ به پرسش‌های شما درباره این خدمت هستند: تلفن ۰۲۱-۶۶۵۵۴۴۳۳</p></div>'),
        "partial", None, {"phone"}, 0,
    ),
    "an empty tab": (_own(INFO + '<a data-toggle=tab href="#h">راهنما</a><div id=h><p>به‌زودی</p></div>'), "inconclusive", "not_found_anywhere", set(), 0),
    "a guide in one paragraph, by its label": (
        _own(INFO + f"<p>راهنمای خدمت: {'نخست مدارک را آماده کنید و سپس فرم را پر کنید. ' * 2}</p>"), "partial", None, {"guide"}, 0,
    ),
    "a label that names no guide": (
        _own(INFO + f"<p>شرایط متقاضی: {'باید پروانه پیشین خود را داشته باشد و جریمه نداشته باشد. ' * 2}</p>"), "inconclusive", "not_found_anywhere", set(), 0,
    ),
    "hours right after a telephone": (
        _own(INFO + "<p>تلفن دفتر: ۰۲۱-۶۶۵۵۴۴۳۳، ساعت کار ۸ تا ۱۳.</p>"), "partial", None, {"phone", "hours"}, 0,
    ),
    "a time within which something is done": (
        _own(INFO + "<p>۴۸ ساعت کاری پس از ثبت و ظرف ۷۲ ساعت کاری پس از ۳ روز</p>"), "inconclusive", "not_found_anywhere", set(), 0,
    ),
    "in Arabic": (
        _own(INFO + "<p>هاتف: ۰۲۱-۶۶۵۵۴۴۳۳</p><p>ساعات العمل: من الساعة 8 حتى 14</p>"), "partial", None, {"phone", "hours"}, 0,
    ),
    "the last digits of a number": (_own(INFO + "<p>شناسه پرونده ۱۷ ۲۴</p>"), "inconclusive", "not_found_anywhere", set(), 0),
    "a guide of one sentence, and one question": (
        _own(INFO + "<h3>راهنمای ثبت درخواست</h3><p>فرم را پر کنید و دکمه ثبت را بزنید تا درخواست فرستاده شود.</p><h3>پرسش‌های متداول</h3>"
             "<p>اعتبار مجوز چند سال است؟</p><p>سه سال است و پس از آن باید تمدید شود.</p>"),
        "inconclusive", "not_found_anywhere", set(), 0,
    ),
    "a page of a guide with two sentences": (
        _own(INFO + '<p><a href="/guide">راهنمای خدمت</a></p>', guide=("شیوه کار", f"<p>{PROSE[:150]}</p>")),
        "inconclusive", "not_found_anywhere", set(), 0,
    ),
    "a page of a guide with a paragraph": (
        _own(INFO + '<p><a href="/guide">راهنمای خدمت</a></p>', guide=("شیوه کار", f"<p>{PROSE[:300]}</p>")),
        "partial", None, {"guide"}, 0,
    ),
    "a fax": (_own(INFO + "<p>نمابر: ۰۲۱-۶۶۵۵۴۴۳۳</p>"), "inconclusive", "not_found_anywhere", set(), 0),
    "a sample page": (_own(PHONE + MAIL + "<p>متن نمونه</p>" + INFO), "inconclusive", "not_found_anywhere", set(), 0),
    "contact of another body": (_other_body, "inconclusive", "not_found_anywhere", set(), 0),
    "dead links": (_own(INFO + PHONE + LINKS, faq=("", dead()), contact=("", dead()), guide=("", dead())), "partial", None, {"phone"}, 0),
    "links nobody followed": (_unfetched, "partial", None, {"phone"}, 4),
    "scripts not seen at work": (_own(ALL.replace(FAQ, "") + "<script src=/a.js></script>"), "partial", None, FIVE - {"faq"}, 1),
    "not claimed electronic": (_not_electronic, "not_applicable", None, set(), 0),
    "the page is dead": (_own(dead()), "contradicted", "dead_link", set(), 0),
    "the page is silent": (_own(silent()), "inconclusive", "unreachable", set(), 0),
    "the page is blocked": (_own({"status": 403}), "inconclusive", "blocked", set(), 0),
}  # fmt: skip


def check(seen: Any, row: Row, look: str) -> None:
    build, verdict, reason, given, unsettled = row
    world = World(seen, LOOKS[look])
    build(world)
    found = world.judged("services.support")["bees"]
    told = set(found.observed.get("given", {}))
    assert (found.verdict, found.reason, told) == (verdict, reason, given), found.observed
    assert found.observed.get("unsettled", 0) == unsettled


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", ROWS)
def test_rows(seen: Any, name: str, look: str) -> None:
    check(seen, ROWS[name], look)


MUTATIONS: dict[str, Row] = {
    **{
        f"without {lost}": (_own(ALL.replace(part, "")), "partial", None, FIVE - {lost}, 0)
        for lost, part in (("guide", GUIDE), ("faq", FAQ), ("phone", PHONE), ("mail", MAIL), ("hours", HOURS))
    },
    "emptied": (_own(INFO), "inconclusive", "not_found_anywhere", set(), 0),
    "template": (_own("<p>متن نمونه</p>" + ALL), "inconclusive", "not_found_anywhere", set(), 0),
    "foreign": (_other_body, "inconclusive", "not_found_anywhere", set(), 0),
    "dead": (_own(dead()), "contradicted", "dead_link", set(), 0),
}


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", MUTATIONS)
def test_mutations_are_noticed(seen: Any, name: str, look: str) -> None:
    check(seen, MUTATIONS[name], look)
