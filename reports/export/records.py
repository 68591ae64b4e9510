"""Records of an exported archive: as they lie in the evidence, or made anew and saying so.

A copy is the sealed record, byte for byte. What is made anew names the record it was made from
(`Govah-Copy-Of`), that record's leaf in the sealed tree (`Govah-Copy-Leaf`) and its own fidelity.
Not here: which records go along (`reports.export.replay_records`).
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import io
import re
from dataclasses import dataclass

from evidence.errors import EvidenceDamaged
from evidence.kinds.http import HttpFacts
from evidence.records import Capture
from evidence.redaction import secrets
from evidence.store import warc
from evidence.store.recording import FIDELITY, opening, record_id, time_text
from reports.export.cookies import blanked
from web import entity

COPY_OF, COPY_LEAF = "Govah-Copy-Of", "Govah-Copy-Leaf"
REPLAY = "dom-serialised; made inert for replay"
BLANKED = "wire; values of cookies and keys blanked"
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})[ \r\n]")
_PACKED = re.compile(r"(?:image/(?!svg)|font/|application/)", re.IGNORECASE)
_READ = 16 << 20  # bytes of a body
_HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class ArchiveRecord:
    """A record as it lies in the evidence. member: its gzip member."""

    member: bytes
    record: warc.WarcRecord

    @classmethod
    def of(cls, member: bytes) -> ArchiveRecord:
        """Raises EvidenceDamaged."""
        record = warc.read_at(io.BytesIO(member), 0, len(member))
        if record is None or record.length != len(member):
            raise EvidenceDamaged("a record does not end where its index says")
        return cls(member, record)

    @property
    def id(self) -> str:
        return self.record.header("WARC-Record-ID") or ""


def digest(payload: bytes) -> str:
    """As `WARC-Payload-Digest` has it."""
    return base32(hashlib.sha256(payload).digest())


def base32(sha256: bytes) -> str:
    return "sha256:" + base64.b32encode(sha256).decode("ascii")


def warcinfo(name: str, block: str, time: dt.datetime) -> bytes:
    """The record that opens a file. name: unique in the world; block: `name: value` lines."""
    headers = [
        ("WARC-Type", "warcinfo"),
        ("WARC-Record-ID", record_id(name)),
        ("WARC-Date", time_text(time)),
        ("Content-Type", "application/warc-fields"),
    ]
    return warc.serialise(headers, block.encode("ascii"))


def replayed(capture: Capture, url: str, html: bytes, sealed: ArchiveRecord) -> bytes:
    """A page for replay. url: where it came to rest, without its fragment."""
    headers = [
        *opening("resource", record_id(capture.id + "/replay"), capture, url),
        ("Content-Type", _HTML),
        ("WARC-Payload-Digest", digest(html)),
        *_origin(sealed, REPLAY),
    ]
    return warc.serialise(headers, html)


def answered(capture: Capture, sealed: ArchiveRecord) -> bytes | None:
    """An answer without the values of its cookies; the sealed record itself when it holds none.

    None when it cannot be handed on, or when its block is none that a replay reads as the answer.
    """
    block = sealed.record.block
    status = _STATUS.match(block)
    assert isinstance(capture.facts, HttpFacts)
    if status is None or int(status.group(1)) != capture.facts.status:
        return None
    copy = blanked(block)
    if copy is None or not secrets.free(_readable(copy.block, capture)):
        return None
    if not copy.headers:
        return sealed.record.content if free(sealed) else None
    headers = [
        *opening("response", record_id(capture.id + "/blanked"), capture, warc.uri(capture.url)),
        ("Content-Type", "application/http; msgtype=response"),
        *_origin(sealed, BLANKED),
    ]
    if (address := sealed.record.header("WARC-IP-Address")) is not None:
        headers.append(("WARC-IP-Address", address))
    return warc.serialise(headers, copy.block)


def free(sealed: ArchiveRecord) -> bool:
    """Whether the head of a record, and what it says of the capture, holds no secret; its block is another matter."""
    content, block = sealed.record.content, sealed.record.block
    return secrets.free(content[: len(content) - len(block)])


def _readable(block: bytes, capture: Capture) -> bytes:
    """An answer as text, with its address; of a picture or a font the head alone, for in its bytes anything can be read."""
    assert isinstance(capture.facts, HttpFacts)
    head = block.partition(b"\r\n\r\n")[0]
    packed = _PACKED.match(capture.facts.header("content-type") or "")
    body = b"" if packed else entity.entity(block, _READ)
    return b"\n".join((capture.url.encode("utf-8", "replace"), head, body))


def _origin(sealed: ArchiveRecord, fidelity: str) -> list[tuple[str, str]]:
    return [(COPY_OF, sealed.id), (COPY_LEAF, sealed.record.leaf.hex()), (FIDELITY, fidelity)]
