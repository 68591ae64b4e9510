"""A row that the desk writes says which judgement the auditor saw."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from checks.finding import Finding, judgement_digest
from tests.reports.desk.rounds import id_of, made, served

pytestmark = pytest.mark.sockets


def test_the_row_names_the_finding_that_was_judged(tmp_path: Path) -> None:
    round = made(tmp_path)
    with served(round, "--auditor", "زهرا") as desk:
        said = desk.send(f"/finding/{id_of('s1')}/verdict", verdict="contradicted", auditor="زهرا")
    assert said.status == 303
    (row,) = csv.DictReader((round / "verdicts.csv").read_text(encoding="utf-8-sig").splitlines())
    lines = (round / "results" / "findings.jsonl").read_bytes().splitlines()
    judged = Finding.from_json(next(one for one in map(json.loads, lines) if one["id"] == id_of("s1")))
    assert row["judged"] == judgement_digest([judged])
