"""A wording with its parts: what stands beside a title behind a dash or a bar, in brackets, before it as a number.

How one part is read is for `title_words`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from checks.page.wordlist import spread, table
from checks.services.title_words import Title, read
from claims.persian import TATWEEL, digits

_MOST_PARTS = 5  # Parts of a wording. Later ones are not read: path, name of the portal and title make four.
# «عنوان - نام سایت», «سایت | عنوان»: what parts a wording. A hyphen inside a word does not.
_PARTING = re.compile(
    r"\s[-\u2010-\u2015:/]\s|(?:(?<!\s)\s++)?[|»›«•·\u2022]\s*+|(?<=\w\w\w)\s*[\u2013\u2014]\s+"
)
_ASIDE = re.compile(r"[(\[（]([^()\[\]]{1,120})[)\]）]")
# «۳- », «۲.۱) », «خدمت ۴: »: the place in a list.
_PLACE = re.compile(rf"^\s*\(?\d{{1,2}}(?:[.\-/]\d{{1,2}})*\s*[-.):{TATWEEL}]+\s*(?=\D)")


@dataclass(frozen=True, slots=True)
class Wording:
    """A wording with its parts.

    whole: all of it but the bodies that stand behind a dash or a bar. parts: every part by itself, and the
    whole without what stands in parentheses; the whole comes first.
    """

    whole: Title
    parts: tuple[Title, ...]
    aside: bool


@cache
def _bodies() -> frozenset[str]:
    return frozenset(spread(word) for word in table("page/words/titles.toml")["bodies"]["words"])


@lru_cache(maxsize=16384)
def wording(text: str) -> Wording:
    """The wording and its parts."""
    plain = _PLACE.sub("", digits(text), count=1)
    pieces = [piece for piece in _PARTING.split(plain) if spread(piece)][:_MOST_PARTS] or [plain]
    if len(pieces) == 1:
        main = pieces
    else:
        main = [piece for piece in pieces if spread(piece).split()[0] not in _bodies()] or pieces
    whole = read(" ".join(main))
    texts = list(pieces) if len(pieces) > 1 else []
    aside = False
    for piece in main:
        bare = _ASIDE.sub(" ", piece)
        if bare != piece and spread(bare):
            texts.append(bare)
            aside = True
    parts = dict.fromkeys((part.words, part.actions, part.numbers) for part in map(read, texts) if part.words)
    found = {(part.words, part.actions, part.numbers): part for part in map(read, texts)}
    others = tuple(found[key] for key in parts if key != (whole.words, whole.actions, whole.numbers))
    return Wording(whole, (whole, *others), aside)
