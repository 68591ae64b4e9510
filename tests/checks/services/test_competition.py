"""A claim without an address, and the one page of the portal whose own name says it best."""

from __future__ import annotations

from typing import Any

import pytest

from claims.model import Service
from tests.checks.service_pages import FORM, PORTAL, PROSE

TITLE = "صدور مجوز حفر چاه کشاورزی"
FOUND = ("verified", "transaction_entry", "name")
NOT_FOUND = ("inconclusive", "no_match", "crawl")
TRACKING = '<form><label>کد رهگیری <input name="code"></label><button>پیگیری</button></form>'


def page(title: str, heading: str, body: str) -> str:
    return f"<html><head><title>{title} | شرکت آب</title></head><body><h1>{heading}</h1>{PROSE}{body}</body></html>"


def told(seen: Any, *others: Service, title: str = TITLE) -> tuple[str, str | None, str]:
    seen.services = (Service("portal", "x", title, True, level="transaction"), *others)
    seen.twice(PORTAL, page("خانه", "شرکت آب", ""), purpose="home")
    for at, text in enumerate(("درباره ما", "اخبار", "قوانین")):
        seen.http(f"{PORTAL}{at}", page(text, "شرکت آب", ""), at=5 + at)
    seen.account()
    finding = seen.of("services.entry")["x"]
    return finding.verdict, finding.reason, finding.observed["via"]


@pytest.mark.parametrize(
    ("title", "heading"),
    [(TITLE, "شرکت آب"), ("مجوز حفر چاه کشاورزی", "شرکت آب"), ("حفر چاه", "چاه خود را بکنید")],
    ids=["title alone", "without the act", "a part of it"],
)
def test_the_page_of_that_name(seen: Any, title: str, heading: str) -> None:
    seen.twice(f"{PORTAL}s/9", page(title, heading, FORM))
    assert told(seen) == FOUND


def test_a_name_that_says_little_of_it_is_none(seen: Any) -> None:
    seen.twice(f"{PORTAL}s/9", page("کشاورزی", "شرکت آب", FORM))
    assert told(seen) == NOT_FOUND


def test_a_name_with_a_word_in_the_place_of_another_is_another(seen: Any) -> None:
    seen.twice(f"{PORTAL}s/9", page("مجوز حفر چاه صنعتی", "شرکت آب", FORM))
    assert told(seen) == NOT_FOUND


def test_where_two_pages_are_as_good_it_is_neither(seen: Any) -> None:
    seen.twice(f"{PORTAL}s/9", page("مجوز حفر چاه کشاورزی", "شرکت آب", FORM))
    seen.twice(f"{PORTAL}s/8", page("درخواست مجوز حفر چاه کشاورزی", "شرکت آب", FORM))
    assert told(seen) == NOT_FOUND


def test_one_page_at_two_addresses_is_one(seen: Any) -> None:
    for where in ("s/9", "fa/s/9"):
        seen.twice(f"{PORTAL}{where}", page(TITLE, "شرکت آب", FORM))
    assert told(seen) == FOUND


def test_a_page_that_another_claim_is_said_by_as_well(seen: Any) -> None:
    seen.twice(f"{PORTAL}s/9", page("مجوز حفر چاه", "شرکت آب", FORM))
    assert told(seen, Service("portal", "y", "صدور مجوز حفر چاه صنعتی", True)) == NOT_FOUND


def test_a_page_that_was_declared_for_another(seen: Any) -> None:
    seen.twice(f"{PORTAL}s/9", page(TITLE, "شرکت آب", FORM), purpose="claim")
    other = Service("portal", "y", "صدور پروانه کف‌شکنی", True, f"{PORTAL}s/9")
    assert told(seen, other) == NOT_FOUND


def test_without_an_entry_it_is_held_against_nobody(seen: Any) -> None:
    seen.twice(f"{PORTAL}s/9", page("مجوز حفر چاه کشاورزی", "شرکت آب", "<p>این خدمت حضوری است.</p>"))
    assert told(seen)[0] == "inconclusive"


@pytest.mark.parametrize(
    ("others", "expected"),
    [((), ("verified", "tracking_entry", "name")), (("پیگیری شکایت مشترکین",), NOT_FOUND)],
    ids=["the only claim about it", "two claims"],
)
def test_what_is_called_tracking_and_no_more(
    seen: Any, others: tuple[str, ...], expected: tuple[str, str, str]
) -> None:
    seen.twice(f"{PORTAL}follow", page("پیگیری", "شرکت آب", TRACKING))
    claims = (Service("portal", f"y{at}", title, True) for at, title in enumerate(others))
    assert told(seen, *claims, title="پیگیری درخواست انشعاب صنعتی") == expected
