"""What the entries of a ledger say about aliases: the last word counts, and nothing that is not as it should be says anything."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.aliases import CHOICES, AliasChoice, aliases, choices, entry_values, foreign, normal_address
from claims.model import Alias

ALIAS = Alias("a", "s", "https://a.test/x", "پروانه", "https://a.test/", "مریم", "2026-01-02", "c1")


def entry(choice: str = "page", round: str = "r", number: int = 1, **other: Any) -> dict[str, Any]:
    said = AliasChoice("s", "a", choice, "مریم", "", ALIAS if choice == "page" else None)  # type: ignore[arg-type]
    values = {**entry_values(round, said), "by": "مریم", "event": "alias", "time": "2026-01-02T03:04:05.000Z"}
    return {**values, "number": number, **other}


def test_what_is_written_is_read_again() -> None:
    said = choices([entry()], "r")
    assert aliases(said) == {"s": ALIAS}
    assert (said["s"].choice, said["s"].by, said["s"].number) == ("page", "مریم", 1)


@pytest.mark.parametrize("last", CHOICES)
def test_the_last_word_counts(last: str) -> None:
    said = choices([entry(), entry("none", number=2), entry(last, number=3)], "r")
    assert said["s"].choice == last
    assert bool(aliases(said)) == (last == "page")


@pytest.mark.parametrize(
    "other",
    [
        {"round": "of another"},
        {"choice": "yes"},
        {"address": "javascript:alert(1)"},
        {"address": "=HYPERLINK(1)"},
        {"address": "https://a.test/x?utm_source=1"},
        {"address": "https://a.test/" + "x" * 10_000},
        {"address": None},
        {"heading": "x" * 400},
        {"heading": ["x"]},
        {"portal": "ftp://a.test/"},
        {"capture": 7},
        {"by": ""},
        {"service": {"a": 1}},
    ],
)
def test_what_is_not_as_it_is_written_says_nothing_and_is_counted(other: dict[str, Any]) -> None:
    assert choices([entry(**other)], "r") == {}
    assert foreign([entry(**other), entry(number=2)], "r") == 1


@given(st.dictionaries(st.text(), st.none() | st.text() | st.integers() | st.lists(st.text()), max_size=8))
def test_any_entry_is_read_or_ignored(values: dict[str, Any]) -> None:
    choices([{**entry(), **values}], "r")
    choices([{**values, "event": "alias"}], "r")


def test_a_route_of_an_application_is_an_address_of_its_own() -> None:
    assert normal_address("https://a.test/app#/s/1") == "https://a.test/app#/s/1"
    assert normal_address("https://a.test/app#top") == "https://a.test/app"
    assert (
        normal_address("https://a.test/app;jsessionid=1F2E3D4C5B6A79881726354453627180")
        == "https://a.test/app"
    )
