"""Rows and cells of PDF files: written by hand as programs on paper write them, and files that cannot be read."""

import io

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import RectangleObject

from checks.pdf.reading import read
from checks.pdf.text import Text
from tests.checks.pdf.made import ROWS, assembled, card, on_paper, packed, stream, written


@pytest.mark.parametrize("ruled", [True, False], ids=["with lines", "without lines"])
def test_a_table_on_paper_is_read_as_people_read_it(ruled: bool) -> None:
    assert read(card(ruled=ruled)) == Text(ROWS)


LINES = {
    "the words of a sentence": "مهلت پاسخ به متقاضی ده روز است",
    "numbers of both kinds": "از ۱۲ تا 1403 مورد",
    "a half-space": "بهره\u200cبرداری و خانه\u200cها",
    "a letter that never joins before one that does": "داروی روزانه",
}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES.keys())
def test_a_line_comes_back_in_the_order_in_which_it_is_read(line: str) -> None:
    assert read(written([(100, 700, on_paper(line))])).rows == ((line,),)


# From the left, as it stands on paper: what is read.
ORDERS = {
    "https://a.test/x?y=1 یناشن": "نشانی https://a.test/x?y=1",
    "لایر 250,000": "250,000 ریال",
    "دصرد (UTM) یکورک": "کروکی (UTM) درصد",
    "Service Code: 12": "Service Code: 12",
    "Service Code 14 دک": "کد Service Code 14",
    "۱۴۰۴/۰۲/۰۱ خیرات": "تاریخ ۱۴۰۴/۰۲/۰۱",
    "٪۱۰۰ مهس": "سهم ٪۱۰۰",
}


@pytest.mark.parametrize(("paper", "told"), ORDERS.items())
def test_numbers_latin_words_and_brackets_keep_their_order(paper: str, told: str) -> None:
    assert read(written([(50, 700, paper)])).rows == ((told,),)


def test_a_wrapped_cell_is_one_cell() -> None:
    label, first, second = map(on_paper, ("مدارک لازم", "کارت ملی", "سند زمین"))
    box = [
        (60, 640, 545, 640),
        (60, 700, 545, 700),
        (60, 640, 60, 700),
        (300, 640, 300, 700),
        (545, 640, 545, 700),
    ]
    assert read(written([(400, 668, label), (100, 684, first), (100, 650, second)], box)).rows == (
        ("مدارک لازم", "کارت ملی سند زمین"),
    )


def test_a_frame_around_the_page_makes_no_cell_of_it() -> None:
    frame = [(10, 10, 580, 10), (10, 830, 580, 830), (10, 10, 10, 830), (580, 10, 580, 830)]
    text = on_paper("شناسنامه خدمت")
    assert read(written([(300, 700, text), (300, 650, text)], frame)).rows == (("شناسنامه خدمت",),) * 2


def test_a_simple_font_and_text_in_a_form() -> None:
    form = stream(
        b"BT /F 10 Tf 50 500 Td (in a form) Tj ET", "/Type /XObject /Subtype /Form /BBox [0 0 595 842]"
    )
    body = assembled(
        b"BT /F 10 Tf 50 600 Td (Code: ) Tj [(140) -20 (51)] TJ ET /X Do",
        more=[form],
        resources="/Font << /F 5 0 R >> /XObject << /X 6 0 R >>",
    )
    assert read(body).rows == (("Code: 14051",), ("in a form",))


def test_addresses_behind_links() -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(card())))
    writer.add_uri(0, "https://chah.portal.test/apply", RectangleObject((1, 1, 2, 2)))
    out = io.BytesIO()
    writer.write(out)
    assert read(out.getvalue()).links == ("https://chah.portal.test/apply",)


def locked(password: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(card())))
    writer.encrypt(password, "of-the-owner", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_file_that_asks_for_no_password_is_read_though_it_is_encrypted() -> None:
    assert read(locked("")) == Text(ROWS)


LOOP = assembled(
    b"/X Do",
    more=[stream(b"/X Do /X Do", "/Subtype /Form /Resources << /XObject << /X 6 0 R >> >>")],
    resources="/XObject << /X 6 0 R >>",
)
UNREAD = {
    "a password": (locked("secret"), "locked"),
    "no PDF": (b"%PDF-1.4\n<html>", "damaged"),
    "cut": (card()[:900], "damaged"),
    "empty": (b"", "damaged"),
    "a picture of a page": (assembled(b"q 595 0 0 842 0 0 cm /Im Do Q"), "no_text"),
    "codes of which it says nothing": (card(named=False), "no_text"),
    "no page": (assembled(b"").replace(b"/Kids [3 0 R] /Count 1", b"/Kids [] /Count 0     "), "no_text"),
    "operators without end": (assembled(packed(b"q Q\n" * 160_000)), "limit"),
    "characters without end": (
        assembled(packed(b"BT /F 1 Tf " + b"(aaaaaaaaaa) Tj " * 5_000 + b"ET")),
        "limit",
    ),
    "forms in forms": (LOOP, "no_text"),
    "what makes the library assert": (assembled(b"BT /F 1 0 R Tf ET"), "damaged"),
}


@pytest.mark.parametrize(("body", "fault"), UNREAD.values(), ids=UNREAD.keys())
def test_what_cannot_be_read_is_told_as_such(body: bytes, fault: str) -> None:
    assert read(body).fault == fault


def test_a_content_that_unfolds_past_every_bound_is_a_limit() -> None:
    assert read(assembled(packed(bytes(100 << 20)))).fault == "limit"
