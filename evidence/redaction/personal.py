"""Personal data taken out of texts that a published report quotes: of pages, of rows of datasets, of replies.

Telephones, mail boxes of persons, national ids and numbers of cards and accounts go, by the rules of disclosure packs
(`data/redaction.toml`). The evidence and the findings keep them: the auditor sees what was seen, and the seal holds. An address
stays as it is, since nobody could check a finding without it. Names and pictures are not known to any rule.

No mark has a number: who is named twice in a report is nobody's business.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

from evidence.redaction.text import MARKER, RedactionRules, Redactor, load_rules

PERSONAL = frozenset({"card", "email", "mobile", "national_id", "sheba"})
_ADDRESS = re.compile(r"https?://\S+\Z", re.IGNORECASE)
# What none of it is without: an @ in any notation, or eight digits near one another. Most texts have neither.
_PERHAPS = re.compile(r"[@\\%&]|[\[(]\s?at\s?[\])]|(?:\d\D{0,3}){8}", re.IGNORECASE)
_MARK = re.compile(MARKER.pattern.decode())
# Records of results are named by these, and named by others.
_NAMES = frozenset({"id", "findings", "finding", "code"})


def text(value: str, shown: Callable[[str], str] | None = None, before: str = "") -> str:
    """A text without the personal data in it; itself when it has none. shown: what stands in place of a kind; None: its mark.

    before: what stands before it and says what it is, as the heading of a column does.
    """
    if _PERHAPS.search(value) is None or _ADDRESS.match(value):
        return value
    found = _found(value, before)
    if found == value:
        return value
    return _MARK.sub(lambda mark: shown(mark[1]) if shown and mark[1] in PERSONAL else mark[0], found)


def values(value: Any) -> Any:
    """The same of JSON values, but for the names of records."""
    if isinstance(value, dict):
        return {key: part if key in _NAMES else values(part) for key, part in value.items()}
    if isinstance(value, list):
        return [values(part) for part in value]
    return text(value) if isinstance(value, str) else value


def free(content: bytes) -> bool:
    """Whether bytes that are handed on as they are hold no personal data, read as text."""
    shown = content.decode("utf-8", "replace")
    return text(shown) == shown


@cache
def _rules() -> RedactionRules:
    return load_rules().only(PERSONAL)


@lru_cache(8_192)
def _found(value: str, before: str) -> str:
    return Redactor(_rules(), number=lambda kind, value: 0).text(value, before)
