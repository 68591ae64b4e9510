"""Reads the members of a disclosure pack once, as streams, and keeps what is needed to judge them.

Bounded: a name that no pack has is not read at all, small kinds are kept whole, of records a beginning and hashes.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from evidence.fault import Faults
from evidence.pack import format as form
from evidence.pack.zip_file import PackBroken, PackReader
from evidence.redaction.text import MARKER
from evidence.signing.timestamp_token import MOST_BYTES
from evidence.store import warc
from evidence.store.recording import HEADER

_START = 1 << 13  # of a record: its type and identifier are in the first lines
_HEAD = 1 << 20  # of a record: what is known of its capture ends with the vantage point
_MARK_LENGTH = 48
_SMALL = 4 << 20
_MOST_STAMPS = 200  # files of time stamps, which are kept whole: two an authority
_LIMITS = ((re.compile(r".*\.sig|.*signer\.pem"), 1 << 14), (re.compile(r"proofs/.*"), 1 << 13))


@dataclass(frozen=True, slots=True)
class MemberSummary:
    """A member as read. content: b"" of a record. leaf: of the Merkle tree, hex. marks: redactions, by kind.

    vantage: that a record says to be from; None where it says none.
    """

    size: int
    sha256: str
    leaf: str
    content: bytes
    start: bytes
    marks: Counter[str]
    vantage: str | None


def read_members(pack: PackReader, faults: Faults) -> dict[str, MemberSummary]:
    """By name. What cannot be read, has no place in a pack or is there twice is a fault, and is not among them."""
    found: dict[str, MemberSummary] = {}
    names: set[str] = set()
    stamps = 0
    for member in pack.members:
        name = member.shown
        limit = _limit(name)
        stamps += form.is_stamp(name)
        if limit is None or name in names or stamps > _MOST_STAMPS:
            faults.add(name[:200], "", "extra_file")
            continue
        names.add(name)
        if member.size > limit:
            faults.add(name, "", "changed_file", f"more than {limit} bytes")
            continue
        try:
            found[name] = _seen(pack.chunks(member), keep=form.record_number(name) is None)
        except PackBroken as error:
            faults.add(name, "", "changed_file", str(error))
    return found


def _limit(name: str) -> int | None:
    """Bytes that a member of this name may have; None when no pack has one."""
    if form.record_number(name) is not None:
        return warc.LARGEST
    if form.is_stamp(name):
        return MOST_BYTES
    if name in form.SMALL or form.is_proof(name) or form.is_place_seal(name):
        return next((limit for pattern, limit in _LIMITS if pattern.fullmatch(name)), _SMALL)
    return None


def _seen(chunks: Iterable[bytes], *, keep: bool) -> MemberSummary:
    digest, leaf = hashlib.sha256(), hashlib.sha256(b"\x00")
    marks: Counter[str] = Counter()
    kept: list[bytes] = []
    start = carried = b""
    size = 0
    for chunk in chunks:
        digest.update(chunk)
        leaf.update(chunk)
        size += len(chunk)
        if keep:
            kept.append(chunk)
        if not keep and len(start) < _HEAD:
            start += chunk[: _HEAD - len(start)]
        window = carried + chunk
        end = 0
        for match in MARKER.finditer(window):
            marks[match.group(1).decode("ascii")] += 1
            end = match.end()
        carried = window[max(end, len(window) - _MARK_LENGTH) :]
    content = b"".join(kept)
    return MemberSummary(
        size, digest.hexdigest(), leaf.hexdigest(), content, start[:_START], marks, _vantage(start)
    )


def _vantage(start: bytes) -> str | None:
    """Keys are sorted, so that it stands last; the head of a redacted record has other letters unescaped."""
    head = start.partition(warc.RECORD_END)[0].decode("utf-8", "replace")
    known = head.partition(f"\r\n{HEADER}: ")[2].partition("\r\n")[0]
    try:
        value = (
            json.loads(known.rpartition(',"vantage":')[2].removesuffix("}")) if known.endswith("}") else None
        )
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, str) else None
