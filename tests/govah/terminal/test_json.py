"""A long list is told row by row, in the bytes that the whole would have."""

from __future__ import annotations

import pytest

from govah.terminal.console import Speaker

ROWS = [{"b": [1, {"c": "x\n y‮"}], "a": {}}, [], "Set-Cookie: sid=abcdef0123456789"]


@pytest.mark.parametrize("count", range(4))
def test_a_list_told_row_by_row_reads_as_the_whole(count: int, capsys: pytest.CaptureFixture[str]) -> None:
    around = {"z": {"rows": []}, "about": '\n  "rows": []', "rules": {"rows": [2]}}
    Speaker(as_json=True).json({**around, "rows": ROWS[:count]})
    whole = capsys.readouterr().out
    Speaker(as_json=True).json_list(around, "rows", iter(ROWS[:count]))
    assert capsys.readouterr().out == whole


def test_nothing_is_asked_for_where_no_json_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    rows = iter(ROWS)
    Speaker().json_list({}, "rows", rows)
    assert capsys.readouterr().out == "" and len(list(rows)) == len(ROWS)
