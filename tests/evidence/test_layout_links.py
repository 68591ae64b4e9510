"""Files of the evidence folder are written in it, and not through links that somebody laid there."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from crawler.engine.progress import Progress
from crawler.fleet.shard_run import _ProgressWriter
from evidence import layout

NOW = dt.datetime(2025, 12, 1, tzinfo=dt.UTC)
LINES, HEAD = layout.CHECKPOINTS, layout.HEAD


@pytest.mark.parametrize(
    ("name", "write"),
    [
        (LINES, lambda folder: layout.append_line(folder / LINES, b"{}\n")),
        (LINES, lambda folder: layout.mend_lines(folder / LINES)),
        (f"{HEAD}.part", lambda folder: layout.write_whole(folder / HEAD, b"{}\n")),
    ],
)
def test_no_link_is_written_through(tmp_path: Path, name: str, write: Callable[[Path], None]) -> None:
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "evidence"
    elsewhere.write_bytes(b"one\ntwo\nthree")
    folder.mkdir()
    (folder / name).symlink_to(elsewhere)
    with pytest.raises(OSError, match=name):
        write(folder)
    assert elsewhere.read_bytes() == b"one\ntwo\nthree"


@pytest.mark.parametrize("made", ["link", "pipe", "left over"])
def test_progress_is_a_file_of_its_own(tmp_path: Path, made: str) -> None:
    elsewhere, path = tmp_path / "elsewhere", tmp_path / layout.PROGRESS
    draft = path.with_name(path.name + ".part")
    elsewhere.write_bytes(b"kept")
    if made == "link":
        draft.symlink_to(elsewhere)
    elif made == "pipe":
        os.mkfifo(draft)
    else:
        draft.write_bytes(b"{")
    _ProgressWriter(path, lambda: NOW, lambda _: None)(Progress(1, 0, 1, 2, 3, 1, 0, 0, 1.0, False, 0.1))
    assert elsewhere.read_bytes() == b"kept" and b'"fetched": 2' in path.read_bytes()
    assert not path.is_symlink() and not draft.exists()
