"""What a disclosure pack holds: names of its members, its table of contents, the text form of proofs.

    README.md                                what it proves, and how to check it without govah
    index.html                               what was claimed and what was seen, for people
    verify.html                              checks a pack in a browser
    pack.json  pack.sig                      table of contents, signed by the auditor's key
    SHA256SUMS                               every member but these three
    finding.json                             the finding's line (finding.redacted.json: with values taken out)
    findings.manifest.json  .sig             the seal over the findings
    manifest.json  manifest.sig  signer.pem  the seal over the evidence, and whose it is
    manifest.A.tsq  manifest.A.tsr           time stamps over the seal, when there are any
    records/N.warc                           a record as it is in the archive, uncompressed
    records/N.redacted.txt                   a record as text, with values taken out or its body left out
    proofs/finding.txt  proofs/record-N.txt  from the leaf to the root that was signed
    places/N/                                the same files as of the evidence, of another vantage point that records are from

Not here: making a pack (`evidence.pack.maker`), checking one (`evidence.pack.verifier`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from evidence import layout
from evidence.canonical import canonical_line, parse_canonical_line
from evidence.redaction.bodies import Body, LeftOut
from evidence.signing import findings_seal
from evidence.signing.merkle import InclusionProof, Side

FORMAT = "govah-pack/2"
PLACES_FORMAT = (
    "govah-pack/3"  # with records of other vantage points; without, a pack is of the format before
)
OTHER_FORM = "not as govah pack writes it"
README = "README.md"
FIRST_PAGE = "index.html"
VERIFIER = "verify.html"
# Pages for people, by format: packs of the first one are still out there.
_ALL_PAGES = (README, FIRST_PAGE, VERIFIER)
PAGES = {"govah-pack/1": (README,), FORMAT: _ALL_PAGES, PLACES_FORMAT: _ALL_PAGES}
CONTENTS = "pack.json"
SIGNATURE = "pack.sig"
FINDING_PROOF = "proofs/finding.txt"
# Of the whole tree, whose leaves are the roots of the shards; and of the tree over the findings.
SHARDS, FINDINGS = "shards", "findings"
UNSUMMED = frozenset({CONTENTS, SIGNATURE, layout.SUMS})
EVIDENCE_SEAL = (layout.MANIFEST, layout.SIGNATURE, layout.SIGNER)
SEALS = (findings_seal.MANIFEST, findings_seal.SIGNATURE, *EVIDENCE_SEAL)
FINDING_FILES = ("finding.json", "finding.redacted.json")
SMALL = frozenset({*PAGES[FORMAT], CONTENTS, SIGNATURE, layout.SUMS, *FINDING_FILES, *SEALS})
_PLACE_SEAL = re.compile(r"places/[1-9]\d?/(?:manifest\.json|manifest\.sig|signer\.pem)")
_STAMP = re.compile(r"(?:places/[1-9]\d?/)?manifest\.[0-9a-f]{16}\.ts[qr]")
_RECORD = re.compile(r"records/([1-9]\d{0,3})\.(?:warc|redacted\.txt)")
_PROOF = re.compile(r"proofs/(?:finding|record-[1-9]\d{0,3})\.txt")
_TREE = re.compile(r"([a-z][a-z0-9-]{0,40}) (0|[1-9]\d{0,17}) ([1-9]\d{0,17})")
_STEP = re.compile(r"(left|right) ([0-9a-f]{64})")
_LEAF = re.compile(r"leaf ([0-9a-f]{64})")
_MOST_PLACES = 100  # that names of members have room for; a round joins ten
LARGEST_NUMBER = 2**53 - 1  # number that every reader of JSON holds exactly

State = Literal["whole", "redacted"]


@dataclass(frozen=True, slots=True)
class PackedFinding:
    """state: whole when its leaf can be computed anew from what the pack holds."""

    id: str
    state: State
    leaf: str
    redactions: Mapping[str, int]

    @property
    def file(self) -> str:
        return FINDING_FILES[self.state == "redacted"]


@dataclass(frozen=True, slots=True)
class PackedRecord:
    """One WARC record. capture: whose it is. size: of the original, uncompressed. body, left_out: see Redacted.

    place: number of the vantage point that it is from; 0 for the round's own.
    """

    number: int
    capture: str
    type: str
    state: State
    leaf: str
    size: int
    body: Body
    left_out: LeftOut
    redactions: Mapping[str, int]
    place: int = 0

    @property
    def file(self) -> str:
        return f"records/{self.number}.{'warc' if self.state == 'whole' else 'redacted.txt'}"

    @property
    def proof(self) -> str:
        return f"proofs/record-{self.number}.txt"


@dataclass(frozen=True, slots=True)
class PackedPlace:
    """Another vantage point that records are from. vantage: its name. key: its signer's fingerprint. manifest: SHA-256."""

    vantage: str
    key: str
    manifest: str


@dataclass(frozen=True, slots=True)
class PackContents:
    """The table of contents. manifest, findings_manifest: SHA-256 of those members. key: the signer's fingerprint.

    rules: SHA-256 of the rules of redaction. kept: kinds that were left in all the same. sums: SHA-256 of SHA256SUMS.
    places: other vantage points, numbered from 1.
    """

    round: str
    finding: PackedFinding
    records: tuple[PackedRecord, ...]
    manifest: str
    findings_manifest: str
    key: str
    rules: str
    kept: tuple[str, ...] = ()
    sums: str = ""
    format: str = FORMAT
    places: tuple[PackedPlace, ...] = ()

    def to_bytes(self) -> bytes:
        values = asdict(self)
        if self.format != PLACES_FORMAT:
            for part in (values, *values["records"]):
                part.pop("places", None)
                part.pop("place", None)
        return canonical_line(values)

    @classmethod
    def parse(cls, content: bytes) -> PackContents:
        """Raises ValueError for anything that `to_bytes` does not write."""
        try:
            values = parse_canonical_line(content)
            values["finding"] = PackedFinding(**values["finding"])
            values["records"] = tuple(PackedRecord(**record) for record in values["records"])
            values["kept"] = tuple(values["kept"])
            values["places"] = tuple(PackedPlace(**place) for place in values.get("places", ()))
            contents = cls(**values)
            sound = contents.to_bytes() == content and _typed(contents)
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"no table of contents: {type(error).__name__}") from None
        if not sound:
            raise ValueError(OTHER_FORM)
        return contents

    def members(self, stamps: Iterable[str] = ()) -> Iterator[str]:
        """Every member that has to be there, in their order. stamps: time stamps, which may be there as well."""
        yield from (self.finding.file, FINDING_PROOF)
        for record in self.records:
            yield from (record.file, record.proof)
        yield from SEALS
        for number in range(1, len(self.places) + 1):
            yield from (folder_of(number) + name for name in EVIDENCE_SEAL)
        yield from (*sorted(stamps), *PAGES[self.format], layout.SUMS, CONTENTS, SIGNATURE)


def _typed(contents: PackContents) -> bool:
    """What was parsed holds the types that it says; a table of contents may be anybody's."""
    texts = [contents.round, contents.manifest, contents.findings_manifest, contents.key, contents.rules]
    texts += [
        *contents.kept,
        contents.sums,
        contents.finding.id,
        contents.finding.leaf,
        contents.finding.state,
    ]
    for place in contents.places:
        texts += [place.vantage, place.key, place.manifest]
    counts: list[Any] = [*contents.finding.redactions.values()]
    for number, record in enumerate(contents.records, 1):
        if type(record.number) is not int or record.number != number:
            return False
        texts += [record.capture, record.type, record.state, record.leaf, record.body, record.left_out]
        counts += [record.size, record.place, *record.redactions.values()]
    states = {contents.finding.state, *(record.state for record in contents.records)}
    return (
        contents.format in PAGES
        and all(isinstance(text, str) for text in texts)
        and all(type(count) is int and 0 <= count <= LARGEST_NUMBER for count in counts)
        and states <= {"whole", "redacted"}
        and _known_places(contents)
    )


def _known_places(contents: PackContents) -> bool:
    """Each is there because of a record, and has a name of its own."""
    names = {place.vantage for place in contents.places}
    used = {record.place for record in contents.records} - {0}
    few = len(contents.places) == len(names) < _MOST_PLACES and "" not in names
    return few and used == set(range(1, len(names) + 1)) and bool(names) == (contents.format == PLACES_FORMAT)


def folder_of(place: int) -> str:
    """Before the names of the seal of a vantage point; "" for the round's own."""
    return f"places/{place}/" if place else ""


def is_place_seal(name: str) -> bool:
    return _PLACE_SEAL.fullmatch(name) is not None


def sealed_by(stamp: str) -> str:
    """The manifest that a time stamp's member is over."""
    return stamp[: stamp.rfind("/") + 1] + layout.MANIFEST


def is_stamp(name: str) -> bool:
    return _STAMP.fullmatch(name) is not None


def record_number(name: str) -> int | None:
    """The number of a record's member; None for other members."""
    match = _RECORD.fullmatch(name)
    return int(match.group(1)) if match else None


def is_proof(name: str) -> bool:
    return _PROOF.fullmatch(name) is not None


def proof_text(leaf: bytes, ways: list[tuple[str, InclusionProof]]) -> bytes:
    """From a leaf through one tree after the other, as a shell can read it."""
    lines = [f"leaf {leaf.hex()}"]
    for tree, proof in ways:
        lines.append(f"{tree} {proof.index} {proof.size}")
        lines += [f"{side} {sibling.hex()}" for side, sibling in proof.path]
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def parse_proof(content: bytes) -> tuple[bytes, list[tuple[str, InclusionProof]]] | None:
    """None when it is nothing that `proof_text` writes."""
    try:
        first, *lines = content.decode("ascii").split("\n")
    except UnicodeDecodeError:
        return None
    leaf = _LEAF.fullmatch(first)
    if leaf is None or not lines or lines.pop() != "":
        return None
    ways: list[tuple[str, int, int, list[tuple[Side, bytes]]]] = []
    for line in lines:
        if tree := _TREE.fullmatch(line):
            ways.append((tree.group(1), int(tree.group(2)), int(tree.group(3)), []))
        elif (step := _STEP.fullmatch(line)) and ways:
            ways[-1][3].append(("left" if step.group(1) == "left" else "right", bytes.fromhex(step.group(2))))
        else:
            return None
    proofs = [(tree, InclusionProof(index, size, tuple(path))) for tree, index, size, path in ways]
    return bytes.fromhex(leaf.group(1)), proofs
