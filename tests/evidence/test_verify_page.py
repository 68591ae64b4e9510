"""docs/verify.md: its commands are run as they stand there, with ordinary tools alone."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from evidence.keys import Signer

PAGE = Path(__file__).parents[2] / "docs" / "verify.md"
TOOLS = (
    "bash base64 cut diff find grep gunzip gzip head mktemp openssl sed sha256sum sort tail test tr".split()
)


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder with the tools that the page names, and no other."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        assert found, f"{name} is part of every Debian"
        (folder / name).symlink_to(found)
    return folder


@pytest.fixture
def round_folder(sealed_origin: Path, tmp_path: Path) -> Path:
    return shutil.copytree(sealed_origin, tmp_path / "a round")


def _run(round_folder: Path, tools: Path) -> subprocess.CompletedProcess[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 9
    # gunzip is a script of /bin/sh that looks gzip up; everything else is found by the path alone.
    environment = {"PATH": str(tools), "ROUND": str(round_folder), "TMPDIR": os.environ.get("TMPDIR", "/tmp")}
    script = "set -eu\n" + "\n".join(blocks)
    return subprocess.run(
        [tools / "bash", "-c", script], env=environment, capture_output=True, text=True, errors="replace"
    )


def test_the_page_verifies_a_sealed_round(round_folder: Path, tools: Path, signer: Signer) -> None:
    done = _run(round_folder, tools)
    assert done.returncode == 0, done.stdout + done.stderr
    assert signer.fingerprint in done.stdout
    assert done.stdout.count("Signature Verified Successfully") == 3
    assert "WARC/1.1" in done.stdout
    assert "Govah-Capture" in done.stdout


@pytest.mark.parametrize(
    "name",
    [
        "evidence/shard-0001/seg-1-00002.warc.gz",
        "evidence/shard-0001/index-2.sqlite",
        "evidence/manifest.json",
        "evidence/manifest.sig",
        "evidence/SHA256SUMS",
        "evidence/records.txt",
        "evidence/checkpoints.jsonl",
        "results/findings.jsonl",
        "results/findings.manifest.json",
    ],
)
def test_the_page_sees_a_changed_byte(round_folder: Path, tools: Path, name: str) -> None:
    path = round_folder / name
    content = path.read_bytes()
    middle = len(content) // 2
    path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    assert _run(round_folder, tools).returncode != 0


def test_the_page_sees_missing_and_extra_files(round_folder: Path, tools: Path) -> None:
    extra = round_folder / "evidence" / "extra.txt"
    extra.write_text("")
    assert _run(round_folder, tools).returncode != 0
    extra.unlink()
    (round_folder / "evidence" / "shard-0001" / "head.json").unlink()
    assert _run(round_folder, tools).returncode != 0
