"""A service whose page has other words: three pages are offered, and an auditor's choice ties one, for the agency and never against it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from checks.finding import Finding
from checks.services.shortlist import MOST, WHY_NOT
from checks.services.visit.alias import folded
from claims.model import Alias, Service

PORTAL = "http://portal.test/"
PAGE = "http://portal.test/ashjar"
TITLE = "صدور مجوز قطع درخت"
HEADING = "پروانه هرس و حذف سرو و چنار"
PROSE = "<p>شهروندان پیش از هر کار در باغ خود درخواست می‌دهند. کارشناس فضای سبز از محل بازدید می‌کند و پاسخ را می‌فرستد.</p>"
FORM = (
    '<form method="post"><label>نام مالک <input name="o"></label><label>کد ملی <input name="n"></label>'
    '<label>پلاک ثبتی <input name="p"></label><button>ثبت درخواست</button></form>'
)
INFORMS = (
    "<p>برای دریافت این پروانه مالک باید سند مالکیت و نقشه باغ را داشته باشد. رسیدگی سی روز زمان می‌برد و هزینه آن هر سال "
    "در بودجه شهرداری تصویب و اعلام می‌شود. درخواست‌ها در کمیسیون فضای سبز بررسی و پاسخ آن کتبی ابلاغ خواهد شد.</p>"
)


def page(heading: str, body: str) -> str:
    return f"<html><head><title>{heading}</title></head><body><h1>{heading}</h1>{body}</body></html>"


def portal(seen: Any, body: str = PROSE + FORM, url: str | None = None, heading: str = HEADING) -> str:
    """Gives the id of the page's first capture."""
    seen.services = (
        Service("portal", "x", TITLE, True, url, level="transaction"),
        Service("portal", "y", "استعلام بدهی عوارض نوسازی", True),
    )
    links = "".join(
        f'<li><a href="/p{n}">{text}</a></li>' for n, text in enumerate(("تاریخچه", "نشریه", "نقشه راه"))
    )
    home = page("شهرداری", f"<p>خوش آمدید.</p><a href='/ashjar'>{HEADING}</a><ul>{links}</ul>")
    seen.twice(PORTAL, home, purpose="home")
    for n, text in enumerate(("تاریخچه شهرداری", "نشریه سازمان", "نقشه راه سازمان")):
        seen.twice(f"http://portal.test/p{n}", page(text, INFORMS.replace("پروانه", text)))
    first, _ = seen.twice(PAGE, page(heading, body))
    seen.account()
    return str(first.id)


def alias(capture: str = "", **other: Any) -> dict[str, Alias]:
    chosen = Alias("portal", "x", PAGE, folded(HEADING), PORTAL, "مریم", "2026-01-02", capture)
    return {"x": replace(chosen, **other)}


def entry(seen: Any) -> Finding:
    found: Finding = seen.of("services.entry")["x"]
    return found


def test_three_pages_are_offered_with_what_speaks_for_them(seen: Any) -> None:
    portal(seen)
    finding = entry(seen)
    assert (finding.verdict, finding.reason) == ("inconclusive", "no_match")
    offered = finding.observed["candidates"]
    assert 0 < len(offered) <= MOST
    assert offered[0]["url"] == PAGE
    assert offered[0]["heading"] == HEADING
    assert offered[0]["words"] == [
        "مجوز",
        "قطع",
    ]  # as the claim has them; the page says others of the same meaning
    assert {one["why_not"] for one in offered} <= set(WHY_NOT)
    assert all(one["capture"] for one in offered)


def test_the_page_at_the_declared_address_is_the_first(seen: Any) -> None:
    portal(seen, url="http://portal.test/p0")
    finding = entry(seen)
    assert finding.verdict == "inconclusive"
    assert [one["url"] for one in finding.observed["candidates"]][:2] == ["http://portal.test/p0", PAGE]


def test_a_settled_claim_offers_nothing(seen: Any) -> None:
    portal(seen, heading=TITLE)
    finding = entry(seen)
    assert finding.verdict == "verified"
    assert "candidates" not in finding.observed


@pytest.mark.parametrize(
    "url", [None, PAGE, "http://portal.test/p0"], ids=["no address", "its own", "another"]
)
def test_the_chosen_page_is_the_services(seen: Any, url: str | None) -> None:
    capture = portal(seen, url=url)
    seen.aliases = alias(capture)
    finding = entry(seen)
    assert (finding.verdict, finding.reason) == ("verified", "transaction_entry")
    matched = finding.observed["matched"]
    assert matched["how"] == "alias"
    assert matched["alias"] == {"address": PAGE, "auditor": "مریم", "date": "2026-01-02", "capture": capture}
    assert "candidates" not in finding.observed
    assert finding.observed["url"] == PAGE


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"heading": folded("پروانه دیگر")}, "heading"),
        ({"address": "http://portal.test/nowhere"}, "not_seen"),
        ({"portal": "http://other.test/"}, "portal"),
        ({"capture": "of another round"}, "evidence"),
    ],
)
def test_it_is_void_where_page_or_portal_is_another(seen: Any, other: dict[str, Any], why: str) -> None:
    portal(seen)
    seen.aliases = alias(**other)
    finding = entry(seen)
    assert (finding.verdict, finding.reason) == ("inconclusive", "no_match")
    assert finding.observed["alias_void"]["void"] == why
    assert finding.observed["candidates"]
    assert finding.observed.get("matched", {}).get("how") != "alias"


@pytest.mark.parametrize(
    "answer",
    [{"status": 404, "body": page("یافت نشد", "<p>صفحه یافت نشد</p>")}, {"status": 302, "redirect": PORTAL}],
)
def test_it_is_void_where_no_page_stands_at_the_address(seen: Any, answer: dict[str, Any]) -> None:
    portal(seen)
    body = answer.pop("body", "")
    for attempt, at in ((1, 10), (2, 100)):
        seen.http("http://portal.test/gone", body, attempt=attempt, at=at, **answer)
    seen.aliases = alias(address="http://portal.test/gone")
    assert entry(seen).observed["alias_void"]["void"] == "address"


@pytest.mark.parametrize("body", [INFORMS, "<p>این صفحه در دست ساخت است.</p>", ""])
def test_it_is_never_held_against_the_agency(seen: Any, body: str) -> None:
    """Under its own title the same page is."""
    portal(seen, body)
    seen.aliases = alias()
    finding = entry(seen)
    assert finding.verdict == "inconclusive"


def test_a_claim_that_is_met_without_it_stays_as_it_is(seen: Any) -> None:
    portal(seen, url="http://portal.test/own")
    seen.twice("http://portal.test/own", page(TITLE, PROSE + FORM), purpose="claim")
    seen.aliases = alias()
    finding = entry(seen)
    assert finding.verdict == "verified"
    assert finding.observed["matched"]["how"] == "heading"


def test_a_dead_address_is_outdone_by_an_entry_alone(seen: Any) -> None:
    portal(seen, url="http://portal.test/dead")
    seen.twice("http://portal.test/dead", page("یافت نشد", "<p>یافت نشد</p>"), status=404, purpose="claim")
    before = entry(seen)
    assert (before.verdict, before.reason) == ("contradicted", "dead_link")
    seen.aliases = alias()
    after = entry(seen)
    assert after.verdict == "verified"
    assert "entry_elsewhere" in after.observed["notes"]


def test_no_other_claim_moves_and_bytes_repeat(seen: Any) -> None:
    capture = portal(seen)
    before = {f.subject.id: f for f in seen.found("services.entry")}
    seen.aliases = alias(capture)
    after = {f.subject.id: f for f in seen.found("services.entry")}
    assert before["y"] == after["y"]
    again = {f.subject.id: f for f in seen.found("services.entry")}
    assert json.dumps(again["x"].to_json(), sort_keys=True) == json.dumps(
        after["x"].to_json(), sort_keys=True
    )


def test_another_claims_page_is_not_tied(seen: Any) -> None:
    """Positive evidence outweighs the choice."""
    portal(seen, heading="استعلام بدهی عوارض نوسازی")
    seen.aliases = alias(heading=folded("استعلام بدهی عوارض نوسازی"))
    assert entry(seen).verdict != "verified"
