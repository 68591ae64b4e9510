"""The same evidence gives the same bytes: under every Python, on every machine, however it is run.

The expectation is the stored round (`tests/govah/stored.py`). A rule that changed on purpose changes it, and the new one
belongs to the same commit:

    python -m tests.govah.stored judge

No network and no browser is needed for that. Read the difference of `stored-findings.jsonl` as you read the code's.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests import command_server
from tests.depth import some
from tests.govah import stored

pytestmark = pytest.mark.processes

PLAIN = {"TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0"}


@dataclass(frozen=True)
class Way:
    """How the judging is done. place: of the round. here: the folder that the command is given in."""

    place: str = "round"
    environment: Mapping[str, str] = field(default_factory=lambda: PLAIN)
    umask: int = 0o022
    jobs: int = 1
    here: str = "/"


WAYS = {
    "another folder, zone, locale and seed, several jobs": Way(
        place="پوشهٔ دیگر/a b",
        environment={"TZ": "Asia/Tehran", "LC_ALL": "fa_IR.UTF-8", "LANG": "fa_IR", "PYTHONHASHSEED": "4321"},
        umask=0o077,
        jobs=2,
        here="/tmp",
    ),
    "no UTF-8, west of Greenwich, a seed of its own": Way(
        environment={
            "TZ": "America/St_Johns",
            "LC_ALL": "C",
            "PYTHONUTF8": "0",
            "PYTHONCOERCECLOCALE": "0",
            "PYTHONHASHSEED": "random",
        },
        umask=0o000,
        jobs=3,
    ),
}


def judged(folder: Path, key: Path, way: Way) -> dict[str, bytes]:
    """Findings, results and report, by name; the evidence is copied alone and may not be written to."""
    place = folder / way.place
    place.mkdir(parents=True)
    round_folder = stored.unpack(place)
    before = closed(round_folder / "evidence")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "PYTHON"))}
    environment = {**inherited, "GOVAH_KEY": str(key), **way.environment}
    if path := os.environ.get("PYTHONPATH"):
        environment["PYTHONPATH"] = path
    for command, *options in (("check", "--jobs", str(way.jobs)), ("report",)):
        status, told = _run([command, str(round_folder), *options], environment, way)
        assert status == 0, told[-3000:]
    assert state(round_folder / "evidence") == before
    results = round_folder / "results"
    return {
        str(path.relative_to(results)): path.read_bytes()
        for path in results.rglob("*")
        if path.is_file() and path.name != "results.db"  # names the files beside it by their inodes
    }


def _run(words: list[str], environment: dict[str, str], way: Way) -> tuple[int, str]:
    """(exit status, what it says of errors). Only what Python reads as it starts needs one that is started for it."""
    if way.environment is PLAIN:
        before = f"import os; os.umask({way.umask}); os.chdir({way.here!r})"
        forked = command_server.govah(*words, env=environment, before=before)
        return forked.returncode, forked.stderr
    done = subprocess.run(
        [sys.executable, "-m", "govah", *words],
        env=environment,
        cwd=way.here,
        umask=way.umask,
        capture_output=True,
        timeout=300,
        check=False,
    )
    return done.returncode, done.stderr.decode(errors="replace")


def closed(evidence: Path) -> dict[str, tuple[int, int, int]]:
    """Takes the right to write away, which root has all the same; hence what is there, to compare."""
    for path in [evidence, *evidence.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    return state(evidence)


def state(evidence: Path) -> dict[str, tuple[int, int, int]]:
    """A file that was made and taken away again shows in the time of its folder."""
    found = ((str(path), path.stat()) for path in [evidence, *evidence.rglob("*")])
    return {name: (stat.st_size, stat.st_mtime_ns, stat.st_mode) for name, stat in found}


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stored.key(tmp_path_factory.mktemp("key") / "signer.key")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory, key: Path) -> dict[str, bytes]:
    return judged(tmp_path_factory.mktemp("plain"), key, Way())


def test_this_python_gives_the_stored_findings(plain: dict[str, bytes]) -> None:
    found, expected = plain["findings.jsonl"], stored.FINDINGS.read_bytes()
    assert found == expected, "\n".join(differences(values(expected), values(found)))


def values(findings: bytes) -> dict[str, str]:
    """Every single value by its place, so that a difference can be read."""
    told: dict[str, str] = {}

    def walk(place: str, value: Any) -> None:
        if isinstance(value, dict | list) and value:
            for name, item in value.items() if isinstance(value, dict) else enumerate(value):
                walk(f"{place}.{name}", item)
        else:
            told[place] = json.dumps(value, ensure_ascii=False)

    for line in findings.splitlines():
        finding = json.loads(line)
        walk(f"{finding['agency']} {finding['check']} {finding['subject']['id']}", finding)
    return told


def differences(expected: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    """The first of them."""
    places = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
    shown = [f"{place}: {expected.get(place)} -> {found.get(place)}" for place in places[:15]]
    return [f"{len(places)} values differ from the stored findings", *shown]


def test_this_python_gives_the_stored_results(plain: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_bytes(plain["results.json"])
    assert stored.digest_of_results(path) == stored.RESULTS.read_text(encoding="ascii").strip()


def test_the_stored_round_has_something_of_every_kind() -> None:
    lines = stored.FINDINGS.read_text(encoding="utf-8")
    for check in (
        "reach.portal",
        "services.entry",
        "services.card",
        "datasets.freshness",
        "datasets.usability",
        "elements.",
        "links.target",
        "links.summary",
        "hosts.security",
        "accessibility.",
        "mobile.",
    ):
        assert f'"check":"{check}' in lines
    for verdict in ("verified", "partial", "contradicted", "inconclusive"):
        assert f'"verdict":"{verdict}"' in lines


@pytest.mark.thorough
@pytest.mark.parametrize("name", some(WAYS, 2))
def test_how_and_where_it_is_run_changes_no_byte(
    name: str, plain: dict[str, bytes], key: Path, tmp_path: Path
) -> None:
    found = judged(tmp_path, key, WAYS[name])
    assert sorted(found) == sorted(plain)
    assert [file for file in plain if found[file] != plain[file]] == []
