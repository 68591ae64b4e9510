"""What answers in a portal's place and is none. The pages are in `stand_in_pages`."""

from __future__ import annotations

from typing import Any

import pytest

from claims.model import Service
from tests.checks.stand_in_pages import PAGES, page

HOME = "http://portal.test/"
SERVICE = "http://portal.test/s/1"
REACH = {
    "default_page": ("contradicted", "hollow"),
    "parked": ("contradicted", "hollow"),
    "under_construction": ("contradicted", "under_construction"),
    "maintenance": ("inconclusive", "server_error"),
    "server_error": ("inconclusive", "server_error"),
    None: ("verified", None),
}
ENTRY = {
    "default_page": ("contradicted", "hollow"),
    "parked": ("contradicted", "hollow"),
    "under_construction": ("contradicted", "under_construction"),
    "maintenance": ("contradicted", "under_construction"),
    "server_error": ("inconclusive", "server_error"),
}


@pytest.mark.parametrize(("kind", "html"), PAGES.values(), ids=PAGES.keys())
def test_no_portal_is_reached_by_a_page_of_none(seen: Any, kind: str | None, html: str) -> None:
    seen.twice(HOME, html, purpose="home")
    (finding,) = seen.found("reach.portal")
    assert ((finding.verdict, finding.reason), finding.observed["stand_in"]) == (REACH[kind], kind)


@pytest.mark.parametrize(("kind", "html"), PAGES.values(), ids=PAGES.keys())
def test_one_in_place_of_a_service(seen: Any, kind: str | None, html: str) -> None:
    finding = _service(seen, page("سازمان", "<h1>سازمان</h1><p>به درگاه خوش آمدید.</p>"), html)
    if kind is not None:
        assert (finding.verdict, finding.reason) == ENTRY[kind]
    else:
        assert finding.reason not in ("hollow", "under_construction", "server_error", "soft_404")


@pytest.mark.parametrize("kind", ["default_page", "parked", "maintenance"])
def test_where_the_whole_portal_is_closed_no_service_is_blamed(seen: Any, kind: str) -> None:
    html = next(html for told, html in PAGES.values() if told == kind)
    finding = _service(seen, html, html)
    assert (finding.verdict, finding.reason) == ("inconclusive", "server_error")


def test_a_portal_that_is_back_at_the_second_visit_is_reached(seen: Any) -> None:
    seen.http(HOME, PAGES["nginx"][1], purpose="home", at=10)
    seen.http(HOME, PAGES["home"][1], purpose="home", at=100, attempt=2)
    (finding,) = seen.found("reach.portal")
    assert finding.verdict == "verified"


def test_two_kinds_prove_neither(seen: Any) -> None:
    seen.http(HOME, PAGES["nginx"][1], purpose="home", at=10)
    seen.http(HOME, PAGES["under construction"][1], purpose="home", at=100, attempt=2)
    (finding,) = seen.found("reach.portal")
    assert (finding.verdict, finding.reason) == ("inconclusive", "ambiguous")


def test_a_challenge_with_a_picture_in_it_is_one_at_any_size(seen: Any) -> None:
    picture = "<img src='data:image/png;base64," + "A" * 400_000 + "'>"
    gate = page("Just a moment...", f"{picture}<p>Checking your browser</p><script>go()</script>", "en")
    seen.twice(HOME, gate, purpose="home")
    (finding,) = seen.found("reach.portal")
    assert (finding.verdict, finding.reason) == ("inconclusive", "blocked")


def test_a_gate_whose_script_the_crawl_fetched(seen: Any) -> None:
    seen.twice(HOME, page("", '<script src="/j/x1.js"></script>'), purpose="home")
    script = 'document.cookie="__gate="+h();window.location.reload();'
    seen.http(f"{HOME}j/x1.js", script, headers=(("Content-Type", "text/javascript"),), purpose="link", at=12)
    (finding,) = seen.found("reach.portal")
    assert (finding.verdict, finding.reason) == ("inconclusive", "blocked")


def _service(seen: Any, home: str, html: str) -> Any:
    seen.twice(HOME, home, purpose="home")
    seen.services = (
        Service("portal", "s", "صدور پروانه بهره‌برداری چاه", True, SERVICE, level="transaction"),
    )
    seen.twice(SERVICE, html, purpose="claim")
    seen.account()
    return seen.of("services.entry")["s"]
