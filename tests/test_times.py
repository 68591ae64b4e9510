"""The tables of docs/testing.md: every test has one kind, sums are those of its phases."""

from __future__ import annotations

import json

import pytest

from tests.times import FIGURES, block, read

ROWS = (
    {"id": "tests/a/test_x.py::test_one", "setup": [1.0, 0.5, []], "call": [2.0, 1.0, ["docs"]], "teardown": [0, 0, []]},
    {"id": "tests/a/test_x.py::test_two[a|b]", "setup": [0.0, 0.0, ["socket"]], "call": [9.0, 0.5, ["process", "kill"]]},
    {"id": "tests/b/test_fuzz.py::test_three", "setup": [0.0, 0.0, []], "call": [1.0, 2.0, []]},
    {"id": "tests/b/test_y.py::test_four", "setup": [0.5, 0.5, []], "call": [0.5, 0.5, []]},
)  # fmt: skip


def test_a_test_is_of_one_kind() -> None:
    times = read(json.dumps(row) for row in ROWS)
    assert [time.kind for time in times] == [
        "documents against code", "processes that are killed or stopped", "fuzzing and properties", "pure functions",
    ]  # fmt: skip
    assert [(time.wall, time.cpu, time.setup) for time in times] == [
        (3, 1.5, 1),
        (9, 0.5, 0),
        (1, 2, 0),
        (1, 1, 0.5),
    ]


def test_the_tables() -> None:
    told = block(read(json.dumps(row) for row in ROWS), seconds=7, load=0.5)
    assert "4 tests: 7 s, 0.1 CPU minutes." in told
    assert "| `tests/b/test_fuzz.py` | 1 | 2.0 | 40 % | 1 |" in told
    assert (
        told.index("| `tests/a/test_x.py::test_two[a¦b]` | 9.0 | 0.0 | 0.5 |")
        == told.index("|---|---:|---:|---:|") + 1
    )


@pytest.mark.parametrize("name", ["times", "broken rules"])
def test_the_document_has_a_place_for_them(name: str) -> None:
    text = FIGURES.document.read_text(encoding="utf-8")
    assert f"<!-- {name}: begin -->" in text and f"<!-- {name}: end -->" in text
