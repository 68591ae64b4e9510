"""Other vantage points in a disclosure pack: each under its own seal and key, and one of those that the findings rest on.

Who publishes the fingerprint of such a key is the place itself; the seal over the findings names it, so that the auditor
cannot exchange a place later. As `evidence.vantages` does it for the folders of a round.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from evidence import layout, seal
from evidence.fault import Faults
from evidence.pack import format as form
from evidence.pack.format import PackContents
from evidence.pack.proof_checks import Members
from evidence.pack.signed_members import signed, signer
from evidence.signing import findings_seal, keys
from evidence.store.recording import strict_time
from evidence.vantages import judged_with, other_days


def check_places(
    contents: PackContents,
    members: Members,
    own: Mapping[str, Any],
    judged: Mapping[str, Any],
    faults: Faults,
) -> Iterator[Mapping[str, Any]]:
    """own, judged: manifests of the round's own evidence and of the findings; empty when there is none. The manifest of each place."""
    joined = judged_with(judged)
    before = -1
    for number, place in enumerate(contents.places, 1):
        folder = form.folder_of(number)
        name = folder + layout.MANIFEST
        key = signer(members, folder + layout.SIGNER, None, faults)
        if key is not None and keys.fingerprint(key) != place.key:
            faults.add(folder + layout.SIGNER, "", "foreign_signature", keys.fingerprint(key))
        manifest = signed(members, name, folder + layout.SIGNATURE, seal.FORMAT, key, faults)
        if name in members and members[name].sha256 != place.manifest:
            faults.add(form.CONTENTS, name, "changed_field", members[name].sha256)
        if place.key == contents.key:
            faults.add(folder + layout.SIGNER, "", "own_key", place.key)
        if manifest and manifest.get("round") != contents.round:
            faults.add(name, "round", "other_round", str(manifest.get("round")))
        if own and manifest:
            _check_days(name, manifest, own, faults)
        at = joined.index((place.key, place.manifest)) if (place.key, place.manifest) in joined else -1
        if judged and at <= before:
            faults.add(findings_seal.MANIFEST, "judged.settings.also", "changed_vantage", place.manifest)
        before = max(at, before)
        yield manifest


def _check_days(name: str, manifest: Mapping[str, Any], own: Mapping[str, Any], faults: Faults) -> None:
    """By the seal in force, which a re-test may have made later than the one that a round's folders are held against."""
    times = []
    for file, values in ((name, manifest), (layout.MANIFEST, own)):
        for field in ("opened", "created"):
            try:
                times.append(strict_time(values.get(field)))
            except ValueError:
                faults.add(file, field, "invalid_manifest")
    if len(times) == 4 and (other := other_days(*times)) is not None:
        problem, field, time = other
        faults.add(name, field, problem, time.isoformat(timespec="seconds"))
