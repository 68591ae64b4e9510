"""What children may take over an agency's files: measured on real processes."""

from __future__ import annotations

import subprocess
import sys

import pytest

from checks.allowance import ChildTime, usual_seconds

pytestmark = pytest.mark.processes

BURN = "import time\nwhile time.process_time() < 0.3: pass"


def burn(time: ChildTime, usual: float) -> None:
    with time.reading(usual):
        subprocess.run([sys.executable, "-S", "-c", BURN], check=True)


def test_what_is_usual_costs_nothing() -> None:
    time = ChildTime(0.2)
    burn(time, usual=60.0)
    burn(time, usual=60.0)
    assert not time.over


def test_what_children_take_beyond_it_is_used_up() -> None:
    time = ChildTime(0.2)
    assert not time.over
    burn(time, usual=0.0)
    assert time.over


def test_a_child_that_fails_is_counted_too() -> None:
    time = ChildTime(0.2)
    with pytest.raises(subprocess.CalledProcessError), time.reading(0.0):
        subprocess.run([sys.executable, "-S", "-c", f"{BURN}\nraise SystemExit(1)"], check=True)
    assert time.over


def test_large_files_may_take_longer() -> None:
    assert usual_seconds(bytes(20_000_000)) > usual_seconds(b"") + 15
