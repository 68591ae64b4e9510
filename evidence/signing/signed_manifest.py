"""What every verification asks first: whose key lies there, and is this a manifest that can be read at all."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from evidence import layout
from evidence.fault import Faults
from evidence.signing import keys
from evidence.signing.manifest_fields import missing_hashes


def signer_of(
    pem: bytes | None, trusted_key: str | None, faults: Faults, name: str = layout.SIGNER
) -> Ed25519PublicKey | None:
    """The key of signer.pem, held against the fingerprint that is trusted. pem: None when there is no such file. name: of the file."""
    if pem is None:
        faults.add(name, "", "missing_file")
        return None
    key = keys.parse_public(pem)
    if key is None:
        faults.add(name, "", "changed_file", "no Ed25519 public key")
        return None
    fingerprint = keys.fingerprint(key)
    if trusted_key is not None and fingerprint != keys.plain(trusted_key):
        faults.add(name, "", "foreign_signature", fingerprint)
    return key


def manifest_of(
    signed: bytes, name: str, format: str, hashes: Iterable[str], faults: Faults
) -> dict[str, Any] | None:
    """A manifest of this format; None when it is none. name: of its file. hashes: dotted paths that have to hold one."""
    try:
        manifest = json.loads(signed)
    except (ValueError, RecursionError) as error:
        faults.add(name, "", "invalid_manifest", str(error))
        return None
    if not isinstance(manifest, dict) or manifest.get("format") != format:
        faults.add(name, "format", "invalid_manifest")
        return None
    for field in missing_hashes(manifest, hashes):
        faults.add(name, field, "null_hash")
    return manifest
