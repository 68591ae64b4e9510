"""Values of cookies and of keys do not leave the house: blanked in the head of an answer, every other byte as it came.

An answer that repeats such a value elsewhere, or sends cookies behind its body, is not handed on at all. Not here:
personal data (`evidence.redaction.text`), which a page for replay shows as the portal did.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from evidence.redaction.text import load_rules
from web import entity

_LINE = re.compile(rb"[^\r\n]+(?:\r\n|\r|\n|\Z)|\r\n|\r|\n")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_BEHIND = re.compile(rb"\n[ \t]*[a-z0-9-]*cookie[a-z0-9-]*[ \t]*:", re.IGNORECASE)
_TRAILER = 1 << 16  # bytes at the end of chunks that are looked through
_SHORTEST = 8  # a shorter value says nothing when it comes again


@dataclass(frozen=True, slots=True)
class BlankedHead:
    """block: with the values taken out. headers: number of those that lost one."""

    block: bytes
    headers: int


def blanked(block: bytes) -> BlankedHead | None:
    """The block of an answer, whose head begins at its first byte. None when it cannot be handed on."""
    end = _HEAD_END.search(block)
    head, rest = (block, b"") if end is None else (block[: end.start()], block[end.start() :])
    if entity.is_chunked(head) and _BEHIND.search(rest[-_TRAILER:]):
        return None
    lines: list[bytes] = []
    values: list[bytes] = []
    headers = 0
    name = b""  # of the header at hand, which may be folded over several lines
    for number, line in enumerate(_LINE.findall(head)):
        start = b""
        if number == 0:
            lines.append(line)
            continue
        if line[:1] not in (b" ", b"\t"):
            start = line.partition(b":")[0] + b":" if b":" in line else line
            name = start.rstrip(b":").strip().lower()
            headers += _is_secret(name)
        if _is_secret(name):
            text = line[len(start) :]
            bare = text.rstrip(b"\r\n")
            line = start + _blank(name, bare, values, folded=not start) + text[len(bare) :]
        lines.append(line)
    copy = b"".join(lines) + rest
    return None if any(value in copy for value in values) else BlankedHead(copy, headers)


def _is_secret(name: bytes) -> bool:
    rules, header = load_rules(), name.decode("latin-1")
    return rules.is_cookie(header) or rules.is_secret(header)


def _blank(name: bytes, value: bytes, values: list[bytes], *, folded: bool) -> bytes:
    """values: takes what was long enough to be known again. folded: the value began on a line before."""
    if b"cookie" not in name:
        return _taken(value, values)
    parts = []
    for number, part in enumerate(value.split(b";")):
        key, equals, secret = part.partition(b"=")
        attribute = key.strip().lower().decode("latin-1")
        if (
            (number or folded)
            and name.startswith(b"set-")
            and attribute in load_rules().attributes
            and b"=" not in secret  # of another cookie, which was added with a comma
            and (b"," not in secret or attribute == "expires")
        ):
            parts.append(part)
        else:
            parts.append(key + equals + _taken(secret, values) if equals else _taken(key, values))
    return b";".join(parts)


def _taken(secret: bytes, values: list[bytes]) -> bytes:
    bare = secret.strip()
    if len(bare) >= _SHORTEST:
        values.append(bare)
    return secret[: len(secret) - len(secret.lstrip())]
