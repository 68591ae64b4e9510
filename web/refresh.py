"""Where a Refresh leads on to: of a header, or of a `meta` element (HTML, "shared declarative refresh steps").

Read in one pass: a pattern that looks for spaces before an end tries every one of them anew.
"""

from __future__ import annotations

import re

_SECONDS = re.compile(r"[\d.]*")
_NAMED = re.compile(r"url\s*=", re.IGNORECASE)
_QUOTES = ("'", '"')


def refresh_target(content: str, *, timed: bool = False) -> str:
    """The address as it is written; "" for none. timed: seconds and what parts them from the address have to be there."""
    text = content.strip()
    seconds = _SECONDS.match(text)
    assert seconds is not None
    rest = text[seconds.end() :].lstrip()
    parted = rest[:1] in (";", ",")
    if timed and not (seconds.group() and parted):
        return ""
    rest = rest[parted:].lstrip()
    if (named := _NAMED.match(rest)) is not None:
        rest = rest[named.end() :].lstrip()
    if rest.startswith(_QUOTES):
        rest = rest[1:].lstrip()
    if rest.endswith(_QUOTES):
        rest = rest[:-1].rstrip()
    return rest
