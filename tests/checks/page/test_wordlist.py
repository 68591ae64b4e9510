"""Texts as word lists compare them: short ones are kept folded, long ones are not, and both read alike."""

from __future__ import annotations

import pytest

from checks.page.wordlist import Phrases, closed, pattern, single_words, spread
from claims.persian import tight

SAID = "ثبت‌نامِ كارگاه‌ها (۱۴۰۳) امحاء"


@pytest.mark.parametrize("times", [1, 5, 6, 7, 8, 50])
def test_long_and_short_texts_are_folded_alike(times: int) -> None:
    text = " ".join([SAID] * times)
    assert spread(text) == " ".join(["ثبت نام کارگاه ها 1403 امحا"] * times)
    assert closed(text) == tight(text) == "ثبتنامکارگاهها1403امحاء" * times


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("میزخدمت الکترونیک", "میز خدمت الکترونیک"),
        ("میز خدمت", None),
        ("فرم ورود", "ورود"),
        ("ورودی", None),
        ("", None),
    ],
)
def test_long_phrases_are_found_where_words_run_together_and_short_ones_as_words(
    text: str, found: str | None
) -> None:
    assert Phrases(["میز خدمت الکترونیک", "ورود"]).find(text) == found


def test_a_whole_text_is_a_phrase_however_it_is_spaced() -> None:
    listed = Phrases(["میز خدمت", "ورود"])
    assert listed.is_whole("میزخدمت") and listed.is_whole("میز  خدمت:") and listed.is_whole("ورود")
    assert not listed.is_whole("ورود به میز خدمت") and not listed.is_whole("")


LISTS = "transparent/foi_officer/words.toml"


def test_a_pattern_is_filled_from_lists_of_all_languages_and_from_lists_in_their_entries() -> None:
    office = pattern(LISTS, "^<offices>$")
    assert office.search(spread("مسئول پاسخگویی به دسترسی آزاد به اطلاعات"))
    assert office.search(spread("مسئول freedom of information"))  # the lists of both languages stand in one
    assert not office.search(spread("مسئول روابط عمومی"))


def test_groups_of_a_pattern_are_no_lists() -> None:
    match = pattern(LISTS, r"(?P<number>\d+) <access>").search("12 foi")
    assert match is not None and match["number"] == "12"


def test_a_pattern_that_names_no_list_of_the_file_is_refused() -> None:
    with pytest.raises(KeyError, match="nothing"):
        pattern(LISTS, "<nothing>")


def test_single_words_are_those_of_all_entries() -> None:
    words = single_words("transparent/words.toml", "common")
    assert {"معاونت", "برنامه", "ریزی", "office"} <= words and "برنامه ریزی" not in words
