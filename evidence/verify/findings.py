"""Holds findings.jsonl against its seal.

Not here: the captures that findings cite (`evidence.verify.cited_captures`), judgements that were replaced
(`evidence.verify.earlier_judgements`).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from evidence.fault import Faults
from evidence.regular_files import content, digest, is_regular
from evidence.signing import findings_seal, keys
from evidence.signing.earlier_judgements import FILES
from evidence.signing.findings_seal import finding_lines
from evidence.signing.manifest_fields import hash_at, value_at
from evidence.signing.merkle import MerkleTree
from evidence.signing.signed_manifest import manifest_of

_LEAF = re.compile(rb"([0-9a-f]{64}) (.+)\n")
_LONGEST = 16 << 20  # bytes of a line of leaves that are looked at
_HASHES = ("evidence", "findings.leaves_sha256", "findings.root", "findings.sha256", "key")


def judged(results: Path) -> bool:
    """Whether there is anything of a judgement, in force or replaced."""
    return any(
        os.path.lexists(results / name) for name in (*FILES, findings_seal.EARLIER, findings_seal.UNFINISHED)
    )


def cut_short(results: Path) -> bool:
    """Whether a check died while it wrote the judgement that lies there."""
    return os.path.lexists(results / findings_seal.UNFINISHED)


def check_findings(
    findings: Path, *, key: Ed25519PublicKey | None, evidence: bytes, whole: bool, faults: Faults
) -> None:
    """key: the evidence's signer. evidence: its manifest, as it is. whole: that one can be read."""
    manifest = check_judgement(findings.parent, key, faults)
    if manifest is None:
        return
    if manifest.get("evidence") != hashlib.sha256(evidence).hexdigest():
        faults.add(findings_seal.MANIFEST, "evidence", "stale_findings")
    elif whole and manifest.get("round") != json.loads(evidence).get("round"):
        faults.add(findings_seal.MANIFEST, "round", "changed_field", str(json.loads(evidence).get("round")))


def check_judgement(folder: Path, key: Ed25519PublicKey | None, faults: Faults) -> dict[str, Any] | None:
    """A judgement by itself, in its folder: signature, findings, leaves, claims. Its manifest, when that can be read."""
    findings = folder / findings_seal.FINDINGS
    if not is_regular(findings):
        faults.add(findings.name, "", "missing_file")
    manifest = _manifest(folder, key, faults)
    if manifest is not None and is_regular(findings):
        _check_lines(findings, folder / findings_seal.LEAVES, manifest, faults)
    if manifest is not None:
        _check_claims(folder / findings_seal.CLAIMS, manifest, faults)
    return manifest


def _manifest(folder: Path, key: Ed25519PublicKey | None, faults: Faults) -> dict[str, Any] | None:
    """The findings' manifest, when there is one that can be read."""
    for name in (findings_seal.MANIFEST, findings_seal.SIGNATURE):
        if not is_regular(folder / name):
            faults.add(name, "", "missing_signature")
    path = folder / findings_seal.MANIFEST
    signed, signature = content(path), content(folder / findings_seal.SIGNATURE)
    if signed is None:
        return None
    manifest = manifest_of(signed, path.name, findings_seal.FORMAT, _HASHES, faults)
    if manifest is None:
        return None
    if "previous" in manifest and hash_at(manifest, "previous") is None:
        faults.add(path.name, "previous", "null_hash")
    if key is not None and manifest.get("key") != keys.fingerprint(key):
        faults.add(path.name, "key", "foreign_signature", str(manifest.get("key")))
    elif key is not None and signature is not None and not keys.verifies(key, signature, signed):
        faults.add(path.name, findings_seal.SIGNATURE, "invalid_signature")
    return manifest


def _check_lines(findings: Path, leaves: Path, manifest: dict[str, Any], faults: Faults) -> None:
    tree = MerkleTree()
    for line in finding_lines(findings):
        tree.add(line.leaf)
    found = digest(findings)
    same = found == hash_at(manifest, "findings.sha256")
    if not same and _ends_well(findings) and _root_and_count(manifest) == (tree.root.hex(), tree.size):
        faults.add(findings_seal.MANIFEST, "findings.sha256", "changed_field", str(found))
        same = True
    elif not same:
        faults.add(findings.name, "", "changed_file")
    if tree.root.hex() != hash_at(manifest, "findings.root") and same:
        faults.add(findings_seal.MANIFEST, "findings.root", "changed_field", tree.root.hex())
    if tree.size != value_at(manifest, "findings.count") and same:
        faults.add(findings_seal.MANIFEST, "findings.count", "changed_field", str(tree.size))
    if not is_regular(leaves):
        faults.add(leaves.name, "", "missing_file")
        return
    found = digest(leaves)
    if found != hash_at(manifest, "findings.leaves_sha256"):
        other = _first_other(findings, leaves) if same else 0
        if other is None:
            faults.add(findings_seal.MANIFEST, "findings.leaves_sha256", "changed_field", str(found))
        else:
            faults.add(leaves.name, f"line {other}" if other else "", "changed_file")
    if not same:
        _explain(findings, leaves, faults)


def _check_claims(claims: Path, manifest: dict[str, Any], faults: Faults) -> None:
    """The claims that were judged. A seal of an older version names none."""
    if "judged" not in manifest:
        if os.path.lexists(claims):
            faults.add(claims.name, "", "extra_file")
    elif not is_regular(claims):
        faults.add(claims.name, "", "missing_file")
    elif digest(claims) != hash_at(manifest, "judged.claims_sha256"):
        faults.add(claims.name, "", "changed_file")


def _root_and_count(manifest: dict[str, Any]) -> tuple[Any, Any]:
    return value_at(manifest, "findings.root"), value_at(manifest, "findings.count")


def _ends_well(findings: Path) -> bool:
    """Whether the last line has an end, which is no part of its leaf."""
    with findings.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 1))
        return size == 0 or file.read(1) == b"\n"


def _first_other(findings: Path, leaves: Path) -> int | None:
    """Number of the first line of the leaves that the findings do not have; None when there is none."""
    with leaves.open("rb") as file:
        number = 0
        for number, line in enumerate(finding_lines(findings), 1):
            wanted = f"{line.leaf.hex()} {line.id}\n".encode("utf-8", "replace")
            if file.readline(len(wanted) + 1) != wanted:
                return number
        return number + 1 if file.read(1) else None


def _bounded(file: BinaryIO) -> Iterator[bytes]:
    """Its lines; one past all bounds in pieces."""
    return iter(lambda: file.readline(_LONGEST), b"")


def _explain(findings: Path, leaves: Path, faults: Faults) -> None:
    """Which findings were edited, removed, added or moved."""
    name = findings.name
    with leaves.open("rb") as file:
        sealed = {
            match.group(2).decode("utf-8", "replace"): match.group(1).decode("ascii")
            for match in map(_LEAF.fullmatch, _bounded(file))
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
