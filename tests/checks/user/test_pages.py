"""Measured pages as the model counts them (U07, U08, U11), from captures as the browser's visit leaves them."""

from __future__ import annotations

from typing import Any

import pytest

from checks.finding import Finding
from checks.user.pages_accessibility.check import PagesAccessibility
from checks.user.pages_markup.check import PagesMarkup
from checks.user.pages_mobile.check import MOST_SECONDS, PagesMobile, seconds
from fixtures.measured_pages import GOOD, PORTAL, changed, measured, violation, without
from tests.checks.selection import allowed

SOURCE = (
    "<!doctype html><html lang=fa dir=rtl><head><meta charset=utf-8><title>سازمان</title></head><body>"
    "<h1>سازمان</h1>" + "<div><p>متن نمونهٔ فارسی.</p></div>" * 20 + "</body></html>"
)
CHECKS = {check.id: check for check in (PagesMobile(), PagesAccessibility(), PagesMarkup())}
HEAVY = {"visit.bytes": 3_000_000}
TALL = {"visit.requests": 400}


def home(seen: Any, body: str | bytes = SOURCE, kind: str = "text/html; charset=utf-8", **rest: Any) -> str:
    seen.move(PORTAL)
    headers = (("Content-Type", kind),) if kind else ()
    return str(seen.http(PORTAL, body, headers=headers, purpose="home", **rest).id)


def told(seen: Any, check: str) -> Finding:
    (finding,) = seen.judge(checks=(CHECKS[check],))
    assert allowed(finding.check, finding.verdict, finding.reason)
    assert (finding.subject.kind, finding.subject.id) == ("page", PORTAL)
    found: Finding = finding
    return found


# what is changed on the good page: passed, checked, left open, verdict, faults
MOBILE: dict[str, tuple[dict[str, Any], int, int, int, str, list[str]]] = {
    "good": ({}, 5, 5, 0, "verified", []),
    "no viewport tag": ({"wide.viewport": None}, 4, 5, 0, "partial", ["viewport_missing"]),
    "a desk's width": ({"wide.viewport": "width=1200"}, 4, 5, 0, "partial", ["viewport_fixed"]),
    "no zoom": ({"wide.viewport": "width=device-width, user-scalable=no"}, 4, 5, 0, "partial", ["zoom_off"]),
    "a wide table": (
        {"narrow.overflow": 500, "narrow.wider": {"count": 1, "examples": [
            {"selector": "table", "cause": "table", "width": 860, "beyond": 500}]}},
        4, 5, 0, "partial", ["overflow"]),
    "a pixel out": ({"narrow.overflow": 1}, 5, 5, 0, "verified", []),
    "small targets": ({"narrow.targets.small": 2}, 4, 5, 0, "partial", ["target_small"]),
    "nothing to tap": ({"narrow.targets.total": 0}, 4, 4, 0, "verified", []),
    "small text": ({"narrow.fonts.small": 500}, 4, 5, 0, "partial", ["text_small"]),
    "no Persian text": ({"narrow.fonts.letters": 9}, 4, 4, 0, "verified", []),
    "three megabytes": (HEAVY, 4, 5, 0, "partial", ["load_slow"]),
    "four hundred requests": (TALL, 4, 5, 0, "partial", ["load_slow"]),
    "a load of an old capture": ({"visit": None}, 4, 5, 1, "verified", []),
    "a load nobody counted": ({"visit.bytes": 0}, 4, 5, 1, "verified", []),
    "no small window": ({"narrow": None}, 2, 5, 3, "verified", []),
    "all of it": (
        {"wide.viewport": None, "narrow.overflow": 90, "narrow.targets.small": 5, "narrow.fonts.small": 900, **HEAVY},
        0, 5, 0, "partial", ["viewport_missing", "overflow", "target_small", "text_small", "load_slow"]),
}  # fmt: skip


@pytest.mark.parametrize("name", MOBILE)
def test_what_a_telephone_shows(seen: Any, name: str) -> None:
    changes, passed, checked, left, verdict, faults = MOBILE[name]
    home(seen)
    measured(seen, measures=changed(changes))
    found = told(seen, "pages.mobile")
    observed = found.observed
    assert (observed["passed"], observed["checked"], observed["unsettled"]) == (passed, checked, left)
    assert (found.verdict, found.reason, observed.get("page_fault", [])) == (verdict, None, faults)


def test_the_load_is_reckoned_from_bytes_and_requests() -> None:
    assert seconds(1, 0) == 0.6  # the beginning alone
    assert seconds(1, 200_000) == 1.6
    assert seconds(7, 0) == 0.8 and seconds(61, 0) == 2.1  # ten rounds of six
    assert seconds(0, 0) == 0.6
    assert seconds(40, 1_600_000) <= MOST_SECONDS < seconds(40, 1_700_000)


OPEN: dict[str, tuple[dict[str, Any], str]] = {
    "a firewall": ({"challenge": "cloudflare"}, "blocked"),
    "forbidden": ({"status": 403}, "blocked"),
    "an error of the server": ({"status": 503}, "server_error"),
    "not at rest": ({"finished": False, "failure": "timeout"}, "needs_browser"),
    "beyond our limits": ({"finished": False, "failure": "limit"}, "limit"),
    "our own error": ({"finished": False, "failure": "own_error"}, "own_error"),
    "another host": ({"final_url": "https://sso.other.test/login"}, "no_match"),
    "not there": ({"status": 404}, "no_match"),
}


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("name", OPEN)
def test_what_says_nothing_of_the_page_is_left_open(seen: Any, check: str, name: str) -> None:
    facts, reason = OPEN[name]
    home(seen)
    measured(seen, **facts)
    found = told(seen, check)
    assert (found.verdict, found.reason, dict(found.observed)) == ("inconclusive", reason, {})


@pytest.mark.parametrize("check", CHECKS)
def test_an_agency_of_which_nothing_was_measured(seen: Any, check: str) -> None:
    home(seen)
    found = told(seen, check)
    assert (found.verdict, found.reason, found.captures) == ("inconclusive", "needs_browser", ())


@pytest.mark.parametrize("check", ["pages.mobile", "pages.accessibility"])
def test_a_page_of_which_nothing_was_measured(seen: Any, check: str) -> None:
    home(seen)
    measured(seen, measures={})
    assert told(seen, check).reason == "limit"


@pytest.mark.parametrize("check", CHECKS)
def test_each_measured_page_has_a_finding_of_its_own(seen: Any, check: str) -> None:
    home(seen)
    for number in range(3):
        measured(seen, f"{PORTAL}{number}", at=30.0 + number)
    found = seen.judge(checks=(CHECKS[check],))
    assert {finding.subject.id for finding in found} == {f"{PORTAL}{number}" for number in range(3)}


AXE = "axe.violations"
BUTTON = {"tag": "div", "selector": "div", "text": "ثبت درخواست جدید", "href": False, "handled": True,
          "pointer": True, "focusable": False, "submit": False, "disabled": False}  # fmt: skip
# what is changed: serious faults
ACCESSIBILITY: dict[str, tuple[dict[str, Any], int]] = {
    "good": ({}, 0),
    "critical": ({AXE: [violation("image-alt", "critical")]}, 1),
    "serious": ({AXE: [violation("link-name")]}, 1),
    "many places of one rule": ({AXE: [violation("link-name", nodes=90)]}, 1),
    "moderate and minor": ({AXE: [violation("a", "moderate"), violation("b", "minor"), violation("c", None)]}, 0),
    "advice": ({AXE: [violation("region", "serious", "best-practice")]}, 0),
    "five rules": ({AXE: [violation(f"rule-{n}") for n in range(5)]}, 5),
    "thirteen rules": ({AXE: [violation(f"rule-{n}") for n in range(13)]}, 13),
    "left to right": ({"wide.text.ltr": 800, "wide.text.rtl": 100}, 1),
    "prose on the left": ({"wide.text.left": 700}, 1),
    "menus from the left": ({"wide.menus": {"rtl": 0, "ltr": 2, "examples": []}}, 1),
    "no language": ({"wide.text.languages": {"": 900}}, 1),
    "no language, told by both": ({"wide.text.languages": {"": 900}, AXE: [violation("html-has-lang")]}, 1),
    "faint": ({"wide.contrast.below": 400}, 1),
    "faint, told by both": ({"wide.contrast.below": 400, AXE: [violation("color-contrast")]}, 1),
    "unknown ground": ({"wide.contrast.unknown": 899}, 0),
    "an entry for the mouse alone": ({"wide.controls": [*GOOD["wide"]["controls"], BUTTON]}, 1),
    "an order by hand": ({"wide.tabindex.positive": 3}, 0),
    "digits mixed": ({"wide.digits.mixed": 3}, 0),
    "little Persian": ({"wide.text.persian": 10, "wide.text.ltr": 10}, 0),
}  # fmt: skip


@pytest.mark.parametrize("name", ACCESSIBILITY)
def test_serious_faults_of_a_page(seen: Any, name: str) -> None:
    changes, violations = ACCESSIBILITY[name]
    home(seen)
    measured(seen, measures=changed(changes))
    found = told(seen, "pages.accessibility")
    assert found.observed["violations"] == violations
    assert (found.verdict, found.reason) == ("partial" if violations else "verified", None)


@pytest.mark.parametrize("part", ["axe", "wide"])
def test_faults_are_not_counted_in_part(seen: Any, part: str) -> None:
    home(seen)
    measured(seen, measures=without(part), axe="timeout")
    found = told(seen, "pages.accessibility")
    assert (found.verdict, found.reason) == ("inconclusive", "limit")


BROKEN = SOURCE.replace("</p></div>", "</div></p>")
LEGACY = SOURCE.replace("utf-8", "windows-1256").replace("ٔ", "").encode("cp1256", "ignore")
RAISED = {"visit.exceptions": 2, "visit.exception_examples": ["x is not defined"]}
# source, its Content-Type, what is changed: passed, checked, left open, verdict, faults
MARKUP: dict[str, tuple[str | bytes, str, dict[str, Any], int, int, int, str, list[str]]] = {
    "good": (SOURCE, "text/html; charset=utf-8", {}, 5, 5, 0, "verified", []),
    "told by the markup": (SOURCE, "text/html", {}, 5, 5, 0, "verified", []),
    "told by a mark": (b"\xef\xbb\xbf" + SOURCE.replace("<meta charset=utf-8>", "").encode(), "text/html", {}, 5, 5, 0, "verified", []),
    "told by nobody": (SOURCE.replace("<meta charset=utf-8>", ""), "text/html", {}, 4, 5, 0, "partial", ["charset_missing"]),
    "told in two ways": (SOURCE, "text/html; charset=windows-1256", {}, 4, 5, 0, "partial", ["charset_two"]),
    "not what is told": (SOURCE.encode() + b"\xc7\xe1", "text/html; charset=utf-8", {}, 4, 5, 0, "partial", ["charset_wrong"]),
    "of old": (LEGACY, "text/html; charset=windows-1256", {}, 5, 5, 0, "verified", []),
    "broken": (BROKEN, "text/html; charset=utf-8", {}, 4, 5, 0, "partial", ["markup_broken"]),
    "three errors": (SOURCE.replace("<!doctype html>", "").replace("<h1>", "<h1 a a></b>"), "text/html; charset=utf-8", {}, 5, 5, 0, "verified", []),
    "no language": (SOURCE, "text/html; charset=utf-8", {"wide.text.languages": {"": 900}}, 4, 5, 0, "partial", ["language_missing"]),
    "left to right": (SOURCE, "text/html; charset=utf-8", {"wide.text.ltr": 800}, 4, 5, 0, "partial", ["text_ltr"]),
    "an exception": (SOURCE, "text/html; charset=utf-8", RAISED, 4, 5, 0, "partial", ["script_exception"]),
    "an exception where we withheld": (SOURCE, "text/html; charset=utf-8", {**RAISED, "visit.withheld": 1}, 4, 5, 1, "verified", []),
    "an exception where a script did not come": (SOURCE, "text/html; charset=utf-8", {**RAISED, "visit.failed": 1}, 4, 5, 1, "verified", []),
    "an old capture": (SOURCE, "text/html; charset=utf-8", {"visit": None}, 4, 5, 1, "verified", []),
    "a page in another language": (SOURCE, "text/html; charset=utf-8", {"wide.text.persian": 3}, 3, 3, 0, "verified", []),
    "no wide window": (SOURCE, "text/html; charset=utf-8", {"wide": None}, 3, 5, 2, "verified", []),
}  # fmt: skip


@pytest.mark.parametrize("name", MARKUP)
def test_how_a_page_is_made(seen: Any, name: str) -> None:
    body, kind, changes, passed, checked, left, verdict, faults = MARKUP[name]
    source = home(seen, body, kind)
    measured(seen, measures=changed(changes), source=source)
    found = told(seen, "pages.markup")
    observed = found.observed
    assert (observed["passed"], observed["checked"], observed["unsettled"]) == (passed, checked, left)
    assert (found.verdict, found.reason, observed.get("page_fault", [])) == (verdict, None, faults)


# the same, and what of the three matters is right; None: left open
MATTERS: dict[str, tuple[str, tuple[float | None, float | None, float | None]]] = {
    "good": ("good", (1.0, 1.0, 1.0)),
    "left to right": ("left to right", (0.6667, 1.0, 1.0)),
    "in two sets of characters": ("told in two ways", (0.6667, 1.0, 1.0)),
    "another language": ("a page in another language", (1.0, 1.0, 1.0)),
    "broken": ("broken", (1.0, 0.0, 1.0)),
    "an exception": ("an exception", (1.0, 1.0, 0.0)),
    "an exception that may be ours": ("an exception where we withheld", (1.0, 1.0, None)),
    "no wide window": ("no wide window", (None, 1.0, 1.0)),
}


@pytest.mark.parametrize("name", MATTERS)
def test_each_matter_is_counted_by_itself(seen: Any, name: str) -> None:
    row, matters = MATTERS[name]
    body, kind, changes, *_ = MARKUP[row]
    measured(seen, measures=changed(changes), source=home(seen, body, kind))
    observed = told(seen, "pages.markup").observed
    assert tuple(observed.get(f"{one}_right") for one in ("settings", "markup", "scripts")) == matters


# status that the browser met, statuses of our own two visits, the script's host: is it missing to everybody?
SCRIPTS: dict[str, tuple[int, tuple[int, int], str, bool]] = {
    "not there": (404, (404, 404), "portal.test", True),
    "gone": (410, (410, 410), "portal.test", True),
    "not there once": (404, (404, 200), "portal.test", False),
    "there for the browser": (200, (404, 404), "portal.test", False),
    "an error of the server": (500, (500, 500), "portal.test", False),
    "another's": (404, (404, 404), "counter.test", False),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_that_is_not_there(seen: Any, name: str) -> None:
    met, ours, where, missing = SCRIPTS[name]
    script = f"https://{where}/old.js"
    body = SOURCE.replace("</body>", f'<script src="{script}"></script></body>')
    source = home(seen, body)
    for attempt, status in enumerate(ours, 1):
        seen.http(script, "no", status=status, attempt=attempt, at=60.0 * attempt, purpose="link")
    seen.rendered(PORTAL, body, requests=(("GET", script, "script", met),))
    measured(seen, source=source)
    found = told(seen, "pages.markup")
    assert found.observed["scripts_right"] == (0.0 if missing else 1.0)
    assert found.observed.get("scripts_missing") == ([script] if missing else None)
    assert ("script_missing" in found.observed.get("page_fault", [])) == missing


@pytest.mark.parametrize(
    "facts", [{"truncated": "length"}, {"status": 500}, {"failure": "reset"}, {"truncated": "disconnect"}]
)
def test_a_source_that_did_not_come_whole_is_not_judged(seen: Any, facts: dict[str, Any]) -> None:
    source = home(seen, BROKEN.encode() + b"\xc7", "text/html; charset=utf-8", **facts)
    measured(seen, source=source)
    found = told(seen, "pages.markup")
    assert (found.verdict, found.observed["passed"], found.observed["unsettled"]) == ("verified", 3, 2)


# Mutations of the good page that a visitor would suffer from; each has to be noticed by the check it is for.
MUTATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    **{f"mobile: {name}": ("pages.mobile", row[0]) for name, row in MOBILE.items() if row[4] == "partial"},
    **{f"access: {name}": ("pages.accessibility", row[0]) for name, row in ACCESSIBILITY.items() if row[1]},
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_change_for_the_worse_is_noticed(seen: Any, name: str) -> None:
    check, changes = MUTATIONS[name]
    home(seen)
    measured(seen)
    measured(seen, f"{PORTAL}worse", changed(changes), at=40.0)
    found = {finding.subject.id: finding for finding in seen.judge(checks=(CHECKS[check],))}
    assert (found[PORTAL].verdict, found[f"{PORTAL}worse"].verdict) == ("verified", "partial")
