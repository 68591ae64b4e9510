"""Where a claim stands in the files of a round."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook

from claims.file_places import FilePlace, file_places


def test_a_row_stands_on_the_line_on_which_it_begins(tmp_path: Path) -> None:
    (tmp_path / "agencies.csv").write_bytes("\ufeffsep=;\r\nagency;name\r\na;x\r\n".encode())
    (tmp_path / "services.csv").write_text(
        'agency,service,title\na,s1,"two\nlines"\n\na,s۲,x\n,,\n', encoding="utf-8"
    )
    assert file_places(tmp_path) == {
        ("agency", "a"): FilePlace("agencies.csv", 3),
        ("service", "s1"): FilePlace("services.csv", 2),
        ("service", "s2"): FilePlace("services.csv", 5),
    }


@pytest.mark.processes
def test_in_a_workbook_it_is_the_row_of_the_sheet(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "datasets"
    for row in (["dataset", "agency"], ["d1", "a"], [None, None], ["d2", "a"]):
        sheet.append(row)
    book.save(tmp_path / "round.xlsx")
    assert file_places(tmp_path) == {
        ("dataset", "d1"): FilePlace("round.xlsx", 2),
        ("dataset", "d2"): FilePlace("round.xlsx", 4),
    }


def test_without_files_there_are_no_places(tmp_path: Path) -> None:
    assert file_places(tmp_path) == {}
