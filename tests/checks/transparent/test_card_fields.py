"""How full service cards are (T01): rows of pages at the claimed address, in three looks, with what is true of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from checks.finding import Finding
from checks.transparent.services_card_fields.check import FIELDS
from claims.model import Service

PORTAL = "http://portal.test/"
URL = f"{PORTAL}s/1"
TITLE = "صدور پروانه پرورش زنبور عسل"
OTHER = "استعلام سهمیه کود شیمیایی"
CODE, OTHER_CODE = "13091713000", "13091713222"
ROWS = {
    "عنوان خدمت": TITLE, "شناسه خدمت": CODE, "نحوه ارائه": "الکترونیکی", "سطح خدمت": "تراکنشی",
    "مدارک لازم": "تصویر شناسنامه و سند ملک", "هزینه": "رایگان", "زمان انجام": "ده روز کاری", "تعداد مراجعه": "بدون مراجعه",
    "اطلاع‌رسانی خدمت": "✓", "درخواست خدمت": "✓", "تولید خدمت": "✗", "ارائه خدمت": "✗",
}  # fmt: skip
Look = Callable[[dict[str, str]], str]


def page(body: str, heading: str = TITLE) -> str:
    return f"<!doctype html><html lang=fa><head><title>x</title></head><body><main><h1>{heading}</h1>{body}</main></body></html>"


def table(rows: dict[str, str]) -> str:
    return f"<table>{''.join(f'<tr><th>{name}</th><td>{value}</td></tr>' for name, value in rows.items())}</table>"


def items(rows: dict[str, str]) -> str:
    return f"<ul>{''.join(f'<li><b>{name}:</b> {value}</li>' for name, value in rows.items())}</ul>"


def terms(rows: dict[str, str]) -> str:
    return f"<dl>{''.join(f'<dt>{name}</dt><dd>{value}</dd>' for name, value in rows.items())}</dl>"


LOOKS: dict[str, Look] = {"table": table, "list": items, "terms": terms}
BLANK = dict.fromkeys(ROWS, "......")

# name: (rows of the card that differ, verdict, reason, fields found, fields that are open)
CARDS: dict[str, tuple[dict[str, str], str, str | None, int | None, int]] = {
    "full": ({}, "verified", None, 12, 0),
    "Persian digits in the code": ({"شناسه خدمت": "۱۳۰۹۱۷۱۳۰۰۰"}, "verified", None, 12, 0),
    "in-person phase said in words": ({"تولید خدمت": "غیر الکترونیکی"}, "verified", None, 12, 0),
    "no fee and no time": ({"هزینه": "", "زمان انجام": "-"}, "partial", None, 10, 0),
    "its phases tell how far it is electronic": ({"سطح خدمت": ""}, "verified", None, 12, 0),
    "three phases do not": ({"سطح خدمت": "-", "تولید خدمت": "-"}, "partial", None, 10, 0),
    "half": (dict.fromkeys(list(ROWS)[6:], ""), "partial", None, 6, 0),
    "title and code alone": (dict.fromkeys(list(ROWS)[2:], "......"), "partial", None, 2, 0),
    "a code of nine digits": ({"شناسه خدمت": "130917130"}, "partial", None, 11, 0),
    "boxes that nobody ticked": ({"نحوه ارائه": "☐ الکترونیکی ☐ غیر الکترونیکی"}, "partial", None, 11, 0),
    "fields in brackets": ({"مدارک لازم": "[مدارک لازم را بنویسید]", "هزینه": "[مبلغ]"}, "partial", None, 10, 0),
    "says what to fill in": ({"تعداد مراجعه": "در این قسمت تکمیل شود"}, "partial", None, 11, 0),
    "says other than the claim": ({"هزینه": "۲۰۰٬۰۰۰ ریال"}, "partial", None, 11, 1),
    "a template that names its fields": ({name: f"[{name}]" for name in ROWS}, "contradicted", "hollow", None, 0),
    "a template": (BLANK, "contradicted", "hollow", None, 0),
    "another service's": ({"عنوان خدمت": OTHER, "شناسه خدمت": OTHER_CODE}, "contradicted", "wrong_service", None, 0),
}  # fmt: skip


def services(**values: Any) -> tuple[Service, ...]:
    rest: dict[str, Any] = {
        "url": URL, "code": CODE, "level": "transaction", "fee": False, "phases": ("information", "request"), **values,
    }  # fmt: skip
    mine = Service("portal", "s1", TITLE, rest.pop("electronic", True), **rest)
    return mine, Service("portal", "s2", OTHER, True, url=f"{PORTAL}s/2", code=OTHER_CODE)


def judge(seen: Any, *bodies: str, account: bool = True, **values: Any) -> Finding:
    seen.services = services(**values)
    seen.http(PORTAL, page("<p>خوش آمدید</p>", "سازمان"), purpose="home", at=1)
    for attempt, body in enumerate(bodies, start=1):
        seen.http(URL, body, purpose="claim", attempt=attempt, at=60.0 * attempt)
    if account:
        seen.account()
    found: dict[str, Finding] = seen.of("services.card_fields")
    assert set(found) == {"s1", "s2"}
    return found["s1"]


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", CARDS)
def test_a_card(seen: Any, look: str, name: str) -> None:
    changes, verdict, reason, number, unsettled = CARDS[name]
    body = page(LOOKS[look](ROWS | changes), "جزئیات خدمت" if reason == "wrong_service" else TITLE)
    found = judge(seen, body, body)
    assert (found.verdict, found.reason) == (verdict, reason), found.observed
    assert found.observed.get("fields_found") == number
    assert found.observed.get("fields_open", 0) == unsettled
    if number is not None:
        assert found.observed["fields"] == 12
        assert number == 12 - len(found.observed["missing"]) - unsettled
    assert found.captures


def test_twelve_fields() -> None:
    assert len(FIELDS) == len(set(FIELDS)) == len(ROWS) == 12


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("position", range(12))
def test_each_field_that_is_taken_away_is_missed(seen: Any, look: str, position: int) -> None:
    name = list(ROWS)[position]
    body = page(LOOKS[look]({row: value for row, value in ROWS.items() if row != name}))
    found = judge(seen, body, body)
    # how far the service is electronic is told by its four phases as well
    missed = 0 if name == "سطح خدمت" else 1
    assert (found.observed["fields_found"], len(found.observed["missing"])) == (12 - missed, missed)


@pytest.mark.parametrize("name", ["a template", "another service's"])
def test_seen_once_is_no_contradiction(seen: Any, name: str) -> None:
    found = judge(seen, page(table(ROWS | CARDS[name][0]), "جزئیات خدمت"))
    assert (found.verdict, found.reason) == ("inconclusive", "not_attempted")


def test_two_visits_that_differ(seen: Any) -> None:
    found = judge(seen, page(table(BLANK)), page("<p>متن دیگری دربارهٔ خدمت.</p>"))
    assert (found.verdict, found.reason) == ("inconclusive", "ambiguous")


@pytest.mark.parametrize("account", [True, False])
def test_a_page_without_a_card(seen: Any, account: bool) -> None:
    body = page("<p>این خدمت به پرورش‌دهندگان داده می‌شود.</p>")
    found = judge(seen, body, body, account=account)
    assert (found.verdict, found.reason) == ("inconclusive", "not_found_anywhere" if account else "no_match")
    assert found.observed["complete_look"] is account


def test_a_page_that_was_read_to_its_end_has_no_card(seen: Any) -> None:
    body = page("<p>این خدمت به پرورش‌دهندگان داده می‌شود. نشانی: میدان اصلی، ساختمان شمارهٔ دو.</p>")
    assert judge(seen, body, body).observed["read_whole"] is True


@pytest.mark.parametrize(
    "body",
    [
        "<p>شرح خدمت.</p><p><a href='/card/9'>شناسنامه خدمت</a></p>",  # nobody followed it
        "<p>شرح خدمت.</p><script src='/card.js'></script>",
        "<h3>شناسنامه خدمت</h3><p>شرح خدمت در اینجا آمده است.</p>",  # in a shape that nobody knows
        "<p>مدارک لازم: سند</p><p>هزینه: رایگان</p><p>مدت زمان: ده روز</p>",  # neither title nor code
    ],
)
def test_a_page_that_leads_on_unread_may_have_one(seen: Any, body: str) -> None:
    assert "read_whole" not in judge(seen, page(body), page(body)).observed


def test_an_incomplete_look_settles_no_absence(seen: Any) -> None:
    body = page("<p>این خدمت به پرورش‌دهندگان داده می‌شود.</p>")
    assert "read_whole" not in judge(seen, body, body, account=False).observed


LISTS: dict[str, Callable[[str], str]] = {
    "table": lambda url: (
        f"<table><tr><th>خدمت</th><th>شناسنامه</th></tr><tr><td>{TITLE}</td><td><a href='{url}'>مشاهده</a></td></tr></table>"
    ),
    "links": lambda url: f"<ul><li><a href='{url}'>{TITLE}</a></li></ul>",
    "lines": lambda url: f"<p>{TITLE} <a href='{url}'>دریافت</a></p>",
}
ABOUT = "<p>" + "هر خدمت این سازمان شناسنامه‌ای دارد که مدارک، هزینه و زمان انجام آن را می‌گوید. " * 4 + "</p>"


def listed(seen: Any, look: str, *cards: str, link: str = "/cards/7") -> Finding:
    """A list of cards that the home page leads to, and what stands behind the row of the service."""
    seen.services = services()
    seen.http(PORTAL, page('<a href="/cards">شناسنامه خدمات</a>', "سازمان"), purpose="home", at=1)
    seen.twice(f"{PORTAL}cards", page(ABOUT + LISTS[look](link), "شناسنامه خدمات"))
    body = page("<p>این خدمت به پرورش‌دهندگان داده می‌شود و هر سال از نو درخواست می‌شود.</p>")
    seen.twice(URL, body, purpose="claim")
    for attempt, card in enumerate(cards, start=1):
        seen.http(f"{PORTAL}cards/7", card, attempt=attempt, at=300.0 * attempt)
    seen.account()
    found: dict[str, Finding] = seen.of("services.card_fields")
    return found["s1"]


@pytest.mark.parametrize("look", LISTS)
def test_a_card_behind_its_row_in_a_list(seen: Any, look: str) -> None:
    found = listed(seen, look, page(table(ROWS | {"شناسه خدمت": "-"}), "شناسنامه"))
    assert (found.verdict, found.observed["fields_found"]) == ("partial", 11)
    assert found.observed["url"] == f"{PORTAL}cards/7"


@pytest.mark.parametrize("look", LISTS)
def test_a_template_behind_its_row_is_no_card(seen: Any, look: str) -> None:
    empty = page(table({name: f"[{name}]" for name in ROWS}), "شناسنامه")
    found = listed(seen, look, empty, empty)
    assert (found.verdict, found.reason) == ("contradicted", "hollow")


def test_a_template_that_was_seen_once_is_held_against_nobody(seen: Any) -> None:
    found = listed(seen, "table", page(table({name: f"[{name}]" for name in ROWS}), "شناسنامه"))
    assert (found.verdict, found.reason) == ("inconclusive", "not_found_anywhere")
    assert found.observed["read_whole"] is True


def test_a_row_that_nobody_followed_may_lead_to_a_card(seen: Any) -> None:
    assert "read_whole" not in listed(seen, "table").observed


def test_anothers_card_behind_the_row_is_not_its_card(seen: Any) -> None:
    other = page(table(ROWS | {"عنوان خدمت": OTHER, "شناسه خدمت": OTHER_CODE}), "شناسنامه")
    found = listed(seen, "table", other, other)
    assert (found.verdict, found.reason) == ("inconclusive", "not_found_anywhere")


def test_what_was_not_seen(seen: Any) -> None:
    assert judge(seen).reason == "not_attempted"


@pytest.mark.parametrize(
    ("status", "reason", "complete"),
    [(403, "blocked", None), (500, "server_error", None), (404, "not_found_anywhere", True)],
)
def test_a_page_that_did_not_come(seen: Any, status: int, reason: str, complete: bool | None) -> None:
    seen.services = services()
    seen.http(PORTAL, page("<p>خوش آمدید</p>", "سازمان"), purpose="home", at=1)
    seen.twice(URL, "", status=status, purpose="claim")
    seen.account()
    found = seen.of("services.card_fields")["s1"]
    assert (found.verdict, found.reason) == ("inconclusive", reason)
    assert found.observed.get("complete_look") is complete


def test_a_page_of_scripts(seen: Any) -> None:
    body = page("<script src=/app.js></script><div id=app></div>")
    assert judge(seen, body, body).reason == "needs_browser"


def test_a_card_that_is_a_file(seen: Any) -> None:
    body = page('<p><a href="/files/card.pdf">شناسنامه خدمت</a></p>')
    found = judge(seen, body, body)
    assert (found.verdict, found.reason) == ("inconclusive", "not_attempted")
    assert found.observed == {"card_document": f"{PORTAL}files/card.pdf", "card_file": "unfetched"}


def test_a_card_behind_a_link(seen: Any) -> None:
    body = page('<p>شرح خدمت.</p><p><a href="/card/9">شناسنامه خدمت</a></p>')
    seen.http(f"{PORTAL}card/9", page(terms(ROWS), "شناسنامه"), at=300)
    found = judge(seen, body, body, code=None)
    assert (found.verdict, found.observed["url"]) == ("verified", f"{PORTAL}card/9")


def test_a_card_on_another_page_by_its_code(seen: Any) -> None:
    seen.http(f"{PORTAL}all", page(table(ROWS), "فهرست خدمات"), at=300)
    assert judge(seen, page("<p>شرح</p>"), url=URL).observed["fields_found"] == 12


def test_one_code_on_the_cards_of_two_services(seen: Any) -> None:
    """The code of neither claim: a number that was copied from card to card names no service."""
    shared = "13091713999"
    first = page(table(ROWS | {"شناسه خدمت": shared}))
    second = page(table(ROWS | {"عنوان خدمت": OTHER, "شناسه خدمت": shared}), OTHER)
    seen.http(f"{PORTAL}s/2", second, purpose="claim", at=300)
    found = judge(seen, first, first)
    assert found.observed["code_shared"] is True
    assert "code" in found.observed["missing"] and found.observed["fields_found"] == 11


def test_a_service_that_is_not_electronic_has_a_card_too(seen: Any) -> None:
    rows = ROWS | {"نحوه ارائه": "غیر الکترونیکی", "درخواست خدمت": "خیر", "اطلاع‌رسانی خدمت": "بلی"}
    body = page(table(rows))
    found = judge(seen, body, body, electronic=False, level=None, phases=())
    assert (found.verdict, found.observed["fields_found"]) == ("verified", 12)


def test_a_claim_says_nothing_of_a_field(seen: Any) -> None:
    body = page(table(ROWS | {"هزینه": "دارد"}))
    found = judge(seen, body, body, fee=None)
    assert (found.verdict, found.observed["fields_open"]) == ("verified", 0)
    assert replace(found).id == found.id
