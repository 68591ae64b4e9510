"""Claims without a URL: found by code, card, heading, link, list of services and site map; never blamed when not."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from claims.model import Service

PORTAL = "http://portal.test/"
URL = "http://portal.test/khedmat/9"
TITLE = "صدور مجوز حفر چاه کشاورزی"
CODE = "13091234567"
PROSE = (
    "<p>کشاورزانی که آب زمین آنان از چاه تأمین می‌شود پیش از کندن چاه به مجوز نیاز دارند. کارشناس آب منطقه‌ای زمین را می‌بیند "
    "و میزان برداشت را تعیین می‌کند. رسیدگی چهل روز زمان می‌برد و هزینهٔ کارشناسی هر سال اعلام می‌شود.</p>"
)
FORM = (
    '<form method="post"><label>نام مالک <input name="o"></label><label>کد ملی <input name="n"></label>'
    '<label>پلاک ثبتی <input name="p"></label><button>ثبت درخواست</button></form>'
)
CARD = f"<table><tr><th>عنوان خدمت</th><td>{TITLE}</td></tr><tr><th>شناسه خدمت</th><td>{{code}}</td></tr><tr><th>مدارک لازم</th><td>سند مالکیت</td></tr><tr><th>هزینه</th><td>رایگان</td></tr></table>"


def page(heading: str, body: str) -> str:
    return f"<html><head><title>{heading}</title></head><body><h1>{heading}</h1>{body}</body></html>"


ENTRY = page(TITLE, PROSE + FORM)


def home(links: str = "") -> str:
    return page("شرکت آب منطقه‌ای", f"<p>خوش آمدید.</p>{links}")


def claimed(seen: Any, code: str | None = CODE) -> None:
    seen.services = (
        Service("portal", "x", TITLE, True, level="transaction", code=code),
        Service("portal", "y", "استعلام بدهی آب‌بها", True),
    )


def outcome(seen: Any) -> tuple[str, str | None, str]:
    seen.account()
    finding = seen.of("services.entry")["x"]
    return finding.verdict, finding.reason, finding.observed["via"]


@pytest.mark.parametrize(
    ("shown", "via"),
    [
        (page("خدمت شمارهٔ نه", PROSE + CARD.format(code=CODE) + FORM), "code"),
        (page("خدمت شمارهٔ نه", PROSE + CARD.format(code="۱۳۰۹۱۲۳۴۵۶۷") + FORM), "code"),
        (page("خدمت شمارهٔ نه", PROSE + CARD.format(code="-") + FORM), "card"),
        (ENTRY, "heading"),
    ],
    ids=["code", "code in Persian digits", "title of the card", "heading"],
)
def test_a_page_that_says_so_itself(seen: Any, shown: str, via: str) -> None:
    claimed(seen)
    seen.twice(PORTAL, home(), purpose="home")
    seen.twice(URL, shown)
    assert outcome(seen) == ("verified", "transaction_entry", via)


@pytest.mark.parametrize(
    "link",
    [
        f'<a href="/app/9">{TITLE}</a>',
        f'<a href="/app/9" title="{TITLE}"><img src="/9.png"></a>',
        f'<a href="/app/9" aria-label="{TITLE}">←</a>',
        f'<a href="/app/9"><img src="/9.png" alt="{TITLE}"></a>',
        f"<ul><li>{TITLE} <a href='/app/9'>ورود به سامانه</a></li></ul>",
        f"<table><tr><td>۱</td><td>{TITLE}</td><td><a href='/app/9'>مشاهده</a></td></tr><tr><td>۲</td><td>استعلام بدهی آب‌بها</td><td><a href='/app/10'>مشاهده</a></td></tr></table>",
        f"<table><tr><td>مجوز چاه</td><td>{CODE}</td><td><a href='/app/9'>ورود</a></td></tr></table>",
        f"<div class='tile'><h4>{TITLE}</h4><p>زمان: چهل روز</p><div><a href='/app/9'>شروع</a></div></div>",
    ],
    ids=["text", "title attribute", "label", "picture", "list", "table", "table with code", "tile"],
)
def test_a_link_on_the_service_desk(seen: Any, link: str) -> None:
    """The page itself ties by its form's heading only; what leads there is the desk."""
    claimed(seen)
    seen.twice(PORTAL, home('<a href="/desk">میز خدمت</a>'), purpose="home")
    seen.twice(f"{PORTAL}desk", page("میز خدمت الکترونیکی", link))
    app = f"{PORTAL}app/9"
    seen.http(app, ENTRY, purpose="link", at=30)
    verdict, reason, via = outcome(seen)
    assert (verdict, reason) == ("verified", "transaction_entry")
    assert via in ("link", "desk") or "action: " in via  # the desk names it, one hop on is the entry


def test_the_site_map_page(seen: Any) -> None:
    claimed(seen)
    seen.twice(PORTAL, home('<a href="/sitemap">نقشه سایت</a>'), purpose="home")
    seen.twice(f"{PORTAL}sitemap", page("نقشه سایت", f'<ul><li><a href="/app/9">{TITLE}</a></li></ul>'))
    seen.http(f"{PORTAL}app/9", ENTRY, purpose="link", at=30)
    assert outcome(seen) == ("verified", "transaction_entry", "link")


@pytest.mark.parametrize(
    ("address", "code"),
    [(f"{PORTAL}app/{CODE}", CODE), (f"{PORTAL}app/{quote('صدور-مجوز-حفر-چاه-کشاورزی')}", None)],
    ids=["code", "words"],
)
def test_the_site_map_file(seen: Any, address: str, code: str | None) -> None:
    claimed(seen, code)
    seen.twice(PORTAL, home(), purpose="home")
    listing = f"<urlset><url><loc>{address}</loc></url><url><loc>{PORTAL}about</loc></url></urlset>"
    seen.http(
        f"{PORTAL}sitemap.xml", listing, headers=(("Content-Type", "application/xml"),), purpose="sitemap"
    )
    # not a page by purpose: what is known of it is its address alone
    seen.http(address, ENTRY, purpose="link", at=30)
    assert outcome(seen) == ("verified", "transaction_entry", "sitemap")


def test_lists_with_the_code_leave_room_for_the_page(seen: Any) -> None:
    claimed(seen)
    seen.twice(PORTAL, home(), purpose="home")
    rows = "".join(f"<tr><td>خدمت {n}</td><td>130900000{n:02}</td></tr>" for n in range(20))
    for number in range(8):
        table = f"<table>{rows}<tr><td>{TITLE}</td><td>{CODE}</td></tr></table>"
        seen.twice(f"{PORTAL}catalog/{number}", page("فهرست خدمات", table))
    seen.twice(URL, page("خدمت شمارهٔ نه", PROSE + CARD.format(code=CODE) + FORM))
    assert outcome(seen) == ("verified", "transaction_entry", "code")


def test_two_addresses_of_one_wording(seen: Any) -> None:
    """The tile of the home page is dead, the list has the right address."""
    claimed(seen)
    seen.twice(PORTAL, home(f'<a href="/old/9">{TITLE}</a> <a href="/app/9">{TITLE}</a>'), purpose="home")
    seen.twice(f"{PORTAL}old/9", "gone", status=404, purpose="link")
    seen.http(f"{PORTAL}app/9", ENTRY, purpose="link", at=30)
    assert outcome(seen) == ("verified", "transaction_entry", "link")


def test_a_hash_route_of_an_application(seen: Any) -> None:
    claimed(seen)
    seen.twice(PORTAL, home(f'<a href="/app#/9">{TITLE}</a>'), purpose="home")
    seen.twice(f"{PORTAL}app", '<html><body><div id="root"></div><script src="/a.js"></script></body></html>')
    seen.rendered(f"{PORTAL}app#/9", ENTRY)
    assert outcome(seen) == ("verified", "transaction_entry", "link")


def test_a_lead_that_was_not_followed_is_no_match(seen: Any) -> None:
    claimed(seen)
    seen.twice(PORTAL, home(f'<a href="/closed/9">{TITLE}</a>'), purpose="home")
    seen.account(unfetched=[(f"{PORTAL}closed/9", "robots")])
    finding = seen.of("services.entry")["x"]
    assert (finding.verdict, finding.reason) == ("inconclusive", "robots")


@pytest.mark.parametrize(
    "elsewhere",
    [
        page("اخبار", f"<p>به زودی {TITLE} آغاز می‌شود.</p>" + PROSE),
        page("تمدید مجوز حفر چاه کشاورزی", PROSE + FORM),
        page("فهرست خدمات", f"<ul><li>{TITLE}</li><li>استعلام بدهی آب‌بها</li></ul>"),
    ],
    ids=["running text", "sibling", "list without links"],
)
def test_nothing_found_blames_nobody(seen: Any, elsewhere: str) -> None:
    claimed(seen)
    seen.twice(PORTAL, home(), purpose="home")
    seen.twice(URL, elsewhere)
    verdict, reason, _ = outcome(seen)
    assert (verdict, reason) == ("inconclusive", "no_match")


def test_a_firm_candidate_without_an_entry_is_held_against_the_claim(seen: Any) -> None:
    claimed(seen)
    seen.twice(PORTAL, home(), purpose="home")
    seen.twice(URL, page(TITLE, PROSE + CARD.format(code=CODE)))
    assert outcome(seen) == ("contradicted", "information_only", "code")


def test_a_loose_candidate_without_an_entry_is_not(seen: Any) -> None:
    claimed(seen)
    seen.twice(PORTAL, home(f"<ul><li>{TITLE} <a href='/guide/9'>راهنما</a></li></ul>"), purpose="home")
    seen.twice(f"{PORTAL}guide/9", page("راهنمای کشاورزان", PROSE))
    verdict, _, _ = outcome(seen)
    assert verdict == "inconclusive"
