"""Canonical JSON: the same value has the same bytes, wherever and whenever it is written.

Sorted keys, no spaces, no NaN. Crawled text may hold halves of surrogate pairs, which UTF-8 has no bytes for: each becomes
a question mark.
"""

from __future__ import annotations

import json
from typing import Any


def canonical(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "replace").decode()


def canonical_line(value: Any) -> bytes:
    """With a line end, in UTF-8: what is signed, and lines of ledgers."""
    return canonical(value).encode() + b"\n"


def canonical_ascii(value: Any) -> str:
    """All other letters as escapes, as in the heads of WARC records."""
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False)
