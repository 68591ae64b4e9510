"""A part of the 20,000 damaged looks of `fuzz.py`, which says what a judgement is held to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.depth import some, tries

pytestmark = pytest.mark.processes

LOOKS = tries(500, 1000)
ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("seed", some((1404, *range(1405, 1414)), 10))
def test_damaged_answers_prove_no_more_than_they_do(seed: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.checks.dns.fuzz", str(LOOKS), str(seed)],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.endswith(f"{LOOKS} judged, seed {seed}\n")
    assert len(done.stdout.splitlines()) == 9  # every way that damage may go was gone
