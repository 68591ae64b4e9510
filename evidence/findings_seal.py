"""The seal over the findings: their tree, bound to one sealed evidence folder, with a signature.

It holds no time, so that judging the same evidence again gives the same bytes. Knows findings as lines of
canonical JSON with an `id`, nothing more.

    results/findings.jsonl           the findings, one a line
    results/findings.leaves.txt      `<leaf> <id>`, in the same order
    results/findings.claims.jsonl    the claims that were judged, as they were read
    results/findings.manifest.json   count, root, hash, the evidence they rest on, the rules and settings they were made by
    results/findings.manifest.sig    Ed25519 over the manifest
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence import keys, layout
from evidence.errors import SealError
from evidence.keys import Signer
from evidence.merkle import Tree, leaf_hash
from evidence.sealed import manifest_in_force

FORMAT = "govah-findings-manifest/1"
FINDINGS = "findings.jsonl"
LEAVES = "findings.leaves.txt"
CLAIMS = "findings.claims.jsonl"
MANIFEST = "findings.manifest.json"
SIGNATURE = "findings.manifest.sig"
UNFINISHED = (
    "findings.unfinished"  # there while a judgement is written: what lies beside it is of two judgements
)
_LONGEST = 16 << 20  # bytes of a line; what goes on past it is no finding of ours, and is read in pieces


@dataclass(frozen=True, slots=True)
class FindingLine:
    """A line of findings.jsonl. id: "" when the line is no JSON object with one."""

    number: int
    id: str
    leaf: bytes
    captures: tuple[str, ...]


def finding_lines(path: Path) -> Iterator[FindingLine]:
    """Every line; the leaf is over its bytes without the line end."""
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(_LONGEST), b""), 1):
            content = line.removesuffix(b"\n")
            id_, captures = _parse(content)
            yield FindingLine(number, id_, leaf_hash(content), captures)


def _parse(content: bytes) -> tuple[str, tuple[str, ...]]:
    try:
        values = json.loads(content)
        return str(values["id"]), tuple(str(capture) for capture in values.get("captures", ()))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "", ()


def summary(findings: Path) -> dict[str, Any]:
    """Count, root and hash of a findings file, as manifests hold them. Raises SealError."""
    tree = Tree()
    for line in finding_lines(findings):
        if not line.id:
            raise SealError(f"{findings}: line {line.number} is no finding")
        tree.add(line.leaf)
    with findings.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"count": tree.size, "root": tree.root.hex(), "sha256": digest}


def seal_findings(
    results: Path,
    evidence: Path,
    signer: Signer,
    now: Callable[[], dt.datetime] | None = None,
    judged: Mapping[str, Any] | None = None,
) -> bool:
    """Signs results/findings.jsonl as resting on the sealed evidence. False when that is not sealed.

    judged: what the findings rest on besides the evidence; kept in the manifest as it is. With it goes the hash of
    findings.claims.jsonl, which has to be there.

    An existing seal of the same findings over the same evidence stays as it is, whoever signed it, so
    that a check repeated on a machine without the auditor's key leaves the auditor's signature alone.
    `now` is taken for the symmetry of seals and not used: the manifest holds no time.
    """
    content = manifest_in_force(evidence)
    if content is None:
        return False
    leaves = b"".join(f"{line.leaf.hex()} {line.id}\n".encode() for line in finding_lines(results / FINDINGS))
    values = {
        "evidence": hashlib.sha256(content).hexdigest(),
        "findings": {**summary(results / FINDINGS), "leaves_sha256": hashlib.sha256(leaves).hexdigest()},
        "format": FORMAT,
        "round": json.loads(content)["round"],
    }
    if judged is not None:
        claims = hashlib.sha256((results / CLAIMS).read_bytes()).hexdigest()
        values["judged"] = {**judged, "claims_sha256": claims}
    if not _stands(results, evidence, values, signer):
        signed = layout.canonical({**values, "key": signer.fingerprint})
        layout.write_whole(results / SIGNATURE, signer.sign(signed))
        layout.write_whole(results / MANIFEST, signed)
    layout.write_whole(results / LEAVES, leaves)
    return True


def _stands(results: Path, evidence: Path, values: dict[str, Any], signer: Signer) -> bool:
    """Whether a valid seal by the evidence's own signer says this already.

    To another signer it does as soon as findings and evidence are the same: other rules that come to the same are no
    reason to take the auditor's signature away. The auditor's own seal names the rules it was made by.
    """
    try:
        content = (results / MANIFEST).read_bytes()
        signature = (results / SIGNATURE).read_bytes()
        key = keys.parse_public((evidence / layout.SIGNER).read_bytes())
    except FileNotFoundError:
        return False
    if key is None or not keys.verifies(key, signature, content):
        return False
    present = json.loads(content)
    if present.pop("key") != keys.fingerprint(key):
        return False
    if signer.fingerprint != keys.fingerprint(key):
        present, values = ({k: v for k, v in each.items() if k != "judged"} for each in (present, values))
    return bool(present == values)
