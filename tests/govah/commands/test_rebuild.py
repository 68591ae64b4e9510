"""`govah verify --rebuild` as a person and a script meet it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from evidence.signing.keys import Signer
from tests import command_server
from tests.depth import some
from tests.govah.sealed import sealed_round

pytestmark = pytest.mark.processes

INDEX = "evidence/shard-0001/index-1.sqlite"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sealed round of three exchanges, without findings yet."""
    return sealed_round(tmp_path / "round", Signer.generate(), 3)


def rebuilt(folder: Path, *more: str, status: int, lang: str = "en") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "GOVAH_LANG": lang, "NO_COLOR": "1", "COLUMNS": "200"}
    done = command_server.govah("verify", folder, "--rebuild", *more, env=environment)
    assert done.returncode == status, f"{done.stdout}\n{done.stderr}"
    return done


def answer(folder: Path, status: int) -> Any:
    return json.loads(rebuilt(folder, "--json", status=status).stdout)


def test_a_lost_index_is_made_anew_and_the_evidence_verifies(folder: Path) -> None:
    sealed = (folder / INDEX).read_bytes()
    (folder / INDEX).unlink()
    said = answer(folder, 0)
    assert said["intact"]
    assert said["indexes"] == [
        {"file": "shard-0001/index-1.sqlite", "was": "missing", "records": 7, "captures": 3, "kept": None}
    ]
    assert (folder / INDEX).read_bytes() == sealed
    assert "matches the WARC files: 7 records, 3 captures" in rebuilt(folder, status=0).stdout


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "The old files are kept in"), ("fa", "پرونده‌های قدیمی در")]
)
def test_the_old_one_is_kept_and_it_is_said_where(folder: Path, lang: str, words: str) -> None:
    (folder / INDEX).write_bytes(b"junk")
    said = rebuilt(folder, status=0, lang=lang).stdout
    assert f"{words} {folder}/evidence.damaged/shard-0001/index-1.sqlite" in said
    assert (folder / "evidence.damaged/shard-0001/index-1.sqlite").read_bytes() == b"junk"


def test_a_tampered_record_is_not_hidden(folder: Path) -> None:
    (folder / INDEX).write_bytes(b"junk")
    segment = folder / "evidence/shard-0001/seg-1-00001.warc.gz"
    content = bytearray(segment.read_bytes())
    content[len(content) // 2] ^= 1
    segment.write_bytes(content)
    said = answer(folder, 4)
    assert (said["intact"], said["indexes"]) == (False, [])
    assert any(fault["file"].endswith(".warc.gz") for fault in said["faults"])
    assert (folder / INDEX).read_bytes() == b"junk"
    assert "Nothing was rebuilt" in rebuilt(folder, status=4).stderr


@pytest.mark.parametrize(
    "lease",
    some(["pipe", "endless", "link", b"[]", b'{"pid":"x"}', b'{"host":1}', b"[" * 50_000, b"\xff"], 3),
)
def test_a_lease_that_may_be_anything_holds_nothing_up(folder: Path, lease: str | bytes) -> None:
    path = folder / "evidence/shard-0001/epoch-1"
    path.unlink()
    if isinstance(lease, bytes):
        here = socket.gethostname().encode()
        path.write_bytes(lease.replace(b"{", b'{"host":"' + here + b'",') if b"pid" in lease else lease)
        os.utime(path, (0, 0))
    elif lease == "pipe":
        os.mkfifo(path)
    elif lease == "link":
        path.symlink_to("/dev/zero")
    else:
        path.touch()
        os.truncate(path, 1 << 30)
    said = answer(folder, 4)
    assert (said["intact"], said["indexes"]) == (False, [])
    assert {fault["file"] for fault in said["faults"]} == {"shard-0001/epoch-1"}


def test_what_could_not_be_written_leaves_nothing_behind(folder: Path) -> None:
    """No file may grow past a few bytes, as on a full disk."""
    (folder / INDEX).unlink()
    before = sorted(folder.rglob("*"))
    start = "import os, resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000)); os.execv(sys.executable, sys.argv[1:])"
    command = [sys.executable, "-m", "govah", "verify", str(folder), "--rebuild"]
    done = subprocess.run(
        [sys.executable, "-c", start, *command],
        env={**os.environ, "GOVAH_LANG": "en", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 2, done.stdout + done.stderr
    assert "cannot be rebuilt here" in done.stderr and "Traceback" not in done.stderr
    assert sorted(folder.rglob("*")) == before
    assert answer(folder, 0)["intact"]
