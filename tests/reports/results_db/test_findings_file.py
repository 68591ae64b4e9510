"""What commands read of a file of findings in parts is what they would read of it whole."""

from __future__ import annotations

import itertools
import weakref
from dataclasses import replace
from pathlib import Path

import pytest

from checks.finding import Finding, Subject
from evidence.canonical import canonical
from reports.changes import _pairs
from reports.results_db.findings_file import FindingsBroken, FindingsById, FindingsFile
from tests.reports.desk.rounds import findings, id_of
from tests.reports.results_db.conftest import DatabaseRound


def _written(path: Path, lines: list[Finding]) -> FindingsFile:
    path.write_text("".join(canonical(one.to_json()) + "\n" for one in lines), encoding="utf-8")
    return FindingsFile(path, {})


@pytest.fixture
def ordered() -> list[Finding]:
    """Without what no file can hold as it is."""
    plain = [
        Finding("a", Subject("link", f"http://a.test/{n}"), "links.target", 1, "verified", None)
        for n in range(9)
    ]
    return sorted(plain, key=lambda one: one.id)


def test_findings_are_found_by_the_beginning_of_their_ids(shared: DatabaseRound) -> None:
    file = FindingsFile(shared.results / "findings.jsonl", {})
    whole = id_of("s1")
    assert [one.id for one in file.with_id(whole)] == [whole]
    alike = sorted(one.id for one in findings() if one.id.startswith("f"))[:2]
    assert [one.id for one in file.with_id("f")] == alike  # two are told, and no more
    assert file.with_id("f" + "0" * 20) == [] and file.with_id('"') == []


def test_the_same_file_counts_as_its_readers_need_it(shared: DatabaseRound) -> None:
    judged = FindingsFile(shared.results / "findings.jsonl", {})
    counting = judged.counting({id_of("s2"): ("contradicted", "dead_link")})
    assert [one.reason for one in counting["a1"] if one.id == id_of("s2")] == ["own_error"]
    assert [one.reason for one in judged["a1"] if one.id == id_of("s2")] == ["dead_link"]


def test_findings_that_are_out_of_order_are_not_compared(tmp_path: Path, ordered: list[Finding]) -> None:
    file = _written(tmp_path / "findings.jsonl", [ordered[1], ordered[0]])
    assert len(FindingsById(file)) == 2 and ordered[0] in FindingsById(file)
    assert ordered[2] not in FindingsById(file)
    with pytest.raises(FindingsBroken):
        list(FindingsById(file))


def test_what_was_judged_does_not_hold_where_it_lies(tmp_path: Path, ordered: list[Finding]) -> None:
    file = _written(tmp_path / "findings.jsonl", ordered)
    judged, gone = FindingsById(file), weakref.ref(file)
    del file
    assert gone() is None and list(judged) == ordered


def test_two_judgements_are_gone_through_side_by_side(ordered: list[Finding]) -> None:
    """Whatever either side lacks: as looking each up in both would pair them."""
    other = [replace(one, verdict="contradicted") for one in ordered]
    for here, there in itertools.product(itertools.product((True, False), repeat=5), repeat=2):
        old = list(itertools.compress(ordered, here))
        new = list(itertools.compress(other, there))
        by_id = {one.id: one for one in old}, {one.id: one for one in new}
        wanted = [(by_id[0].get(id), by_id[1].get(id)) for id in sorted({*by_id[0], *by_id[1]})]
        assert list(_pairs(old, new)) == wanted
