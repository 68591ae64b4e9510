"""Redaction held against lines that were labelled by hand, as they stand in pages, heads, addresses and captures.

`data/redaction.tsv` has a line for each: whether something in it goes or all of it stays, where such a line stands, what
kind of data it is or why it stays, what must be gone, and the line. The figures of docs/evidence.md are these.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from evidence.redaction.heads import http_head
from evidence.redaction.text import Redactor, load_rules

TABLE = Path(__file__).parents[1] / "data" / "redaction.tsv"
DOCS = Path(__file__).parents[3] / "docs" / "evidence.md"
ENOUGH = 0.98


@dataclass(frozen=True, slots=True)
class Line:
    """goes: something in it has to go. kind: of what goes; else why all stays. gone: what must not be left of it."""

    goes: bool
    where: str
    kind: str
    gone: tuple[str, ...]
    text: str


def _lines() -> list[Line]:
    rows = TABLE.read_text(encoding="utf-8").split("\n")[1:-1]
    return [
        Line(label == "goes", where, kind, tuple(gone.split(" ¦ ")) if gone else (), text)
        for label, where, kind, gone, text in (row.split("\t") for row in rows)
    ]


def _is_right(line: Line) -> bool:
    redactor = Redactor(load_rules())
    if line.where == "header":
        shown = http_head(line.text.encode(), redactor, own=False)
    else:
        shown = redactor.text(line.text)
    if not line.goes:
        return shown == line.text
    return line.kind in redactor.counts and not any(part in shown for part in line.gone)


@pytest.fixture(scope="module")
def judged() -> list[tuple[Line, bool]]:
    return [(line, _is_right(line)) for line in _lines()]


def test_the_table_is_large_and_each_line_is_there_once() -> None:
    lines = _lines()
    assert len({line.text for line in lines}) == len(lines)
    assert Counter(line.goes for line in lines)[True] >= 200 <= Counter(line.goes for line in lines)[False]
    for line in lines:
        assert bool(line.gone) == line.goes and all(part in line.text for part in line.gone), line
    assert {line.where for line in lines} >= {"html", "json", "header", "url", "dns", "tree", "dom", "text"}


def test_what_has_to_go_goes_and_what_has_to_stay_stays(judged: list[tuple[Line, bool]]) -> None:
    found = sum(right for line, right in judged if line.goes)
    missed = [line.text for line, right in judged if line.goes and not right]
    spoilt = [line.text for line, right in judged if not line.goes and not right]
    assert found / (found + len(missed)) >= ENOUGH, missed
    assert found / (found + len(spoilt)) >= ENOUGH, spoilt


def test_no_kind_is_worse_than_the_rest(judged: list[tuple[Line, bool]]) -> None:
    for kind in {line.kind for line, _ in judged if line.goes}:
        right = [right for line, right in judged if line.goes and line.kind == kind]
        assert sum(right) >= 0.95 * len(right), kind


def test_the_figures_of_the_documentation_are_these(judged: list[tuple[Line, bool]]) -> None:
    rows = dict(
        re.findall(r"^\| `(\w+)` \| (\d+ of \d+) \|$", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    )
    kinds = sorted({line.kind for line, _ in judged if line.goes} - {"cookie", "secret"})
    right = Counter(line.kind for line, right in judged if line.goes and right)
    every = Counter(line.kind for line, _ in judged if line.goes)
    assert {kind: rows[kind] for kind in kinds} == {kind: f"{right[kind]} of {every[kind]}" for kind in kinds}
    stay = [right for line, right in judged if not line.goes]
    assert rows["stays"] == f"{sum(stay)} of {len(stay)}"
