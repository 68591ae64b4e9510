"""What of a round others on the machine can read, write through or put in the place of a file."""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from claims.records import verdict
from evidence import reply_ledger
from evidence.signing.findings_seal import seal_findings
from govah import stages
from govah.file_modes import exposed
from reports.desk.append import append
from tests import command_server
from tests.reports.desk.rounds import id_of, made

pytestmark = pytest.mark.processes

SHEETS = "agencies services datasets declarations verdicts window replies".split()
INPUTS = ("round.toml", "round.xlsx", *(f"{name}.csv" for name in SHEETS), "replies.jsonl")
RESULTS = ("findings.jsonl", "findings.manifest.json", "results.json")


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("rights"))


@pytest.fixture
def round(sealed: Path, tmp_path: Path) -> Path:
    shutil.copytree(sealed.parent, tmp_path / "copy")
    return tmp_path / "copy" / sealed.name


@pytest.fixture
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def govah(round: Path, command: str, *options: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "GOVAH_LANG": "en", "COLUMNS": "300", "GOVAH_KEY": str(round.parent / "signer.key")}
    return command_server.govah(command, round, *options, env=env, timeout=timeout)


def modes(folder: Path) -> dict[str, int]:
    return {str(path): stat.S_IMODE(path.lstat().st_mode) for path in (folder, *folder.rglob("*"))}


def put(path: Path, kind: str) -> None:
    path.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(str(path))
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("nowhere")


@pytest.mark.sockets
@pytest.mark.parametrize("kind", ["pipe", "socket", "device", "folder", "broken link"])
@pytest.mark.parametrize("name", INPUTS)
def test_what_is_no_file_in_place_of_an_input_is_named_and_hangs_nothing(
    round: Path, name: str, kind: str
) -> None:
    put(round / name, kind)
    done = govah(round, "score")
    assert done.returncode == 2 and name in done.stdout + done.stderr, done


@pytest.mark.parametrize("name", RESULTS)
@pytest.mark.parametrize("command", ["score", "explain a1", "worklist", "report", "serve", "export sarif"])
def test_a_pipe_in_place_of_results_hangs_nothing(round: Path, name: str, command: str) -> None:
    put(round / "results" / name, "pipe")
    word, *options = command.split()
    done = govah(round, word, *options)
    assert done.returncode == 2 and name in done.stderr, done


@pytest.mark.parametrize("command", ["verify", f"pack {id_of('s1')}"])
def test_a_pipe_in_place_of_findings_is_no_finding(round: Path, command: str) -> None:
    put(round / "results" / "findings.jsonl", "pipe")
    word, *options = command.split()
    assert govah(round, word, *options).returncode in (2, 4)


def test_a_pipe_in_place_of_the_key_is_told(round: Path) -> None:
    put(round.parent / "signer.key", "pipe")
    (round.parent / "signer.key").chmod(0o600)
    done = govah(round, "pack", id_of("s1"))
    assert done.returncode == 2 and "signer.key" in done.stderr


@pytest.mark.parametrize("setting", ["public_roots", "dnssec_anchor"])
def test_a_pipe_that_the_settings_name_is_told(round: Path, setting: str) -> None:
    put(round / "pipe", "pipe")
    path = round / "round.toml"
    path.write_text(f'{path.read_text()}[network]\n{setting} = "pipe"\n')
    done = govah(round, "score")
    assert done.returncode == 2 and setting in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("place", "command"),
    [
        ("results", "score"),
        ("results", "report"),
        ("results/report", "report"),
        ("results/report/en", "report"),
        ("results/report/shots", "report"),
        ("results/worklist", "worklist --pages"),
        ("results", "export sarif"),
        ("results/packs", f"pack {id_of('s1')}"),
        ("evidence", "verify --rebuild"),
        ("evidence", "crawl"),
        ("evidence/shard-0001", "crawl"),
    ],
)
def test_nothing_is_written_through_a_link(round: Path, tmp_path: Path, place: str, command: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    path = round / place
    if path.exists():
        shutil.move(path, elsewhere)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        elsewhere.mkdir()
    path.symlink_to(elsewhere)
    before = {p: p.stat().st_mtime_ns for p in (elsewhere, *elsewhere.rglob("*"))}
    word, *options = command.split()
    done = govah(round, word, *options)
    assert done.returncode == 2 and str(path) in done.stderr.replace("\n", ""), done
    assert {p: p.stat().st_mtime_ns for p in (elsewhere, *elsewhere.rglob("*"))} == before


def test_what_may_hold_personal_data_is_its_owner_s_alone(round: Path, usual_umask: None) -> None:
    for name in ("signer.pem", "shard-0001"):
        assert not stat.S_IMODE((round / "evidence" / name).stat().st_mode) & 0o077
    signer = stages.signer(round.parent / "signer.key", round)
    seal_findings(round / "results", round / "evidence", signer)
    done = govah(round, "pack", id_of("s1"))
    assert done.returncode == 0, done
    row = {"subject": "s1", "verdict": "verified", "auditor": "a", "date": "2026-01-01"}
    append(round, "verdicts", [row], verdict)
    reply_ledger.append(round, signer, stages.now(), "answered", "a", "u (1)", {"reply": "r1"})
    for name in ("evidence", "results/packs", "verdicts.csv", "replies.jsonl", "replies.head"):
        found = modes(round / name)
        assert {path: mode for path, mode in found.items() if mode & 0o077} == {}


@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_what_is_handed_on_has_the_rights_of_the_umask(round: Path, mask: int) -> None:
    env = {**os.environ, "GOVAH_LANG": "en"}
    before = f"import os; os.umask({mask})"
    done = command_server.govah("report", round, "--quiet", env=env, before=before)
    assert done.returncode == 0, done.stderr
    for name in ("report/index.html", "report/en/a1.html", "findings.sarif", "junit.xml"):
        assert stat.S_IMODE((round / "results" / name).stat().st_mode) == 0o666 & ~mask


def test_what_others_can_read_is_told(round: Path) -> None:
    round.chmod(0o755)
    assert exposed(round) == []
    (round / "evidence").chmod(0o755)
    (round / "replies.csv").write_text("")
    (round / "replies.csv").chmod(0o640)
    assert exposed(round) == [round / "evidence", round / "replies.csv"]
    (item,) = (
        one
        for one in json.loads(
            command_server.govah("doctor", "--json", round, env={**os.environ, "GOVAH_LANG": "en"}).stdout
        )["items"]
        if one["name"] == "rights"
    )
    assert item["state"] == "missing" and f"go-rwx {round}/evidence" in item["advice"]
    round.chmod(0o700)
    assert exposed(round) == [], "nobody else comes that far"
