"""Bodies of records as they may leave the house: as a browser reads them, or left out.

What probes recorded is JSON of ours that holds bytes in Base64, in which a rule would see nothing.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from typing import Any, Literal

from evidence.canonical import canonical
from evidence.redaction.heads import HEAD_END, decoded, http_head, walked
from evidence.redaction.text import Redactor
from web import charset

Body = Literal["as_it_came", "unread", "none", "decoded", "redacted", "left_out"]
LeftOut = Literal["", "size", "binary", "picture"]

_TEXTS = re.compile(r"text/|json|xml|javascript|ecmascript|html|urlencoded|csv|message/|warc-fields", re.I)
_PICTURES = re.compile(r"image/(?!svg)", re.I)
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_HTTP = re.compile(rb"HTTP/[0-9]|[A-Z]{3,7} /")
# Where a text of ASN.1 begins, by kind and length: what follows it in a certificate often reads like more of it.
_STRING = re.compile(r"[\x0c\x13\x16\x81][\x05-\x7f]")
# Where probes of TLS and DNS keep bytes (see crawler.probes.tls_capture, crawler.probes.dns_prober).
_BYTES = frozenset({"certificates", "chain", "messages", "ocsp", "received", "sent"})


def redacted_body(
    body: bytes, media: str, redactor: Redactor, *, large: bool, probe: bool
) -> tuple[bytes, Body, LeftOut]:
    """probe: it is JSON of ours, with bytes in Base64."""
    if not body:
        return b"", "none", ""
    if _PICTURES.search(media):
        return b"", "left_out", "picture"
    if not _is_text(body, media):
        return b"", "left_out", "binary"
    if large:
        return b"", "left_out", "size"
    if probe:
        recorded = json.loads(body)
        changed = _probed(recorded, redactor)
        if changed == recorded:
            return body, "decoded", ""
        return canonical(changed).encode(), "redacted", ""
    for text in _readings(body, media):
        found = redactor.text(text)
        if found != text:
            return found.encode("utf-8", "replace"), "redacted", ""
    return body, "decoded", ""


def _readings(body: bytes, media: str) -> Iterator[str]:
    """As a browser reads it; and for who says EBCDIC and sends Latin letters, or puts NULs between them, plainly."""
    text, name = charset.decode(body, media)
    yield text
    if name != "utf-8":
        yield body.decode("utf-8", "replace")
    if b"\x00" in body:
        yield body.replace(b"\x00", b"").decode("utf-8", "replace")


def _is_text(body: bytes, media: str) -> bool:
    """By what it is said to be, or by what it is: a list of persons may be sent as an octet-stream."""
    return bool(_TEXTS.search(media)) or not _CONTROL.search(body[:4096])


def _probed(value: Any, redactor: Redactor, name: str = "") -> Any:
    """The same for what a probe recorded, with bytes in Base64: those with something in them are given as text."""
    if isinstance(value, dict):
        return {key: _probed(part, redactor, key) for key, part in value.items()}
    if isinstance(value, list):
        return [_probed(part, redactor, name) for part in value]
    if name in _BYTES and isinstance(value, str):
        try:
            data = base64.b64decode(value, validate=True)
        except ValueError:
            return walked(value, redactor, name)
        found = _bytes(data, redactor)
        return value if found is None else found
    return walked(value, redactor, name)


def _bytes(data: bytes, redactor: Redactor) -> str | None:
    """Bytes of a probe as text (Latin-1) with values taken out; None when there is nothing in them."""
    if (end := HEAD_END.search(data)) and _HTTP.match(data):
        head, body = data[: end.end()], data[end.end() :].decode("latin-1")
        found = http_head(head, redactor, own=False) + redactor.text(body)
        return None if found == decoded(head) + body else found
    shown = data.decode("latin-1")
    parts: list[str] = []
    at = 0
    for match in _STRING.finditer(shown):
        start, stop = match.end(), match.end() + ord(match.group()[1])
        if start >= at + 2 and shown[start:stop].isprintable() and stop <= len(shown):
            parts += (redactor.text(shown[at:start]), redactor.text(shown[start:stop]))
            at = stop
    found = "".join((*parts, redactor.text(shown[at:])))
    return None if found == shown else found
