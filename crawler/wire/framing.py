"""Where one HTTP/1 response ends on a connection (RFC 9112), as leniently as browsers read it.

Takes the bytes as they come and keeps none of the body: the exchange has them. Judges nothing.
"""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import urlsplit

from web.chunked import BadChunk, ChunkReader
from web.entity import is_chunked

_HEAD_END = re.compile(rb"\r?\n\r?\n")
STATUS_LINE = re.compile(rb"HTTP/(\d)(?:\.(\d))?[ \t]+(\d{3})(?!\d)", re.IGNORECASE)
_LENGTH = re.compile(rb"^content-length[ \t]*:(.*)$", re.IGNORECASE | re.MULTILINE)
_CONNECTION = re.compile(rb"^connection[ \t]*:(.*)$", re.IGNORECASE | re.MULTILINE)
_WITHOUT_BODY = (101, 204, 304)
_LONGEST_LENGTH = 15

State = Literal["head", "body", "done"]
_Body = Literal["length", "close", "chunks"]


class MalformedResponse(ValueError):
    """What came is no HTTP response."""


class Framing:
    """One response. state: "head" until its head is whole, "done" at its last byte.

    head: bytes of the final response's head, its blank line included, interim 1xx answers left out.
    status: of it. size: bytes of the entity so far, those before what is malformed included. until_close: only the end of the connection ends the body. reusable: the connection may
    carry another exchange afterwards.
    """

    __slots__ = (
        "_chunks",
        "_kind",
        "_left",
        "_line",
        "head",
        "reusable",
        "size",
        "state",
        "status",
        "until_close",
    )

    def __init__(self) -> None:
        self.state: State = "head"
        self.head = b""
        self.status = 0
        self.size = 0
        self.until_close = False
        self.reusable = False
        self._kind: _Body = "length"
        self._left = 0
        self._line = b""
        self._chunks = ChunkReader()

    def feed(self, data: bytes) -> int:
        """Bytes in it after the response's end. Raises MalformedResponse."""
        if self.state == "head":
            rest = self._feed_head(data)
            if rest is None:
                return 0
            data = rest
        if self.state == "done":
            return len(data)
        if self._kind == "length":
            return self._feed_length(data)
        if self._kind == "close":
            self.size += len(data)
            return 0
        return self._feed_chunks(data)

    def ended(self) -> bool:
        """Whether the response may end here, where the connection did."""
        return self.state == "done" or (self.state == "body" and self.until_close)

    def _feed_head(self, data: bytes) -> bytes | None:
        buffer = self._line + data
        searched = max(0, len(self._line) - 3)
        while True:
            if not may_start(buffer):
                raise MalformedResponse(f"no status line: {buffer[:40]!r}")
            end = _HEAD_END.search(buffer, searched)
            if end is None:
                self._line = buffer
                return None
            status = STATUS_LINE.match(buffer)
            if status is None:
                raise MalformedResponse(f"no status line: {buffer[:40]!r}")
            code = int(status.group(3))
            if not (100 <= code < 200 and code != 101):
                break
            buffer, searched = buffer[end.end() :], 0
            if not buffer:
                self._line = b""
                return None
        self._line = b""
        self.head, self.status = buffer[: end.end()], code
        self._begin_body(persistent=(status.group(1), status.group(2)) == (b"1", b"1"))
        return buffer[end.end() :]

    def _begin_body(self, *, persistent: bool) -> None:
        self.state = "body"
        said = b",".join(_CONNECTION.findall(self.head)).lower()
        self.reusable = b"close" not in said and (persistent or b"keep-alive" in said)
        if self.status in _WITHOUT_BODY:
            self.state, self.reusable = "done", False  # some send a body all the same
        elif is_chunked(self.head):
            self._kind = "chunks"
        else:
            self._begin_length()
        if self._kind == "close":
            self.until_close, self.reusable = True, False

    def _begin_length(self) -> None:
        lengths = {part.strip() for value in _LENGTH.findall(self.head) for part in value.split(b",")}
        if not lengths:
            self._kind = "close"
            return
        length = lengths.pop()
        if lengths or not length.isdigit() or len(length) > _LONGEST_LENGTH:
            raise MalformedResponse(f"Content-Length: {length[:40]!r}{' and others' if lengths else ''}")
        self._left = int(length)
        if self._left == 0:
            self.state = "done"

    def _feed_length(self, data: bytes) -> int:
        taken = min(len(data), self._left)
        self.size += taken
        self._left -= taken
        if self._left == 0:
            self.state = "done"
        return len(data) - taken

    def _feed_chunks(self, data: bytes) -> int:
        try:
            for begin, end in self._chunks.feed(data):
                self.size += end - begin
        except BadChunk as error:
            raise MalformedResponse(str(error)) from None
        if not self._chunks.done:
            return 0
        self.state = "done"
        return len(data) - self._chunks.end


def may_start(buffer: bytes) -> bool:
    """Whether a response may begin like that."""
    return buffer[:5].upper() == b"HTTP/"[: len(buffer[:5])]


def lone_request(method: str, address: str, user_agent: str, *fields: str) -> bytes:
    """The head of a request on a connection of its own. fields: further header lines."""
    parts = urlsplit(address)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = (
        f"{method} {target} HTTP/1.1",
        f"Host: {parts.netloc}",
        f"User-Agent: {user_agent}",
        *fields,
        "Connection: close",
    )
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode("ascii", "replace")
