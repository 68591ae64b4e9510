"""Makes a disclosure pack: one finding, the records it rests on, and the way of each to a root that was signed.

Takes what it needs from a sealed round that verifies (the caller sees to it) and holds every byte against the seal
once more. Records of other vantage points come with the seal of each. The auditor's key signs the table of contents: where values are taken out, the seal alone proves the hash
of the original, and the signature is the auditor's word for the text that is given instead.
Not here: the pages for people, whose words come from the catalogues.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from evidence import layout
from evidence.errors import EvidenceDamaged
from evidence.pack.format import (
    CONTENTS,
    EVIDENCE_SEAL,
    FINDING_PROOF,
    FINDINGS,
    FORMAT,
    PAGES,
    PLACES_FORMAT,
    SEALS,
    SIGNATURE,
    UNSUMMED,
    PackContents,
    PackedFinding,
    PackedPlace,
    PackedRecord,
    folder_of,
    proof_text,
)
from evidence.pack.sealed_folders import SealedFolder, proofs_of, sealed_folders
from evidence.pack.witnesses import is_probe, nearest_witnesses
from evidence.pack.zip_file import PackWriter
from evidence.redaction.records import keys_in, redact_finding, redact_record
from evidence.redaction.text import RedactionRules
from evidence.signing import findings_seal
from evidence.signing.findings_seal import FindingLine, finding_lines
from evidence.signing.keys import Signer
from evidence.signing.merkle import InclusionProof, ProofCollector
from evidence.store import warc
from evidence.store.index import Location
from evidence.vantages import opened
from evidence.verify.witnesses import holds_witness

LARGEST_BODY = 256 << 10  # bytes of a body that is given without being asked for
_LARGEST_PICTURE = 2 << 20  # that a page of the pack may hold


class NoSuchFinding(LookupError):
    """candidates: ids that begin so; none, or too many."""

    def __init__(self, wanted: str, candidates: list[str]) -> None:
        super().__init__(wanted)
        self.candidates = candidates


class SealedByOtherKey(Exception):
    """The key at hand is not the one that sealed the round."""


@dataclass(frozen=True, slots=True)
class _RecordPlace:
    """A record to be packed: whose it is, and where it lies. place: number of the vantage point."""

    capture: str
    place: int
    folder: Path
    location: Location


@dataclass(frozen=True, slots=True)
class PackedText:
    """What a page may say of a record, redacted as it is in the pack. head: of the WARC record. picture: its block when
    it is a complete image, b"" otherwise. witness: it is complete, and holds a handshake witness.
    """

    record: PackedRecord
    head: bytes
    picture: bytes
    witness: bool = False


@dataclass(frozen=True, slots=True)
class PackMaterial:
    """What the pages of a pack are made from. finding: as packed. sealed: when, by the manifest. stamped: there are
    time stamps of authorities.
    """

    contents: PackContents
    finding: bytes
    texts: tuple[PackedText, ...]
    sealed: str
    stamped: bool


def find_finding(findings: Path, wanted: str) -> FindingLine:
    """The finding with this id, or the only one whose id begins so. Raises NoSuchFinding."""
    found: list[FindingLine] = []
    for line in finding_lines(findings):
        if line.id == wanted:
            return line
        if wanted and line.id.startswith(wanted) and len(found) < 6:
            found.append(line)
    if len(found) != 1:
        raise NoSuchFinding(wanted, [line.id for line in found])
    return found[0]


def write_pack(
    file: BinaryIO,
    evidence: Path,
    findings: Path,
    finding: FindingLine,
    *,
    signer: Signer,
    pages: Callable[[PackMaterial], Mapping[str, bytes]],
    rules: RedactionRules,
    also: Sequence[Path] = (),
    largest: int | None = LARGEST_BODY,
) -> PackContents:
    """also: evidence of the other vantage points that the findings rest on. largest: bytes of a body that may be given; None for all, pictures as well. pages: for people, by name.

    Raises SealedByOtherKey, EvidenceDamaged.
    """
    own, *others = sealed_folders(evidence, findings.parent, also)
    if own.manifest["key"] != signer.fingerprint:
        raise SealedByOtherKey(own.manifest["key"])
    writer = _Writer(PackWriter(file))
    cited = _records(own, others, finding, largest)
    folders = [own, *(one for one in others if any(record.folder == one.path for record in cited))]
    paths = [one.path for one in folders]
    placed = [replace(record, place=paths.index(record.folder)) for record in cited]
    known = _keys(placed, rules, largest)
    packed_finding, line = _add_finding(writer, findings, finding, rules, known)
    proofs: dict[tuple[int, Location], list[tuple[str, InclusionProof]]] = {}
    for number, folder in enumerate(folders):
        here = {one.location for one in placed if one.place == number}
        found = proofs_of(folder.path, here, folder.manifest["records"]["shards"])
        proofs |= {(number, location): ways for location, ways in found.items()}
    texts = tuple(
        _add_record(writer, number, one, proofs[one.place, one.location], rules, largest, known)
        for number, one in enumerate(placed, 1)
    )
    stamped = _add_seals(writer, findings.parent, paths)
    contents = PackContents(
        round=own.manifest["round"],
        finding=packed_finding,
        records=tuple(text.record for text in texts),
        manifest=own.sha256,
        findings_manifest=writer.digests[findings_seal.MANIFEST],
        key=signer.fingerprint,
        rules=rules.sha256,
        kept=tuple(sorted(rules.kept)),
        format=FORMAT if paths == [evidence] else PLACES_FORMAT,
        places=tuple(PackedPlace(one.vantage, one.manifest["key"], one.sha256) for one in folders[1:]),
    )
    made = pages(PackMaterial(contents, line, texts, str(own.manifest.get("created", "")), stamped))
    for name in PAGES[contents.format]:
        writer.add(name, made[name])
    return writer.finish(contents, signer)


def _add_seals(writer: _Writer, results: Path, folders: Sequence[Path]) -> bool:
    """Of the findings and of each vantage point; whether there are time stamps over any."""
    for name in SEALS:
        writer.add(name, ((results if name.startswith("findings.") else folders[0]) / name).read_bytes())
    for place, folder in enumerate(folders[1:], 1):
        for name in EVIDENCE_SEAL:
            writer.add(folder_of(place) + name, (folder / name).read_bytes())
    stamps = {
        folder_of(place) + name: folder / name
        for place, folder in enumerate(folders)
        for over, authority in layout.stamps(folder)
        if over == layout.SEALED
        for name in layout.stamp_names(layout.SEALED, authority)
    }
    for name, path in sorted(stamps.items()):
        writer.add(name, path.read_bytes())
    return bool(stamps)


class _Writer:
    """Members and their hashes."""

    def __init__(self, target: PackWriter) -> None:
        self._target = target
        self.digests: dict[str, str] = {}

    def add(self, name: str, content: bytes) -> None:
        self._target.add(name, content)
        self.digests[name] = hashlib.sha256(content).hexdigest()

    def finish(self, contents: PackContents, signer: Signer) -> PackContents:
        listed = sums({name: digest for name, digest in self.digests.items() if name not in UNSUMMED})
        self.add(layout.SUMS, listed)
        signed = replace(contents, sums=self.digests[layout.SUMS])
        self.add(CONTENTS, signed.to_bytes())
        self.add(SIGNATURE, signer.sign(signed.to_bytes()))
        self._target.close()
        return signed


def sums(digests: Mapping[str, str]) -> bytes:
    """SHA256SUMS, as `sha256sum` prints it."""
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items())).encode()


def _add_finding(
    writer: _Writer, findings: Path, finding: FindingLine, rules: RedactionRules, known: Collection[str]
) -> tuple[PackedFinding, bytes]:
    """With its line as packed."""
    tree = ProofCollector([finding.number - 1])
    content = b""
    with findings.open("rb") as lines:
        for number, (line, parsed) in enumerate(zip(lines, finding_lines(findings), strict=True), 1):
            tree.add(parsed.leaf)
            if number == finding.number:
                content = line.removesuffix(b"\n")
    redacted = redact_finding(content, rules, known)
    packed = PackedFinding(
        finding.id, "whole" if redacted.text is None else "redacted", finding.leaf.hex(), redacted.redactions
    )
    line = content if redacted.text is None else redacted.text
    writer.add(packed.file, line)
    writer.add(FINDING_PROOF, proof_text(finding.leaf, [(FINDINGS, tree.proofs()[finding.number - 1])]))
    return packed, line


def _records(
    own: SealedFolder, others: Sequence[SealedFolder], finding: FindingLine, largest: int | None
) -> list[_RecordPlace]:
    """Of each capture, once, what was sent and what came, in the finding's order; then witnesses of the hosts that served it there."""
    with opened(own.path, [one.path for one in others]) as store:
        cited = list(dict.fromkeys(finding.captures))
        captures = [(capture, store.folder_of(capture)) for capture in cited]
        for place in (store, *store.also):
            here = [capture for capture, folder in captures if folder == place.folder]
            captures += (
                (probe, place.folder)
                for probe in nearest_witnesses(place, here, largest, own.manifest["round"])
            )
        return [
            _RecordPlace(capture, 0, folder, location)
            for capture, folder in captures
            for location in store.locations(capture)
        ]


def _keys(placed: list[_RecordPlace], rules: RedactionRules, largest: int | None) -> Collection[str]:
    """Keys of sessions in the records: the cookie of an answer stands in the page of another, under no name."""
    found = (keys_in(_read(one).content, rules, largest) for one in placed)
    return dict.fromkeys(key for keys in found for key in keys)


def _read(one: _RecordPlace) -> warc.WarcRecord:
    where = one.location
    with (one.folder / where.file).open("rb") as file:
        record = warc.read_at(file, where.offset, where.length)
    if record is None:
        raise EvidenceDamaged(f"{where.file} ends before {where.offset}")
    return record


def _add_record(
    writer: _Writer,
    number: int,
    placed: _RecordPlace,
    ways: list[tuple[str, InclusionProof]],
    rules: RedactionRules,
    largest: int | None,
    known: Collection[str],
) -> PackedText:
    record = _read(placed)
    redacted = redact_record(record.content, rules, largest, known)
    packed = PackedRecord(
        number=number,
        capture=placed.capture,
        type=record.header("WARC-Type") or "",
        state="whole" if redacted.text is None else "redacted",
        leaf=record.leaf.hex(),
        size=len(record.content),
        body=redacted.body,
        left_out=redacted.left_out,
        redactions=redacted.redactions,
        place=placed.place,
    )
    given = record.content if redacted.text is None else redacted.text
    writer.add(packed.file, given)
    writer.add(packed.proof, proof_text(record.leaf, ways))
    image = packed.state == "whole" and (record.header("Content-Type") or "").startswith("image/")
    picture = record.block if image and packed.size < _LARGEST_PICTURE else b""
    head = given.partition(warc.RECORD_END)[0]
    witness = packed.state == "whole" and is_probe(head) and holds_witness(record.block)
    return PackedText(packed, head, picture, witness)
