"""Cards that are PDF files: printed by the real browser in several looks, and what findings make of them."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from checks.finding import Finding
from checks.page.cards.card import cards
from checks.pdf.reading import read
from checks.services.card_file import as_page
from claims.model import Service
from crawler.browser.launch import find_browser
from tests.checks.pdf.made import ROWS as ON_PAPER
from tests.checks.pdf.made import assembled, card, stream
from tests.checks.selection import allowed

pytestmark = pytest.mark.processes  # the browser prints, a child reads

TITLE = "صدور پروانه بهره‌برداری از چاه"
CODE = "14051822000"
APPLY = "https://chah.portal.test/apply?id=12"
ROWS = (
    ("عنوان خدمت", TITLE), ("شناسه خدمت", CODE), ("نوع خدمت", "الکترونیکی"), ("هزینه خدمت", "۲۵۰٬۰۰۰ ریال"),
    ("مدت زمان انجام", "۱۰ روز کاری"), ("تعداد مراجعه حضوری", "۱ بار"), ("درخواست خدمت", "✓"), ("ارائه خدمت", "✗"),
    ("نشانی خدمت", APPLY),
    ("مدارک مورد نیاز", "کارت ملی (اصل) و سند مالکیت زمین و گواهی نداشتن پیشینه و نقشهٔ محل و رسید پرداخت ۱۲۰٬۰۰۰ ریال و کروکی UTM"),
)  # fmt: skip


def _each(row: str, around: str = "{}") -> str:
    return around.format("".join(row.format(label=label, value=value) for label, value in ROWS))


LOOKS = {
    "a table with lines": _each("<tr><td>{label}</td><td>{value}</td></tr>", "<table border=1 style='border-collapse:collapse;width:100%'>{}</table>"),
    "a table with separate boxes": _each("<tr><td>{label}</td><td>{value}</td></tr>", "<table border=1 style='width:100%'>{}</table>"),
    "a table with narrow labels": _each("<tr><td style='width:70px'>{label}</td><td>{value}</td></tr>", "<table border=1 style='border-collapse:collapse'>{}</table>"),
    "a table without lines": _each("<tr><td style='width:200px'>{label}</td><td>{value}</td></tr>", "<table>{}</table>"),
    "lines with colons": _each("<p>{label}: {value}</p>"),
    "bold labels": _each("<p><b>{label}:</b> {value}</p>"),
    "labels above": _each("<h4>{label}</h4><p>{value}</p>"),
    "boxes of a grid": _each("<div style='border:1px solid;padding:6px'><b>{label}</b>: {value}</div>", "<div style='display:grid;grid-template-columns:1fr;gap:8px'>{}</div>"),
}  # fmt: skip
FONTS = {
    "as drawings": "@font-face{font-family:V;src:url(data:font/woff2;base64,{font})}body{font-family:V}",
    "embedded": "body{font-family:'DejaVu Sans'}",
}  # fmt: skip
FIELDS = {
    "title": TITLE, "code": CODE, "kind": "الکترونیکی", "fee": "۲۵۰٬۰۰۰ ریال", "time": "۱۰ روز کاری", "visits": "۱ بار",
    "request": "✓", "delivery": "✗", "address": APPLY,
}  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    executable = find_browser()
    assert executable is not None
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(executable), args=["--no-sandbox"])
        yield started
        started.close()


@pytest.mark.parametrize("font", FONTS)
@pytest.mark.parametrize("look", LOOKS)
def test_a_printed_card_is_read(browser: Browser, look: str, font: str) -> None:
    held = base64.b64encode((files("reports.html") / "assets" / "vazirmatn.woff2").read_bytes()).decode()
    page = browser.new_page()
    try:
        page.set_content(
            f"<!doctype html><html lang=fa dir=rtl><style>{FONTS[font].replace('{font}', held)}</style>"
            f"<h1>شناسنامهٔ خدمت</h1>{LOOKS[look]}</html>"
        )
        page.evaluate("document.fonts.ready")
        body = page.pdf(format="A4")
    finally:
        page.close()
    (found,) = cards(as_page(read(body), "http://portal.test/card.pdf"))
    told = {name: value.replace("\u200c", "") for name, value in found.fields.items() if name in FIELDS}
    assert told == {name: value.replace("\u200c", "") for name, value in FIELDS.items()}
    assert found.electronic and found.phases == {"request": True, "delivery": False}
    if look != "a table without lines":  # where a wrapped value is cut
        assert found.fields["documents"].startswith("کارت ملی (اصل) و سند مالکیت زمین")


# --- findings ---------------------------------------------------------------------------------------

PORTAL = "http://portal.test/"
URL = f"{PORTAL}s/1"
FILE = f"{PORTAL}files/12.pdf"
PROSE = "<p>" + "این پروانه به کشاورزانی داده می‌شود که چاه آنان در آمار منابع آب آمده است و میزان برداشت را شرکت آب هر سال اعلام می‌کند. " * 4 + "</p>"  # fmt: skip
LINK = '<p><a href="/files/12.pdf">شناسنامه خدمت</a></p>'
FORM = '<form method="post"><label>نام <input name="a"></label><label>کد ملی <input name="b"></label><button>ثبت درخواست</button></form>'


def page(body: str, heading: str = TITLE) -> str:
    return f"<!doctype html><html lang=fa><head><title>x</title></head><body><main><h1>{heading}</h1>{body}</main></body></html>"


def findings(
    seen: Any, body: bytes | None, html: str = page(PROSE + LINK), **claim: Any
) -> dict[str, Finding]:
    told = {"code": CODE, "level": "transaction", "fee": True, **claim}
    seen.services = (Service("portal", "s1", TITLE, True, url=URL, **told),)
    seen.http(PORTAL, page("<p>خوش آمدید</p>", "سازمان"), purpose="home", at=1)
    if body is not None:
        seen.http(FILE, body, headers=(("Content-Type", "application/pdf"),), at=6)
    seen.twice(URL, html, purpose="claim")
    return {finding.check: finding for finding in seen.judge() if finding.subject.id == "s1"}


def card_with(**changes: str) -> bytes:
    """The card on paper with other values; underscores are spaces, "" takes a row away."""
    rows = dict(ON_PAPER) | {name.replace("_", " "): value for name, value in changes.items()}
    return card([(label, value) for label, value in rows.items() if value])


def test_facts_of_the_file_stand_beside_the_claim(seen: Any) -> None:
    found = findings(seen, card())["services.card"]
    assert (found.verdict, found.effect) == ("verified", "card_agrees")
    assert (found.observed["via"], found.observed["url"]) == ("file", FILE)
    assert found.observed["card"]["fee"] == "۲۵۰٬۰۰۰ ریال" and found.observed["card"]["time"] == "۱۰ روز کاری"
    assert found.observed["compared"]["code"]["agrees"]


def test_a_difference_on_paper_is_for_people_to_look_at(seen: Any) -> None:
    found = findings(seen, card(), fee=False)["services.card"]
    assert (found.verdict, found.reason, found.effect) == ("inconclusive", "ambiguous", "card_file_differs")
    assert found.observed["card_disagrees"] == ["fee"]
    assert allowed("services.card", found.verdict, found.reason)


def test_the_card_of_another_service_says_nothing_of_this_one(seen: Any) -> None:
    found = findings(seen, card_with(عنوان_خدمت="تمدید کارت بازرگانی", شناسه_خدمت="19991122000"))
    assert found["services.card"].observed == {"card_document": FILE, "card_file": "read"}


def test_a_file_verifies_no_entry_and_fills_no_card(seen: Any) -> None:
    found = findings(seen, card())
    assert found["services.entry"].verdict == "inconclusive"
    assert (found["services.card_fields"].verdict, found["services.card_fields"].reason) == (
        "inconclusive",
        "not_attempted",
    )


def test_a_page_that_only_informs_is_contradicted_without_a_card_or_with_one_that_names_no_other_place(
    seen: Any,
) -> None:
    found = findings(seen, None, page(PROSE))["services.entry"]
    assert (found.verdict, found.reason) == ("contradicted", "information_only")


@pytest.mark.parametrize("address", ["", URL, PORTAL], ids=["none", "the page itself", "the home page"])
def test_a_card_that_names_no_other_place_blocks_nothing(seen: Any, address: str) -> None:
    found = findings(seen, card_with(نشانی_خدمت=address))["services.entry"]
    assert (found.verdict, found.reason) == ("contradicted", "information_only")


def test_a_card_that_names_an_address_nobody_visited_blocks_a_contradiction(seen: Any) -> None:
    found = findings(seen, card())["services.entry"]
    assert (found.verdict, found.reason) == ("inconclusive", "not_attempted")


def entry_at(seen: Any, html: str) -> Finding:
    url = "http://portal.test/apply"
    seen.http(url, html, at=7)
    return findings(seen, card_with(نشانی_خدمت=url))["services.entry"]


def test_the_address_of_the_card_leads_to_the_entry(seen: Any) -> None:
    found = entry_at(seen, page(FORM))
    assert (found.verdict, found.reason) == ("verified", "transaction_entry")


def test_a_form_at_that_address_that_says_nothing_of_the_service_is_no_entry(seen: Any) -> None:
    found = entry_at(seen, page(FORM, "ثبت نام"))
    assert (found.verdict, found.reason) == ("inconclusive", "ambiguous")


UNREAD = {
    "no_text": assembled(b"q 595 0 0 842 0 0 cm /Im Do Q"),
    "damaged": b"%PDF-1.4\n",
    "unfetched": None,
}


@pytest.mark.parametrize(("state", "body"), UNREAD.items())
def test_a_card_that_was_not_read_is_told_and_blocks_a_contradiction(
    seen: Any, state: str, body: bytes | None
) -> None:
    found = findings(seen, body)
    assert found["services.card"].observed == {"card_document": FILE, "card_file": state}
    assert (found["services.card"].verdict, found["services.card"].reason) == (
        "inconclusive",
        "not_attempted",
    )
    assert (found["services.entry"].verdict, found["services.entry"].reason) == (
        "inconclusive",
        "not_attempted",
    )


def test_a_card_that_is_gone_blocks_nothing(seen: Any) -> None:
    for attempt, at in ((1, 6), (2, 96)):
        seen.http(FILE, "", status=404, attempt=attempt, at=at)
    found = findings(seen, None)
    assert "services.card" not in found
    assert (found["services.entry"].verdict, found["services.entry"].reason) == (
        "contradicted",
        "information_only",
    )


def test_of_several_cards_the_one_with_the_code_counts(seen: Any) -> None:
    other = card_with(عنوان_خدمت="تمدید کارت بازرگانی", شناسه_خدمت="19991122000")
    seen.http(f"{PORTAL}files/11.pdf", other, headers=(("Content-Type", "application/pdf"),), at=5)
    links = '<p><a href="/files/11.pdf">شناسنامه خدمت</a></p>' + LINK
    assert findings(seen, card(), page(PROSE + links))["services.card"].observed["url"] == FILE


PDF = (("Content-Type", "application/pdf"),)


def test_files_that_wear_a_reader_down_cost_an_agency_only_so_much_time(
    seen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checks.services.card_file._USUAL_SECONDS", 0.0)
    monkeypatch.setattr("checks.case._SECONDS_OF_CHILDREN", 0.01)  # any child takes more
    seen.http(f"{PORTAL}files/0.pdf", card_with(شناسه_خدمت="19991122000", عنوان_خدمت="تمدید کارت بازرگانی"), headers=PDF, at=5)  # fmt: skip
    found = findings(seen, card(), page(PROSE + '<p><a href="/files/0.pdf">شناسنامه خدمت</a></p>' + LINK))
    assert found["services.card"].observed == {"card_document": FILE, "card_file": "limit"}
    assert found["services.entry"].verdict == "inconclusive"


def test_cards_as_they_are_cost_nothing_of_it(seen: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checks.services.card_file._USUAL_SECONDS", 60.0)
    monkeypatch.setattr("checks.case._SECONDS_OF_CHILDREN", 0.01)
    links = LINK
    for number in range(3):
        other = card_with(شناسه_خدمت=f"1999112200{number}", عنوان_خدمت="تمدید کارت بازرگانی")
        seen.http(f"{PORTAL}files/{number}.pdf", other, headers=PDF, at=5)
        links = f'<p><a href="/files/{number}.pdf">شناسنامه خدمت</a></p>' + links
    assert findings(seen, card(), page(PROSE + links))["services.card"].verdict == "verified"


def test_the_card_may_stand_past_the_pages_that_were_read(seen: Any) -> None:
    found = findings(seen, book(card_with(شناسه_خدمت="19991122000", عنوان_خدمت="تمدید کارت بازرگانی"), 21))
    assert found["services.card"].observed == {"card_document": FILE, "card_file": "limit"}
    assert (found["services.entry"].verdict, found["services.entry"].reason) == (
        "inconclusive",
        "not_attempted",
    )


def test_a_long_file_whose_first_pages_are_the_card_is_read(seen: Any) -> None:
    found = findings(seen, book(card(), 21))["services.card"]
    assert (found.verdict, found.effect) == ("verified", "card_agrees")


def test_the_card_may_be_the_fifth_of_five_files(seen: Any) -> None:
    links = LINK
    for number in range(4):
        other = card_with(شناسه_خدمت=f"1999112200{number}", عنوان_خدمت="تمدید کارت بازرگانی")
        seen.http(f"{PORTAL}files/{number}.pdf", other, headers=PDF, at=5)
        links = f'<p><a href="/files/{number}.pdf">شناسنامه خدمت</a></p>' + links
    found = findings(seen, card(), page(PROSE + links))
    assert found["services.card"].observed == {"card_document": FILE, "card_file": "limit"}
    assert found["services.entry"].verdict == "inconclusive"


def test_half_a_character_in_a_map_of_codes_is_no_error_of_ours(seen: Any) -> None:
    found = findings(seen, HALF)
    assert {finding.reason for finding in found.values()}.isdisjoint({"own_error"})
    assert found["services.card"].observed == {"card_document": FILE, "card_file": "read"}


# p is the last character before halves of surrogate pairs, q the first of these
HALF = assembled(
    b"BT /F 9 Tf (abcdefgh q) Tj ET",
    font="<< /Type /Font /Subtype /Type1 /ToUnicode 6 0 R >>",
    more=[stream(b"beginbfrange <70> <71> <D7FF> endbfrange beginbfrange <61> <68> <0041> endbfrange")],
)


def book(body: bytes, pages: int) -> bytes:
    """The one page of a file, so many times."""
    return body.replace(b"/Kids [3 0 R] /Count 1", b"/Kids [" + b"3 0 R " * pages + b"] /Count %d" % pages)
