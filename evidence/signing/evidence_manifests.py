"""Whether a seal stands over all that was recorded. Does not check it: that is `evidence.verify.folder`."""

from __future__ import annotations

from pathlib import Path

from evidence import layout
from evidence.regular_files import content


def manifest_in_force(evidence: Path) -> bytes | None:
    """The manifest; None when there is none, or when a run of the crawl came after it.

    None as well while a seal that was cut short waits to be made again: its first steps keep the manifest
    before as an earlier one, and leave files that are drafts.
    """
    try:
        manifest = (evidence / layout.MANIFEST).read_bytes()
        sums = (evidence / layout.SUMS).read_bytes()
    except FileNotFoundError:
        return None
    kept = previous_manifests(evidence)
    if kept and content(kept[-1]) == manifest:
        return None
    if any(next(evidence.rglob(pattern), None) for pattern in layout.LEFTOVERS):
        return None
    listed = {line.partition(b"  ")[2] for line in sums.splitlines()}
    runs = [
        f"{shard.name}/{layout.epoch_name(epoch)}".encode()
        for shard in layout.shards(evidence)
        for epoch in layout.epochs(shard)
    ]
    return manifest if all(run in listed for run in runs) else None


def previous_name(name: str, number: int) -> str:
    stem, dot, suffix = name.partition(".")
    return f"{stem}-{number}{dot}{suffix}"


def previous_manifests(folder: Path) -> list[Path]:
    """Manifests of earlier seals, oldest first."""
    found: list[Path] = []
    while (path := folder / previous_name(layout.MANIFEST, len(found) + 1)).exists():
        found.append(path)
    return found
