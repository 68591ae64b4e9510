"""A part of the 20,000 damaged captures of `tls_fuzz.py`, which says what damage may change."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.depth import some, tries

pytestmark = pytest.mark.processes

DAMAGED = tries(500, 1000)
FUZZ = Path(__file__).with_name("tls_fuzz.py")


@pytest.mark.parametrize("seed", some((1404, *range(1405, 1414)), 10))
def test_damaged_captures_are_judged_by_what_they_still_say(seed: int) -> None:
    done = subprocess.run(
        [sys.executable, str(FUZZ), str(DAMAGED), str(seed)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.endswith(f"{DAMAGED} judged, seed {seed}\n")
    kinds = {line.split(None, 1)[1].partition(",")[0] for line in done.stdout.splitlines()[:-1]}
    assert kinds >= {"flight", "leaf", "issuer", "list", "staple", "answer", "issuer's document"}
