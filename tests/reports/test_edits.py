"""What was edited: counted for the round and for each agency, the first few kept, and told in the order of its weight."""

from __future__ import annotations

from reports.catalogue import TextCatalogue
from reports.edits import KINDS, EditedRow, Edits, lines
from reports.hosts.report_lines import UntrustedText
from reports.html.formatter import Formatter


def test_rows_are_counted_for_the_round_and_for_their_agency() -> None:
    edits = Edits("2026-01-02T00:00:00+00:00")
    assert edits.to_json() is None
    for n in range(12):
        edits.add("unvisited", EditedRow("services.csv", f"s{n}"), "a" if n else "b")
    edits.add("judged_settings", EditedRow("round.toml", fields=("round.as_of",)))
    of_round, of_a, of_b = edits.to_json(), edits.to_json("a"), edits.to_json("b")
    assert of_round is not None and of_a is not None and of_b is not None
    assert [of["unvisited"]["count"] for of in (of_round, of_a, of_b)] == [12, 11, 1]
    assert len(of_round["unvisited"]["first"]) == 10
    assert of_b["unvisited"]["first"] == [{"file": "services.csv", "id": "s0"}]
    assert of_round["judged_settings"]["first"] == [{"file": "round.toml", "fields": ["round.as_of"]}]
    assert "judged_settings" not in of_a and edits.to_json("c") is None


def test_a_line_names_five_and_says_that_there_are_more() -> None:
    edits = Edits()
    for n in range(6):
        edits.add("crawled_changed", EditedRow("services.csv", f"s{n}", ("level", "url")))
    (line,) = lines(edits.to_json())
    named = line.values["named"]
    assert isinstance(named, tuple) and len(named) == 6
    assert named[0] == UntrustedText("services.csv s0: level url", latin=True)
    assert list(lines(None)) == []


def test_every_kind_reads_in_both_languages() -> None:
    edits = Edits("2026-01-02T00:00:00+00:00")
    for kind in reversed(KINDS):
        edits.add(kind, EditedRow("services.csv", "s1", ("url",)))
    told = list(lines(edits.to_json()))
    assert [line.key for line in told] == [f"edits.{kind}" for kind in KINDS]
    english, persian = (Formatter(TextCatalogue(language), language) for language in ("en", "fa"))
    renamed, *told = told  # of the whole round: its sealed name, and no rows to count
    for formatter in (english, persian):
        assert ">s1</bdi>" in formatter.line(renamed) and "round.toml" in formatter.line(renamed)
    for line in told:
        assert "services.csv s1: url" in english.line(line) and ": 1 (" in english.line(line)
        assert "services.csv s1: url" in persian.line(line) and ": ۱ (" in persian.line(line)
        assert ("2026-01-02" in english.line(line)) == line.key.startswith("edits.judged")
