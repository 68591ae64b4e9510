"""`python -m checks.new` writes a whole check that passes its own cases."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from checks.new import NotWritten, main, write

ROOT = Path(__file__).parents[2]
ROOMS = ("checks", "claims", "crawler", "evidence", "web", "fixtures", "reports", "scoring")
JUDGED = """
import sys, tempfile
from pathlib import Path
from checks.basis import rules
from checks.folders import check_folders
from fixtures.check_cases import cases_of, judged, unlike
from reports.catalogue import LANGUAGES, TextCatalogue
(folder,) = [one for one in check_folders() if one.name == "home_phone"]
for case in cases_of(folder).case:
    with tempfile.TemporaryDirectory() as into:
        print(case.name, unlike(case, judged(folder, case, Path(into))))
print(*(TextCatalogue(language).text("check.user.home_phone") for language in LANGUAGES))
print(rules()["user.home_phone"]["version"])
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


@pytest.mark.processes
def test_a_new_check_is_one_folder(program: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(program)}
    made = subprocess.run(
        [sys.executable, "-m", "checks.new", "user/home_phone"],
        cwd=program,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "checks/user/home_phone/check.py" in made.stdout.splitlines()
    done = subprocess.run(
        [sys.executable, "-c", JUDGED],
        cwd=program,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == [
        "a telephone on the home page None",
        "a home page without one None",
        "a portal that does not answer None",
        "صفحهٔ اصلی شماره تلفن دارد The home page names a telephone",
        "1",
    ]


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("nowhere/name", "the family is one of"),
        ("user", "a name has small letters"),
        ("user/Name", "a name has small letters"),
        ("user/../name", "a name has small letters"),
        ("user/search_titles", "is there already"),
        ("user/page_tests", "is there already"),
    ],
)
def test_what_cannot_be_written_is_said(place: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(NotWritten, match=said):
        write(place)
    assert main([place]) == 2
    assert said in capsys.readouterr().err
