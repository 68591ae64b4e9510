"""Instants on a page: UTC, and what the clocks of Tehran showed."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser

from reports.catalogue import LANGUAGES, Language, TextCatalogue
from reports.html.formatter import Formatter

SHOWN = {
    ("2025-12-01T00:00:00Z", "en"): "2025-12-01 00:00:00Z (03:30:00 in Tehran)",
    ("2025-12-01T00:00:00Z", "fa"): "۱۰ آذر ۱۴۰۴، ساعت ۰۳:۳۰:۰۰ تهران (2025-12-01 00:00:00Z)",
    # past 20:30 by UTC, Tehran has the next day; a Jalali date is always Tehran's
    ("2025-12-01T21:05:09Z", "en"): "2025-12-01 21:05:09Z (2025-12-02 00:35:09 in Tehran)",
    ("2025-12-01T21:05:09Z", "fa"): "۱۱ آذر ۱۴۰۴، ساعت ۰۰:۳۵:۰۹ تهران (2025-12-01 21:05:09Z)",
    ("2025-12-01T23:00:00+03:30", "en"): "2025-12-01 19:30:00Z (23:00:00 in Tehran)",
    ("9999-12-31T23:59:59Z", "en"): "9999-12-31 23:59:59Z",
    ("9999-12-31T23:59:59Z", "fa"): "9999-12-31 23:59:59Z",
}


def formatted(language: Language) -> Formatter:
    return Formatter(TextCatalogue(language), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_instant_has_the_time_in_tehran_beside_utc(language: Language) -> None:
    for (instant, of), shown in SHOWN.items():
        if of == language:
            html = LexborHTMLParser(str(formatted(language).date(instant)))
            assert html.body is not None and html.body.text() == shown
            assert html.css("time")[0].text() in shown


def test_a_day_has_no_time() -> None:
    assert "Tehran" not in formatted("en").day("2025-12-01T21:05:09Z")
    assert "تهران" not in formatted("fa").day("2025-12-01T21:05:09Z")
