"""Bodies in chunks (RFC 9112, section 7.1): one grammar for who reads them as they come and for who reads them whole.

Beyond the standard's grammar only this is taken, because browsers take it: a line that ends without CR, and blanks around a
size. Extensions and trailers are passed over. Whatever else comes is no chunk, and neither is a line without an end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

# Fifteen digits are more than any body has; a size that wraps around is a way to lie.
_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?\r?\n", re.DOTALL)
_ENDS = (b"\r\n", b"\n")
_LONGEST_LINE = 8_192  # of a chunk's size with its extensions, or a trailer
_MOST_TRAILERS = 65_536


class BadChunk(ValueError):
    """What came is no chunk."""


class ChunkReader:
    """One body. begun: a chunk was announced. done: the last line came. end: where that was, in what was fed last."""

    __slots__ = ("_expects", "_left", "_line", "_trailers", "begun", "done", "end")

    def __init__(self) -> None:
        self.begun = False
        self.done = False
        self.end = 0
        self._expects: Literal["size", "content", "content_end", "trailers"] = "size"
        self._left = 0
        self._line = b""
        self._trailers = 0

    def feed(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Where content lies in it: (begin, end) of each piece. Raises BadChunk where it ends in disorder."""
        position = 0
        while position < len(data) and not self.done:
            if self._expects == "content":
                begin, position = position, min(position + self._left, len(data))
                self._left -= position - begin
                if not self._left:
                    self._expects = "content_end"
                yield begin, position
                continue
            end = data.find(b"\n", position) + 1
            if len(self._line) + (end or len(data)) - position > _LONGEST_LINE:
                raise BadChunk("a line between chunks without an end")
            self._line += data[position : end or len(data)]
            if not end:
                return
            position, line, self._line = end, self._line, b""
            self._take(line)
        self.end = position

    def _take(self, line: bytes) -> None:
        if self._expects == "size":
            size = _SIZE.fullmatch(line)
            if size is None:
                raise BadChunk(f"size of a chunk: {line[:40]!r}")
            self.begun = True
            self._left = int(size.group(1), 16)
            self._expects = "content" if self._left else "trailers"
        elif self._expects == "content_end":
            if line not in _ENDS:
                raise BadChunk(f"after a chunk: {line[:40]!r}")
            self._expects = "size"
        else:
            self._trailers += len(line)
            if self._trailers > _MOST_TRAILERS:
                raise BadChunk("trailers without an end")
            self.done = not line.strip()
