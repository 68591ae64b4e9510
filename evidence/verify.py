"""Is the evidence untouched? Names every file, record, row, field and finding that is not as sealed.

Streams. Needs nothing but the folder; the key's fingerprint, published before the round, makes it proof
against somebody who seals a forgery with a key of their own. What no verification can show: that the
auditor did not forge before sealing; that is what published checkpoints are for.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from evidence import keys, layout, seal
from evidence import plan as plans
from evidence.fault import PROBLEMS, Fault, Faults
from evidence.manifest_fields import hash_at, missing_hashes, value_at
from evidence.merkle import Tree
from evidence.timestamp_chain import Roots
from evidence.verify_checkpoints import Promises, read_checkpoints, read_history
from evidence.verify_findings import check_findings
from evidence.verify_index import IndexCheck
from evidence.verify_records import Expected, Sealed, check_segment, present_records, sealed_records
from evidence.verify_timestamps import check_timestamps

__all__ = ["PROBLEMS", "Fault", "verify"]

_HASHES = ("key", "plan", "records.root", "sha256sums")
_SUM_LINE = re.compile(rb"([0-9a-f]{64})  ([^\n\x00]{1,4096})\n")


def verify(
    folder: Path,
    *,
    findings: Path | None = None,
    trusted_key: str | None = None,
    authority_roots: Roots | None = None,
) -> list[Fault]:
    """Faults of a sealed evidence folder; none means untouched.

    findings: results/findings.jsonl, whose seal lies beside it. trusted_key: fingerprint that the
    signer's key has to have, hex. authority_roots: what time stamps have to chain to.
    """
    faults = Faults()
    path = folder / layout.MANIFEST
    if not path.exists():
        faults.add(layout.MANIFEST, "", "unsealed")
        return faults.found()
    content = path.read_bytes()
    key = _signer(folder, content, trusted_key, faults)
    manifest = _manifest(content, key, faults)
    known: set[str] = set()  # ids of the captures whose records are as sealed
    if manifest is not None:
        sound = _check_files(folder, manifest, faults)
        known = _check_records(folder, manifest, key, faults, listed=layout.RECORDS in sound)
        _check_plan(folder, manifest, faults)
        check_timestamps(folder, manifest, authority_roots, sound, faults)
    if findings is not None:
        digest = hashlib.sha256(content).hexdigest()
        check_findings(findings, key=key, manifest_sha256=digest, known=known, faults=faults)
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


def _check_files(folder: Path, manifest: dict[str, Any], faults: Faults) -> set[str]:
    """Holds every file against SHA256SUMS; the names of those that are as sealed."""
    path = folder / layout.SUMS
    if not path.exists():
        faults.add(layout.SUMS, "", "missing_file")
        return set()
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != hash_at(manifest, "sha256sums"):
        faults.add(layout.SUMS, "", "changed_file")
    wanted: dict[str, str] = {}
    for number, line in enumerate(content.splitlines(keepends=True), 1):
        match = _SUM_LINE.fullmatch(line)
        if match is None:
            faults.add(layout.SUMS, f"line {number}", "changed_file", "not as a seal writes it")
        else:
            wanted[match.group(2).decode("utf-8", "replace")] = match.group(1).decode("ascii")
    sound: set[str] = set()
    for file in seal.files(folder):
        name = file.relative_to(folder).as_posix()
        if seal.unsummed(name):
            continue
        if name not in wanted:
            faults.add(name, "", "extra_file")
        elif file.is_symlink() or not file.is_file() or _digest(file) != wanted[name]:
            faults.add(name, "", "changed_file")
        else:
            sound.add(name)
        wanted.pop(name, None)
    for name in wanted:
        faults.add(name, "", "missing_file")
    return sound


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_records(
    folder: Path,
    manifest: dict[str, Any],
    key: Ed25519PublicKey | None,
    faults: Faults,
    *,
    listed: bool,
) -> set[str]:
    """Records against the list, the roots and the index; ids of the captures that are as sealed.

    listed: records.txt is as it was sealed.
    """
    promises = Promises(
        read_checkpoints(folder, key, faults) + read_history(folder, manifest, key, faults), faults
    )
    entries = sealed_records(folder / layout.RECORDS, faults) if listed else present_records(folder, faults)
    trees: dict[str, Tree] = {path.name: Tree() for path in layout.shards(folder)}
    for name, tree in trees.items():
        promises.grown(name, tree)
    captures: set[str] = set()
    by_run = itertools.groupby(entries, lambda e: (e.shard, layout.segment_epoch(e.segment)))
    for (shard, epoch), of_run in by_run:
        name = f"{shard}/{layout.index_name(epoch)}"
        check = IndexCheck(folder / name, name, faults)
        for expected in _run(folder, of_run, trees, promises, faults):
            if expected.capture is not None:
                captures.add(expected.capture[1])
            check.check(expected)
        check.finish()
    promises.finish()
    _check_totals(manifest, trees, len(captures), faults)
    return captures


def _run(
    folder: Path, entries: Iterator[Sealed], trees: dict[str, Tree], promises: Promises, faults: Faults
) -> Iterator[Expected]:
    for (shard, segment), group in itertools.groupby(entries, lambda e: (e.shard, e.segment)):
        sealed = list(group)
        tree = trees.setdefault(shard, Tree())
        for entry in sealed:
            tree.add(entry.leaf)
            promises.grown(shard, tree)
        path = folder / shard / segment
        if path.is_file() and not path.is_symlink():
            yield from check_segment(path, f"{shard}/{segment}", sealed, faults)
        else:
            yield from (Expected(entry.position, None, None) for entry in sealed)


def _check_totals(manifest: dict[str, Any], trees: dict[str, Tree], captures: int, faults: Faults) -> None:
    whole = Tree()
    for name in sorted(trees):
        whole.add(trees[name].root)
    wanted: dict[str, Any] = {
        "records.root": whole.root.hex(),
        "records.count": sum(tree.size for tree in trees.values()),
    }
    for name, tree in trees.items():
        wanted[f"records.shards.{name}.count"] = tree.size
        wanted[f"records.shards.{name}.root"] = tree.root.hex()
    if not any(fault.problem in ("changed_record", "torn_file", "missing_file") for fault in faults.found()):
        wanted["captures"] = captures
    for field, value in wanted.items():
        if value_at(manifest, field) != value:
            faults.add(layout.MANIFEST, field, "changed_field", str(value))


def _check_plan(folder: Path, manifest: dict[str, Any], faults: Faults) -> None:
    plan = plans.in_force(folder)
    if plan.is_file() and _digest(plan) != manifest.get("plan"):
        faults.add(layout.MANIFEST, "plan", "changed_field", _digest(plan))
