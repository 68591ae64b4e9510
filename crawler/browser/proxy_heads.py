"""Heads of HTTP messages as the guard proxy reads and writes them. Not here: what is allowed (`guard_proxy`)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass

HEAD_LIMIT = 256 * 1024
_CHUNK = 64 * 1024
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_BREAKS = re.compile(r"[\r\n\0]")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_ABOUT_THE_CONNECTION = frozenset((b"connection", b"keep-alive", b"proxy-connection"))


class ProxyDenied(Exception):
    """The answer is ours; `status` None means that the connection is closed without a word."""

    def __init__(self, status: str | None, headers: Iterable[str] = ()) -> None:
        super().__init__(status)
        self.status = status
        self.headers = tuple(headers)


@dataclass(frozen=True, slots=True)
class ProxyRequest:
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name), None)


async def read_request(reader: asyncio.StreamReader) -> ProxyRequest:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, version = head[0].split(" ")
    pairs = [line.partition(":") for line in head[1:] if line]
    # A line end of its own kind, or a folded line, is read as one header here and as two by somebody behind us.
    if _BREAKS.search("".join(head)) or version not in ("HTTP/1.1", "HTTP/1.0"):
        raise ValueError("no plain request head")
    if not all(_TOKEN.fullmatch(name) for name, _, _ in pairs):
        raise ValueError("no header name")
    return ProxyRequest(method, target, tuple((name.strip(), value.strip()) for name, _, value in pairs))


async def read_response_head(reader: asyncio.StreamReader) -> bytes:
    """The response head, changed only so that the browser uses the connection once: its next request may be
    for another host, or may be no GET. What follows the head in the same read is part of the return."""
    data = b""
    while True:
        end = _END_OF_HEAD.search(data)
        if end is None or not data.startswith(b"HTTP/1."):
            chunk = await reader.read(_CHUNK)
            data += chunk
            if not chunk or len(data) > HEAD_LIMIT or data[:7] != b"HTTP/1."[: len(data)]:
                return data  # no HTTP/1 at all, or cut short: for the browser to make sense of
        elif data[9:12] == b"101":
            raise ProxyDenied(None)
        elif data[9:10] == b"1":  # 100 or 103: not the answer yet
            data = data[end.end() :]
        else:
            return _closing(data[: end.start()]) + data[end.end() :]


def _closing(head: bytes) -> bytes:
    lines = [line.rstrip(b"\r") for line in head.split(b"\n")]
    kept = [line for line in lines if line.partition(b":")[0].strip().lower() not in _ABOUT_THE_CONNECTION]
    return b"\r\n".join([*kept, b"Connection: close", b"", b""])
