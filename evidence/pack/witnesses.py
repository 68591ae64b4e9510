"""The handshake witnesses in a disclosure pack that verified: records of TLS probes that were packed whole.

In a redacted record a part of the handshake may be missing, and its text is not what was sealed; it counts as none.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from evidence.fault import Faults
from evidence.kinds.tls import TlsFacts
from evidence.pack.format import PackContents
from evidence.pack.zip_file import PackReader
from evidence.records import Capture
from evidence.store import warc
from evidence.store.recording import HEADER, parse_capture
from evidence.verify.witnesses import Witnesses, witnesses_of

_LARGEST = 8 << 20  # bytes of a probe's record: its connections and certificates have a tenth of it
_HEAD = 1 << 16


def pack_witnesses(path: Path, contents: PackContents, faults: Faults) -> Witnesses:
    """contents: of this pack. Raises OSError, PackBroken."""
    with PackReader(path) as pack:
        return witnesses_of(_probes(pack, contents), (contents.round,), faults)


def _probes(pack: PackReader, contents: PackContents) -> Iterator[tuple[str, Capture, bytes]]:
    members = {member.shown: member for member in pack.members}
    for record in contents.records:
        member = members[record.file]
        if record.state == "redacted" or record.type != "resource" or member.size > _LARGEST:
            continue
        head, _, block = b"".join(pack.chunks(member)).partition(warc.RECORD_END)
        capture = _capture(head)
        if capture is not None:
            yield record.file, capture, block.removesuffix(warc.RECORD_END)


def _capture(head: bytes) -> Capture | None:
    """None for one of another kind, or for what nobody can read: any key may have signed it."""
    try:
        capture = parse_capture(warc.header_in(head[:_HEAD], HEADER) or "")
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    return capture if isinstance(capture.facts, TlsFacts) else None
