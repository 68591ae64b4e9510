"""What `govah verify` says it looked at, and that no file of a stranger's round holds it up."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from evidence.findings_seal import seal_findings
from evidence.keys import Signer
from govah import judgements
from tests.govah.sealed import sealed_round

MEMORY = 2 << 30


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sealed round of one exchange, with one finding that rests on it."""
    signer = Signer.generate()
    folder = sealed_round(tmp_path / "round", signer, 1)
    (folder / "results").mkdir()
    (folder / "results/findings.jsonl").write_text('{"captures":["c0"],"id":"f0"}\n')
    seal_findings(folder / "results", folder / "evidence", signer)
    return folder


def verified(folder: Path, *more: str, lang: str = "en") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "GOVAH_LANG": lang, "NO_COLOR": "1", "COLUMNS": "200", "PYTHONUTF8": "1"}
    return subprocess.run(
        [sys.executable, "-m", "govah", "verify", str(folder), *more],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
    )


@pytest.mark.parametrize(("lang", "with_findings", "alone"), [("en", "and the findings", "evidence/ alone"),
                                                              ("fa", "و یافته‌ها.", "تنها evidence/")])  # fmt: skip
def test_it_says_what_was_looked_at(folder: Path, lang: str, with_findings: str, alone: str) -> None:
    assert with_findings in verified(folder, lang=lang).stdout
    assert json.loads(verified(folder, "--json").stdout)["findings"] is True
    for path in (folder / "results").iterdir():
        path.unlink()
    said = verified(folder, lang=lang)
    assert said.returncode == 0
    assert alone in said.stdout
    assert with_findings not in said.stdout
    assert json.loads(verified(folder, "--json").stdout)["findings"] is False


def test_pipes_and_devices_in_place_of_files_hold_nothing_up(folder: Path) -> None:
    plan = folder / "evidence/plan.json"
    plan.unlink()
    os.mkfifo(plan)
    os.mkfifo(folder / "round.toml")
    said = verified(folder)
    assert said.returncode == 4
    assert "plan.json" in said.stdout
    (folder / "round.toml").unlink()
    (folder / "round.toml").symlink_to("/dev/zero")
    plan.unlink()
    plan.symlink_to("/dev/zero")
    assert verified(folder).returncode == 4


@pytest.mark.parametrize("name", ["results/findings.jsonl", "evidence/signer.pem", "evidence/plan.json"])
def test_a_file_that_was_made_endless_is_named(folder: Path, name: str) -> None:
    """Sparse, and larger than the memory that there is."""
    os.truncate(folder / name, MEMORY + (1 << 20))
    said = verified(folder)
    assert said.returncode == 4, said.stderr
    assert Path(name).name in said.stdout


def test_findings_that_are_not_as_sealed_are_known_without_a_verification(folder: Path) -> None:
    results, evidence = folder / "results", folder / "evidence"
    findings, manifest = results / "findings.jsonl", results / "findings.manifest.json"
    assert judgements.stands(results, evidence)
    sound = findings.read_bytes()
    findings.write_bytes(sound.replace(b"f0", b"f1"))
    assert not judgements.stands(results, evidence)
    findings.write_bytes(sound)
    assert judgements.stands(results, evidence)
    signature = results / "findings.manifest.sig"
    signed = signature.read_bytes()
    signature.write_bytes(Signer.generate().sign(manifest.read_bytes()))
    assert not judgements.stands(results, evidence)
    signature.unlink()
    assert not judgements.stands(results, evidence)
    signature.write_bytes(signed)
    manifest.write_bytes(b"[]")
    assert not judgements.stands(results, evidence)
    manifest.unlink()
    assert judgements.stands(results, evidence)  # never sealed: nothing is said of it


def test_a_check_that_died_is_no_tampering(folder: Path) -> None:
    results = folder / "results"
    sound = (results / "findings.jsonl").read_bytes()
    with pytest.raises(KeyboardInterrupt), judgements.being_written(results):
        (results / "findings.jsonl").write_bytes(b'{"captures":["c0"],"id":"f1"}\n')
        (results / ".findings.jsonl.x1").write_bytes(b"half of a dra")
        raise KeyboardInterrupt
    told = verified(folder, "--json")
    assert told.returncode == 4
    assert [(f["file"], f["problem"]) for f in json.loads(told.stdout)["faults"]] == [
        ("findings.jsonl", "cut_short")
    ]
    assert not judgements.stands(results, folder / "evidence")
    # What lies there is of two judgements: it is not kept as one. The next check writes it all anew.
    assert judgements.set_aside(results, b"other findings") is None
    with judgements.being_written(results):
        assert not list(results.glob(".findings.*"))
        (results / "findings.jsonl").write_bytes(sound)
    assert verified(folder).returncode == 0
    assert judgements.set_aside(results, b"other findings") == results / "earlier/1"


@pytest.mark.parametrize("value", ["zz", "0" * 63, "0" * 65, "", "۰" * 64])
def test_a_mistyped_fingerprint_accuses_nobody(folder: Path, value: str) -> None:
    told = verified(folder, "--fingerprint", value)
    assert told.returncode == 2
    assert "64 hexadecimal digits" in told.stderr


def test_what_was_never_sealed_is_not_called_changed(folder: Path) -> None:
    for name in ("manifest.json", "manifest.sig", "SHA256SUMS"):
        (folder / "evidence" / name).unlink()
    told = verified(folder)
    assert told.returncode == 4
    assert "Nothing is sealed here yet" in told.stdout
    assert "not what was sealed" not in told.stdout
