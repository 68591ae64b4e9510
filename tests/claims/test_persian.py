"""Folding: the same for every code point under every Python, whose tables of Unicode differ from minor to minor."""

from __future__ import annotations

import hashlib

import pytest

from checks.page.wordlist import spread
from claims.persian import fold, letters, tight, ungrouped

# Of what every code point becomes, by blocks of 256. Python 3.11 knows Unicode 14.0, 3.12 15.0, 3.13 15.1.
FOLDED = "5c6b3ee05fa0ec83b10d6df92cb6d6cf9a7f17a18277a4533fea6db91655bf2e"


@pytest.mark.thorough
@pytest.mark.slow
def test_every_code_point_is_folded_alike_by_every_python() -> None:
    digest = hashlib.sha256()
    for block in range(0, 0x110000, 256):
        if 0xD800 <= block < 0xE000:  # halves of pairs are no characters
            continue
        text = " ".join(f"a{chr(code)}b" for code in range(block, block + 256))
        for folded in (fold(text), tight(text), spread(text)):
            digest.update(folded.encode() + b"\n")
    assert digest.hexdigest() == FOLDED


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("كتاب‌هاي ٣", "کتابهای 3"),
        ("\U0001e030\U0001e06d", "аұ"),  # raised letters, which only newer tables take apart
        ("\U00031350", "\ufffd"),  # a Han character of Unicode 15: a letter to some Pythons only
        ("\U0001fa77", "\U0001fa77"),  # a pink heart is no letter to any
    ],
)
def test_folding(written: str, folded: str) -> None:
    assert fold(written) == folded


def test_letters_are_alike_and_each_keeps_its_place() -> None:
    written = "آبان\u200cماه، كاري ٣"
    assert letters(written) == "ابان\u200cماه، کاری ٣" and len(letters(written)) == len(written)


@pytest.mark.parametrize(
    ("written", "plain"),
    [("12,500 و 1٬200٬000", "12500 و 1200000"), ("1،200", "1200"), ("12,50 و 3, 200", "12,50 و 3, 200")],
)
def test_marks_between_thousands_go_and_others_stay(written: str, plain: str) -> None:
    assert ungrouped(written) == plain
