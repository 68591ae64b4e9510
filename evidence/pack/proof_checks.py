"""Whether the finding and the records of a disclosure pack are those that the seals were made over.

A whole one is hashed anew; of a redacted one the leaf is taken as the signed table of contents gives it. Both have
to lead to the signed root by their proofs, at a place that the signed tree has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evidence.canonical import parse_canonical
from evidence.fault import Faults
from evidence.pack import format as form
from evidence.pack.format import PackContents, PackedRecord
from evidence.pack.reader import MemberSummary
from evidence.pack.witnesses import is_probe
from evidence.signing.manifest_fields import hash_at, value_at
from evidence.signing.merkle import InclusionProof
from evidence.store import warc
from evidence.store.recording import record_id

Members = Mapping[str, MemberSummary]
Way = list[tuple[str, InclusionProof]]

_BY_MARK = frozenset({"body", "cookie", "rest", "secret"})  # kinds that leave another trace than a mark


def content(members: Members, name: str) -> bytes:
    seen = members.get(name)
    return seen.content if seen is not None else b""


def check_finding(
    contents: PackContents, members: Members, judged: Mapping[str, Any], faults: Faults
) -> tuple[str, ...] | None:
    """judged: the manifest of the findings; empty when there is none. The captures that the finding cites; None
    when it cannot be read.
    """
    finding = contents.finding
    seen = members.get(finding.file)
    if seen is None:
        return None
    way = _way(members, form.FINDING_PROOF, finding.leaf, finding.id, faults)
    if way and judged and not _leads(way, finding.leaf, _of_findings(judged)):
        faults.add(form.FINDING_PROOF, finding.id, "invalid_proof")
    cited = _cited(seen.content, finding.id)
    if cited is None or (finding.state == "whole" and seen.leaf != finding.leaf):
        faults.add(finding.file, finding.id, "changed_finding", "1")
    _check_marks(finding.file, finding.id, seen, finding.redactions, faults)
    packed = {record.capture for record in contents.records if record.type != "request"}
    for capture in cited or ():
        if capture not in packed:
            faults.add(finding.file, finding.id, "unknown_capture", capture)
    return cited


def check_records(
    contents: PackContents,
    members: Members,
    manifests: Sequence[Mapping[str, Any]],
    cited: tuple[str, ...] | None,
    faults: Faults,
) -> None:
    """manifests: of the evidence of each vantage point; empty when there is none. cited: captures of the finding; None when unknown."""
    storeys = [_of_records(manifest) for manifest in manifests]
    sought = None if cited is None else frozenset(cited)
    names = [place.vantage for place in contents.places]
    place_of: dict[str, int] = {}
    for record in contents.records:
        seen = members.get(record.file)
        if seen is None:
            continue
        item = f"record {record.number} ({record.capture})"
        if sought is not None and record.capture not in sought and not is_probe(seen.start):
            faults.add(record.file, item, "added_record", "0")
        same = record.state == "redacted" or (seen.leaf == record.leaf and seen.size == record.size)
        if not same or _identity(seen.start) != _expected(record):
            faults.add(record.file, item, "changed_record", "0")
        if place_of.setdefault(record.capture, record.place) != record.place:
            faults.add(record.file, item, "shared_capture")
        if names and record.type != "request" and not _is_from(seen.vantage, record.place, names):
            faults.add(record.file, item, "other_vantage", seen.vantage or "")
        _check_marks(record.file, item, seen, record.redactions, faults)
        way = _way(members, record.proof, record.leaf, item, faults)
        if way and manifests[record.place] and not _leads(way, record.leaf, storeys[record.place]):
            faults.add(record.proof, item, "invalid_proof")


def _is_from(vantage: str | None, place: int, names: Sequence[str]) -> bool:
    """Whether a record that says to be from there is of this place. The round's own has no name but in its records."""
    return vantage == names[place - 1] if place else vantage not in (None, *names)


def _cited(line: bytes, id_: str) -> tuple[str, ...] | None:
    """None when it is no line of this finding, as govah writes it."""
    try:
        values = parse_canonical(line)
    except ValueError:
        return None
    captures = values.get("captures") if isinstance(values, dict) and values.get("id") == id_ else None
    if not isinstance(captures, list) or not all(isinstance(capture, str) for capture in captures):
        return None
    return tuple(captures)


def _identity(start: bytes) -> tuple[str | None, str | None]:
    """(type, identifier) of a record, from its first lines; a redacted one keeps them."""
    return warc.header_in(start, "WARC-Type"), warc.header_in(start, "WARC-Record-ID")


def _expected(record: PackedRecord) -> tuple[str, str]:
    name = record.capture + ("/request" if record.type == "request" else "")
    return record.type, record_id(name)


def _check_marks(
    file: str, item: str, seen: MemberSummary, redactions: Mapping[str, int], faults: Faults
) -> None:
    """The list of what was taken out agrees with the marks that stand for it."""
    listed = {kind: count for kind, count in redactions.items() if kind not in _BY_MARK}
    if dict(seen.marks) != listed:
        faults.add(file, item, "changed_redaction", ", ".join(sorted(seen.marks.keys() | listed.keys())))


def _way(members: Members, name: str, leaf: str, item: str, faults: Faults) -> Way:
    """The proof of this leaf; empty when it is missing or another's, which is a fault."""
    if name not in members:
        return []
    parsed = form.parse_proof(members[name].content)
    if parsed is None or parsed[0].hex() != leaf or not parsed[1]:
        faults.add(name, item, "invalid_proof")
        return []
    return parsed[1]


Storey = Mapping[str, tuple[Any, str | None]]  # trees by name: size and root as signed, None where nothing is


def _leads(way: Way, leaf: str, storeys: Sequence[Storey]) -> bool:
    """Through one tree of each storey, each as large as the signed one, to the root that was signed.

    The root of one tree is a leaf of the next.
    """
    node = bytes.fromhex(leaf)
    if len(way) != len(storeys):
        return False
    for (name, proof), storey in zip(way, storeys, strict=True):
        size, signed = storey.get(name, (None, None))
        root = proof.root(node) if type(size) is int and proof.size == size else None
        if root is None or root.hex() != signed:
            return False
        node = root
    return True


def _of_findings(judged: Mapping[str, Any]) -> list[Storey]:
    return [{form.FINDINGS: (value_at(judged, "findings.count"), hash_at(judged, "findings.root"))}]


def _of_records(manifest: Mapping[str, Any]) -> list[Storey]:
    """The trees of the shards, and the one over them."""
    shards = value_at(manifest, "records.shards")
    named = shards.items() if isinstance(shards, dict) else ()
    below = {name: (value_at(shard, "count"), hash_at(shard, "root")) for name, shard in named}
    return [below, {form.SHARDS: (len(below), hash_at(manifest, "records.root"))}]
