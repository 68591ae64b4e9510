"""Sealing a finished crawl: trees over what was recorded, hashes of all files, a signed manifest.

Sealing an extended round again keeps the manifests before it and names the last one. Not here: the seal
over the findings (`evidence.signing.findings_seal`), checking a seal (`evidence.verify.folder`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import json
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from evidence import layout
from evidence.canonical import canonical_line
from evidence.errors import EvidenceDamaged, EvidenceMissing, SealError
from evidence.regular_files import entries
from evidence.signing import keys
from evidence.signing.evidence_manifests import previous_manifests, previous_name
from evidence.signing.findings_seal import seal_findings, summary
from evidence.signing.keys import Signer
from evidence.signing.merkle import MerkleTree
from evidence.store import checkpoints
from evidence.store import plan as plans
from evidence.store.index import UNREADABLE, RecordRow, RunIndex
from evidence.store.index_rows import rows
from evidence.store.lease import closed
from evidence.store.recording import time_text

__all__ = ["FORMAT", "Manifest", "seal", "seal_findings"]

FORMAT = "govah-evidence-manifest/1"
_CHUNK = 1 << 20
_WORTH_A_PROCESS = 64 << 20  # bytes of segments
_UNSUMMED = frozenset({layout.MANIFEST, layout.SIGNATURE, layout.SUMS})


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was signed. values: the manifest's JSON; sha256: of the file, what later seals refer to."""

    values: Mapping[str, Any]
    sha256: str


def seal(
    folder: Path,
    *,
    signer: Signer,
    now: Callable[[], dt.datetime],
    round_id: str,
    software: Mapping[str, str],
    coverage: Mapping[str, int],
    findings: Path | None = None,
) -> Manifest:
    """Seals the evidence folder of a round. A seal that would say the same again is left as it is.

    Raises EvidenceMissing, or SealError while a run of the crawl is not closed or its index does not
    agree with its segments.
    """
    if not (folder / layout.PLAN).exists():
        raise EvidenceMissing(f"no evidence in {folder}")
    for pattern in layout.LEFTOVERS:
        for leftover in folder.rglob(pattern):
            leftover.unlink()
    shards, captures = _write_records(folder)
    layout.write_whole(folder / layout.SIGNER, signer.public_pem)
    whole = MerkleTree()  # over the roots of the shards: with one shard, its own root
    for tree in shards.values():
        whole.add(tree.root)
    values: dict[str, Any] = {
        "captures": captures,
        "checkpoints": len(checkpoints.lines(folder)),
        "coverage": dict(coverage),
        "format": FORMAT,
        "key": signer.fingerprint,
        "opened": time_text(plans.opened_at(folder)),
        "plan": hashlib.sha256(plans.in_force(folder).read_bytes()).hexdigest(),
        "records": {
            "count": sum(tree.size for tree in shards.values()),
            "root": whole.root.hex(),
            "shards": {name: {"count": tree.size, "root": tree.root.hex()} for name, tree in shards.items()},
        },
        "round": round_id,
        "software": dict(software),
    }
    if findings is not None:
        values["findings"] = summary(findings)
    standing = _standing(folder, signer, values)
    return standing or _sign(folder, signer, values, now())


def sums(folder: Path) -> bytes:
    """What `sha256sum` prints for every file but those that a seal cannot list."""
    listed = [path for path in files(folder) if not unsummed(path.relative_to(folder).as_posix())]
    for path in listed:
        if path.is_symlink():
            raise SealError(f"{path} is a symbolic link")
        if not path.is_file():  # a pipe never ends
            raise SealError(f"{path} is no regular file")
    with ThreadPoolExecutor(_processors()) as pool:  # hashing lets other threads go on
        digests = pool.map(_sha256, listed)
        lines = [
            f"{digest}  {path.relative_to(folder).as_posix()}\n"
            for digest, path in zip(digests, listed, strict=True)
        ]
    return "".join(lines).encode()


def _processors() -> int:
    return len(os.sched_getaffinity(0))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def unsummed(name: str) -> bool:
    """The three files that the seal writes last, and the time stamps over it, which come later still."""
    return name in _UNSUMMED or layout.stamps_the_seal(name)


def files(folder: Path) -> Iterator[Path]:
    """Everything in the folder that is no folder, in order of the relative name. Raises OSError where it cannot look."""
    found = (path for path, is_folder in entries(folder, _refuse) if not is_folder)
    yield from sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def _refuse(error: OSError) -> None:
    raise error


def _write_records(folder: Path) -> tuple[dict[str, MerkleTree], int]:
    """records.txt, one line a record; (tree of each shard, number of captures). Shards are read by several processes."""
    shards = layout.shards(folder)
    drafts = [folder / f"{shard.name}.part" for shard in shards]
    size = layout.size(shards)
    processes = min(len(shards), _processors(), 1 + size // _WORTH_A_PROCESS)
    if processes > 1:
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            read = list(pool.map(_write_shard_records, shards, drafts))
    else:
        read = list(map(_write_shard_records, shards, drafts))
    with layout.whole_file(folder / layout.RECORDS) as descriptor:
        for draft in drafts:
            with draft.open("rb") as file:
                while content := file.read(_CHUNK):
                    layout.write_all(descriptor, content)
            draft.unlink()
    trees = {shard.name: tree for shard, (tree, _) in zip(shards, read, strict=True)}
    return trees, sum(captures for _, captures in read)


def _write_shard_records(shard: Path, draft: Path) -> tuple[MerkleTree, int]:
    """The lines of one shard; (its tree, number of captures)."""
    tree = MerkleTree()
    captures = 0
    lines: list[str] = []
    with layout.draft_file(draft) as descriptor:
        for row, is_capture in _shard_records(shard):
            tree.add(row.leaf)
            captures += is_capture
            lines.append(f"{row.leaf.hex()} {shard.name}/{row.segment} {row.offset} {row.length}\n")
            if len(lines) == 1000:
                layout.write_all(descriptor, "".join(lines).encode())
                lines.clear()
        layout.write_all(descriptor, "".join(lines).encode())
    plans.write_head(shard, tree)
    return tree, captures


def _shard_records(shard: Path) -> Iterator[tuple[RecordRow, bool]]:
    """Records of all segments as they are on disk, held against the index."""
    position = 0
    for epoch in layout.epochs(shard):
        if not closed(shard / layout.epoch_name(epoch)):
            raise SealError(f"run {epoch} of {shard.name} did not end; crawl again to finish it")
        segments = layout.segments(shard, epoch)
        if not segments:
            continue
        path = shard / layout.index_name(epoch)
        if not path.exists():
            raise SealError(f"{path} is missing; govah verify --rebuild makes it anew")
        index = RunIndex.read(path)
        try:
            pairs = itertools.zip_longest(_read(segments, position), index.records())
            for found, indexed in pairs:
                if found is None or indexed is None or found[0] != indexed:
                    raise SealError(f"{path} does not agree with the segments at record {position}")
                yield found
                position += 1
        except UNREADABLE as error:
            raise SealError(f"{path}: {error}; govah verify --rebuild makes it anew") from None
        finally:
            index.close()


def _read(segments: list[Path], position: int) -> Iterator[tuple[RecordRow, bool]]:
    for segment in segments:
        with segment.open("rb") as file:
            try:
                for row, is_capture in rows(file, segment.name, position):
                    yield row, is_capture
                    position = row.position + 1
            except EvidenceDamaged as error:
                raise SealError(f"{segment}: {error}") from None


def _standing(folder: Path, signer: Signer, values: Mapping[str, Any]) -> Manifest | None:
    """The present seal, when it is sound and says exactly the same but for its time."""
    try:
        content = (folder / layout.MANIFEST).read_bytes()
        signature = (folder / layout.SIGNATURE).read_bytes()
        listed = (folder / layout.SUMS).read_bytes()
    except FileNotFoundError:
        return None
    key = keys.parse_public(signer.public_pem)
    if key is None or not keys.verifies(key, signature, content) or listed != sums(folder):
        return None
    present = json.loads(content)
    digest = hashlib.sha256(listed).hexdigest()
    unchanged = {name: present[name] for name in ("created", "prev") if name in present}
    if present != {**values, **unchanged, "sha256sums": digest}:
        return None
    return Manifest(present, hashlib.sha256(content).hexdigest())


def _sign(folder: Path, signer: Signer, values: dict[str, Any], now: dt.datetime) -> Manifest:
    previous = _keep_previous(folder)
    if previous is not None:
        values["prev"] = previous
    listed = sums(folder)
    values |= {"created": time_text(now), "sha256sums": hashlib.sha256(listed).hexdigest()}
    content = canonical_line(values)
    layout.write_whole(folder / layout.SUMS, listed)
    layout.write_whole(folder / layout.SIGNATURE, signer.sign(content))
    layout.write_whole(folder / layout.MANIFEST, content)  # last: with it the folder is sealed
    return Manifest(values, hashlib.sha256(content).hexdigest())


def _keep_previous(folder: Path) -> str | None:
    """Copies the present manifest to `manifest-N.json`; its hash. None when there is none.

    Time stamps over it go with it. A seal interrupted after the copy finds it again and makes no second one.
    """
    path = folder / layout.MANIFEST
    if not path.exists():
        return None
    content = path.read_bytes()
    kept = previous_manifests(folder)
    if not kept or kept[-1].read_bytes() != content:
        number = len(kept) + 1
        for source in (layout.SUMS, layout.SIGNATURE, layout.MANIFEST):
            if (folder / source).exists():
                target = folder / previous_name(source, number)
                layout.write_whole(target, (folder / source).read_bytes())
    number = len(previous_manifests(folder))
    for path in sorted(p for p in folder.iterdir() if layout.stamps_the_seal(p.name)):
        path.replace(folder / previous_name(path.name, number))
    layout.sync_folder(folder)
    return hashlib.sha256(content).hexdigest()
