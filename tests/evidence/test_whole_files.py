"""A file that others may write too comes to its place whole, or not at all."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from evidence import layout


def written(path: Path, content: bytes, mode: int = layout.SHARED) -> None:
    with layout.replaced_file(path, mode) as file:
        file.write(content)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_a_file_that_is_there_keeps_its_mode_whatever_the_umask(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "results.json"
    path.write_bytes(b"old")
    path.chmod(mode)
    before = os.umask(0o077)
    try:
        written(path, b"new")
    finally:
        os.umask(before)
    assert (path.read_bytes(), mode_of(path)) == (b"new", mode)


@pytest.mark.parametrize(("mode", "found"), [(layout.SHARED, 0o644), (layout.PRIVATE, 0o600)])
def test_a_new_file_has_the_mode_that_was_asked_for_less_the_umask(
    tmp_path: Path, mode: int, found: int
) -> None:
    before = os.umask(0o022)
    try:
        written(tmp_path / "new", b"x", mode)
    finally:
        os.umask(before)
    assert mode_of(tmp_path / "new") == found


def test_what_fails_midway_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), layout.replaced_file(path) as file:
        file.write(b"half of the n")
        raise KeyboardInterrupt
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


def test_a_link_in_its_place_gives_way_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    elsewhere, path = tmp_path / "elsewhere", tmp_path / "results.json"
    elsewhere.write_bytes(b"kept")
    path.symlink_to(elsewhere)
    written(path, b"new")
    assert not path.is_symlink() and path.read_bytes() == b"new" and elsewhere.read_bytes() == b"kept"


def test_of_many_who_write_at_once_one_stands_whole(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    contents = [bytes([number]) * 300_000 for number in range(24)]

    def write(content: bytes) -> None:
        with layout.replaced_file(path) as file:
            for start in range(0, len(content), 10_000):
                file.write(content[start : start + 10_000])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, contents))
    assert path.read_bytes() in contents and list(tmp_path.iterdir()) == [path]


def test_who_clears_up_removes_no_draft_that_is_begun(tmp_path: Path) -> None:
    """Between its beginning and its being held a draft looks as if it had been left."""
    path = tmp_path / "results.json"

    def write(content: bytes) -> None:
        for _ in range(200):
            written(path, content)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, (b"1", b"2", b"3", b"4", b"5", b"6")))
    assert list(tmp_path.iterdir()) == [path]
