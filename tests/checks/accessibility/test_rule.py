"""What the checks make of the captures: of pages measured, half measured, kept from us, or never looked at."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from checks.accessibility.rule import MOST_PAGES
from checks.finding import Finding
from checks.registry import of_family
from fixtures import measured_pages
from tests.checks.selection import allowed

PORTAL = "http://portal.test/"
RULES = tuple(of_family("accessibility"))
IDS = sorted(rule.id for rule in RULES)
# A page of which every rule has something to say, and nothing bad.
GOOD: dict[str, Any] = {part: value for part, value in measured_pages.GOOD.items() if part != "visit"}


def measured(seen: Any, url: str = PORTAL, measures: object = GOOD, **changes: Any) -> Any:
    return measured_pages.measured(seen, url, measures, **changes)


def told(seen: Any) -> dict[str, list[Finding]]:
    by_check: dict[str, list[Finding]] = {}
    for finding in seen.judge(checks=RULES):
        by_check.setdefault(finding.check, []).append(finding)
    assert all(allowed(f.check, f.verdict, f.reason) for found in by_check.values() for f in found)
    return by_check


def home(seen: Any) -> None:
    seen.http(PORTAL, "<html><body>سلام", purpose="home")


def test_a_good_page_is_verified_by_every_rule(seen: Any) -> None:
    home(seen)
    capture = measured(seen)
    found = told(seen)
    assert sorted(found) == IDS
    for finding in (f for findings in found.values() for f in findings):
        assert (finding.verdict, finding.reason, finding.subject.kind) == ("verified", None, "page")
        assert (finding.subject.id, finding.captures, finding.attempts) == (PORTAL, (capture.id,), 1)
        assert finding.observed["found"] == 0


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"challenge": "cloudflare"}, "blocked"),
        ({"status": 403}, "blocked"),
        ({"status": 429}, "blocked"),
        ({"status": 502}, "server_error"),
        ({"status": 404}, "no_match"),
        ({"finished": False, "failure": "timeout"}, "needs_browser"),
        ({"finished": False, "failure": "crash"}, "needs_browser"),
        ({"finished": False, "failure": "limit"}, "limit"),
        ({"finished": False, "failure": "own_error"}, "own_error"),
        ({"final_url": "https://sso.other.test/login"}, "no_match"),
    ],
)
def test_what_says_nothing_of_the_page_is_left_open(seen: Any, facts: dict[str, Any], reason: str) -> None:
    home(seen)
    measured(seen, **facts)
    found = told(seen)
    assert sorted(found) == IDS
    assert {(f.verdict, f.reason) for findings in found.values() for f in findings} == {
        ("inconclusive", reason)
    }


def test_a_part_that_is_missing_leaves_its_own_rules_open(seen: Any) -> None:
    home(seen)
    measured(seen, measures={**GOOD, "axe": None, "tab": None, "narrow": None}, axe="timeout")
    found = {check: findings[0] for check, findings in told(seen).items()}
    left_open = {check for check, finding in found.items() if finding.verdict == "inconclusive"}
    assert left_open == {"accessibility.axe", "mobile.overflow", "mobile.targets", "mobile.text"}
    assert {found[check].reason for check in left_open} == {"limit"}
    assert "axe_contrast" not in found["accessibility.contrast"].observed


def test_nothing_measured_at_all(seen: Any) -> None:
    home(seen)
    measured(seen, measures={}, axe="not_run")
    assert {f.reason for findings in told(seen).values() for f in findings} == {"limit"}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({}, "needs_browser"),
        ({"status": 403}, "blocked"),
        ({"status": None, "failure": "timeout"}, "unreachable"),
        ({"status": 503}, "server_error"),
        ({"status": 404}, "no_match"),
    ],
)
def test_an_agency_of_which_no_page_was_measured(seen: Any, answer: dict[str, Any], reason: str) -> None:
    seen.http(PORTAL, "<html><body>سلام", purpose="home", **answer)
    found = told(seen)
    assert {(f.verdict, f.reason, f.subject.id, f.captures) for fs in found.values() for f in fs} == {
        ("inconclusive", reason, PORTAL, ())
    }


def test_an_agency_that_was_never_visited(seen: Any) -> None:
    assert {f.reason for findings in told(seen).values() for f in findings} == {"not_attempted"}


def test_a_fault_never_contradicts_and_is_told_in_figures(seen: Any) -> None:
    home(seen)
    bad = copy.deepcopy(GOOD)
    wide, narrow = bad["wide"], bad["narrow"]
    place = [{"selector": "p", "text": "متن"}]
    wide["text"] |= {"rtl": 0, "ltr": 900, "languages": {"en": 700, "": 200}, "ltr_examples": place}
    wide["fragments"] = wide["digits"] = {**wide["digits"], "count": 2, "mixed": 1, "examples": place}
    wide["contrast"] |= {"below": 90, "worst": 2.1}
    wide["images"]["without"] = wide["fields"]["without"] = wide["tabindex"]["positive"] = 1
    wide["viewport"] = None
    narrow["overflow"] = 200
    narrow["wider"] = {"count": 1, "examples": [{"selector": "table", "cause": "table", "beyond": 200}]}
    narrow["targets"]["small"] = 2
    narrow["fonts"]["small"] = 500
    rule = {
        "id": "label",
        "impact": "critical",
        "nodes": 3,
        "tags": ["wcag2a"],
        "places": [{"selector": "input", "html": ""}],
    }
    bad["axe"]["violations"] = [rule]
    measured(seen, measures=bad)
    found = {check: findings[0] for check, findings in told(seen).items()}
    assert {f.verdict for f in found.values()} == {"partial"}
    assert all(f.observed["found"] and f.observed["page_fault"] and f.effect for f in found.values())
    assert found["accessibility.axe"].observed["axe_impacts"] == {"critical": 3}
    assert found["accessibility.axe"].observed["places"] == ["input (label, 3)"]
    assert found["mobile.overflow"].observed["places"] == ["table (table, 200)"]
    assert found["accessibility.direction"].observed["places"] == ["p «متن»"]


def test_advice_beyond_the_standard_is_no_fault(seen: Any) -> None:
    home(seen)
    rule = {"id": "region", "impact": "moderate", "nodes": 5, "tags": ["best-practice"], "places": []}
    measured(seen, measures={**GOOD, "axe": {**GOOD["axe"], "violations": [rule]}})
    (finding,) = told(seen)["accessibility.axe"]
    assert (finding.verdict, finding.observed["axe_advice"]) == ("verified", 1)


@pytest.mark.parametrize(
    ("tab", "caught"),
    [
        ({"order": [0] * 60, "dialog": False, "ended": "limit"}, True),
        ({"order": [0, 1] + [2, 1] * 20, "dialog": False, "ended": "limit"}, True),
        ({"order": [0] * 60, "dialog": True, "ended": "limit"}, False),  # a dialog may hold it
        ({"order": [-1] * 60, "dialog": False, "ended": "limit"}, False),  # inside of a frame
        ({"order": [0, 1, 2, 3] * 15, "dialog": False, "ended": "limit"}, False),  # it only goes round
        ({"order": [0] * 11, "dialog": False, "ended": "time"}, False),  # too short to tell
        ({"order": [0, 1, 2, 3], "dialog": False, "ended": "round"}, False),
    ],
)
def test_whether_the_focus_is_caught(seen: Any, tab: dict[str, Any], caught: bool) -> None:
    home(seen)
    controls = [{**GOOD["wide"]["controls"][0], "text": str(n)} for n in range(4)]
    measured(seen, measures={**GOOD, "wide": {**GOOD["wide"], "controls": controls}, "tab": tab})
    (finding,) = told(seen)["accessibility.keyboard"]
    assert (finding.verdict == "partial") is caught


@pytest.mark.parametrize(
    ("content", "kinds"),
    [
        ("width=device-width", []),
        ("initial-scale=1", []),
        ("width=device-width,initial-scale=1.0,maximum-scale=3.0", []),
        ("user-scalable=yes, width=device-width", []),
        ("width=320", ["viewport_fixed"]),
        ("height=device-height", ["viewport_fixed"]),
        ("", ["viewport_fixed"]),
        ("width=device-width; user-scalable=0", ["zoom_off"]),
        ("width=device-width, maximum-scale=1.0", ["zoom_off"]),
        ("width=1024, user-scalable=no", ["viewport_fixed", "zoom_off"]),
    ],
)
def test_viewport_tags_as_they_are_written(seen: Any, content: str, kinds: list[str]) -> None:
    home(seen)
    measured(seen, measures={**GOOD, "wide": {**GOOD["wide"], "viewport": content}})
    (finding,) = told(seen)["mobile.viewport"]
    assert finding.observed.get("page_fault", []) == kinds


def test_no_more_than_six_pages_count(seen: Any) -> None:
    home(seen)
    for number in range(MOST_PAGES + 3):
        measured(seen, f"{PORTAL}{number}")
    assert {len(findings) for findings in told(seen).values()} == {MOST_PAGES}


def test_measures_that_do_not_read_are_our_error(seen: Any) -> None:
    home(seen)
    measured(seen, measures=b"{")
    found = told(seen)
    assert {(f.verdict, f.reason) for fs in found.values() for f in fs} == {("inconclusive", "own_error")}


def test_older_evidence_is_read_as_before(seen: Any) -> None:
    """A round crawled before there were measurements: every rule is open, and nothing else changes."""
    home(seen)
    seen.rendered(PORTAL, "<html><body>سلام", overflow_px=90)
    outcomes = {(f.verdict, f.reason) for findings in told(seen).values() for f in findings}
    assert outcomes == {("inconclusive", "not_attempted")}
