"""Character sets and dialects on the labelled texts of `fixtures.benchmarks.reading`: every one of them."""

from __future__ import annotations

import datetime as dt

import pytest

from checks.datasets.files.encoding import detect
from checks.datasets.files.read import read
from checks.datasets.files.sniff import Hints, sniff
from fixtures.benchmarks.reading.texts import coded, separated

AS_OF = dt.date(2025, 12, 1)
SEPARATED = {text.name: text for text in separated()}


def test_every_character_set_is_seen() -> None:
    texts = {text.name: text for text in coded()}
    wrong = {
        name: (found.codec, found.fault)
        for name, text in texts.items()
        if ((found := detect(text.body)).codec, found.fault) != (text.codec, text.fault)
        # Cyrillic is no set of ours: what matters is that it is not taken for another.
        and not (text.codec == "cp1251" and found.fault == "unknown")
    }
    assert wrong == {}
    assert len(texts) > 150


@pytest.mark.parametrize("label", ["zip", "hex", "rot13", "punycode", "unicode_escape", "charmap", "utf-7"])
def test_a_codec_of_python_that_is_no_character_set_is_no_claim(label: str) -> None:
    body = "café;déjà\nvoilà;forêt\n".encode("cp1252") * 100
    assert detect(body, f"text/csv; charset={label}") == detect(body)


def test_a_true_claim_of_a_western_set_counts_and_one_of_ascii_does_not() -> None:
    body = "café;déjà\nvoilà;forêt\n".encode("cp1252") * 100
    for label, declared in (
        ("iso-8859-1", True),
        ("Latin1", True),
        ("windows-1252", True),
        ("us-ascii", False),
    ):
        found = detect(body, f"text/csv; charset={label}")
        assert (found.codec, found.declared, found.fault) == ("cp1252", declared, None), label


@pytest.mark.parametrize("name", SEPARATED)
def test_every_dialect_is_seen(name: str) -> None:
    text = SEPARATED[name]
    found = sniff(text.body, Hints(table=True))
    assert found.dialect is not None
    assert found.dialect.delimiter == text.mark
    table = read(text.body, Hints(table=True), AS_OF).table
    assert table is not None
    assert ("no_header" in table.flags) is (text.heading is None)
    assert ("preamble" in table.flags) is bool(text.heading)
    if text.heading is not None:
        assert table.columns == 5


@pytest.mark.parametrize(
    ("short", "flags", "reason"),
    [(1, (), "usable"), (4, ("ragged_rows",), "untidy_table"), (7, ("ragged_rows",), "broken_table")],
)
def test_short_rows_by_their_share(short: int, flags: tuple[str, ...], reason: str) -> None:
    from checks.datasets.worth import worth
    from claims.model import Dataset

    rows = ["1,2"] * short + ["1,2,3"] * (100 - short)
    content = read(("a,b,c\n" + "\n".join(rows) + "\n").encode(), Hints(table=True), AS_OF)
    assert content.table is not None
    assert (content.table.ragged, content.table.flags) == (short / 100, flags)
    assert worth(content, Dataset("a", "d", title="x", url="http://a.test/x.csv")).reason == reason
