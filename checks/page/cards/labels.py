"""Names of a card's fields, as portals write them."""

from __future__ import annotations

import re
from functools import cache
from itertools import islice, pairwise

from checks.page.wordlist import Phrases, spread, table
from claims.persian import TATWEEL

FIELDS = (
    "title", "sub_title", "code", "sub_code", "kind", "kind_asked", "level", "documents", "fee", "time", "visits",
    "information", "request", "production", "delivery", "address",
)  # fmt: skip
# Its words are values as well, so that it is a label only before a yes or no.
ASKED = "kind_asked"
_LONGEST = 90  # Characters of a label. Longer is a sentence. By hand.
_MOST_IN_RUN = 40  # Colons of a line where a label may end. Later ones are not tried.
_WORD = re.compile(r"\S+")
PHASES = frozenset(("information", "request", "production", "delivery"))
_COLON = re.compile(r"[:：]")
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


def split_at_labels(text: str) -> list[str]:
    """A run of «label: value label: value», with a new piece at every label. One word of a phase is a word like others."""
    if text.count(":") + text.count("：") < 2:
        return [text]
    cuts = [0]
    for colon in islice(_COLON.finditer(text), _MOST_IN_RUN):
        words = list(_WORD.finditer(text, cuts[-1], colon.start()))[-_longest() :]
        for first in range(len(words)):
            name = field_of(text[words[first].start() : colon.start()])
            if not any(char.isalpha() for char in words[first].group()):
                continue
            if name and not (name in PHASES and first == len(words) - 1):
                cuts.append(words[first].start())
                break
    return [text[start:end] for start, end in pairwise([*cuts, len(text)])]


def _bare(label: str) -> str:
    """Without a number before it, a note in brackets, a colon or star."""
    return spread(_numbered().sub("", _ASIDE.sub(" ", label)))


@cache
def _numbered() -> re.Pattern[str]:
    letters = "|".join(map(re.escape, table("page/words/cards.toml")["row_letters"]))
    return re.compile(
        rf"^\s*(?:[\(\[]?(?:\d{{1,2}}(?:[-./]\d{{1,2}})?|{letters})\s*[-.)\]{TATWEEL}–:]+\s*|\d{{1,2}}\s+)"
    )


def names_card(text: str) -> bool:
    """Whether the words of a link or line say that a service card is meant."""
    return _documents().find(text[:300]) is not None


@cache
def _documents() -> Phrases:
    return Phrases(table("page/words/pages.toml")["card"]["document_words"])


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
    card = table("page/words/pages.toml")["card"]
    return {spread(known): name for name in reversed(FIELDS) for known in card[name]}


@cache
def _longest() -> int:
    return max(len(label.split()) for label in _labels())
