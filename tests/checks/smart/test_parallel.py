"""`services.parallel`: how many entries one service has, in three looks of portals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.checks.service_pages import (
    FORM,
    LOGIN,
    LOOKS,
    PORTAL,
    PROSE,
    SSO,
    TITLES,
    TRACK,
    World,
    dead,
    moved,
    silent,
)

INFO = f"<p>{PROSE}</p>"
ENTER = '<p><a href="/enter">ورود به سامانه</a></p>'
NATIONAL = f'<p><a href="{SSO}">ورود با پنجره ملی خدمات دولت هوشمند</a></p>'
OLD = "http://old.portal.test/apply"
OTHER_FORM = (
    '<form method="post" action="/apply2"><label>نام خانوادگی <input name="family"></label><label>شماره پرونده <input name="file"></label>'
    "<button>ثبت درخواست</button></form>"
)


def _own(*answers: Any, enter: Any = None) -> Callable[[World], None]:
    def build(world: World) -> None:
        world.own("bees", *answers)
        if enter is not None:
            world.page("/enter", "ورود به سامانه", enter)

    return build


def _second(
    where: str, body: str, heading: str = TITLES["bees"], own: Any = INFO + FORM
) -> Callable[[World], None]:
    def build(world: World) -> None:
        world.own("bees", own)
        world.home += f' <a href="{where}">خدمات قدیم</a>'
        world.page(where, heading, body)

    return build


def _old_login(world: World) -> None:
    world.own("bees", INFO + FORM + '<p><a href="http://old.portal.test/login">ورود به سامانه</a></p>')
    world.page("http://old.portal.test/login", "ورود به سامانه", LOGIN)


def _two_logins(world: World) -> None:
    world.own(
        "bees",
        INFO + ENTER + '<p><a href="http://old.portal.test/login">ورود به سامانه قدیم</a></p>',
    )
    world.page("/enter", "ورود به سامانه", LOGIN)
    world.page("http://old.portal.test/login", "ورود به سامانه", LOGIN)


def _in_frame(world: World) -> None:
    frame = f'<iframe src="/embed/bees" title="{TITLES["bees"]}"></iframe>'
    world.own("bees", INFO + frame)
    world.page("/embed/bees", TITLES["bees"], FORM)


def _copied(world: World) -> None:
    world.own("bees", INFO + FORM + '<p><a href="http://cache.test/bees">رونوشت</a></p>')
    world.page("http://cache.test/bees", TITLES["bees"], INFO + FORM)


def _unread(world: World) -> None:
    world.own("bees", INFO + FORM.replace("<form", "<form id=f") + ENTER)
    world.page("/enter", "ورود به سامانه", silent())


def _not_electronic(world: World) -> None:
    world.service("bees", "/s/bees", electronic=False)
    world.own("bees", INFO + FORM)


Row = tuple[Callable[[World], None], str, str | None, int | None]
# name: what stands there, verdict, reason, entries
ROWS: dict[str, Row] = {
    "one form": (_own(INFO + FORM), "verified", None, 1),
    "straight to the sign-on": (_own(moved(SSO)), "verified", None, 1),
    "a form after the sign-on": (_own(INFO + FORM + NATIONAL), "verified", None, 1),
    "one login": (_own(INFO + ENTER, enter=LOGIN), "verified", None, 1),
    "a form and the login of its own host": (_own(INFO + FORM + ENTER, enter=LOGIN), "verified", None, 1),
    "a password beside the sign-on": (_own(INFO + ENTER, enter=LOGIN + NATIONAL), "partial", None, 2),
    "a login on another host": (_old_login, "partial", None, 2),
    "two logins": (_two_logins, "partial", None, 2),
    "the form on another host too": (_second(OLD, INFO + FORM.replace("/apply", "/do")), "partial", None, 2),
    "another form of it on the same host": (_second("/old/bees", INFO + OTHER_FORM), "partial", None, 2),
    "the same form under two addresses": (_second("/en/bees", INFO + FORM), "verified", None, 1),
    "the form of another service": (_second("/s/wells", INFO + OTHER_FORM, TITLES["wells"]), "verified", None, 1),
    "a tracking form is no second entry": (_second("/t", TRACK, "پیگیری درخواست"), "verified", None, 1),
    "a page of information of the same title": (_second("/news/1", INFO * 2), "verified", None, 1),
    "a login nobody could read": (_unread, "partial", None, 1),
    "a tracking form alone": (_own(INFO + TRACK), "verified", None, 1),
    "a form in a frame": (_in_frame, "verified", None, 1),
    "a copy of the form in somebody's cache": (_copied, "verified", None, 1),
    "no entry that was seen": (_own(silent()), "inconclusive", "unreachable", None),
    "blocked": (_own({"status": 403}), "inconclusive", "blocked", None),
    "dead": (_own(dead()), "not_applicable", None, None),
    "information alone": (_own(INFO), "not_applicable", None, None),
    "not claimed electronic": (_not_electronic, "not_applicable", None, None),
}  # fmt: skip


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", ROWS)
def test_rows(seen: Any, name: str, look: str) -> None:
    build, verdict, reason, entries = ROWS[name]
    seen.move(PORTAL, "old.portal.test")
    world = World(seen, LOOKS[look])
    build(world)
    found = world.judged("services.parallel")["bees"]
    assert (found.verdict, found.reason, found.observed.get("entries")) == (verdict, reason, entries), (
        found.observed
    )
    if entries is not None:
        shares = found.observed["share"] + found.observed["unsettled"]
        assert shares == pytest.approx(1 / entries)
