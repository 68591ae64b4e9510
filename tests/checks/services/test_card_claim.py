"""Claim against card: what is compared, what differs, and that nothing is said where no card was seen."""

from typing import Any

import pytest

from checks.finding import Finding
from claims.model import Service
from tests.checks.selection import allowed

PORTAL = "http://portal.test/"
URL = f"{PORTAL}s/1"
TITLE = "صدور پروانه پرورش زنبور عسل"
SIBLING = "تمدید پروانه پرورش زنبور عسل"
CODE = "13091713000"
FIELDS = '<label>نام <input name="a"></label><label>کد ملی <input name="b"></label>'
FORM = f'<form method="post">{FIELDS}<button>ثبت درخواست</button></form>'
ROWS = {
    "عنوان خدمت": TITLE, "شناسه خدمت": CODE, "نحوه ارائه": "الکترونیکی", "سطح خدمت": "تراکنشی", "هزینه": "رایگان",
    "اطلاع‌رسانی خدمت": "✓", "درخواست خدمت": "✓", "تولید خدمت": "✗", "ارائه خدمت": "✗",
}  # fmt: skip


def card(**changes: str) -> str:
    """The card with some rows changed; underscores are spaces, "" takes a row away."""
    rows = ROWS | {name.replace("_", " "): value for name, value in changes.items()}
    cells = "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in rows.items() if value)
    return f"<table>{cells}</table>"


def page(body: str, heading: str = TITLE) -> str:
    return f"<!doctype html><html lang=fa><head><title>x</title></head><body><main><h1>{heading}</h1>{body}</main></body></html>"


def claim(**values: Any) -> Service:
    rest: dict[str, Any] = {
        "url": URL, "code": CODE, "level": "transaction", "fee": False, "phases": ("information", "request"), **values,
    }  # fmt: skip
    return Service("portal", "s1", TITLE, rest.pop("electronic", True), **rest)


def judge(seen: Any, html: str, mine: Service | None = None, *others: Service) -> Finding | None:
    seen.services = (mine or claim(), *others)
    seen.http(PORTAL, page("<p>خوش آمدید</p>", "سازمان"), purpose="home", at=1)
    seen.twice(URL, html, purpose="claim")
    found: Finding | None = seen.of("services.card").get("s1")
    return found


def test_card_and_claim_agree(seen: Any) -> None:
    finding = judge(seen, page(card() + FORM))
    assert finding is not None
    assert (finding.verdict, finding.reason, finding.effect) == ("verified", None, "card_agrees")
    assert finding.observed["card_disagrees"] == []
    assert list(finding.observed["compared"]) == [
        "title", "code", "kind", "level", "fee", "information", "request", "production", "delivery",
    ]  # fmt: skip
    assert finding.observed["card"]["code"] == CODE
    assert finding.observed["compared"]["request"] == {
        "claim": True, "card": "✓", "agrees": True, "selector": "main > table > tbody > tr > td",
    }  # fmt: skip
    assert finding.captures


# name: (rows of the card, the claim, where they differ)
DIFFER: dict[str, tuple[dict[str, str], dict[str, Any], list[str]]] = {
    "title": ({"عنوان_خدمت": "استعلام سهمیه کود"}, {}, ["title"]),
    "title in other words": ({"عنوان_خدمت": "صدور پروانهٔ زنبورداری و پرورش زنبور عسل"}, {}, []),
    "title of the sibling act": ({"عنوان_خدمت": SIBLING}, {}, ["title"]),
    "title in words that may mean the same": ({"عنوان_خدمت": "پروانه فعالیت زنبور عسل"}, {}, []),
    "code": ({"شناسه_خدمت": "13091713007"}, {}, ["code"]),
    "kind": ({"نحوه_ارائه": "غیر الکترونیکی"}, {}, ["kind"]),
    "kind, the other way": ({}, {"electronic": False, "level": "none", "phases": ()}, ["kind", "level"]),
    "level": ({"سطح_خدمت": "اطلاع‌رسانی"}, {}, ["level"]),
    "fee": ({"هزینه": "۲۰۰٬۰۰۰ ریال"}, {}, ["fee"]),
    "fee, the other way": ({}, {"fee": True}, ["fee"]),
    "phases": ({"درخواست_خدمت": "خیر", "ارائه_خدمت": "بلی"}, {}, ["request", "delivery"]),
    "several": ({"هزینه": "دارد", "نحوه_ارائه": "حضوری"}, {}, ["kind", "fee"]),
    "what the card does not say": ({"نحوه_ارائه": "G2C", "هزینه": "", "درخواست_خدمت": "", "سطح_خدمت": "ملی"}, {}, []),
    "what the claim does not say": ({"هزینه": "دارد", "تولید_خدمت": "✓"}, {"fee": None, "phases": (), "level": None}, []),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "values", "differ"), DIFFER.values(), ids=DIFFER.keys())
def test_where_they_differ(
    seen: Any, rows: dict[str, str], values: dict[str, Any], differ: list[str]
) -> None:
    finding = judge(seen, page(card(**rows) + FORM), claim(**values))
    assert finding is not None
    assert finding.observed["card_disagrees"] == differ
    assert finding.verdict == ("partial" if differ else "verified")
    assert allowed("services.card", finding.verdict, finding.reason)
    for name in differ:
        row = finding.observed["compared"][name]
        assert row["card"] and row["claim"] is not None and not row["agrees"]


def test_a_title_that_nobody_can_tell_is_neither(seen: Any) -> None:
    finding = judge(seen, page(card(عنوان_خدمت="زنبورداری")))
    assert finding is not None
    assert finding.observed["compared"]["title"]["agrees"] is None


def test_both_values_stand_side_by_side(seen: Any) -> None:
    finding = judge(seen, page(card(هزینه="۲۰۰٬۰۰۰ ریال")))
    assert finding is not None
    row = finding.observed["compared"]["fee"]
    assert (row["claim"], row["card"]) == (False, "۲۰۰٬۰۰۰ ریال")


NONE = {
    "no card": page(f"<p>{TITLE} برای همه است.</p>{FORM}"),
    "a form that asks for the same": page("".join(f"<label>{n}</label><input name=x>" for n in ROWS)),
    "the card of a sibling": page(card(عنوان_خدمت=SIBLING, شناسه_خدمت="13091713004")),
    "a card that names another service alone": page(card(عنوان_خدمت=SIBLING, شناسه_خدمت="")),
    "two cards, none of them its own": page(
        card(عنوان_خدمت="الف", شناسه_خدمت="11111111111") + card(عنوان_خدمت="ب", شناسه_خدمت="22222222222")
    ),
    "a card under another heading": page(
        card(عنوان_خدمت="", شناسه_خدمت="99999999999"), "درخواست بازدید مدارس"
    ),
}


@pytest.mark.parametrize("html", NONE.values(), ids=NONE.keys())
def test_without_a_card_nothing_is_said(seen: Any, html: str) -> None:
    sibling = Service("portal", "s2", SIBLING, True, code="13091713004")
    assert judge(seen, html, None, sibling) is None


def test_two_cards_on_a_page(seen: Any) -> None:
    other = card(عنوان_خدمت=SIBLING, شناسه_خدمت="13091713004", هزینه="۱۰۰ ریال")
    finding = judge(seen, page(other + card()))
    assert finding is not None
    assert (finding.verdict, finding.observed["card_by"]) == ("verified", "code")


def test_a_card_on_another_page_is_found_by_its_code(seen: Any) -> None:
    seen.http(f"{PORTAL}cards/9", page(card(هزینه="دارد"), "شناسنامه خدمت"), at=5)
    finding = judge(seen, page(FORM))
    assert finding is not None
    assert (finding.verdict, finding.observed["card_disagrees"]) == ("partial", ["fee"])
    assert (finding.observed["via"], finding.observed["url"]) == ("code", f"{PORTAL}cards/9")


@pytest.mark.parametrize("code", [CODE, "۱۳۰۹۱۷۱۳۰۰۰", "١٣٠٩١٧١٣٠٠٠"])
@pytest.mark.parametrize("other", ["13091713004", "99000000001", None])
def test_codes_of_any_digits_beside_codes_of_any_kind(seen: Any, code: str, other: str | None) -> None:
    seen.http(f"{PORTAL}about", page("<p>تلفن ۰۲۱۱۲۳۴۵۶۷۸۹۰۱۲</p>", "درباره ما"), at=4)
    seen.http(f"{PORTAL}cards/9", page(card(شناسه_خدمت=code), "شناسنامه خدمت"), at=5)
    finding = judge(seen, page(FORM), None, Service("portal", "s2", SIBLING, True, code=other))
    assert finding is not None
    assert (finding.verdict, finding.observed["url"]) == ("verified", f"{PORTAL}cards/9")


def test_a_code_in_an_old_character_set(seen: Any) -> None:
    body = page(card(), "شناسنامه خدمت").replace("<head>", "<head><meta charset=windows-1256>")
    body = body.replace("ی", "ي").replace("✓", "").replace("✗", "")
    seen.http(
        f"{PORTAL}cards/9", body.encode("cp1256", "replace"), headers=(("Content-Type", "text/html"),), at=5
    )
    finding = judge(seen, page(FORM))
    assert finding is not None and finding.observed["via"] == "code"


def test_the_claimed_page_counts_before_others(seen: Any) -> None:
    seen.http(f"{PORTAL}cards/9", page(card(هزینه="دارد"), "شناسنامه خدمت"), at=5)
    finding = judge(seen, page(card() + FORM))
    assert finding is not None
    assert (finding.verdict, finding.observed["via"]) == ("verified", "claimed_url")


def test_a_claim_without_address_and_without_code_has_no_card(seen: Any) -> None:
    seen.http(f"{PORTAL}cards/9", page(card(), "شناسنامه خدمت"), at=5)
    assert judge(seen, page(FORM), claim(url=None, code=None)) is None


def test_a_claim_without_a_code_is_tied_by_its_title(seen: Any) -> None:
    finding = judge(seen, page(card(هزینه="دارد")), claim(code=None))
    assert finding is not None
    assert (finding.observed["card_by"], finding.observed["card_disagrees"]) == ("title", ["fee"])


def test_a_service_and_the_sub_service_of_a_card(seen: Any) -> None:
    html = page(card(عنوان_زیرخدمت="گواهی سلامت کندو", شناسه_زیرخدمت="13091713888"))
    finding = judge(seen, html)
    assert finding is not None
    assert finding.observed["compared"]["code"]["agrees"]


DOCUMENT = '<p><a href="/files/card-12.pdf">دریافت شناسنامه خدمت</a></p>'


@pytest.mark.processes
def test_a_card_that_is_a_file_is_told_as_such(seen: Any) -> None:
    kept = seen.http(
        f"{PORTAL}files/card-12.pdf",
        b"%PDF-1.4",
        headers=(("Content-Type", "application/pdf"),),
        at=6,
    )
    finding = judge(seen, page(DOCUMENT + FORM))
    assert finding is not None
    assert (finding.verdict, finding.reason) == ("inconclusive", "not_attempted")
    assert finding.observed == {"card_document": f"{PORTAL}files/card-12.pdf", "card_file": "damaged"}
    assert kept.id in finding.captures


def test_a_card_on_the_page_counts_before_a_file(seen: Any) -> None:
    finding = judge(seen, page(DOCUMENT + card()))
    assert finding is not None and finding.verdict == "verified"


def test_any_other_file_is_no_card(seen: Any) -> None:
    assert judge(seen, page('<p><a href="/files/form.pdf">فرم درخواست</a></p>')) is None


def test_a_card_that_a_script_draws(seen: Any) -> None:
    shell = "<html><body><div id=app></div><script src=/a.js></script></body></html>"
    seen.services = (claim(),)
    seen.http(PORTAL, page("<p>خوش آمدید</p>", "سازمان"), purpose="home", at=1)
    seen.twice(URL, shell, purpose="claim")
    shown = seen.rendered(URL, page(card(هزینه="دارد")))
    finding = seen.of("services.card")["s1"]
    assert finding.observed["card_disagrees"] == ["fee"]
    assert shown.id in finding.captures


def test_the_finding_moves_nothing_of_the_entry(seen: Any) -> None:
    seen.services = (claim(),)
    seen.http(PORTAL, page("<p>خوش آمدید</p>", "سازمان"), purpose="home", at=1)
    seen.twice(URL, page(card(نحوه_ارائه="حضوری") + FORM), purpose="claim")
    found = {finding.check: finding for finding in seen.judge() if finding.subject.id == "s1"}
    assert found["services.card"].verdict == "partial"
    assert (found["services.entry"].verdict, found["services.entry"].reason) == (
        "verified",
        "transaction_entry",
    )


def entry(seen: Any, html: str) -> tuple[str, str | None]:
    judge(seen, html)
    finding = seen.of("services.entry")["s1"]
    return finding.verdict, finding.reason


def test_the_card_of_a_service_that_nobody_claimed(seen: Any) -> None:
    """Code and title are both another's: the page of another service, though the round does not know it."""
    html = page(card(عنوان_خدمت=SIBLING, شناسه_خدمت="13091713055") + FORM, SIBLING)
    assert entry(seen, html) == ("contradicted", "wrong_service")


@pytest.mark.parametrize(
    "html",
    [
        page(card(عنوان_خدمت=SIBLING, شناسه_خدمت="") + FORM, SIBLING),
        page(card(عنوان_خدمت="", شناسه_خدمت="13091713055"), "خدمات دامپروری"),
        page(card(عنوان_خدمت=SIBLING, شناسه_خدمت="13091713055") + f"<p>{TITLE}</p>", SIBLING),
        page(card(عنوان_خدمت=SIBLING, شناسه_خدمت="13091713055"), TITLE),
    ],
    ids=["no code", "no title", "the claimed service is named too", "under the claimed title"],
)
def test_half_a_card_of_another_proves_no_other_service(seen: Any, html: str) -> None:
    assert entry(seen, html)[1] != "wrong_service"


@pytest.mark.parametrize(("heading", "differ"), [(TITLE, ["title", "code"]), ("خدمات دامپروری", None)])
def test_the_only_card_under_the_claimed_title_is_the_claims(
    seen: Any, heading: str, differ: list[str] | None
) -> None:
    finding = judge(seen, page(card(عنوان_خدمت=SIBLING, شناسه_خدمت="13091713055") + FORM, heading))
    assert (finding.observed["card_disagrees"] if finding is not None else None) == differ


def test_a_card_that_nobody_filled_in_is_hollow(seen: Any) -> None:
    rows = {
        "عنوان خدمت": "در این قسمت درج شود",
        "شناسه خدمت": "XXXXXXXXXXX",
        "نحوه ارائه": "---",
        "هزینه": "[مبلغ]",
    }
    cells = "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in rows.items())
    prose = "<p>پروانه سه سال اعتبار دارد و به نام شخص حقیقی یا شرکت صادر می‌شود. کارشناسان محل زنبورستان را می‌بینند.</p>"
    assert entry(seen, page(f"<table>{cells}</table>{prose * 3}")) == ("contradicted", "hollow")


FRAME = '<iframe src="/frames/7"></iframe>'


def framed(seen: Any, html: str, inside: str, *others: Service) -> dict[str, Finding]:
    """Findings about a claim whose page shows a frame of the agency."""
    seen.services = (claim(), *others)
    seen.http(PORTAL, page("<p>خوش آمدید</p>", "سازمان"), purpose="home", at=1)
    seen.http(f"{PORTAL}frames/7", page(inside, "شناسنامه"), at=6)
    seen.twice(URL, html, purpose="claim")
    return {finding.check: finding for finding in seen.judge() if finding.subject.id == "s1"}


def test_a_card_in_a_frame_is_part_of_the_page(seen: Any) -> None:
    found = framed(seen, page(FRAME + FORM), card(هزینه="دارد"))["services.card"]
    assert (found.observed["via"], found.observed["url"]) == ("frame", f"{PORTAL}frames/7")
    assert found.observed["card_disagrees"] == ["fee"]
    assert len(found.captures) == len(set(found.captures)) == 2


@pytest.mark.parametrize("code", [CODE, ""], ids=["by its code", "by its title"])
def test_a_card_in_a_frame_ties_its_page(seen: Any, code: str) -> None:
    found = framed(seen, page(FRAME + FORM, "پروانه‌ها"), card(شناسه_خدمت=code))["services.entry"]
    assert (found.verdict, found.reason) == ("verified", "transaction_entry")
    assert found.observed["card"]["title"] == TITLE


def test_a_card_in_a_frame_makes_no_page_another_services(seen: Any) -> None:
    other = Service("portal", "s2", SIBLING, True, code="13091713004")
    inside = card(عنوان_خدمت=SIBLING, شناسه_خدمت="13091713004")
    found = framed(seen, page(FRAME + FORM, "پروانه‌ها"), inside, other)["services.entry"]
    assert found.verdict == "inconclusive"


def test_frames_of_others_are_not_read(seen: Any) -> None:
    seen.http("http://elsewhere.test/7", page(card(), "شناسنامه"), at=6)
    finding = judge(seen, page('<iframe src="http://elsewhere.test/7"></iframe>'), claim(code=None))
    assert finding is None
