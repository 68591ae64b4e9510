"""Shipped models name only checks that there are: the crawl, which does not load the checks, relies on it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from checks.registry import finding_ids
from scoring.load import load_model, shipped

pytestmark = pytest.mark.processes


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_model_names_checks_that_are_there(name: str) -> None:
    assert load_model(name, Path(), finding_ids()) == load_model(name, Path())


def test_the_commands_are_there_without_what_a_crawl_does_not_need() -> None:
    program = "import sys, govah.commands.crawl; print(*{m.partition('.')[0] for m in sys.modules} | set(sys.modules))"
    ended = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    loaded = set(ended.stdout.split())
    assert "crawler.crawl" in loaded
    assert not loaded & {"numpy", "jinja2", "checks.engine", "scoring.score", "reports.html"}
