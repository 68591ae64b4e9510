"""`services.tracking`: rows of pages in three looks, and what each comes to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.checks.service_pages import FORM, LOGIN, LOOKS, PROSE, TITLES, TRACK, World, dead, silent

PROMISE = "<p>پس از ثبت، کد رهگیری به متقاضی داده می‌شود.</p>"
LINK = '<p><a href="/track">پیگیری درخواست</a></p>'
INFO = f"<p>{PROSE}</p>"
CODE = "13091713000"


def _with(
    *bodies: Any, track: tuple[Any, ...] = (), heading: str = "پیگیری درخواست"
) -> Callable[[World], None]:
    def build(world: World) -> None:
        world.own("bees", *bodies)
        if track:
            world.page("/track", heading, *track)

    return build


def _once(world: World) -> None:
    world.own("bees", INFO + FORM + PROMISE + LINK)
    world.pages["/track"] = ("", [dead()], "page")


def _menu(world: World) -> None:
    world.menu = '<a href="/track">پیگیری درخواست</a>'
    world.own("bees", INFO + FORM + PROMISE)
    world.page("/track", "پیگیری درخواست", TRACK)


def _soon(world: World) -> None:
    world.menu = '<a href="/track">پیگیری درخواست</a>'
    world.own("bees", INFO + FORM + PROMISE)
    world.page("/track", "پیگیری درخواست", "<p>این بخش به‌زودی راه‌اندازی می‌شود.</p>")


def _dead_menu(world: World) -> None:
    world.menu = '<a href="/track">پیگیری درخواست</a>'
    world.own("bees", INFO + FORM + PROMISE)
    world.page("/track", "پیگیری درخواست", dead(), dead())


def _elsewhere(value: str) -> Callable[[World], None]:
    """The claimed address is closed to us, and the card stands on a page of its own."""
    rows = f"<tr><th>عنوان خدمت</th><td>{TITLES['bees']}</td></tr><tr><th>شناسه خدمت</th><td>{CODE}</td></tr>"
    rows += f"<tr><th>هزینه خدمت</th><td>رایگان</td></tr><tr><th>کد رهگیری</th><td>{value}</td></tr>"

    def build(world: World) -> None:
        world.service("bees", "/s/bees", code=CODE)
        world.page("/s/bees", TITLES["bees"], {"status": 403}, purpose="claim")
        world.page("/cards/bees", TITLES["bees"], f"{INFO}<table>{rows}</table>{LINK}")
        world.page("/track", "پیگیری درخواست", TRACK)

    return build


def _unfetched(world: World) -> None:
    world.own("bees", INFO + FORM + PROMISE + LINK)
    world.unfetched = [("http://portal.test/track", "robots")]


def _not_electronic(world: World) -> None:
    world.service("bees", "/s/bees", electronic=False)
    world.own("bees", INFO + PROMISE)


Row = tuple[Callable[[World], None], str, str | None, Any]
# name: what stands there, verdict, reason, whether the look was complete (None: not told)
ROWS: dict[str, Row] = {
    "a form of its own": (_with(INFO + PROMISE + TRACK), "verified", None, None),
    "a form without a promise": (_with(INFO + TRACK), "not_applicable", None, None),
    "a link without a promise": (_with(INFO + FORM + LINK, track=(TRACK,)), "not_applicable", None, None),
    "promised by a field of the card": (
        _with(INFO + FORM + "<table><tr><th>شناسه رهگیری</th><td>بله</td></tr></table>" + LINK, track=(TRACK,)),
        "verified", None, None,
    ),
    "a field of the card that says no": (
        _with(INFO + FORM + "<dl><dt>کد پیگیری</dt><dd>ندارد</dd></dl>" + LINK, track=(TRACK,)),
        "not_applicable", None, None,
    ),
    "said that there is one": (
        _with(INFO + FORM + "<p>این درخواست شماره پیگیری دارد.</p>"), "inconclusive", "not_found_anywhere", True,
    ),
    "one link on": (_with(INFO + FORM + PROMISE + LINK, track=(TRACK,)), "verified", None, None),
    "a link that names the code": (
        _with(INFO + FORM + PROMISE + '<p><a href="/track">وضعیت درخواست با کد پیگیری</a></p>', track=(TRACK,)), "verified", None, None,
    ),
    "a link by the code to another matter": (
        _with(INFO + FORM + PROMISE + '<p><a href="/track">پیگیری شکایت با کد رهگیری</a></p>', track=(TRACK,)),
        "inconclusive", "no_match", False,
    ),
    "promised in English": (
        _with(INFO + FORM + "<p>You will receive a tracking code after submission.</p>" + LINK, track=(TRACK,)),
        "verified", None, None,
    ),
    "in Arabic": (
        _with(INFO + FORM + PROMISE + '<p><a href="/track">متابعة الطلب</a></p>', track=(TRACK,)), "verified", None, None,
    ),
    "promised, and nowhere": (_with(INFO + FORM + PROMISE), "inconclusive", "not_found_anywhere", True),
    "promised, and the menu leads to tracking": (_menu, "inconclusive", "no_match", False),
    "promised, and the menu's tracking comes soon": (_soon, "inconclusive", "not_found_anywhere", True),
    "promised, and the menu's tracking is dead": (_dead_menu, "inconclusive", "not_found_anywhere", True),
    "closed, and the card elsewhere promises none": (_elsewhere("ندارد"), "not_applicable", None, None),
    "closed, and the card elsewhere promises one": (_elsewhere("پیامک می‌شود"), "inconclusive", "no_match", False),
    "promised, a script may do it": (
        _with(INFO + FORM + PROMISE + "<script src=/a.js></script>"), "inconclusive", "no_match", False,
    ),
    "the link is dead": (
        _with(INFO + FORM + PROMISE + LINK, track=(dead(), dead())), "contradicted", "dead_link", None,
    ),
    "the link was dead once": (
        _with(INFO + FORM + PROMISE + LINK, track=(dead(), silent())), "inconclusive", "unreachable", None,
    ),
    "the link was seen once, dead": (_once, "inconclusive", "not_attempted", None),
    "robots": (_unfetched, "inconclusive", "robots", None),
    "blocked": (
        _with(INFO + FORM + PROMISE + LINK, track=({"status": 403},)), "inconclusive", "blocked", None,
    ),
    "behind a login": (_with(INFO + FORM + PROMISE + LINK, track=(LOGIN,)), "inconclusive", "not_attempted", None),
    "a page that only talks of it": (
        _with(INFO + FORM + PROMISE + LINK, track=("<p>درباره شیوه پیگیری درخواست‌ها سخن می‌گوییم. </p>" * 9,)),
        "inconclusive", "not_found_anywhere", True,
    ),
    "an unfilled template": (
        _with(INFO + FORM + PROMISE + LINK, track=("<p>متن نمونه</p>" + TRACK,)), "inconclusive", "not_found_anywhere", True,
    ),
    "a search box is no form for it": (
        _with(INFO + FORM + PROMISE + '<form><input name=q placeholder="جستجو"><button>جستجو</button></form>'),
        "inconclusive", "not_found_anywhere", True,
    ),
    "a number that a file has": (_with(INFO + FORM + "<p>هر چاه در سامانه یک شماره پرونده دارد.</p>" + LINK, track=(TRACK,)), "not_applicable", None, None),
    "denied": (_with(INFO + FORM + "<p>برای این خدمت کد رهگیری ارائه نمی‌شود.</p>"), "not_applicable", None, None),
    "nothing promised": (_with(INFO + FORM), "not_applicable", None, None),
    "not claimed electronic": (_not_electronic, "not_applicable", None, None),
    "the page is dead": (_with(dead(), dead()), "not_applicable", None, None),
    "the page is silent": (_with(silent(), silent()), "inconclusive", "unreachable", None),
}  # fmt: skip


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", ROWS)
def test_rows(seen: Any, name: str, look: str) -> None:
    build, verdict, reason, complete = ROWS[name]
    world = World(seen, LOOKS[look])
    build(world)
    found = world.judged("services.tracking")["bees"]
    assert (found.verdict, found.reason) == (verdict, reason), found.observed
    assert found.observed.get("complete_look") == complete


# what is done to a page that is verified, and what has to follow; None: nobody can tell
MUTATIONS: dict[str, Row] = {
    "removed": (_with(INFO + FORM + PROMISE, track=(TRACK,)), "inconclusive", "not_found_anywhere", True),
    "emptied": (_with(INFO + FORM + PROMISE + LINK, track=("",)), "inconclusive", "not_found_anywhere", True),
    "template": (_with(INFO + FORM + PROMISE + LINK, track=("<p>متن نمونه</p>" + TRACK,)), "inconclusive", "not_found_anywhere", True),
    "dead": (_with(INFO + FORM + PROMISE + LINK, track=(dead(), dead())), "contradicted", "dead_link", None),
    "home": (
        _with(INFO + FORM + PROMISE + LINK, track=({"status": 302, "redirect": "http://portal.test/"},)),
        "contradicted", "redirects_home", None,
    ),
}  # fmt: skip


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", MUTATIONS)
def test_mutations_are_noticed(seen: Any, name: str, look: str) -> None:
    build, verdict, reason, complete = MUTATIONS[name]
    world = World(seen, LOOKS[look])
    build(world)
    found = world.judged("services.tracking")["bees"]
    assert (found.verdict, found.reason) == (verdict, reason), found.observed
    assert found.observed.get("complete_look") == complete
