"""Joins what other vantage points saw of a round to its own evidence. Nothing is copied or signed again.

Each folder stays under its own seal and key. A folder that cannot be one of this round is refused before anything of it is read:
forged, signed by another key or the round's own, of another round, of other days. Not here: full verification (`evidence.verify.folder`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import pairwise, repeat
from pathlib import Path
from typing import Any
from unicodedata import category

from evidence import layout, seal
from evidence.canonical import parse_canonical_line
from evidence.errors import EvidenceDamaged, EvidenceError, EvidenceMissing
from evidence.fault import Fault, Faults, Problem
from evidence.regular_files import content, digest, is_regular
from evidence.signing import keys
from evidence.signing.earlier_judgements import earlier
from evidence.signing.evidence_manifests import manifest_in_force, previous_manifests
from evidence.signing.findings_seal import MANIFEST
from evidence.signing.manifest_fields import value_at
from evidence.signing.signed_manifest import manifest_of, signer_of
from evidence.store import EvidenceStore
from evidence.store import plan as plans
from evidence.store.recording import strict_time

Vantage = tuple[Path, str]
"""An evidence folder, and the fingerprint that its signer's key has to have."""

FaultsOf = Callable[[Path, str], Iterable[Fault]]

# Machines that start on the same day begin within it of each other. What began before, or after the round's crawl was sealed
# and a day went by, is a crawl of other days: the portal may be another by then.
NEAR = dt.timedelta(days=1)
SLOWEST = dt.timedelta(days=7)  # that a place may still crawl then: daily limits of a large portal take days
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # categories of characters
_LONGEST_NAME = 200  # characters: a name stands beside each capture


class VantageRefused(EvidenceError):
    """The folder of another vantage point is none of this round. fault: why."""

    def __init__(self, path: Path, fault: Fault) -> None:
        super().__init__(path, fault)  # as they are: it comes from other processes too
        self.path = path
        self.fault = fault

    def __str__(self) -> str:
        return f"{self.path}: {self.fault.problem} {self.fault.item} {self.fault.detail}".strip()


def joined(
    folder: Path, round_id: str, also: Sequence[Vantage], *, faults_of: FaultsOf | None = None
) -> EvidenceStore:
    """The evidence of a round with that of other vantage points.

    faults_of: verifies a folder of these completely: its index, which is read in place of the records, is somebody else's. Then no
    capture may have the id of another one either. None where that was done before. Raises VantageRefused, EvidenceMissing,
    EvidenceDamaged.
    """
    for path, _ in also:
        if not (path / layout.PLAN).exists():
            raise EvidenceMissing(f"no evidence in {path}")
    for path, fault in refused(folder, round_id, also) if also else ():
        raise VantageRefused(path, fault)
    if faults_of is None or not also:
        return opened(folder, [path for path, _ in also])
    for path, key in also:
        for fault in faults_of(path, key):
            raise VantageRefused(path, fault)
    store = opened(folder, [path for path, _ in also])
    for other, id in shared_captures(store):
        store.close()
        raise VantageRefused(other.folder, Fault(layout.RECORDS, id, "shared_capture"))
    return store


def opened(folder: Path, also: Sequence[Path]) -> EvidenceStore:
    """What was joined before, in another process. Raises EvidenceMissing, EvidenceDamaged."""
    return EvidenceStore.open(folder, also=[EvidenceStore.open(path) for path in also])


def refused(folder: Path, round_id: str, also: Sequence[Vantage]) -> list[tuple[Path, Fault]]:
    """What keeps folders from being joined to a round, in the order of the folders; the seals alone are looked at."""
    own = _Own(plans.opened_at(folder), _first_sealed(folder), _key_of(folder))
    names = plans.vantages(folder)
    found: list[tuple[Path, Fault]] = []
    for path, key in also:
        faults = Faults()
        _check_seal(path, key, round_id, own, names, faults)
        found += ((path, fault) for fault in faults.found())
    return found


@dataclass(frozen=True, slots=True)
class _Own:
    """The round's own crawl: when it began and was sealed first, and the fingerprint of its key; None where nothing is sealed."""

    began: dt.datetime
    sealed: dt.datetime | None
    key: str | None


def _first_sealed(folder: Path) -> dt.datetime | None:
    """By the first seal: re-tests are sealed again, months later."""
    for manifest in (*previous_manifests(folder)[:1], folder / layout.MANIFEST):
        try:
            return strict_time(json.loads(content(manifest) or b"").get("created"))
        except (ValueError, AttributeError, RecursionError):  # which verification names
            continue
    return None


def _key_of(folder: Path) -> str | None:
    key = keys.parse_public(content(folder / layout.SIGNER) or b"")
    return None if key is None else keys.fingerprint(key)


def other_days(
    opened: dt.datetime, created: dt.datetime, began: dt.datetime, sealed: dt.datetime | None
) -> tuple[Problem, str, dt.datetime] | None:
    """Why a crawl is none of the days of the round's own: (problem, field of its manifest, its time); None where it is.

    opened, created: by its manifest. began, sealed: of the round's own; None where nothing is sealed.
    """
    if began - opened > NEAR:
        return "older_crawl", "opened", opened
    if sealed is not None and opened - sealed > NEAR:
        return "later_crawl", "opened", opened
    if sealed is not None and created - sealed > SLOWEST:
        return "later_crawl", "created", created
    return None


def _check_seal(path: Path, trusted: str, round_id: str, own: _Own, names: set[str], faults: Faults) -> None:
    """names: of the vantage points before; this one is added."""
    signed = content(path / layout.MANIFEST)
    # a link or a pipe in the place of a file is read by nobody
    if signed is None or not is_regular(path / layout.SUMS) or manifest_in_force(path) is None:
        faults.add(layout.MANIFEST, "", "unsealed")
        return
    pem = content(path / layout.SIGNER)
    key = signer_of(pem, trusted, faults)
    if key is not None and keys.public_pem(key) != pem:  # no pack could hold it
        faults.add(layout.SIGNER, "", "changed_file")
    signature = content(path / layout.SIGNATURE)
    if signature is None:
        faults.add(layout.SIGNATURE, "", "missing_signature")
    elif key is not None and not keys.verifies(key, signature, signed):
        faults.add(layout.MANIFEST, layout.SIGNATURE, "invalid_signature")
    manifest = manifest_of(signed, layout.MANIFEST, seal.FORMAT, ("key", "sha256sums"), faults)
    if own.key is not None and own.key == keys.plain(trusted):
        faults.add(layout.SIGNER, "", "own_key", own.key)
    if manifest is None or faults.found():
        return
    if manifest["sha256sums"] != hashlib.sha256(content(path / layout.SUMS) or b"").hexdigest():
        faults.add(layout.SUMS, "", "changed_file")
    if manifest.get("round") != round_id:
        faults.add(layout.MANIFEST, "round", "other_round", str(manifest.get("round")))
    try:
        parse_canonical_line(signed)
        times = strict_time(manifest.get("opened")), strict_time(manifest.get("created"))
        if (other := other_days(*times, own.began, own.sealed)) is not None:
            problem, field, time = other
            faults.add(layout.MANIFEST, field, problem, time.isoformat(timespec="seconds"))
        theirs = plans.vantages(path)
    except (ValueError, EvidenceDamaged) as error:
        faults.add(layout.MANIFEST, "", "invalid_manifest", str(error))
        return
    for name in sorted(theirs & names):
        faults.add(layout.PLAN, "vantage", "same_vantage", name)
    if len(theirs) != 1 or not all(map(_can_be_shown, theirs)):
        faults.add(layout.PLAN, "vantage", "other_vantage", ", ".join(sorted(theirs)))
    names |= theirs


def _can_be_shown(name: str) -> bool:
    """Whoever sealed it may have written anything."""
    unseen = any(c != "\u200c" and category(c) in _UNSEEN for c in name)
    return bool(name.strip()) and len(name) <= _LONGEST_NAME and not unseen


def shared_captures(joined: EvidenceStore) -> list[tuple[EvidenceStore, str]]:
    """The first capture of each store whose id one before it has: ids tell captures of all vantage points apart."""
    stores = (joined, *joined.also)
    ids = merge(*(zip(store.ids(), repeat(number)) for number, store in enumerate(stores)))
    found: dict[int, str] = {}
    for (before, _), (id, number) in pairwise(ids):
        if id == before:
            found.setdefault(number, id)
    return [(stores[number], id) for number, id in sorted(found.items())]


def mislabelled(path: Path, ids: Iterable[str]) -> str | None:
    """The first of these captures that says to be of another vantage point than its folder. Raises EvidenceDamaged."""
    with EvidenceStore.open(path) as store:
        return next((id for id in sorted(ids) if store.get(id).vantage != store.vantage), None)


def missing(results: Path, also: Sequence[Vantage]) -> list[str]:
    """Manifests of evidence that the findings rest on, as their seal says, and that is not there as it was."""
    judged = _judged(results)
    present = {(key, digest(path / layout.MANIFEST)) for path, key in also} if judged else set()
    return [manifest for key, manifest in dict.fromkeys(judged) if (key, manifest) not in present]


def left_out(results: Path) -> list[str]:
    """Keys of vantage points that a replaced judgement rests on, and the one in force does not."""
    now = Counter(key for key, _ in _judged(results))
    left: Counter[str] = Counter()
    for folder in earlier(results):
        left |= Counter(key for key, _ in _judged(folder)) - now
    return sorted(left)


def _judged(results: Path) -> list[tuple[str, str]]:
    try:
        manifest = json.loads(content(results / MANIFEST) or b"{}")
    except (ValueError, RecursionError):
        return []
    return judged_with(manifest)


def judged_with(manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(key, SHA-256 of the manifest) of the evidence from elsewhere that findings rest on, as their seal says."""
    listed = value_at(manifest, "judged.settings.also")
    named = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    pairs = [(one.get("key"), one.get("manifest")) for one in named]
    return [(key, sha256) for key, sha256 in pairs if isinstance(key, str) and isinstance(sha256, str)]
