"""Which character set a text is in, and whether it can be read at all: strict UTF-8, then the script.

General detectors fail on Persian headings over numbers; the share of Persian letters among the high bytes
does not. A header's charset is a claim like any other.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from claims.persian import PERSIAN_LETTERS, VOWEL_MARKS
from web.charset import codec_of

Fault = Literal["mixed", "mojibake", "lost", "unknown"]

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CHARSET = re.compile(r"""charset\s*+=\s*+["']?\s*+([A-Za-z0-9_:.-]+)""", re.IGNORECASE)
_SAMPLE = 400_000  # Bytes by which a script is told. By hand; more of the same text says the same.
_TELLING = 4  # bytes beyond ASCII that a line must have to say which set it is in
_LF = 10  # Line feed
_PIECE = 1 << 20  # Bytes decoded at once. It bounds memory and changes no result.
_HIGH = re.compile(rb"[\x80-\xff]")
_LATIN_WORD = re.compile(rb"[A-Za-z][\x80-\xff]|[\x80-\xff][A-Za-z]")
_PERSIAN = re.compile(f"[{PERSIAN_LETTERS}]")
_PERSIAN_WORD = re.compile(f"[{PERSIAN_LETTERS}]{{2,}}")
_FOREIGN = re.compile(
    f"[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02af\u0192\u02c6\u2020-\u2022\u2030{VOWEL_MARKS}]"
)
_ASCII = ("ascii", "us-ascii", "ansi_x3.4-1968")  # claims that say nothing of other letters
_TAGS = re.compile(r"<[^<>]*+>")
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")


@dataclass(frozen=True, slots=True)
class Encoding:
    """codec: Python's name. declared: by a BOM, by a true charset in the header, or UTF-8, which needs none.

    skip: bytes of the BOM. fault: why the text cannot be trusted; None when it can. sound: every byte of it
    was seen to follow the rules of UTF-8.
    """

    codec: str
    declared: bool
    skip: int = 0
    fault: Fault | None = None
    sound: bool = False


def detect(body: bytes, content_type: str | None = None, *, whole: bool = True) -> Encoding:
    """The encoding of a text. whole: False when the body was cut, so that its last character may be too."""
    for bom, codec in _BOMS:
        if body.startswith(bom):
            broken = _broken_utf8(body) if codec == "utf-8" else None
            if broken is not None and (whole or broken < len(body) - 3):
                return Encoding(codec, True, len(bom), "unknown")
            return _checked(body, codec, len(bom), declared=True)
    claimed = _claimed(content_type)
    broken = _broken_utf8(body)
    if broken is None or (not whole and broken >= len(body) - 3):
        return replace(_checked(body, "utf-8", 0, declared=True), sound=broken is None)
    if (wide := _wide(body)) is not None:
        return _checked(body, wide, 0, declared=claimed is not None and claimed.startswith("utf-16"))
    if _mixed(body):
        return Encoding("utf-8", False, fault="mixed")
    if is_persian_1256(body):
        return _checked(body, "cp1256", 0, declared=claimed == "cp1256")
    return _western(body, claimed)


def _broken_utf8(body: bytes) -> int | None:
    """Where the body stops being UTF-8; None when it does not. Piece by piece, so that no copy is made."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(body), _PIECE):
        piece = body[start : start + _PIECE]
        try:
            decoder.decode(piece, final=start + _PIECE >= len(body))
        except UnicodeDecodeError as error:
            return start + min(error.start, len(piece) - 1)
    return None


def looks_binary(body: bytes) -> bool:
    """Control characters that no text holds, and no UTF-16."""
    head = body[:65_536]
    if any(body.startswith(bom) for bom, _ in _BOMS) or _wide(head) is not None:
        return False
    return len(_CONTROLS.findall(head)) > max(2, len(head) // 200)


def is_persian_1256(body: bytes) -> bool:
    """Whether the high bytes are Persian words of windows-1256."""
    text = body[:_SAMPLE].decode("cp1256")
    letters = len(_PERSIAN.findall(text))
    foreign = len(_FOREIGN.findall(text))
    in_words = sum(len(word) for word in _PERSIAN_WORD.findall(text))
    return letters >= 2 and letters >= 4 * foreign and in_words >= 0.7 * letters


def _claimed(content_type: str | None) -> str | None:
    match = _CHARSET.search(content_type or "")
    if match is None:
        return None
    label = match.group(1)
    return None if label.lower() in _ASCII else codec_of(label)


def _wide(body: bytes) -> str | None:
    """UTF-16 without a mark: every other byte is a block number, and there are two of them at most."""
    sample = body[: 4096 & ~1]
    if len(sample) < 16 or not _CONTROLS.search(sample):
        return None
    for start, codec in ((1, "utf-16-le"), (0, "utf-16-be")):
        blocks = sample[start::2]
        others = sample[1 - start :: 2]
        if sum(byte in (0x00, 0x06, 0x20) for byte in blocks) >= 0.95 * len(blocks) and 0 in blocks:
            # Zeros on both sides are numbers of a machine.
            return codec if others.count(0) <= 0.02 * len(others) else None
    return None


def _mixed(body: bytes) -> bool:
    """Whether some lines are UTF-8 and others are not."""
    good = bad = False
    start = 0
    while start < len(body):
        end = body.find(b"\n", start + _PIECE) + 1 or len(body)
        piece = np.frombuffer(body[start:end], dtype=np.uint8)
        firsts = np.concatenate(([0], np.flatnonzero(piece[:-1] == _LF) + 1))
        high = np.add.reduceat(piece >= 0x80, firsts, dtype=np.int64)
        follow = np.add.reduceat((piece >= 0x80) & (piece < 0xC0), firsts, dtype=np.int64)
        # In UTF-8 no fewer bytes follow than lead; in a set of one byte a letter, far fewer.
        plain = 2 * follow < high
        bad = bad or bool(((high >= _TELLING) & plain).any())
        for line in np.flatnonzero((high >= _TELLING) & ~plain).tolist():
            last = int(firsts[line + 1]) if line + 1 < len(firsts) else len(piece)
            try:
                piece[firsts[line] : last].tobytes().decode("utf-8")
                good = True
            except UnicodeDecodeError:
                bad = True
            if good and bad:
                return True
        start = end
    return False


def _western(body: bytes, claimed: str | None) -> Encoding:
    sample = body[:_SAMPLE]
    high = len(_HIGH.findall(sample))
    if claimed is not None and claimed != "utf-8":
        try:
            text = body.decode(claimed)
            if not re.search("[\x80-\x9f\ufffd]", text):
                return Encoding(claimed, True)
        except (UnicodeDecodeError, UnicodeError):
            pass
    try:
        text = sample.decode("cp1252")
    except UnicodeDecodeError:
        return Encoding("utf-8", False, fault="unknown")
    letters = sum(char.isalpha() for char in text if char >= "\x80")
    if letters >= 0.5 * high and 2 * len(_LATIN_WORD.findall(sample)) >= high:
        return Encoding("cp1252", False)
    return Encoding("utf-8", False, fault="unknown")


def _checked(body: bytes, codec: str, skip: int, *, declared: bool) -> Encoding:
    try:
        text = body[skip : skip + _SAMPLE].decode(codec, "ignore")
    except UnicodeError:
        return Encoding(codec, declared, skip, "unknown")
    if _lost(text):
        return Encoding(codec, declared, skip, "lost")
    if codec == "utf-8" and _mojibake(text):
        return Encoding(codec, declared, skip, "mojibake")
    return Encoding(codec, declared, skip)


def _lost(text: str) -> bool:
    """Letters that became question marks or replacement characters on the publisher's side."""
    if text[:100].lstrip().startswith("<"):  # tags keep their letters
        text = _TAGS.sub(" ", text)
    beyond = _beyond_ascii(text)
    replaced = text.count("\ufffd")
    if replaced > max(2, 0.02 * beyond):
        return True
    marks = sum(map(len, re.findall(r"\?{2,}", text)))
    return beyond < marks and marks > 0.2 * sum(map(len, text.split()))


def _beyond_ascii(text: str) -> int:
    return 0 if text.isascii() else len(text) - len(text.encode("ascii", "ignore"))


def _mojibake(text: str) -> bool:
    """Persian that was read in the wrong set and saved again: «Ø³Ù„Ø§Ù…», «ÓáÇã», «ط³ظ„ط§ظ…»."""
    if text.isascii():
        return False
    lines = [line for line in text.splitlines() if _beyond_ascii(line[:2000]) >= 4][:500]
    if not lines:
        return False
    hits = sum(_unravels(line[:2000]) for line in lines)
    return hits > 0.5 * len(lines)


def _unravels(line: str) -> bool:
    beyond = [char for char in line if char >= "\x80"]
    latin = sum(char < "\u0250" or char in "€‚ƒ„…†‡ˆ‰‹‘’“”•–—˜™›" for char in beyond)
    if latin >= 0.9 * len(beyond):
        raw = b"".join(_single(char) for char in line)
        text = raw.decode("utf-8", "ignore")
        if len(_PERSIAN.findall(text)) >= 0.3 * len(beyond):
            return True
        # French has lone accents between plain letters; Persian has words of nothing but high bytes.
        return is_persian_1256(raw) and 3 * len(_LATIN_WORD.findall(raw)) < len(beyond)
    try:
        text = line.encode("cp1256").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return False
    return len(_PERSIAN.findall(text)) >= 0.3 * len(beyond)


def _single(char: str) -> bytes:
    if char <= "\xff":
        return bytes([ord(char)])
    return char.encode("cp1252", "ignore")
