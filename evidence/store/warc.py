"""WARC 1.1 records, one gzip member each: writing, and reading back at an offset.

Blocks are raw bytes: nothing is parsed and written again. Not here: what a record means (`evidence.store.recording`).
"""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import BinaryIO

from isal import igzip_lib, isal_zlib

from evidence.errors import EvidenceDamaged
from evidence.signing.merkle import leaf_hash

_FIRST_STEP = 1 << 13
_LAST_STEP = 1 << 20
LARGEST = 1 << 30  # of a record; a member that unfolds to more is none of ours
_MEMBER_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_STORED = 0xFFFF  # bytes of one stored block of deflate
_SAMPLE = 1 << 12
FIRST_LINE = b"WARC/1.1\r\n"
RECORD_END = b"\r\n\r\n"
_UNSAFE = re.compile(r"[^\x21-\x7e]")
_LENGTH = re.compile(rb"\r\nContent-Length: (\d{1,15})\r\n")


@dataclass(frozen=True)
class WarcRecord:
    """One record as read: where its gzip member lies, and its uncompressed bytes."""

    offset: int
    length: int
    content: bytes

    @cached_property
    def leaf(self) -> bytes:
        return leaf_hash(self.content)

    @cached_property
    def head(self) -> bytes:
        return self.content[: self._head_end]

    @property
    def block(self) -> bytes:
        return self.content[self._head_end + 4 : -4]

    @cached_property
    def _head_end(self) -> int:
        return self.content.index(b"\r\n\r\n")

    def header(self, name: str) -> str | None:
        """Value of a header by its exact name, None when the record has none."""
        return header_in(self.head, name)


def header_in(head: bytes, name: str) -> str | None:
    """Value of a header by its exact name, None when the head has none."""
    marker = _marker(name)
    start = head.find(marker)
    if start < 0:
        return None
    start += len(marker)
    end = head.find(b"\r\n", start)
    return head[start : end if end >= 0 else len(head)].decode("ascii", "replace")


@lru_cache(maxsize=64)
def _marker(name: str) -> bytes:
    return f"\r\n{name}: ".encode("ascii")


def uri(text: str) -> str:
    """For a WARC header: printable ASCII, the rest percent-encoded."""
    return _UNSAFE.sub(
        lambda m: "".join(f"%{byte:02X}" for byte in m.group().encode("utf-8", "replace")), text
    )


def serialise(headers: Sequence[tuple[str, str]], block: bytes) -> bytes:
    """A record with its length and block digest. Values are printable ASCII, the caller's promise."""
    digest = base64.b32encode(hashlib.sha256(block).digest()).decode("ascii")
    lines = ["WARC/1.1", *(f"{name}: {value}" for name, value in headers)]
    lines += [f"WARC-Block-Digest: sha256:{digest}", f"Content-Length: {len(block)}", "", ""]
    return "\r\n".join(lines).encode("ascii") + block + RECORD_END


def member(record: bytes, level: int = 2) -> bytes:
    """The record as one gzip member; the same bytes for the same record, no clock in it.

    level: 1 to 3. ISA-L packs pages ten times as fast as zlib does at its usual level, into a tenth more bytes.
    """
    return bytes(igzip_lib.compress(record, level, igzip_lib.COMP_GZIP))


def member_around(record: bytes, start: int, end: int) -> bytes:
    """As `member`, with the bytes from start to end stored as they are, when they are packed already.

    Packing what is packed costs more time than all else, there and when it is read back, and gains nothing.
    """
    middle = (start + end) // 2
    sample = record[max(start, middle - _SAMPLE // 2) : min(end, middle + _SAMPLE // 2)]
    if len(isal_zlib.compress(sample, 1)) < 0.9 * len(sample):
        return member(record)
    parts: list[bytes | memoryview] = [_MEMBER_HEAD, _packed_part(record[:start])]
    content = memoryview(record)
    for at in range(start, end, _STORED):
        piece = content[at : min(at + _STORED, end)]
        size = len(piece)
        parts += [b"\x00", size.to_bytes(2, "little"), (size ^ 0xFFFF).to_bytes(2, "little"), piece]
    stream = isal_zlib.compressobj(2, isal_zlib.DEFLATED, -15)
    parts.append(stream.compress(record[end:]) + stream.flush())
    parts += [isal_zlib.crc32(record).to_bytes(4, "little"), len(record).to_bytes(4, "little")]
    return b"".join(parts)


def _packed_part(content: bytes) -> bytes:
    """Blocks of deflate that end on a whole byte and refer to nothing before them."""
    stream = isal_zlib.compressobj(2, isal_zlib.DEFLATED, -15)
    return bytes(stream.compress(content) + stream.flush(isal_zlib.Z_FULL_FLUSH))


def read_at(file: BinaryIO, offset: int, length: int | None = None) -> WarcRecord | None:
    """The record whose member starts at the offset; None at the end of the file.

    length: of the member, when it is known; it saves reading further than that.
    Raises EvidenceDamaged when there is no complete, well-formed record.
    """
    file.seek(offset)
    stream = zlib.decompressobj(31)
    parts: list[bytes] = []
    used, size = 0, 0
    step = _FIRST_STEP if length is None else min(length, LARGEST)
    while not stream.eof:
        chunk = file.read(step)
        if not chunk:
            if used == 0:
                return None
            raise EvidenceDamaged(f"record cut short at {offset}")
        try:
            parts.append(stream.decompress(chunk, LARGEST - size))
        except zlib.error as error:
            raise EvidenceDamaged(f"no gzip member at {offset}: {error}") from None
        used += len(chunk) - len(stream.unused_data)
        size += len(parts[-1])
        if size >= LARGEST:
            raise EvidenceDamaged(f"record past {LARGEST} bytes at {offset}")
        step = min(2 * step, _LAST_STEP)
    content = b"".join(parts)
    if not well_formed(content):
        raise EvidenceDamaged(f"no WARC record at {offset}")
    return WarcRecord(offset, used, content)


def well_formed(content: bytes) -> bool:
    """A WARC/1.1 record whose block has the length that its header says."""
    end = content.find(RECORD_END)
    return end >= 0 and content.endswith(RECORD_END) and len(content) == declared_size(content[:end])


def declared_size(head: bytes) -> int | None:
    """Size of the whole record by its head, which is without its blank line; None when that is no head of ours."""
    length = _LENGTH.search(head + b"\r\n")
    if length is None or not head.startswith(FIRST_LINE):
        return None
    return len(head) + 2 * len(RECORD_END) + int(length.group(1))
