"""The character set of a page or file, as browsers find it, and its text."""

from __future__ import annotations

import codecs
import re
from typing import Any

import webencodings

# What was taken is not given back (`*+`): white space without end is read once.
_META_CHARSET = re.compile(
    rb"""<meta[^>]{0,500}?charset\s*+=\s*+["']?+\s*+([A-Za-z0-9_:.-]++)""", re.IGNORECASE
)
_HEADER_CHARSET = re.compile(r"""charset\s*+=\s*+["']?+\s*+([A-Za-z0-9_:.-]++)""", re.IGNORECASE)
# Letters that Persian has and a wrong single-byte reading would not show.
_ARABIC_BYTES = re.compile(rb"[\x81\x8d\x8e\x90\xc7\xc8\xca\xcf\xd1\xd3\xe1\xe3\xe4\xe6\xe5\xed\xdf]")

_lookup: Any = webencodings.lookup  # has no types


def decode(body: bytes, content_type: str | None) -> tuple[str, str]:
    """(text, character set): BOM, then header, then meta, then a sniff for UTF-8 and windows-1256."""
    for bom, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if body.startswith(bom):
            return body[len(bom) :].decode(name, "replace"), name
    labels: list[str] = []
    if content_type and (match := _HEADER_CHARSET.search(content_type)):
        labels.append(match.group(1))
    if meta := _META_CHARSET.search(body[:4096]):
        label = meta.group(1).decode("ascii")
        # A page that can be read this far is not in UTF-16, whatever it says (HTML 13.2.3.2).
        labels.append("utf-8" if label.lower().startswith("utf-16") else label)
    for label in labels:
        if (codec := codec_of(label)) is not None:
            return body.decode(codec, "replace"), codec
    try:
        return body.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        if error.start > 0 and error.reason == "unexpected end of data":  # a truncated body
            return body.decode("utf-8", "replace"), "utf-8"
    high = sum(byte >= 0x80 for byte in body[:20_000])
    persian = len(_ARABIC_BYTES.findall(body[:20_000]))
    name = "cp1256" if high and persian / high > 0.5 else "cp1252"
    return body.decode(name, "replace"), name


def declared(body: bytes, content_type: str | None) -> tuple[str | None, str | None, bool]:
    """(codec that the header names, codec that the markup names, whether a BOM stands before all); None for no or an
    unknown name."""
    header = _HEADER_CHARSET.search(content_type) if content_type else None
    meta = _META_CHARSET.search(body[:4096])
    bom = body.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return (
        None if header is None else codec_of(header.group(1)),
        None if meta is None else codec_of(meta.group(1).decode("ascii")),
        bom,
    )


def codec_of(label: str) -> str | None:
    """Python's codec for a name of the Encoding Standard; None for any other name, as for browsers.

    Python itself knows codecs that are no character sets, and some that take hours. A text that calls itself
    `x-user-defined`, or one of those that the standard replaces by nothing, is read as if it had not.
    """
    encoding = _lookup(label)
    if encoding is None or encoding.name in ("replacement", "x-user-defined"):
        return None
    if encoding.name == "gbk":  # the standard's decoder of it
        return "gb18030"
    return str(encoding.codec_info.name)
