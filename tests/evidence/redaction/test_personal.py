"""Personal data in what a published report quotes: it goes from texts, and stays in addresses and in the evidence."""

from __future__ import annotations

import re

import pytest

from evidence.redaction import personal
from tests.evidence.redaction.test_text import GOES, STAYS

MOBILE, NATIONAL_ID, MAIL = "0912 345 6789", "0084575948", "sara.karimi@gmail.com"


@pytest.mark.parametrize(("text", "kinds"), GOES)
def test_what_goes_from_a_pack_goes_from_a_report(text: str, kinds: str) -> None:
    """All but keys, which are gone before, and numbers in addresses."""
    left = [kind for kind in kinds.split() if kind in personal.PERSONAL]
    if re.fullmatch(r"https?://\S+", text):
        left = []
    assert re.findall(r"\[redacted:(\w+):0\]", personal.text(text)) == left


@pytest.mark.parametrize("text", [text for text, _ in STAYS])
def test_what_stays_in_a_pack_stays_in_a_report(text: str) -> None:
    assert personal.text(text) == text


def test_a_kind_has_its_word() -> None:
    said = personal.text(f"{MOBILE} / {NATIONAL_ID}", lambda kind: f"<{kind}>")
    assert said == "<mobile> / <national_id>"


def test_the_heading_of_a_column_says_what_its_cells_are() -> None:
    for heading, cell, goes in (
        ("شمارهٔ همراه", "9123456789", True),
        ("مبلغ", "9123456789", False),
        ("کد ملی", "84575948", True),
        ("کد پستی", NATIONAL_ID, False),
        ("", NATIONAL_ID, True),
    ):
        assert (personal.text(cell, before=heading) != cell) is goes, heading


def test_records_keep_their_names_and_addresses() -> None:
    record = {
        "id": NATIONAL_ID, "url": f"https://a.test/?u={MAIL}", "links": [{"text": f"تماس {MOBILE}"}], "n": 84575948,
    }  # fmt: skip
    assert personal.values(record) == record | {"links": [{"text": "تماس [redacted:mobile:0]"}]}


def test_a_file_is_handed_on_only_without() -> None:
    assert personal.free("سال,تعداد\n1403,12\n".encode())
    assert not personal.free(f"نام,همراه\nسارا,{MOBILE}\n".encode())
