"""Findings of another round, as far as its own seal proves them: read from its folder, or from a sealed summary of it.

A summary is one file, JSON a line. The first names the round and holds the manifest of its findings with signature
and key; every other one a finding as it was sealed, with the proof that it is in the signed tree. A finding may be
left out of a summary, none can be changed or put in.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Literal

from evidence import layout
from evidence.canonical import canonical_line
from evidence.errors import SealError
from evidence.regular_files import content, is_regular
from evidence.signing import findings_seal, keys
from evidence.signing.earlier_judgements import last_seal
from evidence.signing.findings_seal import finding_lines
from evidence.signing.merkle import InclusionProof, ProofCollector, leaf_hash
from evidence.verify.findings import cut_short

FORMAT = "govah-summary/1"
_LONGEST = 4 << 20  # bytes of a line of a summary
_MOST = 2_000_000  # lines

State = Literal["used", "unsealed", "unreadable", "edited", "foreign", "no_key"]
Lines = tuple[bytes, ...]
Wanted = Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class RoundSummary:
    """state: "used", or why nothing is: not sealed; no file of this kind; other bytes than were sealed, or an older
    judgement put back over the last; sealed by another key than those asked for; no key to ask for. round, key: as the seal says; None without one that can be
    read. lines: findings as they were sealed, only when used. judged: what the seal says they were made by, only when used.
    """

    state: State
    round: str | None = None
    key: str | None = None
    lines: Lines = ()
    judged: Mapping[str, Any] = field(default_factory=dict)


def trusted_keys(folder: Path, named: str | None) -> frozenset[str]:
    """Fingerprints of keys that may have sealed the round before: the one that sealed the round in `folder`, and the one
    that it names."""
    own = keys.parse_public(content(folder / "evidence" / layout.SIGNER) or b"")
    return frozenset([*([keys.fingerprint(own)] if own is not None else []), *([named] if named else [])])


def read_seal(place: Path, trusted: Collection[str]) -> RoundSummary:
    """The seal alone, without the findings under it, however many they are."""
    try:
        if place.is_dir():
            seal = _seal_of_folder(place, trusted)
            return seal if isinstance(seal, RoundSummary) else seal.told("used")
        with _opened(place) as lines:
            seal = _seal_of_summary(lines.readline(_LONGEST), trusted)
            return seal.refused or seal.told("used")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, SealError):
        return RoundSummary("unreadable")


def read(place: Path, wanted: Wanted, trusted: Collection[str]) -> RoundSummary:
    """Findings of the round at `place`. wanted: which lines are kept. trusted: fingerprints of keys."""
    try:
        return _of_folder(place, wanted, trusted) if place.is_dir() else _of_summary(place, wanted, trusted)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, SealError):
        return RoundSummary("unreadable")


def _of_folder(folder: Path, wanted: Wanted, trusted: Collection[str]) -> RoundSummary:
    findings = folder / "results" / findings_seal.FINDINGS
    seal = _seal_of_folder(folder, trusted)
    if isinstance(seal, RoundSummary):
        return seal
    signed = {name: seal.values["findings"][name] for name in ("count", "root", "sha256")}
    try:
        if findings_seal.summary(findings) != signed:
            return seal.told("edited")
    except SealError:
        return seal.told("edited")
    with findings.open("rb") as lines:
        return seal.told("used", tuple(line.rstrip(b"\n") for line in lines if wanted(line)))


def _seal_of_folder(folder: Path, trusted: Collection[str]) -> _FindingsSeal | RoundSummary:
    """The seal, of the last judgement and over this evidence; or why there is none."""
    results, evidence = folder / "results", folder / "evidence"
    manifest = content(results / findings_seal.MANIFEST)
    signature = content(results / findings_seal.SIGNATURE)
    pem = content(evidence / layout.SIGNER)
    if (
        manifest is None
        or signature is None
        or pem is None
        or not is_regular(results / findings_seal.FINDINGS)
    ):
        return RoundSummary("unsealed")
    seal = _FindingsSeal.of(manifest, signature, pem, trusted)
    if seal.refused is not None:
        return seal.refused
    sealed = content(evidence / layout.MANIFEST)
    if sealed is None or hashlib.sha256(sealed).hexdigest() != seal.values["evidence"]:
        return seal.told("edited")
    try:
        # an older judgement that was put back over the last one is as signed as that
        last = seal.values.get("previous") == last_seal(results)
        return seal if last and not cut_short(results) else seal.told("edited")
    except SealError:
        return seal.told("edited")


def _opened(file: Path) -> BinaryIO:
    if not is_regular(file.resolve()):  # nothing waits at a pipe
        raise ValueError("no file")
    return file.open("rb")


def _seal_of_summary(head: bytes, trusted: Collection[str]) -> _FindingsSeal:
    values = json.loads(head)
    if values["format"] != FORMAT:
        raise ValueError("format")
    return _FindingsSeal.of(
        _bytes(values["manifest"]), _bytes(values["signature"]), values["key"].encode(), trusted
    )


def _of_summary(file: Path, wanted: Wanted, trusted: Collection[str]) -> RoundSummary:
    with _opened(file) as lines:
        seal = _seal_of_summary(lines.readline(_LONGEST), trusted)
        if seal.refused is not None:
            return seal.refused
        found: list[bytes] = []
        last = -1
        for _, row in zip(range(_MOST), iter(lambda: lines.readline(_LONGEST), b""), strict=False):
            proven = _proven_line(row, seal.values["findings"])
            if proven is None or proven[0] <= last:  # each once, in the order of the findings
                return seal.told("edited")
            last, line = proven
            if wanted(line):
                found.append(line)
    return seal.told("used", tuple(found))


def _proven_line(row: bytes, signed: dict[str, Any]) -> tuple[int, bytes] | None:
    """(its place among the findings, from 0, and the finding as it was sealed); None when it is not proven."""
    try:
        values = json.loads(row)
        line = values["finding"].encode()
        path = tuple((side, bytes.fromhex(sibling)) for side, sibling in values["path"])
        proof = InclusionProof(values["index"], signed["count"], path)
        root = proof.root(leaf_hash(line))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return (proof.index, line) if root is not None and root.hex() == signed["root"] else None


@dataclass(frozen=True, slots=True)
class _FindingsSeal:
    """A manifest of findings whose signature fits, by a key that is asked for; else `refused` says why not."""

    values: dict[str, Any]
    refused: RoundSummary | None = None

    @classmethod
    def of(cls, manifest: bytes, signature: bytes, pem: bytes, trusted: Collection[str]) -> _FindingsSeal:
        key = keys.parse_public(pem)
        if key is None or not keys.verifies(key, signature, manifest):
            return cls({}, RoundSummary("edited"))
        values = json.loads(manifest)
        seal = cls(values)
        if values["format"] != findings_seal.FORMAT or values["key"] != keys.fingerprint(key):
            return cls(values, seal.told("edited"))
        if not trusted:
            return cls(values, seal.told("no_key"))
        return seal if values["key"] in trusted else cls(values, seal.told("foreign"))

    def told(self, state: State, lines: Lines = ()) -> RoundSummary:
        judged = self.values.get("judged") if state == "used" else None
        return RoundSummary(
            state, str(self.values["round"])[:200], str(self.values["key"])[:64], lines, dict(judged or {})
        )


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("base64") from error


def write(folder: Path, target: Path, wanted: Wanted) -> int:
    """Writes a summary of the round's findings; the number of them. Raises SealError when they are not sealed as they lie.

    The same round gives the same bytes.
    """
    whole = read(folder, lambda _: False, _keys(folder))
    if whole.state != "used":
        raise SealError(f"the findings of {folder} are not sealed as they lie ({whole.state})")
    results = folder / "results"
    findings = results / findings_seal.FINDINGS
    with findings.open("rb") as lines:
        chosen = {index: line.rstrip(b"\n") for index, line in enumerate(lines) if wanted(line)}
    prover = ProofCollector(chosen)
    for line in finding_lines(findings):
        prover.add(line.leaf)
    layout.write_whole(target, b"".join(_rows(folder, chosen, prover)), layout.SHARED)
    return len(chosen)


def _keys(folder: Path) -> set[str]:
    key = keys.parse_public(content(folder / "evidence" / layout.SIGNER) or b"")
    return {keys.fingerprint(key)} if key is not None else set()


def _rows(folder: Path, chosen: dict[int, bytes], prover: ProofCollector) -> Iterator[bytes]:
    manifest = (folder / "results" / findings_seal.MANIFEST).read_bytes()
    signature = (folder / "results" / findings_seal.SIGNATURE).read_bytes()
    yield canonical_line(
        {
            "format": FORMAT,
            "key": (folder / "evidence" / layout.SIGNER).read_text(encoding="ascii"),
            "manifest": base64.b64encode(manifest).decode(),
            "round": json.loads(manifest)["round"],
            "signature": base64.b64encode(signature).decode(),
        }
    )
    proofs = prover.proofs()
    for index, line in chosen.items():
        path = [[side, sibling.hex()] for side, sibling in proofs[index].path]
        yield canonical_line({"finding": line.decode(), "index": index, "path": path})
