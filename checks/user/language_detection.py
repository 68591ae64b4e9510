"""Which language is a text in? By its letters, and by words that stand in any text of that language. Knows no pages."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Literal

from checks.page.wordlist import spread, table
from claims.persian import ARABIC_LETTERS

Language = Literal["fa", "en", "ar"]
LANGUAGES: tuple[Language, ...] = ("fa", "en", "ar")
SECOND: tuple[Language, ...] = ("en", "ar")
FILE = "page/words/languages.toml"

# Of the words of a text, so many have to be of its script, for Persian pages name programs and firms in Latin letters. So
# many have to be among its common words: prose has 37 to 56 in a hundred, a list of names few. And so many of these
# different: German has «in», «an» and «so» in common with English, a list of universities its «of».
_OF_SCRIPT, _COMMON, _DIFFERENT = 0.7, 0.08, 4
# Ahead of the other language of the same script: a page that is half Persian and half Arabic is in neither.
_AHEAD = 2.0
_MOST = 4_000  # Words by which a language is told. More say the same.
_LATIN = re.compile(r"[a-zà-ž]+")
_ARABIC = re.compile(f"[{ARABIC_LETTERS}]+")


@dataclass(frozen=True, slots=True)
class DetectedLanguage:
    """language: None where the words tell none. words: those of its script, or all where there is none."""

    language: Language | None
    words: int


def detect_language(text: str) -> DetectedLanguage:
    """The language that most of a text is in. A handful of words tells none."""
    words = spread(text).split()[:_MOST]
    counted = Counter(words)
    latin = sum(number for word, number in counted.items() if _LATIN.fullmatch(word))
    arabic = sum(number for word, number in counted.items() if _ARABIC.fullmatch(word))
    lettered = latin + arabic
    if not lettered:
        return DetectedLanguage(None, 0)
    script, of_script = ("latin", latin) if latin > arabic else ("arabic", arabic)
    if of_script < _OF_SCRIPT * lettered:
        return DetectedLanguage(None, lettered)
    found: dict[Language, float] = {}
    for language in LANGUAGES:
        if table(FILE)["language"][language]["script"] == script:
            hits = {word: counted[word] for word in _common(language) if counted[word]}
            if len(hits) >= _DIFFERENT and sum(hits.values()) >= _COMMON * of_script:
                found[language] = float(sum(hits.values()))
    best = max(found, key=lambda language: found[language], default=None)
    if best is None or any(other != best and found[best] < _AHEAD * found[other] for other in found):
        return DetectedLanguage(None, of_script)
    return DetectedLanguage(best, of_script)


def of_script(language: Language, text: str) -> bool:
    """Whether a line of a few words is written in the letters of a language, which is all that a title can tell."""
    words = spread(text).split()
    pattern = _LATIN if table(FILE)["language"][language]["script"] == "latin" else _ARABIC
    return bool(words) and sum(pattern.fullmatch(word) is not None for word in words) >= _OF_SCRIPT * len(
        words
    )


@cache
def _common(language: Language) -> frozenset[str]:
    """Single words: what spreads into several is none."""
    return frozenset(
        word for listed in table(FILE)["language"][language]["common"] if " " not in (word := spread(listed))
    )
