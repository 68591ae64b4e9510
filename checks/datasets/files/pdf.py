"""Whether a PDF holds characters, or pictures of pages alone. Looks for fonts; lays out nothing.

No character is drawn without a font, and a font is named in a dictionary: bare, or in an object stream, which is
unpacked within bounds.
"""

from __future__ import annotations

import re
import zlib

_FONT = re.compile(rb"/(?:Font|Type0|TrueType|CIDFontType[02]|Type1|Type3)\b")
_OBJECTS = re.compile(rb"/ObjStm\b")
_STREAM = re.compile(rb"stream\r?\n")
_ENCRYPTED = re.compile(rb"/Encrypt\b")
_MOST_STREAMS = 500  # Streams searched for fonts. What is not found is unknown, never a scan.
_MOST_BYTES = 32 << 20  # Bytes unpacked in the search. The rest is not searched, as with _MOST_STREAMS.
_EACH = 4 << 20  # Bytes unpacked of one stream. A longer one is a picture.


def holds_characters(body: bytes) -> bool | None:
    """None when that cannot be told: locked, cut, in a packing that is not read, or past our bounds."""
    if _FONT.search(body):
        return True
    if _ENCRYPTED.search(body) or b"%%EOF" not in body[-2_048:]:
        return None
    left = _MOST_BYTES
    for number, found in enumerate(_OBJECTS.finditer(body)):
        start = _STREAM.search(body, found.end(), found.end() + 1_024)
        if start is None or number >= _MOST_STREAMS or left <= 0:
            return None
        try:
            text = zlib.decompressobj().decompress(body[start.end() : start.end() + _EACH], min(_EACH, left))
        except zlib.error:
            return None
        left -= len(text)
        if _FONT.search(text):
            return True
        if len(text) >= _EACH:
            return None
    return False
