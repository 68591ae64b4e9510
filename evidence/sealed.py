"""Whether a seal stands over all that was recorded. Does not check it: that is `evidence.verify`."""

from __future__ import annotations

from pathlib import Path

from evidence import layout


def manifest_in_force(evidence: Path) -> bytes | None:
    """The manifest; None when there is none, or when a run of the crawl came after it."""
    try:
        content = (evidence / layout.MANIFEST).read_bytes()
        sums = (evidence / layout.SUMS).read_bytes()
    except FileNotFoundError:
        return None
    listed = {line.partition(b"  ")[2] for line in sums.splitlines()}
    runs = [
        f"{shard.name}/{layout.epoch_name(epoch)}".encode()
        for shard in layout.shards(evidence)
        for epoch in layout.epochs(shard)
    ]
    return content if all(run in listed for run in runs) else None
