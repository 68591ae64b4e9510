"""`services.login`: national sign-on and logins of the portal's own, in three looks of portals."""

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
    World,
    dead,
    moved,
    silent,
)

INFO = f"<p>{PROSE}</p>"
ENTER = '<p><a href="/enter">ورود به سامانه</a></p>'
NATIONAL = f'<p><a href="{SSO}">ورود با پنجره ملی خدمات دولت هوشمند</a></p>'
OTP = '<form method="post"><label>شماره موبایل <input name="mobile"></label><button>ارسال کد تایید</button></form>'


def _own(*answers: Any, enter: Any = None) -> Callable[[World], None]:
    def build(world: World) -> None:
        world.own("bees", *answers)
        if enter is not None:
            world.page("/enter", "ورود به سامانه", *(enter if isinstance(enter, list) else [enter]))

    return build


def _sso_page(world: World) -> None:
    _own(INFO + NATIONAL)(world)
    world.pages[SSO] = ("ورود", [silent(), silent()], "link")


def _once(world: World) -> None:
    _own(INFO + ENTER)(world)
    world.pages["/enter"] = ("ورود به سامانه", [LOGIN], "page")


def _by_own_redirect(world: World) -> None:
    _own(INFO + ENTER, enter=LOGIN + '<p><a href="/sso">ورود با دولت من</a></p>')(world)
    world.page("/sso", "", moved(SSO))


def _in_frame(world: World) -> None:
    world.menu = f'<a href="{SSO}">ورود با پنجره ملی</a>'
    _own(INFO + ENTER, enter=LOGIN)(world)


def _elsewhere(world: World) -> None:
    _own(INFO + ENTER.replace("/enter", "http://courts.test/enter"))(world)
    world.page("http://courts.test/enter", "ورود به سامانه", LOGIN)


def _not_electronic(world: World) -> None:
    world.service("bees", "/s/bees", electronic=False)
    _own(INFO + ENTER, enter=LOGIN)(world)


def _box_in_header(world: World) -> None:
    """A login box that every page shows is no step of the service."""
    world.menu = LOGIN
    world.own("bees", INFO + FORM)


Row = tuple[Callable[[World], None], str, str | None]
ROWS: dict[str, Row] = {
    "straight to the sign-on": (_own(moved(SSO)), "verified", None),
    "a link to the sign-on": (_sso_page, "verified", None),
    "a link that is sent on to the sign-on": (_own(INFO + ENTER, enter=moved(SSO)), "verified", None),
    "both beside each other": (_own(INFO + ENTER, enter=LOGIN + NATIONAL), "partial", None),
    "both, the sign-on by a redirect of its own": (_by_own_redirect, "partial", None),
    "both on the service's page": (_own(INFO + LOGIN + NATIONAL), "partial", None),
    "one link to each": (_own(INFO + ENTER + NATIONAL, enter=LOGIN), "partial", None),
    "a password of its own": (_own(INFO + ENTER, enter=LOGIN), "contradicted", "local_login"),
    "a code by SMS of its own": (_own(INFO + ENTER, enter=OTP), "contradicted", "local_login"),
    "a password on the service's page": (_own(INFO + LOGIN), "contradicted", "local_login"),
    "the claimed address is a login": (_own(LOGIN), "contradicted", "local_login"),
    "a password that was seen once": (_once, "inconclusive", "not_attempted"),
    "a password in one of two visits": (_own(INFO + ENTER, enter=[LOGIN, silent()]), "inconclusive", "not_attempted"),
    "scripts may add the sign-on": (
        _own(INFO + ENTER, enter=LOGIN + "<script src=/a.js></script>"), "inconclusive", "needs_browser",
    ),
    "a password of another body": (_elsewhere, "inconclusive", "ambiguous"),
    "the sign-on in the frame of the portal": (_in_frame, "partial", None),
    "a button for the sign-on": (
        _own(INFO + ENTER, enter=LOGIN + "<p><button type=button>ورود با پنجره ملی</button></p>"), "inconclusive", "ambiguous",
    ),
    "a button that says where it leads": (
        _own(INFO + ENTER, enter=LOGIN + f"<p><button onclick=\"location.href='{SSO}'\">ورود با دولت من</button></p>"), "partial", None,
    ),
    "the login is silent": (_own(INFO + ENTER, enter=silent()), "inconclusive", "unreachable"),
    "the login is blocked": (_own(INFO + ENTER, enter={"status": 403}), "inconclusive", "blocked"),
    "the page is silent": (_own(silent()), "inconclusive", "unreachable"),
    "no login": (_own(INFO + FORM), "not_applicable", None),
    "the box of every header": (_box_in_header, "not_applicable", None),
    "the page is dead": (_own(dead()), "not_applicable", None),
    "not claimed electronic": (_not_electronic, "not_applicable", None),
}  # fmt: skip


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", ROWS)
def test_rows(seen: Any, name: str, look: str) -> None:
    build, verdict, reason = ROWS[name]
    world = World(seen, LOOKS[look])
    build(world)
    found = world.judged("services.login")["bees"]
    assert (found.verdict, found.reason) == (verdict, reason), found.observed


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("unread", [{"status": 403}, silent()], ids=["blocked", "silent"])
def test_a_service_that_nobody_could_look_at_is_none_of_the_logins_seen(
    seen: Any, look: str, unread: Any
) -> None:
    world = World(seen, LOOKS[look])
    world.own("bees", INFO + NATIONAL)
    world.own("wells", unread)
    found = world.judged("services.login")
    assert found["bees"].verdict == "verified"
    assert found["wells"].verdict == "not_applicable"
    assert found["wells"].observed["unread"] in ("blocked", "unreachable")


@pytest.mark.parametrize("look", LOOKS)
def test_the_portals_own_login_is_a_step_once(seen: Any, look: str) -> None:
    world = World(seen, LOOKS[look])
    world.menu = '<a href="/enter">ورود</a>'
    world.own("bees", INFO + NATIONAL)
    world.page("/enter", "ورود به سامانه", LOGIN)
    found = world.judged("services.login")
    assert {key: row.verdict for key, row in found.items()} == {
        "bees": "verified",
        f"{PORTAL}enter": "contradicted",
    }


@pytest.mark.parametrize("look", LOOKS)
def test_a_login_that_services_lead_to_is_theirs(seen: Any, look: str) -> None:
    world = World(seen, LOOKS[look])
    world.menu = '<a href="/enter">ورود</a>'
    world.own("bees", INFO + ENTER)
    world.own("wells", INFO + ENTER)
    world.page("/enter", "ورود به سامانه", LOGIN)
    assert set(world.judged("services.login")) == {"bees", "wells"}


@pytest.mark.parametrize("look", LOOKS)
def test_the_banner_of_the_national_window_is_no_login(seen: Any, look: str) -> None:
    world = World(seen, LOOKS[look])
    banner = '<a href="https://my.gov.ir/">پنجره ملی خدمات دولت هوشمند</a>'
    world.menu = banner
    world.own("bees", INFO + FORM)
    world.own("wells", INFO + ENTER)
    world.page("/enter", "ورود به سامانه", LOGIN + f"<p>{banner}</p>")
    found = world.judged("services.login")
    assert {key: row.verdict for key, row in found.items()} == {
        "bees": "not_applicable",
        "wells": "contradicted",
    }


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(
    ("beside", "verdict", "reason"),
    [("", "inconclusive", "not_attempted"), (NATIONAL, "partial", None)],  # the home page was seen once
)
def test_a_box_on_the_home_page_is_a_step_of_the_portal(
    seen: Any, look: str, beside: str, verdict: str, reason: str | None
) -> None:
    """In the header of every page: no step of a service, and one of the portal, with the sign-on beside it."""
    world = World(seen, LOOKS[look])
    world.menu = LOGIN + beside
    world.own("bees", INFO + FORM)
    found = world.judged("services.login")
    assert found["bees"].verdict == "not_applicable"
    [box] = [row for key, row in found.items() if key not in TITLES]
    assert (box.verdict, box.reason) == (verdict, reason), box.observed
