"""Text of others made visible: whatever a reader would not see, or would be turned around by, is shown by its number."""

from __future__ import annotations

import unicodedata

from evidence.redaction import secrets

_INVISIBLE = ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")
# Format controls that only the tables of newer Pythons know; and what is no character, which XML refuses.
_ALWAYS_SHOWN = frozenset(map(chr, (*range(0x13439, 0x13440), *range(0xFDD0, 0xFDF0)))) | {
    chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF)
}
_SPELLING = "\u200c"  # the zero-width non-joiner is Persian spelling


def visible(value: object, keeps: str = "\n\t") -> str:
    """Control, bidi and private characters as ⟦U+202E⟧, and no secrets. keeps: controls that its place can take."""
    text = secrets.text(str(value))
    if text.replace(_SPELLING, "").isprintable():
        return text
    kept = _SPELLING + keeps
    return "".join(
        f"⟦U+{ord(char):04X}⟧"
        if char not in kept and (unicodedata.category(char) in _INVISIBLE or char in _ALWAYS_SHOWN)
        else char
        for char in text
    )
