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
_LINE, _VANTAGE = f"\r\n{HEADER}: ".encode("ascii"), ',"vantage":'
_LINE_END = 1 << 13  # bytes: keys are sorted, so that the vantage point stands last
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
    known = _CaptureLine()
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
        else:
            start += chunk[: _START - len(start)]
            known.read(chunk)
        window = carried + chunk
        end = 0
        for match in MARKER.finditer(window):
            marks[match.group(1).decode("ascii")] += 1
            end = match.end()
        carried = window[max(end, len(window) - _MARK_LENGTH) :]
    content = b"".join(kept)
    return MemberSummary(size, digest.hexdigest(), leaf.hexdigest(), content, start, marks, known.vantage())


class _CaptureLine:
    """The end of the line of a record's head that says what is known of its capture: what a page asked for makes it of any length."""

    def __init__(self) -> None:
        self._text = b""
        self._begun = self._over = False

    def read(self, chunk: bytes) -> None:
        if self._over:
            return
        self._text += chunk
        if not self._begun:
            head, end, _ = self._text.partition(warc.RECORD_END)
            _, begun, line = head.partition(_LINE)
            self._begun, self._over = bool(begun), bool(end and not begun)
            self._text = line + end if begun else self._text[1 - len(_LINE) :]
        if self._begun:
            line, end, _ = self._text.partition(b"\r\n")
            self._over = bool(end)
            self._text = line[-_LINE_END:] if end else self._text[-_LINE_END - 1 :]

    def vantage(self) -> str | None:
        """The head of a redacted record has other letters unescaped."""
        _, found, value = self._text.decode("utf-8", "replace").rpartition(_VANTAGE)
        if not (self._begun and self._over and found and value.endswith("}")):
            return None
        try:
            name = json.loads(value.removesuffix("}"))
        except (ValueError, RecursionError):
            return None
        return name if isinstance(name, str) else None
