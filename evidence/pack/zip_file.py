"""The zip around a disclosure pack, which has one form: its members say every byte of it.

Members are stored, not deflated: a deflate stream can be written in many ways, ends where its own bits say, and comes
out otherwise from every version of zlib. Each member stands behind its head, one after the other; no clock, no owner,
no comment, no extra field; behind them the directory and the end, which follow from the heads. A reader holds every
byte against that form, so that nothing can lie in a pack but what the table of contents signs, and every other reader
of zips sees the same members. Nothing is unpacked, nothing is written to the disk. What members mean is
`evidence.pack.verifier`.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

MOST_BYTES = 2 << 30  # of a pack
MOST_MEMBERS = 9_999
LONGEST_NAME = 6_000  # bytes; those of packs have a hundredth of it
_STEP = 1 << 16
_VERSION = 20  # of the format: folders in names
_BY = 3 << 8 | _VERSION  # a file of Unix
_MIDNIGHT, _DAY = 0, 1 << 5 | 1  # 1980-01-01, where the zip's clock begins
_FILE = 0o100644 << 16  # an ordinary file, readable by all
_LOCAL = struct.Struct("<4s5H3L2H")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_LOCAL_MARK, _ENTRY_MARK, _END_MARK = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
# Of a member's head, in the order of the format; crc, sizes and the length of the name are the member's own.
_FIELDS = ("version", "flags", "method", "time", "date", "crc", "packed size", "size", "name", "extra field")
_OWN = frozenset({"crc", "size", "name"})


class PackBroken(Exception):
    """It is no zip that can be read whole and within bounds."""


class ZipChanged(PackBroken):
    """It is a zip, and not in the form in which packs are written."""


@dataclass(frozen=True, slots=True)
class ZipMember:
    """name: as its bytes stand in the zip. at: where its head begins."""

    name: bytes
    crc: int
    size: int
    at: int

    def head(self) -> bytes:
        sizes = (self.crc, self.size, self.size)
        when = (_MIDNIGHT, _DAY)
        return _LOCAL.pack(_LOCAL_MARK, _VERSION, 0, 0, *when, *sizes, len(self.name), 0) + self.name

    def entry(self) -> bytes:
        """What the directory says of it."""
        known = (_BY, _VERSION, 0, 0, _MIDNIGHT, _DAY, self.crc, self.size, self.size)
        return _ENTRY.pack(_ENTRY_MARK, *known, len(self.name), 0, 0, 0, 0, _FILE, self.at) + self.name

    @property
    def start(self) -> int:
        return self.at + _LOCAL.size + len(self.name)

    @property
    def shown(self) -> str:
        return self.name.decode("utf-8", "replace")


def _directory(members: list[ZipMember]) -> bytes:
    """The directory and the end of a zip of these members."""
    entries = b"".join(member.entry() for member in members)
    start = members[-1].start + members[-1].size if members else 0
    count = len(members)
    return entries + _END.pack(_END_MARK, 0, 0, count, count, len(entries), start, 0)


class PackWriter:
    """Members in the order of writing."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._members: list[ZipMember] = []
        self._at = 0

    def add(self, name: str, content: bytes) -> None:
        """Raises PackBroken where it would be a larger pack than any reader takes."""
        member = ZipMember(name.encode("utf-8"), zlib.crc32(content), len(content), self._at)
        self._at = member.start + member.size
        if self._at > MOST_BYTES or len(self._members) == MOST_MEMBERS:
            raise PackBroken(_too_much())
        self._members.append(member)
        self._file.write(member.head())
        self._file.write(content)

    def close(self) -> None:
        self._file.write(_directory(self._members))


class PackReader:
    """The members of a pack, once every byte that is not of a member is as it has to be."""

    def __init__(self, path: Path) -> None:
        """Raises PackBroken, ZipChanged, OSError."""
        self._file = path.open("rb")
        try:
            self.members = _members(self._file)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> PackReader:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def chunks(self, member: ZipMember) -> Iterator[bytes]:
        """Raises PackBroken, once all is read, where the bytes are others than the zip says."""
        self._file.seek(member.start)
        left, crc = member.size, 0
        while left and (chunk := self._file.read(min(left, _STEP))):
            left -= len(chunk)
            crc = zlib.crc32(chunk, crc)
            yield chunk
        if left or crc != member.crc:
            raise PackBroken("its bytes are not those that the zip was made of")


def _members(file: BinaryIO) -> list[ZipMember]:
    size = file.seek(0, 2)
    file.seek(0)
    if size > MOST_BYTES + 3 * MOST_MEMBERS * LONGEST_NAME:
        raise PackBroken(_too_much())
    members: list[ZipMember] = []
    at = 0
    while (member := _member(file, at, size, members)) is not None:
        members.append(member)
        at = member.start + member.size
        if len(members) > MOST_MEMBERS or at > MOST_BYTES:
            raise PackBroken(_too_much())
    wanted = _directory(members)
    file.seek(at)
    found = file.read(len(wanted) + 1)
    if found != wanted:
        raise ZipChanged(_difference(found, wanted, members))
    return members


def _member(file: BinaryIO, at: int, size: int, before: list[ZipMember]) -> ZipMember | None:
    """The member whose head begins here; None where the directory or the end does."""
    file.seek(at)
    head = file.read(_LOCAL.size)
    if head[:4] in (_ENTRY_MARK, _END_MARK):
        return None
    behind = f"behind {before[-1].shown}" if before else "at its beginning"
    if len(head) < _LOCAL.size or not head.startswith(_LOCAL_MARK):
        broken = PackBroken if not before or size - at < _LOCAL.size else ZipChanged
        raise broken(f"{behind}, at byte {at}, neither a member nor the directory begins")
    values = _LOCAL.unpack(head)
    crc, length, name = int(values[6]), int(values[8]), int(values[9])
    if name > LONGEST_NAME:  # thousands of the longest that zips can have would not fit into memory
        raise PackBroken(f"the name of the member that begins at byte {at} has {name} bytes")
    member = ZipMember(file.read(name), crc, length, at)
    if len(member.name) < name or member.start + length > size:
        raise PackBroken(f"it ends inside the member that begins at byte {at}")
    for field, found, wanted in zip(
        _FIELDS, values[1:], _LOCAL.unpack(member.head()[: _LOCAL.size])[1:], strict=True
    ):
        if field not in _OWN and found != wanted:
            raise ZipChanged(f"head of {member.shown[:200]}: {field} {found} where packs have {wanted}")
    return member


def _difference(found: bytes, wanted: bytes, members: list[ZipMember]) -> str:
    """Where the directory is first another than the heads say."""
    at = next(
        (place for place, (one, other) in enumerate(zip(found, wanted, strict=False)) if one != other), None
    )
    if at is None:
        return "bytes lie behind its end" if len(found) > len(wanted) else "its directory is cut short"
    for member in members:
        if at < len(member.entry()):
            return f"its directory says otherwise of {member.shown[:200]} than the member's head (byte {at} of the entry)"
        at -= len(member.entry())
    return f"its end does not describe the file (byte {at} of the end)"


def _too_much() -> str:
    return f"more than {MOST_BYTES} bytes or {MOST_MEMBERS} members"
