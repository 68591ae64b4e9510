"""Joins what other vantage points saw of a round to its own evidence. Nothing is copied or signed again.

Each folder stays under its own seal and key. A folder that cannot be one of this round is refused before anything of it is read:
forged, signed by another key, of another round, of an older crawl. Not here: full verification (`evidence.verify.folder`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from pathlib import Path

from evidence import layout, seal
from evidence.errors import EvidenceDamaged, EvidenceError, EvidenceMissing
from evidence.fault import Fault, Faults
from evidence.regular_files import content, is_regular
from evidence.signing import keys
from evidence.signing.evidence_manifests import manifest_in_force
from evidence.signing.signed_manifest import manifest_of, signer_of
from evidence.store import EvidenceStore
from evidence.store import plan as plans
from evidence.store.recording import parse_time

Vantage = tuple[Path, str]
"""An evidence folder, and the fingerprint that its signer's key has to have."""

# Machines that start on the same day begin within it of each other. What began before is a crawl of another day.
EARLIEST = dt.timedelta(days=1)


class VantageRefused(EvidenceError):
    """The folder of another vantage point is none of this round. fault: why."""

    def __init__(self, path: Path, fault: Fault) -> None:
        super().__init__(f"{path}: {fault.problem} {fault.item} {fault.detail}".strip())
        self.path = path
        self.fault = fault


def joined(folder: Path, round_id: str, also: Sequence[Vantage], *, whole: bool = False) -> EvidenceStore:
    """The evidence of a round with that of other vantage points.

    whole: every file of these is hashed, and no capture may have the id of another one. Raises VantageRefused, EvidenceMissing,
    EvidenceDamaged.
    """
    if not also:
        return EvidenceStore.open(folder)
    for path, _ in also:
        if not (path / layout.PLAN).exists():
            raise EvidenceMissing(f"no evidence in {path}")
    for path, fault in refused(folder, round_id, also):
        raise VantageRefused(path, fault)
    if whole:
        for path, _ in also:
            if seal.sums(path) != content(path / layout.SUMS):
                raise VantageRefused(path, Fault(layout.SUMS, "", "changed_file"))
    stores = [EvidenceStore.open(path) for path, _ in also]
    if whole:
        with EvidenceStore.open(folder) as own:
            for store, id in shared_captures(own, stores):
                raise VantageRefused(store.folder, Fault(layout.RECORDS, id, "shared_capture"))
    return EvidenceStore.open(folder, also=stores)


def refused(folder: Path, round_id: str, also: Sequence[Vantage]) -> list[tuple[Path, Fault]]:
    """What keeps folders from being joined to a round, in the order of the folders; the seals alone are looked at."""
    opened = plans.opened_at(folder)
    names = {plans.vantage(folder)}
    found: list[tuple[Path, Fault]] = []
    for path, key in also:
        faults = Faults()
        _check_seal(path, key, round_id, opened, names, faults)
        found += ((path, fault) for fault in faults.found())
    return found


def _check_seal(
    path: Path, trusted: str, round_id: str, opened: dt.datetime, names: set[str], faults: Faults
) -> None:
    """names: of the vantage points before; this one is added."""
    signed = content(path / layout.MANIFEST)
    # a link or a pipe in the place of a file is read by nobody
    if signed is None or not is_regular(path / layout.SUMS) or manifest_in_force(path) is None:
        faults.add(layout.MANIFEST, "", "unsealed")
        return
    key = signer_of(content(path / layout.SIGNER), trusted, faults)
    signature = content(path / layout.SIGNATURE)
    if signature is None:
        faults.add(layout.SIGNATURE, "", "missing_signature")
    elif key is not None and not keys.verifies(key, signature, signed):
        faults.add(layout.MANIFEST, layout.SIGNATURE, "invalid_signature")
    manifest = manifest_of(signed, layout.MANIFEST, seal.FORMAT, ("key", "sha256sums"), faults)
    if manifest is None or faults.found():
        return
    if manifest["sha256sums"] != hashlib.sha256(content(path / layout.SUMS) or b"").hexdigest():
        faults.add(layout.SUMS, "", "changed_file")
    if manifest.get("round") != round_id:
        faults.add(layout.MANIFEST, "round", "other_round", str(manifest.get("round")))
    try:
        began = parse_time(manifest["opened"])
        name = plans.vantage(path)
    except (ValueError, KeyError, TypeError, EvidenceDamaged):
        faults.add(layout.MANIFEST, "opened", "invalid_manifest")
        return
    if began < opened - EARLIEST:
        faults.add(layout.MANIFEST, "opened", "older_crawl", began.isoformat(timespec="seconds"))
    if name in names:
        faults.add(layout.PLAN, "vantage", "same_vantage", name)
    names.add(name)


def shared_captures(own: EvidenceStore, stores: Sequence[EvidenceStore]) -> list[tuple[EvidenceStore, str]]:
    """The first capture of each store whose id one before it has: ids tell captures of all vantage points apart."""
    found = []
    before = [own]
    for store in stores:
        taken = (capture.id for capture in store.captures() if any(one.has(capture.id) for one in before))
        if (id := next(taken, None)) is not None:
            found.append((store, id))
        before.append(store)
    return found
