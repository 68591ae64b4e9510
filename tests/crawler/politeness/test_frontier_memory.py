"""A million URLs seen and waiting stay within 500 MB: measured at two sizes, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.depth import tries

pytestmark = pytest.mark.processes

_PROGRAM = Path(__file__).parents[1] / "million_links.py"
_MILLION, _MOST_MB = 1_000_000, 500.0


@pytest.mark.thorough
def test_a_million_urls_seen_take_less_than_500_megabytes() -> None:
    sizes = small, large = tries(20_000, 30_000), tries(80_000, 130_000)
    command = [sys.executable, str(_PROGRAM), *map(str, sizes)]
    ended = subprocess.run(command, check=True, capture_output=True, text=True)
    answers = json.loads(ended.stdout)
    assert [answer["waiting"] for answer in answers] == [small + 1, large + 1]  # the home page too
    less, more = (float(answer["resident"]) for answer in answers)
    each = (more - less) / (large - small)
    assert 0 < each * 1e6 < 450  # bytes
    assert less + each * (_MILLION - small) < _MOST_MB
