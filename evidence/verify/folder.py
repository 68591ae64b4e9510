"""Is the evidence untouched? Names every file, record, row, field and finding that is not as sealed.

Streams. Needs nothing but the folder; the key's fingerprint, published before the round, makes it proof
against somebody who seals a forgery with a key of their own. What no verification can show: that the
auditor did not forge before sealing; that is what published checkpoints are for.
"""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from evidence import layout
from evidence.errors import EvidenceDamaged
from evidence.fault import PROBLEMS, Fault, Faults
from evidence.regular_files import content, digest, error_text
from evidence.signing import keys
from evidence.signing.evidence_manifests import previous_manifests
from evidence.signing.findings_seal import MANIFEST
from evidence.signing.signed_manifest import signer_of
from evidence.signing.timestamp_chain import Roots
from evidence.store.plan import is_plan
from evidence.vantages import Vantage, mislabelled, missing, refused
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
    also: Sequence[Vantage] = (),
    jobs: int = 1,
) -> list[Fault]:
    """Faults of a sealed evidence folder; none means untouched.

    findings: results/findings.jsonl, whose seal lies beside it. trusted_key: fingerprint that the
    signer's key has to have, hex. authority_roots: what time stamps have to chain to.
    published: a file of checkpoints that somebody kept elsewhere. also: evidence of other vantage points, whose
    faults name their files by whole paths. jobs: processes that share a large archive; what is said does not
    depend on it.
    """
    faults = Faults()
    closed = check_readable(folder, findings, faults)
    findings = None if RESULTS in closed else findings
    try:
        if EVIDENCE not in closed:
            _verify(folder, findings, trusted_key, authority_roots, published, also, jobs, faults)
    except OSError as error:  # a disk that fails while it is read
        faults.add(named(error, folder), "", "unreadable_file", error_text(error))
    return without_consequences(faults.found())


def _verify(
    folder: Path,
    findings: Path | None,
    trusted_key: str | None,
    authority_roots: Roots | None,
    published: Path | None,
    also: Sequence[Vantage],
    jobs: int,
    faults: Faults,
) -> None:
    cited = captures_cited_by(findings) if findings is not None else frozenset()
    seen = _verify_evidence(folder, trusted_key, authority_roots, published, cited, jobs, faults)
    if seen is None:
        return
    known = seen.cited | _verify_vantages(folder, findings, seen, also, cited, jobs, faults)
    if findings is not None and judged(findings.parent):
        whole = seen.manifest is not None
        _check_judgements(folder, findings, seen.key, seen.signed, whole=whole, faults=faults)
        if whole and not cited <= known and not cut_short(findings.parent):
            unasked = captures_cited_by(findings) - cited  # of a judgement that came meanwhile
            check_cited(
                folder, findings, known | unasked, damaged=seen.damaged, sound=seen.sound, faults=faults
            )


@dataclass(frozen=True, slots=True)
class _SeenEvidence:
    """What an evidence folder turned out to be. signed: its manifest as it lies there; manifest: None when it cannot be read.

    cited: captures that were asked for, are there and as sealed. damaged: names of segments that are not; sound: of files
    that are.
    """

    signed: bytes
    key: Ed25519PublicKey | None
    manifest: dict[str, Any] | None = None
    cited: frozenset[str] = frozenset()
    damaged: frozenset[str] = frozenset()
    sound: frozenset[str] = frozenset()


def _verify_evidence(
    folder: Path,
    trusted_key: str | None,
    authority_roots: Roots | None,
    published: Path | None,
    cited: frozenset[str],
    jobs: int,
    faults: Faults,
) -> _SeenEvidence | None:
    """cited: ids of captures to look for. None where nothing is sealed."""
    signed = content(folder / layout.MANIFEST)
    if signed is None:
        faults.add(layout.MANIFEST, "", "unsealed")
        return None
    key = _signer(folder, signed, trusted_key, faults)
    manifest = read_manifest(signed, key, faults)
    if manifest is None:
        return _SeenEvidence(signed, key)
    sums = read_sums(folder, manifest, faults)
    proven = sums.as_sealed and not faults.found()  # up to here, all that was looked at is the seal
    inner = Faults()  # of records, said after those of files
    planned = _plans(sums)
    promised = read_checkpoints(folder, key, planned, inner) + read_history(folder, manifest, key, inner)
    if published is not None:
        promised += published_checkpoints(published, key, planned, inner)
    archive = check_archive(
        folder, sums, SignedRoots(promised, inner), cited, proven=proven, jobs=jobs, faults=inner
    )
    sound = check_files(folder, sums, archive.files, faults)
    faults.extend(inner.found())
    check_fields(folder, manifest, archive, faults)
    check_timestamps(folder, manifest, authority_roots, sound, faults)
    damaged = {*filter(layout.is_segment, sums.wanted), *filter(layout.is_segment, archive.files)} - sound
    return _SeenEvidence(signed, key, manifest, archive.cited, frozenset(damaged), frozenset(sound))


def _verify_vantages(
    folder: Path,
    findings: Path | None,
    seen: _SeenEvidence,
    also: Sequence[Vantage],
    cited: frozenset[str],
    jobs: int,
    faults: Faults,
) -> frozenset[str]:
    """Each as its own, under its own key; the captures of them that were asked for."""
    known: set[str] = set()
    # a stranger's round.toml may name any folder of whoever verifies; none is gone through that holds no seal
    sealed = [(path, key) for path, key in also if _may_be_sealed(path)]
    if sealed and seen.manifest is not None:
        for path, fault in _refused(folder, str(seen.manifest.get("round")), sealed):
            faults.extend([replace(fault, file=f"{path}/{fault.file}")])
    for path, key in also:
        of = Faults()
        if (path, key) not in sealed:
            of.add(layout.MANIFEST, "", "unsealed")
        elif EVIDENCE not in check_readable(path, None, of):
            here = _verify_evidence(path, key, None, None, cited, jobs, of)
            _check_labels(path, here, known | seen.cited, of)
            known |= here.cited if here is not None else set()
        faults.extend(
            replace(fault, file=f"{path}/{fault.file}") for fault in without_consequences(of.found())
        )
    if findings is not None:
        for manifest in missing(findings.parent, also):
            faults.add(MANIFEST, "judged.settings.also", "changed_vantage", manifest)
    return frozenset(known)


def _may_be_sealed(path: Path) -> bool:
    try:
        return stat.S_ISREG((path / layout.MANIFEST).lstat().st_mode)
    except PermissionError:  # which is said of what cannot be read
        return True
    except OSError:
        return False


def _check_labels(path: Path, here: _SeenEvidence | None, before: Set[str], faults: Faults) -> None:
    """Cited captures of a vantage point have ids and a name that are its own. before: ids of the vantage points before."""
    if here is None or faults.found():
        return
    for id in sorted(here.cited & before)[:1]:
        faults.add(layout.RECORDS, id, "shared_capture")
    if (other := mislabelled(path, here.cited)) is not None:
        faults.add(layout.RECORDS, other, "other_vantage")


def _refused(folder: Path, round_id: str, also: Sequence[Vantage]) -> list[tuple[Path, Fault]]:
    try:
        return refused(folder, round_id, also)
    except EvidenceDamaged:  # the round's own plan, which is named by itself
        return []


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
