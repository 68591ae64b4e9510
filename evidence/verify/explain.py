"""Says what became of a segment: compares the records that are there with those that were sealed."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable
from typing import BinaryIO, TypeVar

from evidence.fault import Faults
from evidence.store.sealed_records import SealedRecord
from evidence.verify.scan import ScannedRecord, file_size, scan

_Item = TypeVar("_Item", SealedRecord, ScannedRecord)


def explain(file: BinaryIO, name: str, sealed: list[SealedRecord], faults: Faults) -> None:
    """Between two records that are as they were, strangers stand for what is missing, in order."""
    found = list(scan(file))
    wanted = {entry.leaf: entry for entry in sealed}
    strangers = _gaps(found, wanted.keys())
    for before, missing in _gaps(sealed, {record.leaf for record in found}).items():
        instead = strangers.pop(before, [])
        for entry, now in itertools.zip_longest(missing, instead):
            if now is None:
                faults.add(name, f"record {entry.position}", "missing_record", str(entry.offset))
            elif entry is None:
                strangers.setdefault(before, []).append(now)
            else:
                item = f"record {entry.position}" + (f" ({now.name})" if now.name else "")
                torn = (
                    now.leaf is None
                    and now.offset + now.length == file_size(file) < entry.offset + entry.length
                )
                faults.add(name, item, "torn_file" if torn else "changed_record", str(now.offset))
    for record in itertools.chain.from_iterable(strangers.values()):
        what = record.name or ("a record" if record.leaf else f"{record.length} bytes")
        faults.add(name, what, "added_record", str(record.offset))
    _explain_order(name, found, wanted, faults)


def _gaps(items: Iterable[_Item], known: Collection[bytes | None]) -> dict[bytes | None, list[_Item]]:
    """Items whose leaf is not known, in order, by the known leaf before them."""
    gaps: dict[bytes | None, list[_Item]] = {}
    before: bytes | None = None
    for item in items:
        if item.leaf is not None and item.leaf in known:
            before = item.leaf
        else:
            gaps.setdefault(before, []).append(item)
    return gaps


def _explain_order(
    name: str, found: list[ScannedRecord], wanted: dict[bytes, SealedRecord], faults: Faults
) -> None:
    last = -1
    seen: set[bytes] = set()
    for record in found:
        entry = wanted.get(record.leaf) if record.leaf is not None else None
        if entry is None:
            continue
        if entry.leaf in seen:
            faults.add(name, f"record {entry.position}", "added_record", str(record.offset))
        elif entry.position < last:
            faults.add(name, f"record {entry.position}", "reordered_record", str(record.offset))
        seen.add(entry.leaf)
        last = max(last, entry.position)
