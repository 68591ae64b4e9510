"""Holds the fields of the manifest, and of the heads of the shards, against what the folder says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from evidence import layout, seal
from evidence.errors import EvidenceDamaged
from evidence.fault import Faults
from evidence.regular_files import content, digest, is_regular
from evidence.signing import keys
from evidence.signing.manifest_fields import hash_at, value_at
from evidence.signing.merkle import MerkleTree
from evidence.signing.signed_manifest import manifest_of
from evidence.store import plan as plans
from evidence.store.recording import time_text
from evidence.verify.archive import ArchiveCheck

_HASHES = ("key", "plan", "records.root", "sha256sums")
_UNKNOWN_NUMBER = frozenset({"changed_record", "torn_file", "missing_file"})  # of captures, then


def read_manifest(signed: bytes, key: Ed25519PublicKey | None, faults: Faults) -> dict[str, Any] | None:
    """The manifest of the evidence; None when it is none."""
    manifest = manifest_of(signed, layout.MANIFEST, seal.FORMAT, _HASHES, faults)
    if manifest is None:
        return None
    if "prev" in manifest and hash_at(manifest, "prev") is None:
        faults.add(layout.MANIFEST, "prev", "null_hash")
    if key is not None and manifest.get("key") != keys.fingerprint(key):
        faults.add(layout.SIGNER, "", "foreign_signature", keys.fingerprint(key))
        faults.add(layout.MANIFEST, "key", "changed_field", keys.fingerprint(key))
    return manifest


def check_fields(folder: Path, manifest: dict[str, Any], archive: ArchiveCheck, faults: Faults) -> None:
    """Every field that can be told from the folder."""
    wanted = _totals(archive)
    if not any(fault.problem in _UNKNOWN_NUMBER for fault in faults.found()):
        wanted["captures"] = archive.captures
    wanted["checkpoints"] = (content(folder / layout.CHECKPOINTS) or b"").count(b"\n")
    plan = digest(plans.in_force(folder))
    if plan is not None:
        wanted["plan"] = plan
    if is_regular(folder / layout.PLAN):
        try:
            wanted["opened"] = time_text(plans.opened_at(folder))
        except (EvidenceDamaged, ValueError):
            faults.add(layout.PLAN, "opened", "changed_field")
    for field, value in wanted.items():
        if value_at(manifest, field) != value:
            faults.add(layout.MANIFEST, field, "changed_field", str(value))
    for shard in layout.shards(folder):
        if shard.name in archive.trees:
            _check_head(shard, archive.trees[shard.name], faults)


def _totals(archive: ArchiveCheck) -> dict[str, Any]:
    whole = MerkleTree()
    for name in sorted(archive.trees):
        whole.add(archive.trees[name].root)
    wanted: dict[str, Any] = {
        "records.root": whole.root.hex(),
        "records.count": sum(tree.size for tree in archive.trees.values()),
    }
    for name, tree in archive.trees.items():
        wanted[f"records.shards.{name}.count"] = tree.size
        wanted[f"records.shards.{name}.root"] = tree.root.hex()
    return wanted


def _check_head(shard: Path, tree: MerkleTree, faults: Faults) -> None:
    present = content(shard / layout.HEAD)
    if present is None:
        return
    wanted = plans.head(tree)
    try:
        head = json.loads(present)
    except (ValueError, RecursionError):
        head = {}
    for field, value in wanted.items():
        if not isinstance(head, dict) or head.get(field) != value:
            faults.add(f"{shard.name}/{layout.HEAD}", field, "changed_field", str(value))
