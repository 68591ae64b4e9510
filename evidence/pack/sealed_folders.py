"""Sealed evidence folders that a pack takes records from: which they are, and the way of a record to the root that was signed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence import layout
from evidence.pack.format import SHARDS
from evidence.signing import findings_seal
from evidence.signing.merkle import InclusionProof, ProofCollector
from evidence.store import plan as plans
from evidence.store.index import Location
from evidence.vantages import judged_with


@dataclass(frozen=True, slots=True)
class SealedFolder:
    """The evidence of a vantage point. manifest: as parsed; sha256: of its file."""

    path: Path
    vantage: str
    manifest: Mapping[str, Any]
    sha256: str


def sealed_folders(evidence: Path, results: Path, also: Sequence[Path]) -> list[SealedFolder]:
    """The round's own first, the others in the order in which the seal over the findings names them."""
    own, *others = (_sealed_folder(path) for path in (evidence, *also))
    order = judged_with(json.loads((results / findings_seal.MANIFEST).read_bytes())) if others else []
    named = [one for one in others if (one.manifest["key"], one.sha256) in order]
    return [own, *sorted(named, key=lambda one: order.index((one.manifest["key"], one.sha256)))]


def _sealed_folder(path: Path) -> SealedFolder:
    signed = (path / layout.MANIFEST).read_bytes()
    return SealedFolder(path, plans.vantage(path), json.loads(signed), hashlib.sha256(signed).hexdigest())


def proofs_of(
    evidence: Path, wanted: Collection[Location], shards: Mapping[str, Any]
) -> dict[Location, list[tuple[str, InclusionProof]]]:
    """The way of every record to the root over all shards."""
    names = {location.file.partition("/")[0] for location in wanted}
    places: dict[str, dict[int, Location]] = {name: {} for name in names}
    for shard, index, location, _ in _sealed(evidence, names):
        if location in wanted:
            places[shard][index] = location
    trees = {name: ProofCollector(places[name]) for name in names}
    for shard, _, _, leaf in _sealed(evidence, names):
        trees[shard].add(leaf)
    whole = ProofCollector(range(len(shards)))
    order = {name: index for index, name in enumerate(sorted(shards))}
    for name in order:
        whole.add(bytes.fromhex(shards[name]["root"]))
    above = whole.proofs()
    return {
        places[name][index]: [(name, proof), (SHARDS, above[order[name]])]
        for name, tree in trees.items()
        for index, proof in tree.proofs().items()
    }


def _sealed(evidence: Path, shards: set[str]) -> Iterator[tuple[str, int, Location, bytes]]:
    """(shard, position in it, location, leaf) of every record of the shards."""
    positions = dict.fromkeys(shards, 0)
    with (evidence / layout.RECORDS).open(encoding="ascii") as lines:
        for line in lines:
            leaf, file, offset, length = line.split()
            shard = file.partition("/")[0]
            if shard in shards:
                location = Location(file, int(offset), int(length))
                yield shard, positions[shard], location, bytes.fromhex(leaf)
                positions[shard] += 1
