"""Is the evidence untouched? Names every file, record, row, field and finding that is not as sealed.

Streams. Needs nothing but the folder; the key's fingerprint, published before the round, makes it proof
against somebody who seals a forgery with a key of their own. What no verification can show: that the
auditor did not forge before sealing; that is what published checkpoints are for.
"""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from evidence import keys, layout
from evidence.fault import PROBLEMS, Fault, Faults
from evidence.plan import is_plan
from evidence.regular import content
from evidence.signed import signer_of
from evidence.timestamp_chain import Roots
from evidence.verify_archive import check_archive
from evidence.verify_checkpoints import Promises, published_checkpoints, read_checkpoints, read_history
from evidence.verify_files import Sums, check_files, read_sums
from evidence.verify_findings import check_findings, cited_captures
from evidence.verify_manifest import check_fields, read_manifest
from evidence.verify_timestamps import check_timestamps

__all__ = ["PROBLEMS", "Fault", "verify"]


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
    signed = content(folder / layout.MANIFEST)
    if signed is None:
        faults.add(layout.MANIFEST, "", "unsealed")
        return faults.found()
    key = _signer(folder, signed, trusted_key, faults)
    manifest = read_manifest(signed, key, faults)
    known: frozenset[str] | None = None  # of the captures that are cited, those whose records are as sealed
    if manifest is not None:
        sums = read_sums(folder, manifest, faults)
        proven = sums.as_sealed and not faults.found()  # up to here, all that was looked at is the seal
        inner = Faults()  # of records, said after those of files
        planned = _plans(sums)
        promised = read_checkpoints(folder, key, planned, inner) + read_history(folder, manifest, key, inner)
        if published is not None:
            promised += published_checkpoints(published, key, planned, inner)
        cited = cited_captures(findings) if findings is not None else frozenset()
        archive = check_archive(
            folder, sums, Promises(promised, inner), cited, proven=proven, jobs=jobs, faults=inner
        )
        known = archive.cited
        sound = check_files(folder, sums, archive.files, faults)
        faults.extend(inner.found())
        check_fields(folder, manifest, archive, faults)
        check_timestamps(folder, manifest, authority_roots, sound, faults)
    if findings is not None:
        check_findings(findings, key=key, evidence=signed, known=known, faults=faults)
    return faults.found()


def _plans(sums: Sums) -> frozenset[str] | None:
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
