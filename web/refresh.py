"""Where a Refresh leads on to: of a header, or of a `meta` element (HTML, "shared declarative refresh steps").

Read in one pass: a pattern that looks for spaces before an end tries every one of them anew.
"""

from __future__ import annotations

import re

_SPACES = " \t\n\f\r"
_SECONDS = re.compile(r"[0-9.]+")
_NAMED = re.compile(r"url[ \t\n\f\r]*=", re.IGNORECASE)


def refresh_target(content: str, *, timed: bool = False) -> str:
    """The address as it is written; "" for none. timed: seconds are parted from the address by more than white space."""
    text = content.strip(_SPACES)
    seconds = _SECONDS.match(text)
    if seconds is None:
        return ""
    written = text[seconds.end() :]
    rest = written.lstrip(_SPACES)
    parted = rest[:1] in (";", ",")
    if rest and not parted and (timed or rest == written):
        return ""
    rest = rest[parted:].lstrip(_SPACES)
    if (named := _NAMED.match(rest)) is not None:
        rest = rest[named.end() :].lstrip(_SPACES)
    if rest[:1] in ("'", '"'):
        rest = rest[1:].partition(rest[0])[0].strip(_SPACES)
    return rest
