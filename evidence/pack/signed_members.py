"""Members of a disclosure pack that a key signed: manifests, in the one form that they have."""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from evidence.canonical import parse_canonical_line
from evidence.fault import Faults
from evidence.pack.format import OTHER_FORM
from evidence.pack.proof_checks import Members, content
from evidence.signing import keys
from evidence.signing.signed_manifest import manifest_of, signer_of


def signer(members: Members, name: str, trusted: str | None, faults: Faults) -> Ed25519PublicKey | None:
    """The key of a member, held against the fingerprint that is trusted."""
    pem = content(members, name) if name in members else None
    key = signer_of(pem, trusted, faults, name)
    if key is not None and keys.public_pem(key) != pem:
        faults.add(name, "", "changed_file", OTHER_FORM)
    return key


def check_signature(
    members: Members, signed: str, signature: str, key: Ed25519PublicKey | None, faults: Faults
) -> None:
    if signature not in members:
        faults.add(signature, "", "missing_signature")
    elif key is not None and not keys.verifies(key, content(members, signature), content(members, signed)):
        faults.add(signed, signature, "invalid_signature")


def signed(
    members: Members, name: str, signature: str, format_: str, key: Ed25519PublicKey | None, faults: Faults
) -> dict[str, Any]:
    """A manifest, its signature looked at; empty when it is none."""
    if name not in members:
        return {}
    check_signature(members, name, signature, key, faults)
    manifest = manifest_of(content(members, name), name, format_, (), faults)
    if manifest is None:
        return {}
    try:
        parse_canonical_line(content(members, name))
    except ValueError as error:
        faults.add(name, "", "invalid_manifest", str(error))
        return {}
    if key is not None and manifest.get("key") != keys.fingerprint(key):
        faults.add(name, "key", "foreign_signature", str(manifest.get("key")))
    return manifest
