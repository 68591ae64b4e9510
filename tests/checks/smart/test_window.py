"""`services.window`: deep links of the national window, and where they land."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from checks.smart.services_window.check import NationalWindow
from tests.checks.service_pages import (
    FORM,
    LOGIN,
    LOOKS,
    PORTAL,
    PROSE,
    SSO,
    TITLES,
    World,
    dead,
    moved,
    silent,
)

PAGE = f"<p>{PROSE}</p>{FORM}"
DEEP = "https://my.gov.ir/services/bees"


def given(world: World, *links: str) -> World:
    """The round's list names these links for the first service."""
    world.services = [
        replace(service, window=links) if service.id == "bees" else service for service in world.services
    ]
    plain = world.seen.round
    world.seen.round = lambda: replace(plain(), window_given=True)
    return world


def _deep(*answers: Any, own: Any = PAGE) -> Callable[[World], None]:
    def build(world: World) -> None:
        world.own("bees", own)
        world.own("wells", PAGE)
        world.page(DEEP, "", *answers, purpose="claim")
        given(world, DEEP)

    return build


def _itself(world: World) -> None:
    world.own("bees", PAGE)
    given(world, f"{PORTAL}s/bees")


def _info(world: World) -> None:
    world.own("bees", f"<p>{PROSE}</p>")
    given(world, f"{PORTAL}s/bees")


def _two(world: World) -> None:
    _deep(dead())(world)
    given(world, DEEP, f"{PORTAL}s/bees")


def _not_listed(world: World) -> None:
    world.own("bees", PAGE)
    given(world)


def _not_electronic(world: World) -> None:
    world.service("bees", "/s/bees", electronic=False)
    world.own("bees", PAGE)
    given(world, f"{PORTAL}s/bees")


def _story(world: World) -> None:
    story = f"<p>تاریخ انتشار: ۱۴۰۴/۰۶/۱۱</p><p>به گزارش روابط عمومی، سامانهٔ «{TITLES['bees']}» رونمایی شد.</p><p>{PROSE}</p>"
    world.own("bees", PAGE)
    world.page(f"{PORTAL}news/7", f"{TITLES['bees']} رونمایی شد", story, story, purpose="claim")
    given(world, f"{PORTAL}news/7")


def _unfetched(world: World) -> None:
    world.own("bees", PAGE)
    given(world, DEEP)
    world.unfetched = [(DEEP, "robots")]


def _home_with_login(world: World) -> None:
    """The box to log in is every visitor's, whatever brought them there."""
    world.home += f"<h2>ورود کاربران</h2>{LOGIN}"
    _deep(moved(PORTAL))(world)


def _home_straight(world: World) -> None:
    world.home += f"<h2>ورود کاربران</h2>{LOGIN}"
    world.own("bees", PAGE)
    given(world, PORTAL)


def _home_with_tiles(world: World) -> None:
    """The home page leads to the service among others, and is not the service."""
    world.home += "".join(f'<a href="/s/{name}">{title}</a> ' for name, title in TITLES.items())
    world.own("bees", PAGE)
    world.own("wells", PAGE)
    given(world, PORTAL)


def _home_is_the_service(world: World) -> None:
    world.home = f"<h2>{TITLES['bees']}</h2>{PAGE}"
    world.service("bees", "/")
    given(world, PORTAL)


def _hollow(world: World) -> None:
    world.own("bees", "<p>متن نمونه</p>")
    given(world, f"{PORTAL}s/bees")


def _to_sign_on(world: World) -> None:
    named = SSO.replace("client_id=portal", "redirect_uri=http%3A%2F%2Fportal.test%2Fs%2Fbees")
    _deep(moved(named))(world)
    world.page(named, "ورود", LOGIN, purpose="claim")


def _deep_other_login(world: World) -> None:
    _deep(moved(f"{PORTAL}s/wells"))(world)
    world.own("wells", f"<p>{PROSE}</p>{LOGIN}")


def _by_title_alone(world: World) -> None:
    """The claim names no address; the link lands on a page of its title."""
    world.service("bees")
    world.page("/w/12", TITLES["bees"], PAGE)
    given(world, f"{PORTAL}w/12")


Row = tuple[Callable[[World], None], str, str | None]
ROWS: dict[str, Row] = {
    "sent on to the service": (_deep(moved(f"{PORTAL}s/bees")), "verified", None),
    "the service's own address": (_itself, "verified", None),
    "a service that only informs": (_info, "verified", None),
    "found by its title": (_by_title_alone, "verified", None),
    "one of two links": (_two, "verified", None),
    "to the sign-on that names the agency": (
        _to_sign_on, "verified", None,
    ),
    "on the home page": (_deep(moved(PORTAL)), "partial", "redirects_home"),
    "on a home page with a box to log in": (_home_with_login, "partial", "redirects_home"),
    "the home page itself, with a box to log in": (_home_straight, "partial", "redirects_home"),
    "the home page itself, which leads to the service": (_home_with_tiles, "partial", "redirects_home"),
    "the home page, which is the service": (_home_is_the_service, "verified", None),
    "on another service": (_deep(moved(f"{PORTAL}s/wells")), "contradicted", "wrong_service"),
    "on another service with a login": (_deep_other_login, "contradicted", "wrong_service"),
    "on another service once": (_deep(moved(f"{PORTAL}s/wells"), silent()), "inconclusive", "unreachable"),
    "on a page of nothing": (_deep(moved(f"{PORTAL}about")), "inconclusive", "no_match"),
    "an unfilled template": (_hollow, "contradicted", "hollow"),
    "on a story about the service": (_story, "inconclusive", "no_match"),
    "dead": (_deep(dead()), "contradicted", "dead_link"),
    "dead once": (_deep(dead(), silent()), "inconclusive", "unreachable"),
    "silent": (_deep(silent()), "inconclusive", "unreachable"),
    "blocked": (_deep({"status": 403}), "inconclusive", "blocked"),
    "robots": (_unfetched, "inconclusive", "robots"),
    "stays on the window, which has a login": (_deep(f"<h2>{TITLES['bees']}</h2>{LOGIN}"), "inconclusive", "no_match"),
    "stays on the window": (_deep("<p>شرح خدمت در پنجره ملی</p>"), "inconclusive", "no_match"),
    "not in the list": (_not_listed, "inconclusive", "not_found_anywhere"),
    "not claimed electronic": (_not_electronic, "not_applicable", None),
}  # fmt: skip


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", ROWS)
def test_rows(seen: Any, name: str, look: str) -> None:
    build, verdict, reason = ROWS[name]
    world = World(seen, LOOKS[look])
    build(world)
    found = world.judged("services.window")["bees"]
    assert (found.verdict, found.reason) == (verdict, reason), found.observed
    assert (found.observed.get("complete_look") is True) == (name == "not in the list")


def test_no_list_no_finding(seen: Any) -> None:
    world = World(seen, LOOKS["plain"])
    world.own("bees", PAGE)
    assert world.judged(NationalWindow.id) == {}
