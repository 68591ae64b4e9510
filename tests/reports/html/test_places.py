"""Files of the report lie in its folder, whatever lay there before."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest

from evidence.kinds.screenshot import ScreenshotFacts
from evidence.store import EvidenceStore, EvidenceWriter
from reports.desk.pictures import DeskGallery
from reports.html.finding_view import ScreenshotGallery
from reports.html.places import publish, put

NOW = dt.datetime(2025, 12, 1, tzinfo=dt.UTC)


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


@pytest.mark.parametrize(
    "id", ["../../../elsewhere", "/elsewhere", "a/b", "..", "a.b", "x" * 300, "\x00", "", "c-1"]
)
def test_a_picture_s_id_leads_nowhere_else(tmp_path: Path, id: str) -> None:
    facts = ScreenshotFacts("page", "image/png", 1, 1, True)
    with EvidenceWriter.open(
        tmp_path / "evidence", vantage="v", now=lambda: NOW, new_id=lambda: id, plan={}
    ) as writer:
        writer.add(
            kind="screenshot",
            agency="a",
            url="http://a.test/",
            purpose="claim",
            attempt=1,
            time=NOW,
            facts=facts,
            body=b"\x89PNG",
        )
    report = tmp_path / "in" / "results" / "report"
    with EvidenceStore.open(tmp_path / "evidence") as store:
        for gallery in (ScreenshotGallery(store, report), DeskGallery(store)):
            gallery.learn(store.captures("a", "screenshot"))
            assert (gallery.of_page("page") is None) == (id != "c-1")
    assert [path.name for path in tmp_path.rglob("*.png")] == (["c-1.png"] if id == "c-1" else [])


@pytest.mark.parametrize("linked", [True, False])
def test_downloads_lie_in_the_folder_and_old_ones_go(
    tmp_path: Path, linked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError

    if not linked:  # as a memory stick does
        monkeypatch.setattr(os, "link", refuse)
    target = tmp_path / "report" / "data"
    target.mkdir(parents=True)
    (tmp_path / "secret").write_text("x")
    (target / "old").write_text("of an earlier report")
    (target / "kept").write_text("of somebody else")
    (tmp_path / "new").write_text("new")
    (tmp_path / "link").symlink_to(tmp_path / "secret")
    publish(("old", "new", "link"), tmp_path, target)
    assert {path.name: path.read_text() for path in target.iterdir()} == {
        "new": "new",
        "kept": "of somebody else",
    }
    (tmp_path / "changed").write_text("newer")
    (tmp_path / "changed").replace(tmp_path / "new")  # as results are written
    assert (target / "new").read_text() == "new"
