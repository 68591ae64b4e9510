"""A million URLs seen and waiting stay within 500 MB: measured on two sizes, in processes of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.processes

_PROGRAM = Path(__file__).with_name("million_links.py")
_MILLION, _MOST_MB = 1_000_000, 500.0


def _resident(links: int) -> float:
    ended = subprocess.run(
        [sys.executable, str(_PROGRAM), str(links)], check=True, capture_output=True, text=True
    )
    answer = json.loads(ended.stdout)
    assert answer["waiting"] == links + 1  # the home page too
    return float(answer["resident"])


def test_a_million_urls_seen_take_less_than_500_megabytes() -> None:
    small, large = 30_000, 130_000
    less, more = _resident(small), _resident(large)
    each = (more - less) / (large - small)
    assert 0 < each * 1e6 < 450  # bytes
    assert less + each * (_MILLION - small) < _MOST_MB
