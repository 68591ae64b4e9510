"""Rows out of JSON, where the names of columns stand apart from rows that are bare lists."""

from __future__ import annotations

import json
from typing import Any

import pytest

from checks.datasets.files.json_rows import json_records

ROWS = [[year, year + 1] for year in range(1, 7)]
HEAD = ["سال", "شمار"]


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        ({"columns": HEAD, "rows": ROWS}, True),
        ({"result": {"fields": [{"id": "سال"}, {"id": "شمار"}], "rows": ROWS}}, True),
        (["ok", "1.0", {"headers": HEAD, "data": ROWS}], True),
        ({"columns": HEAD, "more": {"rows": ROWS}}, False),
        ({"columns": HEAD[:1], "rows": ROWS}, False),
        ({"words": HEAD, "rows": ROWS}, False),
        (ROWS, False),
    ],
)
def test_names_stand_beside_their_rows(answer: Any, named: bool) -> None:
    records = json_records(json.dumps(answer))
    rows = list(records.rows)
    assert records.named is named
    assert (rows[0] == HEAD) is named and rows[-1] == ["6", "7"]
