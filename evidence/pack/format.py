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
README = "README.md"
FIRST_PAGE = "index.html"
VERIFIER = "verify.html"
# Pages for people, by format: packs of the first one are still out there.
PAGES = {"govah-pack/1": (README,), FORMAT: (README, FIRST_PAGE, VERIFIER)}
CONTENTS = "pack.json"
SIGNATURE = "pack.sig"
FINDING_PROOF = "proofs/finding.txt"
# Of the whole tree, whose leaves are the roots of the shards; and of the tree over the findings.
SHARDS, FINDINGS = "shards", "findings"
UNSUMMED = frozenset({CONTENTS, SIGNATURE, layout.SUMS})
SEALS = (
    findings_seal.MANIFEST,
    findings_seal.SIGNATURE,
    layout.MANIFEST,
    layout.SIGNATURE,
    layout.SIGNER,
)
FINDING_FILES = ("finding.json", "finding.redacted.json")
SMALL = frozenset({*PAGES[FORMAT], CONTENTS, SIGNATURE, layout.SUMS, *FINDING_FILES, *SEALS})
_STAMP = re.compile(r"manifest\.[0-9a-f]{16}\.ts[qr]")
_RECORD = re.compile(r"records/([1-9]\d{0,3})\.(?:warc|redacted\.txt)")
_PROOF = re.compile(r"proofs/(?:finding|record-[1-9]\d{0,3})\.txt")
_PLACE = re.compile(r"([a-z][a-z0-9-]{0,40}) (0|[1-9]\d{0,17}) ([1-9]\d{0,17})")
_STEP = re.compile(r"(left|right) ([0-9a-f]{64})")
_LEAF = re.compile(r"leaf ([0-9a-f]{64})")
_LARGEST = 2**53 - 1  # number that every reader of JSON holds exactly

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
    """One WARC record. capture: whose it is. size: of the original, uncompressed. body, left_out: see Redacted."""

    number: int
    capture: str
    type: str
    state: State
    leaf: str
    size: int
    body: Body
    left_out: LeftOut
    redactions: Mapping[str, int]

    @property
    def file(self) -> str:
        return f"records/{self.number}.{'warc' if self.state == 'whole' else 'redacted.txt'}"

    @property
    def proof(self) -> str:
        return f"proofs/record-{self.number}.txt"


@dataclass(frozen=True, slots=True)
class PackContents:
    """The table of contents. manifest, findings_manifest: SHA-256 of those members. key: the signer's fingerprint.

    rules: SHA-256 of the rules of redaction. kept: kinds that were left in all the same. sums: SHA-256 of SHA256SUMS.
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

    def to_bytes(self) -> bytes:
        return canonical_line(asdict(self))

    @classmethod
    def parse(cls, content: bytes) -> PackContents:
        """Raises ValueError for anything that `to_bytes` does not write."""
        try:
            values = parse_canonical_line(content)
            values["finding"] = PackedFinding(**values["finding"])
            values["records"] = tuple(PackedRecord(**record) for record in values["records"])
            values["kept"] = tuple(values["kept"])
            contents = cls(**values)
            sound = contents.to_bytes() == content and _typed(contents)
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"no table of contents: {type(error).__name__}") from None
        if not sound:
            raise ValueError("not as govah pack writes it")
        return contents

    def members(self, stamps: Iterable[str] = ()) -> Iterator[str]:
        """Every member that has to be there, in their order. stamps: time stamps, which may be there as well."""
        yield from (self.finding.file, FINDING_PROOF)
        for record in self.records:
            yield from (record.file, record.proof)
        yield from (*SEALS, *sorted(stamps), *PAGES[self.format], layout.SUMS, CONTENTS, SIGNATURE)


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
    counts: list[Any] = [*contents.finding.redactions.values()]
    for number, record in enumerate(contents.records, 1):
        if type(record.number) is not int or record.number != number:
            return False
        texts += [record.capture, record.type, record.state, record.leaf, record.body, record.left_out]
        counts += [record.size, *record.redactions.values()]
    states = {contents.finding.state, *(record.state for record in contents.records)}
    return (
        contents.format in PAGES
        and all(isinstance(text, str) for text in texts)
        and all(type(count) is int and 0 <= count <= _LARGEST for count in counts)
        and states <= {"whole", "redacted"}
    )


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
        if place := _PLACE.fullmatch(line):
            ways.append((place.group(1), int(place.group(2)), int(place.group(3)), []))
        elif (step := _STEP.fullmatch(line)) and ways:
            ways[-1][3].append(("left" if step.group(1) == "left" else "right", bytes.fromhex(step.group(2))))
        else:
            return None
    proofs = [(tree, InclusionProof(index, size, tuple(path))) for tree, index, size, path in ways]
    return bytes.fromhex(leaf.group(1)), proofs
