"""Is the evidence untouched? Names every file, record, row, field and finding that is not as sealed.

Streams. Needs nothing but the folder; the key's fingerprint, published before the round, makes it proof
against somebody who seals a forgery with a key of their own. What no verification can show: that the
auditor did not forge before sealing; that is what published checkpoints are for.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from evidence import keys, layout, seal
from evidence import plan as plans
from evidence.fault import PROBLEMS, Fault, Faults
from evidence.manifest_fields import hash_at, missing_hashes, value_at
from evidence.merkle import Tree
from evidence.timestamp_chain import Roots
from evidence.verify_archive import Archive, check_archive
from evidence.verify_checkpoints import Promises, read_checkpoints, read_history
from evidence.verify_files import check_files, read_sums
from evidence.verify_findings import check_findings, cited_captures
from evidence.verify_segment import digest
from evidence.verify_timestamps import check_timestamps

__all__ = ["PROBLEMS", "Fault", "verify"]

_HASHES = ("key", "plan", "records.root", "sha256sums")


def verify(
    folder: Path,
    *,
    findings: Path | None = None,
    trusted_key: str | None = None,
    authority_roots: Roots | None = None,
    jobs: int = 1,
) -> list[Fault]:
    """Faults of a sealed evidence folder; none means untouched.

    findings: results/findings.jsonl, whose seal lies beside it. trusted_key: fingerprint that the
    signer's key has to have, hex. authority_roots: what time stamps have to chain to. jobs: processes that share a large archive; what is said does not
    depend on it.
    """
    faults = Faults()
    path = folder / layout.MANIFEST
    if not path.exists():
        faults.add(layout.MANIFEST, "", "unsealed")
        return faults.found()
    content = path.read_bytes()
    key = _signer(folder, content, trusted_key, faults)
    manifest = _manifest(content, key, faults)
    known: frozenset[str] = frozenset()  # ids of the captures whose records are as sealed, of those cited
    if manifest is not None:
        sums = read_sums(folder, manifest, faults)
        inner = Faults()  # of records, said after those of files
        promises = _promises(folder, manifest, key, inner)
        cited = cited_captures(findings) if findings is not None else frozenset()
        archive = check_archive(folder, sums, promises, cited, jobs=jobs, faults=inner)
        known = archive.cited
        sound = check_files(folder, sums, archive.files, faults)
        faults.extend(inner.found())
        _check_totals(manifest, archive, faults)
        _check_plan(folder, manifest, faults)
        check_timestamps(folder, manifest, authority_roots, sound, faults)
    if findings is not None:
        sha256 = hashlib.sha256(content).hexdigest()
        check_findings(findings, key=key, manifest_sha256=sha256, known=known, faults=faults)
    return faults.found()


def _signer(folder: Path, content: bytes, trusted_key: str | None, faults: Faults) -> Ed25519PublicKey | None:
    """The key of signer.pem, after holding it against the signature and the trusted fingerprint."""
    pem, signature = folder / layout.SIGNER, folder / layout.SIGNATURE
    if not signature.exists():
        faults.add(layout.SIGNATURE, "", "missing_signature")
    if not pem.exists():
        faults.add(layout.SIGNER, "", "missing_file")
        return None
    key = keys.parse_public(pem.read_bytes())
    if key is None:
        faults.add(layout.SIGNER, "", "changed_file", "no Ed25519 public key")
        return None
    fingerprint = keys.fingerprint(key)
    if trusted_key is not None and fingerprint != trusted_key.replace(":", "").strip().lower():
        faults.add(layout.SIGNER, "", "foreign_signature", fingerprint)
    if signature.exists() and not keys.verifies(key, signature.read_bytes(), content):
        faults.add(layout.MANIFEST, layout.SIGNATURE, "invalid_signature")
    return key


def _manifest(content: bytes, key: Ed25519PublicKey | None, faults: Faults) -> dict[str, Any] | None:
    try:
        manifest = json.loads(content)
    except (ValueError, RecursionError) as error:
        faults.add(layout.MANIFEST, "", "invalid_manifest", str(error))
        return None
    if not isinstance(manifest, dict) or manifest.get("format") != seal.FORMAT:
        faults.add(layout.MANIFEST, "format", "invalid_manifest")
        return None
    for field in missing_hashes(manifest, _HASHES):
        faults.add(layout.MANIFEST, field, "null_hash")
    if "prev" in manifest and hash_at(manifest, "prev") is None:
        faults.add(layout.MANIFEST, "prev", "null_hash")
    if key is not None and manifest.get("key") != keys.fingerprint(key):
        faults.add(layout.SIGNER, "", "foreign_signature", keys.fingerprint(key))
    return manifest


def _promises(
    folder: Path, manifest: dict[str, Any], key: Ed25519PublicKey | None, faults: Faults
) -> Promises:
    return Promises(
        read_checkpoints(folder, key, faults) + read_history(folder, manifest, key, faults), faults
    )


def _check_totals(manifest: dict[str, Any], archive: Archive, faults: Faults) -> None:
    whole = Tree()
    for name in sorted(archive.trees):
        whole.add(archive.trees[name].root)
    wanted: dict[str, Any] = {
        "records.root": whole.root.hex(),
        "records.count": sum(tree.size for tree in archive.trees.values()),
    }
    for name, tree in archive.trees.items():
        wanted[f"records.shards.{name}.count"] = tree.size
        wanted[f"records.shards.{name}.root"] = tree.root.hex()
    if not any(fault.problem in ("changed_record", "torn_file", "missing_file") for fault in faults.found()):
        wanted["captures"] = archive.captures
    for field, value in wanted.items():
        if value_at(manifest, field) != value:
            faults.add(layout.MANIFEST, field, "changed_field", str(value))


def _check_plan(folder: Path, manifest: dict[str, Any], faults: Faults) -> None:
    plan = plans.in_force(folder)
    found = digest(plan)
    if found is not None and found != manifest.get("plan"):
        faults.add(layout.MANIFEST, "plan", "changed_field", found)
