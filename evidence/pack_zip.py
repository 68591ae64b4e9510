"""The zip around a disclosure pack: written with the same bytes every time, read within bounds.

A pack comes from strangers. Nothing of it is written to the disk, no member is larger than its kind may be, all
together are bounded, and nothing may hide between or behind the members. What they mean is `evidence.pack_verify`.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

MOST_BYTES = 2 << 30  # of all members, unpacked
MOST_MEMBERS = 9_999
_DIRECTORY = 2 << 20  # bytes of a directory with so many members
_EPOCH = (1980, 1, 1, 0, 0, 0)
_STEP = 1 << 16
_END = struct.Struct("<4s4H2LH")
_LOCAL = struct.Struct("<4s5H3L2H")
_NOT_OURS = 0x1 | 0x8 | 0x20 | 0x40 | 0x2000  # encrypted, described behind, patched, masked
_WAYS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BLOCK = struct.Struct("<2H")
_OTHER_NAME = (
    0x7075  # of an extra field: the name that Info-ZIP's `unzip` gives the member in place of its own
)


class PackBroken(Exception):
    """It is no zip that is safe and complete to read."""


class PackWriter:
    """Members in the order of writing, without clock, owner or system in the zip."""

    def __init__(self, file: BinaryIO) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)

    def add(self, name: str, content: bytes) -> None:
        member = zipfile.ZipInfo(name, _EPOCH)
        member.compress_type = zipfile.ZIP_DEFLATED
        member.create_system = 3
        member.external_attr = 0o100644 << 16
        self._zip.writestr(member, content, compresslevel=9)

    def close(self) -> None:
        self._zip.close()


class PackReader:
    """Names as they stand in the zip; folders are not told."""

    def __init__(self, path: Path) -> None:
        """Raises PackBroken, OSError."""
        self._file = path.open("rb")
        try:
            start = _directory(self._file)
            self._zip = zipfile.ZipFile(self._file)
            self._members = self._zip.infolist()
            self._check_places(start)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error) as error:
            self._file.close()
            raise PackBroken(str(error)) from None
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> PackReader:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def members(self) -> Iterator[tuple[str, zipfile.ZipInfo]]:
        for member in self._members:
            if not (member.orig_filename.endswith("/") and member.file_size == 0):
                yield member.orig_filename, member

    def chunks(self, member: zipfile.ZipInfo) -> Iterator[bytes]:
        """Raises PackBroken where the member cannot be unpacked, or is not what the zip says of it."""
        left = member.file_size
        try:
            with self._zip.open(member) as stream:
                while chunk := stream.read(_STEP):
                    left -= len(chunk)
                    yield chunk
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            NotImplementedError,
            RuntimeError,
            ValueError,
        ) as error:
            raise PackBroken(str(error)) from None
        if left:
            raise PackBroken(f"{left} bytes are missing")

    def _check_places(self, directory: int) -> None:
        """Members lie one behind the other and fill the file: what one reader sees every reader sees."""
        at = 0
        for member in sorted(self._members, key=lambda member: member.header_offset):
            if member.header_offset != at:
                raise PackBroken(f"bytes that are no member lie at {at}")
            if member.flag_bits & _NOT_OURS or member.compress_type not in _WAYS:
                raise PackBroken(f"the member at {at} is not packed as in a pack")
            at += _local_size(self._file, member) + member.compress_size
        if at != directory:
            raise PackBroken(f"bytes that are no member lie at {at}")
        if sum(member.file_size for member in self._members) > MOST_BYTES:
            raise PackBroken(f"more than {MOST_BYTES} bytes when unpacked")


def _directory(file: BinaryIO) -> int:
    """Where the directory begins, before anything of it is read into memory."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _END.size))
    end = file.read(_END.size)
    if len(end) < _END.size or not end.startswith(b"PK\x05\x06"):
        raise PackBroken("it does not end as a zip does")
    _, disk, first, here, members, length, start, comment = _END.unpack(end)
    if (disk, first, comment) != (0, 0, 0) or here != members or start + length + _END.size != size:
        raise PackBroken("its end does not describe the file")
    if members > MOST_MEMBERS or length > _DIRECTORY:
        raise PackBroken(f"more than {MOST_MEMBERS} members")
    return int(start)


def _local_size(file: BinaryIO, member: zipfile.ZipInfo) -> int:
    """Size of the head before a member's bytes, once it is known to say the same as the directory."""
    file.seek(member.header_offset)
    head = _LOCAL.unpack(file.read(_LOCAL.size))
    name, extra = int(head[9]), int(head[10])
    said = (head[0], head[2], head[3], *head[6:9])
    known = (member.flag_bits, member.compress_type, member.CRC, member.compress_size, member.file_size)
    if said != (b"PK\x03\x04", *known):
        raise PackBroken(f"the member at {member.header_offset} is another than the directory says")
    file.seek(name, 1)
    if _has_other_name(member.extra) or _has_other_name(file.read(extra)):
        raise PackBroken(f"the member at {member.header_offset} has another name for other readers")
    return _LOCAL.size + name + extra


def _has_other_name(extra: bytes) -> bool:
    """Raises struct.error for extra fields that do not fill their room."""
    at = 0
    while at < len(extra):
        kind, length = _BLOCK.unpack_from(extra, at)
        if kind == _OTHER_NAME:
            return True
        at += _BLOCK.size + length
    return False
