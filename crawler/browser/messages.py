"""What the crawl and its browser process say to each other over a pair of pipes.

A message is four bytes of length, a JSON object, and the blobs whose sizes the object lists. Bounded on
both sides, so that a confused peer ends the conversation instead of filling the memory.
"""

from __future__ import annotations

import asyncio
import json
import struct
from dataclasses import dataclass
from typing import Any

_HEADER_LIMIT = 8 * 1024 * 1024
_BLOB_LIMIT = 64 * 1024 * 1024


class BadMessage(Exception):
    """The peer does not keep to the form; nothing more can be understood of it."""


@dataclass(frozen=True, slots=True)
class Message:
    content: dict[str, Any]
    blobs: tuple[bytes, ...] = ()


def encode(message: Message) -> bytes:
    content = {**message.content, "blobs": [len(blob) for blob in message.blobs]}
    header = json.dumps(content, ensure_ascii=True).encode("ascii")
    return b"".join([struct.pack(">I", len(header)), header, *message.blobs])


async def read(stream: asyncio.StreamReader) -> Message | None:
    """The next message; None at the end of the stream."""
    try:
        (length,) = struct.unpack(">I", await stream.readexactly(4))
        if length > _HEADER_LIMIT:
            raise BadMessage("header too long")
        content = json.loads(await stream.readexactly(length))
        sizes = content.pop("blobs")
        if sum(sizes) > _BLOB_LIMIT:
            raise BadMessage("blobs too long")
        blobs = [await stream.readexactly(size) for size in sizes]
    except asyncio.IncompleteReadError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadMessage(type(error).__name__) from None
    return Message(content, tuple(blobs))
