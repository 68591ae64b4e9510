"""Canonical JSON: the same value has the same bytes, wherever and whenever it is written.

Sorted keys, no spaces, no NaN. Crawled text may hold halves of surrogate pairs, which UTF-8 has no bytes for: each becomes
a question mark.

A reader accepts only that form (`parse_canonical`): duplicate keys, NaN or spaces would let two programs read two things
from the same signed bytes.
"""

from __future__ import annotations

import json
from typing import Any

DEEPEST = 100  # arrays and objects inside each other; ours have a tenth of it


def canonical(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "replace").decode()


def canonical_line(value: Any) -> bytes:
    """With a line end, in UTF-8: what is signed, and lines of ledgers."""
    return canonical(value).encode() + b"\n"


def canonical_ascii(value: Any) -> str:
    """All other letters as escapes, as in the heads of WARC records."""
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False)


def parse_canonical(text: bytes) -> Any:
    """The value of a text, without a line end, that `canonical` wrote. Raises ValueError for any other text."""
    try:
        value = json.loads(text.decode("utf-8"))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    _check_depth(value)
    if canonical(value).encode() != text:
        raise ValueError("not in canonical form")
    return value


def parse_canonical_line(line: bytes) -> Any:
    """The same of `canonical_line`."""
    if not line.endswith(b"\n"):
        raise ValueError("no line end")
    return parse_canonical(line[:-1])


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(DEEPEST + 1):
        level = [one for one in level if isinstance(one, dict | list)]
        if not level:
            return
        level = [inner for one in level for inner in (one.values() if isinstance(one, dict) else one)]
    raise ValueError("nested too deeply")
