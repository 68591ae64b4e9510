"""Scripts that add nothing wherever the browser saw them: pages with them alone are whole as they came."""

from __future__ import annotations

from typing import Any

import pytest

from checks.case import Case, Shared
from checks.inert_scripts import settled
from evidence.store import EvidenceStore

PORTAL = "http://portal.test/"
MAIN, OTHER = "<script src=/js/main.js></script>", "<script src=/js/chart.js></script>"
DATA = '<script type="application/ld+json">{"@type": "Organization"}</script>'
BODY = "<h1>صفحه {n}</h1><p>متنی که از سرور می‌آید و شمارهٔ {n} دارد.</p><a href=/x>پیوند</a>"


def page(number: int, more: str = "", scripts: str = MAIN) -> str:
    return f"<html><body>{BODY.format(n=number)}{more}{scripts}</body></html>"


def whole(seen: Any, asked: str) -> bool:
    """Whether a page that the browser did not see is whole as it came."""
    capture = seen.http(f"{PORTAL}asked", asked, at=500)
    seen.writer.close()
    round, evidence = seen.round(), EvidenceStore.open(seen.folder / "evidence")
    case = Case(round, seen.agency, evidence, seen.as_of, Shared(round, evidence))
    return settled(case, evidence.get(capture.id))


def shown(seen: Any, count: int, more: str = "", **facts: Any) -> None:
    """Pages as they were sent, and as the browser showed them with `more`."""
    seen.http(PORTAL, page(0, scripts=""), purpose="home")
    for number in range(1, count + 1):
        seen.http(f"{PORTAL}{number}", page(number), at=10.0 * number)
        seen.rendered(f"{PORTAL}{number}", page(number, more), at=10.0 * number + 1, **facts)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (page(9), True),
        (page(9, scripts=""), True),
        (page(9, scripts=DATA), True),
        (page(9, scripts=MAIN + DATA), True),
        (page(9, scripts=MAIN + OTHER), False),
        (page(9, scripts="<script>load()</script>"), False),
    ],
)
def test_a_page_with_the_scripts_of_others(seen: Any, asked: str, expected: bool) -> None:
    shown(seen, 5)
    assert whole(seen, asked) is expected


def test_four_pages_are_too_few(seen: Any) -> None:
    shown(seen, 4)
    assert not whole(seen, page(9))


@pytest.mark.parametrize(
    "more",
    [
        "<p>نظرسنجی</p>",
        "<form><input name=q></form>",
        "<a href=/y></a>",
        "<iframe src=/z></iframe>",
        "<table></table>",
    ],
)
def test_a_script_that_added_something_once_may_again(seen: Any, more: str) -> None:
    shown(seen, 8)
    seen.http(f"{PORTAL}other", page(10), at=300)
    seen.rendered(f"{PORTAL}other", page(10, more), at=301)
    assert not whole(seen, page(9))


def test_a_script_that_did_not_arrive_says_nothing(seen: Any) -> None:
    requests = (("GET", f"{PORTAL}js/main.js", "script", 503),)
    shown(seen, 8, requests=requests)
    assert not whole(seen, page(9))


def test_the_picture_of_the_browser_is_whole(seen: Any) -> None:
    seen.http(PORTAL, page(0, scripts=""), purpose="home")
    capture = seen.rendered(f"{PORTAL}1", page(1), at=5)
    seen.writer.close()
    round, evidence = seen.round(), EvidenceStore.open(seen.folder / "evidence")
    case = Case(round, seen.agency, evidence, seen.as_of, Shared(round, evidence))
    assert settled(case, evidence.get(capture.id))
