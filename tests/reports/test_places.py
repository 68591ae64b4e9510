"""Files of the report lie in its folder, whatever lay there before."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.html.places import put


@pytest.mark.parametrize("before", ["nothing", "file", "link", "dead link"])
def test_a_file_of_the_report_is_never_written_through_a_link(tmp_path: Path, before: str) -> None:
    elsewhere, page = tmp_path / "elsewhere", tmp_path / "index.html"
    elsewhere.write_bytes(b"kept")
    if before == "file":
        page.write_bytes(b"an earlier and longer page")
    elif before != "nothing":
        page.symlink_to(elsewhere if before == "link" else tmp_path / "gone")
    put(page, b"page")
    assert page.read_bytes() == b"page" and not page.is_symlink()
    assert elsewhere.read_bytes() == b"kept" and not (tmp_path / "gone").exists()
