"""Is the evidence untouched? Names every file, record, row, field and finding that is not as sealed.

Streams. Needs nothing but the folder; the key's fingerprint, published before the round, makes it proof
against somebody who seals a forgery with a key of their own. What no verification can show: that the
auditor did not forge before sealing; that is what published checkpoints are for.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from evidence import layout
from evidence.fault import PROBLEMS, Fault, Faults
from evidence.regular_files import content, digest, error_text
from evidence.signing import keys
from evidence.signing.evidence_manifests import previous_manifests
from evidence.signing.findings_seal import MANIFEST
from evidence.signing.signed_manifest import signer_of
from evidence.signing.timestamp_chain import Roots
from evidence.store.plan import is_plan
from evidence.verify.archive import check_archive
from evidence.verify.checkpoints import SignedRoots, published_checkpoints, read_checkpoints, read_history
from evidence.verify.cited_captures import captures_cited_by, check_cited
from evidence.verify.earlier_judgements import check_earlier
from evidence.verify.files import FileHashes, check_files, read_sums
from evidence.verify.findings import check_findings, cut_short, judged
from evidence.verify.manifest import check_fields, read_manifest
from evidence.verify.readable import EVIDENCE, RESULTS, check_readable, named, without_consequences
from evidence.verify.timestamps import check_timestamps

__all__ = ["PROBLEMS", "Fault", "verify"]

_TRIES = 3  # at a judgement that changes while it is looked at


def verify(
    folder: Path,
    *,
    findings: Path | None = None,
    trusted_key: str | None = None,
    authority_roots: Roots | None = None,
    published: Path | None = None,
    jobs: int = 1,
) -> list[Fault]:
    """Faults of a sealed evidence folder; none means untouched.

    findings: results/findings.jsonl, whose seal lies beside it. trusted_key: fingerprint that the
    signer's key has to have, hex. authority_roots: what time stamps have to chain to.
    published: a file of checkpoints that somebody kept elsewhere. jobs: processes that share a large
    archive; what is said does not depend on it.
    """
    faults = Faults()
    closed = check_readable(folder, findings, faults)
    findings = None if RESULTS in closed else findings
    try:
        if EVIDENCE not in closed:
            _verify(folder, findings, trusted_key, authority_roots, published, jobs, faults)
    except OSError as error:  # a disk that fails while it is read
        faults.add(named(error, folder), "", "unreadable_file", error_text(error))
    return without_consequences(faults.found())


def _verify(
    folder: Path,
    findings: Path | None,
    trusted_key: str | None,
    authority_roots: Roots | None,
    published: Path | None,
    jobs: int,
    faults: Faults,
) -> None:
    signed = content(folder / layout.MANIFEST)
    if signed is None:
        faults.add(layout.MANIFEST, "", "unsealed")
        return
    key = _signer(folder, signed, trusted_key, faults)
    manifest = read_manifest(signed, key, faults)
    if manifest is not None:
        sums = read_sums(folder, manifest, faults)
        proven = sums.as_sealed and not faults.found()  # up to here, all that was looked at is the seal
        inner = Faults()  # of records, said after those of files
        planned = _plans(sums)
        promised = read_checkpoints(folder, key, planned, inner) + read_history(folder, manifest, key, inner)
        if published is not None:
            promised += published_checkpoints(published, key, planned, inner)
        cited = captures_cited_by(findings) if findings is not None else frozenset()
        archive = check_archive(
            folder, sums, SignedRoots(promised, inner), cited, proven=proven, jobs=jobs, faults=inner
        )
        sound = check_files(folder, sums, archive.files, faults)
        faults.extend(inner.found())
        check_fields(folder, manifest, archive, faults)
        check_timestamps(folder, manifest, authority_roots, sound, faults)
    if findings is not None and judged(findings.parent):
        _check_judgements(folder, findings, key, signed, whole=manifest is not None, faults=faults)
        if manifest is not None and not cited <= archive.cited and not cut_short(findings.parent):
            damaged = set(filter(layout.is_segment, sums.wanted)) - sound
            damaged |= set(filter(layout.is_segment, archive.files)) - sound
            unasked = captures_cited_by(findings) - cited  # of a judgement that came meanwhile
            known = archive.cited | unasked
            check_cited(folder, findings, known, damaged=damaged, sound=sound, faults=faults)


def _check_judgements(
    folder: Path, findings: Path, key: Ed25519PublicKey | None, signed: bytes, *, whole: bool, faults: Faults
) -> None:
    """The one in force, and those that it replaced. whole: the manifest of the evidence can be read.

    A check may put another one in force meanwhile: what was seen then is of two judgements, and is looked at again.
    """
    for _ in range(_TRIES):
        seal = digest(findings.parent / MANIFEST)
        seen = Faults()
        _look_at_judgements(folder, findings, key, signed, whole=whole, faults=seen)
        if not seen.found() or digest(findings.parent / MANIFEST) == seal:
            break
    faults.extend(seen.found())


def _look_at_judgements(
    folder: Path, findings: Path, key: Ed25519PublicKey | None, signed: bytes, *, whole: bool, faults: Faults
) -> None:
    if cut_short(findings.parent):
        faults.add(findings.name, "", "cut_short")
    else:
        check_findings(findings, key=key, evidence=signed, whole=whole, faults=faults)
    seals = [signed, *(content(path) or b"" for path in previous_manifests(folder))]
    check_earlier(
        findings.parent,
        key=key,
        evidence={hashlib.sha256(seal).hexdigest() for seal in seals},
        round_=json.loads(signed).get("round") if whole else None,
        faults=faults,
    )


def _plans(sums: FileHashes) -> frozenset[str] | None:
    """Hashes of the plans that were sealed; None when the list of what was sealed is another."""
    if not sums.as_sealed:
        return None
    return frozenset(digest for name, digest in sums.wanted.items() if is_plan(name))


def _signer(folder: Path, signed: bytes, trusted_key: str | None, faults: Faults) -> Ed25519PublicKey | None:
    """The key of signer.pem, after holding it against the signature and the trusted fingerprint."""
    pem, signature = content(folder / layout.SIGNER), content(folder / layout.SIGNATURE)
    if signature is None:
        faults.add(layout.SIGNATURE, "", "missing_signature")
    key = signer_of(pem, trusted_key, faults)
    if key is not None and signature is not None and not keys.verifies(key, signature, signed):
        faults.add(layout.MANIFEST, layout.SIGNATURE, "invalid_signature")
    return key
