"""Word lists of the checks, folded once, and searched in text.

A list is named by its path below `checks/`. Wordings that several families read stand in `checks/page/words/`, those of
a family or of one check in its own folder. A table of a file that has a language for its name (`[fa]`, `[it]`) holds the
wordings of that language; what reads a list reads those of all languages.

Short words are matched as whole words only, long phrases also where a page runs words together or splits
them («میز خدمت», «میزخدمت»).
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from copy import deepcopy
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from claims.persian import fold, tight

# A phrase this long, spaces removed, does not turn up inside another word by chance.
_LONG = 9
# A text of so many characters is folded once: labels, headings and titles are asked for thousands of times.
_SHORT, _KEPT = 200, 16_384
_NOT_WORD = re.compile(r"[^\w]+")
# «داده‌ی باز», «داده باز».
_EZAFE = re.compile(r"(?<=[هاو]) ی(?!\S)")
# Letters as `fold` leaves them; a pattern cannot be folded whole.
_FOLDED = str.maketrans({letter: fold(letter) for letter in "يىئكةۀأإٱؤآ"} | {"ء": ""})
# ISO 639-1.
_LANGUAGE = re.compile(r"[a-z]{2}")
_LIST = re.compile(r"(?<!\?P)<([a-z_]+)>")


class Phrases:
    """A list of phrases that text is searched for. Order: the longest phrase wins."""

    def __init__(self, phrases: Iterable[str]) -> None:
        spaced = {spread(phrase) for phrase in phrases} - {""}
        self.phrases = tuple(sorted(spaced, key=lambda phrase: (-len(phrase), phrase)))
        self._tight = {phrase: phrase.replace(" ", "") for phrase in self.phrases}
        self._whole = frozenset(self._tight.values())
        self._long = [(phrase, key) for phrase, key in self._tight.items() if len(key) >= _LONG]
        whole = "|".join(re.escape(phrase) for phrase in self.phrases)
        self._pattern = re.compile(rf"(?<!\w)(?:{whole})(?!\w)") if self.phrases else None

    def find(self, text: str) -> str | None:
        """The phrase that stands in the text; None when none does."""
        if self._pattern is None:
            return None
        folded = spread(text)
        if match := self._pattern.search(folded):
            return match.group()
        if not self._long or len(folded) < _LONG:
            return None
        run = folded.replace(" ", "")
        return next((phrase for phrase, key in self._long if key in run), None)

    def all(self, text: str) -> frozenset[str]:
        """Every phrase that stands in the text as whole words."""
        return frozenset(self._pattern.findall(spread(text))) if self._pattern is not None else frozenset()

    def removed(self, text: str) -> str:
        """The folded text without the phrases."""
        folded = spread(text)
        return self._pattern.sub(" ", folded) if self._pattern is not None else folded

    def is_whole(self, text: str) -> bool:
        """The text is one of the phrases and nothing else."""
        return closed(text) in self._whole


def spread(text: str) -> str:
    """Folded words with single spaces and no punctuation. A zero-width non-joiner parts words here, and the lone hamza falls («امحاء», «امحا»),
    and so does an ezafe that is written as a word."""
    return _kept_spread(text) if len(text) <= _SHORT else _spread(text)


def _spread(text: str) -> str:
    folded = fold(text.replace("\u200c", " ")).replace("ء", "")
    return _EZAFE.sub("", " ".join(_NOT_WORD.sub(" ", folded).replace("_", " ").split()))


def closed(text: str) -> str:
    """As `claims.persian.tight`."""
    return _kept_closed(text) if len(text) <= _SHORT else tight(text)


_kept_spread = lru_cache(maxsize=_KEPT)(_spread)
_kept_closed = lru_cache(maxsize=_KEPT)(tight)


@cache
def table(name: str) -> dict[str, Any]:
    """A word list file, the wordings of all its languages together. Raises ValueError for what cannot be joined."""
    text = files("checks").joinpath(name).read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text) if name.endswith(".json") else tomllib.loads(text)
    languages = [key for key in loaded if _LANGUAGE.fullmatch(key)]
    joined = {key: value for key, value in loaded.items() if key not in languages}
    for language in languages:
        _join(joined, loaded[language], f"{name}: {language}")
    return joined


def _join(into: dict[str, Any], more: Mapping[str, Any], where: str) -> None:
    """Adds the lists of a language to those that are there."""
    for key, value in more.items():
        known = into.get(key)
        if known is None:
            into[key] = deepcopy(value)
        elif isinstance(known, dict) and isinstance(value, dict):
            _join(known, value, f"{where}.{key}")
        elif isinstance(known, list) and isinstance(value, list):
            known += [one for one in value if one not in known]
        else:
            raise ValueError(f"{where}.{key} is no list in every language")


@cache
def phrases(file: str, *keys: str) -> Phrases:
    """The phrases under the keys of a word list file."""
    found = table(file)
    listed: list[str] = []
    for key in keys:
        listed.extend(found[key])
    return Phrases(listed)


@cache
def single_words(file: str, *keys: str) -> frozenset[str]:
    """The words of the entries under the keys of a word list file, each by itself, as `spread` leaves them."""
    return frozenset(word for phrase in phrases(file, *keys).phrases for word in phrase.split())


@cache
def pattern(file: str, text: str) -> re.Pattern[str]:
    """A regular expression for text from `spread` or `fold`; its letters are folded here.

    `<name>` in it stands for any entry of the list of that name in a word list file. An entry may name lists itself.
    """
    return re.compile(_filled(table(file), text))


@cache
def patterns(file: str, key: str) -> tuple[re.Pattern[str], ...]:
    """The regular expressions under a key of a word list file, each as `pattern` reads it."""
    return tuple(pattern(file, text) for text in table(file)[key])


def _filled(lists: Mapping[str, Any], text: str) -> str:
    def entries(match: re.Match[str]) -> str:
        return f"(?:{'|'.join(_filled(lists, entry) for entry in lists[match.group(1)])})"

    return _LIST.sub(entries, folded(text))


def matches(file: str, key: str, text: str) -> bool:
    """Whether one of the patterns under a key is met in the text."""
    words = spread(text)
    return any(pattern.search(words) for pattern in patterns(file, key))


def folded(pattern: str) -> str:
    """A pattern with its letters as `fold` leaves them."""
    return pattern.translate(_FOLDED)


def known_host(kind: str, host: str) -> bool:
    """Whether a host is one of the well-known hosts of a kind (`sso`, `payment`, ...), or below one."""
    return any(
        host == name or host.endswith(f".{name}")
        for name in table("page/words/lexicon.json")["hosts"].get(kind, ())
    )
