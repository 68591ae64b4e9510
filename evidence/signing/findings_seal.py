"""The seal over the findings: their tree, bound to one sealed evidence folder, with a signature.

It holds no time, so that judging the same evidence again gives the same bytes. Knows findings as lines of
canonical JSON with an `id`, nothing more.

    results/findings.jsonl           the findings, one a line
    results/findings.leaves.txt      `<leaf> <id>`, in the same order
    results/findings.claims.jsonl    the claims that were judged, as they were read
    results/findings.manifest.json   count, root, hash, the evidence they rest on, the rules and settings they were made by,
                                     and the seal that it replaced (`previous`; the first has none)
    results/findings.manifest.sig    Ed25519 over the manifest
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from evidence import layout
from evidence.canonical import canonical_line
from evidence.errors import SealError
from evidence.fault import MOST_FAULTS
from evidence.regular_files import digest_of
from evidence.signing import keys
from evidence.signing.evidence_manifests import manifest_in_force
from evidence.signing.keys import Signer
from evidence.signing.merkle import MerkleTree, leaf_hash

FORMAT = "govah-findings-manifest/1"
FINDINGS = "findings.jsonl"
LEAVES = "findings.leaves.txt"
CLAIMS = "findings.claims.jsonl"
MANIFEST = "findings.manifest.json"
SIGNATURE = "findings.manifest.sig"
EARLIER = "earlier"  # folder of the judgements that were replaced: `evidence.signing.earlier_judgements`
UNFINISHED = (
    "findings.unfinished"  # there while a judgement is written: what lies beside it is of two judgements
)
LONGEST_LINE = 16 << 20  # bytes, the line end included; what goes on past it is no finding of ours
_IN_MEMORY = 8 << 20  # bytes of leaves; what is more waits on the disk
_LONGEST_ID = 1000  # characters; ours, and those of captures, have a tenth of it


@dataclass(frozen=True, slots=True)
class FindingLine:
    """A line of findings.jsonl. id: "" when the line is no JSON object with one that can be."""

    number: int
    id: str
    leaf: bytes
    captures: tuple[str, ...]


def finding_lines(path: Path) -> Iterator[FindingLine]:
    """Every line; the leaf is over its bytes without the line end.

    Ends behind one that goes on past all bounds, and behind a thousand that are no findings: no seal is over such a file.
    """
    with path.open("rb") as file:
        yield from _lines(file)


def _lines(file: IO[bytes]) -> Iterator[FindingLine]:
    broken = 0
    for number, line in enumerate(iter(lambda: file.readline(LONGEST_LINE), b""), 1):
        content = line.removesuffix(b"\n")
        id_, captures = _parse(content)
        yield FindingLine(number, id_, leaf_hash(content), captures)
        broken += not id_
        if len(line) == LONGEST_LINE or broken > MOST_FAULTS:
            return


def _parse(content: bytes) -> tuple[str, tuple[str, ...]]:
    try:
        values = json.loads(content)
        id_ = values["id"]
        if not isinstance(id_, str) or len(id_) > _LONGEST_ID:
            return "", ()
        return id_, tuple(str(capture)[:_LONGEST_ID] for capture in values.get("captures", ()))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "", ()


def summary(findings: Path) -> dict[str, Any]:
    """Count, root and hash of a findings file, as manifests hold them. Raises SealError."""
    with findings.open("rb") as file:
        tree, leaves = _grown(file)
        leaves.close()
        return {"count": tree.size, "root": tree.root.hex(), "sha256": digest_of(file)}


def _grown(findings: IO[bytes]) -> tuple[MerkleTree, IO[bytes]]:
    """The tree, and the content of findings.leaves.txt. Raises SealError."""
    tree = MerkleTree()
    leaves: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 (who takes it closes it)
    for line in _lines(findings):
        if not line.id:
            raise SealError(f"line {line.number} of the findings is no finding")
        tree.add(line.leaf)
        leaves.write(f"{line.leaf.hex()} {line.id}\n".encode())
    return tree, leaves


@dataclass(frozen=True, slots=True)
class SealStatement:
    """What a seal over findings says, but for who signs it and which seal it replaces. leaves: of findings.leaves.txt."""

    values: Mapping[str, Any]
    leaves: IO[bytes]


def statement(
    findings: IO[bytes], evidence: Path, judged: Mapping[str, Any] | None = None, claims_sha256: str = ""
) -> SealStatement | None:
    """Of a findings file, read in parts from its beginning; None when the evidence is not sealed. Raises SealError.

    judged: what the findings rest on besides the evidence; kept in the manifest as it is. With it goes the hash of
    findings.claims.jsonl.
    """
    manifest = manifest_in_force(evidence)
    if manifest is None:
        return None
    findings.seek(0)
    tree, leaves = _grown(findings)
    values: dict[str, Any] = {
        "evidence": hashlib.sha256(manifest).hexdigest(),
        "findings": {
            "count": tree.size,
            "root": tree.root.hex(),
            "sha256": digest_of(findings),
            "leaves_sha256": digest_of(leaves),
        },
        "format": FORMAT,
        "round": json.loads(manifest)["round"],
    }
    if judged is not None:
        values["judged"] = {**judged, "claims_sha256": claims_sha256}
    return SealStatement(values, leaves)


def seal_findings(
    results: Path,
    evidence: Path,
    signer: Signer,
    judged: Mapping[str, Any] | None = None,
    previous: str | None = None,
    again: bool = False,
) -> bool:
    """Signs results/findings.jsonl as resting on the sealed evidence. False when that is not sealed.

    judged: as for `statement`; findings.claims.jsonl has to be there then. previous: SHA-256 of the seal that this
    one replaces (`evidence.signing.earlier_judgements.last_seal`); None for the first. again: though the same is sealed already.

    An existing seal of the same findings over the same evidence stays as it is, whoever signed it, so
    that a check repeated on a machine without the auditor's key leaves the auditor's signature alone.
    """
    claims = ""
    if judged is not None:
        with (results / CLAIMS).open("rb") as file:
            claims = digest_of(file)
    with (results / FINDINGS).open("rb") as findings:
        said = statement(findings, evidence, judged, claims)
    if said is None:
        return False
    with said.leaves as leaves, layout.whole_file(results / LEAVES, layout.SHARED) as descriptor:
        layout.copy_all(leaves, descriptor)
    if again or not is_sealed_as(results, evidence, said, signer):
        values = {**said.values, "key": signer.fingerprint}
        signed = canonical_line(values if previous is None else {**values, "previous": previous})
        layout.write_whole(results / SIGNATURE, signer.sign(signed), layout.SHARED)
        layout.write_whole(results / MANIFEST, signed, layout.SHARED)  # last: with it the judgement is whole
    return True


def is_sealed_as(results: Path, evidence: Path, said: SealStatement, signer: Signer) -> bool:
    """Whether a valid seal by the evidence's own signer, or by this one, says this already, whichever seal it replaced.

    The auditor's says it to another signer as soon as findings and evidence are the same: other rules that come to the
    same are no reason to take the auditor's signature away. To its own signer a seal names the rules it was made by.
    """
    try:
        content = (results / MANIFEST).read_bytes()
        signature = (results / SIGNATURE).read_bytes()
        auditor = keys.parse_public((evidence / layout.SIGNER).read_bytes())
    except FileNotFoundError:
        return False
    ours = keys.parse_public(signer.public_pem)
    key = next((k for k in (auditor, ours) if k is not None and keys.verifies(k, signature, content)), None)
    if key is None:
        return False
    present = json.loads(content)
    present.pop("previous", None)
    if present.pop("key") != keys.fingerprint(key):
        return False
    values = dict(said.values)
    if signer.fingerprint != keys.fingerprint(key):
        present, values = ({k: v for k, v in each.items() if k != "judged"} for each in (present, values))
    return bool(present == values)
