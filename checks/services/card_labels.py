"""Names of a card's fields, as portals write them."""

from __future__ import annotations

import re
from functools import cache

from checks.wordlist import Phrases, spread, table

FIELDS = (
    "title", "sub_title", "code", "sub_code", "kind", "kind_asked", "level", "documents", "fee", "time", "visits",
    "information", "request", "production", "delivery",
)  # fmt: skip
# Its words are values as well, so that it is a label only before a yes or no.
ASKED = "kind_asked"
_LONGEST = 90
_NUMBERED = re.compile(r"^\s*[\(\[]?(?:\d{1,2}(?:[-./]\d{1,2})?|[الفبپتثجچحخد]{1,3})\s*[-.)\]ـ–:]+\s*")
_ASIDE = re.compile(r"[(（\[].{0,60}?[)）\]]")


def field_of(label: str) -> str:
    """The field that a text names and nothing else; "" for none."""
    if not label or len(label) > _LONGEST:
        return ""
    known = _labels()
    return known.get(spread(label), "") or known.get(_bare(label), "")


def names_field(text: str, beside: str) -> bool:
    """Whether the text beside a label is the next label. beside: the field; «اطلاع‌رسانی» is a level and a phase."""
    found = field_of(text)
    return found not in ("", ASKED) and not (beside == "level" and found == "information")


def _bare(label: str) -> str:
    """Without a number before it, a note in brackets, a colon or star."""
    return spread(_NUMBERED.sub("", _ASIDE.sub(" ", label)))


def names_card(text: str) -> bool:
    """Whether the words of a link or line say that a service card is meant."""
    return _documents().find(text[:300]) is not None


@cache
def _documents() -> Phrases:
    return Phrases(table("pages.toml")["card"]["document_words"])


def begins_with_label(text: str) -> bool:
    """Whether the text may be, or begin with, a label: a cheap look before the tree is walked."""
    words = _bare(text[:140]).split()
    if not words:
        return False
    known, longest = _labels(), _longest()
    if any(" ".join(words[:length]) in known for length in range(1, min(longest, len(words)) + 1)):
        return True
    return spread(text[:_LONGEST]) in known


@cache
def _labels() -> dict[str, str]:
    card = table("pages.toml")["card"]
    return {spread(known): name for name in reversed(FIELDS) for known in card[name]}


@cache
def _longest() -> int:
    return max(len(label.split()) for label in _labels())
