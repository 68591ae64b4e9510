"""WARC 1.1 records, one gzip member each: writing, and reading back at an offset or in a row.

Blocks are raw bytes: nothing is parsed and written again. Not here: what a record means (`evidence.recording`).
"""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO

from isal import isal_zlib

from evidence.errors import EvidenceDamaged
from evidence.merkle import leaf_hash

_FIRST_STEP = 1 << 13
_LAST_STEP = 1 << 20
_LARGEST = 1 << 30  # of a record; a member that unfolds to more is none of ours
_UNSAFE = re.compile(r"[^\x21-\x7e]")
_LENGTH = re.compile(rb"\r\nContent-Length: (\d{1,15})\r\n")


@dataclass(frozen=True)
class Record:
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
        head = self.head
        marker = f"\r\n{name}: ".encode("ascii")
        start = head.find(marker)
        if start < 0:
            return None
        start += len(marker)
        end = head.find(b"\r\n", start)
        return head[start : end if end >= 0 else len(head)].decode("ascii", "replace")


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
    return "\r\n".join(lines).encode("ascii") + block + b"\r\n\r\n"


def member(record: bytes, level: int) -> bytes:
    """The record as one gzip member; the same bytes for the same record, no clock in it.

    level: 0 to 3. ISA-L packs pages ten times as fast as zlib does at its usual level, into a tenth more bytes.
    """
    stream = isal_zlib.compressobj(level, isal_zlib.DEFLATED, 31)
    return bytes(stream.compress(record) + stream.flush())


def read_at(file: BinaryIO, offset: int, length: int | None = None) -> Record | None:
    """The record whose member starts at the offset; None at the end of the file.

    length: of the member, when it is known; it saves reading further than that.
    Raises EvidenceDamaged when there is no complete, well-formed record.
    """
    file.seek(offset)
    stream = zlib.decompressobj(31)
    parts: list[bytes] = []
    used, size = 0, 0
    step = _FIRST_STEP if length is None else length
    while not stream.eof:
        chunk = file.read(step)
        if not chunk:
            if used == 0:
                return None
            raise EvidenceDamaged(f"record cut short at {offset}")
        try:
            parts.append(stream.decompress(chunk, _LARGEST - size))
        except zlib.error as error:
            raise EvidenceDamaged(f"no gzip member at {offset}: {error}") from None
        used += len(chunk) - len(stream.unused_data)
        size += len(parts[-1])
        if size >= _LARGEST:
            raise EvidenceDamaged(f"record past {_LARGEST} bytes at {offset}")
        step = min(2 * step, _LAST_STEP)
    content = b"".join(parts)
    if not well_formed(content):
        raise EvidenceDamaged(f"no WARC record at {offset}")
    return Record(offset, used, content)


def well_formed(content: bytes) -> bool:
    """A WARC/1.1 record whose block has the length that its header says."""
    end = content.find(b"\r\n\r\n")
    if not content.startswith(b"WARC/1.1\r\n") or end < 0 or not content.endswith(b"\r\n\r\n"):
        return False
    length = _LENGTH.search(content[: end + 2])
    return length is not None and len(content) == end + 8 + int(length.group(1))


def read_all(file: BinaryIO, offset: int = 0) -> Iterator[Record]:
    """Complete records from the offset on. Raises EvidenceDamaged where they end before the file does."""
    while (record := read_at(file, offset)) is not None:
        yield record
        offset += record.length
