"""`govah export`: where it writes, what it says, and what it refuses."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from evidence import layout
from tests import command_server

pytestmark = pytest.mark.processes


def govah(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return command_server.govah(
        *words, env={**os.environ, "GOVAH_LANG": "en", "NO_COLOR": "1", **environment}
    )


@pytest.fixture
def folder(scene: Any, tmp_path: Path) -> Path:
    return Path(shutil.copytree(scene.folder, tmp_path / "round"))


def test_it_writes_into_the_results_and_says_what(folder: Path) -> None:
    done = govah("export", folder, "wacz")
    assert done.returncode == 0 and "6 pages" in done.stdout
    assert "Left out: 1 (pages without a tree)" in done.stderr
    assert [path.name for path in (folder / "results").iterdir()] == ["round.wacz"]
    faults = json.loads(govah("verify", folder, "--json").stdout)["faults"]
    assert not [fault for fault in faults if fault["file"] != "findings.jsonl"]  # which were never made


def test_one_agency_has_a_file_of_its_own_and_machines_are_told(folder: Path) -> None:
    done = govah("export", folder, "wacz", "--agency", "b", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["pages"]) == (0, 2)
    assert told["records"] == {"replay": 2}
    assert told["left_out"] == {"cookies_in_page": 2, "empty_page": 1, "unsettled_page": 1}
    assert Path(told["file"]) == folder / "results" / "b.wacz"


def test_it_speaks_persian_and_says_when_there_is_no_page(folder: Path) -> None:
    done = govah("export", folder, "wacz", "--agency", "c", GOVAH_LANG="fa")
    assert done.returncode == 0 and "0 صفحه" in done.stdout and "هیچ‌یک از صفحه‌های" in done.stderr
    quiet = govah("export", folder, "wacz", "--quiet", "--output", folder / "other.wacz")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    assert (folder / "other.wacz").is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["warc"], "There is no format warc. Available: wacz"),
        (["wacz", "--output", "FOLDER/out.zip"], "must end in .wacz"),
        (["wacz", "--output", "FOLDER/evidence/out.wacz"], "is inside the evidence"),
        (["wacz", "--output", "FOLDER/evidence/../evidence/x/out.wacz"], "is inside the evidence"),
        (["wacz", "--output", "FOLDER/round.toml/out.wacz"], "could not be written"),
        (["wacz", "--agency", "nobody"], "The agency nobody is not in this round"),
    ],
)
def test_what_cannot_be_done_is_said(folder: Path, words: list[str], said: str) -> None:
    done = govah("export", folder, *(word.replace("FOLDER", str(folder)) for word in words))
    assert done.returncode == 2 and said in done.stderr, done.stderr
    assert not list(folder.rglob("*.wacz"))


def test_what_is_not_sealed_is_not_handed_on(folder: Path) -> None:
    (folder / "evidence" / layout.MANIFEST).unlink()
    done = govah("export", folder, "wacz")
    assert done.returncode == 2 and "is not sealed" in done.stderr
    assert not (folder / "results").exists() or not list((folder / "results").iterdir())


@pytest.mark.parametrize("name", ["segment", layout.SIGNATURE, layout.SUMS, layout.RECORDS, layout.SIGNER])
def test_what_was_changed_after_the_seal_is_not_handed_on(folder: Path, name: str) -> None:
    evidence = folder / "evidence"
    path = layout.segments(evidence / layout.FIRST_SHARD)[0] if name == "segment" else evidence / name
    content = bytearray(path.read_bytes())
    content[0 if name == layout.SUMS else len(content) // 2] ^= 1
    path.write_bytes(content)
    done = govah("export", folder, "wacz")
    assert done.returncode == 4 and "cannot be used" in done.stderr
    assert not list(folder.rglob("*.wacz*"))
