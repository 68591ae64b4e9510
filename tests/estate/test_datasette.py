"""An exported database opens in Datasette as it comes from the package index, and the documented answers are its answers."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.reports.export.test_sqlite import questions
from tests.rounds import govah, judged

pytestmark = [pytest.mark.thorough, pytest.mark.processes]

_DATASETTE = "datasette>=0.65,<1"


@pytest.fixture(scope="module")
def datasette(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """In an environment of its own, which goes with the test."""
    folder = tmp_path_factory.mktemp("datasette")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    pip = [str(folder / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, _DATASETTE], check=True)
    return folder / "bin/datasette"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    kept = judged("estate")
    folder = tmp_path_factory.mktemp("round") / "round"
    shutil.copytree(kept.round, folder)
    govah("export", folder, "sqlite", key=kept.key)
    return folder / "results" / "round.sqlite"


def asked(datasette: Path, database: Path, address: str) -> str:
    """What Datasette answers, without a socket: `--get` starts it, asks once and ends."""
    command = [str(datasette), "serve", str(database), "--get", address]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=300).stdout


def check_answers(datasette: Path, database: Path) -> None:
    tables = json.loads(asked(datasette, database, f"/{database.stem}.json"))["tables"]
    counts = {table["name"]: table["count"] for table in tables}
    assert counts["findings"] > 1000 and counts["services"] > 100
    for name in ("findings", "services", "captures"):
        assert "<table" in asked(datasette, database, f"/{database.stem}/{name}")
    for sql, table in questions():
        wanted = [[cell.strip() for cell in line.split("|")[1:-1]] for line in (table[0], *table[2:])]
        told = json.loads(asked(datasette, database, f"/{database.stem}.json?{urlencode({'sql': sql})}"))
        rows = [["" if value is None else str(value) for value in row] for row in told["rows"]]
        assert [told["columns"], *rows] == wanted, sql


def test_the_documented_answers_are_those_of_the_demonstration(datasette: Path, database: Path) -> None:
    check_answers(datasette, database)
