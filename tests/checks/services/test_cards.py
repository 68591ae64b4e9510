"""Service cards in the layouts that portals use: one page a layout, one table of what each says."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from checks.page.cards.card import Card, card_lines, cards, unfilled_card
from checks.page.cards.values import code_of, fee_of, says_electronic, visits_of
from checks.page.content import PageContent
from web.document import Document

FOLDER = Path(__file__).parent / "data" / "cards"
EXPECTED: dict[str, Any] = tomllib.loads((FOLDER / "cards.toml").read_text(encoding="utf-8"))
REPEATED = re.compile(r"<!-- repeat (\d+) -->(.*?)<!-- end -->", re.DOTALL)


def reading(html: str) -> PageContent:
    return PageContent(Document(html.encode(), "http://portal.test/s/1", "text/html; charset=utf-8"))


def page(name: str) -> PageContent:
    source = (FOLDER / f"{name}.html").read_text(encoding="utf-8")
    return reading(REPEATED.sub(lambda match: match.group(2) * int(match.group(1)), source))


def told(card: Card) -> dict[str, Any]:
    values = {
        "title": card.title,
        "code": card.code,
        "parent_code": card.parent_code,
        "electronic": card.electronic,
        "fee": card.fee,
        "visits": card.visits,
        "level": card.level,
    }
    return {name: value for name, value in values.items() if value not in (None, "")}


def test_every_page_has_its_row() -> None:
    assert {path.stem for path in FOLDER.glob("*.html")} == set(EXPECTED)
    assert len(EXPECTED) >= 55


@pytest.mark.parametrize("name", EXPECTED)
def test_a_layout(name: str) -> None:
    wanted = EXPECTED[name]["cards"]
    found = cards(page(name))
    assert [told(card) for card in found] == [
        {key: value for key, value in row.items() if key not in ("phases", "documents")} for row in wanted
    ]
    for card, row in zip(found, wanted, strict=True):
        assert card.phases == row.get("phases", {})
        if "documents" in row:
            assert card.fields["documents"] == row["documents"]
        assert set(card.places) <= set(card.fields)
        assert all(len(value) <= 300 for value in card.fields.values())


def test_every_field_says_where_it_stands() -> None:
    (card,) = cards(page("table-two-columns"))
    assert card.places["code"] == "main > table.table > tbody > tr > td"


def test_a_card_of_empty_boxes_sends_nobody_anywhere() -> None:
    (card,) = cards(page("phases-boxes-never-filled"))
    assert card.in_person == ""
    (card,) = cards(page("phases-lone-boxes"))
    assert card.phases["delivery"] is False and "delivery" not in card.told


def test_a_card_whose_doing_is_crossed_out_is_in_person() -> None:
    rows = "".join(f"<tr><td>{name} خدمت</td><td>✗</td></tr>" for name in ("درخواست", "تولید", "ارائه"))
    (card,) = cards(reading(f"<table><tr><td>کد خدمت</td><td>13091713000</td></tr>{rows}</table>"))
    assert card.in_person == "✗"


def test_prose_of_a_card_still_says_how_a_service_is_done() -> None:
    """Documents, fees and times are prose; so is anything longer than a value."""
    html = reading(
        "<dl><dt>کد خدمت</dt><dd>13091713000</dd><dt>مدارک لازم</dt><dd id=d>کارت ملی</dd><dt>نحوه ارائه</dt>"
        f"<dd id=k>الکترونیکی</dd><dt>شیوه انجام</dt><dd id=l>{'متقاضی باید به اداره مراجعه کند. ' * 9}</dd></dl>"
    )
    stated = card_lines(html)
    by_id = {line.node.attributes.get("id"): line.node.mem_id for line in html.own}
    assert by_id["k"] in stated
    assert by_id["d"] not in stated and by_id["l"] not in stated


NEVER = "".join(f"<li>{name}: {value}</li>" for name, value in (
    ("عنوان خدمت", "عنوان خدمت در این قسمت درج شود"), ("شناسه خدمت", "XXXXXXXXXXX"), ("مدارک لازم", "..."), ("هزینه", "[مبلغ]"),
))  # fmt: skip


def test_a_card_that_was_never_filled_in() -> None:
    shown = reading(f"<ul>{NEVER}<li>مدت زمان: ده روز</li></ul>")
    found = unfilled_card(shown)
    assert found is not None and found.name == "title"
    assert cards(shown) == ()


@pytest.mark.parametrize(
    "rest",
    ["<li>کد خدمت: ۱۳۰۹۱۷۱۳۰۰۰</li>", "<li>نام خدمت: صدور پروانه</li>"],
)
def test_a_card_with_title_or_code_was_filled_in(rest: str) -> None:
    assert unfilled_card(reading(f"<ul>{NEVER}{rest}</ul>")) is None


def test_fields_without_values_are_no_such_card() -> None:
    assert unfilled_card(page("no-values")) is None
    assert unfilled_card(page("table-two-columns")) is None


SAID = {
    "الکترونیکی": True, "الکترونيكي": True, "کاملاً الکترونیکی": True, "غیر الکترونیکی": False, "حضوری": False,
    "غیرحضوری": True, "بدون مراجعه حضوری": None, "الکترونیکی و حضوری": None, "نیمه الکترونیکی": None, "": None,
    "✓": True, "✗": False, "☑": True, "☐": None, "☒": None, "الکترونیکی ✗": False, "✓ الکترونیکی": True,
    "☑ بلی ☐ خیر": True, "بلی ☐ خیر ☑": False, "☑ الکترونیکی ☑ غیرالکترونیکی": None, "۱۰۰٪": True, "0%": False,
    "۴۰ درصد": None, "بلی": True, "خیر": False, "ندارد": False, "خدمت به شهروندان (G2C)": None,
}  # fmt: skip


@pytest.mark.parametrize(("value", "state"), SAID.items())
def test_what_a_value_says(value: str, state: bool | None) -> None:
    assert says_electronic(value) is state


CODES = {
    "۱۳۰۹۱۷۱۳۰۰۰": "13091713000", "١٣٠٩١٧١٣٠٠٠": "13091713000", "13-09-171-3000": "13091713000",
    "1309 1713 000": "13091713000", "130917130001": "", "1309171300": "", "شناسه ۱۳۰۹۱۷۱۳۰۰۰ است": "13091713000",
}  # fmt: skip


@pytest.mark.parametrize(("value", "code"), CODES.items())
def test_codes(value: str, code: str) -> None:
    assert code_of(value) == code


@pytest.mark.parametrize(
    ("value", "fee"),
    {
        "رایگان": False, "ندارد": False, "۰": False, "۱۲۰٬۰۰۰ ریال": True, "طبق تعرفه مصوب": True, "دارد": True,
        "بدون هزینه": False, "در مراجعه اعلام می‌شود": None,
    }.items(),
)  # fmt: skip
def test_fees(value: str, fee: bool | None) -> None:
    assert fee_of(value) is fee


@pytest.mark.parametrize(
    ("value", "visits"),
    {"۰": 0, "یک بار": 1, "۲ مرتبه": 2, "ندارد": 0, "نیازی نیست": 0, "بسته به مورد": None, "9" * 40: 999}.items(),
)  # fmt: skip
def test_visits(value: str, visits: int | None) -> None:
    assert visits_of(value) == visits


TABBED = (
    '<ul class="nav nav-tabs"><li><a href="#t1">درباره</a></li><li><a href="#t2">شناسنامه خدمت</a></li></ul>'
    '<div class="tab-content"><div class="tab-pane" id="t1"><p>این خدمت سالی دو بار عرضه می‌شود.</p></div>'
    '<div class="tab-pane" id="t2"><table><tr><th>عنوان خدمت</th><td>صدور پروانه</td></tr><tr><th>شناسه خدمت</th>'
    "<td>13091713000</td></tr></table></div></div>"
)
FILL = "<p>" + "متن صفحه دربارهٔ خدمات سازمان و شیوهٔ درخواست آن‌ها. " * 20 + "</p>"


@pytest.mark.parametrize("around", ["nav tabbable", "portal-nav tabs", "tab-menu", "menu"])
def test_tabs_with_their_panels_are_no_menu(around: str) -> None:
    (card,) = cards(reading(f'<body>{FILL}<div class="{around}">{TABBED}</div></body>'))
    assert (card.title, card.code) == ("صدور پروانه", "13091713000")


@pytest.mark.parametrize(
    "around", ['<div class="main-nav">{}</div>', '<div class="megamenu">{}</div>', "<nav>{}</nav>"]
)
def test_a_menu_that_unfolds_is_a_menu(around: str) -> None:
    menu = (
        '<ul class="nav"><li><a href="/a">خدمات</a></li></ul><div class="tab-content"><div class="tab-pane"><ul><li>'
        '<a href="/b">شناسه خدمت: 13091713000</a></li></ul></div></div>'
    )
    assert not cards(reading(f"<body>{FILL}{around.format(menu)}</body>"))
