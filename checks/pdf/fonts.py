"""What the bytes of a font mean, and how wide they are. Bytes of which the file says nothing become U+FFFD."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pypdf.generic import ArrayObject, DictionaryObject, StreamObject

UNKNOWN = "\ufffd"
_BEGIN, _END = b"beginbf", b"endbf"
_PAIR = re.compile(rb"<([0-9A-Fa-f\s]{1,16})>\s*<([0-9A-Fa-f\s]{0,256})>")
_TOKEN = re.compile(rb"<([0-9A-Fa-f\s]{0,256})>|[\[\]]")
_LONGEST_CODE = 8  # digits
_MOST_MAP = 1 << 20  # Bytes of a font's map to Unicode. The rest is not read; its characters stay U+FFFD.
_MOST_CODES = 65_536  # Codes of a font: all that two bytes can say
_ENCODINGS = {"/MacRomanEncoding": "mac_roman", "/WinAnsiEncoding": "cp1252"}


class Font:
    """One font of a page."""

    def __init__(self, resource: DictionaryObject) -> None:
        self._wide = resource.get("/Subtype") == "/Type0"
        self._texts = _texts(resource)
        self._plain = None if self._wide else _plain(resource)
        self._widths: dict[int, float] = {}
        self._ranges: list[tuple[int, int, float]] = []
        self._usual = 0.5
        (self._wide_widths if self._wide else self._simple_widths)(resource)

    def glyphs(self, text: bytes) -> Iterator[tuple[str, float, bool]]:
        """Of each character: what it says, its width as a share of the font's size, whether it is the one-byte space."""
        step = 2 if self._wide else 1
        for place in range(0, len(text) - step + 1, step):
            code = int.from_bytes(text[place : place + step], "big")
            yield self._says(code), self._width(code), not self._wide and code == 32

    def _says(self, code: int) -> str:
        if (known := self._texts.get(code)) is not None:
            return known
        if self._plain is None:
            return UNKNOWN
        return bytes((code,)).decode(self._plain, "replace")

    def _width(self, code: int) -> float:
        if code in self._widths:
            return self._widths[code]
        return next((width for first, last, width in self._ranges if first <= code <= last), self._usual)

    def _simple_widths(self, font: DictionaryObject) -> None:
        scale = 0.001
        if font.get("/Subtype") == "/Type3" and isinstance(
            matrix := _object(font, "/FontMatrix"), ArrayObject
        ):
            scale = abs(float(matrix[0])) if matrix else scale
        first, widths = _object(font, "/FirstChar"), _object(font, "/Widths")
        if isinstance(first, int) and isinstance(widths, ArrayObject):
            for place, width in enumerate(widths[:256]):
                self._widths[first + place] = float(width.get_object()) * scale

    def _wide_widths(self, font: DictionaryObject) -> None:
        below = _object(font, "/DescendantFonts")
        held = below[0].get_object() if isinstance(below, ArrayObject) and below else None
        if not isinstance(held, DictionaryObject):
            return
        usual = _object(held, "/DW")
        self._usual = float(usual) / 1_000 if isinstance(usual, (int, float)) else 1.0
        entries = _object(held, "/W")
        rest = (
            [entry.get_object() for entry in entries[:_MOST_CODES]]
            if isinstance(entries, ArrayObject)
            else []
        )
        while len(rest) >= 2:
            first, then = rest[0], rest[1]
            if isinstance(then, ArrayObject):
                for place, width in enumerate(then[:_MOST_CODES]):
                    self._widths[int(first) + place] = float(width.get_object()) / 1_000
                rest = rest[2:]
            elif len(rest) >= 3 and len(self._ranges) < 1_000:
                self._ranges.append((int(first), int(then), float(rest[2]) / 1_000))
                rest = rest[3:]
            else:
                return


def _object(held: DictionaryObject, name: str) -> Any:
    value: Any = held.get(name)
    return value.get_object() if value is not None else None


def _plain(font: DictionaryObject) -> str | None:
    """The character set of a simple font without a map of its own; None where names of glyphs are all that there is."""
    told = _object(font, "/Encoding")
    if isinstance(told, DictionaryObject):
        return None if "/Differences" in told else "cp1252"
    if font.get("/Subtype") == "/Type3":
        return None
    return _ENCODINGS.get(str(told), "cp1252")


def _texts(font: DictionaryObject) -> dict[int, str]:
    stream = _object(font, "/ToUnicode")
    if not isinstance(stream, StreamObject):
        return {}
    found: dict[int, str] = {}
    for block in _blocks(stream.get_data()[:_MOST_MAP]):
        if block.startswith(b"char"):
            for code, text in _PAIR.findall(block):
                found[int(b"".join(code.split()), 16)] = _utf16(text)
        else:
            for first, last, texts in _ranges(block):
                _put_range(found, first, last, texts)
        if len(found) >= _MOST_CODES:
            break
    return found


def _blocks(data: bytes) -> Iterator[bytes]:
    """What stands between `beginbf` and `endbf`: "char …" or "range …"."""
    begin = data.find(_BEGIN)
    while begin >= 0 and (end := data.find(_END, begin)) >= 0:
        yield data[begin + len(_BEGIN) : end]
        begin = data.find(_BEGIN, end)


def _ranges(block: bytes) -> Iterator[tuple[int, int, bytes | list[bytes]]]:
    """First and last code, with the text of the first, or the text of each."""
    codes: list[bytes] = []
    listed: list[bytes] | None = None
    for token in _TOKEN.finditer(block):
        text = token.group(1)
        if text is None:
            opens = token.group() == b"["
            if not opens and listed is not None and len(codes) == 2:
                yield int(codes[0], 16), int(codes[1], 16), listed
            codes, listed = (codes if opens else []), ([] if opens else None)
        elif listed is not None:
            listed.append(text)
        elif len(codes) == 2:
            yield int(codes[0], 16), int(codes[1], 16), text
            codes = []
        elif 0 < len(code := b"".join(text.split())) <= _LONGEST_CODE:
            codes.append(code)


def _put_range(found: dict[int, str], first: int, last: int, texts: bytes | list[bytes]) -> None:
    last = min(last, first + _MOST_CODES - len(found))
    if isinstance(texts, list):
        for code, one in zip(range(first, last + 1), texts, strict=False):
            found[code] = _utf16(one)
        return
    begin = _utf16(texts)
    for code in range(first, last + 1) if begin else ():
        end = ord(begin[-1]) + code - first
        # half of a surrogate pair is no character, and UTF-8 has no bytes for it
        found[code] = begin[:-1] + (chr(end) if end < 0xD800 or 0xDFFF < end <= 0x10FFFF else UNKNOWN)


def _utf16(told: bytes) -> str:
    plain = b"".join(told.split())
    return bytes.fromhex(plain.decode() + "0" * (len(plain) % 2)).decode("utf-16-be", "replace")
