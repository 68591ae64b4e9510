"""Sections of a portal are found by their names and read like elements."""

from __future__ import annotations

from typing import Any

import pytest

from checks.case import Case, Shared
from checks.elements.sections import Section, section
from checks.elements.words import element_ids, names, rules_of, section_ids
from checks.finding import Finding
from checks.transparent.sections_newest.check import NewestInSections
from evidence.store import EvidenceStore

PORTAL = "http://portal.test/"
MANAGERS = "<ul>" + "".join(f"<li>مدیر کل واحد {n}، تلفن ۰۲۱۱۲۳۴۵۶{n}</li>" for n in range(10)) + "</ul>"


def page(heading: str, body: str) -> str:
    return f"<html><head><title>{heading}</title></head><body><h1>{heading}</h1><p>{body}</p></body></html>"


def looked(seen: Any, name: str) -> Section:
    seen.writer.close()
    evidence = EvidenceStore.open(seen.folder / "evidence")
    round = seen.round()
    return section(Case(round, seen.agency, evidence, seen.as_of, Shared(round, evidence)), name)


def told(seen: Any, found: Section) -> Finding:
    """What a check says that found no page."""
    round, evidence = seen.round(), EvidenceStore.open(seen.folder / "evidence")
    case = Case(round, seen.agency, evidence, seen.as_of, Shared(round, evidence))
    return found.missing(NewestInSections(), case, criterion="section_is_current")


def test_sections_are_no_elements_and_have_names() -> None:
    assert not set(section_ids()) & set(element_ids())
    for name in (*section_ids(), *element_ids()):
        assert names(name).phrases
        assert "about" in rules_of(name)


@pytest.mark.parametrize(
    ("name", "words", "is_one"),
    [
        ("forum", "انجمن گفتگوی کارکنان", True),
        ("forum", "انجمن‌های گفت‌وگو", True),
        ("forum", "دیدار وزیر با انجمن صنفی نانوایان", False),  # a body of people, and no place to write to
        ("forum", "فرم عضویت در انجمن دامداران", False),
        ("ideas", "صندوق ایده‌ها", True),
        ("ideas", "بانک ایده شهروندان", True),
        ("ideas", "صندوق بازنشستگی", False),
    ],
)  # fmt: skip
def test_names(name: str, words: str, is_one: bool) -> None:
    assert (names(name).find(words) is not None) is is_one


def test_a_section_is_found_two_clicks_away_and_read(seen: Any) -> None:
    seen.http(PORTAL, page("سازمان", '<a href="/about">درباره ما</a>'), purpose="home")
    seen.http(f"{PORTAL}about", page("درباره ما", '<a href="/who">معرفی مدیران</a>'), at=2)
    seen.http(f"{PORTAL}who", page("معرفی مدیران", MANAGERS), at=3)
    found = looked(seen, "managers")
    assert [one.url for one in found.pages] == [f"{PORTAL}who"]
    assert "مدیر کل واحد" in found.pages[0].reading.text and found.pages[0].rests


@pytest.mark.parametrize(
    ("answers", "verdict", "reason"),
    [
        ([404, 404], "contradicted", "dead_link"),
        ([404], "inconclusive", "not_attempted"),
        ([403, 403], "inconclusive", "blocked"),
        ([page("مدیران", "مدیران")] * 2, "contradicted", "hollow"),
        ([], "inconclusive", "not_attempted"),
    ],
)
def test_a_section_without_a_page_says_why(seen: Any, answers: list[Any], verdict: str, reason: str) -> None:
    seen.http(PORTAL, page("سازمان", '<a href="/who">مدیران</a>'), purpose="home")
    for attempt, answer in enumerate(answers, start=1):
        facts = {"attempt": attempt, "at": 60.0 * attempt}
        if isinstance(answer, int):
            seen.http(f"{PORTAL}who", "", status=answer, **facts)
        else:
            seen.http(f"{PORTAL}who", answer, **facts)
    found = looked(seen, "managers")
    missing = told(seen, found)
    assert found.pages == () and (missing.verdict, missing.reason) == (verdict, reason)


@pytest.mark.parametrize("complete", [False, True])
def test_what_is_nowhere_is_told_as_a_look_that_was_complete_or_not(seen: Any, complete: bool) -> None:
    seen.http(PORTAL, page("سازمان", "خوش آمدید"), purpose="home")
    if complete:
        seen.account()
    missing = told(seen, looked(seen, "tenders"))
    assert (missing.verdict, missing.reason) == ("inconclusive", "no_match")
    assert missing.observed["complete_look"] is complete
