"""Observed values of a finding are for people: by names, in both languages; only measurements stand as data."""

from __future__ import annotations

import json
import re

import pytest
from selectolax.lexbor import LexborHTMLParser

from reports.catalogue import LANGUAGES, Language, TextCatalogue
from reports.html.formatter import Formatter
from tests.govah.stored import FINDINGS

_CARD = {"title": "ثبت درخواست", "fee": "رایگان", "documents": "<b>شناسنامه</b>", "time": ""}


def shown(language: Language, name: str, value: object) -> LexborHTMLParser:
    ((_, told),) = Formatter(TextCatalogue(language), language).observed({name: value})
    return LexborHTMLParser(str(told))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_parts_of_a_value_stand_by_their_names(language: Language) -> None:
    text = TextCatalogue(language).text
    card = shown(language, "card", _CARD)
    assert [node.text() for node in card.css("dt")] == [
        text(f"story_card.{name}") for name in ("documents", "fee", "title")
    ]
    assert card.css("dd bdi")[0].text() == "<b>شناسنامه</b>" and card.css_first("b") is None
    tie = shown(language, "matched", {"code": False, "how": "heading", "score": 0.96, "text": "x"})
    said = [node.text() for node in tie.css("dd")]
    assert said[:2] == [text("report.no"), text("story_how.heading")]
    assert said[2] == ("۰٫۹۶" if language == "fa" else "0.96")
    rows = shown(language, "silent", [{"url": "https://a.test/1", "reason": "unreachable"}, {"url": None}])
    assert [node.text() for node in rows.css("li:first-child dd")] == [
        text("reason.unreachable"),
        "https://a.test/1",
    ]
    assert rows.css("li")[1].css("dd")[0].text() == "–"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("via", "codes", "link"),
    [
        ("claimed_url", ["claimed_url"], None),
        ("crawl", ["crawl"], None),
        ("action: ثبت", ["action"], "ثبت"),
        ("heading, action: ثبت, <b>ادامه</b>", ["heading", "action"], "ثبت, <b>ادامه</b>"),
        ("a menu, of nobody's", [], "a menu, of nobody's"),
    ],
)
def test_the_way_to_a_page_is_told_in_words(
    language: Language, via: str, codes: list[str], link: str | None
) -> None:
    text = TextCatalogue(language).text
    entry = shown(language, "other_entry", {"url": "https://a.test/1", "via": via})
    assert [node.text() for node in entry.css("dt")] == [text("field.url"), text("field.via")]
    told = entry.css("dd")[1]
    assert (
        told.text() == " ".join([" · ".join(text(f"story_via.{code}") for code in codes), link or ""]).strip()
    )
    assert [node.text() for node in told.css("bdi")] == ([link] if link else [])


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_what_was_really_found_only_measurements_are_data(language: Language) -> None:
    formatter = Formatter(TextCatalogue(language), language)
    data, nameless = set(), set()
    for line in FINDINGS.read_text("utf-8").splitlines():
        for name, value in json.loads(line)["observed"].items():
            if told := formatter.observed({name: value}):
                page = str(told[0][1])
                if "<pre>" in page:
                    data.add(name)
                nameless |= {f"{name}.{part}" for part in re.findall(r"<dt><code>([^<]*)", page)}
    assert data <= {"facts"} and nameless == set()
