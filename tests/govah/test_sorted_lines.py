"""Lines that do not fit the memory come back in order, from runs on the disk that leave nothing behind."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from govah.sorted_lines import SortedLines


@pytest.mark.parametrize("run", [1, 100, 1 << 20])
def test_lines_come_back_in_order(tmp_path: Path, run: int) -> None:
    """With tabs and any other byte but a line end in them, empty, twice, and with the same key."""
    chance = random.Random(run)
    lines = [
        (f"f{chance.randrange(500):04}", f"{chance.random()}\t\x00\x0b ب".encode() + b"\n")
        for _ in range(1000)
    ]
    lines += [*lines[:5], ("a", b"\n"), ("a", b"\n")]
    with SortedLines(tmp_path, run) as found:
        for key, line in lines:
            found.add(key, line)
        assert found.merged().read() == b"".join(line for _, line in sorted(lines))
        assert list(tmp_path.iterdir()) == []


def test_no_lines_are_an_empty_file(tmp_path: Path) -> None:
    with SortedLines(tmp_path) as found:
        assert found.merged().read() == b""
