"""The segments of one run: whole gzip members, written in batches, never appended to by another run."""

from __future__ import annotations

import os
from pathlib import Path

from evidence import layout


class SegmentWriter:
    """Buffers members of the segment at hand. Offsets are known before anything is written."""

    def __init__(self, shard: Path, epoch: int) -> None:
        self._shard = shard
        self._epoch = epoch
        self._number = 0
        self._descriptor: int | None = None
        self._members: list[bytes] = []
        self._written = 0
        self.buffered = 0

    @property
    def name(self) -> str:
        """File name of the segment at hand."""
        return layout.segment_name(self._epoch, self._number)

    @property
    def size(self) -> int:
        """What the segment will hold once the buffer is written."""
        return self._written + self.buffered

    def turn(self) -> None:
        """Ends the segment, whose buffer has been written, and begins the next."""
        self.close()
        self._number += 1
        self._written = 0

    def add(self, member: bytes) -> int:
        """Where in the segment the member will lie."""
        offset = self.size
        self._members.append(member)
        self.buffered += len(member)
        return offset

    def flush(self) -> None:
        """Makes the buffer durable. Raises OSError."""
        if self._descriptor is None:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
            self._descriptor = os.open(self._shard / self.name, flags, layout.PRIVATE)
            layout.sync_folder(self._shard)
        layout.write_all(self._descriptor, b"".join(self._members))
        os.fdatasync(self._descriptor)
        self._written += self.buffered
        self._members = []
        self.buffered = 0

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
