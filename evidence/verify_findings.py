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
from evidence.manifest_fields import hash_at, value_at
from evidence.merkle import Tree
from evidence.regular import content, digest, is_regular
from evidence.signed import manifest_of

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
    if (folder / findings_seal.UNFINISHED).exists():
        faults.add(findings.name, "", "cut_short")
        return
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
        _check_claims(folder / findings_seal.CLAIMS, manifest, faults)
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
    manifest = manifest_of(signed, path.name, findings_seal.FORMAT, _HASHES, faults)
    if manifest is None:
        return None
    if key is not None and manifest.get("key") != keys.fingerprint(key):
        faults.add(path.name, "key", "foreign_signature", str(manifest.get("key")))
    elif key is not None and signature is not None and not keys.verifies(key, signature, signed):
        faults.add(path.name, findings_seal.SIGNATURE, "invalid_signature")
    return manifest


def _check_lines(findings: Path, leaves: Path, manifest: dict[str, Any], faults: Faults) -> None:
    tree = Tree()
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
        return
    if not is_regular(claims):
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
