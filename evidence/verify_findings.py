"""Holds findings.jsonl against its seal and against the captures that it cites."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from evidence import findings_seal, keys
from evidence.fault import Faults
from evidence.findings_seal import finding_lines
from evidence.manifest_fields import hash_at, missing_hashes, value_at
from evidence.merkle import Tree
from evidence.regular import content, digest, is_regular

_LEAF = re.compile(rb"([0-9a-f]{64}) (.+)\n")
_HASHES = ("evidence", "findings.leaves_sha256", "findings.root", "findings.sha256", "key")


def cited_captures(findings: Path) -> frozenset[str]:
    """Ids of the captures that findings rest on, whether those are there or not."""
    if not is_regular(findings):
        return frozenset()
    return frozenset(capture for line in finding_lines(findings) for capture in line.captures)


def check_findings(
    findings: Path,
    *,
    key: Ed25519PublicKey | None,
    evidence: bytes,
    known: Collection[str] | None,
    faults: Faults,
) -> None:
    """key: the evidence's signer. evidence: its manifest, as it is.

    known: ids of the captures that are there and as sealed; None when nothing is known of any.
    """
    folder = findings.parent
    if not is_regular(findings):
        if (folder / findings_seal.MANIFEST).exists():
            faults.add(findings.name, "", "missing_file")
        return
    manifest = _manifest(folder, key, faults)
    if manifest is not None:
        if manifest.get("evidence") != hashlib.sha256(evidence).hexdigest():
            faults.add(findings_seal.MANIFEST, "evidence", "stale_findings")
        elif known is not None and manifest.get("round") != json.loads(evidence).get("round"):
            faults.add(
                findings_seal.MANIFEST, "round", "changed_field", str(json.loads(evidence).get("round"))
            )
        _check_lines(findings, folder / findings_seal.LEAVES, manifest, faults)
    for line in finding_lines(findings) if known is not None else ():
        for capture in line.captures:
            if known is not None and capture not in known:
                faults.add(findings.name, line.id or f"line {line.number}", "unknown_capture", capture)


def _manifest(folder: Path, key: Ed25519PublicKey | None, faults: Faults) -> dict[str, Any] | None:
    """The findings' manifest, when there is one that can be read."""
    for name in (findings_seal.MANIFEST, findings_seal.SIGNATURE):
        if not is_regular(folder / name):
            faults.add(name, "", "missing_signature")
    path = folder / findings_seal.MANIFEST
    signed, signature = content(path), content(folder / findings_seal.SIGNATURE)
    if signed is None:
        return None
    try:
        manifest = json.loads(signed)
    except (ValueError, RecursionError) as error:
        faults.add(path.name, "", "invalid_manifest", str(error))
        return None
    if not isinstance(manifest, dict) or manifest.get("format") != findings_seal.FORMAT:
        faults.add(path.name, "format", "invalid_manifest")
        return None
    for field in missing_hashes(manifest, _HASHES):
        faults.add(path.name, field, "null_hash")
    if key is not None and manifest.get("key") != keys.fingerprint(key):
        faults.add(path.name, "key", "foreign_signature", str(manifest.get("key")))
    elif key is not None and signature is not None and not keys.verifies(key, signature, signed):
        faults.add(path.name, findings_seal.SIGNATURE, "invalid_signature")
    return manifest


def _check_lines(findings: Path, leaves: Path, manifest: dict[str, Any], faults: Faults) -> None:
    tree = Tree()
    for line in finding_lines(findings):
        tree.add(line.leaf)
    same = digest(findings) == hash_at(manifest, "findings.sha256")
    if not same:
        faults.add(findings.name, "", "changed_file")
    if tree.root.hex() != hash_at(manifest, "findings.root") and same:
        faults.add(findings_seal.MANIFEST, "findings.root", "changed_field", tree.root.hex())
    if tree.size != value_at(manifest, "findings.count") and same:
        faults.add(findings_seal.MANIFEST, "findings.count", "changed_field", str(tree.size))
    if not is_regular(leaves):
        faults.add(leaves.name, "", "missing_file")
        return
    if digest(leaves) != hash_at(manifest, "findings.leaves_sha256"):
        faults.add(leaves.name, "", "changed_file")
        if same:
            _explain_leaves(findings, leaves, faults)
    if not same:
        _explain(findings, leaves, faults)


def _explain_leaves(findings: Path, leaves: Path, faults: Faults) -> None:
    """The findings are as sealed, their leaves are not: the first line that does not fit."""
    with leaves.open("rb") as file:
        number = 0
        for number, line in enumerate(finding_lines(findings), 1):
            wanted = f"{line.leaf.hex()} {line.id}\n".encode("utf-8", "replace")
            if file.readline(len(wanted) + 1) != wanted:
                faults.add(leaves.name, f"line {number}", "changed_file", line.id)
                return
        if file.read(1):
            faults.add(leaves.name, f"line {number + 1}", "changed_file")


def _explain(findings: Path, leaves: Path, faults: Faults) -> None:
    """Which findings were edited, removed, added or moved."""
    name = findings.name
    with leaves.open("rb") as file:
        sealed = {
            match.group(2).decode("utf-8", "replace"): match.group(1).decode("ascii")
            for match in map(_LEAF.fullmatch, file)
            if match
        }
    order = {id_: number for number, id_ in enumerate(sealed)}
    seen: set[str] = set()
    last = -1
    for line in finding_lines(findings):
        item = line.id or f"line {line.number}"
        if line.id not in sealed or line.id in seen:
            faults.add(name, item, "added_finding" if line.id else "changed_finding", str(line.number))
            continue
        seen.add(line.id)
        if sealed[line.id] != line.leaf.hex():
            faults.add(name, item, "changed_finding", str(line.number))
        if order[line.id] < last:
            faults.add(name, item, "reordered_finding", str(line.number))
        last = max(last, order[line.id])
    for id_ in sealed:
        if id_ not in seen:
            faults.add(name, id_, "missing_finding")
