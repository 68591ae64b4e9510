"""`govah pack` and `govah verify PACK` as a person and a script meet them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from evidence.signing.findings_seal import seal_findings
from evidence.signing.keys import Signer
from govah.cli import app
from tests.evidence.pack.canonical import zipped

Govah = Callable[..., "Done"]


@pytest.fixture
def key(signer: Signer, tmp_path: Path) -> Path:
    path = tmp_path / "auditor.key"
    path.write_bytes(signer.private_pem())
    path.chmod(0o600)
    return path


@dataclass(frozen=True, slots=True)
class Done:
    stdout: str
    stderr: str


@pytest.fixture
def govah(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Govah:
    """In this process; in one of its own when variables are given that are read at its start."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GOVAH_KEY", raising=False)
    for name, value in {"NO_COLOR": "1", "COLUMNS": "160", "GOVAH_LANG": "en"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))

    def run(*arguments: object, status: int = 0, lang: str = "en", **variables: str) -> Done:
        words = [str(argument) for argument in arguments]
        if variables:
            command = [sys.executable, "-m", "govah", *words]
            environment = {**os.environ, "GOVAH_LANG": lang, **variables}
            done = subprocess.run(command, env=environment, capture_output=True, text=True)
            code, stdout, stderr = done.returncode, done.stdout, done.stderr
        else:
            found = CliRunner().invoke(app, words, env={"GOVAH_LANG": lang})
            code, stdout, stderr = found.exit_code, found.stdout, found.stderr
        assert code == status, f"{code}\n{stdout}\n{stderr}"
        return Done(stdout, stderr)

    return run


def test_a_pack_is_made_and_verified(packed_copy: Any, govah: Govah, key: Path, signer: Signer) -> None:
    made = json.loads(govah("pack", packed_copy.folder, "f1", "--key", key, "--json").stdout)
    path = packed_copy.folder / "results" / "packs" / f"{packed_copy.TEXT}.zip"
    assert made["pack"] == str(path)
    assert made["bytes"] == path.stat().st_size < 96_000
    assert [record["state"] for record in made["records"]] == ["whole", "whole"]
    assert sorted(path.parent.iterdir()) == [path]
    said = govah("verify", path, "--fingerprint", signer.fingerprint).stdout
    assert (
        packed_copy.TEXT in said and "2 complete records, 0 redacted" in said and signer.fingerprint in said
    )
    found = json.loads(govah("verify", path, "--json").stdout)
    assert (found["intact"], found["faults"], found["compared"]) == (True, [], False)
    assert found["fingerprint"] == signer.fingerprint
    assert found["finding"] == {"id": packed_copy.TEXT, "state": "whole", "redactions": {}}
    govah("verify", packed_copy.folder)  # the pack in results disturbs nothing


def test_redactions_are_told(packed_copy: Any, govah: Govah, key: Path, tmp_path: Path) -> None:
    target = tmp_path / "given" / "mine.zip"
    said = govah("pack", packed_copy.folder, packed_copy.PERSONAL, "--key", key, "--output", target).stdout
    assert "1 complete records, 1 redacted" in said
    assert "The auditor's signature vouches for its text" in govah("verify", target).stdout
    assert "پوشانده‌شده" in govah("verify", target, lang="fa").stdout
    told = json.loads(govah("verify", target, "--json").stdout)
    assert told["records"][1]["redactions"] == {"cookie": 1, "mobile": 2, "national_id": 1}
    made = govah(
        "pack", packed_copy.folder, packed_copy.COOKIE, "--key", key, "--no-redact", "cookie", "--json"
    ).stdout
    assert json.loads(made)["kept"] == ["cookie"]
    assert json.loads(made)["records"][1]["state"] == "whole"
    assert govah("pack", packed_copy.folder, "f1", "--key", key, "--quiet").stdout == ""


def test_pictures_come_with_a_warning(packed_copy: Any, govah: Govah, key: Path, tmp_path: Path) -> None:
    target = tmp_path / "seen.zip"
    arguments = ("pack", packed_copy.folder, "f3", "--key", key, "-o", target)
    assert govah(*arguments).stderr == ""
    assert "not searched for personal data" in govah(*arguments, "--whole").stderr
    with zipfile.ZipFile(target) as pack:
        assert b"\x01" * 900 in pack.read("records/2.warc")


@pytest.mark.processes
def test_the_same_bytes_anywhere(packed_copy: Any, govah: Govah, key: Path, tmp_path: Path) -> None:
    made = []
    for number, zone in enumerate(("UTC", "Asia/Tehran")):
        target = tmp_path / f"{number}.zip"
        variables = {"TZ": zone, "PYTHONHASHSEED": str(number), "lang": ("en", "fa")[number]}
        govah("pack", packed_copy.folder, packed_copy.MANY, "--key", key, "-o", target, **variables)
        made.append(target.read_bytes())
    assert made[0] == made[1]


@pytest.mark.parametrize(
    ("wanted", "code"), [("f2", "cli.pack_ambiguous"), ("x", "cli.pack_unknown"), ("", "cli.pack_unknown")]
)
def test_a_finding_that_is_not_named_well(
    packed: Any, govah: Govah, key: Path, wanted: str, code: str
) -> None:
    done = govah("pack", packed.folder, wanted, "--key", key, "--json", status=2)
    assert json.loads(done.stdout)["error"]["code"] == code


def test_the_key_has_to_be_the_round_s(packed: Any, govah: Govah, tmp_path: Path, signer: Signer) -> None:
    def code(*arguments: object) -> str:
        done = govah("pack", packed.folder, "f1", *arguments, "--json", "-o", tmp_path / "x.zip", status=2)
        return str(json.loads(done.stdout)["error"]["code"])

    assert code() == "cli.pack_no_key"
    assert not (tmp_path / "data").exists()  # none is made
    other = tmp_path / "other.key"
    other.write_bytes(Signer.generate().private_pem())
    other.chmod(0o644)
    assert code("--key", other) == "cli.bad_key"  # others can read it
    other.chmod(0o600)
    assert code("--key", other) == "cli.pack_foreign_key"
    assert not (tmp_path / "x.zip").exists()


def test_wrong_places_and_kinds(packed_copy: Any, govah: Govah, key: Path, tmp_path: Path) -> None:
    def code(*arguments: object) -> str:
        done = govah("pack", *arguments, "--key", key, "--json", status=2)
        return str(json.loads(done.stdout)["error"]["code"])

    folder = packed_copy.folder
    assert code(folder, "f1", "-o", folder / "evidence" / "x.zip") == "cli.pack_in_evidence"
    assert code(folder, "f1", "--no-redact", "names") == "cli.pack_unknown_kind"
    assert code(tmp_path / "none", "f1") == "cli.no_evidence"
    (tmp_path / "file").write_text("")
    assert code(folder, "f1", "-o", tmp_path / "file" / "x.zip") == "cli.pack_not_written"
    packed_copy.findings.unlink()
    assert code(folder, "f1") == "cli.no_findings"


@pytest.mark.parametrize(
    "name",
    [
        "evidence/shard-0002/seg-1-00001.warc.gz",
        "evidence/manifest.sig",
        "evidence/records.txt",
        "results/findings.manifest.json",
    ],
)
def test_a_round_that_does_not_verify_gives_no_pack(
    packed_copy: Any, govah: Govah, key: Path, tmp_path: Path, name: str
) -> None:
    path = packed_copy.folder / name
    content = path.read_bytes()
    path.write_bytes(content[:-9] + bytes([content[-9] ^ 1]) + content[-8:])
    target = tmp_path / "x.zip"
    done = govah("pack", packed_copy.folder, "f1", "--key", key, "-o", target, status=4)
    assert "govah makes no pack from a round whose evidence fails verification" in done.stderr
    assert name.rpartition("/")[2].partition(".")[0] in done.stderr
    assert not target.exists()


def test_a_finding_s_id_names_no_place(packed_copy: Any, govah: Govah, key: Path) -> None:
    line = {"captures": [], "id": "../../../evil", "observed": {}}
    packed_copy.findings.write_text(json.dumps(line, sort_keys=True, separators=(",", ":")) + "\n")
    assert seal_findings(packed_copy.findings.parent, packed_copy.evidence, packed_copy.signer)
    made = Path(json.loads(govah("pack", packed_copy.folder, "..", "--key", key, "--json").stdout)["pack"])
    assert made.parent == packed_copy.folder / "results" / "packs"
    assert re.fullmatch(r"[0-9a-f]{20}\.zip", made.name)
    govah("verify", made)


def test_an_unsealed_round_gives_no_pack(packed_copy: Any, govah: Govah, key: Path) -> None:
    (packed_copy.evidence / "manifest.json").unlink()
    done = govah("pack", packed_copy.folder, "f1", "--key", key, "--json", status=4)
    assert json.loads(done.stdout)["error"]["code"] == "cli.pack_refused"


def test_a_pack_that_is_none_and_one_that_was_changed(
    packed: Any, govah: Govah, tmp_path: Path, signer: Signer
) -> None:
    path = tmp_path / "pack.zip"
    path.write_bytes(b"hello")
    found = json.loads(govah("verify", path, "--json", status=4).stdout)
    assert [fault["problem"] for fault in found["faults"]] == ["invalid_pack"]
    assert found["intact"] is False and found["fingerprint"] is None
    members = packed.members(packed.TEXT)
    members["finding.json"] = members["finding.json"].replace(b"verified", b"contradicted")
    path.write_bytes(zipped({**members, "\u202e[bold]x": b""}.items()))
    said = govah("verify", path, status=4).stdout
    assert "finding.json" in said and packed.TEXT in said
    assert "\u202e" not in said and "⟦U+202E⟧[bold]x" in said
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, content in packed.members(packed.TEXT).items():
            pack.writestr(name, content)
    found = json.loads(govah("verify", path, "--json", status=4).stdout)
    assert [fault["problem"] for fault in found["faults"]] == ["changed_zip"]
    assert "zipped it again" in govah("verify", path, status=4).stdout
    path.write_bytes(packed.bytes(packed.TEXT))
    found = json.loads(govah("verify", path, "--fingerprint", "0" * 64, "--json", status=4).stdout)
    assert [fault["problem"] for fault in found["faults"]] == ["foreign_signature"]
    pair = ":".join(signer.fingerprint[at : at + 2] for at in range(0, 64, 2)).upper()
    govah("verify", path, "--fingerprint", pair)
