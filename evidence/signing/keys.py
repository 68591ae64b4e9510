"""The auditor's key: Ed25519, kept outside the round, known to others by its fingerprint."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from evidence import layout
from evidence.errors import EvidenceError


class KeyUnusable(EvidenceError):
    """The key file is readable by others, or holds no Ed25519 key."""


class KeyMissing(KeyUnusable):
    """There is no key file. path: where it was looked for."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path}: there is no such file")
        self.path = path


def default_path(environment: Mapping[str, str]) -> Path:
    """Where the auditor's key lies by default: the XDG data folder, `govah/signer.key`."""
    base = environment.get("XDG_DATA_HOME", "")
    if not Path(base).is_absolute():
        base = str(Path(environment.get("HOME", "~")).expanduser() / ".local" / "share")
    return Path(base) / "govah" / "signer.key"


class Signer:
    """A private key that signs manifests and checkpoints."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @classmethod
    def generate(cls) -> Signer:
        return cls(Ed25519PrivateKey.generate())

    @property
    def public_pem(self) -> bytes:
        return public_pem(self._key.public_key())

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the public key's SubjectPublicKeyInfo (DER), hex."""
        return fingerprint(self._key.public_key())

    def sign(self, content: bytes) -> bytes:
        return self._key.sign(content)

    def private_pem(self) -> bytes:
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def load_or_create(path: Path) -> Signer:
    """The key of the file, made with mode 0600 when there is none. Raises KeyUnusable.

    For who asks for a new key by name. Whatever signs loads one: a name that was mistyped would sign with a new key.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        signer = Signer.generate()
        try:  # not `layout.whole_file`: a key that somebody else made meanwhile is never replaced
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            return load(path)
        try:
            layout.write_all(descriptor, signer.private_pem())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        layout.sync_folder(path.parent)
        return signer
    return load(path)


def load(path: Path) -> Signer:
    """Raises KeyMissing, KeyUnusable."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise KeyMissing(path) from None
    if not stat.S_ISREG(mode):
        raise KeyUnusable(f"{path} is no file")
    if mode & 0o077:
        raise KeyUnusable(f"{path} can be read by others; chmod 600 it, and consider the key known to them")
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise KeyUnusable(f"{path}: {error}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyUnusable(f"{path} holds a key of another kind than Ed25519")
    return Signer(key)


def public_pem(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def fingerprint(key: Ed25519PublicKey) -> str:
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def plain(fingerprint: str) -> str:
    """A fingerprint as people write it, as `fingerprint` gives it: without colons, in small letters."""
    return fingerprint.replace(":", "").strip().lower()


def parse_public(pem: bytes) -> Ed25519PublicKey | None:
    """None when it is no Ed25519 public key."""
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, Ed25519PublicKey) else None


def verifies(key: Ed25519PublicKey, signature: bytes, content: bytes) -> bool:
    try:
        key.verify(signature, content)
    except InvalidSignature:
        return False
    return True
