"""The auditor's key: private to its owner, the same every time, known by its fingerprint."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest

from evidence.signing import keys
from evidence.signing.keys import KeyUnusable, Signer, load_or_create


def test_a_key_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "signer.key"
    signer = load_or_create(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_or_create(path).fingerprint == signer.fingerprint
    assert load_or_create(path).sign(b"x") == signer.sign(b"x")


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "signer.key"
    load_or_create(path)
    path.chmod(0o640)
    with pytest.raises(KeyUnusable, match="chmod 600"):
        load_or_create(path)


@pytest.mark.parametrize("content", [b"", b"no key", b"\xff" * 100])
def test_a_file_without_a_key_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "signer.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(KeyUnusable):
        load_or_create(path)
    assert path.read_bytes() == content


@pytest.mark.processes
def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "signer.key"
    subprocess.run(["openssl", "genpkey", "-algorithm", "X25519", "-out", path], check=True)
    path.chmod(0o600)
    with pytest.raises(KeyUnusable, match="Ed25519"):
        load_or_create(path)


@pytest.mark.processes
def test_the_fingerprint_is_what_openssl_says(tmp_path: Path) -> None:
    signer = Signer.generate()
    (tmp_path / "signer.pem").write_bytes(signer.public_pem)
    der = subprocess.run(
        ["openssl", "pkey", "-pubin", "-in", tmp_path / "signer.pem", "-outform", "DER"],
        capture_output=True,
        check=True,
    ).stdout
    assert hashlib.sha256(der).hexdigest() == signer.fingerprint


def test_the_default_path_follows_the_xdg_folders() -> None:
    assert keys.default_path({"XDG_DATA_HOME": "/data", "HOME": "/home/a"}) == Path("/data/govah/signer.key")
    home = Path("/home/a/.local/share/govah/signer.key")
    assert keys.default_path({"HOME": "/home/a"}) == home
    assert keys.default_path({"HOME": "/home/a", "XDG_DATA_HOME": "relative"}) == home
