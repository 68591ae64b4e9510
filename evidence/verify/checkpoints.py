"""Holds checkpoints and earlier manifests against the archive: each has to be a root it once had."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from evidence import layout
from evidence.canonical import canonical_line
from evidence.fault import MOST_FAULTS, Faults, Problem
from evidence.regular_files import content
from evidence.signing import keys
from evidence.signing.evidence_manifests import previous_manifests
from evidence.signing.merkle import MerkleTree
from evidence.store import checkpoints

_LARGEST = 64 << 20  # bytes of a file of checkpoints
_SHORTEST = 100  # bytes of a checkpoint's line: its hashes and its signature alone are more


@dataclass(frozen=True, slots=True)
class SignedRoot:
    """A root that was signed when the shard had so many records. file, item: who promised it."""

    file: str
    item: str
    problem: Problem
    shard: str
    size: int
    root: str


class SignedRoots:
    """Roots promised for sizes of the archive. Tell it each tree as it grows, then `finish`."""

    def __init__(self, promises: list[SignedRoot], faults: Faults) -> None:
        self._open: dict[tuple[str, int], list[SignedRoot]] = {}
        for promise in promises:
            self._open.setdefault((promise.shard, promise.size), []).append(promise)
        self._faults = faults

    def grown(self, shard: str, tree: MerkleTree) -> None:
        for promise in self._open.pop((shard, tree.size), ()):
            if promise.root != tree.root.hex():
                self._blame(promise, f"the root over {promise.size} records is another")

    def finish(self) -> None:
        for promises in self._open.values():
            for promise in promises:
                self._blame(promise, f"there are no {promise.size} records in {promise.shard}")

    def _blame(self, promise: SignedRoot, detail: str) -> None:
        self._faults.add(promise.file, promise.item, promise.problem, detail)


def read_checkpoints(
    evidence: Path, key: Ed25519PublicKey | None, plans: Collection[str] | None, faults: Faults
) -> list[SignedRoot]:
    """Checks signatures, chain and plans; what the checkpoints promise. plans: hashes of those that were sealed;
    None when that is not known.
    """
    path = evidence / layout.CHECKPOINTS
    promises: list[SignedRoot] = []
    previous: str | None = None
    for number, line in _lines(content(path) or b""):
        item = f"checkpoint {number}"
        checkpoint = _signed(line, key, path.name, item, faults)
        if checkpoint is not None:
            if checkpoint.get("prev") != previous or checkpoint.get("number") != number:
                faults.add(path.name, item, "changed_checkpoint", "it does not follow the one before")
            _check_plan(checkpoint, plans, path.name, item, faults)
            promises.append(_promise(checkpoint, path.name, item))
        previous = hashlib.sha256(line).hexdigest()
    return promises


def _lines(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Numbered, from 1. Of a file of lines too short to be checkpoints, of which there may be millions, a thousand."""
    short = 0
    for number, line in enumerate(BytesIO(content), 1):
        short += len(line) < _SHORTEST
        if short > MOST_FAULTS:
            return
        yield number, line


def published_checkpoints(
    path: Path, key: Ed25519PublicKey | None, plans: Collection[str] | None, faults: Faults
) -> list[SignedRoot]:
    """What checkpoints promise that somebody kept elsewhere: some lines of the file as it once was, or all."""
    promises: list[SignedRoot] = []
    with path.open("rb") as file:  # whoever verifies named it: a link or a pipe is as good
        kept = file.read(_LARGEST)
    for number, line in _lines(kept):
        item = f"line {number}"
        checkpoint = _signed(line.rstrip(b"\r\n") + b"\n", key, path.name, item, faults)
        if checkpoint is not None:
            _check_plan(checkpoint, plans, path.name, item, faults)
            promises.append(_promise(checkpoint, path.name, item))
    if not promises:
        faults.add(path.name, "", "changed_checkpoint", "there is no checkpoint in it")
    return promises


def _signed(
    line: bytes, key: Ed25519PublicKey | None, file: str, item: str, faults: Faults
) -> dict[str, Any] | None:
    """The checkpoint of a line, after holding it against its signature; None when it is none."""
    parsed = _parse(line)
    if parsed is None:
        faults.add(file, item, "changed_checkpoint", "not as a writer writes it")
        return None
    checkpoint, signed, signature = parsed
    if key is not None and checkpoint.get("key") != keys.fingerprint(key):
        faults.add(file, item, "foreign_signature", str(checkpoint.get("key")))
    elif key is not None and not keys.verifies(key, signature, signed):
        faults.add(file, item, "changed_checkpoint", "its signature does not fit")
    return checkpoint


def _check_plan(
    checkpoint: Mapping[str, Any], plans: Collection[str] | None, file: str, item: str, faults: Faults
) -> None:
    """What was set out to be done, before the first request, is what was sealed."""
    if plans is not None and checkpoint.get("plan") not in plans:
        faults.add(file, item, "changed_checkpoint", "the plan that it names is not there")


def _promise(checkpoint: dict[str, Any], file: str, item: str) -> SignedRoot:
    return SignedRoot(
        file,
        item,
        "changed_checkpoint",
        str(checkpoint.get("shard")),
        _number(checkpoint.get("records")),
        str(checkpoint.get("root")),
    )


def _parse(line: bytes) -> tuple[dict[str, Any], bytes, bytes] | None:
    """(checkpoint, the bytes that were signed, signature)."""
    try:
        values = json.loads(line)
        checkpoint = values["checkpoint"]
        signature = base64.b64decode(values["signature"], validate=True)
        signed = canonical_line(checkpoint)
        written = {"checkpoint": checkpoint, "signature": base64.b64encode(signature).decode("ascii")}
        whole = canonical_line(written)  # Base64 has several spellings of the same bytes
    except (ValueError, KeyError, TypeError, binascii.Error, RecursionError):
        return None
    if whole != line or not isinstance(checkpoint, dict) or checkpoint.get("format") != checkpoints.FORMAT:
        return None
    return checkpoint, signed, signature


def read_history(
    evidence: Path, manifest: dict[str, Any], key: Ed25519PublicKey | None, faults: Faults
) -> list[SignedRoot]:
    """Checks the chain of earlier manifests from the present one back; what they promise."""
    promises: list[SignedRoot] = []
    wanted = manifest.get("prev")
    for path in reversed(previous_manifests(evidence)):
        earlier_manifest = content(path) or b""
        if hashlib.sha256(earlier_manifest).hexdigest() != wanted:
            faults.add(path.name, "", "changed_history", "the manifest after it names another")
            return promises
        signature = content(path.with_suffix(".sig"))
        if signature is None or not (key is None or keys.verifies(key, signature, earlier_manifest)):
            faults.add(path.name, "", "changed_history", "its signature does not fit")
        earlier = _roots(earlier_manifest)
        if earlier is None:
            faults.add(path.name, "", "changed_history", "not as a seal writes it")
            return promises
        roots, wanted = earlier
        promises += [
            SignedRoot(path.name, "records.root", "changed_history", shard, size, root)
            for shard, size, root in roots
        ]
    if wanted is not None:
        faults.add(layout.MANIFEST, "prev", "changed_history", "the earlier manifest is not there")
    return promises


def _roots(manifest_: bytes) -> tuple[list[tuple[str, int, str]], str | None] | None:
    """((shard, size, root) of each shard, hash of the manifest before); None when it is no manifest."""
    try:
        manifest = json.loads(manifest_)
        shards = manifest["records"]["shards"].items()
        return [(name, _number(s["count"]), str(s["root"])) for name, s in shards], manifest.get("prev")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _number(value: Any) -> int:
    return value if isinstance(value, int) else -1
